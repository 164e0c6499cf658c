"""Chats as Markdown with their files: what links lead to is there, and no name leads anywhere else."""

from __future__ import annotations

import asyncio
import re
import stat
import threading
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.attachments.attachment import Attachment
from app.services.conversations import attached, exported_folder
from app.services.conversations.exported_folder import safe_name, write_with_files
from app.services.conversations.store import ConversationStore
from tests.fakes.pictures import png

pytestmark = pytest.mark.anyio
TRANSCRIPT_LINK = re.compile(r"(!?)\[((?:\\.|[^\]\\])*)\]\(([^)]*)\)")


def text_file(name: str, text: str = "words") -> Attachment:
    return Attachment(name, "text", "text/plain", text.encode(), f"File {name!r}:\n```\n{text}\n```")


def picture(name: str, width: int = 3) -> Attachment:
    return Attachment(name, "image", "image/png", png(width, 2))


async def a_chat(store: ConversationStore, title: str, *files: Attachment) -> int:
    chat = await store.create_conversation(title=title)
    message = await store.add_user_message(chat, None, "look at this")
    for file in files:
        await store.write(attached.add, chat, file, message)
    return chat


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(tmp_path / "chats.db")
    await store.open()
    yield store
    await store.aclose()


def links(document: str) -> list[tuple[str, str]]:
    """("!" for a picture, target) of each."""
    return [(mark, unquote(target)) for mark, _name, target in TRANSCRIPT_LINK.findall(document)]


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def test_a_chat_stands_in_a_folder_with_its_files_and_the_links_lead_to_them(
    store: ConversationStore, tmp_path: Path
) -> None:
    photo, notes = picture("cat [1].png"), text_file("ünsere notes.md")
    chat = await a_chat(store, "Cats", photo, notes)
    await write_with_files(store, [chat], tmp_path / "out")
    out = tmp_path / "out"
    assert files_of(out) == sorted(
        [f"assets/{photo.hash[:8]}-cat 1.png", f"assets/{notes.hash[:8]}-ünsere notes.md", "chat.md"]
    )
    found = links((out / "chat.md").read_text(encoding="utf-8"))
    assert [mark for mark, _target in found] == ["!", ""], "a picture is shown, a text is opened"
    assert [(out / target).read_bytes() for _mark, target in found] == [photo.data, notes.data]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (out, *out.rglob("*"))}
    assert modes == {0o700, 0o600}


async def test_chats_share_a_file_that_went_with_several_and_take_no_name_twice(
    store: ConversationStore, tmp_path: Path
) -> None:
    chats = [
        await a_chat(store, "Plan", text_file("a.txt")),
        await a_chat(store, "PLAN", text_file("b.txt")),  # the same content
        await a_chat(store, "", text_file("a.txt", "others")),
        await a_chat(store, "../..", text_file("CON")),
    ]
    await write_with_files(store, [*chats, 999], tmp_path / "out")
    names = files_of(tmp_path / "out")
    assert [name for name in names if "/" not in name] == ["PLAN 2.md", "Plan.md", "chat 2.md", "chat.md"]
    assert len([name for name in names if name.startswith("assets/")]) == 3 - 1


async def test_two_files_whose_short_hashes_agree_are_told_apart(
    store: ConversationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exported_folder, "_HASH_DIGITS", 0)
    monkeypatch.setattr(exported_folder, "_MORE_DIGITS", 64)
    chat = await a_chat(store, "x", text_file("a.txt", "one"), text_file("A.txt", "two"))
    await write_with_files(store, [chat], tmp_path / "out")
    found = links((tmp_path / "out" / "chat.md").read_text(encoding="utf-8"))
    assert [(tmp_path / "out" / target).read_text() for _mark, target in found] == ["one", "two"]


async def test_as_a_zip_file_it_is_the_same_and_replaces_what_is_there(
    store: ConversationStore, tmp_path: Path
) -> None:
    chat = await a_chat(store, "Cats", picture("cat.png"))
    (tmp_path / "out.zip").write_bytes(b"old")
    await write_with_files(store, [chat], tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        document = archive.read("chat.md").decode()
        ((_mark, target),) = links(document)
        assert archive.read(target) == png(3, 2)
        assert archive.getinfo("chat.md").date_time[0] >= 2020


async def test_C8_nothing_is_left_of_one_that_is_not_finished_and_no_folder_is_written_into(
    store: ConversationStore, tmp_path: Path
) -> None:
    chat = await a_chat(store, "Cats", picture("cat.png"))
    out = tmp_path / "out"
    (out / "there").mkdir(parents=True)
    with pytest.raises(FileExistsError):
        await write_with_files(store, [chat], out / "there")

    def broken(_chat: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("new", "new.zip"):
        with pytest.raises(OSError, match="No space"):
            await write_with_files(store, [chat], out / name, broken)
    assert [path.name for path in out.iterdir()] == ["there"]


@given(st.text(max_size=300))
def test_B9_any_title_is_a_name_that_leads_nowhere(title: str) -> None:
    name = safe_name(title)
    assert not set(name) & set('/\\:*?"<>|\0\n%#[]()')
    assert not name.startswith((".", " ")) and not name.endswith((".", " "))
    assert len(f"{name} 9999.md".encode()) < 256


@pytest.mark.parametrize("name", ["con", "Lpt1.txt", "NUL"])
def test_names_of_devices_are_none(name: str) -> None:
    assert safe_name(name) == f"{name}_"


@pytest.mark.parametrize("name", ["out", "out.zip"])
async def test_C8_nothing_is_left_of_one_that_is_ended_while_its_files_are_written(
    store: ConversationStore, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = [await a_chat(store, f"Chat {number}", text_file("a.txt", str(number))) for number in range(2)]
    reached, go_on = threading.Event(), threading.Event()
    written = exported_folder.readable.markdown_with_files

    def slowly(*arguments: object) -> str:
        reached.set()
        assert go_on.wait(20)
        return written(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(exported_folder.readable, "markdown_with_files", slowly)
    before = sorted(tmp_path.iterdir())
    export = asyncio.create_task(write_with_files(store, chats, tmp_path / name))
    await asyncio.to_thread(reached.wait)
    export.cancel()
    await asyncio.sleep(0.05)  # what it does at once it has done
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await export
    await asyncio.get_running_loop().shutdown_default_executor()  # its thread is at rest
    assert sorted(tmp_path.iterdir()) == before


async def test_a_long_title_in_letters_of_four_bytes_is_cut_to_what_a_file_system_takes(
    store: ConversationStore, tmp_path: Path
) -> None:
    bold = "\U0001d5d7" * 70
    chats = [await a_chat(store, bold, text_file(f"{bold}.{bold}")) for _ in range(2)]
    await write_with_files(store, chats, tmp_path / "out")
    names = files_of(tmp_path / "out")
    assert len(names) == 3 and all(len(Path(name).name.encode()) <= 255 for name in names)
