"""Where a chat that outgrew its model's window can be cut, so that the next request fits with room for an answer."""

from __future__ import annotations

from collections.abc import Sequence

from app.lean_dataclass import dataclass
from app.services.conversations import queries
from app.services.conversations.context_use import ROOM_FOR_AN_ANSWER, SLICE, history_bytes
from app.services.conversations.history_cut import cut_history
from app.services.conversations.records import ContextUse, HistoryCut
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.metering import CHARACTERS_PER_TOKEN
from app.services.wording import say

#: A summary is asked for in so many tokens at most, and at least; between them an eighth of the window.
LONGEST_SUMMARY = 1_024
SHORTEST_SUMMARY = 96
#: Taken for the window of a model whose window nobody knows.
UNKNOWN_WINDOW = 4_096


@dataclass(frozen=True, slots=True)
class Boundary:
    """A place to cut: below `message_id`, the last message left out, at `position` of the shown branch.

    `left_out`: how many messages more than now are not sent. `room`: tokens left for a summary. `rate`: tokens in a
    byte of this chat, as far as is known.
    """

    message_id: int
    position: int
    left_out: int
    room: int
    rate: float = 1 / CHARACTERS_PER_TOKEN


def summary_tokens(window: int | None) -> int:
    """How long a summary may be in a window."""
    return max(SHORTEST_SUMMARY, min(LONGEST_SUMMARY, (window or UNKNOWN_WINDOW) // 8))


def summarising_window(use: ContextUse, *, refused: bool) -> int | None:
    """Tokens that one request for a summary may hold, None = unknown; half of a window that was refused too early."""
    return use.window // 2 if refused and use.fits and use.window is not None else use.window


async def boundary(
    store: ConversationStore,
    conversation_id: int,
    use: ContextUse,
    *,
    before: int | None = None,
    with_summary: bool = False,
    refused: bool = False,
) -> Boundary | None:
    """The highest place from which on a request fits; None where it fits as it is, or no cut makes it fit.

    `use`: what the request would hold now. `before` ends the history ahead of that message, as in `stored_use`.
    `with_summary` leaves room for one. Where the server `refused` what was thought to fit, or nobody knows the window,
    the newer half is kept.
    """
    if use.fits and not refused:
        return None
    until = await _end(store, conversation_id, before)
    part = await store.read(queries.shown_part, conversation_id, until)
    history = use.tokens_of("history") + use.tokens_of("files") - use.draft_files
    size = await history_bytes(store, conversation_id, part.first, until)
    rate = max(1 / CHARACTERS_PER_TOKEN, history / max(1, size))
    reserve = summary_tokens(use.window) if with_summary else 0
    if use.window is None or use.fits:
        wanted, most = history // 2, history
    else:
        most = use.window - use.fixed - reserve
        wanted = min(most, int(use.window / ROOM_FOR_AN_ANSWER) - use.fixed - reserve)
    search = _Search(part.first, rate, wanted, most, reserve)
    while until > part.first and not search.is_over:
        start = max(part.first, until - SLICE)
        search.go_on(await store.read(queries.message_sizes, conversation_id, start, until))
        until = start
    return search.best


async def shorten(store: ConversationStore, place: Boundary) -> None:
    """Leave what is above the boundary out of every request from now on.

    Raises:
        LLMError: kind `config`, the message is gone.
    """
    await keep_cut(store, place, HistoryCut())


async def keep_cut(store: ConversationStore, place: Boundary, cut: HistoryCut) -> None:
    """Store a cut.

    Raises:
        LLMError: kind `config`, the message is gone.
    """
    if not await store.write(cut_history, place.message_id, cut):
        raise LLMError(ErrorKind.CONFIG, say("This chat was changed meanwhile."), say("Look at it and try again."))


class _Search:
    """Goes from the end upward. Cuts stand below answers, so that what is sent begins with a prompt."""

    def __init__(self, first: int, rate: float, wanted: int, most: int, reserve: int) -> None:
        self._first = first
        self._rate = rate
        self._wanted = wanted
        self._most = most
        self._reserve = reserve
        self._kept = 0.0
        self.best: Boundary | None = None
        self.is_over = False

    def go_on(self, sizes: Sequence[tuple[int, int, str, int]]) -> None:
        """Further messages, as `queries.message_sizes` gives them."""
        for position, message_id, role, size in reversed(sizes):
            if role == "assistant":
                if self._kept > (self._most if self.best is None else self._wanted):
                    self.is_over = True
                    return
                room = self._reserve + max(0, int(self._most - self._kept))
                self.best = Boundary(message_id, position, position + 1 - self._first, room, self._rate)
            self._kept += size * self._rate


async def _end(store: ConversationStore, conversation_id: int, before: int | None) -> int:
    place = await store.read(queries.position_of, before) if before is not None else None
    if place is not None and place[0] == conversation_id:
        return place[1]
    return await store.read(queries.path_length, conversation_id)
