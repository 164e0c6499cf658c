"""One prompt to several models: who is asked, what each says, the vote, and what was compared before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal

from app.desktop.controllers.answer_feed import phase_words
from app.desktop.controllers.comparison_feed import FRAME_S, AnswerNews, ComparisonFeed
from app.desktop.controllers.provider_names import name_of_provider
from app.desktop.error_display import told_failure
from app.desktop.models.compared_columns import answer_row
from app.desktop.models.transcript_model import TranscriptMessage, TranscriptModel, estimate_lines, packed_size
from app.lean_dataclass import dataclass
from app.services.comparison.compared_answer import AnswerState
from app.services.comparison.comparison import MOST_MODELS
from app.services.conversations import comparison_rows
from app.services.conversations.chat_of_comparison import make_chat
from app.services.conversations.comparison_rows import DeletedComparison, Vote
from app.services.conversations.comparison_votes import ModelVotes, votes_by_model
from app.services.conversations.kept_comparisons import ComparisonRow, KeptComparison, kept_comparison, listed
from app.services.llm.errors import LLMError
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.comparison.asking import Begun
    from app.services.llm.llm_manager import Resolved

SECOND_MS = 1_000
#: At the end answers are stopped and written down; what takes longer is cut off, and found at the next start.
END_LIMIT_S = 2.0


def tr(text: str) -> str:
    return QCoreApplication.translate("Compare", text)


@dataclass(frozen=True, slots=True)
class ChosenContender:
    """A model that is to be asked; `model` "" for the one of a server that has only one."""

    provider: str
    model: str
    name: str


class CompareController(QObject):
    """Signals:
    rebuilt(): another comparison is shown, or none, or it has another column; `kept` and `transcripts` are new.
    appeared(position): a whole answer is shown at once, to be read from its beginning.
    changed(): heads, figures, notes or the vote differ.
    contenders_changed(): `contenders` is another list.
    failed(message, hint): nothing was begun or changed, and why.
    listed(): `earlier` is another list.
    undoable(text, undo): a comparison was deleted.
    chat_made(conversation_id): a chat goes on with an answer.
    """

    rebuilt = Signal()
    appeared = Signal(int)
    changed = Signal()
    contenders_changed = Signal()
    failed = Signal(str, str)
    listed = Signal()
    undoable = Signal(str, object)
    chat_made = Signal(int)

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self.kept: KeptComparison | None = None
        """What is shown; None while nothing was asked."""
        self.contenders: list[ChosenContender] = []
        self.earlier: list[ComparisonRow] = []
        self.votes: list[ModelVotes] = []
        """On tasks as the shown one, of its models."""
        self.transcripts = [TranscriptModel(self) for _ in range(MOST_MODELS)]
        self._running: Begun | None = None
        self._run: asyncio.Task[None] | None = None
        self._is_beginning = False
        #: Whether a set of prompts is asked: figures of both at once would say nothing.
        self.asks_a_set: Callable[[], bool] = lambda: False
        self._feed = ComparisonFeed(self)
        self._feed.arrived.connect(self._take_news)
        self._next = QTimer(self, singleShot=True, interval=round(FRAME_S * 1_000))
        self._next.timeout.connect(self._take_news)
        self._seconds = 0
        self._clock = QTimer(self, interval=SECOND_MS, timerType=Qt.TimerType.CoarseTimer)
        self._clock.timeout.connect(self._tick)

    # -- who is asked

    def is_contender(self, provider: str, model: str) -> bool:
        return any((one.provider, one.model) == (provider, model) for one in self.contenders)

    def toggle(self, provider: str, model: str, name: str) -> None:
        """Ask this model, too, or not any more."""
        if self.is_contender(provider, model):
            self.contenders = [one for one in self.contenders if (one.provider, one.model) != (provider, model)]
        elif len(self.contenders) < MOST_MODELS:
            self.contenders.append(ChosenContender(provider, model, name))
        else:
            self.failed.emit(tr("At most four models are compared."), tr("Remove one first."))
            return
        self.contenders_changed.emit()

    @property
    def is_busy(self) -> bool:
        """Whether answers are being written, or about to be."""
        return self._running is not None or self._is_beginning or self.asks_a_set()

    @property
    def can_add(self) -> bool:
        """Whether one more model can be asked what the shown comparison asks."""
        kept = self.kept
        if kept is None or self.is_busy:
            return kept is None and len(self.contenders) < MOST_MODELS
        return kept.is_over and not kept.hidden and len(kept.answers) < MOST_MODELS

    # -- asking

    def start(self, prompt: str, *, blind: bool, together: bool | None) -> None:
        """Ask the contenders. `together` None leaves the order to free memory."""
        from app.services.comparison import asking  # here: no start of the window needs it

        names = [(one.provider, one.model) for one in self.contenders]
        services = self._engine.services
        self._begin(asking.begin(services, names, prompt, blind=blind, together=together))

    def add(self, provider: str, model: str, name: str) -> None:
        """Another contender; where a comparison is shown that is over, its model is asked at once."""
        from app.services.comparison import asking  # here: as above

        if self.kept is None:
            if not self.is_contender(provider, model):
                self.toggle(provider, model, name)
        elif self.can_add:
            self._begin(asking.begin_later(self._engine.services, self.kept.uid, provider, model))

    def ask_again(self, position: int) -> None:
        """An answer that did not come to its end; the others stay."""
        from app.services.comparison import asking  # here: as above

        if self.kept is not None and not self.kept.hidden and not self.is_busy:
            self._begin(asking.begin_again(self._engine.services, self.kept.uid, position))

    def _begin(self, begin: Coroutine[Any, Any, Begun]) -> None:
        if self.is_busy:
            begin.close()
            return
        self._is_beginning = True
        self._run = self._tasks.start(self._ask(begin), name="compare.ask")
        self.changed.emit()

    async def _ask(self, begin: Coroutine[Any, Any, Begun]) -> None:
        try:
            begun = await self._engine.run(begin)
        except LLMError as exc:
            self.failed.emit(*told_failure(exc))
            return
        finally:
            self._is_beginning = False
            self.changed.emit()
        self._running, self._seconds = begun, 0
        self._show(begun.kept)
        self._clock.start()
        try:
            await self._engine.run(self._feed.run(begun))
            while self._feed.has_more:
                self._take_news()
                await asyncio.sleep(FRAME_S)
        finally:
            while self._feed.has_more:  # cut off: nothing of it may be taken for news of the next one
                self._take_news()
            self._running = None
            self._clock.stop()
            self.changed.emit()
        await self._look_back()

    def stop(self, position: int | None = None) -> None:
        """One answer, or all."""
        if self._running is not None:
            self._tasks.start(self._stop(self._running, position), name="compare.stop")

    async def _stop(self, begun: Begun, position: int | None) -> None:
        async def stop() -> None:
            begun.comparison.stop(None if position is None else position - begun.first)

        await self._engine.run(stop())

    # -- what comes

    def _take_news(self) -> None:
        kept = self.kept
        for news in self._feed.take():
            if kept is None or self._running is None or kept.uid != self._running.kept.uid:
                continue
            was_hidden = kept.hidden and not kept.is_over
            news.tell(kept.answers[news.position])
            if was_hidden:
                if kept.is_over:
                    self._show_all()
                continue
            self._show_news(kept, news)
        if self._feed.has_more:
            self._next.start()

    def _show_news(self, kept: KeptComparison, news: AnswerNews) -> None:
        transcript, answer = self.transcripts[news.position], kept.answers[news.position]
        if news.anew:
            self._show_answer(kept, news.position)
        else:
            transcript.append_reasoning(0, news.reasoning)
            transcript.append_text(0, news.text)
        if answer.is_over:
            transcript.finish(0, answer_row(kept, news.position, self.provider_name))
            self.changed.emit()
        else:
            self._show_phase(news.position)

    def _tick(self) -> None:
        self._seconds += 1
        if self.kept is not None and not self.kept.hidden:
            for position, answer in enumerate(self.kept.answers):
                if answer.state is AnswerState.RUNNING:
                    self._show_phase(position)

    def _show_phase(self, position: int) -> None:
        assert self.kept is not None
        answer = self.kept.answers[position]
        if answer.state is AnswerState.RUNNING and not answer.text and not answer.reasoning:
            server = self.provider_name(answer.model.provider)
            words = phase_words(answer.phase, answer.progress, self._seconds, answer.name, server)
            self.transcripts[position].set_phase(0, words)

    # -- showing

    def provider_name(self, instance_id: str) -> str:
        return name_of_provider(self._engine, instance_id)

    def _show(self, kept: KeptComparison | None) -> None:
        for answer in kept.answers if kept is not None else ():
            answer.model = self._described(answer.model)
        self.kept, self.votes = kept, []
        self._show_all()
        self.rebuilt.emit()

    def _described(self, model: Resolved) -> Resolved:
        """With what its server's list says of it now; the store keeps only its name."""
        state = self._engine.services.catalogue.state(model.provider) if self._engine.is_ready else None
        found = next((one for one in state.models if one.name == model.model), None) if state is not None else None
        return model if found is None else replace(model, description=found)

    def _show_all(self) -> None:
        for position, transcript in enumerate(self.transcripts):
            if self.kept is not None and position < len(self.kept.answers):
                self._show_answer(self.kept, position)
            elif transcript.count:
                transcript.reset([])
        self.changed.emit()

    def _show_answer(self, kept: KeptComparison, position: int) -> None:
        """Anew, but for one that stands there already: its reader keeps his place."""
        transcript, row = self.transcripts[position], answer_row(kept, position, self.provider_name)
        if row.status != "streaming" and _same(transcript, row):
            return
        transcript.reset([packed_size("assistant", estimate_lines(row.text))], {0: row})
        if row.status == "streaming":
            transcript.begin_stream(0)
        else:
            self.appeared.emit(position)

    # -- the vote

    def vote(self, vote: Vote) -> None:
        """Keep which answer is better; names are shown from then on."""
        kept = self.kept
        letters = comparison_rows.LETTERS[: len(kept.answers)] if kept is not None else ()
        if kept is None or self.is_busy or not kept.can_vote or (vote not in letters and vote not in ("tie", "bad")):
            return
        self._set_vote(replace(kept, vote=vote, revealed=True))

    def undo_vote(self) -> None:
        """As if there had been none; who saw the names has seen them."""
        if self.kept is not None and self.kept.vote is not None:
            self._set_vote(replace(self.kept, vote=None, revealed=True))

    def reveal(self) -> None:
        """Show the names without a vote."""
        if self.kept is not None and self.kept.hidden and self.kept.is_over:
            self.kept = replace(self.kept, revealed=True)
            self._show_all()
            self._start(self._write(comparison_rows.reveal, self.kept.uid))

    def _set_vote(self, kept: KeptComparison) -> None:
        self.kept = kept
        self._show_all()
        self._start(self._keep_vote(kept))

    async def _keep_vote(self, kept: KeptComparison) -> None:
        await self._write(lambda db: comparison_rows.set_vote(db, kept.uid, kept.vote, kept.kind))
        await self._look_back()

    # -- earlier ones

    async def _look_back(self) -> None:
        """The list of comparisons, and what was voted on the models of the shown one."""
        store, kept = self._engine.store, self.kept
        self.earlier = await self._engine.run(store.read(listed))
        votes: list[ModelVotes] = []
        if kept is not None and kept.is_over and not kept.hidden:
            asked = {(one.model.provider, one.model.model) for one in kept.answers}
            found = await self._engine.run(store.read(lambda db: votes_by_model(db, kept.kind)))
            votes = [one for one in found if (one.provider, one.model) in asked]
        if self.kept is kept:
            self.votes = votes
            self.changed.emit()
        self.listed.emit()

    def look_back(self) -> None:
        """Read the list of comparisons."""
        self._start(self._look_back())

    def open(self, uid: str) -> None:
        """Show an earlier one."""
        if not self.is_busy:
            self._start(self._open(uid))

    async def _open(self, uid: str) -> None:
        found = await self._engine.run(self._engine.store.read(kept_comparison, uid))
        if found is None:
            self.failed.emit(tr("That comparison is not here any more."), "")
        elif not self.is_busy:
            self._show(found)
        await self._look_back()

    def clear(self) -> None:
        """Room for a new comparison, with the same models."""
        if self.is_busy:
            return
        if self.kept is not None and not self.kept.hidden:
            models = {(one.model.provider, one.model.model): one.name for one in self.kept.answers}
            self.contenders = [ChosenContender(*key, name) for key, name in models.items()]
        self._show(None)
        self.contenders_changed.emit()

    def delete(self, uid: str) -> None:
        """Take an earlier one, or the shown one, away; it can be taken back."""
        if not (self.is_busy and self.kept is not None and self.kept.uid == uid):
            self._start(self._delete(uid))

    async def _delete(self, uid: str) -> None:
        deleted = await self._write(comparison_rows.delete, uid)
        if self.kept is not None and self.kept.uid == uid:
            self._show(None)
        await self._look_back()
        if isinstance(deleted, DeletedComparison):
            self.undoable.emit(tr("Comparison deleted"), lambda: self._start(self._put_back(deleted)))

    async def _put_back(self, deleted: DeletedComparison) -> None:
        await self._write(comparison_rows.put_back, deleted)
        await self._look_back()

    # -- going on

    def go_on_with(self, position: int) -> None:
        """A chat that begins with the prompt and this answer."""
        kept = self.kept
        if kept is not None and kept.is_over and not kept.hidden and kept.answers[position].text.strip():
            self._start(self._go_on(kept, position))

    async def _go_on(self, kept: KeptComparison, position: int) -> None:
        owner = self._engine.store.owner_id
        self.chat_made.emit(await self._write(make_chat, kept, position, owner))

    # -- running

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        self._tasks.start(work, name="compare.work")

    async def _write(self, change: Any, *arguments: Any) -> Any:
        return await self._engine.run(self._engine.store.write(change, *arguments))

    async def aclose(self) -> None:
        """Stop what runs; what came of it is written down before the store is closed."""
        self._clock.stop()
        self._next.stop()
        run = self._run
        if self._running is not None and run is not None:
            await self._stop(self._running, None)
            await asyncio.wait({run}, timeout=END_LIMIT_S)
        await self._tasks.aclose()


def _same(transcript: TranscriptModel, row: TranscriptMessage) -> bool:
    """Whether a transcript shows this already."""
    shown = transcript.message(0) if transcript.count and not transcript.is_streaming(0) else None
    if shown is None:
        return False
    parts = ("text", "reasoning", "name", "status", "note")
    return all(getattr(shown, part) == getattr(row, part) for part in parts)
