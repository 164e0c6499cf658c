"""A clock that is set forwards and back between any two acts: order, drafts and the trash do not depend on it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.services.conversations import changes
from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore
from app.services.conversations.trash import TRASH_SECONDS

pytestmark = pytest.mark.anyio

NOW = 1_700_000_000.0
YEAR = 365 * 86_400.0
#: A dead battery, a year before, an hour, nothing, an hour, a year, the end of 32 bits and far beyond.
JUMPS = (0.0, NOW - YEAR, NOW - 3_600, NOW, NOW + 3_600, NOW + YEAR, 2.0**31 + 5, NOW + 80 * YEAR, -86_400.0)


class Clock:
    """Stands anywhere at each look."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.now = NOW
        self.jumps = True

    def __call__(self) -> float:
        if self.jumps:
            self.now = self._dice.choice(JUMPS)
        return self.now


@pytest.mark.parametrize("seed", range(6))
async def test_C11_messages_versions_and_drafts_keep_their_order_whatever_the_clock_says(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    clock = Clock(dice)
    path = tmp_path / "conversations.db"
    expected: dict[int, list[str]] = {}
    drafts: dict[int, str] = {}
    store = ConversationStore(path, clock=clock)
    await store.open()
    for number in range(60):
        chat = await store.create_conversation(title=f"chat {number}") if number % 12 == 0 else dice.choice([*expected])
        texts = expected.setdefault(chat, [])
        last = (await store.messages(chat))[-1].id if texts else None
        prompt = await store.add_user_message(chat, last, f"asks {number}")
        answer = await _answer(store, chat, prompt, f"says {number}")
        texts += [f"asks {number}", f"says {number}"]
        if number % 5 == 0:  # another version takes the place of the last answer
            await _answer(store, chat, prompt, f"says it better {number}")
            texts[-1] = f"says it better {number}"
        if number % 7 == 0:  # and is thrown away, so that the first one is shown again
            newest = (await store.messages(chat))[-1].id
            await store.delete_message(newest)
            if newest == answer:
                texts.pop()
            else:
                texts[-1] = f"says {number}"
        drafts[chat] = f"draft {number}"
        await store.set_draft(chat, drafts[chat])
        if number % 15 == 14:  # a start in between, which also sweeps the trash
            await store.aclose()
            store = ConversationStore(path, clock=clock)
            await store.open()
            assert store.state.saved
    for chat, texts in expected.items():
        await store.write(changes.rebuild_path, chat)  # which version is shown is read out of the rows again
        opened = await store.open_conversation(chat, last=1_000)
        assert opened is not None
        assert [message.text for message in opened.messages] == texts
        assert opened.conversation.draft == drafts[chat]
    assert {chat.id for chat in await store.conversations()} == set(expected)
    assert {chat.id for chat in (await store.chat_list(100, archived=False)).dated} == set(expected)
    found = await store.search("asks", limit=1_000)
    assert len(found.hits) == 60, "nothing is out of reach"
    await store.aclose()


@pytest.mark.parametrize("deleted_at", JUMPS)
async def test_C11_what_was_deleted_under_a_wrong_clock_has_its_thirty_days(tmp_path: Path, deleted_at: float) -> None:
    clock = Clock(random.Random(1))
    clock.jumps = False
    path = tmp_path / "conversations.db"

    async def opened_at(now: float) -> ConversationStore:
        clock.now = now
        store = ConversationStore(path, clock=clock)
        await store.open()
        return store

    store = await opened_at(NOW)
    chat = await store.create_conversation(title="in the trash")
    keep = await store.create_conversation(title="stays")
    prompt = await store.add_user_message(keep, None, "a prompt")
    clock.now = deleted_at
    await store.delete_conversations([chat])
    await store.delete_message(prompt)
    (trashed,) = await store.trash()
    assert 0 <= trashed.days_left <= 30
    await store.aclose()
    for now in (NOW + 60, 0.0, NOW + 86_400, NOW + TRASH_SECONDS - 60):  # the clock is right again, and once more not
        store = await opened_at(now)
        assert await store.conversation(chat) is not None, f"gone at {now - NOW:+.0f} s"
        assert await store.message(prompt) is not None
        assert await store.conversation(keep) is not None
        await store.aclose()
    store = await opened_at(NOW + TRASH_SECONDS + 86_400)
    await store.restore_conversations([chat])
    await store.aclose()


async def _answer(store: ConversationStore, chat: int, prompt: int, text: str) -> int:
    new = NewAnswer("mock", "m", "M", True, False, {"format": 1}, {}, store.owner_id)
    answer = await store.begin_answer(chat, prompt, new)
    await store.journal(answer, 1, text[:3], "")
    await store.finish_answer(answer, "complete", text, "", metrics={})
    return answer
