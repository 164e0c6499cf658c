"""Running answers: drains what the engine produced into the transcript, once a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal

from app.desktop.error_display import note_for_fallback, note_for_silence
from app.desktop.models.transcript_model import Note
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.desktop.models.transcript_model import TranscriptModel
    from app.services.conversations.running_answer import Answer

DRAIN_MS = 16
#: Characters that the transcript takes in one turn of the loop; where megabytes come at once the rest waits.
DRAINED_AT_ONCE = 64_000
PHASE_MS = 1_000
STILL_WAITING_S = 10
#: Where the provider cannot be asked for its own limit.
FIRST_TOKEN_TIMEOUT_S = 600.0


def tr(text: str) -> str:
    return QCoreApplication.translate("Chat", text)


@dataclass(slots=True)
class Running:
    """An answer that is being written, in this chat or another one."""

    answer: Answer
    position: int | None = None
    seconds: int = 0
    phase: str = "waiting"
    progress: float | None = None
    #: Seconds of waiting after which the person is asked; grows with "Wait longer".
    patience: int = 0
    is_overdue: bool = False
    #: What was taken from the engine so far: on this thread, so that no delta is shown twice or lost.
    texts: list[str] = field(default_factory=list)
    reasonings: list[str] = field(default_factory=list)

    @property
    def has_text(self) -> bool:
        return bool(self.texts or self.reasonings)


class AnswerFeed(QObject):
    """Keeps every running answer of this window and lets the open conversation's grow in the transcript.

    Signals:
        began(Answer): its rows exist; nothing of it is shown yet.
        ended(Answer): it is stored with its final status; `forget` it once that is shown.
        stop_checked(message_id, confirmed): whether the server of a stopped answer went idle, where that was in doubt.
    """

    began = Signal(object)
    ended = Signal(object)
    stop_checked = Signal(int, bool)

    def __init__(
        self,
        engine: Engine,
        transcript: TranscriptModel,
        name_of_provider: Callable[[str], str],
        open_conversation: Callable[[], int | None],
        parent: QObject | None = None,
    ) -> None:
        """`open_conversation` tells whose answer grows in the transcript."""
        super().__init__(parent)
        self._engine = engine
        self.transcript = transcript
        self._name_of_provider = name_of_provider
        self.running: dict[int, Running] = {}
        self._open_conversation = open_conversation
        self._closed = False
        self._drain_timer = QTimer(self, interval=DRAIN_MS, timerType=Qt.TimerType.PreciseTimer)
        self._drain_timer.timeout.connect(self._drain)
        self._phase_timer = QTimer(self, interval=PHASE_MS)
        self._phase_timer.timeout.connect(self._tick_phases)
        engine.answer_news.connect(self._on_answer_news)
        # Where others wrote below it, its row may come into memory only when the person scrolls there.
        transcript.loaded.connect(lambda _first, _last: self.attach())

    @property
    def open_id(self) -> int | None:
        return self._open_conversation()

    def forget(self, answer: Answer) -> Running | None:
        """The answer is over and about to be shown in its stored form; None when another one took its place."""
        running = self.running.get(answer.conversation_id)
        if running is None or running.answer is not answer:
            return None
        return self.running.pop(answer.conversation_id)

    def close(self) -> None:
        """Nothing is shown any more; answers that end behind this must not start the clocks again."""
        self._closed = True  # a signal that is already on its way is delivered even after a disconnect
        self._drain_timer.stop()
        self._phase_timer.stop()

    def _on_answer_news(self) -> None:
        if self._closed:
            return
        self._drain()
        if (self.running or self._engine.answer_events) and not self._drain_timer.isActive():
            self._drain_timer.start()
            self._phase_timer.start()

    def _drain(self) -> None:
        """Take the events that came, joining text, so that the view is fed once a frame."""
        events = self._engine.answer_events
        texts: dict[int, list[str]] = {}
        reasonings: dict[int, list[str]] = {}
        room = DRAINED_AT_ONCE
        while events and room > 0:
            answer, event = events.popleft()
            name = type(event).__name__
            if name in ("TextDelta", "ReasoningDelta"):
                if len(event.text) > room:
                    events.appendleft((answer, type(event)(event.text[room:])))
                    event = type(event)(event.text[:room])
                room -= len(event.text)
            if name == "TextDelta":
                texts.setdefault(answer.conversation_id, []).append(event.text)
            elif name == "ReasoningDelta":
                reasonings.setdefault(answer.conversation_id, []).append(event.text)
            else:
                self._feed(texts, reasonings)
                self._take(answer, event, name)
        self._feed(texts, reasonings)
        if not self.running and not events:
            self._drain_timer.stop()
            self._phase_timer.stop()

    def _feed(self, texts: dict[int, list[str]], reasonings: dict[int, list[str]]) -> None:
        for conversation_id, pieces in reasonings.items():
            self._append(conversation_id, "".join(pieces), reasoning=True)
        for conversation_id, pieces in texts.items():
            self._append(conversation_id, "".join(pieces), reasoning=False)
        texts.clear()
        reasonings.clear()

    def _append(self, conversation_id: int, text: str, *, reasoning: bool) -> None:
        running = self.running.get(conversation_id)
        if running is None:
            return
        (running.reasonings if reasoning else running.texts).append(text)
        if running.is_overdue:
            running.is_overdue = False
            self._set_note(running, None)
        if running.position is None or conversation_id != self.open_id:
            return
        if reasoning:
            self.transcript.append_reasoning(running.position, text)
        else:
            self.transcript.append_text(running.position, text)

    def _take(self, answer: Answer, event: Any, name: str) -> None:
        if name == "AnswerBegan":
            self.running[answer.conversation_id] = Running(answer)
            self.began.emit(answer)
        elif name == "AnswerEnded":
            self.ended.emit(answer)
        elif name == "StopChecked":
            self.stop_checked.emit(answer.message_id, event.confirmed)
        elif name == "Started":
            self._show_started(answer)
        elif name == "TextWasReasoning":
            self._make_reasoning(answer)
        elif name == "PhaseChanged":
            running = self.running.get(answer.conversation_id)
            if running is not None:
                running.phase, running.progress = event.phase, event.progress
                self._show_phase(running)

    def _make_reasoning(self, answer: Answer) -> None:
        """What was shown as text turned out to be thinking."""
        running = self.running.get(answer.conversation_id)
        if running is None:
            return
        running.reasonings += running.texts
        running.texts.clear()
        position = running.position
        shown = self.transcript.message(position) if position is not None else None
        if position is None or shown is None or answer.conversation_id != self.open_id:
            return
        shown.text, shown.reasoning = answer.begun.text, answer.begun.reasoning + "".join(running.reasonings)
        self.transcript.replace_from(position, self.transcript.sizes[position:], {position: shown})
        self.transcript.begin_stream(position)

    def attach(self) -> None:
        """Let the model grow the running answer of the open conversation, with everything that came so far."""
        running = self.running.get(self.open_id or 0)
        if running is None:
            return
        position = self.transcript.position_of(running.answer.message_id)
        shown = self.transcript.message(position) if position is not None else None
        running.position = position
        if position is None or shown is None or self.transcript.is_streaming(position):
            return
        begun = running.answer.begun
        shown.text = begun.text + "".join(running.texts)
        shown.reasoning = begun.reasoning + "".join(running.reasonings)
        self.transcript.begin_stream(position)
        self._show_phase(running)

    def _show_started(self, answer: Answer) -> None:
        running = self.running.get(answer.conversation_id)
        if running is None or running.position is None or answer.conversation_id != self.open_id:
            return
        shown = self.transcript.message(running.position)
        if shown is not None:
            shown.name = answer.model_name or answer.model
            shown.runtime = self._name_of_provider(answer.provider)
            shown.simulated, shown.cloud = answer.simulated, not answer.local
            if answer.unanswered:
                shown.note = note_for_fallback(answer.unanswered, shown.name, is_over=False)
            self.transcript.message_changed.emit(running.position)

    # -- the line before the first token

    def _tick_phases(self) -> None:
        for running in self.running.values():
            running.seconds += 1
            self._show_phase(running)
            self._look_at_clock(running)

    def _look_at_clock(self, running: Running) -> None:
        """With a person present a late first token is a question, not the end of the request."""
        if running.has_text or running.is_overdue:
            return
        limit = running.patience or self._first_token_limit(running.answer.provider)
        if running.seconds >= limit:
            running.is_overdue = True
            server = self._name_of_provider(running.answer.provider)
            self._set_note(running, note_for_silence(server, running.seconds))

    def _first_token_limit(self, instance_id: str) -> float:
        if not self._engine.is_ready:
            return FIRST_TOKEN_TIMEOUT_S
        provider = self._engine.services.manager.providers.get(instance_id)
        return provider.first_token_timeout_s if provider is not None else FIRST_TOKEN_TIMEOUT_S

    def wait_longer(self, message_id: int) -> None:
        """The person wants to go on waiting: ask again after as long once more."""
        for running in self.running.values():
            if running.answer.message_id == message_id:
                running.patience = running.seconds * 2
                running.is_overdue = False
                self._set_note(running, None)

    def _set_note(self, running: Running, note: Note | None) -> None:
        if running.position is None or running.answer.conversation_id != self.open_id:
            return
        shown = self.transcript.message(running.position)
        if shown is not None:
            shown.note = note
            self.transcript.message_changed.emit(running.position)

    def _show_phase(self, running: Running) -> None:
        if running.has_text or running.position is None or running.answer.conversation_id != self.open_id:
            return
        self.transcript.set_phase(
            running.position, phase_text(running, self._name_of_provider(running.answer.provider))
        )


def phase_text(running: Running, server: str) -> str:
    """What stands in place of the text before the first token."""
    name = running.answer.model_name or running.answer.model
    return phase_words(running.phase, running.progress, running.seconds, name, server)


def phase_words(phase: str, progress: float | None, seconds: int, model: str, server: str) -> str:
    """The same for any answer; `seconds` since it was asked for."""
    if phase == "queued":
        return tr("Queued at {server}").format(server=server)
    if phase == "loading":
        if progress is None:
            return tr("Loading {model}").format(model=model)
        return tr("Loading {model}, {n} %").format(model=model, n=round(progress * 100))
    if phase == "reading":
        if progress is None:
            return tr("Reading the prompt, {n} s").format(n=seconds)
        return tr("Reading the prompt, {n} %").format(n=round(progress * 100))
    if seconds >= STILL_WAITING_S:
        return tr("Still waiting, {n} s. {server} is working.").format(n=seconds, server=server)
    if seconds >= 1:
        return tr("Waiting for the first token, {n} s").format(n=seconds)
    return tr("Waiting for the first token")
