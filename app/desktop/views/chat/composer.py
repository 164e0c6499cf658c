"""Where a message is written: model button, text, destination, Send or Stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.views.chat.long_text import FIELD_LIMIT, LONG_TEXT, PastedTexts, joined
from app.desktop.views.chat.message_edit import MessageEdit
from app.desktop.views.chat.model_button import ModelButton
from app.desktop.views.focus import pass_focus

if TYPE_CHECKING:
    from app.desktop.models.draft_files import ChipLook
    from app.desktop.theme import Theme
    from app.desktop.views.chat.attachment_chips import AttachmentChips
    from app.desktop.views.chat.header import ElidedLabel
    from app.desktop.views.chat.preset_button import PresetButton
    from app.desktop.views.chat.thinking_button import ThinkingButton
    from app.desktop.views.chat.token_bar import TokenBar

#: The text grows to this share of the window, then scrolls.
TALLEST_SHARE = 0.4
#: Narrower than this the preset is an icon.
NARROW = 520


class SendButton(QToolButton):
    """A filled square with an icon: Send in the accent colour, Stop in grey."""

    def __init__(self, theme: Theme, icon: str, *, primary: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._primary = primary
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def sizeHint(self) -> QSize:
        side = self._theme.px(32)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, token = self._colours()
        radius = self._theme.px(6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        size = self._theme.px(16)
        pixmap = self._theme.pixmap(self._icon_name, token, size, self.devicePixelRatioF())
        painter.drawPixmap(QPointF((self.width() - size) / 2, (self.height() - size) / 2), pixmap)

    def _colours(self) -> tuple[QColor, str]:
        theme = self._theme
        if not self.isEnabled():
            return theme.color("hover"), "disabled"
        if not self._primary:
            return theme.color("hover" if self.underMouse() else "pressed"), "text"
        if self.isDown():
            return theme.color("accent-p"), "on-accent"
        return theme.color("accent-h" if self.underMouse() else "accent"), "on-accent"


class Composer(QWidget):
    """The whole box. It knows nothing of models or servers: the pane tells it what to show.

    Signals:
        send_requested(str), stop_requested(): the person's wish.
        model_requested(): the model button was pressed.
        recall_requested(): Up in the empty field.
        escaped(): Esc with nothing to close.
        draft_changed(): the text differs, or the pasted texts do.
        text_set(): another text was put in, by the program.
        attach_requested(): the paperclip.
        mime_attached(object), long_text_attached(str): what was pasted goes with the message as a file.
    """

    send_requested = Signal(str)
    stop_requested = Signal()
    model_requested = Signal()
    recall_requested = Signal()
    escaped = Signal()
    draft_changed = Signal()
    text_set = Signal()
    attach_requested = Signal()
    mime_attached = Signal(object)
    long_text_attached = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._busy = False
        self._zoom = 1.0
        self.setObjectName("composer")
        self.model_button = ModelButton(theme, self)
        self._runtime = QLabel(self)
        self._runtime.setTextFormat(Qt.TextFormat.PlainText)
        self._runtime.setProperty("tone", "text3")
        #: Comes when a model is proposed; see `show_reason`.
        self._reason: ElidedLabel | None = None
        #: Comes with the core; see `add_token_bar`.
        self.token_bar: TokenBar | None = None
        self.thinking: ThinkingButton | None = None
        self.preset: PresetButton | None = None
        self.attachments: AttachmentChips | None = None
        self.attach_button: QToolButton | None = None
        self._is_drop_target = False
        self.edit = MessageEdit(self)
        self.pasted = PastedTexts(theme, self.model_button, self.edit, self)
        self._destination_icon = QLabel(self)
        self._destination = QLabel(self)
        self._destination.setTextFormat(Qt.TextFormat.PlainText)
        self._destination.setProperty("tone", "text3")
        self.send_button = SendButton(theme, "arrow-up", primary=True, parent=self)
        self.send_button.setObjectName("send")
        self.send_button.setAccessibleName(self.tr("Send"))
        self.send_button.setToolTip(self.tr("Send (Enter)"))
        self.stop_button = SendButton(theme, "stop", primary=False, parent=self)
        self.stop_button.setObjectName("stop")
        self.stop_button.setAccessibleName(self.tr("Stop"))
        self.stop_button.setToolTip(self.tr("Stop (Esc)"))
        self.stop_button.hide()
        self._arrange()
        self._connect()
        self._restyle()
        theme.changed.connect(self._restyle)

    def _arrange(self) -> None:
        px = self._theme.px
        self._top = top = QHBoxLayout()
        top.setContentsMargins(px(8), 0, px(10), 0)
        top.setSpacing(px(4))
        top.addWidget(self.model_button)
        top.addWidget(self._runtime)
        top.addStretch(1)
        self._middle = middle = QVBoxLayout()
        middle.setContentsMargins(px(16), 0, px(16), 0)
        middle.addWidget(self.pasted)
        middle.addWidget(self.edit)
        self._bottom = bottom = QHBoxLayout()
        bottom.setContentsMargins(px(6), 0, px(4), px(4))
        bottom.setSpacing(px(6))
        bottom.addStretch(1)
        bottom.addWidget(self._destination_icon)
        bottom.addWidget(self._destination)
        bottom.addSpacing(px(4))
        bottom.addWidget(self.send_button)
        bottom.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(2), 0, px(2))
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(middle)
        column.addLayout(bottom)

    def _connect(self) -> None:
        self.edit.submitted.connect(self._submit)
        self.edit.recall_asked.connect(self.recall_requested)
        self.edit.escaped.connect(self.escaped)
        self.edit.textChanged.connect(self._on_text_changed)
        self.edit.long_pasted.connect(self._on_long_pasted)
        self.pasted.changed.connect(self._on_pasted_changed)
        self.pasted.put_requested.connect(self._put_into_text)
        self.edit.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self.edit.installEventFilter(self)
        self.send_button.clicked.connect(self._submit)
        self.stop_button.clicked.connect(self.stop_requested)
        self.model_button.clicked.connect(self.model_requested)

    def add_thinking_button(self) -> ThinkingButton:
        """Made once the core is open, as the token bar is."""
        from app.desktop.views.chat.thinking_button import ThinkingButton  # here: see `add_token_bar`

        self.thinking = button = ThinkingButton(self._theme, self)
        self._bottom.insertWidget(0, button)
        self.setTabOrder(self.attach_button or self.edit, button)
        self.setTabOrder(button, self.send_button)
        return button

    def add_preset_button(self) -> PresetButton:
        """Behind the thinking button; made once the core is open."""
        from app.desktop.views.chat.preset_button import PresetButton  # here: see `add_token_bar`

        self.preset = button = PresetButton(self._theme, self)
        before = self.thinking or self.attach_button
        self._bottom.insertWidget(self._bottom.indexOf(before) + 1 if before is not None else 0, button)
        self.setTabOrder(before or self.edit, button)
        self.setTabOrder(button, self.send_button)
        self._fit_row()
        return button

    def add_attachments(self) -> AttachmentChips:
        """Made once the core is open: files are kept with their chat from the moment they are attached."""
        from app.desktop.views.chat.attachment_chips import AttachmentChips  # here: see `add_token_bar`

        self.attachments = chips = AttachmentChips(self._theme, self.token_bar or self.model_button, self.edit, self)
        chips.emptied.connect(self.focus)
        self._middle.insertWidget(0, chips)
        self.attach_button = button = QToolButton(self)
        button.setObjectName("attach")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setIcon(self._theme.icon("attach"))
        button.setAccessibleName(self.tr("Attach"))
        button.setToolTip(self.tr("Attach files"))
        button.clicked.connect(self.attach_requested)
        self._bottom.insertWidget(0, button)
        self.setTabOrder(self.edit, button)
        self.setTabOrder(button, self.thinking or self.send_button)
        self.edit.takes_files = True
        self.edit.files_pasted.connect(self.mime_attached)
        return chips

    def show_attachments(self, looks: Sequence[ChipLook]) -> None:
        """The files that go with the message."""
        if self.attachments is not None:
            self.attachments.show_files(looks)
            self._update_send()

    def set_drop_target(self, is_target: bool) -> None:
        """Something that can be attached is over the chat."""
        self._is_drop_target = is_target
        self.edit.setPlaceholderText(self.tr("Drop to attach") if is_target else self.tr("Message"))
        self.update()

    def put_long_text(self, text: str) -> None:
        """What was pasted as a file, as text after all; beside the field where it is too long for it."""
        if len(text) <= FIELD_LIMIT:
            self._put_into_text(text)
        else:
            self.pasted.add(text)
            self._on_pasted_changed()

    def add_token_bar(self) -> TokenBar:
        """Made once the core is open: before that nothing is known that it could show, and it costs 5 ms."""
        from app.desktop.views.chat.token_bar import TokenBar  # here: see above

        self.token_bar = bar = TokenBar(self._theme, self)
        self._top.addWidget(bar)
        self.setTabOrder(self.model_button, bar)
        self.pasted.come_after(bar)
        if self.attachments is not None:
            self.attachments.come_after(bar)
        return bar

    # -- what the pane says

    def set_destination(self, icon: str, text: str, token: str = "text3") -> None:
        """Where the words go: an icon's name and a sentence."""
        size = self._theme.px(14)
        self._destination_icon.setPixmap(self._theme.pixmap(icon, token, size, self.devicePixelRatioF()))
        self._destination_icon.setProperty("icon", (icon, token))
        self._destination.setText(text)
        self._destination.setProperty("tone", token)
        self._theme.restyle(self._destination)
        self._destination.setToolTip(plain_tooltip(text))

    def set_runtime(self, text: str, token: str = "text3") -> None:
        """Runtime and quantization beside the model, or the server's state in `error`."""
        self._runtime.setText(text)
        self._runtime.setProperty("tone", token)
        self._theme.restyle(self._runtime)
        self._fit_row()

    def show_reason(self, text: str, token: str = "text3", details: str = "") -> None:
        """Why the model was proposed, in the place of the runtime; "" where it was not. `details`: for the tooltips."""
        self.model_button.show_details(details)
        if self._reason is None:
            if not text:
                return
            from app.desktop.views.chat.header import ElidedLabel  # here: most chats need none

            self._reason = ElidedLabel(self)
            self._reason.setObjectName("reason")
            self._reason.setFont(self._theme.font("small"))
            self._top.insertWidget(2, self._reason, 100)
        self._reason.setText(text)
        self._reason.setToolTip(plain_tooltip(details))
        self._reason.setProperty("tone", token)
        self._theme.restyle(self._reason)
        self._reason.setVisible(bool(text))
        if text:
            self.set_runtime("")

    def set_busy(self, busy: bool) -> None:
        """Stop takes the place of Send while an answer runs."""
        self._busy = busy
        coming, going = (self.stop_button, self.send_button) if busy else (self.send_button, self.stop_button)
        coming.show()
        pass_focus(going, coming, self.edit)
        going.hide()

    def set_zoom(self, zoom: float) -> None:
        self._zoom = zoom
        self._restyle()

    def text(self) -> str:
        """What will be sent: the typed text, then each pasted one after a blank line."""
        typed = self.edit.toPlainText()
        pasted = self.pasted.texts()
        if not pasted:
            return typed
        return joined([typed, *pasted] if typed.strip() else pasted)

    def set_text(self, text: str) -> None:
        """Put a text in, in place of all that is there, without counting it as the person's change.

        A long one becomes a pasted text.
        """
        is_long = len(text) > LONG_TEXT
        self.pasted.clear()
        self.edit.blockSignals(True)
        self.edit.setPlainText("" if is_long else text)
        self.edit.blockSignals(False)
        self._tell_room()
        if is_long:
            self.pasted.add(text)
        cursor = self.edit.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.edit.setTextCursor(cursor)
        self._update_send()
        self._fit()
        self.text_set.emit()

    def focus(self) -> None:
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- inside

    def _submit(self) -> None:
        text = self.text()
        if text.strip() or (self.attachments is not None and self.attachments.chips):
            self.send_requested.emit(text)

    def _on_text_changed(self) -> None:
        self._tell_room()
        self._update_send()
        self.draft_changed.emit()

    def _on_long_pasted(self, text: str) -> None:
        if self.edit.takes_files:
            self.long_text_attached.emit(text)
            return
        self.pasted.add(text)
        self._update_send()
        self.draft_changed.emit()

    def _on_pasted_changed(self) -> None:
        self.focus()
        self._update_send()
        self.draft_changed.emit()

    def _put_into_text(self, text: str) -> None:
        """At the end, so that what will be sent stays the same."""
        typed = self.edit.toPlainText()
        cursor = self.edit.textCursor()
        if typed.strip():
            cursor.movePosition(cursor.MoveOperation.End)
            cursor.insertText(joined([typed, text])[len(typed) :])
        else:
            cursor.select(cursor.SelectionType.Document)
            cursor.insertText(text)
        self.edit.setTextCursor(cursor)
        self.edit.ensureCursorVisible()
        self.focus()

    def _tell_room(self) -> None:
        self.pasted.set_room(FIELD_LIMIT - self.edit.document().characterCount() + 1)

    def _update_send(self) -> None:
        has_files = self.attachments is not None and bool(self.attachments.chips)
        can_send = has_files or self.pasted.has_words() or bool(self.edit.toPlainText().strip())
        if not can_send:
            pass_focus(self.send_button, self.edit)
        self.send_button.setEnabled(can_send)

    def _fit(self) -> None:
        line = self.edit.fontMetrics().lineSpacing()
        lines = max(1, round(self.edit.document().size().height()))
        window = self.window()
        tallest = max(line, int(window.height() * TALLEST_SHARE)) if window else 10 * line
        wanted = lines * line + self._theme.px(4)
        scrolls = wanted > tallest
        policy = Qt.ScrollBarPolicy
        self.edit.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if scrolls else policy.ScrollBarAlwaysOff)
        self.edit.setFixedHeight(min(wanted, tallest))

    def _fit_row(self) -> None:
        """Runtime and quantization give way before the model's name does; what is wrong with the server stays."""
        row: list[QWidget] = [self.model_button, self._runtime]
        if self.token_bar is not None and not self.token_bar.isHidden():
            row.append(self.token_bar)
        spaces = self._theme.px(8 + 10) + len(row) * self._theme.px(4)
        fits = sum(widget.sizeHint().width() for widget in row) + spaces <= self.width()
        self._runtime.setVisible(fits or self._runtime.property("tone") == "error")
        if self.preset is not None:
            self.preset.set_compact(self.width() < self._theme.px(NARROW))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit_row()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._fit_row()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.edit and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().eventFilter(watched, event)

    def _restyle(self) -> None:
        theme = self._theme
        self.edit.setFont(theme.font("reading", zoom=self._zoom))
        self._runtime.setFont(theme.font("small"))
        if self._reason is not None:
            self._reason.setFont(theme.font("small"))
        self._destination.setFont(theme.font("caption"))
        self.pasted.restyle()
        if self.attachments is not None and self.attach_button is not None:
            self.attachments.restyle()
            self.attach_button.setIcon(theme.icon("attach"))
        kept = self._destination_icon.property("icon")
        if kept:
            self.set_destination(kept[0], self._destination.text(), kept[1])
        self._update_send()
        self._fit()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        path = QPainterPath()
        radius = self._theme.px(10)
        path.addRoundedRect(box, radius, radius)
        painter.fillPath(path, self._theme.color("raised"))
        edge = "focus" if self.edit.hasFocus() else "outline"
        if self._is_drop_target:
            painter.setPen(QPen(self._theme.color("accent"), 2))
        else:
            painter.setPen(QPen(self._theme.color(edge), 1))
        painter.drawPath(path)
