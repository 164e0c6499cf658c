"""What makes a chat fit its model's window: older messages left out or summarised, or the model loaded with more room.

All of it is done by the core; here it is started, told of while it runs, and undone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTimer, Signal

from app.desktop.controllers.chat_state import ChatState
from app.desktop.models.token_counts import short_count
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.chat_controller import ChatController
    from app.desktop.controllers.models_controller import ModelsController
    from app.desktop.engine import Engine
    from app.services.conversations.records import ContextUse
    from app.services.conversations.shortening import Boundary

TICK_MS = 1_000
#: An estimate of memory that takes longer is not waited for.
ESTIMATE_LIMIT_S = 20.0

GoOn = Callable[[], None]


def tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("History", text, None, n)


class HistoryController(QObject):
    """For the open chat of a window.

    Signals:
        changed(): the window of the chosen model is another one.
        undoable(text, undo): something was done that can be taken back.
        working(text): what is being done, told again each second; "" at its end.
        failed(message, hint): nothing was changed, and why.
    """

    changed = Signal()
    undoable = Signal(str, object)
    working = Signal(str)
    failed = Signal(str, str)

    def __init__(
        self,
        engine: Engine,
        chat: ChatController,
        models: ModelsController,
        on_error: OnError,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._chat = chat
        self._models = models
        self._tasks = TaskOwner(on_error)
        self._task: asyncio.Task[bool] | None = None
        self._words = ""
        self._since = 0.0
        self._ticks = QTimer(self, interval=TICK_MS)
        self._ticks.timeout.connect(self._tell)

    def shorten(self, use: ContextUse, go_on: GoOn, *, before: int | None = None, refused: bool = False) -> None:
        """Leave the oldest messages out until `use` fits, then `go_on`. `before`, `refused`: as in `boundary`."""
        state = self._chat.state
        self._begin(state, "", self._shorten(state, use, before, refused), go_on)

    async def _shorten(self, state: ChatState, use: ContextUse, before: int | None, refused: bool) -> None:
        from app.services.conversations.shortening import shorten  # here: the core is open by now

        place = await self._boundary(state, use, before=before, refused=refused)
        await self._engine.run(shorten(self._engine.store, place))
        text = tr("{n} earlier messages are not sent any more", place.left_out)
        await self._show_cut(state, text.format(n=QLocale().toString(place.left_out)), place.message_id)

    def summarise(self, use: ContextUse, go_on: GoOn, *, before: int | None = None, refused: bool = False) -> None:
        """As `shorten`, with a summary by the chosen model in the place of what is left out."""
        state = self._chat.state
        words = tr("Summarising earlier messages with {model}").format(model=self._models.chosen().name)
        self._begin(state, words, self._summarise(state, use, before, refused), go_on)

    async def _summarise(self, state: ChatState, use: ContextUse, before: int | None, refused: bool) -> None:
        from app.services.conversations.shortening import summarising_window  # here, as above

        assert state.conversation is not None, "nothing can be left out of a chat without messages"
        place = await self._boundary(state, use, with_summary=True, before=before, refused=refused)
        chosen = self._models.chosen()
        services = self._engine.services
        text = tr("Summarising {n} earlier messages with {model}", place.left_out)
        text = text.format(n=QLocale().toString(place.left_out), model=chosen.name)
        self._say(text)
        loop = asyncio.get_running_loop()

        def say_part(part: int, parts: int) -> None:
            loop.call_soon_threadsafe(self._say_part, text, part, parts)

        writing = services.summariser.summarise(
            state.conversation.id,
            place,
            provider=chosen.provider,
            model=chosen.model,
            window=summarising_window(use, refused=refused),
            on_progress=say_part,
        )
        cut = await self._engine.run(writing)
        done = tr("{n} earlier messages are sent as a summary", cut.messages)
        await self._show_cut(state, done.format(n=QLocale().toString(cut.messages)), place.message_id)

    def reload(self, tokens: int, needed: int, go_on: GoOn) -> None:
        """Load the chosen model anew with that window, then `go_on` if `needed` tokens fit."""
        chosen = self._models.chosen()
        answering = (running.answer for running in self._chat.running.values())
        if any((answer.provider, answer.model) == (chosen.provider, chosen.model) for answer in answering):
            self.failed.emit(tr("This model is writing an answer in another chat."), tr("Loading would cut it off."))
            return
        words = tr("Loading {model} with {window} tokens").format(model=chosen.name, window=short_count(tokens))
        work = self._reload(chosen.provider, chosen.model, tokens, needed)
        self._begin(self._chat.state, words, work, go_on)

    async def _reload(self, provider: str, model: str, tokens: int, needed: int) -> None:
        from app.services import runtimes  # here, as above
        from app.services.llm.errors import ErrorKind, LLMError

        services = self._engine.services
        try:
            where = services.runtime_place(provider)
            loaded = await self._engine.run(runtimes.reload_model(provider, model, context_length=tokens, **where))
        finally:
            self._tasks.start(self._engine.run(services.catalogue.refresh(provider)), name="history.refresh")
        if loaded.context_length is not None and loaded.context_length < needed:
            got = QLocale().toString(loaded.context_length)
            message = tr("The server gave the model a window of only {n} tokens.").format(n=got)
            raise LLMError(ErrorKind.CONTEXT_LENGTH, message, tr("The message was not sent."))
        self.changed.emit()

    def estimate_cost(self, now: int, wanted: int, then: Callable[[int], None]) -> None:
        """Ask the program of the chosen model what more memory that window takes; `then` gets it where it says so."""
        self._tasks.start(self._estimate_cost(now, wanted, then), name="history.estimate")

    async def _estimate_cost(self, now: int, wanted: int, then: Callable[[int], None]) -> None:
        from app.services import runtimes  # here, as above
        from app.services.llm.errors import LLMError

        chosen = self._models.chosen()
        where = self._engine.services.runtime_place(chosen.provider)
        asking = runtimes.window_cost_bytes(chosen.provider, chosen.model, now=now, wanted=wanted, **where)
        try:
            async with asyncio.timeout(ESTIMATE_LIMIT_S):
                cost = await self._engine.run(asking)
        except (LLMError, TimeoutError):
            return  # the button stays without a figure
        if cost is not None:
            then(cost)

    def stop(self) -> None:
        """End what is being done; the chat stays as it was."""
        if self._task is not None:
            self._task.cancel()

    def send_all_again(self, message_id: int) -> None:
        """Take every cut of this branch back; nothing of it is lost until the undo is gone."""
        self._tasks.start(self._send_all_again(message_id), name="history.send_all")

    async def _send_all_again(self, message_id: int) -> None:
        from app.services.conversations.history_cut import take_cuts_back  # here, as above

        store = self._engine.store
        cuts = await self._engine.run(store.write(take_cuts_back, message_id))
        await self._chat.branch.show_cut()
        self.undoable.emit(tr("Everything is sent again"), partial(self._put_back, cuts))

    def _put_back(self, cuts: Mapping[int, str | None]) -> None:
        self._tasks.start(self._put_cuts_back(cuts), name="history.undo")

    async def _put_cuts_back(self, cuts: Mapping[int, str | None]) -> None:
        from app.services.conversations.history_cut import put_cuts_back  # here, as above

        await self._engine.run(self._engine.store.write(put_cuts_back, cuts))
        await self._chat.branch.show_cut()

    async def aclose(self) -> None:
        self._ticks.stop()
        await self._tasks.aclose()

    # -- inside

    async def _boundary(self, state: ChatState, use: ContextUse, **how: Any) -> Boundary:
        from app.services.conversations.shortening import boundary  # here, as above
        from app.services.llm.errors import ErrorKind, LLMError

        store = self._engine.store
        found = None
        if state.conversation is not None:
            found = await self._engine.run(boundary(store, state.conversation.id, use, **how))
        if found is None:
            message = tr("Leaving out earlier messages does not make this fit.")
            raise LLMError(ErrorKind.CONTEXT_LENGTH, message, tr("Shorten the message or choose another model."))
        return found

    async def _show_cut(self, state: ChatState, text: str, message_id: int) -> None:
        if state is self._chat.state:
            await self._chat.branch.show_cut()
            self.undoable.emit(text, partial(self._put_back, {message_id: None}))

    def _begin(self, state: ChatState, words: str, work: Coroutine[Any, Any, None], go_on: GoOn) -> None:
        if self._task is not None:
            work.close()
            self.failed.emit(tr("Something like it goes on already."), tr("Wait for its end, or stop it."))
            return
        self._since = time.monotonic()
        self._task = state.work = self._tasks.start(self._do(work), name="history.work")
        state.work.add_done_callback(partial(self._ended, state, work, go_on))
        self._chat.busy_changed.emit(self._chat.is_busy)
        self._say(words)

    async def _do(self, work: Coroutine[Any, Any, None]) -> bool:
        from app.services.llm.errors import LLMError  # here, as above

        try:
            await work
        except LLMError as exc:
            self.failed.emit(exc.message, exc.hint)
            return False
        return True

    def _ended(self, state: ChatState, work: Coroutine[Any, Any, None], go_on: GoOn, task: asyncio.Task[bool]) -> None:
        """However it ended, also where it was stopped before it began."""
        work.close()
        self._say("")
        is_done = not task.cancelled() and task.exception() is None and task.result()
        self._task = state.work = None
        if is_done and state is self._chat.state:
            go_on()  # before what was queued meanwhile
        self._chat.busy_changed.emit(self._chat.is_busy)
        (self._chat.queues.send_next if is_done else self._chat.queues.hold)(state)

    def _say(self, words: str) -> None:
        was_told, self._words = bool(self._words), words
        if words:
            self._ticks.start()
        else:
            self._ticks.stop()
        if words or was_told:
            self._tell()

    def _say_part(self, text: str, part: int, parts: int) -> None:
        if self._words and parts > 1:
            of = tr("{text}, part {part} of {parts}")
            self._say(of.format(text=text, part=QLocale().toString(part), parts=QLocale().toString(parts)))

    def _tell(self) -> None:
        seconds = int(time.monotonic() - self._since)
        if self._words and seconds:
            self.working.emit(tr("{text}. {n} s").format(text=self._words, n=QLocale().toString(seconds)))
        else:
            self.working.emit(f"{self._words}…" if self._words else "")
