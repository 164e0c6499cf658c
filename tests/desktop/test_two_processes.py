"""The window beside `aica history` in another process, on the same store: what one does the other shows."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from app.desktop.models.conversation_list_model import Role
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.mock_server import MockServer
from tests.desktop.session_window import open_session, store_chat, until

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
async def chat(tmp_path: Path) -> int:
    """One chat in the home."""
    said = [("user", "What is a bucket?"), ("assistant", "It holds water.")]
    return await store_chat(tmp_path / "home", "Buckets", said)


@pytest.fixture
async def long_chat(tmp_path: Path) -> int:
    """One chat of several pages in the home."""
    said = [(("user", "assistant")[i % 2], f"message {i}") for i in range(300)]
    return await store_chat(tmp_path / "home", "Long", said)


@pytest.fixture
async def slow(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MockServer]:
    async with MockServer() as server:
        server.script.ttft = 0.02
        server.script.tokens_per_second = 50.0
        server.script.answer = "word " * 2_000
        monkeypatch.setenv("LMSTUDIO_BASE_URL", server.base_url)
        yield server


async def aica(home: Path, *arguments: str) -> str:
    """Run a command in a process of its own, the window's loop running on."""
    return await asyncio.to_thread(_run, [sys.executable, "-m", "app.cli.main", "--home", str(home), *arguments])


def _run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def in_the_store(home: Path, chat: int, change: str) -> None:
    """Run `change`, statements that know `store` and the `messages` of `chat`, in a process of its own."""
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from app.services.conversations.store import ConversationStore\n"
        "async def main():\n"
        "    store = ConversationStore(Path(sys.argv[1])); chat = int(sys.argv[2]); await store.open()\n"
        "    messages = await store.messages(chat)\n"
        f"    {change}\n"
        "    await store.aclose()\n"
        "asyncio.run(main())"
    )
    await asyncio.to_thread(_run, [sys.executable, "-c", code, str(user_paths(home).store_file), str(chat)])


def titles(session: Session) -> list[str]:
    model = session.window.conversations
    rows = [model.index(row) for row in range(model.rowCount())]
    return [row.data() for row in rows if row.data(Role.KIND) == "chat"]


def in_front(session: Session, active: bool) -> None:
    """What the system says when the person comes to this program, or goes to another one."""
    state = Qt.ApplicationState.ApplicationActive if active else Qt.ApplicationState.ApplicationInactive
    QGuiApplication.instance().applicationStateChanged.emit(state)  # type: ignore[union-attr]  # it is there


async def test_chats_that_another_process_imports_and_deletes_come_and_go(
    theme: Theme, tmp_path: Path, chat: int
) -> None:
    home = tmp_path / "home"
    file = tmp_path / "chats.json"
    await aica(home, "history", "export", "--output", str(file))
    exported = json.loads(file.read_text(encoding="utf-8"))
    exported["conversations"][0]["title"] = "Imported"
    file.write_text(json.dumps(exported), encoding="utf-8")
    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: titles(session) == ["Buckets"])
        session.new_chat()
        in_front(session, True)
        await aica(home, "history", "import", "--again", str(file))
        await until(lambda: sorted(titles(session)) == ["Buckets", "Imported"], what="the import shows by itself")
        await aica(home, "history", "delete", str(chat))
        await until(lambda: titles(session) == ["Imported"], what="the deletion shows by itself")


async def test_coming_back_to_the_window_looks_at_once_and_behind_others_it_never_looks(
    theme: Theme, tmp_path: Path, chat: int
) -> None:
    home = tmp_path / "home"
    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: titles(session) == ["Buckets"])
        session.new_chat()
        in_front(session, False)
        assert not session.store_watch._timer.isActive()
        await aica(home, "history", "delete", str(chat))
        assert titles(session) == ["Buckets"]
        in_front(session, True)
        await until(lambda: titles(session) == [], timeout_s=1.5, what="long before the timer's next turn")


async def test_the_open_chat_that_another_process_deleted_is_told_and_what_was_typed_stays(
    theme: Theme, tmp_path: Path, chat: int
) -> None:
    home = tmp_path / "home"
    async with open_session(theme, home, "--provider", "mock") as session:
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 2)
        session.window.chat.composer.edit.setPlainText("half a thought")
        await aica(home, "history", "delete", str(chat))
        in_front(session, True)
        await until(lambda: session.chat.conversation_id is None)
        assert session.chat.transcript.count == 0
        assert told(session) == "“Buckets” was deleted by another program. What you were writing is kept here."
        assert session.window.chat.composer.text() == "half a thought"
        session.window.chat.composer.send_requested.emit("half a thought")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.is_answering, timeout_s=20)
        assert session.chat.transcript.text(0) == "half a thought"
        assert titles(session) == ["half a thought"]


@pytest.mark.parametrize("draft", ["", "half a thought"], ids=["no draft", "a draft too"])
async def test_the_edit_of_a_prompt_stays_when_another_process_deletes_its_chat(
    theme: Theme, tmp_path: Path, chat: int, draft: str
) -> None:
    home = tmp_path / "home"
    async with open_session(theme, home, "--provider", "mock") as session:
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 2)
        composer = session.window.chat.composer
        composer.edit.setPlainText(draft)
        prompt = session.chat.transcript.message(0)
        assert prompt is not None
        session.composing.begin_edit(prompt.message_id, prompt.text)
        composer.edit.setPlainText("What is a bucket, and how many are there?")
        await aica(home, "history", "delete", str(chat))
        in_front(session, True)
        await until(lambda: session.chat.conversation_id is None)
        assert told(session) == "“Buckets” was deleted by another program. What you were writing is kept here."
        both = ["What is a bucket, and how many are there?", draft]
        assert composer.text() == "\n\n".join(text for text in both if text)
        assert session.composing.editing is None


async def test_a_prompt_that_was_about_to_be_edited_stays_when_another_process_deletes_its_chat(
    theme: Theme, tmp_path: Path, chat: int
) -> None:
    home = tmp_path / "home"
    async with open_session(theme, home, "--provider", "mock") as session:
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 2)
        prompt = session.chat.transcript.message(0)
        assert prompt is not None
        session.composing.begin_edit(prompt.message_id, prompt.text)
        await aica(home, "history", "delete", str(chat))
        in_front(session, True)
        await until(lambda: session.chat.conversation_id is None)
        assert session.window.chat.composer.text() == prompt.text, "the prompt itself is nowhere else now"


async def test_an_answer_whose_chat_another_process_deleted_is_ended(
    theme: Theme, tmp_path: Path, slow: MockServer
) -> None:
    home = tmp_path / "home"
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.chat.composer.send_requested.emit("Write for ever")
        await until(lambda: any(running.has_text for running in session.chat.running.values()))
        await aica(home, "history", "delete", str(session.chat.conversation_id))
        in_front(session, True)
        await until(lambda: session.chat.conversation_id is None)
        await until(lambda: not session.chat.is_answering, 5, "the answer ends")
        await until(lambda: slow.stats.streams_aborted == 1, 2, "the server is told")


async def test_the_open_chat_that_another_process_renamed_has_its_new_title(
    theme: Theme, tmp_path: Path, chat: int
) -> None:
    home = tmp_path / "home"
    async with open_session(theme, home, "--provider", "mock") as session:
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 2)
        session.window.chat.composer.edit.setPlainText("half a thought")
        await in_the_store(home, chat, "await store.rename(chat, 'Pails')")
        in_front(session, True)
        await until(lambda: titles(session) == ["Pails"])
        await until(lambda: session.window.windowTitle().startswith("Pails"))
        assert session.window.chat.composer.text() == "half a thought"
        assert session.chat.transcript.count == 2


def told(session: Session) -> str:
    notice: Any = session.window.chat.notice
    assert isinstance(notice, QObject)
    return str(notice._text.text()) if notice.isVisible() else ""


ADD = """
import asyncio, sys
from pathlib import Path
from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore

async def main():
    store = ConversationStore(Path(sys.argv[1]))
    chat = int(sys.argv[2])
    await store.open()
    last = (await store.messages(chat))[-1].id
    prompt = await store.add_user_message(chat, last, "And a pail?")
    row = NewAnswer(provider="lm_studio", model="m", model_name="M", local=True, simulated=False, request={},
                    parameters={}, owner=store.owner_id)
    answer = await store.begin_answer(chat, prompt, row)
    await store.journal(answer, 1, "", "It has a handle. ")
    print("thinking", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await store.journal(answer, 2, "", "So does a bucket.")
    print("thinking on", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await store.journal(answer, 3, "The same, ", "")
    print("writing", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await store.finish_answer(answer, "complete", "The same, smaller.", "", metrics={})
    print("done", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await store.aclose()

asyncio.run(main())
"""


def thoughts(session: Session, position: int) -> str:
    message = session.chat.transcript.message(position)
    return message.reasoning if message is not None else ""


async def test_what_another_process_writes_into_the_open_chat_shows_as_it_grows(
    theme: Theme, tmp_path: Path, chat: int
) -> None:
    home = tmp_path / "home"
    async with open_session(theme, home, "--provider", "mock") as session:
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 2)
        session.window.chat.composer.edit.setPlainText("half a thought")
        other = await asyncio.create_subprocess_exec(
            *[sys.executable, "-c", ADD, str(user_paths(home).store_file), str(chat)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert other.stdin is not None and other.stdout is not None
        try:
            assert await other.stdout.readline() == b"thinking\n"
            in_front(session, True)
            await until(lambda: session.chat.transcript.count == 4, what="prompt and answer are there")
            assert thoughts(session, 3) == "It has a handle. "
            other.stdin.write(b"\n")
            assert await other.stdout.readline() == b"thinking on\n"
            session.store_watch.look()
            await until(lambda: thoughts(session, 3) == "It has a handle. So does a bucket.", what="thinking grows")
            other.stdin.write(b"\n")
            assert await other.stdout.readline() == b"writing\n"
            session.store_watch.look()
            await until(lambda: session.chat.transcript.text(3) == "The same, ")
            assert session.chat.transcript.text(2) == "And a pail?"
            other.stdin.write(b"\n")
            assert await other.stdout.readline() == b"done\n"
            session.store_watch.look()
            await until(lambda: session.chat.transcript.text(3) == "The same, smaller.")
            assert session.window.chat.composer.text() == "half a thought"
            assert not session.chat.is_busy
        finally:
            other.stdin.close()
            await other.wait()


WRITE_BELOW = "await store.add_user_message(chat, (await store.messages(chat))[-1].id, 'typed in the terminal')"


async def test_what_another_process_writes_below_an_own_answer_shows_when_the_answer_ends(
    theme: Theme, tmp_path: Path, slow: MockServer
) -> None:
    home = tmp_path / "home"
    slow.script.answer = "word " * 150
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.chat.composer.send_requested.emit("Write a bit")
        await until(lambda: any(running.has_text for running in session.chat.running.values()))
        in_front(session, True)
        await in_the_store(home, session.chat.conversation_id or 0, WRITE_BELOW)
        assert session.chat.is_answering
        session.store_watch.look()
        await until(lambda: not session.chat.is_answering, 20)
        await until(lambda: session.chat.transcript.count == 3)
        assert session.chat.transcript.text(2) == "typed in the terminal"
        stored = (await session.engine.run(session.engine.store.messages(session.chat.conversation_id)))[1]
        assert session.chat.transcript.text(1) == stored.text


@pytest.mark.parametrize("below", [1, 60], ids=["close below it", "a page below it"])
async def test_an_own_answer_below_which_another_process_wrote_is_whole_after_the_chat_was_left(
    theme: Theme, tmp_path: Path, slow: MockServer, below: int
) -> None:
    home = tmp_path / "home"
    slow.script.answer = "word " * 250
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.chat.composer.send_requested.emit("Write a bit")
        await until(lambda: any(running.has_text for running in session.chat.running.values()))
        chat = session.chat.conversation_id or 0
        await in_the_store(home, chat, "; ".join([WRITE_BELOW] * below))
        assert session.chat.is_answering
        session.new_chat()
        await until(lambda: session.chat.conversation_id is None)
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 2 + below)
        session.chat.transcript.want(0, 1)
        await until(lambda: session.chat.transcript.message(1) is not None)
        assert session.chat.is_answering
        length = len(session.chat.transcript.text(1) or "")
        await until(lambda: len(session.chat.transcript.text(1) or "") > length, what="it grows on")
        await until(lambda: not session.chat.is_answering, 20)
        stored = (await session.engine.run(session.engine.store.messages(chat)))[1]
        await until(lambda: session.chat.transcript.text(1) == stored.text, what="all of it is shown")
        shown = session.chat.transcript.message(1)
        assert shown is not None and shown.status == stored.status == "complete"
        assert not session.chat.transcript.is_streaming(1)
        assert session.chat.transcript.text(1 + below) == "typed in the terminal"


async def test_a_chat_that_another_process_cut_by_pages_shows_only_what_is_left(
    theme: Theme, tmp_path: Path, long_chat: int
) -> None:
    home = tmp_path / "home"
    async with open_session(theme, home, "--provider", "mock") as session:
        session.open_chat(long_chat)
        await until(lambda: session.chat.transcript.count == 300)
        in_front(session, True)
        await in_the_store(home, long_chat, "await store.delete_message(messages[2].id)")
        session.store_watch.look()
        await until(lambda: session.chat.transcript.count == 2)


async def test_a_version_that_another_process_made_far_above_shows_from_where_it_differs(
    theme: Theme, tmp_path: Path, long_chat: int
) -> None:
    home = tmp_path / "home"
    change = (
        "last = messages[99].id\n    for i in range(200): last = await store.add_user_message(chat, last, f'other {i}')"
    )
    async with open_session(theme, home, "--provider", "mock") as session:
        session.open_chat(long_chat)
        await until(lambda: session.chat.transcript.count == 300)
        session.chat.transcript.want(90, 299)
        await until(lambda: session.chat.transcript.message(100) is not None)
        in_front(session, True)
        await in_the_store(home, long_chat, change)
        session.store_watch.look()
        await until(lambda: session.chat.transcript.text(299) == "other 199")
        session.chat.transcript.want(90, 299)
        await until(lambda: session.chat.transcript.text(100) == "other 0")
        assert session.chat.transcript.text(99) == "message 99"
