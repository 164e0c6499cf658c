"""The tokens of the gateway: the list, a new one that is shown once, and taking one's right away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.desktop.models.gateway_facts import TokenRow
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.views.chat.header import ElidedLabel
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import card, leading, push_button, text_label
from app.desktop.views.settings.copy_button import CopyButton

if TYPE_CHECKING:
    from app.desktop.theme import Theme

NAME_WIDTH = 280
ROW_LEAST = 44


class Escapable(QFrame):
    """Esc inside it takes back what it asks; elsewhere it leaves Settings."""

    def is_asking(self) -> bool:
        raise NotImplementedError

    def take_back(self) -> None:
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self.is_asking()
        if escape and event.type() == QEvent.Type.ShortcutOverride:  # ours, before it is the window's
            event.accept()
            return True
        if escape and event.type() == QEvent.Type.KeyPress:
            self.take_back()
            return True
        return super().event(event)


class TokenLine(Escapable):
    """One token. *Revoke* asks once more, in its own place.

    Signals:
        revoke_requested().
    """

    revoke_requested = Signal()

    def __init__(self, theme: Theme, row: TokenRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.name = row.name
        #: A line stands over it.
        self.divided = False
        self._theme = theme
        self._name = ElidedLabel(self)
        self._name.setFont(theme.font("body-medium"))
        self._name.setText(row.name)
        self._name.setToolTip(plain_tooltip(row.name))
        self._name.setMaximumWidth(QFontMetrics(self._name.font()).horizontalAdvance(row.name) + 2)
        self._ending = text_label(theme, row.ending, "mono-small", "text3", parent=self)
        self._times = text_label(theme, "", "small", "text3", parent=self)
        self._question = text_label(theme, self.tr("Its programs are refused from then on."), "small", parent=self)
        self.revoke = push_button(theme, self.tr("Revoke"), kind="row", small=True, parent=self)
        self.revoke.setAccessibleName(self.tr("Revoke {name}").format(name=row.name))
        self.confirm = push_button(theme, self.tr("Revoke it"), small=True, parent=self)
        self.confirm.setAccessibleName(self.tr("Revoke {name} for good").format(name=row.name))
        self.confirm.setAccessibleDescription(self._question.text())
        self.keep = push_button(theme, self.tr("Keep"), kind="quiet", small=True, parent=self)
        self.keep.setAccessibleName(self.tr("Keep {name}").format(name=row.name))
        line = QHBoxLayout(self)
        line.setContentsMargins(px(12), px(6), px(8), px(6))
        line.setSpacing(px(8))
        line.addWidget(self._name, 1000)
        line.addWidget(self._ending)
        line.addStretch(1)
        for widget in (self._times, self._question, self.revoke, self.confirm, self.keep):
            line.addWidget(widget)
        self.setMinimumHeight(px(ROW_LEAST))
        self.revoke.clicked.connect(lambda: self._ask(asking=True))
        self.keep.clicked.connect(lambda: self._ask(asking=False))
        self.confirm.clicked.connect(self.revoke_requested)
        self._ask(asking=False)
        self.show_row(row)

    def show_row(self, row: TokenRow) -> None:
        """The times differ; whatever is asked meanwhile stays."""
        self._ending.setText(row.ending)
        self._times.setText(f"{row.made} · {row.used}")

    def _ask(self, *, asking: bool) -> None:
        for widget in (self._question, self.confirm, self.keep):
            if asking:
                widget.show()
        if asking:
            pass_focus(self.revoke, self.keep)
        self._times.setVisible(not asking)
        self.revoke.setVisible(not asking)
        if not asking:
            for widget in (self.confirm, self.keep):
                pass_focus(widget, self.revoke)
            for widget in (self._question, self.confirm, self.keep):
                widget.hide()

    def stops(self) -> tuple[QWidget, ...]:
        return (self.revoke, self.confirm, self.keep)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        if self.divided:
            painter.fillRect(QRectF(0, 0, self.width(), line), self._theme.color("line"))

    def is_asking(self) -> bool:
        return self.keep.isVisible()

    def take_back(self) -> None:
        self._ask(asking=False)


class NewTokenForm(Escapable):
    """Asks for the name of a token to make.

    Signals:
        create_requested(name), cancelled().
    """

    create_requested = Signal(str)
    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        self.setProperty("card", True)
        caption = text_label(theme, self.tr("Name of the program or person"), "small-medium", "text2", parent=self)
        self.edit = QLineEdit(self)
        self.edit.setFont(theme.font("body"))
        self.edit.setMaxLength(64)
        self.edit.setAccessibleName(self.tr("Token name"))
        self.edit.setPlaceholderText(self.tr("editor"))
        self.edit.setMaximumWidth(px(NAME_WIDTH))
        caption.setBuddy(self.edit)
        self.create_button = push_button(theme, self.tr("Create"), parent=self)
        self.create_button.setAccessibleName(self.tr("Create token"))
        self.cancel = push_button(theme, self.tr("Cancel"), kind="quiet", parent=self)
        self.cancel.setAccessibleName(self.tr("Cancel new token"))
        self._error = text_label(theme, "", "small", "error", wrap=True, parent=self)
        self._error.hide()
        row = leading(self.edit)
        row.setSpacing(px(8))
        row.insertWidget(1, self.create_button)
        row.insertWidget(2, self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(4))
        column.addWidget(caption)
        column.addLayout(row)
        column.addWidget(self._error)
        self.edit.returnPressed.connect(self._on_create)
        self.edit.textEdited.connect(lambda _text: self.set_error(""))
        self.create_button.clicked.connect(self._on_create)
        self.cancel.clicked.connect(self.cancelled)
        self.hide()

    def open(self) -> None:
        self.edit.clear()
        self.set_error("")
        self.show()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_error(self, text: str) -> None:
        self._error.setText(text)
        self._error.setVisible(bool(text))
        self.edit.setAccessibleDescription(text)
        if bool(self.edit.property("invalid")) != bool(text):
            self.edit.setProperty("invalid", bool(text))
            self._theme.restyle(self.edit)

    def _on_create(self) -> None:
        name = self.edit.text().strip()
        if name:
            self.create_requested.emit(name)
        else:
            self.set_error(self.tr("A token needs a name."))

    def is_asking(self) -> bool:
        return self.isVisible()

    def take_back(self) -> None:
        self.cancelled.emit()


class ShownToken(QFrame):
    """A new token, for as long as it is on the screen: nothing else in this program has it.

    Signals:
        put_away().
    """

    put_away = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.setProperty("card", True)
        self._title = text_label(theme, "", "body-bold", parent=self)
        self.edit = QLineEdit(self)
        self.edit.setReadOnly(True)
        self.edit.setFont(theme.font("mono"))
        self.edit.setAccessibleName(self.tr("New token, shown once"))
        self._title.setBuddy(self.edit)
        self.copy = CopyButton(theme, self.tr("Copy token"), self.edit.text, self)
        self.done = push_button(theme, self.tr("Done"), parent=self)
        self.done.setAccessibleName(self.tr("Put the token away"))
        self.done.clicked.connect(self.put_away)
        text = self.tr("It is shown this once. Only a hash of it is kept, so it cannot be shown again.")
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.edit, 1)
        row.addWidget(self.copy)
        row.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(8))
        column.addWidget(self._title)
        column.addLayout(row)
        column.addWidget(text_label(theme, text, "small", "text3", wrap=True, parent=self))
        self.hide()

    def show_token(self, name: str, token: str) -> None:
        self._title.setText(self.tr("Token “{name}”").format(name=name))
        self.edit.setText(token)
        self.edit.setCursorPosition(0)
        self.show()
        self.copy.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        self.edit.clear()
        self.hide()


class TokenList(QWidget):
    """Signals:
    create_requested(name), revoke_requested(name), refresh_requested().
    count_changed(): whether there is any token at all may differ.
    """

    create_requested = Signal(str)
    revoke_requested = Signal(str)
    refresh_requested = Signal()
    count_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        #: None until they were read.
        self.count: int | None = None
        self._lines: dict[str, TokenLine] = {}
        px = theme.px
        self.new_button = push_button(theme, self.tr("New token"), small=True, icon="plus", parent=self)
        self.new_button.clicked.connect(self.begin_new)
        head = QHBoxLayout()
        head.addWidget(text_label(theme, self.tr("Tokens"), "section", parent=self))
        head.addStretch(1)
        head.addWidget(self.new_button)
        self.form = NewTokenForm(theme, self)
        self.form.create_requested.connect(self.create_requested)
        self.form.cancelled.connect(self._close_form)
        self.shown = ShownToken(theme, self)
        self.shown.put_away.connect(self.forget)
        self._frame, self._box = card(theme, self)
        self._box.setContentsMargins(1, 1, 1, 1)
        self._box.setSpacing(0)
        self._frame.hide()
        self._empty = text_label(theme, self.tr("Loading…"), "body", "text3", wrap=True, parent=self)
        self._error = text_label(theme, "", "body", "error", wrap=True, parent=self)
        self._error.hide()
        self._again = push_button(theme, self.tr("Try again"), small=True, parent=self)
        self._again.setAccessibleName(self.tr("Read the tokens again"))
        self._again.clicked.connect(self.refresh_requested)
        self._again.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addLayout(head)
        lead = self.tr("Every request to the gateway carries a token. Give each program its own.")
        column.addWidget(text_label(theme, lead, "body", "text2", wrap=True, parent=self))
        for widget in (self.form, self.shown, self._frame, self._empty, self._error):
            column.addWidget(widget)
        column.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeading)

    # -- showing

    @property
    def is_read(self) -> bool:
        """Whether it is known what there is, or why it is not."""
        return self.count is not None or bool(self._error.text())

    def show_tokens(self, rows: Sequence[TokenRow]) -> None:
        """What there is now. A line that stays keeps its place, its focus and its question."""
        wanted = {row.name: row for row in rows}
        for name in [name for name in self._lines if name not in wanted]:
            line = self._lines.pop(name)
            pass_focus(line, self.new_button)
            line.hide()
            line.deleteLater()
        for place, row in enumerate(rows):
            found = self._lines.get(row.name)
            if found is None:
                found = self._lines[row.name] = TokenLine(self._theme, row, self._frame)
                found.revoke_requested.connect(lambda name=row.name: self.revoke_requested.emit(name))
                self._box.insertWidget(place, found)
            found.show_row(row)
            found.divided = place > 0
            found.update()
        self._set_tab_order()
        self.count = len(rows)
        self._frame.setVisible(bool(rows))
        self._empty.setText("" if rows else self.tr("No tokens yet. Nobody but this window may ask the gateway."))
        self._empty.setVisible(not rows)
        self._show_error("")
        self.count_changed.emit()

    def show_error(self, text: str) -> None:
        """They could not be read, or one could not be revoked."""
        self._empty.setVisible(False)
        self._show_error(text)

    def _show_error(self, text: str) -> None:
        if not text:
            pass_focus(self._again, self.new_button)
        self._error.setText(text)
        self._error.setVisible(bool(text))
        self._again.setVisible(bool(text))

    def show_new(self, name: str, token: str) -> None:
        """It was made; this is the only time it is seen."""
        self.form.hide()
        self.new_button.show()
        self.shown.show_token(name, token)

    def show_refused(self, text: str) -> None:
        self.form.set_error(text)
        self.form.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- acting

    def begin_new(self) -> None:
        """Ask for a name; a token that is still on show goes."""
        self.shown.forget()
        self.form.open()

    def forget(self) -> None:
        """Take the new token off the screen."""
        pass_focus(self.shown, self.new_button)
        self.shown.forget()

    def _close_form(self) -> None:
        pass_focus(self.form, self.new_button)
        self.form.hide()

    def _stops(self) -> Iterator[QWidget]:
        yield from (self.new_button, self.form.edit, self.form.create_button, self.form.cancel)
        yield from (self.shown.edit, self.shown.copy.button, self.shown.done)
        for line in self._lines.values():
            yield from line.stops()
        yield self._again

    def _set_tab_order(self) -> None:
        for first, second in pairwise(self._stops()):
            self.setTabOrder(first, second)
