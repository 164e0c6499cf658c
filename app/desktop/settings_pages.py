"""The pages of Settings: what makes each of them, and joins it to the controller that it speaks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from app.desktop.local_models_wiring import LocalModelsWiring
from app.desktop.pane_names import ABOUT, CHAT, GATEWAY, GENERAL, LOCAL_MODELS, PRIVACY, PROVIDERS, SHORTCUTS
from app.desktop.shortcuts import DEFAULT_KEYS, command_names, conflicts, owner_of, why_refused
from app.desktop.views.settings.about_page import AboutPage
from app.desktop.views.settings.chat_page import ChatPage
from app.desktop.views.settings.general_page import GeneralPage
from app.desktop.views.settings.page import SettingsPage
from app.desktop.views.settings.privacy_page import PrivacyPage
from app.desktop.views.settings.providers_page import ProvidersPage
from app.desktop.views.settings.shortcuts_page import KeyRules, ShortcutsPage

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.pane_wiring import PaneWiring

EXPORT_NAME = "connections.csv"


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class SettingsPages:
    """Loaded with the first opening of Settings, since its views are many. A page is made when its tab is shown."""

    def __init__(self, panes: PaneWiring, wiring: CoreWiring) -> None:
        self._panes = panes
        self._wiring = wiring
        self._theme = wiring.theme

    def makers(self) -> dict[str, Callable[[], SettingsPage]]:
        """The tabs in their order, and what builds their pages."""
        theme = self._theme
        return {
            GENERAL: self._make_general,
            PROVIDERS: self._make_providers,
            LOCAL_MODELS: self._make_local_models,
            CHAT: self._make_chat,
            SHORTCUTS: lambda: ShortcutsPage(
                theme, command_names(), DEFAULT_KEYS, KeyRules(conflicts, owner_of, why_refused)
            ),
            PRIVACY: self._make_privacy,
            GATEWAY: self._panes.gateway.make_page,
            ABOUT: self._make_about,
        }

    def _make_general(self) -> SettingsPage:
        page = GeneralPage(self._theme)
        self._wiring.chat_files.join(page.chat_files)
        page.looked_at.connect(self._panes.link_registration.ask)
        page.links.register_requested.connect(self._panes.link_registration.register)
        self._panes.link_registration.told.connect(page.links.show_place)
        return page

    def _make_chat(self) -> SettingsPage:
        page = ChatPage(self._theme)
        self._wiring.word_parts.progressed.connect(page.show_index)
        self._wiring.word_parts.ask()
        page.prompts_requested.connect(lambda: self._wiring.shortcuts.run("prompts"))
        page.presets_requested.connect(lambda: self._wiring.shortcuts.run("presets"))
        return page

    def _make_providers(self) -> SettingsPage:
        page = ProvidersPage(self._theme)
        page.local_models_requested.connect(self._panes.show_address)
        page.store_key_requested.connect(self._panes.settings.store_key)
        page.delete_key_requested.connect(self._panes.settings.delete_key)
        page.use_key_requested.connect(self._panes.settings.use_withheld_key)
        self._panes.settings.key_changed.connect(page.show_key)
        self._panes.settings.key_refused.connect(page.show_key_error)
        return page

    def _make_local_models(self) -> SettingsPage:
        panes = self._panes
        made = panes.local_models_parts = LocalModelsWiring(
            self._wiring, panes.local_models, panes.on_task_error, panes
        )
        page = made.page
        page.fix_requested.connect(panes.run_fix)
        page.use_key_requested.connect(panes.settings.use_withheld_key)
        page.other_key_requested.connect(panes.show_key)
        panes.settings.key_changed.connect(page.show_key)
        panes.settings.key_refused.connect(page.show_key_error)
        panes.local_models.refresh_facts()
        return page

    def _make_privacy(self) -> SettingsPage:
        page = PrivacyPage(self._theme, self._panes.network_log.model)
        page.watched.connect(self._panes.network_log.watch)
        page.pause_requested.connect(self._panes.network_log.pause)
        page.export_requested.connect(self._ask_where_to_export)
        self._panes.network_log.head_changed.connect(page.show_head)
        self._panes.network_log.exported.connect(page.show_note)
        return page

    def _make_about(self) -> SettingsPage:
        page = AboutPage(self._theme, self._panes.licences.model)
        page.libraries_requested.connect(self._panes.licences.read)
        page.folder_requested.connect(lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(path)))
        page.shortcuts_requested.connect(lambda: self._panes.open_settings(SHORTCUTS))
        page.help_requested.connect(self._wiring.help.open)
        return page

    def _ask_where_to_export(self) -> None:
        dialog = QFileDialog(self._wiring.window, tr("Export connections"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Comma-separated values (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(str(Path.home() / EXPORT_NAME))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._panes.network_log.export(Path(name)))
        dialog.open()
