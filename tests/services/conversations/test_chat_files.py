"""Chats out of a store, through a file, into another store: nothing is lost and nothing is let in that could harm."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services.conversations import changes, chat_transfer, folders, migrations, queries, tags
from app.services.conversations.changes import NewAnswer
from app.services.conversations.chat_files import FORMAT, NotChatsError, document, read_chats
from app.services.conversations.history_cut import cut_history
from app.services.conversations.importing import import_chats
from app.services.conversations.portable import PortableChat, PortableMessage
from app.services.conversations.records import HistoryCut
from app.services.conversations.store import ConversationStore
from app.services.conversations.stored_request import rebuilt_messages, stored_request

pytestmark = pytest.mark.anyio


@pytest.fixture
def memory() -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    migrations.migrate(db)
    yield db
    db.close()


async def exported(store: ConversationStore) -> str:
    return "".join([piece async for piece in document(store, [c.id for c in await store.conversations()])])


async def a_rich_store(path: Path) -> ConversationStore:
    """Versions, a cut, a failed answer, thinking, figures, a draft, queued prompts, odd characters; a chat in a folder,
    with tags, pinned and archived."""
    now = [1_700_000_000.25]

    def clock() -> float:
        now[0] += 1.5
        return now[0]

    store = ConversationStore(path, clock=clock)
    await store.open()
    chat = await store.create_conversation(title="Räume \ud83d\ude00", provider="lm_studio", system_prompt="Be brief.")
    prompt = await store.add_user_message(chat, None, "first\r\n\x00\ttab")
    for text in ("one", "two", "three"):
        request = stored_request(prompt, "Be brief.", "qwen", {"temperature": 0.5})
        new = NewAnswer(
            "lm_studio", "qwen", "Qwen", True, True, request, {"temperature": {"value": 0.5}}, store.owner_id
        )
        answer = await store.begin_answer(chat, prompt, new)
        await store.finish_answer(
            answer, "complete", text, "thinking", metrics={"ttft_ms": 1.25, "output_tokens": 3}, finish_reason="stop"
        )
    (first_version, *_) = await store.read(queries.siblings, answer)
    await store.choose_version(first_version)
    below = await store.add_user_message(chat, first_version, "and then")
    await store.write(cut_history, first_version, HistoryCut("what was said", 2, "Qwen"))
    failed = await store.begin_answer(
        chat,
        below,
        NewAnswer("ollama", "m", "M", False, False, stored_request(below, "", None, {}), {}, store.owner_id),
    )
    error = {"kind": "timeout", "message": "Nothing came.", "hint": "Ask again."}
    await store.finish_answer(failed, "error", "", "", metrics={}, error=error)
    gone = await store.add_user_message(chat, None, "deleted version")
    await store.delete_message(gone)
    await store.set_draft(chat, "to be continued")
    await store.set_queued(chat, ["later", "even later"])
    other = await store.create_conversation(title="")
    await store.add_user_message(other, None, 'numbers < 3 & "quotes" \u2028')
    await store.write(folders.move, [chat], await store.create_folder("Büro \ud83d\ude00"))
    await store.write(tags.add_tags, [chat, other], ["Ärger", "open question"])
    await store.write(folders.set_pinned, [chat], True)
    await store.set_archived([chat], True)
    return store


async def test_export_import_export_is_equal_byte_for_byte(tmp_path: Path) -> None:
    store = await a_rich_store(tmp_path / "a.db")
    other = ConversationStore(tmp_path / "b.db")
    await other.open()
    first = await exported(store)

    assert len(await import_chats(other, read_chats(first.encode()))) == 2

    assert await exported(other) == first
    assert "deleted version" not in first and first.isascii()
    assert first.count('"ttft_ms": 1.25') == 3, "the figures of each version, without which equality says little"
    await store.aclose()
    await other.aclose()


async def test_what_the_window_sets_for_a_chat_goes_with_it_and_what_is_damaged_stays_behind(tmp_path: Path) -> None:
    store, other = ConversationStore(tmp_path / "a.db"), ConversationStore(tmp_path / "b.db")
    for one in (store, other):
        await one.open()
    for title, parameters in (
        ("raised", {"temperature": 0.5, "stop": ["END"], "windows": {"ollama": {"qwen3": 32_768}}}),
        ("odd", {"temperature": {"deep": []}, "windows": {"ollama": "much"}}),
    ):
        chat = await store.create_conversation(title=title)
        await store.write(changes.set_parameters, chat, parameters)
        await store.add_user_message(chat, None, "hi")

    await import_chats(other, read_chats((await exported(store)).encode()))

    found = {chat.title: chat.parameters for chat in await other.conversations()}
    assert found["raised"] == {"temperature": 0.5, "stop": ["END"], "windows": {"ollama": {"qwen3": 32_768}}}
    assert found["odd"] == {}
    for one in (store, other):
        await one.aclose()


async def test_folder_tags_pin_and_archive_go_with_a_chat_into_those_of_the_same_name(tmp_path: Path) -> None:
    store = await a_rich_store(tmp_path / "a.db")
    other = ConversationStore(tmp_path / "b.db")
    await other.open()
    folder = await other.create_folder("BÜRO ??")
    await other.write(tags.add_tags, [await other.create_conversation(title="x")], ["ÄRGER"])

    await import_chats(other, read_chats((await exported(store)).encode()))

    found = next(one for one in await other.conversations() if one.title.startswith("Räume"))
    assert (found.folder_id, found.tags, found.pinned) == (folder, ("open question", "ÄRGER"), True)
    assert found.archived_at is not None
    assert len(await other.read(folders.list_folders)) == 1
    for one in (store, other):
        await one.aclose()


@pytest.mark.parametrize(
    "damage",
    [{"folder": 5}, {"tags": "bug"}, {"tags": [1]}, {"archived_at": 1e300}, {"archived_at": "today"}],
)
def test_B10_a_file_with_a_place_that_cannot_be_is_refused(damage: dict[str, Any]) -> None:
    file = {"title": "t", "messages": [], **damage}
    with pytest.raises(NotChatsError):
        read_chats(json.dumps({"format": FORMAT, "version": 3, "conversations": [file]}).encode())


def test_B10_of_odd_tags_and_folders_in_a_file_the_usable_part_is_taken(memory: sqlite3.Connection) -> None:
    file = {"title": "t", "folder": " \n", "tags": ["", "#", " #a,b\n", "A b", "x" * 400], "messages": []}
    (chat,) = read_chats(json.dumps({"format": FORMAT, "version": 3, "conversations": [file]}).encode())

    chat_transfer.put_in(memory, chat, 5.0)

    (stored,) = queries.list_conversations(memory, 5)
    assert (stored.folder_id, stored.tags, stored.archived_at) == (None, ("a b", "x" * 50), None)
    assert folders.list_folders(memory) == []


@pytest.mark.parametrize("version", [2, 3])
def test_a_file_of_the_second_version_is_read_as_one_of_the_third(version: int, memory: sqlite3.Connection) -> None:
    file = {"title": "t", "pinned": True, "messages": [{"number": 1, "role": "user", "text": "x"}]}
    (chat,) = read_chats(json.dumps({"format": FORMAT, "version": version, "conversations": [file]}).encode())

    chat_transfer.put_in(memory, chat, 5.0)

    (stored,) = queries.list_conversations(memory, 5)
    assert (stored.pinned, stored.folder_id, stored.tags) == (True, None, ())


def test_a_chat_from_the_future_is_of_today(memory: sqlite3.Connection) -> None:
    """The trash goes by these times."""
    file = {"title": "t", "updated_at": 9e9, "created_at": 9e9, "messages": [{"role": "user", "text": "x"}]}
    (chat,) = read_chats(json.dumps({"format": FORMAT, "version": 2, "conversations": [file]}).encode())

    chat_transfer.put_in(memory, chat, 1_000.0)

    (stored,) = queries.list_conversations(memory, 5)
    assert (stored.created_at, stored.updated_at) == (1_000.0, 1_000.0)


def test_a_request_that_speaks_of_places_that_are_not_there_is_rebuilt(memory: sqlite3.Connection) -> None:
    request = {"format": 3, "system_prompt": "", "unfinished": {"999": "x"}}
    (chat,) = read_chats(a_file(role="assistant", request=request))
    chat_transfer.put_in(memory, chat, 5.0)

    assert rebuilt_messages(memory, 1) == ()


async def test_what_was_imported_works_as_what_was_written_here(tmp_path: Path) -> None:
    store = await a_rich_store(tmp_path / "a.db")
    other = ConversationStore(tmp_path / "b.db")
    await other.open()
    await other.add_user_message(await other.create_conversation(title="first of all"), None, "so that ids differ")
    await import_chats(other, read_chats((await exported(store)).encode()))

    chat = next(one for one in await other.conversations() if one.title.startswith("Räume"))
    messages = await other.messages(chat.id)

    assert [(m.text, m.version) for m in messages] == [
        ("first\r\n\x00\ttab", (1, 1)),
        ("one", (1, 3)),
        ("and then", (1, 1)),
        ("", (1, 1)),
    ]
    assert messages[1].cut == HistoryCut("what was said", 2, "Qwen") and messages[1].simulated
    assert messages[3].error is not None and messages[3].error["hint"] == "Ask again."
    assert (chat.draft, chat.queued) == ("to be continued", ("later", "even later"))
    sent = await other.read(rebuilt_messages, messages[1].id)
    assert sent is not None and [m.content for m in sent] == ["Be brief.", "first\r\n\x00\ttab"]
    request = await other.read(queries.request_of, messages[1].id)
    assert request is not None and request["prompt_id"] == messages[0].id
    assert (await other.search("then")).hits
    await store.aclose()
    await other.aclose()


def a_file(**message: Any) -> bytes:
    chat = {"title": "t", "messages": [{"number": 1, "role": "user", "text": "x", **message}]}
    return json.dumps({"format": FORMAT, "version": 2, "conversations": [chat]}).encode()


@pytest.mark.parametrize(
    "message",
    [
        {"role": "system"},
        {"role": "tool"},
        {"status": "streaming"},
        {"created_at": 1e300},
        {"created_at": -5},
        {"created_at": 253_402_300_799},
        {"history_cut": {"summary": "", "messages": 10**30, "model_name": ""}},
        {"parent": 7},
        {"parent": 1},
        {"number": 0},
        {"text": 5},
        {"text": None},
    ],
)
def test_B10_a_file_with_a_message_that_cannot_be_is_refused_whole(message: dict[str, Any]) -> None:
    with pytest.raises(NotChatsError):
        read_chats(a_file(**message))


@pytest.mark.parametrize(
    "message",
    [
        {"metrics": {"ttft_ms": "soon"}},
        {"metrics": {"ttft_ms": "12"}},
        {"metrics": {"output_tokens": 10**30}},
        {"metrics": {"duration_ms": -1.0}},
        {"metrics": "none"},
        {"error": {"kind": ["x"], "message": {"a": 1}}},
        {"request": {"format": 3, "first": -1, "system_prompt": ""}},
        {"request": {"system_prompt": 4}},
    ],
)
def test_B10_what_could_not_be_shown_or_sent_is_left_out_of_a_message(
    message: dict[str, Any], memory: sqlite3.Connection
) -> None:
    (chat,) = read_chats(a_file(**message))

    chat_transfer.put_in(memory, chat, 5.0)

    (stored,) = queries.path_messages(memory, 1, 0, 10)
    assert (stored.text, stored.metrics) == ("x", {})
    assert not stored.error or all(isinstance(value, str) for value in stored.error.values())
    assert queries.request_of(memory, stored.id) is None


def test_an_export_of_the_first_version_is_read_with_its_times_and_models(memory: sqlite3.Connection) -> None:
    told = {"role": "assistant", "text": "b", "reasoning": "r", "status": "stopped", "model": "m", "created_at": 7.0}
    chat = {"title": "old", "id": 9, "messages": [{"role": "user", "text": "a", "created_at": 6.0}, told]}
    file = {"format": FORMAT, "version": 1, "conversations": [{**chat, "created_at": 5.0, "updated_at": 8.0}]}

    (found,) = read_chats(json.dumps(file).encode())
    chat_transfer.put_in(memory, found, 99.0)

    (conversation,) = queries.list_conversations(memory, 5)
    assert (conversation.created_at, conversation.updated_at) == (5.0, 8.0)
    messages = queries.path_messages(memory, 1, 0, 5)
    assert [(m.text, m.reasoning, m.status, m.model, m.created_at) for m in messages] == [
        ("a", "", "complete", None, 6.0),
        ("b", "r", "stopped", "m", 7.0),
    ]


def test_a_damaged_row_is_exported_with_its_words(memory: sqlite3.Connection) -> None:
    (chat,) = read_chats(a_file())
    chat_transfer.put_in(memory, chat, 5.0)
    memory.execute("UPDATE message SET request = '{broken', metrics = '[1]', created_at = 1e300")

    found = chat_transfer.taken_out(memory, 1)

    assert found is not None and found.messages[0].text == "x"


@st.composite
def trees(draw: st.DrawFn) -> PortableChat:
    texts = st.text(alphabet=st.characters(), max_size=20)
    moments = st.floats(0, 4e9, allow_nan=False) | st.none()
    messages = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        parent = draw(st.sampled_from([None, *range(1, number)]))
        messages.append(
            PortableMessage(
                number=number,
                parent=parent,
                role=draw(st.sampled_from(["user", "assistant"])),
                text=draw(texts),
                reasoning=draw(texts),
                status=draw(st.sampled_from(["complete", "interrupted", "stopped", "error"])),
                created_at=draw(st.floats(1, 4e9)),
                chosen_at=float(number),
                finished_at=draw(moments),
                model=draw(texts | st.none()),
                local=draw(st.booleans() | st.none()),
            )
        )
    return PortableChat(
        title=draw(texts), created_at=1.0, updated_at=2.0, system_prompt=draw(texts), messages=tuple(messages)
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(chat=trees())
def test_any_tree_comes_out_of_a_store_as_it_went_in(chat: PortableChat) -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(db)
    chat_transfer.put_in(db, chat, 5.0)

    once = chat_transfer.taken_out(db, 1)
    assert once is not None
    assert [m.model_dump() for m in once.in_order()] == [m.model_dump() for m in chat.in_order()]

    again_id = chat_transfer.put_in(db, once, 6.0)
    again = chat_transfer.taken_out(db, again_id)
    assert again is not None and again.model_copy(update={"uid": once.uid}) == once
    db.close()


NAMES = (
    *("mapping", "message", "chat_messages", "chat", "history", "messages", "versions", "currentId", "parent", "role"),
    *("content", "text", "parts", "format", "version", "conversations", "steps", "sender", "author", "create_time"),
)
LEAVES = st.none() | st.booleans() | st.floats(allow_nan=False) | st.sampled_from(["user", "assistant", "", FORMAT])


def nested(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inside, max_size=5)


@settings(max_examples=300)
@given(st.recursive(LEAVES, nested, max_leaves=25))
def test_any_json_is_read_or_refused(value: Any) -> None:
    with contextlib.suppress(NotChatsError):
        read_chats(json.dumps(value).encode())
