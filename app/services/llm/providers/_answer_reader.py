"""What every wire's reader of answers shares: its state, its limits, and the loop from bytes to events.

A reader takes the bytes of one answer and gives stream events: `feed` per chunk, `finish`, then `incomplete` or
`end`. Nothing raises in between: what a chunk held before an error is delivered first, and the error waits in
`incomplete()`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.providers._failures import Server, not_an_answer
from app.services.llm.reasoning import Piece, ReasoningSeparator
from app.services.llm.stream_events import ReasoningDelta, StreamEvent, TextDelta, TextWasReasoning
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.llm.http import ByteStream

#: Failures of the connection that no longer matter once the answer is complete.
_AFTER_THE_END = frozenset({ErrorKind.TIMEOUT, ErrorKind.INTERRUPTED, ErrorKind.PROTOCOL})


class BaseAnswerReader(ABC):
    """One answer of one server.

    Attributes:
        complete: the server said that the answer is over; what follows may be lost without harm.
        done: nothing more is to be read, because the answer is over or failed.
        answering: the first token came.
    """

    unreadable: str
    """What one piece of this wire is called in "3 unreadable …"."""

    def __init__(self, server: Server, model: str, *, json_answer: bool = False) -> None:
        self._server = server
        self._model = model
        self._separator = ReasoningSeparator(only_at_start=json_answer)
        self._answer_bytes = 0
        self._skipped = 0
        self._served_model: str | None = None
        self._failure: LLMError | None = None
        self._progressed = False
        self.complete = False
        self.done = False
        self.answering = False

    # -- the wire

    @abstractmethod
    def _read(self, chunk: bytes, out: list[StreamEvent]) -> None:
        """Append the events that a chunk completed to `out`. May raise `LLMError`."""

    @abstractmethod
    def _read_end(self, out: list[StreamEvent]) -> None:
        """The body is over. May raise `LLMError`."""

    @abstractmethod
    def _broken_off(self) -> LLMError:
        """Why a body that ended without an end and without an error is no answer."""

    @abstractmethod
    def end(self) -> list[StreamEvent]:
        """Usage, where the server reported it, and `Finished`."""

    def take_progress(self) -> bool:
        """Whether a complete event came since this was last asked; blank lines and single bytes are none."""
        progressed, self._progressed = self._progressed, False
        return progressed

    # -- the protocol

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        """The events a chunk completed."""
        out: list[StreamEvent] = []
        try:
            self._read(chunk, out)
        except LLMError as exc:
            self._failure, self.done = exc, True
        return out

    def finish(self) -> list[StreamEvent]:
        """What the end of the body settles, and any text held back."""
        out: list[StreamEvent] = []
        try:
            self._read_end(out)
        except LLMError as exc:
            self._failure, self.done = exc, True
        return out + self.flush()

    def flush(self) -> list[StreamEvent]:
        """Text held back because it might have become a tag; nothing that arrived is lost."""
        out: list[StreamEvent] = []
        self._pieces(self._separator.finish(), out)
        return out

    def incomplete(self) -> LLMError | None:
        """Why the answer failed or ended too early, None where it is complete."""
        if self._failure is not None or self.complete:
            return self._failure
        return self._broken_off()

    # -- pieces of the answer

    def _text(self, text: str, out: list[StreamEvent]) -> None:
        self._grow(text)
        self._pieces(self._separator.feed(text), out)

    def _thought(self, text: str, out: list[StreamEvent]) -> None:
        """Thinking that came in a field of its own."""
        self._grow(text)
        self._separator.field_seen()
        out.append(ReasoningDelta(text))

    def _pieces(self, pieces: list[Piece], out: list[StreamEvent]) -> None:
        for kind, text in pieces:
            if kind == "text":
                out.append(TextDelta(text))
            elif kind == "reasoning":
                out.append(ReasoningDelta(text))
            else:
                out.append(TextWasReasoning())

    def _grow(self, text: str) -> None:
        self.answering = True
        self._answer_bytes += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if self._answer_bytes > limits.MAX_ANSWER_BYTES:
            raise self._too_large()

    def _skip(self) -> None:
        """One piece could not be read; a few are counted, many end the answer."""
        self._skipped += 1
        if self._skipped > limits.MAX_UNREADABLE_EVENTS:
            raise not_an_answer(self._server, f"{self._skipped} unreadable {self.unreadable}", self._model)

    # -- errors

    def _too_large(self, most_bytes: int | None = None) -> LLMError:
        return LLMError(
            ErrorKind.TOO_LARGE,
            say(
                "The answer passed the limit of {most:.0f} MB.",
                most=(most_bytes or limits.MAX_ANSWER_BYTES) / 1_000_000,
            ),
            say("What arrived is kept."),
            provider=self._server.provider,
            model=self._model,
        )

    def broken_by(self, error: LLMError) -> LLMError:
        """What a failure of the connection means for this answer: text that came was cut off, however it ended (A3)."""
        if error.kind is not ErrorKind.PROTOCOL or not self.answering:
            return error
        return self._interrupted(error.details.partition("\n")[2] or error.hint)

    def _interrupted(self, seen: str) -> LLMError:
        return LLMError(
            ErrorKind.INTERRUPTED,
            say("Interrupted."),
            say("The connection closed before the server said it was done. What arrived is kept."),
            provider=self._server.provider,
            model=self._model,
            details=f"POST {self._server.url}\ninterrupted: {seen}",
        )


async def batches_of(answer: ByteStream, reader: BaseAnswerReader) -> AsyncGenerator[list[StreamEvent], None]:
    """The events of a running answer, as many at a time as came together.

    Raises:
        LLMError: after everything that arrived was given.
    """
    try:
        async for chunk in answer:
            yield reader.feed(chunk)
            if reader.done:
                break
            _tell_progress(answer, reader)
    except LLMError as exc:
        if not (reader.complete and exc.kind in _AFTER_THE_END):
            yield reader.flush()
            raise reader.broken_by(exc) from exc
    yield reader.finish()
    error = reader.incomplete()
    if error is not None:
        raise error
    yield reader.end()


def _tell_progress(answer: ByteStream, reader: BaseAnswerReader) -> None:
    """Complete events count as progress once the first token came; before it, only the first-token clock runs."""
    if reader.complete:
        answer.finishing()
    elif reader.answering and reader.take_progress():
        answer.progress()


def count_of(value: Any) -> int | None:
    """A number of tokens as a server reports it, None for anything else."""
    return value if type(value) is int and 0 <= value < 1 << 40 else None
