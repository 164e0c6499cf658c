"""The switch of the gateway: on or off, where it listens, why it does not, and what to do then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.desktop.models.gateway_facts import GatewayFacts
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import leading, push_button, text_label
from app.desktop.views.settings.copy_button import CopyButton
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ADDRESS_WIDTH = 320


class AddressRow(QWidget):
    """An address to read and copy."""

    def __init__(self, theme: Theme, label: str, copy_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        caption = text_label(theme, label, "small-medium", "text2", parent=self)
        self.edit = QLineEdit(self)
        self.edit.setReadOnly(True)
        self.edit.setFont(theme.font("mono"))
        self.edit.setAccessibleName(label)
        self.edit.setMaximumWidth(theme.px(ADDRESS_WIDTH))
        caption.setBuddy(self.edit)
        self.copy = CopyButton(theme, copy_name, self.edit.text, self)
        row = leading(self.edit)
        row.setSpacing(theme.px(8))
        row.insertWidget(1, self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(caption)
        column.addLayout(row)
        self.hide()

    def show_address(self, address: str) -> None:
        """ "" hides the row."""
        if self.edit.text() != address:
            self.edit.setText(address)
        self.setVisible(bool(address))


class GatewayCard(QFrame):
    """Signals:
    start_requested(), stop_requested(), restart_requested().
    port_requested(port): take this one in place of the one that is taken.
    """

    start_requested = Signal()
    stop_requested = Signal()
    restart_requested = Signal()
    port_requested = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: GatewayFacts | None = None
        self.setProperty("card", True)
        self._light = StateLight(theme, self)
        self._words = text_label(theme, "", "body", "text2", parent=self)
        self.switch = push_button(theme, self.tr("Start gateway"), small=True, icon="play", parent=self)
        self.switch.clicked.connect(self._on_switch)
        text = self.tr(
            "Editors and other programs reach all your models at one address, in the shapes of OpenAI and Anthropic. "
            "The gateway stops with the window."
        )
        self._lead = text_label(theme, text, "body", "text2", wrap=True, parent=self)
        self.here = AddressRow(theme, self.tr("Gateway address"), self.tr("Copy gateway address"), self)
        label, copy = self.tr("Address for other computers"), self.tr("Copy address for other computers")
        self.others = AddressRow(theme, label, copy, self)
        self._arrange()

    def _arrange(self) -> None:
        px = self._theme.px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self._light)
        head.addWidget(text_label(self._theme, self.tr("Gateway"), "section", parent=self))
        head.addWidget(self._words)
        head.addStretch(1)
        head.addWidget(self.switch)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(12))
        column.addLayout(head)
        column.addWidget(self._lead)
        column.addWidget(self.here)
        column.addWidget(self.others)
        column.addWidget(self._make_failure())
        column.addWidget(self._make_outdated())

    def _make_failure(self) -> QWidget:
        theme, px = self._theme, self._theme.px
        self._failure = QWidget(self)
        self._icon = QLabel(self._failure)
        self._message = text_label(theme, "", "body-bold", wrap=True, parent=self._failure)
        self._hint = text_label(theme, "", "body", "text2", wrap=True, parent=self._failure)
        self.port_button = push_button(theme, "", small=True, parent=self._failure)
        self.port_button.clicked.connect(self._on_port)
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        texts.addWidget(self._message)
        texts.addWidget(self._hint)
        texts.addSpacing(px(4))
        texts.addWidget(self.port_button, 0, Qt.AlignmentFlag.AlignLeading)
        row = QHBoxLayout(self._failure)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        self._theme.changed.connect(self._paint_icon)
        self._paint_icon()
        self._failure.hide()
        return self._failure

    def _make_outdated(self) -> QWidget:
        theme = self._theme
        self._outdated = QWidget(self)
        text = self.tr("It still runs with the settings before the last save.")
        self.restart_button = push_button(theme, self.tr("Restart gateway"), small=True, parent=self._outdated)
        self.restart_button.clicked.connect(self.restart_requested)
        row = QHBoxLayout(self._outdated)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(text_label(theme, text, "body", "text2", parent=self._outdated))
        row.addWidget(self.restart_button)
        row.addStretch(1)
        self._outdated.hide()
        return self._outdated

    def show_facts(self, facts: GatewayFacts) -> None:
        self._facts = facts
        self._light.set_glyph(facts.glyph)
        self._words.setText(facts.words)
        # Not switched off while it starts or stops: that would throw the focus of whoever pressed it elsewhere.
        self.switch.setText(self.tr("Stop gateway") if facts.running else self.tr("Start gateway"))
        self.switch.setIcon(self._theme.icon("stop" if facts.running else "play", "text"))
        for row, address in ((self.here, facts.address), (self.others, facts.others_address)):
            if not address:
                pass_focus(row, self.switch)
            row.show_address(address)
        if not facts.message:
            pass_focus(self._failure, self.switch)
        self._message.setText(facts.message)
        self._hint.setText(facts.hint)
        self._hint.setVisible(bool(facts.hint) and not facts.free_port)  # the button says it better
        self.port_button.setText(self.tr("Use port {n}").format(n=facts.free_port))
        self.port_button.setVisible(bool(facts.free_port))
        self._failure.setVisible(bool(facts.message))
        if not facts.outdated:
            pass_focus(self._outdated, self.switch)
        self._outdated.setVisible(facts.outdated)

    def _on_switch(self) -> None:
        if self._facts is not None and self._facts.running:
            self.stop_requested.emit()
        else:
            self.start_requested.emit()

    def _on_port(self) -> None:
        if self._facts is not None and self._facts.free_port:
            self.port_requested.emit(self._facts.free_port)

    def _paint_icon(self) -> None:
        size = self._theme.px(16)
        self._icon.setPixmap(self._theme.pixmap("error", "error", size, self.devicePixelRatioF()))
