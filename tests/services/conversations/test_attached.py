"""Files in the store: kept with a draft, moved to the message, shared by versions and forks, gone with the last."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services.attachments.attachment import Attachment
from app.services.attachments.reading import attachment_of
from app.services.conversations import attached, chat_transfer, queries, trash
from app.services.conversations.changes import NewAnswer
from app.services.conversations.chat_files import NotChatsError, document, read_chats
from app.services.conversations.context_use import context_use, stored_use
from app.services.conversations.importing import import_chats
from app.services.conversations.readable import ReadableFormat, document_of
from app.services.conversations.records import Window
from app.services.conversations.shortening import boundary
from app.services.conversations.store import ConversationStore
from tests.fakes.pictures import png

pytestmark = pytest.mark.anyio

CODE = attachment_of("server.py", b"import os\nprint(os)\n")
PICTURE = attachment_of("shot.png", png(30, 20))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(path)
    await store.open()
    yield store
    await store.aclose()


async def sent(store: ConversationStore, chat: int, *files: Attachment, text: str = "look") -> int:
    ids = [(await store.attach(chat, one)).id for one in files]
    return await store.add_user_message(chat, None, text, ids)


async def contents(store: ConversationStore) -> int:
    return await store.read(lambda db: db.execute("SELECT count(*) FROM content").fetchone()[0])


async def names(store: ConversationStore, chat: int) -> list[list[str]]:
    return [[one.name for one in m.attachments] for m in await store.messages(chat)]


async def test_files_of_a_draft_are_there_after_a_restart_and_move_to_the_message(path: Path) -> None:
    first = ConversationStore(path)
    await first.open()
    chat = await first.create_conversation()
    kept = await first.attach(chat, CODE)
    await first.attach(chat, PICTURE)
    await first.aclose()
    store = ConversationStore(path)
    await store.open()
    draft = await store.draft_attachments(chat)
    assert [(one.name, one.kind, one.lines, one.shown_lines) for one in draft] == [
        ("server.py", "text", 2, None),
        ("shot.png", "image", None, None),
    ]
    assert draft[0] == kept
    assert draft[0].tokens > 5
    message = await store.add_user_message(chat, None, "look", [one.id for one in draft])
    assert await store.draft_attachments(chat) == []
    stored = await store.message(message)
    assert stored is not None
    assert [one.name for one in stored.attachments] == ["server.py", "shot.png"]
    assert await store.attached_content(stored.attachments[1].hash) == PICTURE.data
    await store.aclose()


async def test_what_is_attached_twice_is_stored_once(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    await sent(store, chat, CODE)
    await sent(store, await store.create_conversation(), CODE)
    assert await contents(store) == 1


async def test_taking_a_file_off_a_draft_can_be_undone(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    one = await store.attach(chat, CODE)
    removed = await store.detach(one.id)
    assert removed == CODE
    assert await contents(store) == 0
    await store.attach(chat, removed)
    assert [one.name for one in await store.draft_attachments(chat)] == ["server.py"]


async def test_a_sent_file_is_not_taken_off(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    await sent(store, chat, CODE)
    [[one]] = [m.attachments for m in await store.messages(chat)]
    assert await store.detach(one.id) is None
    assert await names(store, chat) == [["server.py"]]


async def test_versions_and_forks_share_what_is_attached_and_the_last_takes_it_along(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    message = await sent(store, chat, CODE, PICTURE)
    first = await store.message(message)
    assert first is not None
    await store.add_user_message(chat, None, "edited", [first.attachments[0].id])
    assert await names(store, chat) == [["server.py"]]
    await store.choose_version(message)
    assert await names(store, chat) == [["server.py", "shot.png"]]
    fork = await store.fork(message)
    assert fork is not None
    assert await names(store, fork) == [["server.py", "shot.png"]]
    assert await contents(store) == 2
    await store.destroy_conversation(chat)
    assert await contents(store) == 2
    assert await names(store, fork) == [["server.py", "shot.png"]]
    await store.destroy_conversation(fork)
    assert await contents(store) == 0


async def test_a_message_that_leaves_the_trash_takes_its_files_along(path: Path) -> None:
    now = 1_700_000_000.0
    store = ConversationStore(path, clock=lambda: now)
    await store.open()
    chat = await store.create_conversation()
    message = await sent(store, chat, CODE)
    await store.delete_message(message)
    assert await contents(store) == 1, "it can still come back"
    await store.restore_message(message)
    assert await names(store, chat) == [["server.py"]]
    await store.delete_message(message)
    await store.write(trash.purge_trash, now + trash.TRASH_SECONDS + 1)
    assert await contents(store) == 0
    await store.aclose()


async def test_a_page_of_messages_costs_one_query_for_its_files(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    parent = None
    for number in range(20):
        one = await store.attach(chat, CODE)
        parent = await store.add_user_message(chat, parent, f"{number}", [one.id])
    statements: list[str] = []

    def look(db: sqlite3.Connection) -> None:
        db.set_trace_callback(statements.append)
        queries.path_messages(db, chat, 0, 20)
        db.set_trace_callback(None)

    await store.read(look)
    assert len([one for one in statements if "attachment" in one]) == 1


async def test_an_export_carries_files_byte_for_byte(store: ConversationStore, tmp_path: Path) -> None:
    chat = await store.create_conversation(title="Files")
    await sent(store, chat, CODE, PICTURE)
    await store.attach(chat, CODE)
    written = "".join([piece async for piece in document(store, [chat])])
    other = ConversationStore(tmp_path / "other.db")
    await other.open()
    assert len(await import_chats(other, read_chats(written.encode()))) == 1
    [copy] = await other.conversations()
    [message] = await other.messages(copy.id)
    assert [one.name for one in message.attachments] == ["server.py", "shot.png"]
    assert await other.attached_content(message.attachments[1].hash) == PICTURE.data
    assert [one.name for one in await other.draft_attachments(copy.id)] == ["server.py"]
    assert "".join([piece async for piece in document(other, [copy.id])]) == written
    await other.aclose()


@pytest.mark.parametrize(
    "change",
    [
        {"data": "no base64!"},
        {"kind": "image", "text": None, "media_type": "image/png"},
        {"kind": "program"},
        {"text": None},
    ],
)
async def test_a_file_that_lies_about_what_is_attached_is_refused(
    store: ConversationStore, change: dict[str, object]
) -> None:
    chat = await store.create_conversation()
    await sent(store, chat, CODE)
    value = json.loads("".join([piece async for piece in document(store, [chat])]))
    value["conversations"][0]["messages"][0]["attachments"][0].update(change)
    with pytest.raises(NotChatsError):
        read_chats(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("typed", "found"), [("has:file", 2), ("has:image", 1), ("look has:image", 1), ("nothing has:file", 0), ("look", 3)]
)
async def test_messages_are_found_by_what_is_attached(store: ConversationStore, typed: str, found: int) -> None:
    for files in ((CODE,), (PICTURE,), ()):
        await sent(store, await store.create_conversation(), *files)
    assert len((await store.search(typed)).hits) == found


async def test_an_unknown_thing_to_have_is_told(store: ConversationStore) -> None:
    assert "has: is file or image" in (await store.search("has:money")).problem


async def test_files_count_into_what_the_next_request_holds(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    await sent(store, chat, attachment_of("a.txt", b"word " * 780), PICTURE)
    stored = await stored_use(store, chat, "lm_studio", "m")
    assert 2_000 <= stored.files <= 2_030, "a thousand tokens of text, a thousand of a picture"
    assert stored.history < 10
    use = context_use(stored, "", Window(4_096), draft_files=500)
    assert {one.name: one.tokens for one in use.segments}["files"] == stored.files + 500
    assert use.total == stored.files + stored.history + 500


async def test_a_counted_answer_is_not_counted_twice(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    prompt = await sent(store, chat, attachment_of("a.txt", b"word " * 780))
    row = NewAnswer("lm_studio", "m", "M", True, False, {"format": 1}, {}, store.owner_id)
    answer = await store.begin_answer(chat, prompt, row)
    figures = {"input_tokens": 1_200, "output_tokens": 1, "reasoning_tokens": 0, "estimated": False}
    await store.finish_answer(answer, "complete", "ok", "", metrics=figures)
    stored = await stored_use(store, chat, "lm_studio", "m")
    assert stored.files + stored.history == 1_201


async def test_files_attached_in_memory_are_written_back(path: Path) -> None:
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation()
    dropped = await store.attach(chat, PICTURE)

    def fill(db: sqlite3.Connection) -> None:
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")

    await store.read(fill)
    message = await sent(store, chat, attachment_of("big.txt", b"a line\n" * 50_000))
    assert not store.state.saved
    await store.detach(dropped.id)
    await store.attach(chat, CODE)
    assert await store.try_again()
    stored = await store.message(message)
    assert stored is not None
    assert [one.name for one in stored.attachments] == ["big.txt"]
    assert [one.name for one in await store.draft_attachments(chat)] == ["server.py"]
    assert await contents(store) == 2
    await store.aclose()


async def test_all_of_a_draft_can_be_read(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    await store.attach(chat, CODE)
    assert await store.read(attached.all_of, chat, None) == [CODE]


async def test_C10_what_was_attached_leaves_the_files_with_its_chat(path: Path) -> None:
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation()
    await sent(store, chat, attachment_of("a.txt", b"zanzibar-4711 " * 2_000))
    await store.destroy_conversation(chat)
    await store.aclose()
    assert not [one.name for one in path.parent.iterdir() if one.is_file() and b"zanzibar-4711" in one.read_bytes()]


@pytest.mark.parametrize("kind", ["markdown", "text", "html"])
async def test_documents_for_people_name_what_was_attached(store: ConversationStore, kind: ReadableFormat) -> None:
    chat = await store.create_conversation(title="Files")
    await sent(store, chat, attachment_of("<b>.py", b"x = 1"), PICTURE)
    taken = await store.read(chat_transfer.taken_out, chat)
    assert taken is not None
    text = document_of(taken, kind)
    assert "Attached: " in text
    assert ("&lt;b&gt;.py" in text) == (kind == "html")


async def test_files_of_the_draft_leave_less_room_for_earlier_messages(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    await store.import_messages(chat, [("user" if n % 2 == 0 else "assistant", "word " * 200) for n in range(20)])
    stored = await stored_use(store, chat, "lm_studio", "m")
    window = Window(stored.history)
    near, far = (context_use(stored, "and?", window, draft_files=n) for n in (10, 2_000))
    first = await boundary(store, chat, near)
    second = await boundary(store, chat, far)
    assert first is not None and second is not None
    assert second.position > first.position
