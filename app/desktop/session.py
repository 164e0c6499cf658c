"""From the first paint to the last: opens the core behind the window, joins the controllers, closes in order."""

from __future__ import annotations

import argparse
import asyncio
import logging
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app import log
from app.desktop.chat_links import ChatLinks
from app.desktop.closing import Closing
from app.desktop.composing import Composing
from app.desktop.controllers.chat_controller import ChatController
from app.desktop.controllers.conversations_controller import ConversationsController
from app.desktop.controllers.highlight_controller import HighlightController
from app.desktop.controllers.store_watch import StoreWatch
from app.desktop.crash_wiring import CrashWiring
from app.desktop.engine import Engine
from app.desktop.garbage import GarbageCollector
from app.desktop.main import user_config
from app.desktop.pane_names import GENERAL
from app.paths import Paths
from app.services.settings.window_state import write_window_state
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.desktop.organise_wiring import OrganiseWiring
    from app.desktop.theme import Theme
    from app.desktop.window import MainWindow

logger = logging.getLogger(__name__)

WINDOW_STATE_FILE = "window.json"
#: The open chat is written down this long after it was opened: a run that is killed begins there again.
REMEMBER_DELAY_MS = 1_000


class Session(QObject):
    """One run of the window, on whatever asyncio loop drives Qt.

    Signals:
        closed(): everything is stored and stopped; the loop may end.
    """

    closed = Signal()

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        paths: Paths,
        options: argparse.Namespace,
    ) -> None:
        super().__init__()
        self.window = window
        self.theme = theme
        self.paths = paths
        self.options = options
        self.exit_status = 0
        #: After its end the window is to be made again, in another language.
        self.opens_again = False
        self.pane_of_next: str | None = None
        self._tasks = TaskOwner(self.on_task_error)
        self._closing = False
        self._asking = False
        self._garbage = GarbageCollector(self)
        self.crash = CrashWiring(self)
        # The prompt of a picture is nobody's chat.
        keep_chats = not (options.screenshot and options.prompt)
        self.engine = Engine(paths, _overrides(options), keep_chats=keep_chats, temporary=options.temporary)
        self.chat = ChatController(self.engine, self)
        self.conversations = ConversationsController(self.engine, window.conversations, self.on_task_error, self)
        self._organise: OrganiseWiring | None = None
        self.highlight = HighlightController(self.engine, self.on_task_error, self)
        self.composing = Composing(
            window.chat,
            self.chat,
            self._tasks,
            lambda: self.parts is not None and self.engine.is_ready,
            lambda text: self.parts.context.holds_back(text),
            self,
        )
        self.links = ChatLinks(self)
        self.store_watch = StoreWatch(self.engine, self.on_task_error, self)
        self.store_watch.changed_elsewhere.connect(self._on_changed_elsewhere)
        self._remember_timer = QTimer(self, singleShot=True, interval=REMEMBER_DELAY_MS)
        self._remember_timer.timeout.connect(lambda: self._tasks.start(self._remember(), name="session.remember"))
        self._opening: asyncio.Task[None] | None = None
        #: Set by `wire_core` once the settings are known.
        self.parts: Any = None

    # -- running

    def start(self) -> None:
        """Open the core; called once the loop runs."""
        self._opening = self._tasks.start(self.open(), name="session.open")

    async def open(self) -> None:
        """Store first, then the last chat, then the rest of the core."""
        self.engine.start()
        log.set_up(self.paths.logs, self.options.log_level)
        self._wire_chat()
        await self.engine.open_store()
        self._show_store_state()
        await self._show_last_chat()
        await self.conversations.reload()
        await self.links.begin()
        self.store_watch.begin()
        await self._open_core()

    async def _show_last_chat(self) -> None:
        remembered = self.window.state_before.get("conversation")
        shown = False
        opens_none = self.options.screenshot or self.options.temporary or self.options.safe_mode
        if isinstance(remembered, int) and not opens_none:
            shown = await self.chat.load(remembered)
        if not shown:
            self.chat.open_new()

    async def _open_core(self) -> None:
        from app.desktop.core_wiring import CoreWiring  # here: it brings the core's heavy modules
        from app.services.llm.errors import LLMError

        try:
            await self.engine.open_services()
        except LLMError as exc:
            self.window.chat.notice.tell(f"{exc.message} {exc.hint}", token="error")
            self.exit_status = 3
            if self.options.screenshot:
                await self.close()
            return
        self.parts = CoreWiring(self)
        await self.parts.begin()
        if self.options.safe_mode:
            self.crash.tell_safe_mode()
        if self.options.screenshot:
            from app.desktop.screenshot import take_screenshot  # here: only for this option

            self._tasks.start(take_screenshot(self), name="session.screenshot")

    # -- joining views and controllers that need no core

    def _wire_chat(self) -> None:
        pane, chat = self.window.chat, self.chat
        transcript = pane.add_transcript(chat.transcript)
        pane.header.set_title("")
        composer = pane.composer
        composer.stop_requested.connect(chat.stop)
        composer.escaped.connect(self.on_escape)
        pane.header.renamed.connect(lambda title: self.organise.rename_open_chat(title))
        pane.header.rename_left.connect(composer.focus)
        pane.header.new_chat_requested.connect(self.new_chat)
        chat.title_changed.connect(self._show_title)
        chat.busy_changed.connect(composer.set_busy)
        chat.busy_changed.connect(self._on_busy_changed)
        chat.opened.connect(self._on_opened)
        chat.created.connect(self.window.sidebar.set_current)
        chat.opened.connect(self._remember_soon)
        chat.created.connect(self._remember_soon)
        chat.failed.connect(lambda message, hint: pane.notice.tell(f"{message} {hint}".strip(), token="error"))
        chat.conversation_changed.connect(self._on_conversation_changed)
        transcript.version_requested.connect(chat.branch.show_version)
        transcript.delete_requested.connect(self._delete_message)
        if not self.options.safe_mode:
            transcript.highlighter.wanted.connect(self.highlight.ask)
        self.highlight.found.connect(transcript.highlighter.take)
        self._wire_sidebar()
        self.window.close_requested.connect(self._on_close_requested)
        self.engine.store_state_changed.connect(self._show_store_state)

    @property
    def organise(self) -> OrganiseWiring:
        """Folders, tags and the trash; once the views are joined."""
        assert self._organise is not None
        return self._organise

    def _wire_sidebar(self) -> None:
        from app.desktop.organise_wiring import OrganiseWiring  # here: behind the first paint

        self._organise = OrganiseWiring(self)
        sidebar = self.window.sidebar
        sidebar.new_chat_requested.connect(self.new_chat)
        sidebar.open_requested.connect(self.open_chat)
        sidebar.search_changed.connect(self.conversations.search)
        sidebar.delete_requested.connect(self.delete_chats)
        sidebar.rename_requested.connect(self._rename_from_list)
        self.conversations.empty_text_changed.connect(sidebar.set_empty_text)
        self.conversations.shown.connect(sidebar.show_found)

    # -- commands

    def new_chat(self) -> None:
        """An empty chat, focus in the composer; the list shows all chats again, the new one among them."""
        self.window.sidebar.clear_search()
        self.composing.leave_chat()
        self.window.show_pane(self.window.chat)
        self.window.sidebar.set_settings_open(False)
        self.window.close_overlay()
        self.chat.open_new()

    def open_chat(self, conversation_id: int, message_id: int = 0) -> None:
        if conversation_id != self.chat.conversation_id:
            self.composing.leave_chat()
        self.window.show_pane(self.window.chat)
        self.window.sidebar.set_settings_open(False)
        self.window.close_overlay()
        self._tasks.start(self._open_chat(conversation_id, message_id), name="session.open_chat")

    async def _open_chat(self, conversation_id: int, message_id: int) -> bool:
        """False when it is not shown: it is gone, which is told, or another one was opened meanwhile."""
        shown = conversation_id == self.chat.conversation_id
        if not shown:
            self.composing.leave_chat()
        try:
            shown = shown or await self.chat.load(conversation_id)
        finally:
            if not shown and not self.chat.is_opening:
                self.composing.stay()
        if shown and message_id:
            await self.chat.branch.reveal(message_id)
        elif not shown and not self.chat.is_opening:
            self.tell_gone()
            await self.conversations.reload()
        return shown

    def tell_gone(self) -> None:
        """A chat that something was to be done with was deleted."""
        self.window.chat.notice.tell(self.tr("That chat is not here any more."))

    def delete_chats(
        self, conversation_ids: list[int], *, instead_of_undo: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Into the trash, and then undo is offered or something else done; the open chat gives way to an empty one."""
        self.chat.stop_answers(conversation_ids)
        was_open = self.chat.conversation_id if self.chat.conversation_id in conversation_ids else None
        if was_open is not None:
            self.composing.leave_chat()
            self.chat.open_new()
        work = self._delete_chats(conversation_ids, was_open, instead_of_undo)
        self._tasks.start(work, name="session.delete_chats")

    async def _delete_chats(
        self, conversation_ids: list[int], was_open: int | None, instead_of_undo: Callable[[], Awaitable[None]] | None
    ) -> None:
        text = await self.conversations.delete(conversation_ids)
        if instead_of_undo is not None:
            await instead_of_undo()
            return

        def undo() -> None:
            self._tasks.start(self._restore_chats(conversation_ids, was_open), name="session.restore_chats")

        self.window.sidebar.undo_bar.offer(text, undo)

    async def _restore_chats(self, conversation_ids: list[int], was_open: int | None) -> None:
        """Back into the list; the one that was open is opened again, unless the person has gone on meanwhile."""
        await self.conversations.restore(conversation_ids)
        nothing_new = self.chat.conversation_id is None and not self.window.chat.composer.text().strip()
        if was_open is not None and nothing_new:
            await self._open_chat(was_open, 0)  # in its pane: Settings, where they are in front, stay there

    def _delete_message(self, message_id: int) -> None:
        self.chat.branch.delete_message(message_id)
        self.window.chat.undo_bar.offer(
            self.tr("Message deleted"),
            lambda: self.chat.branch.restore_message(message_id),
            self.chat.conversation_id,
        )

    def undo(self) -> None:
        """Take back the newest destructive act, wherever it was done."""
        bars = [self.window.chat.undo_bar, self.window.sidebar.undo_bar]
        if self.parts is not None and self.parts.compare.pane is not None:
            bars.append(self.parts.compare.pane.undo_bar)
        if self.parts is not None and self.parts.panes.local_models_parts is not None:
            bars.append(self.parts.panes.local_models_parts.page.undo_bar)
        max(bars, key=lambda bar: bar.newest_at).undo()

    def on_escape(self) -> None:
        """Esc: the nearest overlay, then the running answer, then the composer."""
        if self.parts is not None and self.parts.palette.close():
            return
        search = self.window.sidebar.search
        if search.hasFocus() and search.text():
            self.window.sidebar.clear_search()
            return
        if self.window.sidebar.leave_trash():
            return
        if self.window.close_overlay():
            return
        if self.crash.is_open:
            self.crash.close()
            return
        if self.window.panes.currentWidget() is not self.window.chat:
            if not self.parts.hub.go_back():
                self.parts.panes.leave()
            return
        if self.parts is not None and self.parts.find.close():
            return
        if self.composing.editing is not None:
            self.composing.give_up_edit()
        elif self.chat.is_busy:
            self.chat.stop()
            return
        self.window.chat.composer.focus()

    def _rename_from_list(self, conversation_id: int) -> None:
        async def rename() -> None:
            if await self._open_chat(conversation_id, 0):
                self.window.chat.header.begin_rename()

        self._tasks.start(rename(), name="session.rename")

    # -- showing

    def _on_opened(self, conversation_id: int) -> None:
        """Another chat is shown. What was typed while it was read stays, behind its draft."""
        self.window.sidebar.set_current(conversation_id)
        self.window.chat.notice.pass_by()
        self.composing.take_up(conversation_id, self.chat.draft)
        self.composing.update_starters()
        self.window.chat.composer.focus()

    def _on_busy_changed(self, busy: bool) -> None:
        self._garbage.is_busy = busy or bool(self.chat.running)

    def _show_title(self, title: str) -> None:
        self.window.chat.header.set_title(title)
        program = self.tr("AI Coder Assistant (temporary)") if self.options.temporary else "AI Coder Assistant"
        self.window.setWindowTitle(f"{title} – {program}" if title else program)

    def _on_conversation_changed(self, _conversation_id: int) -> None:
        self.conversations.answering = set(self.chat.running)
        self._tasks.start(self.conversations.reload(), name="session.reload_list")

    def _on_changed_elsewhere(self) -> None:
        from app.desktop.catching_up import catch_up  # here: behind the first paint

        self._tasks.start(catch_up(self), name="session.catch_up")

    def _show_store_state(self) -> None:
        state = self.engine.store.state
        notice = self.window.chat.notice
        if state.saved:
            notice.settle("store")
            return
        notice.tell(
            self.tr("Chats cannot be saved: {reason}. This chat goes on in memory.").format(reason=state.reason),
            action=self.tr("Try again"),
            run=lambda: self._tasks.start(self.engine.run(self.engine.store.try_again()), name="session.try_again"),
            subject="store",
        )

    def on_task_error(self, _name: str, error: BaseException) -> None:
        self.window.chat.notice.tell(
            self.tr("Unexpected error: {name}. The log has the details.").format(name=type(error).__name__),
            token="error",
        )

    # -- closing

    def _on_close_requested(self) -> None:
        if self._closing or self._asking:
            return
        self._asking = True
        self._tasks.start(self._ask_then_close(), name="session.close")

    async def _ask_then_close(self) -> None:
        may = False
        try:
            may = (self.parts is None or await self.parts.may_quit()) and await self._may_lose_chats()
        finally:
            self._asking = False
            self.opens_again = self.opens_again and may
        if may:
            await self.close()

    async def _may_lose_chats(self) -> bool:
        if not self.engine.has_store or self.engine.store.state.saved:
            return True
        from app.desktop.unsaved_chats import may_lose_chats  # here: hardly ever needed

        self.chat.stop_answers(list(self.chat.running))  # what arrived is among the words to keep
        await Closing(("draft", lambda: self.chat.flush_draft(self.composing.draft_text()))).run()
        return await may_lose_chats(self.window, self.engine, self.chat.keep_queues)

    def open_anew(self) -> None:
        """Close, to be made again at once: in the same place, with the same chat; not where it is closing for good."""
        if self._closing or self._asking:
            return
        self.opens_again = True
        self.pane_of_next = GENERAL if self.parts.panes.settings_open else None
        self._on_close_requested()

    def close_soon(self) -> None:
        """Close without being awaited by what asked for it."""
        self._tasks.start(self.close(), name="session.close")

    async def close(self) -> None:
        """Keep the draft and the window's place, end answers keeping what arrived, stop."""
        if self._closing:
            return
        self._closing = True
        self.composing.stop()
        self._remember_timer.stop()
        await Closing(
            ("opening", self._stop_opening),
            ("window.hide", self.window.hide),
            ("draft", lambda: self.chat.flush_draft(self.composing.draft_text())),
            ("queues", self.chat.keep_queues),
            ("window state", self._remember),
            ("parts", lambda: self.parts.aclose() if self.parts is not None else None),
            ("store watch", self.store_watch.aclose),
            ("links", self.links.aclose),
            ("chat", self.chat.aclose),
            ("organise", lambda: self._organise.aclose() if self._organise is not None else None),
            ("conversations", self.conversations.aclose),
            ("highlighting", self.highlight.aclose),
            ("engine", self.engine.aclose),
            ("garbage", self._garbage.close),
        ).run()
        self.window.may_close = True
        self.window.close()
        asyncio.get_running_loop().call_soon(self.closed.emit)

    async def _stop_opening(self) -> None:
        """Closed while still starting: nothing more is opened behind the close."""
        opening = self._opening
        if opening is not None and opening is not asyncio.current_task() and not opening.done():
            opening.cancel()
            await asyncio.wait({opening})

    def _remember_soon(self, _conversation_id: int) -> None:
        if not self._closing:  # the end does it itself, last of all
            self._remember_timer.start()

    def _closed_in_safe_mode(self) -> int | None:
        """The chat that safe mode left closed: it is opened again by the start after it."""
        return self.window.state_before.get("conversation") if self.options.safe_mode else None

    async def _remember(self) -> None:
        if self.options.screenshot or self.options.temporary:
            return
        values = {
            **self.window.state_before,
            **self.window.state_to_remember(),
            "conversation": self.chat.conversation_id or self._closed_in_safe_mode(),
        }
        await asyncio.to_thread(write_window_state, self.paths.data / WINDOW_STATE_FILE, values)


def _overrides(options: argparse.Namespace) -> Any:
    """What the flags say, as the container takes it; made on the engine's side to keep imports late."""

    def make() -> Any:
        from app.services.container import Overrides

        return Overrides(
            provider=options.provider,
            model=options.model,
            base_url=options.base_url,
            config_file=user_config(options),
            person_present=not options.screenshot,
            settings={("interface", "theme"): options.theme} if options.theme else {},
        )

    return make
