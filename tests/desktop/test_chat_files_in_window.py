"""Export and import in the window: real store, real files, told where they were asked for."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from app.desktop.models.conversation_list_model import Role
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.attachments.attachment import Attachment
from app.services.conversations import attached, folders
from app.services.conversations.exporting import write_file
from app.services.conversations.store import ConversationStore
from tests.desktop.session_window import (
    named,
    notice_text,
    open_session,
    open_tab,
    press,
    row_menu,
    store_chat,
    take,
    until,
)

pytestmark = pytest.mark.anyio


async def dialog_of(session: Session) -> QFileDialog:
    await until(lambda: session.window.findChildren(QFileDialog), what="the dialog")
    return session.window.findChildren(QFileDialog)[0]


async def choose(session: Session, *paths: Path, of: str = "") -> None:
    """Name files in the dialog that asks for them; `of`: a word of the format."""
    dialog = await dialog_of(session)
    if of:
        choose_format(dialog, of)
    if paths:
        dialog.setDirectory(str(paths[0].parent))
        names = [path.name for path in paths]
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(line, QLineEdit)
        line.setText(" ".join(f'"{name}"' for name in names) if len(names) > 1 else names[0])
    dialog.accept()
    await until(lambda: not session.window.findChildren(QFileDialog), what="the dialog goes")


def choose_format(dialog: QFileDialog, of: str) -> None:
    """As a person does in the list of formats."""
    formats = dialog.findChild(QComboBox, "fileTypeCombo")
    assert isinstance(formats, QComboBox)
    place = next(i for i in range(formats.count()) if of in formats.itemText(i))
    formats.setCurrentIndex(place)
    formats.activated.emit(place)
    formats.textActivated.emit(formats.itemText(place))


def titles(session: Session) -> list[str]:
    model = session.window.sidebar.list.model()
    indexes = [model.index(i, 0) for i in range(model.rowCount())]
    return [index.data() for index in indexes if index.data(Role.KIND) == "chat"]


@pytest.mark.parametrize(
    ("of", "ending", "holds"),
    [
        ("Markdown", "md", "# Refunds"),
        ("JSON", "json", '"title": "Refunds"'),
        ("HTML", "html", "<h1>Refunds</h1>"),
        ("Plain text", "txt", "How to retry?"),
    ],
)
async def test_a_chat_is_exported_from_the_list_in_each_format(
    theme: Theme, home: Path, tmp_path: Path, of: str, ending: str, holds: str
) -> None:
    await store_chat(home, "Refunds", [("user", "How to retry?"), ("assistant", "Wait first.")])
    async with open_session(theme, home) as session:
        take(row_menu(session, "Refunds"), "Export…")
        dialog = await dialog_of(session)
        assert Path(dialog.selectedFiles()[0]).name == "Refunds.md", "a name is proposed"
        await choose(session, tmp_path / f"out.{ending}", of=of)
        await until(lambda: "1 chat exported to" in notice_text(session))
        assert holds in (tmp_path / f"out.{ending}").read_text(encoding="utf-8")


async def test_the_open_chat_is_exported_from_its_own_menu_and_the_ending_follows_the_format(
    theme: Theme, home: Path, tmp_path: Path
) -> None:
    chat = await store_chat(home, "Refunds", [("user", "How to retry?"), ("assistant", "Wait first.")])
    async with open_session(theme, home) as session:
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        session.window.chat.header.menu_button.click()
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        take(menu, "Export…")
        dialog = await dialog_of(session)
        choose_format(dialog, "JSON")
        assert Path(dialog.selectedFiles()[0]).name == "Refunds.json"
        await choose(session, tmp_path / "bare", of="JSON")
        await until(lambda: (tmp_path / "bare.json").exists())
        assert json.loads((tmp_path / "bare.json").read_text())["format"] == "ai-coder-assistant/conversations"


async def test_a_chat_with_files_is_exported_with_them_and_plain_markdown_says_what_it_leaves_out(
    theme: Theme, home: Path, tmp_path: Path
) -> None:
    chat = await store_chat(home, "Refunds", [("user", "How to retry?")])
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    (message,) = await store.messages(chat)
    note = Attachment("note.txt", "text", "text/plain", b"words", "File 'note.txt':\n```\nwords\n```")
    await store.write(attached.add, chat, note, message.id)
    await store.aclose()
    async with open_session(theme, home) as session:
        take(row_menu(session, "Refunds"), "Export…")
        await choose(session, tmp_path / "plain.md", of="Markdown")
        await until(lambda: "Attached files are named only" in notice_text(session))
        take(row_menu(session, "Refunds"), "Export…")
        await choose(session, tmp_path / "whole", of="Markdown with the attached files")
        await until(lambda: notice_text(session).strip() == f"1 chat exported to {tmp_path / 'whole.zip'}")
    with zipfile.ZipFile(tmp_path / "whole.zip") as archive:
        assert archive.namelist() == [f"assets/{note.hash[:8]}-note.txt", "chat.md"]


async def test_a_place_that_cannot_be_written_is_told_with_what_to_do(theme: Theme, home: Path, tmp_path: Path) -> None:
    await store_chat(home, "Refunds", [("user", "How to retry?")])
    async with open_session(theme, home) as session:
        session.parts.chat_files._ready().export([1], tmp_path / "nowhere" / "out.md", "markdown")
        await until(lambda: "could not be written" in notice_text(session))
        assert "Choose another place." in notice_text(session)


async def exported(tmp_path: Path, count: int) -> Path:
    """A file of this program with so many chats of another home."""
    other = tmp_path / "other"
    for number in range(count):
        await store_chat(other, f"Chat {number}", [("user", f"Question {number}"), ("assistant", "Answer")])
    store = ConversationStore(user_paths(other).store_file)
    await store.open()
    await write_file(store, [chat.id for chat in await store.conversations()], "json", tmp_path / "chats.json")
    await store.aclose()
    return tmp_path / "chats.json"


async def test_chats_are_imported_told_and_taken_back_as_one_act(
    qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path
) -> None:
    file = await exported(tmp_path, 3)
    await store_chat(home, "Chat 1", [("user", "Question 1"), ("assistant", "Answer")])  # the same content
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        section = pane.page("General").chat_files
        press(qtbot, session.window, "Import chats…")
        await choose(session, file)
        await until(lambda: section.result.text() == "2 chats imported, 1 was already here.")
        await until(lambda: sorted(titles(session)) == ["Chat 0", "Chat 1", "Chat 2"])
        session.parts.shortcuts.run("undo")
        await until(lambda: titles(session) == ["Chat 1"], what="the import is taken back")
        found = await session.engine.run(session.engine.store.conversations())
        assert len(found) == 1, "they are in the trash"
        session.parts.shortcuts.run("undo")
        assert titles(session) == ["Chat 1"], "nothing further is undone"


async def test_an_import_that_is_taken_back_or_stopped_leaves_no_folder_that_it_made(
    theme: Theme, home: Path, tmp_path: Path
) -> None:
    message = {"number": 1, "role": "user", "text": "hi"}
    chats = [{"title": f"Chat {n}", "folder": f"Folder {n}", "messages": [message]} for n in range(40)]
    file = tmp_path / "chats.json"
    file.write_text(json.dumps({"format": "ai-coder-assistant/conversations", "version": 3, "conversations": chats}))

    async with open_session(theme, home) as session:

        async def folder_names() -> list[str]:
            return [one.name for one in await session.engine.run(session.engine.store.read(folders.list_folders))]

        controller = session.parts.chat_files._ready()
        controller.import_files([file])
        await until(lambda: len([one for one in titles(session) if one.startswith("Chat ")]) == 40)
        assert len(await folder_names()) == 40
        session.parts.shortcuts.run("undo")
        await until(lambda: not titles(session), what="the import is taken back")
        await until(lambda: not session._tasks.running, what="all of it")
        assert await folder_names() == []

        controller.progressed.connect(lambda _text, done, _total: controller.cancel() if done == 5 else None)
        told: list[str] = []
        controller.finished.connect(lambda outcome: told.append(outcome.text))
        controller.import_files([file])
        await until(lambda: told)
        assert told == ["Stopped. What was imported until then is in the trash."]
        assert await folder_names() == []


async def test_chats_of_other_programs_are_imported_together(
    qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path
) -> None:
    for number in (1, 2):
        message = {"versions": [{"type": "singleStep", "role": "user", "content": [{"type": "text", "text": "hi"}]}]}
        text = json.dumps({"name": f"Talk {number}", "createdAt": 1_700_000_000_000 + number, "messages": [message]})
        (tmp_path / f"{number}.conversation.json").write_text(text)
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        press(qtbot, session.window, "Import chats…")
        await choose(session, tmp_path / "1.conversation.json", tmp_path / "2.conversation.json")
        section = pane.page("General").chat_files
        await until(lambda: section.result.text() == "2 chats imported.")
        await until(lambda: sorted(titles(session)) == ["Talk 1", "Talk 2"])


async def test_a_file_without_chats_is_refused_at_the_place(
    qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "strange.json").write_text('{"recipes": []}')
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        press(qtbot, session.window, "Import chats…")
        await choose(session, tmp_path / "strange.json")
        section = pane.page("General").chat_files
        await until(lambda: section.result.isVisible())
        assert "strange.json was not imported: it is no export of this program" in section.result.text()
        assert section.import_button.isEnabled() and section.result.property("tone") == "error"


@pytest.mark.parametrize("what", ["import", "export"])
async def test_what_is_stopped_leaves_no_file_and_no_chat_but_in_the_trash(
    qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path, what: str
) -> None:
    file = await exported(tmp_path, 60)
    if what == "export":
        store = ConversationStore(user_paths(home).store_file)
        await store.open()
        from app.services.conversations.import_files import ImportFiles
        from app.services.conversations.importing import import_chats

        files = ImportFiles()
        files.add(file)
        await import_chats(store, files)
        await store.aclose()
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        section = pane.page("General").chat_files
        seen: list[tuple[int, int]] = []
        controller = session.parts.chat_files._ready()

        def stop_midway(_text: str, done: int, total: int) -> None:
            seen.append((done, total))
            if done == 5:
                press(qtbot, session.window, "Stop the export or import")

        controller.progressed.connect(stop_midway)
        run: dict[str, Callable[[], None]] = {
            "import": lambda: controller.import_files([file]),
            "export": lambda: controller.export(None, tmp_path / "out.json", "json"),
        }
        session.parts.chat_files._asked_in_settings = True
        run[what]()
        await until(lambda: section.result.isVisible() and section.result.text().startswith("Stopped."))
        if what == "import":
            assert section.result.text() == "Stopped. What was imported until then is in the trash."
            assert await session.engine.run(session.engine.store.trash())
        assert (5, 60) in seen
        assert not (tmp_path / "out.json").exists()
        await until(lambda: not list(tmp_path.glob(".out*")), what="the unfinished file goes, behind the word")
        left = await session.engine.run(session.engine.store.conversations())
        assert len(left) == (0 if what == "import" else 60)
        everything = "SELECT count(*) FROM conversation"
        stored = await session.engine.run(session.engine.store.read(lambda db: db.execute(everything).fetchone()[0]))
        assert what == "export" or 5 <= stored < 60, "it did not go on to the end"
        assert named(session.window, "Import chats…").isEnabled()


async def test_all_chats_are_exported_from_settings_and_come_back_the_same(
    qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path
) -> None:
    await store_chat(home, "One", [("user", "1")])
    await store_chat(home, "Two", [("user", "2"), ("assistant", "two")])
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        press(qtbot, session.window, "Export all chats…")
        dialog = await dialog_of(session)
        assert Path(dialog.selectedFiles()[0]).name.startswith("chats-2")
        await choose(session, tmp_path / "all.json")
        section = pane.page("General").chat_files
        await until(lambda: section.result.text() == f"2 chats exported to {tmp_path / 'all.json'}")
    async with open_session(theme, tmp_path / "second") as session:
        session.parts.chat_files._ready().import_files([tmp_path / "all.json"])
        await until(lambda: sorted(titles(session)) == ["One", "Two"])
        controller = session.parts.chat_files._ready()
        controller.export(None, tmp_path / "again.json", "json")
        await until(lambda: (tmp_path / "again.json").exists() and not controller.is_busy)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "all.json").read_bytes()


async def test_a_fault_of_ours_leaves_no_progress_that_never_ends(
    qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await exported(tmp_path, 1)

    def broken(*_given: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("app.services.conversations.import_files.ImportFiles.add", broken)
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        section = pane.page("General").chat_files
        press(qtbot, session.window, "Import chats…")
        await choose(session, file)
        await until(lambda: section.result.text() == "It broke off. The log has the details.")
        assert section.import_button.isEnabled() and not section.cancel_button.isVisible()


async def test_chats_are_imported_and_all_exported_by_command_where_the_progress_is_shown(
    theme: Theme, home: Path, tmp_path: Path
) -> None:
    file = await exported(tmp_path, 2)
    async with open_session(theme, home) as session:
        session.parts.shortcuts.run("import_chats")
        await choose(session, file)
        await until(lambda: sorted(titles(session)) == ["Chat 0", "Chat 1"], what="the chats are there")
        assert session.parts.panes.settings_open
        session.parts.shortcuts.run("export_all")
        await choose(session, tmp_path / "all.json")
        await until((tmp_path / "all.json").is_file, what="the file is written")
