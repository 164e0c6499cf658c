"""Going on with an answer that broke off or was stopped: what the model is asked, and what of its reply is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm.models import Message
from app.services.llm.stream_events import Finished, StreamEvent, TextDelta, TextWasReasoning

#: For servers that would begin a new message after an assistant's one.
GO_ON = (
    "Your last message broke off. Continue it exactly where it stopped, in the middle of a word if need be. "
    "Do not repeat any of it, and do not comment on this."
)


@dataclass(frozen=True, slots=True)
class Continuation:
    """`text` is what the answer begins with. `prefilled`: the server goes on with an assistant's message that comes
    last; others are told to in words."""

    text: str = ""
    reasoning: str = ""
    prefilled: bool = False

    def __bool__(self) -> bool:
        return bool(self.text)

    def as_request(self) -> dict[str, Any]:
        """How an answer's stored request says it; the text itself is the beginning of the answer's."""
        return {"characters": len(self.text), "prefilled": self.prefilled}


def continuation_of(request: Mapping[str, Any], answer_text: str) -> Continuation:
    """What `as_request` said of an answer with this text; an empty one where it did not continue anything."""
    said = request.get("continues")
    if not isinstance(said, dict) or type(said.get("characters")) is not int:
        return Continuation()
    return Continuation(answer_text[: max(0, said["characters"])], prefilled=said.get("prefilled") is True)


def continued(messages: Iterable[Message], begun: Continuation) -> tuple[Message, ...]:
    """The request of the answer, with what there is of it and the wish for the rest."""
    if not begun:
        return tuple(messages)
    asked = (*messages, Message(role="assistant", content=begun.text))
    return asked if begun.prefilled else (*asked, Message(role="user", content=GO_ON))


#: Characters of what there is that may well stand at the beginning of the rest, too.
_LEAST_REPEATED = 20


class RepeatFilter:
    """Takes the beginning away from a reply that repeats it: models begin anew, and a server was seen to send what it
    was given once more (lmstudio-bug-tracker#2041).

    What could still be a repetition is held back until it is none.
    """

    def __init__(self, begun: str) -> None:
        self._begun = begun
        self._held = ""
        self._decided = len(begun) < _LEAST_REPEATED

    def pass_on(self, text: str) -> str:
        """What of the reply so far is new and was not given out before."""
        if self._decided:
            return text
        self._held += text
        if self._held.startswith(self._begun):
            self._decided = True
            held, self._held = self._held, ""
            return held[len(self._begun) :]
        return "" if self._begun.startswith(self._held) else self.rest()

    def rest(self) -> str:
        """What was held back: it is no repetition, or too short to be called one when the reply ended in it."""
        self._decided = True
        held, self._held = self._held, ""
        ended_in_it = len(held) >= _LEAST_REPEATED and self._begun.startswith(held)
        return "" if ended_in_it else held


def without_repeat(event: StreamEvent, repeated: RepeatFilter) -> Iterator[StreamEvent]:
    """The event, its text without what the answer has already; what was held back of that before it."""
    if isinstance(event, TextDelta):
        text = repeated.pass_on(event.text)
        if text:
            yield event if text == event.text else TextDelta(text)
        return
    if isinstance(event, TextWasReasoning | Finished) and (held := repeated.rest()):
        yield TextDelta(held)
    yield event
