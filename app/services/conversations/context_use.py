"""How much of a model's window the next request would take, without reading a single text of the chat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.lean_dataclass import dataclass
from app.services.conversations import attached, chat_settings, queries
from app.services.conversations.records import ContextSegment, ContextUse, CountedAnswer, StoredMessage, Window
from app.services.conversations.store import ConversationStore
from app.services.llm import limits
from app.services.llm.address import is_loopback
from app.services.llm.metering import estimate_tokens, tokens_of_size
from app.services.llm.models import ModelConfig, ModelState

if TYPE_CHECKING:
    from app.services.llm.providers.base import BaseProvider

#: Windows that are asked for: powers of two, as models are trained for.
WINDOW_SIZES = tuple(1_024 * 2**step for step in range(2, 11))
#: What a request takes is an estimate, and its answer needs a place too.
ROOM_FOR_AN_ANSWER = 1.25
#: How far back an answer with a reported count is looked for; what came after it is estimated anyway.
LOOK_BACK = 64
#: Messages measured in one go: other readers of the store get their turn in between.
SLICE = 5_000


@dataclass(frozen=True, slots=True)
class StoredUse:
    """What a request would hold before the draft. `exact`: all of it was counted by the model's server."""

    system: int
    history: int
    exact: bool
    summary: int = 0
    """In the place of earlier turns that are left out."""
    files: int = 0
    """Of earlier turns that are sent again; estimated, and not part of `history`."""
    begun: int = 0
    """Of an answer that is gone on with: sent as the draft is, behind everything that could be left out."""


def empty_chat(system_prompt: str) -> StoredUse:
    """A chat without messages."""
    system = estimate_tokens(system_prompt) if system_prompt.strip() else 0
    return StoredUse(system, 0, system == 0)


async def stored_use(
    store: ConversationStore, conversation_id: int, provider: str, model: str, *, before: int | None = None
) -> StoredUse:
    """What `context.request_messages` would send of the shown branch, in tokens.

    The newest answer of the same model whose server reported its counts is the base: those tokens were in the window.
    Only what follows it is estimated; without one, everything is. `before` ends the history ahead of that message (a
    prompt that is being edited).
    """
    found = await store.conversation(conversation_id)
    if found is None:
        return empty_chat("")
    until = found.message_count
    if before is not None:
        place = await store.read(queries.position_of, before)
        until = place[1] if place is not None and place[0] == conversation_id else until
    prompt = await store.read(chat_settings.system_prompt_of, conversation_id, provider, model)
    system = empty_chat(prompt).system
    part = await store.read(queries.shown_part, conversation_id, until)
    summary = estimate_tokens(part.summary)
    files = tokens_of_size(await store.read(attached.file_bytes, conversation_id, part.first, until))
    answers = await store.read(queries.answers_of, conversation_id, until, LOOK_BACK, provider, model)
    # An answer to another part of the chat was counted with turns that are not sent any more, or without them.
    # One to a continuation was counted with a piece of the answer in the prompt, and perhaps with words told apart.
    base = _base([answer for answer in answers if answer.part == part and not answer.continues])
    if base is None:
        history = tokens_of_size(await history_bytes(store, conversation_id, part.first, until))
        is_empty = not history and not system and not summary
        return StoredUse(system, max(0, history - files), is_empty, summary, files)
    counted, is_exact, position, sent_prompt = base
    is_exact = is_exact and prompt.strip() == sent_prompt.strip()
    since = tokens_of_size(await history_bytes(store, conversation_id, position + 1, until))
    history = max(0, counted - empty_chat(sent_prompt).system - summary) + since
    files = min(files, history)  # a server may have counted fewer than were estimated
    return StoredUse(system, history - files, is_exact and not since, summary, files)


async def answer_use(
    store: ConversationStore, message_id: int, provider: str, model: str, *, going_on: bool = False
) -> StoredUse | None:
    """What asking for an answer once more would send, or, `going_on`, for the rest of it, which sends what there is of
    it, too; None for a message that is gone.

    Where the answer is this model's and the server said how long the prompt was, that is known.
    """
    answer = await store.message(message_id)
    if answer is None:
        return None
    use = await _prompt_use(store, answer, provider, model)
    if not going_on:
        return use
    return replace(use, begun=estimate_tokens(answer.text), exact=False)


async def _prompt_use(store: ConversationStore, answer: StoredMessage, provider: str, model: str) -> StoredUse:
    message_id = answer.id
    counted = answer.metrics.get("input_tokens")
    request = await store.read(queries.request_of, message_id)
    part = await store.read(queries.sent_part, message_id if answer.parent_id is None else answer.parent_id)
    is_same = (answer.provider, answer.model) == (provider, model) and queries.part_of(request or {}) == part
    is_same = is_same and "continues" not in (request or {})  # it was counted with what it went on with
    if not isinstance(counted, int) or counted <= 0 or not is_same:
        return await stored_use(store, answer.conversation_id, provider, model, before=message_id)
    dropped = answer.metrics.get("dropped_tokens") or 0
    prompt = await store.read(chat_settings.system_prompt_of, answer.conversation_id, provider, model)
    sent_prompt = str((request or {}).get("system_prompt") or "")
    summary = estimate_tokens(part.summary)
    history = max(0, counted + dropped - empty_chat(sent_prompt).system - summary)
    is_exact = not dropped and prompt.strip() == sent_prompt.strip()
    return StoredUse(empty_chat(prompt).system, history, is_exact, summary)


def context_use(stored: StoredUse, draft: str, window: Window, draft_files: int = 0) -> ContextUse:
    """The stored part, and what is being written; `draft_files`: the tokens of the files that go with it."""
    drafted = stored.begun + (estimate_tokens(draft) if draft.strip() else 0)
    estimated = stored.system or stored.summary or stored.files
    segments = (
        ContextSegment("system", stored.system),
        ContextSegment("summary", stored.summary),
        ContextSegment("files", stored.files + draft_files),
        ContextSegment("history", stored.history, stored.exact and not estimated),
        ContextSegment("draft", drafted),
    )
    return ContextUse(
        tuple(segment for segment in segments if segment.tokens),
        sum(segment.tokens for segment in segments),
        window.tokens,
        stored.exact and not drafted and not draft_files,
        window.at_most,
        draft_files,
    )


def window_of(provider: BaseProvider, model: ModelConfig | None, asked: int | None = None) -> Window:
    """What a request to this model would be given, else what the model could take, else unknown.

    `asked`: the window that this chat asks for, where its provider takes one with each request.
    """
    if model is None:
        return Window(None)
    if asked is not None and provider.capabilities.native_context_option:
        return Window(min(asked, model.context_length or asked))
    given = provider.window_for(model)
    if given is not None:
        return Window(given)
    return Window(model.context_length, at_most=model.context_length is not None)


def usual_window(provider: BaseProvider, model: ModelConfig | None, asked: int | None) -> int | None:
    """The window that one raised to `asked` can be lowered to again; None where it is not raised."""
    if model is None or asked is None or not provider.capabilities.native_context_option:
        return None
    usual = provider.usual_window(model)
    return usual if usual is not None and usual < min(asked, model.context_length or asked) else None


def raised_window(provider: BaseProvider, model: ModelConfig | None, needed: int) -> int | None:
    """A window in which a request of `needed` tokens fits with room for its answer; None where none can be had.

    Where it is not asked for with each request, a loaded model has to be loaded anew with it, on this computer only.
    """
    if model is None or not model.local or not (provider.capabilities.native_context_option or _reloads(provider)):
        return None
    most = model.context_length
    if most is None and _reloads(provider):
        return None
    wanted = next((size for size in WINDOW_SIZES if size >= needed * ROOM_FOR_AN_ANSWER), None)
    if most is not None and (wanted is None or wanted > most):
        wanted = most if most >= needed * ROOM_FOR_AN_ANSWER else None
    return wanted


def is_left_to_server(provider: BaseProvider, model: ModelConfig | None, needed: int) -> bool:
    """Whether the server would load the model for this request, with a window of its own choosing in which `needed`
    tokens and an answer may not fit; only where it can be loaded from here with another one."""
    if model is None or not model.local or not _reloads(provider):
        return False
    is_there = model.state in (ModelState.LOADED, ModelState.LOADING)
    return not is_there and needed * ROOM_FOR_AN_ANSWER > limits.USUAL_SERVER_WINDOW


def _reloads(provider: BaseProvider) -> bool:
    return provider.capabilities.window_by_loading and is_loopback(provider.config.base_url)


def _base(answers: list[CountedAnswer]) -> tuple[int, bool, int, str] | None:
    """Tokens up to the end of the newest answer that was counted, whether by the server alone, its position, and the
    system prompt that it was asked with."""
    for answer in answers:
        prompt = answer.metrics.get("input_tokens")
        if not isinstance(prompt, int) or prompt <= 0:
            continue
        # What the server left out of its window is sent again.
        dropped = answer.metrics.get("dropped_tokens") or 0
        system = answer.system_prompt
        written, thought = answer.metrics.get("output_tokens"), answer.metrics.get("reasoning_tokens")
        thought = 0 if thought is None and not answer.has_reasoning else thought
        is_reported = not answer.metrics.get("estimated", True)
        if is_reported and isinstance(written, int) and isinstance(thought, int):
            # Thinking was in the window then, and is not sent back.
            return prompt + dropped + max(0, written - thought), not dropped, answer.position, system
        return prompt + dropped + tokens_of_size(answer.text_bytes), False, answer.position, system
    return None


async def history_bytes(store: ConversationStore, conversation_id: int, first: int, until: int) -> int:
    """Length of the texts from `first` to before `until`: newest first, and no further than what can be sent at all."""
    total = 0
    while until > first and total <= limits.MAX_PROMPT_BYTES:
        start = max(first, until - SLICE)
        total += await store.read(queries.text_bytes, conversation_id, start, until)
        until = start
    return total
