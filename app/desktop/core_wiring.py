"""Joins the views that need the whole core: models, settings, first run, shortcuts, notes and links."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QRect, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.desktop.attaching import Attaching
from app.desktop.auto_wiring import AutoWiring
from app.desktop.chat_files_wiring import ChatFilesWiring
from app.desktop.chat_menu import show_chat_menu
from app.desktop.chat_settings_wiring import ChatSettingsWiring
from app.desktop.commands import Commands
from app.desktop.compare_wiring import CompareWiring
from app.desktop.context_wiring import ContextWiring
from app.desktop.controllers.chat_state import AUTO
from app.desktop.controllers.models_controller import ChosenModel, Destination, ModelsController
from app.desktop.controllers.settings_controller import broken_file
from app.desktop.controllers.word_parts_controller import WordPartsController
from app.desktop.ending_answers import may_end_answers
from app.desktop.find_wiring import FindWiring
from app.desktop.glyphs import StateGlyph
from app.desktop.health_notice import HealthNotice
from app.desktop.help_wiring import HelpWiring
from app.desktop.hub_wiring import HubWiring
from app.desktop.language_wiring import LanguageWiring
from app.desktop.ledger_wiring import LedgerWiring
from app.desktop.models.chat_link_target import is_chat_link
from app.desktop.models.model_list_model import ModelListModel
from app.desktop.motion import MotionChoice, system_reduces_motion
from app.desktop.palette_wiring import PaletteWiring
from app.desktop.pane_wiring import PaneWiring
from app.desktop.prompts_wiring import PromptsWiring
from app.desktop.questions import ask, choose_save_file
from app.desktop.shortcuts import Shortcuts
from app.desktop.statistics_wiring import StatisticsWiring
from app.desktop.temporary_wiring import TemporaryWiring
from app.desktop.unsaved_settings import may_lose_settings
from app.desktop.views.chat.model_picker import ModelPicker
from app.services.atomic_file import write_atomically
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.session import Session

GLYPH_OF_STATE = {
    "loaded": StateGlyph.LOADED,
    "loading": StateGlyph.BUSY,
    "idle": StateGlyph.IDLE,
    "down": StateGlyph.FAILED,
    "gone": StateGlyph.GONE,
    "none": StateGlyph.IDLE,
}
#: Of the notice about a settings file that could not be used.
CONFIG_SUBJECT = "config"
HEALTH_GLYPHS = {"up": StateGlyph.LOADED, "down": StateGlyph.IDLE, "unknown": StateGlyph.BUSY}


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class CoreWiring(QObject):
    """Made once the core is open. Owns the controllers that need it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.window = session.window
        self.engine = session.engine
        self.theme = session.theme
        self._tasks = TaskOwner(session.on_task_error)
        self.models = ModelsController(session.engine, session.on_task_error, self)
        self._picker_model = ModelListModel(self)
        self.picker = ModelPicker(
            session.theme, self._picker_model, self.window.chat.composer.model_button, session.window
        )
        self.attaching = Attaching(self)
        self.context = ContextWiring(self)
        self.chat_files = ChatFilesWiring(session, self)
        self.word_parts = WordPartsController(session.engine, session.on_task_error, self)
        #: The file is looked at first: a damaged one is not written into for an index.
        self._store_is_sound = False
        self.hub = HubWiring(self)
        self.panes = PaneWiring(self)
        self.find = FindWiring(session, self)
        self.ledger = LedgerWiring(self)
        self.compare = CompareWiring(self)
        self.statistics = StatisticsWiring(self)
        self.palette = PaletteWiring(self)
        self.prompts = PromptsWiring(self)
        self.temporary = TemporaryWiring(session, self)
        self.chat_settings = ChatSettingsWiring(self)
        self.auto = AutoWiring(self)
        self.language = LanguageWiring(self)
        self.help = HelpWiring(self)
        self.shortcuts = Shortcuts(self.window, Commands(self).by_name(), self.engine.services.settings.config)

    async def begin(self) -> None:
        """Connect everything and show what is known already."""
        self._apply_interface_settings()
        self._show_keys()
        self._wire_models()
        self._wire_transcript()
        fill = self.session.organise.fill_menu
        self.window.chat.header.menu_requested.connect(lambda: show_chat_menu(self.window, self.shortcuts, fill))
        self.chat_files.begin()
        self.temporary.begin()
        self.attaching.begin()
        self.context.begin()
        self.chat_settings.begin()
        await self.panes.look_back()
        self.panes.begin()
        await self.models.begin()
        self.hub.begin()
        self.auto.begin()
        self.health = HealthNotice(self.models, self.window.chat.notice, self)
        chat = self.session.chat
        if self.session.options.provider:
            chat.choose_model(self.session.options.provider, self.session.options.model or "")
        elif chat.state.provider and chat.state.model:
            self.models.choose(chat.state.provider, chat.state.model)
        self._tell_notices()
        self._tasks.start(self._check_store(), name="window.check_store")

    def _tell_notices(self) -> None:
        """What the start found. A file that could not be used comes last, since it is what has to be mended."""
        services = self.engine.services
        settings = services.settings
        of_file = {f"{p.place}: {p.reason}" for p in settings.problems if p.source == settings.user_file.name}
        for notice in services.notices:
            if notice not in of_file:
                self.window.chat.notice.tell(notice)
        broken = broken_file(settings)
        if broken is not None:
            self.window.chat.notice.tell(
                broken.text,
                action=tr("Open Settings"),
                run=self.panes.open_settings,
                subject=CONFIG_SUBJECT,
            )

    async def _check_store(self) -> None:
        """Read the whole store once, in a thread of its own, and say so when it is damaged; else mend its index."""
        problem = await self.engine.run(self.engine.store.check())
        if problem is not None:
            self.window.chat.notice.tell(
                tr("The chat store is damaged: {problem}. Make a copy of it before you go on.").format(problem=problem),
                token="error",
            )
            return
        await self.engine.run(self.engine.store.complete_search_index())
        self._store_is_sound = True
        self.word_parts.follow(self.engine.services.settings.config.chat.find_word_parts)

    def _apply_interface_settings(self) -> None:
        interface = self.engine.services.settings.config.interface
        if not self.session.options.theme:  # the command line's is for this run, and set already
            if interface.theme != self.window.state_before.get("theme", "system"):
                application = QGuiApplication.instance()
                self.theme.apply(application, interface.theme)  # type: ignore[arg-type]  # it is the QApplication
            self.window.state_before["theme"] = interface.theme
        self.language.follow(interface.language)
        self._follow_motion(interface.motion)
        self.set_zoom(interface.zoom_percent)
        chat = self.engine.services.settings.config.chat
        if self.window.chat.transcript is not None:
            self.window.chat.transcript.set_reading(
                open_thinking=chat.show_reasoning,
                announce_sentences=interface.announce_answers == "sentences",
                line_numbers=chat.line_numbers,
            )
        self.window.chat.composer.edit.send_with_control = chat.send_with == "ctrl+enter"
        if self._store_is_sound:
            self.word_parts.follow(chat.find_word_parts)

    def _follow_motion(self, choice: MotionChoice) -> None:
        self.theme.motion.choose(choice)
        if self.theme.motion.follows_system:
            self._tasks.start(self._ask_system_for_motion(), name="window.motion")

    async def _ask_system_for_motion(self) -> None:
        """Behind the window: what the system says is not worth a moment of the start."""
        self.theme.motion.set_system_reduces(await self.engine.run(system_reduces_motion()))

    def take_settings(self) -> None:
        """Settings were saved: what the window itself follows changes at once."""
        if not self.engine.services.settings.user_file_broken:
            self.window.chat.notice.settle(CONFIG_SUBJECT)
        self._apply_interface_settings()
        self.context.take_settings()
        self.auto.take_settings()
        self.chat_settings.take_settings()
        self.shortcuts.apply(self.engine.services.settings.config)
        self._show_keys()

    def _show_keys(self) -> None:
        """In tooltips stand the keys that are in force."""
        keys, composer = self.shortcuts, self.window.chat.composer
        for button in (self.window.sidebar.new_chat_button, self.window.chat.header.new_chat_button):
            button.setToolTip(tr("New chat") + keys.words("new_chat"))
        composer.stop_button.setToolTip(tr("Stop") + keys.words("stop"))
        composer.model_button.show_keys(keys.words("choose_model"))
        self.picker.hint.setText(keys.words("choose_model").strip(" ()"))

    # -- models

    def _wire_models(self) -> None:
        chat = self.session.chat
        self.models.chosen_changed.connect(self.show_chosen)
        self.models.servers_changed.connect(self._show_servers)
        chat.model_changed.connect(self.models.choose)
        chat.opened.connect(lambda _id: self._adopt_model())
        self.window.chat.composer.model_requested.connect(self.open_picker)
        self.picker.chosen.connect(self._on_model_chosen)
        self.picker.favourite_toggled.connect(self.models.toggle_favourite)
        self.picker.refresh_requested.connect(self.models.refresh)
        self.picker.get_models_requested.connect(self.hub.open_get_models)
        self.picker.closed.connect(self._on_picker_closed)
        self.models.rows_changed.connect(self.fill_picker)
        thinking = self.window.chat.composer.add_thinking_button()
        thinking.chosen.connect(self._on_effort_chosen)

    def open_picker(self) -> None:
        """The list of models, above the composer; changes of the servers show in it as they come."""
        composer = self.window.chat.composer
        self.fill_picker(keep_places=False)
        self.auto.preview()
        self.models.watch(True)
        composer.model_button.set_popup(self.picker)
        column = QRect(composer.mapTo(self.window, QPoint(0, 0)), composer.size())
        chosen = self.models.chosen()
        current = ("", AUTO) if self.auto.is_on else (chosen.provider, chosen.model)
        self.picker.open_above(composer, column, current)

    def _on_picker_closed(self) -> None:
        self.models.watch(False)
        self.window.chat.composer.model_button.set_popup(None)
        self.window.chat.composer.focus()

    def _on_model_chosen(self, provider: str, model: str) -> None:
        if provider:
            self.session.chat.choose_model(provider, model)
            self.show_chosen()
        else:
            self.auto.switch_on()

    def _on_effort_chosen(self, effort: str) -> None:
        self.session.chat.choose_effort(effort or None)
        self._show_effort()
        self.window.chat.composer.focus()

    def _show_effort(self) -> None:
        chat, thinking = self.session.chat, self.window.chat.composer.thinking
        assert thinking is not None, "it is made with the wiring"
        thinking.set_effort(chat.effort_choices(), chat.state.parameters.get("reasoning_effort"))

    def fill_picker(self, *, keep_places: bool = True) -> None:
        """The picker's rows as they are now; where it is open each keeps its place."""
        if keep_places and not self.picker.isVisible():
            return
        self._picker_model.set_rows(
            *(self.models.rows(), self.models.server_lines(), self.models.simulated_entry()),
            keep_places=keep_places,
            auto=self.auto.entry(),
        )

    def _adopt_model(self) -> None:
        """A chat without a model of its own goes on with the chosen one."""
        state = self.session.chat.state
        chosen = self.models.chosen()
        if not state.model and chosen.model:
            state.provider, state.model = chosen.provider, chosen.model
        self._show_effort()

    def show_chosen(self) -> None:
        """The model of the open chat as the composer has it."""
        self._adopt_model()
        nobody = self.auto.finds_nobody
        chosen = ChosenModel() if nobody else self.models.chosen()
        composer = self.window.chat.composer
        glyph = GLYPH_OF_STATE[chosen.state]
        words = {
            "loaded": tr("loaded"),
            "loading": tr("loading"),
            "idle": tr("not loaded"),
            "down": tr("server not reachable"),
            "gone": tr("no longer there"),
            "none": "",
        }[chosen.state]
        destination = Destination("info", tr("No model chosen")) if nobody else self.models.destination()
        about = (chosen.name, chosen.server, words, destination.text, self.auto.spoken())
        spoken = ", ".join(part for part in about if part)
        name, is_gone = self.auto.button_name(chosen.name), chosen.state == "gone"
        composer.model_button.set_model(name, glyph, description=spoken, gone=is_gone, simulated=chosen.simulated)
        if not self.auto.show_reason():
            self._show_runtime(chosen)
        composer.set_destination(destination.icon, destination.text, "cloud" if destination.cloud else "text3")

    def _show_runtime(self, chosen: ChosenModel) -> None:
        composer = self.window.chat.composer
        if chosen.state == "down":
            composer.set_runtime(tr("{server} not reachable").format(server=chosen.server), "error")
        elif chosen.state == "gone":
            composer.set_runtime(tr("No longer there"), "text3")
        else:
            composer.set_runtime(" · ".join(p for p in (chosen.server, chosen.quantization) if p))

    def _show_servers(self) -> None:
        servers = []
        for state in self.models.states().values():
            if not state.local or not (state.base_url or state.status == "up"):  # an engine of ours that has no use
                continue
            glyph = StateGlyph.SLOW if state.slow else HEALTH_GLYPHS[state.status]
            words = {"up": tr("Running"), "down": tr("Not running"), "unknown": tr("Looking")}[state.status]
            servers.append((state.name, glyph, words))
        self.window.sidebar.health.set_servers(servers)

    def start_task(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Runs for as long as the window is open; what fails there is told."""
        self._tasks.start(work, name=name)

    # -- transcript

    def _wire_transcript(self) -> None:
        view = self.window.chat.transcript
        assert view is not None, "the transcript is built before the core opens"
        view.link_activated.connect(self.open_link)
        view.note_action.connect(self._on_note_action)
        view.answer_command.connect(self.ledger.run)
        view.regenerate_requested.connect(self.context.regenerate)
        view.edit_requested.connect(self._on_edit)
        view.fork_requested.connect(self._on_fork)
        view.save_code_requested.connect(self.save_code_as)
        self.session.chat.branch.revealed.connect(view.scroll_to_message)

    def open_link(self, address: str) -> None:
        """A chat of ours is opened here. Of any other the whole address is shown, and the browser opens it when the
        person says so."""
        if is_chat_link(address):
            self.session.links.follow(address)
            return
        self._tasks.start(self._confirm_link(address), name="window.link")

    async def _confirm_link(self, address: str) -> None:
        """Only after a look at the whole address, and only for schemes that the transcript lets through."""
        url = QUrl(address)
        answer = await ask(
            self.window,
            tr("Open {host} in your browser?").format(host=url.host() or url.scheme()),
            address,
            (tr("Open"), tr("Copy address"), tr("Cancel")),
        )
        if answer == 0:
            QDesktopServices.openUrl(url)
        elif answer == 1:
            QGuiApplication.clipboard().setText(address)

    def save_code_as(self, code: str, _language: str, file_name: str) -> None:
        """Ask for a file and write code into it; `file_name` is only a proposal."""
        self._tasks.start(self._save_code(code, file_name), name="window.save_code")

    async def _save_code(self, code: str, file_name: str) -> None:
        """Ask where, then write the exact text off the UI thread; the old file is never half replaced."""
        path = await choose_save_file(self.window, tr("Save code"), file_name)
        if path is None:
            return
        try:
            await asyncio.to_thread(write_atomically, path, code.encode("utf-8", "surrogatepass"), private=False)
        except OSError as exc:
            self.window.chat.notice.tell(
                tr("{path} could not be written: {reason}.").format(path=path, reason=exc.strerror), token="error"
            )

    def _on_fork(self, message_id: int) -> None:
        self._tasks.start(self._fork(message_id), name="window.fork")

    async def _fork(self, message_id: int) -> None:
        store = self.engine.store
        new_id = await self.engine.run(store.fork(message_id))
        if new_id is None:
            return
        made = await self.engine.run(store.conversation(new_id))
        if made is not None and made.title:  # else the list would hold the same line twice
            await self.engine.run(store.rename(new_id, tr("{title} (fork)").format(title=made.title)))
        await self.session.conversations.reload()
        source = self.session.chat.conversation_id
        self.session.open_chat(new_id)

        async def open_source() -> None:
            if source is not None:
                self.session.open_chat(source)

        self.window.sidebar.undo_bar.offer(
            tr("Forked: the first chat stays as it is"),
            lambda: self.session.delete_chats([new_id], instead_of_undo=open_source),
        )

    def _on_edit(self, message_id: int) -> None:
        self._tasks.start(self._begin_edit(message_id), name="window.edit")

    async def _begin_edit(self, message_id: int) -> None:
        """Put an old prompt into the composer; sending it makes a new version."""
        stored = await self.engine.run(self.engine.store.message(message_id))
        if stored is not None and stored.conversation_id == self.session.chat.conversation_id:  # still the open one
            self.session.composing.begin_edit(message_id, stored.text, stored.attachments)

    def _on_note_action(self, message_id: int, action: str) -> None:
        chat = self.session.chat
        actions: dict[str, Callable[[], object]] = {
            "retry": lambda: self.context.regenerate(message_id),
            "regenerate": lambda: self.context.regenerate(message_id),
            "continue": lambda: self.context.go_on(message_id),
            "keep": lambda: chat.branch.dismiss_note(message_id),
            "refresh_models": self.models.refresh,
            "choose_model": self.open_picker,
            "wait_longer": lambda: chat.feed.wait_longer(message_id),
            "stop": chat.stop,
            "edit": lambda: self._tasks.start(self._edit_prompt_of(message_id), name="window.edit"),
        }
        run = actions.get(action)
        if run is not None:
            run()
        elif not self.context.overflow.run_note_action(message_id, action):
            self.panes.run_note_action(message_id, action)

    async def _edit_prompt_of(self, answer_id: int) -> None:
        stored = await self.engine.run(self.engine.store.message(answer_id))
        if stored is not None and stored.parent_id is not None:
            await self._begin_edit(stored.parent_id)

    # -- reading

    def set_zoom(self, percent: int) -> None:
        """Size of transcript and composer text, 80 to 200 %."""
        self._zoom = max(80, min(200, percent))
        self.window.chat.composer.set_zoom(self._zoom / 100)
        if self.window.chat.transcript is not None:
            self.window.chat.transcript.set_zoom(self._zoom / 100)
        self.compare.set_zoom(self.zoom)

    @property
    def zoom(self) -> float:
        """Of the text that is read; 1.0 is the design's size."""
        return self._zoom / 100

    # -- closing

    async def may_quit(self) -> bool:
        """Ask before settings are lost that were not saved, and before an answer that is being written is cut off.

        Once nothing is written any more there is nothing to ask: closing is what was wished for. Prompts that wait
        are kept either way, as drafts.
        """
        if not await may_lose_settings(self.window, self.panes):
            return False
        return await may_end_answers(self.window, self.session.chat)

    async def aclose(self) -> None:
        current = asyncio.current_task()
        assert current is not None
        await self._tasks.aclose()
        await self.hub.aclose()
        self.health.close()
        await self.auto.aclose()
        await self.context.aclose()
        await self.chat_settings.aclose()
        await self.attaching.aclose()
        await self.find.aclose()
        await self.palette.aclose()
        await self.chat_files.aclose()
        await self.temporary.aclose()
        await self.word_parts.aclose()
        await self.compare.aclose()
        await self.statistics.aclose()
        await self.help.aclose()
        await self.panes.aclose()
        await self.models.aclose()
