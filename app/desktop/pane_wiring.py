"""Joins the panes that can take the chat's place: Settings and the first-run page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication, QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from app.desktop.controllers.first_run_controller import LOOK_INTERVAL_S, FirstRunController, has_chat_model
from app.desktop.controllers.licences_controller import LicencesController
from app.desktop.controllers.link_registration_controller import LinkRegistrationController
from app.desktop.controllers.local_models_controller import LocalModelsController
from app.desktop.controllers.network_log_controller import NetworkLogController
from app.desktop.controllers.settings_controller import SettingsController
from app.desktop.gateway_wiring import GatewayWiring
from app.desktop.models.settings_form import KeyPath, SettingsForm, provider_path
from app.desktop.pane_names import GENERAL, LOCAL_MODELS, PROVIDERS, STATISTICS
from app.desktop.views.focus import has_focus_inside
from app.services.conversations import queries
from app.services.llm.connection_check import website_of
from app.services.llm.models import ProviderType
from app.services.llm.server_presets import FOUND_SERVER, NEW_SERVER, ServerPreset
from app.services.tasks import TaskOwner

if TYPE_CHECKING:  # the panes and their pages are loaded when first needed: at rest they would cost 3 MB
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.local_models_wiring import LocalModelsWiring
    from app.desktop.setup_wiring import SetupWiring
    from app.desktop.views.first_run.page import FirstRunPage
    from app.desktop.views.settings.general_page import GeneralPage
    from app.desktop.views.settings.pane import SettingsPane
    from app.desktop.views.settings.providers_page import ProvidersPage

#: Subject of the notice about what was changed and not saved.
UNSAVED = "unsaved settings"


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class PaneWiring(QObject):
    """Made with the core's other wiring. The panes themselves are built when first needed."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._session = wiring.session
        self._window = wiring.window
        self._engine = wiring.engine
        self._theme = wiring.theme
        tell = self.on_task_error
        self._tasks = TaskOwner(tell)
        self.settings = SettingsController(self._engine, self, on_error=tell)
        self.local_models = LocalModelsController(self._engine, self, on_error=tell)
        self.link_registration = LinkRegistrationController(self._engine, self, on_error=tell)
        self.licences = LicencesController(self, on_error=tell)
        self.network_log = NetworkLogController(self._engine, self, on_error=tell)
        self.first_run = FirstRunController(self._engine, self.local_models, parent=self, on_error=tell)
        self.gateway = GatewayWiring(
            wiring, save=self.settings.save, open_settings=self.open_settings, on_error=tell, parent=self
        )
        self.pane: SettingsPane | None = None
        self.local_models_parts: LocalModelsWiring | None = None
        self.first_run_page: FirstRunPage | None = None
        self.setup: SetupWiring | None = None
        self._test_after_saving = ""
        #: Whether a model ever answered: then the way is known, and the page stays away.
        self._answered = False

    async def look_back(self) -> None:
        """Read what the page depends on; before `begin`."""
        self._answered = await self._engine.run(self._engine.store.read(queries.has_answers))

    def begin(self) -> None:
        """Connect to the window; show what the command line asks for."""
        self._window.sidebar.settings_requested.connect(self.toggle_settings)
        self._window.panes.currentChanged.connect(lambda _index: self._on_pane_changed())
        self._wiring.models.reachable_changed.connect(lambda _reachable: self.consider_first_run())
        self._wiring.models.servers_changed.connect(self._on_servers_changed)
        self._session.chat.answer_finished.connect(self._on_answer_finished)
        self._session.chat.model_changed.connect(lambda _provider, _model: self.consider_first_run())
        self.gateway.begin()
        if self._session.options.pane == STATISTICS:
            self._wiring.statistics.open()
        elif self._session.options.pane:
            self.open_settings(self._session.options.pane)

    # -- settings: opening and closing

    @property
    def settings_open(self) -> bool:
        return self.pane is not None and self._window.panes.currentWidget() is self.pane

    def toggle_settings(self) -> None:
        """The sidebar's button and its keys: open, or close again."""
        if self.settings_open:
            self.leave()
        else:
            self.open_settings()

    def open_settings(self, tab: str | None = None) -> SettingsPane:
        """Bring Settings to the front, at a tab or where it was left."""
        pane = self.pane or self._build_pane()
        self._window.close_overlay()
        if not pane.has_changes:
            self.settings.reload()
        self._window.show_pane(pane)
        if tab is not None:
            pane.show_tab(tab)
        if not self.settings_open or tab is None:
            pane.tabs.setFocus()
        return pane

    def show_chat_files(self) -> None:
        """Where chats go out and come in: below the fold of a small window."""
        self._tasks.start(self._show_chat_files(), name="panes.chat_files")

    async def _show_chat_files(self) -> None:
        pane = self.open_settings(GENERAL)
        page = cast("GeneralPage", pane.page(GENERAL))
        await self._until_filled(pane)
        page.column.show_widget(page.chat_files)

    async def _until_filled(self, pane: SettingsPane) -> None:
        """Before something of a page is brought into view: its fields get their heights with their values."""
        if not pane.has_changes:
            await self.settings.reload_now()
        await asyncio.sleep(0)

    def leave(self) -> None:
        """Back from any other pane to the chat, or to the first-run page while there is nothing to talk to."""
        if self._window.panes.currentWidget() is self.first_run_page:
            return
        if self._wants_first_run():
            self._show_first_run()
        else:
            self._show_chat()

    def _show_chat(self) -> None:
        self._window.show_pane(self._window.chat)
        self._window.chat.composer.focus()

    def _on_answer_finished(self, _conversation_id: int, status: str) -> None:
        self._answered = self._answered or status != "error"

    def _on_pane_changed(self) -> None:
        self._window.sidebar.set_settings_open(self.settings_open)
        self._tell_unsaved()

    def _tell_unsaved(self) -> None:
        """What was changed in Settings and left there is not forgotten, and not in force."""
        notice = self._window.chat.notice
        if self.settings_open or self.pane is None or not self.pane.has_changes:
            notice.settle(UNSAVED)
        elif not notice.text():  # what is told already is about the chat
            text = tr("Settings are not saved yet. {unsaved}").format(unsaved=self.pane.unsaved_text())
            notice.tell(text, action=tr("Back to Settings"), run=self.open_settings, subject=UNSAVED)

    def sidebar_hidden(self) -> bool:
        """Whether a pane needs a button of its own to bring it back."""
        sidebar = self._window.sidebar
        return sidebar.parentWidget() is not self._window.splitter or not sidebar.isVisible()

    # -- settings: building

    def _build_pane(self) -> SettingsPane:
        from app.desktop.settings_pages import SettingsPages
        from app.desktop.views.settings.pane import SettingsPane

        pages = SettingsPages(self, self._wiring)
        pane = self.pane = SettingsPane(
            self._theme, pages.makers(), sidebar_hidden=self.sidebar_hidden, parent=self._window
        )
        pane.close_requested.connect(self.leave)
        pane.sidebar_requested.connect(self._window.toggle_sidebar)
        pane.save_requested.connect(self.settings.save)
        pane.open_file_requested.connect(self._open_config_file)
        pane.backup_requested.connect(self.settings.use_backup)
        self.settings.loaded.connect(self._on_loaded)
        self.settings.saved.connect(self._on_saved)
        self.settings.kept_aside.connect(pane.show_kept_aside)
        self.settings.refused.connect(self._on_refused)
        self.settings.provider_changed.connect(pane.follow)
        return pane

    # -- settings: what the controller says

    def _on_loaded(self, form: SettingsForm) -> None:
        if self.pane is not None and not self.pane.has_changes:
            self.pane.load(form)

    def _on_saved(self, form: SettingsForm) -> None:
        self._wiring.take_settings()
        if self.pane is not None and (self._test_after_saving or self.gateway.starts_after_saving):
            self.pane.follow(self._test_after_saving, form)  # what is typed and not saved yet stays
        elif self.pane is not None:
            self.pane.show_saved(form)
        self.local_models.refresh_facts()
        self.gateway.on_saved()
        self.consider_first_run()
        self._test_again()

    def _on_servers_changed(self) -> None:
        self.consider_first_run()
        page = cast("ProvidersPage | None", self.pane.built_page(PROVIDERS) if self.pane is not None else None)
        if page is not None and page.isVisible():
            page.show_states(self.settings.provider_states())
        general = cast("GeneralPage | None", self.pane.built_page(GENERAL) if self.pane is not None else None)
        if general is not None:
            general.show_models(self.settings.model_names())

    def run_fix(self, instance_id: str, action: str, value: str) -> None:
        if action == "start_server":
            self.local_models.start(instance_id)
        elif action == "enter_key":
            self.show_key(instance_id)
        elif action == "open_website":
            self._wiring.open_link(value)
        elif action == "set_ca_file":
            self._ask_for_authority(instance_id)
        elif action == "leave_proxy":
            self._save_and_test(instance_id, {("network", "proxy_for_local"): False})
        elif action == "add_server":
            self._fill_in_server(ServerPreset(FOUND_SERVER, tr("Local server"), value))

    def _fill_in_server(self, preset: ServerPreset) -> None:
        """The form for a new server; it is added only on demand."""
        pane = self.open_settings(PROVIDERS)
        page = cast("ProvidersPage", pane.page(PROVIDERS))
        page.fill_in_server(preset)

        async def show() -> None:
            await self._until_filled(pane)
            page.show_server_form()

        self._tasks.start(show(), name="panes.new_server")

    def _ask_for_authority(self, instance_id: str) -> None:
        dialog = QFileDialog(self._window, tr("Certificate authority to trust"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Certificates (*.pem *.crt *.cer)"), tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._save_and_test(instance_id, {("network", "ca_file"): name}))
        dialog.open()

    def _save_and_test(self, instance_id: str, changes: dict[KeyPath, object]) -> None:
        """Save a setting of the network and look at the server's typed address again."""
        self._test_after_saving = instance_id
        self.settings.save(changes)

    def _test_again(self) -> None:
        instance_id, self._test_after_saving = self._test_after_saving, ""
        if instance_id and self.local_models_parts is not None:
            self.local_models_parts.page.test(instance_id)

    def _on_refused(self, path: KeyPath, text: str) -> None:
        self._test_after_saving = ""
        self.gateway.on_refused()
        if self.pane is not None:
            self.pane.show_refused(path, text)

    def _open_config_file(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._engine.services.settings.user_file)))

    # -- places inside Settings

    def show_address(self, instance_id: str) -> None:
        """Local Models, at a server's address."""
        self.open_settings(LOCAL_MODELS).page(LOCAL_MODELS)
        assert self.local_models_parts is not None, "the page is there"
        self.local_models_parts.page.focus_address(instance_id)

    def show_key(self, instance_id: str) -> None:
        """Providers, at a provider's key."""

        async def show() -> None:
            pane = self.open_settings(PROVIDERS)
            if not pane.has_changes:
                await self.settings.reload_now()  # the card must exist before it can be shown
            page = cast("ProvidersPage", pane.page(PROVIDERS))
            page.focus_key(instance_id)

        self._tasks.start(show(), name="panes.key")

    # -- notes of the transcript

    def run_note_action(self, message_id: int, action: str) -> bool:
        """Do what a note's button says; False when it is none of these."""
        known = ("start_server", "test_connection", "enter_key", "open_settings", "open_website", "unload_model")
        if action not in known:
            return False
        self._tasks.start(self._run_note_action(message_id, action), name=f"panes.{action}")
        return True

    async def _run_note_action(self, message_id: int, action: str) -> None:
        stored = await self._engine.run(self._engine.store.message(message_id))
        provider = (stored.provider if stored is not None else None) or self._wiring.models.chosen().provider
        if action == "start_server":
            await self._start_and_regenerate(provider, message_id)
        elif action == "unload_model" and stored is not None and stored.model:
            if trouble := await self.local_models.unload(provider, stored.model):
                self._window.chat.notice.tell(trouble, token="error")
        elif action == "enter_key":
            self.show_key(provider)
        elif action == "open_website":
            self._wiring.open_link(website_of(provider))
        elif action == "test_connection" and provider in dict(self.local_models.runtimes()):
            self.show_address(provider)
            address = self._engine.services.manager.base_url_of(provider)
            self.local_models.test(provider, address)
        else:
            self.open_settings(PROVIDERS if action == "test_connection" else None)

    async def _start_and_regenerate(self, provider: str, message_id: int) -> None:
        notice = self._window.chat.notice
        notice.tell(tr("Starting the server. This can take a minute."), token="text2")
        problems: list[str] = []
        remember = self.local_models.trouble.connect(lambda _id, text: problems.append(text))
        try:
            started = await self.local_models.start_and_wait(provider)
        finally:
            self.local_models.trouble.disconnect(remember)
        if started:
            notice.hide()
            self._session.parts.context.regenerate(message_id)
        else:
            notice.tell(problems[0] if problems else tr("The server could not be started."), token="error")

    # -- first run

    def consider_first_run(self) -> None:
        """Show the page, or go on from it, by what is there now."""
        showing = self.first_run_page is not None and self._window.panes.currentWidget() is self.first_run_page
        if showing and self.setup is not None and self.setup.is_running:
            return  # it ends with a model in memory, or says why not
        wanted = self._wants_first_run()
        if showing and not wanted:
            self._show_chat()
        elif wanted and not showing and self._window.panes.currentWidget() is self._window.chat:
            self._show_first_run()

    def _wants_first_run(self) -> bool:
        """Whether there is nothing to talk to, never was, and nothing is being read or written either."""
        models = self._wiring.models
        session = self._session
        if not self._engine.is_ready or not models.all_looked_at or models.chosen().simulated:
            return False
        if any(state.status == "up" and has_chat_model(state) for state in models.states().values()):
            return False
        is_empty = session.chat.transcript.count == 0 and not session.window.chat.composer.text()
        return is_empty and not self._answered and not session.chat.is_answering

    def _show_first_run(self) -> None:
        page = self.first_run_page or self._build_first_run()
        takes_focus = has_focus_inside(self._window.panes)  # else somebody types elsewhere, in the search field
        self._window.show_pane(page)
        if takes_focus:
            page.take_focus()

    def _build_first_run(self) -> FirstRunPage:
        from app.desktop.setup_wiring import SetupWiring
        from app.desktop.views.first_run.page import FirstRunPage

        page = FirstRunPage(
            self._theme, look_interval_s=LOOK_INTERVAL_S, sidebar_hidden=self.sidebar_hidden, parent=self._window
        )
        self.first_run_page = page
        page.show_state(self.first_run.state())
        page.watched.connect(self.first_run.watch)
        page.watched.connect(self._wiring.models.watch)
        page.acted.connect(self._on_first_run_action)
        page.look_again_requested.connect(self.first_run.look_now)
        page.simulated_requested.connect(self._choose_simulated)
        page.cloud_key_requested.connect(lambda: self.show_key(self.settings.first_cloud_provider()))
        page.sidebar_requested.connect(self._window.toggle_sidebar)
        self.setup = SetupWiring(self._wiring, page)
        self.first_run.changed.connect(self.setup.follow)  # first: the page then knows its most useful button
        self.first_run.changed.connect(page.show_state)
        self._wiring.hub.join_first_run(page)
        return page

    def _choose_simulated(self) -> None:
        self._session.chat.choose_model(ProviderType.MOCK, "")
        self.consider_first_run()

    def _on_first_run_action(self, place: str, action: str) -> None:
        if action == "start":
            self.first_run.start(place)
        elif action == "website":
            self._wiring.open_link(website_of(place))
        elif action == "use_other":
            self.settings.save(_found_server(self.first_run.other_server))
        elif place == "other":
            self._fill_in_server(ServerPreset(NEW_SERVER, tr("Server"), ""))
        else:
            self.show_address(place)

    # -- closing

    def on_task_error(self, _name: str, error: BaseException) -> None:
        """A fault of ours: say so where the person is looking."""
        text = tr("Unexpected error: {name}. The log has the details.").format(name=type(error).__name__)
        if self.pane is not None and self.settings_open:
            self.pane.show_refused((), text)
        else:
            self._window.chat.notice.tell(text, token="error")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        for made in (self.local_models_parts, self.setup):
            if made is not None:
                await made.aclose()
        parts = (self.gateway, self.first_run, self.licences, self.local_models, self.network_log, self.settings)
        for part in (*parts, self.link_registration):
            await part.aclose()


def _found_server(address: str) -> dict[KeyPath, object]:
    """The settings of a server that answered on the usual port."""
    values = {"type": "openai_compatible", "name": tr("Local server"), "base_url": address, "is_enabled": True}
    return {provider_path(FOUND_SERVER, name): value for name, value in values.items()}
