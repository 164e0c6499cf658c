"""One chart of Statistics: a line or bars by time, painted from tokens; the value pointed at stands in its head."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.models.chart_facts import ChartFacts, shown_labels
from app.desktop.views.spoken_control import SpokenControl, let_controls_speak

if TYPE_CHECKING:
    from app.desktop.theme import Theme

HEIGHT, PADDING, HEAD, FOOT = 196, 12, 28, 20
LEAST_WIDTH = 240
#: The edge shows the focus: a ring of the window would stay where it is while the page scrolls.
FOCUS = 2
LINE, DOT, MOST_BAR, BAR_GAP = 2.0, 2.5, 28, 2
#: With more values than this the line has no dots, but for values that stand alone.
MOST_DOTTED = 40
_STEP = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Chart(QWidget):
    """Time runs from left to right in every language, as in the axes of physics.

    The mouse points at values; with the keyboard Left, Right, Home and End do.
    """

    def __init__(self, theme: Theme, facts: ChartFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts = facts
        self._at: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        let_controls_speak()
        self.show_facts(facts)

    def make_accessible(self) -> SpokenControl:
        """Known by its title; the value pointed at is its value, the course of all its description."""
        return SpokenControl(self, QAccessible.Role.Chart, lambda: self.pointed_text)

    def show_facts(self, facts: ChartFacts) -> None:
        """Take another course; nothing is pointed at any more."""
        self._facts, self._at = facts, None
        self.setAccessibleName(facts.title)
        self.setAccessibleDescription(facts.described)
        self.update()

    @property
    def pointed_text(self) -> str:
        """What is pointed at in words, else the sum or the last value of all."""
        if self._at is None:
            return self._facts.summary
        point = self._facts.points[self._at]
        return self.tr("{when}: {value}").format(when=point.when, value=point.text or self.tr("nothing measured"))

    # -- measures

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(LEAST_WIDTH + 80), self._theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(LEAST_WIDTH), self._theme.px(HEIGHT))

    def _plot(self) -> QRectF:
        """Where values stand: right of the axis' numbers, between head and labels."""
        px = self._theme.px
        metrics = QFontMetricsF(self._theme.font("caption", tabular=True))
        axis = max((metrics.horizontalAdvance(text) for _, text in self._facts.steps), default=0.0) + px(8)
        outer = QRectF(self.rect()).adjusted(px(PADDING), px(PADDING + HEAD), -px(PADDING), -px(PADDING))
        return outer.adjusted(axis, px(8), 0, -px(FOOT))

    def _slot(self, plot: QRectF) -> float:
        return plot.width() / max(1, len(self._facts.points))

    def _x(self, plot: QRectF, at: int) -> float:
        return plot.left() + (at + 0.5) * self._slot(plot)

    def _y(self, plot: QRectF, value: float) -> float:
        most = self._facts.steps[-1][0] if self._facts.steps else 1.0
        return plot.bottom() - plot.height() * min(1.0, max(0.0, value / most))

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._paint_card(painter)
        self._paint_head(painter)
        plot = self._plot()
        if not self._facts.has_values:
            self._paint_words(painter, plot)
            return
        self._paint_axis(painter, plot)
        self._paint_labels(painter, plot)
        if self._facts.kind == "line":
            self._paint_line(painter, plot)
        else:
            self._paint_bars(painter, plot)

    def _paint_card(self, painter: QPainter) -> None:
        theme = self._theme
        wide = FOCUS if self.hasFocus() else 1
        inset = wide / 2
        painter.setPen(QPen(theme.color("focus" if self.hasFocus() else "line"), wide))
        painter.setBrush(theme.color("base"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), theme.px(8), theme.px(8))

    def _paint_head(self, painter: QPainter) -> None:
        theme, px = self._theme, self._theme.px
        box = QRectF(px(PADDING), px(8), self.width() - 2 * px(PADDING), px(HEAD))
        font = theme.font("small-medium")
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._facts.title)
        room = box.adjusted(QFontMetricsF(font).horizontalAdvance(self._facts.title) + px(12), 0, 0, 0)
        value = theme.font("small", tabular=True)
        painter.setFont(value)
        painter.setPen(theme.color("text2" if self._at is None else "text"))
        shown = QFontMetricsF(value).elidedText(self.pointed_text, Qt.TextElideMode.ElideLeft, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)

    def _paint_words(self, painter: QPainter, plot: QRectF) -> None:
        painter.setFont(self._theme.font("small"))
        painter.setPen(self._theme.color("text3"))
        box = QRectF(0, plot.top(), self.width(), plot.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._facts.nothing)

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        hair = theme.hairline(self.devicePixelRatioF())
        painter.setFont(theme.font("caption", tabular=True))
        for value, text in self._facts.steps:
            y = round(self._y(plot, value))
            painter.fillRect(QRectF(plot.left(), y, plot.width(), hair), theme.color("line"))
            painter.setPen(theme.color("text3"))
            box = QRectF(px(PADDING), y - px(8), plot.left() - px(8 + PADDING), px(16))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        painter.fillRect(QRectF(plot.left(), round(plot.bottom()), plot.width(), hair), theme.color("outline"))

    def _paint_labels(self, painter: QPainter, plot: QRectF) -> None:
        theme, points = self._theme, self._facts.points
        font = theme.font("caption", tabular=True)
        metrics = QFontMetricsF(font)
        widest = max(metrics.horizontalAdvance(point.label) for point in points) + theme.px(16)
        painter.setFont(font)
        painter.setPen(theme.color("text3"))
        for at in shown_labels(points, int(plot.width() // widest)):
            half = metrics.horizontalAdvance(points[at].label) / 2
            middle = min(max(self._x(plot, at), plot.left() + half), plot.right() - half)
            box = QRectF(middle - half - 1, plot.bottom() + theme.px(4), 2 * half + 2, theme.px(16))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, points[at].label)

    def _paint_line(self, painter: QPainter, plot: QRectF) -> None:
        """Through what is known; where nothing is known between two values, the line is thin: it only leads on."""
        theme, points = self._theme, self._facts.points
        spots = [
            (at, QPointF(self._x(plot, at), self._y(plot, point.value)))
            for at, point in enumerate(points)
            if point.value is not None
        ]
        self._paint_guide(painter, plot)
        accent = theme.color("accent")
        for (before, a), (after, b) in pairwise(spots):
            measured = after == before + 1
            painter.setPen(QPen(accent if measured else theme.color("outline"), LINE if measured else 1.0))
            painter.drawPolyline(QPolygonF([a, b]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        for at, spot in spots:
            alone = not any(abs(at - other) == 1 for other, _ in spots)
            if at == self._at:
                painter.drawEllipse(spot, theme.px(DOT * 2), theme.px(DOT * 2))
            elif alone or len(points) <= MOST_DOTTED:
                painter.drawEllipse(spot, DOT * theme.scale, DOT * theme.scale)

    def _paint_bars(self, painter: QPainter, plot: QRectF) -> None:
        theme = self._theme
        self._paint_guide(painter, plot)
        slot = self._slot(plot)
        wide = max(1.0, min(theme.px(MOST_BAR), slot - theme.px(BAR_GAP)))
        radius = min(theme.px(2), wide / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        for at, point in enumerate(self._facts.points):
            if not point.value:
                continue
            top = min(self._y(plot, point.value), plot.bottom() - 2)
            painter.setBrush(theme.color("accent-h" if at == self._at else "accent"))
            box = QRectF(self._x(plot, at) - wide / 2, top, wide, plot.bottom() - top)
            painter.drawRoundedRect(box, radius, radius)

    def _paint_guide(self, painter: QPainter, plot: QRectF) -> None:
        if self._at is not None:
            x = round(self._x(plot, self._at))
            painter.fillRect(QRectF(x, plot.top(), 1, plot.height()), self._theme.color("outline"))

    # -- pointing

    def _point(self, at: int | None) -> None:
        if at == self._at:
            return
        self._at = at
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self._plot()
        at = int((event.position().x() - plot.left()) // self._slot(plot))
        inside = 0 <= at < len(self._facts.points) and self._facts.has_values
        self._point(at if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point(None)
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._facts.points) - 1
        key = Qt.Key(event.key())
        if not self._facts.has_values or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in _STEP:
            self._point(last if self._at is None else min(last, max(0, self._at + _STEP[key])))
        elif key == Qt.Key.Key_Home:
            self._point(0)
        elif key == Qt.Key.Key_End:
            self._point(last)
        else:
            event.ignore()
