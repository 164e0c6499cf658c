"""The button in the composer that names the chat's preset, with all of them as a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app.desktop.icons import set_icon_beside_text
from app.desktop.models.chat_settings_facts import PresetChoices
from app.desktop.models.plain_tooltip import plain_tooltip

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Longer names end in "…".
NAME_WIDTH = 140


def tr(text: str) -> str:
    return QCoreApplication.translate("PresetButton", text)


class PresetButton(QPushButton):
    """Signals:
    chosen(str): a uid, or one of the choices that are none.
    default_toggled(bool): the preset in force is to be that of every chat with the model, or is not any more.
    save_requested(), manage_requested(), settings_requested(): the entries behind the presets.
    """

    chosen = Signal(str)
    default_toggled = Signal(bool)
    save_requested = Signal()
    manage_requested = Signal()
    settings_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._presets = PresetChoices()
        self._compact = False
        self.setObjectName("preset")
        self.setAccessibleName(tr("Preset"))
        self.setProperty("kind", "quiet")
        self.clicked.connect(self.open_menu)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.show_presets(self._presets)

    def show_presets(self, presets: PresetChoices) -> None:
        """Name the one in force."""
        self._presets = presets
        name = presets.name or (tr("gone") if presets.note else tr("none"))
        self.setAccessibleDescription(name)
        self.setToolTip(plain_tooltip(presets.note or tr("Preset: {name}").format(name=name)))
        self._show_text()

    def set_compact(self, compact: bool) -> None:
        """The icon alone, in a narrow pane; the tooltip says the rest."""
        if compact != self._compact:
            self._compact = compact
            self._show_text()

    def open_menu(self) -> None:
        """Above the button, the present choice checked."""
        presets = self._presets
        menu = QMenu(self)
        menu.setAccessibleName(tr("Preset"))
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        for key, words in presets.choices:
            action = menu.addAction(words.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(key == presets.chosen)
            action.setActionGroup(group)
            action.triggered.connect(lambda _checked=False, wanted=key: self.chosen.emit(wanted))
        menu.addSeparator()
        if presets.name and presets.model_name:
            words = tr("Use “{preset}” for every chat with {model}")
            words = words.format(preset=presets.name, model=presets.model_name).replace("&", "&&")
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(presets.is_default)
            action.toggled.connect(self.default_toggled)
        menu.addAction(tr("Save as preset…")).triggered.connect(self.save_requested)
        menu.addAction(tr("Manage presets…")).triggered.connect(self.manage_requested)
        menu.addAction(tr("Chat settings…")).triggered.connect(self.settings_requested)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _show_text(self) -> None:
        name = self._presets.name or tr("Preset")
        width = self._theme.px(NAME_WIDTH)
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, width).replace("&", "&&")
        self.setText("" if self._compact else shown)

    def _restyle(self) -> None:
        self.setFont(self._theme.font("small"))
        set_icon_beside_text(self, self._theme.icon("sliders", "text2"), self._theme)
        self._show_text()
