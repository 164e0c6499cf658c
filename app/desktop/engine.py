"""The core's own thread: one asyncio loop that owns the network, the wire and the store.

The Qt thread asks with `await engine.run(coroutine)`; events come back through Qt signals and, for streamed text,
through a deque that the chat controller drains.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from app.paths import Paths
    from app.services.container import Overrides, Services
    from app.services.conversations.store import ConversationStore

logger = logging.getLogger(__name__)

T = TypeVar("T")

CLOSE_LIMIT_S = 3.0


class Engine(QObject):
    """Starts the thread, opens the store first (so that the last chat shows at once), then the rest of the core.

    Signals (delivered on the receiver's thread, wherever they come from):
        catalogue_changed(instance_id): a provider's state or models differ.
        catalogue_polled(): all providers were asked once more, or several times since the receivers last heard it.
        store_state_changed(): chats are saved again, or no longer.
        answer_news(): `answer_events` is not empty any more.
        network_changed(): the network log grew.
    """

    catalogue_changed = Signal(str)
    catalogue_polled = Signal()
    store_state_changed = Signal()
    answer_news = Signal()
    network_changed = Signal()
    _polled = Signal()

    def __init__(
        self, paths: Paths, overrides: Callable[[], Overrides], *, keep_chats: bool = True, temporary: bool = False
    ) -> None:
        """`overrides` is called on the engine's thread, after the store is open.

        `keep_chats` False shows the chats there are and leaves their file as it is; `temporary` shows none either.
        """
        super().__init__()
        self.paths = paths
        self._overrides = overrides
        self._keep_chats = keep_chats and not temporary
        self._temporary = temporary
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._started = threading.Event()
        self._store: ConversationStore | None = None
        self._services: Services | None = None
        self._closing = False
        #: (Answer, AnswerEvent) in order; appended on the engine's thread, taken on the Qt thread.
        self.answer_events: deque[tuple[Any, Any]] = deque()
        self._poll_is_told = True
        self._polled.connect(self._tell_polled)

    @property
    def store(self) -> ConversationStore:
        assert self._store is not None, "open_store() comes first"
        return self._store

    @property
    def has_store(self) -> bool:
        return self._store is not None

    @property
    def services(self) -> Services:
        assert self._services is not None, "open_services() comes first"
        return self._services

    @property
    def is_ready(self) -> bool:
        """Whether the whole core is open, and not on its way out: closing takes it away on the other thread."""
        return self._services is not None and not self._closing

    def start(self) -> None:
        """Start the thread and its loop."""
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)
        self._thread.start()
        self._started.wait()

    def _main(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.call_soon(self._started.set)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(_end_tasks())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def run(self, coro: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the core on the engine's loop; cancelling this cancels it there."""
        assert self._loop is not None, "start() comes first"
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coro, self._loop))

    # -- opening

    async def open_store(self) -> None:
        """The conversations alone: no network library is loaded for this."""
        await self.run(self._open_store())

    async def _open_store(self) -> None:
        from app.services.conversations.store import ConversationStore  # here: after the shell is painted

        file = self.paths.store_file
        if self._keep_chats:
            self._store = ConversationStore(file)
        else:
            self._store = ConversationStore(None, copy_of=file, without_chats=self._temporary)
        await self._store.open()
        self._store.state_changed.subscribe(lambda _state: self.store_state_changed.emit())

    async def open_services(self) -> None:
        """The rest of the core.

        Raises:
            LLMError: kind `config`, when a command-line value is not valid.
        """
        await self.run(self._open_services())

    async def _open_services(self) -> None:
        from app.services.container import open_services  # here: heavy, after first paint

        services = await open_services(self.paths, self._overrides(), store=self._store)
        services.chats.events.subscribe(self._take_answer_event)
        services.catalogue.changed.subscribe(lambda change: self.catalogue_changed.emit(change.instance_id))
        services.catalogue.polled.subscribe(lambda _none: self._note_poll())
        services.network_log.changed.subscribe(lambda _entry: self.network_changed.emit())
        services.catalogue.start()
        self._services = services

    def _note_poll(self) -> None:
        """One word waits for the Qt thread, however many polls there were: a queue of them would keep it busy."""
        if self._poll_is_told:
            self._poll_is_told = False
            self._polled.emit()

    def _tell_polled(self) -> None:
        self._poll_is_told = True  # first: what comes from here on is news again
        self.catalogue_polled.emit()

    def _take_answer_event(self, pair: tuple[Any, Any]) -> None:
        self.answer_events.append(pair)
        if len(self.answer_events) == 1:  # asked behind the append: the Qt thread may take the last one in between
            self.answer_news.emit()

    # -- closing

    async def aclose(self) -> None:
        """End answers (keeping what arrived), close the core and stop the thread; gives up after a few seconds."""
        if self._thread is None or self._loop is None:
            return
        self._closing = True
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self.run(self._close())
        except TimeoutError:
            logger.error("the core did not close within %.0f s", CLOSE_LIMIT_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_LIMIT_S)
            self._thread = None

    async def _close(self) -> None:
        services, self._services = self._services, None
        store, self._store = self._store, None
        if services is not None:
            await services.aclose()
        elif store is not None:
            await store.aclose()


async def _end_tasks() -> None:
    """What was cancelled from the other thread a moment ago still has to clean up: a child process, a connection."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if not left:
        return
    # First they may finish: one that is ending a child must not be cancelled before the child is gone.
    _, late = await asyncio.wait(left, timeout=CLOSE_LIMIT_S / 2)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=CLOSE_LIMIT_S / 2)
