"""The figures of one compared answer: a name, a bar and a number each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QToolTip, QWidget

from app.desktop.models.plain_tooltip import plain_tooltip

if TYPE_CHECKING:
    from app.desktop.models.compared_columns import Figure
    from app.desktop.theme import Theme

ROW, LABEL, BAR_WIDTH, BAR_HEIGHT, GAP = 26, 112, 96, 4, 10
#: In a column narrower than this labels take less.
NARROW, NARROW_LABEL = 300, 80


class FiguresView(QWidget):
    """Painted, so that bars stand exactly under each other in all columns."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._figures: tuple[Figure, ...] = ()
        self._most: int | None = None
        theme.changed.connect(self.update)

    def show_figures(self, letter: str, figures: Sequence[Figure]) -> None:
        self._figures = tuple(figures)
        self.setAccessibleName(self.tr("Figures of {letter}").format(letter=letter))
        best = self.tr(", best")
        spoken = (
            f"{one.label} {f'{one.text} ({one.why})' if one.why else one.text}{best if one.best else ''}"
            for one in figures
            if one.text
        )
        words = "; ".join(spoken)
        self.setAccessibleDescription(words)
        self.setToolTip(words if self._most is not None else "")
        self.updateGeometry()
        self.update()

    def show_at_most(self, most: int | None) -> None:
        """So many lines, None for all; a tooltip has the rest."""
        if most != self._most:
            self._most = most
            self.setToolTip(self.accessibleDescription() if most is not None else "")
            self.updateGeometry()
            self.update()

    def event(self, event: QEvent) -> bool:
        """Over a figure that is not known stands why."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            figure = self.figure_at(event.pos().y())
            if figure is not None and figure.why:
                QToolTip.showText(event.globalPos(), plain_tooltip(figure.why), self)
                return True
        return super().event(event)

    def figure_at(self, y: int) -> Figure | None:
        """The one whose line is there."""
        number = y // self._theme.px(ROW)
        shown = self._figures[: self._most]
        return shown[number] if 0 <= number < len(shown) else None

    def sizeHint(self) -> QSize:
        px = self._theme.px
        return QSize(px(LABEL + BAR_WIDTH + GAP + 80), px(ROW) * len(self._figures[: self._most]))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, figure in enumerate(self._figures[: self._most]):
            self._paint(painter, figure, number * self._theme.px(ROW))

    def _paint(self, painter: QPainter, figure: Figure, top: int) -> None:
        theme, px = self._theme, self._theme.px
        row = px(ROW)
        label = px(LABEL if self.width() >= px(NARROW) else NARROW_LABEL)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text2"))
        painter.drawText(self._placed(QRect(0, top, label, row)), align, figure.label)
        left = label
        if figure.share is not None:
            track = QRect(left, top + (row - px(BAR_HEIGHT)) // 2, px(BAR_WIDTH), px(BAR_HEIGHT))
            full = QRect(
                QPoint(track.topLeft()), QSize(max(px(4), round(track.width() * figure.share)), track.height())
            )
            painter.setPen(Qt.PenStyle.NoPen)
            for bar, token in ((track, "pressed"), (full, "accent" if figure.best else "outline")):
                painter.setBrush(theme.color(token))
                painter.drawRoundedRect(QRectF(self._placed(bar)), px(2), px(2))
            left += px(BAR_WIDTH + GAP)
        painter.setFont(theme.font("small-medium" if figure.best else "small", tabular=True))
        painter.setPen(theme.color("text" if figure.best else "text2"))
        painter.drawText(self._placed(QRect(left, top, max(0, self.width() - left), row)), align, figure.text)

    def _placed(self, rect: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), rect)
