"""The dark bar that offers to take back what was just done."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPropertyAnimation, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetrics,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QShortcut,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.views.focus import pass_focus
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme

SHOWN_MS = 10_000
RISE_MS = 140
# Dark in both themes.
FILL, TEXT, ACTION, EDGE = "#23282A", "#F1F3F3", "#6DD0C6", "#6B7679"
#: A title in what was done, whatever the language.
_TITLE = re.compile("[“«„](.+)[”»“]", re.DOTALL)


class ActionOnDark(QPushButton):
    """Painted, since the sheet's buttons are made for the theme's surfaces and this bar is dark in both."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = self.font()
        font.setUnderline(self.underMouse() or self.isDown())
        painter.setFont(font)
        painter.setPen(QColor(ACTION))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be taken back."""

    undo: Callable[[], None]
    chat: int | None
    done_at: float


class UndoBar(QWidget):
    """Lies over the bottom of its parent; the newest act replaces an older one, `undo()` goes back further."""

    def __init__(self, theme: Theme, parent: QWidget, *, bottom_margin: int = 8) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bottom_margin = bottom_margin
        self._text = ""
        self._acts: list[Act] = []
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._button = ActionOnDark(self.tr("Undo"), self)
        self._button.setObjectName("undo")
        self._button.setAccessibleName(self.tr("Undo"))
        self._button.clicked.connect(self.undo)
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus where the person was
        #: Gets the focus when the bar goes while it is on its button.
        self.heir: QWidget | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(12), 0, theme.px(6), 0)
        row.addWidget(self._label, 1)
        row.addWidget(self._button)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._rise = QPropertyAnimation(self, b"pos", self)
        parent.installEventFilter(self)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def offer(self, text: str, undo: Callable[[], None], chat: int | None = None) -> None:
        """Say what was done and how to take it back; `chat`: the id of the one it was done in."""
        self._acts.append(Act(undo, chat, time.monotonic()))
        del self._acts[:-50]
        self._text = text
        self._label.setAccessibleName(text)
        self._label.setToolTip(plain_tooltip(text))
        self._place(rise=True)
        self._timer.start()

    @property
    def newest_at(self) -> float:
        """When the newest act that can be taken back was done (monotonic); -1 when there is none."""
        return self._acts[-1].done_at if self._acts else -1.0

    def undo(self) -> bool:
        """Take back the newest act; False when there is none."""
        if not self._acts:
            return False
        act = self._acts.pop()
        self.hide()
        act.undo()
        return True

    def hide(self) -> None:
        pass_focus(self, self.heir)
        super().hide()

    def take_keys_of(self, dialog: QWidget) -> None:
        """Ctrl+Z in a window of its own, where the main window's does not reach."""
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), dialog)
        keys.activated.connect(self.undo)

    def forget(self) -> None:
        """Nothing can be taken back any more: what it was about is gone, and its number may be another's."""
        self._acts.clear()
        self.hide()

    def forget_chats(self, chats: Collection[int]) -> None:
        """As `forget`, what was done in these chats."""
        if self._acts and self._acts[-1].chat in chats:
            self.hide()
        self._acts = [act for act in self._acts if act.chat not in chats]

    def _on_timeout(self) -> None:
        if self.underMouse() or self._button.hasFocus():
            self._timer.start()
            return
        self.hide()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.start()
        super().enterEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place(rise=False)
        return super().eventFilter(watched, event)

    def _place(self, *, rise: bool) -> None:
        parent = self.parentWidget()
        assert parent is not None, "the bar lies over a widget"
        margin = self._theme.px(8)
        width = min(parent.width() - 2 * margin, self._theme.px(520))
        self.resize(width, self._theme.px(40))
        layout = self.layout()
        assert layout is not None
        margins, row = layout.contentsMargins(), layout.spacing()
        room = width - margins.left() - margins.right() - row - self._button.sizeHint().width()
        self._label.setText(_shortened(self._text, self._label.fontMetrics(), room))
        end = QPoint((parent.width() - width) // 2, parent.height() - self.height() - self._bottom_margin)
        self.show()
        self.raise_()
        self._rise.stop()
        duration_ms = self._theme.motion.duration_ms(RISE_MS)
        if rise and duration_ms:
            self._rise.setDuration(duration_ms)
            self._rise.setStartValue(end + QPoint(0, self._theme.px(12)))
            self._rise.setEndValue(end)
            self._rise.start()
        else:
            self.move(end)

    def _restyle(self) -> None:
        self._label.setFont(self._theme.font("body"))
        self._button.setFont(self._theme.font("body-medium"))
        palette = self._label.palette()
        palette.setColor(palette.ColorRole.WindowText, QColor(TEXT))
        self._label.setPalette(palette)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # An edge: on dark surfaces the bar would melt into what it lies over.
        painter.setPen(QPen(QColor(EDGE), 1))
        painter.setBrush(QColor(FILL))
        radius = self._theme.px(8)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _shortened(text: str, metrics: QFontMetrics, room: int) -> str:
    """A title in it loses its end, since what was done stands behind it; a text without one its middle."""
    found = _TITLE.search(text)
    if found is not None and metrics.horizontalAdvance(text) > room:
        start, end = found.span(1)
        left = room - metrics.horizontalAdvance(text[:start] + text[end:])
        shorter = text[:start] + metrics.elidedText(found[1], Qt.TextElideMode.ElideRight, left) + text[end:]
        if left > 0 and metrics.horizontalAdvance(shorter) <= room:
            return shorter
    return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
