"""A connection check: its steps as rows, and beside them what is wrong, why, and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.icons import set_icon_beside_text
from app.desktop.mirror import Mirror
from app.desktop.models.settings_form import CheckResult, CheckRow
from app.desktop.views.focus import has_focus_inside, pass_focus
from app.desktop.views.settings.controls import empty, push_button, text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 28
#: Design pixels of the card from which steps and finding stand side by side.
SIDE_BY_SIDE = 760


class CheckRows(QWidget):
    """The steps, painted: mark, name, what was seen, time."""

    MARKS = {"ok": ("check", "ok"), "failed": ("close", "error"), "not_tried": ("more", "text3")}  # noqa: RUF012

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[CheckRow, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_rows(self, rows: tuple[CheckRow, ...]) -> None:
        self._rows = rows
        words = {"ok": self.tr("ok"), "failed": self.tr("failed"), "not_tried": self.tr("not tried")}
        spoken = "; ".join(f"{r.label}: {words[r.status]}, {r.text} {r.took}".rstrip(" ,") for r in rows)
        self.setAccessibleDescription(spoken)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(320), self._theme.px(ROW) * len(self._rows))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(200), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        names = QFontMetrics(theme.font("body-bold"))
        name_width = max((names.horizontalAdvance(row.label) for row in self._rows), default=0) + px(24)
        for place, row in enumerate(self._rows):
            box = QRectF(0, place * px(ROW), self.width(), px(ROW))
            self._paint_row(painter, row, box, name_width)

    def _paint_row(self, painter: QPainter, row: CheckRow, box: QRectF, name_width: int) -> None:
        theme, px = self._theme, self._theme.px
        if row.status == "failed":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("error-bg"))
            painter.drawRoundedRect(box, px(6), px(6))
        icon, token = self.MARKS[row.status]
        size = px(14)
        mark = theme.pixmap(icon, token, size, self.devicePixelRatioF())
        mirror = Mirror(box, self.layoutDirection())
        painter.drawPixmap(mirror.corner(QPointF(box.left() + px(4), box.center().y() - size / 2), size), mark)
        quiet = row.status == "not_tried"
        x = box.left() + px(28)
        painter.setFont(theme.font("body" if quiet else "body-medium"))
        painter.setPen(theme.color("text3" if quiet else "text"))
        mirror.text(painter, QRectF(x, box.top(), name_width, box.height()), row.label)
        took_font = theme.font("caption", tabular=True)
        took_width = QFontMetrics(took_font).horizontalAdvance(row.took) + px(12)
        seen = QRectF(x + name_width, box.top(), box.right() - x - name_width - took_width, box.height())
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("text3" if quiet else "text2"))
        text = QFontMetrics(theme.font("body")).elidedText(row.text, Qt.TextElideMode.ElideRight, int(seen.width()))
        mirror.text(painter, seen, text)
        painter.setFont(took_font)
        painter.setPen(theme.color("text3"))
        mirror.text(painter, box.adjusted(0, 0, -px(8), 0), row.took, end=True)


class FindingView(QWidget):
    """What is wrong, and what helps.

    Signals:
        fix_requested(action, value), again_requested(), copy_requested().
    """

    fix_requested = Signal(str, str)
    again_requested = Signal()
    copy_requested = Signal()

    def __init__(self, theme: Theme, suffix: str, parent: QWidget | None = None) -> None:
        """`suffix`: makes the buttons' names unique where two cards stand in one pane."""
        super().__init__(parent)
        self._theme = theme
        self._suffix = suffix
        self._sentence = text_label(theme, "", "body-bold", wrap=True, parent=self)
        self._why = text_label(theme, "", "body", "text2", wrap=True, parent=self)
        self._evidence = QLabel(self)
        self._evidence.setTextFormat(Qt.TextFormat.PlainText)
        self._evidence.setFont(theme.font("mono-small"))
        self._evidence.setProperty("surface", "sunken")
        self._evidence.setProperty("tone", "text2")
        self._evidence.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._evidence.setContentsMargins(theme.px(12), theme.px(8), theme.px(12), theme.px(8))
        self._evidence.setWordWrap(True)
        self._evidence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.px(8))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(self._sentence)
        column.addWidget(self._why)
        column.addWidget(self._evidence)
        column.addStretch(1)
        column.addLayout(self._buttons)

    def show_result(self, result: CheckResult, *, focus_to: QWidget) -> None:
        """`focus_to`: where the focus goes from a button that this result does not have."""
        theme = self._theme
        focused = next((b for b in self.findChildren(QPushButton) if has_focus_inside(b)), None)
        self._sentence.setText(result.sentence)
        self._why.setText(result.why)
        self._why.setVisible(bool(result.why))
        self._evidence.setText(result.evidence)
        self._evidence.setVisible(bool(result.evidence))
        pass_focus(self, focus_to)
        empty(self._buttons)
        for place, fix in enumerate(result.fixes):
            button = push_button(theme, fix.text, parent=self)
            button.setAccessibleName(fix.text + self._suffix)
            button.clicked.connect(lambda _checked=False, f=fix: self.fix_requested.emit(f.action, f.value))
            if place == 0:
                button.setProperty("kind", "primary")
                if fix.action == "start_server":
                    set_icon_beside_text(button, theme.icon("play", "on-accent"), theme)
            self._buttons.addWidget(button)
        again = push_button(theme, self.tr("Test again"), parent=self)
        again.setAccessibleName(self.tr("Test again") + self._suffix)
        again.clicked.connect(self.again_requested)
        copy = push_button(theme, self.tr("Copy details"), kind="quiet", icon="copy", parent=self)
        copy.setAccessibleName(self.tr("Copy details") + self._suffix)
        copy.clicked.connect(self.copy_requested)
        self._buttons.addWidget(again)
        self._buttons.addWidget(copy)
        self._buttons.addStretch(1)
        if focused is not None:  # only where the focus was in here: a result never takes it
            same = next((b for b in (again, copy) if b.accessibleName() == focused.accessibleName()), None)
            if same is not None:
                same.show()
                same.setFocus(Qt.FocusReason.OtherFocusReason)
