"""Evidence is read without keeping others from the store, and what was worked out once is kept."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from app.services.conversations import comparison_rows, comparison_votes
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison, Vote
from app.services.conversations.store import ConversationStore
from app.services.routing import evidence
from app.services.routing.evidence import EvidenceReader
from app.services.routing.language import language_of
from app.services.routing.preferences import ModelKey

pytestmark = pytest.mark.anyio

A, B = ("lm_studio", "a"), ("lm_studio", "b")
ENGLISH, GERMAN = "Why is the sky blue?", "Warum ist der Himmel blau und nicht grün?"


async def judged(
    store: ConversationStore, cast: Vote, prompt: str = ENGLISH, texts: tuple[str, str] = ("x", "y")
) -> str:
    rows = [NewComparedAnswer(*key, key[1], True, True) for key in (A, B)]
    uid = await store.write(comparison_rows.create, NewComparison(prompt), rows, store.owner_id)
    for position, text in enumerate(texts):
        ended = {"state": "complete", "text": text, "reasoning": "", "finish_reason": "stop", "left_out": []}
        await store.write(comparison_rows.finish, uid, position, {**ended, "metrics": None, "error": None})
    await store.write(comparison_rows.set_vote, uid, cast, "other")
    return uid


class CountedReads:
    """What is asked of the store, beside what it answers."""

    def __init__(self, store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        real = store.read

        async def read(query, *args, **kwargs):  # type: ignore[no-untyped-def]  # as the real one
            self.names.append(query.__name__)
            return await real(query, *args, **kwargs)

        monkeypatch.setattr(store, "read", read)


async def standing(reader: EvidenceReader, model: ModelKey, language: str | None = None) -> tuple[int, int]:
    found = (await reader.read(0.0, None)).preferences.standing(model, "other", language)
    return found.judged, found.won


async def test_votes_are_read_in_slices_that_come_to_the_same(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(7):
        await judged(store, "A" if n < 5 else "tie")
    whole = (await EvidenceReader(store).read(0.0, None)).preferences.standing(A, "other")
    monkeypatch.setattr(comparison_votes, "SLICE", 2)
    monkeypatch.setattr(evidence, "SLICE", 2)
    reads = CountedReads(store, monkeypatch)
    sliced = (await EvidenceReader(store).read(0.0, None)).preferences.standing(A, "other")
    assert sliced == whole and (whole.judged, whole.won) == (7, 5)
    assert reads.names.count("judged_comparisons") == 4


async def test_languages_are_told_beside_the_store_and_once_for_each_prompt(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, int]] = []

    def noted(text: str) -> str | None:
        told.append((text, threading.get_ident()))
        return language_of(text)

    def thread_of_the_store(_db: sqlite3.Connection) -> int:
        return threading.get_ident()

    monkeypatch.setattr(evidence, "language_of", noted)
    await judged(store, "A", ENGLISH)
    await judged(store, "B", GERMAN)
    reader = EvidenceReader(store)
    assert await standing(reader, A, "en") == (1, 1) and await standing(reader, B, "de") == (1, 1)
    assert sorted(text for text, _thread in told) == [GERMAN, ENGLISH]
    assert not {thread for _text, thread in told} & {await store.read(thread_of_the_store), threading.get_ident()}
    third = await judged(store, "A", "Why is the grass green?")
    assert await standing(reader, A, "en") == (2, 2)
    assert len(told) == 3, "only the new one"
    await store.write(comparison_rows.set_vote, third, None, None)
    assert await standing(reader, A, "en") == (1, 1)


async def test_of_many_votes_the_last_ones_given_count(store: ConversationStore) -> None:
    early, late = await judged(store, "A"), await judged(store, "B")
    await store.write(comparison_rows.set_vote, early, "tie", "other")
    assert await comparison_votes.judged_uids(store, 1) == [early]
    assert await comparison_votes.judged_uids(store) == [early, late]


async def test_an_answer_of_blanks_was_not_judged(store: ConversationStore) -> None:
    await judged(store, "A", texts=("  word", "   "))
    await judged(store, "B", texts=("", "\n"))
    reader = EvidenceReader(store)
    assert await standing(reader, A) == (1, 1) and await standing(reader, B) == (1, 1)


def test_a_text_in_another_script_is_told_by_a_fifth_of_its_letters() -> None:
    assert language_of("abcd" * 4 + "небо") == "ru"
    assert language_of("abcd" * 5 + "небо") is None
