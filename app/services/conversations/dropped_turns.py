"""Servers that cut the start of a long chat and say nothing: their own count of the prompt gives them away.

LM Studio does so where its context overflow policy is "rolling window" or "truncate middle".
"""

from __future__ import annotations

from collections.abc import Iterable

from app.services.conversations import queries
from app.services.conversations.records import SentPart
from app.services.conversations.store import ConversationStore
from app.services.llm.metering import estimate_tokens, tokens_of_size
from app.services.llm.models import Message

#: Estimates are rough, four tokens can be seven: only a count below this share of one …
SUSPICIOUS_SHARE = 0.6
#: … and by more than this many tokens is taken for a cut.
SUSPICIOUS_TOKENS = 200
#: How far back an answer with a reported count is looked for.
LOOK_BACK = 64


def dropped_of(reported: int, estimated: int, *, earlier: int | None = None, since: int = 0) -> int | None:
    """About how many tokens of a prompt were not read; None where nothing shows that any were not.

    `earlier`: the count the server reported for a part of this very prompt; `since`: the rest of it, estimated.
    """
    if earlier is not None and reported < earlier:
        return earlier + since - reported
    if reported < estimated * SUSPICIOUS_SHARE and estimated - reported > SUSPICIOUS_TOKENS:
        return estimated - reported
    return None


async def dropped_tokens(
    store: ConversationStore,
    conversation_id: int,
    prompt_id: int,
    sent: Iterable[Message],
    *,
    provider: str,
    model: str,
    reported: int | None,
    part: SentPart = SentPart(),
) -> int | None:
    """As `dropped_of`, for an answer to this prompt. `reported`: the prompt's tokens by the server, None = not told.

    `part`: what of the branch was sent; answers to another part say nothing about this one.
    """
    if not reported:
        return None
    messages = tuple(sent)
    estimated = estimate_tokens("".join(message.content for message in messages))
    system = next((message.content for message in messages if message.role == "system"), "")
    place = await store.read(queries.position_of, prompt_id)
    if place is None:  # another version is shown by now
        return dropped_of(reported, estimated)
    before = await store.read(queries.answers_of, conversation_id, place[1], LOOK_BACK, provider, model)
    counts = [
        (count, answer.position)
        for answer in before
        if isinstance(count := answer.metrics.get("input_tokens"), int)
        and answer.system_prompt.strip() == system.strip()
        and answer.part == part
    ]
    if not counts:
        return dropped_of(reported, estimated)
    earlier, position = max(counts)
    size = await store.read(queries.text_bytes, conversation_id, position, place[1] + 1)
    return dropped_of(reported, estimated, earlier=earlier, since=tokens_of_size(size))
