"""How full the model's window would be with the next request: a bar and a figure, and a popup that names the parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from app.desktop.models import token_counts
from app.desktop.models.token_counts import tr
from app.desktop.views.focus import next_in_tab_order, pass_focus
from app.desktop.views.raised_popup import RaisedPopup
from app.desktop.views.spoken_control import SpokenControl, let_controls_speak

if TYPE_CHECKING:
    from app.desktop.theme import Theme
    from app.services.conversations.records import ContextUse

BAR_WIDTH, BAR_HEIGHT, GAP, PADDING, HEIGHT = 120, 4, 1, 6, 28
#: From this share of the window on the figure warns.
NEARLY_FULL = 0.8
#: Lines of the popup that come a moment after it opened.
MOST_LATER = 2


class ContextPopup(RaisedPopup):
    """The parts of the next request by name and number. Any of Esc, Enter and Space closes it.

    Signals:
        lower_requested(): the button below the numbers.
    """

    lower_requested = Signal()

    def __init__(self, theme: Theme, use: ContextUse, lowered: int | None, parent: QWidget) -> None:
        """`lowered`: the window that a raised one can be taken back to."""
        super().__init__(theme, tr("Parts of the next request"), parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(theme.px(16), theme.px(12), theme.px(16), theme.px(12))
        self._grid.setHorizontalSpacing(theme.px(24))
        self._grid.setVerticalSpacing(theme.px(4))
        for segment in use.segments:
            self._add(token_counts.segment_name(segment), token_counts.segment_count(segment))
        self._add(tr("Together"), token_counts.total_count(use), strong=True)
        for name, number in token_counts.window_lines(use):
            self._add(name, number)
        #: Where `add_lines` puts what is known a moment later; rows that hold nothing take no room.
        self._later = self._grid.rowCount()
        source = QLabel(token_counts.source_text(use), self)
        source.setFont(theme.font("caption"))
        source.setProperty("tone", "text3")
        self._grid.addWidget(source, self._later + MOST_LATER, 0, 1, 2)
        if lowered is not None:
            self._add_lower_button(lowered)
        self._describe()

    def _describe(self) -> None:
        self.setAccessibleDescription(". ".join(": ".join(line) for line in self.lines()))

    def add_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        """Name and value of what is known only now, `MOST_LATER` at the utmost; the popup grows upward."""
        bottom = self.geometry().bottom()
        for number, (name, value) in enumerate(lines[:MOST_LATER]):
            self._add(name, value, row=self._later + number)
        self._describe()
        self.adjustSize()
        self.move(self.x(), bottom + 1 - self.height())

    def _add_lower_button(self, lowered: int) -> None:
        why = QLabel(tr("The window was raised for this chat."), self)
        why.setFont(self._theme.font("caption"))
        why.setProperty("tone", "text3")
        button = QPushButton(token_counts.lower_text(lowered), self)
        button.setProperty("small", True)
        button.setFont(self._theme.font("small-medium"))
        button.setAutoDefault(False)
        button.clicked.connect(self._on_lower)
        row = self._grid.rowCount()
        self._grid.setRowMinimumHeight(row, self._theme.px(4))
        self._grid.addWidget(why, row + 1, 0, 1, 2)
        self._grid.addWidget(button, row + 2, 0, 1, 2, Qt.AlignmentFlag.AlignLeading)

    def _on_lower(self) -> None:
        self.close()
        self.lower_requested.emit()

    def _add(self, name: str, number: str, *, strong: bool = False, row: int | None = None) -> None:
        row = self._grid.rowCount() if row is None else row
        for column, (text, align) in enumerate(
            ((name, Qt.AlignmentFlag.AlignLeading), (number, Qt.AlignmentFlag.AlignRight))
        ):
            label = QLabel(text, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setFont(self._theme.font("body-medium" if strong else "body", tabular=True))
            label.setProperty("tone", "text" if strong else "text2")
            self._grid.addWidget(label, row, column, align)
            if self.isVisible():
                label.show()  # now: Qt would do it later, and the size of the popup is asked for before

    def lines(self) -> list[tuple[str, str]]:
        """Name and number as they stand there."""
        found = []
        for row in range(self._grid.rowCount()):
            pair = [self._grid.itemAtPosition(row, column) for column in (0, 1)]
            labels = [item.widget() for item in pair if item is not None]
            if len(labels) == 2 and labels[0] is not labels[1]:
                found.append(tuple(label.text() for label in labels if isinstance(label, QLabel)))
        return [(line[0], line[1]) for line in found if len(line) == 2]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pressed = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(pressed, QPushButton):
            pressed.click()  # Qt does that in dialogs only
            return
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.close()
            return
        super().keyPressEvent(event)


class TokenBar(QPushButton):
    """Not there while nothing is known, or while the pane has no room for it.

    Signals:
        lower_requested(tokens): take a raised window back to so many.
        opened(): its popup is there; `add_lines` of the popup takes what is known of the next answer.
    """

    lower_requested = Signal(int)
    opened = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        let_controls_speak()
        self._theme = theme
        self._use: ContextUse | None = None
        self._lowered: int | None = None
        self._has_room = True
        self.popup: ContextPopup | None = None
        self.setObjectName("contextUsed")
        self.setAccessibleName(tr("Context used"))
        self.setProperty("kind", "quiet")
        self.clicked.connect(self.open_popup)
        theme.changed.connect(self.updateGeometry)
        self.hide()

    def make_accessible(self) -> SpokenControl:
        role = QAccessible.Role.ButtonMenu
        return SpokenControl(self, role, self.value, press=self.open_popup, inside=lambda: self.popup)

    def value(self) -> str:
        """ "≈1.9k of 33k tokens"."""
        return token_counts.spoken_text(self._use) if self._use is not None else ""

    def figure(self) -> str:
        """What is painted beside the bar."""
        return token_counts.bar_text(self._use) if self._use is not None else ""

    def set_use(self, use: ContextUse | None, lowered: int | None = None) -> None:
        """Show what the next request would hold; None where nothing is known. `lowered`: as in `ContextPopup`."""
        self._lowered = lowered
        if use == self._use:
            return
        self._use = use
        self.setToolTip(tr("Tokens of the next request, of the model's window. Click for its parts."))
        self._show_or_hide()
        self.updateGeometry()
        self.update()

    def set_room(self, has_room: bool) -> None:
        """Whether the pane is wide enough."""
        if has_room != self._has_room:
            self._has_room = has_room
            self._show_or_hide()

    def _show_or_hide(self) -> None:
        use = self._use
        shown = self._has_room and use is not None and bool(use.total or use.window)
        if not shown:
            pass_focus(self, next_in_tab_order(self))
        self.setVisible(shown)

    def open_popup(self) -> None:
        """Above the bar, with the numbers of this moment."""
        if self._use is None:
            return
        self.popup = popup = ContextPopup(self._theme, self._use, self._lowered, self)
        lowered = self._lowered
        popup.lower_requested.connect(lambda: self.lower_requested.emit(lowered))
        popup.destroyed.connect(self._forget_popup)
        popup.adjustSize()
        popup.move(self.mapToGlobal(QPoint(self.width() - popup.width(), -popup.height() - self._theme.px(4))))
        popup.show()
        popup.setFocus(Qt.FocusReason.PopupFocusReason)
        self.opened.emit()

    def _forget_popup(self) -> None:
        self.popup = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # Qt clicks a button with Enter only in dialogs
            self.open_popup()
            return
        super().keyPressEvent(event)

    # -- painting

    def _has_bar(self) -> bool:
        """A bar says a share, and there is none of an unknown window."""
        return self._use is not None and self._use.window is not None

    def level(self) -> str:
        """The colour of draft and figure where the window is nearly full ("warn") or over ("error"), else ""."""
        use = self._use
        if use is None or not use.window or use.total < NEARLY_FULL * use.window:
            return ""
        return "warn" if use.total <= use.window else "error"

    def sizeHint(self) -> QSize:
        px = self._theme.px
        width = QFontMetricsF(self._theme.font("caption", tabular=True)).horizontalAdvance(self.figure())
        bar = px(BAR_WIDTH) + px(PADDING + 2) if self._has_bar() else 0
        return QSize(round(width + 1) + bar + 2 * px(PADDING), px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def spans(self) -> list[tuple[float, float, str]]:
        """Left edge, width and colour of each part in logical pixels from the bar's left edge."""
        use = self._use
        if use is None or not use.window:
            return []
        whole = self._theme.px(BAR_WIDTH)
        scale = whole / max(use.window, use.total)
        spans, before, left = [], 0, 0.0
        for segment in use.segments:
            before += segment.tokens
            right = min(whole, max(left + 1, before * scale))
            token = (self.level() or "accent") if segment.name == "draft" else "text3"
            if right > left:
                spans.append((left, right - left, token))
            left = right + GAP
        return spans

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse() or self.isDown():
            painter.setBrush(theme.color("pressed" if self.isDown() else "hover"))
            painter.drawRoundedRect(QRectF(self.rect()), px(6), px(6))
        left = float(px(PADDING))
        if self._has_bar():
            top = (self.height() - px(BAR_HEIGHT)) / 2
            track = QRectF(left, round(top), px(BAR_WIDTH), px(BAR_HEIGHT))
            painter.setBrush(theme.color("pressed"))
            painter.drawRoundedRect(track, px(BAR_HEIGHT) / 2, px(BAR_HEIGHT) / 2)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            for start, width, token in self.spans():
                painter.fillRect(QRectF(track.left() + start, track.top(), width, track.height()), theme.color(token))
            left = track.right() + px(PADDING + 2)
        painter.setFont(theme.font("caption", tabular=True))
        painter.setPen(theme.color(self.level() or "text3"))
        painter.drawText(
            QRectF(left, 0, self.width() - left, self.height()), Qt.AlignmentFlag.AlignVCenter, self.figure()
        )
