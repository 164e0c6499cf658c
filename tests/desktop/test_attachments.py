"""Files in the window: chosen, dropped and pasted, beside the prompt, sent with it, and shown in the chat."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from app.desktop.controllers.picture_scaling import decoded, made_small
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.chat.picture_viewer import PictureViewer
from app.desktop.views.transcript.blocks.attachments import AttachmentsBlock
from app.services.attachments.attachment import NotAttachableError
from app.services.attachments.reading import attachment_of
from app.services.mock_server import MockServer
from tests.desktop.session_window import (
    BLIND,
    SEES,
    answered,
    arguments,
    asked,
    chips,
    named,
    note_buttons,
    open_session,
    press,
    ready,
    until,
)
from tests.fakes.pictures import png
from tests.fakes.raw_http import RawServer, answer

pytestmark = pytest.mark.anyio


def mime_of(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drop(session: Session, mime: QMimeData) -> None:
    pane = session.window.chat
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(pane.composer.edit.viewport(), enter)  # the field leaves it to the chat around it
    assert enter.isAccepted()
    assert session.window.chat.composer.edit.placeholderText() == "Drop to attach"
    QApplication.sendEvent(pane, QDropEvent(QPointF(100, 100), Qt.DropAction.CopyAction, mime, buttons, keys))
    assert session.window.chat.composer.edit.placeholderText() == "Message"


async def knows_models(session: Session) -> None:
    await until(lambda: session.engine.services.catalogue.find("lm_studio", SEES) is not None, what="the models")


async def test_files_are_chosen_and_go_with_the_prompt(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    code = tmp_path / "server.py"
    code.write_text("import os\nprint(os)\n", encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        press(qtbot, session.window, "Attach")
        await until(lambda: session.window.findChildren(QFileDialog))
        [dialog] = session.window.findChildren(QFileDialog)
        assert dialog.fileMode() is QFileDialog.FileMode.ExistingFiles
        field = dialog.findChild(QLineEdit)
        assert isinstance(field, QLineEdit)
        field.setText(str(code))
        QTest.keyClick(field, Qt.Key.Key_Return)
        [chip] = await ready(session, 1)
        assert chip.accessibleName() == "server.py, 2 lines, 12 tokens, inlined"
        assert chip.look.detail == "2 lines · ≈ 12 tokens · inlined"
        await until(lambda: chip.height() == 26)
        QTest.keyClicks(session.window.chat.composer.edit, "What is this?")
        press(qtbot, session.window, "Send")
        assert chips(session) == []
        await answered(session, 2)
        content = asked(simulator)[0]["messages"][-1]["content"]
        assert content == "File 'server.py':\n```\nimport os\nprint(os)\n```\n\nWhat is this?"
        shown = session.chat.transcript.message(0)
        assert shown is not None
        assert [(one.name, one.detail) for one in shown.attachments] == [("server.py", "2 lines · ≈ 12 tokens")]


async def test_files_of_a_draft_come_back_after_a_restart(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        drop(session, mime_of(tmp_path / "a.py"))
        await ready(session, 1)
    async with open_session(theme, home, *arguments()) as session:
        [chip] = await ready(session, 1)
        assert chip.look.name == "a.py"


async def test_a_file_alone_can_be_sent(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        assert not named(session.window, "Send").isEnabled()
        drop(session, mime_of(tmp_path / "a.py"))
        press(qtbot, session.window, "Send")  # while it is being read: it waits
        await answered(session, 2)
        assert asked(simulator)[0]["messages"][-1]["content"] == "File 'a.py':\n```\nx = 1\n```"


async def test_a_chip_is_removed_by_key_and_brought_back(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        QTest.keyClicks(session.window.chat.composer.edit, "typed before")
        drop(session, mime_of(tmp_path / "a.py", tmp_path / "b.py"))
        first, _second = await ready(session, 2)
        first.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(first, Qt.Key.Key_Delete)
        [left] = chips(session)
        assert left.look.name == "b.py"
        await until(lambda: session.window.chat.undo_bar.isVisible())
        edit = session.window.chat.composer.edit
        edit.setFocus()
        QTest.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert {chip.look.name for chip in await ready(session, 2)} == {"a.py", "b.py"}
        assert edit.toPlainText() == "typed before", "the newest act is taken back first"


async def test_a_removed_file_comes_back_into_the_chat_it_was_in(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1", encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        drop(session, mime_of(tmp_path / "a.py"))
        [chip] = await ready(session, 1)
        first = session.chat.conversation_id
        assert first is not None
        chip.remove_requested.emit(chip.look.key)
        await until(lambda: session.window.chat.undo_bar.isVisible())
        session.new_chat()
        session.undo()
        await until(lambda: not session.parts.attaching.controller.is_reading)
        assert chips(session) == []
        session.open_chat(first)
        await ready(session, 1)


async def test_a_long_paste_becomes_a_file_and_text_again_when_asked(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    text = "a line of the log\n" * 61
    async with open_session(theme, home, *arguments()) as session:
        edit = session.window.chat.composer.edit
        mime = QMimeData()
        mime.setText("short\n" * 10)
        edit.insertFromMimeData(mime)
        assert edit.toPlainText() == "short\n" * 10
        edit.clear()
        mime.setText(text)
        edit.insertFromMimeData(mime)
        assert edit.toPlainText() == ""
        [chip] = await ready(session, 1)
        assert chip.look.name == "pasted text.txt"
        chip.text_requested.emit(chip.look.key)
        await until(lambda: edit.toPlainText() == text)
        assert chips(session) == []


async def test_files_and_pictures_are_pasted(theme: Theme, home: Path, simulator: MockServer, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        edit = session.window.chat.composer.edit
        edit.insertFromMimeData(mime_of(tmp_path / "a.py"))
        mime = QMimeData()
        image = QImage(40, 30, QImage.Format.Format_RGB32)
        image.fill(QColor("red"))
        mime.setImageData(image)
        edit.insertFromMimeData(mime)
        found = await ready(session, 2)
        assert [chip.look.name for chip in found] == ["a.py", "pasted picture.png"]
        assert edit.toPlainText() == ""


def handed_in(kind: str, folder: Path, address: str) -> QMimeData:
    """What another program may drop or leave on the clipboard."""
    mime = QMimeData()
    match kind:
        case "an address":
            mime.setUrls([QUrl(f"{address}/canary.png")])
            mime.setText(f"{address}/canary.png")
        case "a page":
            mime.setHtml(f"<img src='{address}/canary.png'><script>x</script><b>bold</b> words")
            mime.setText("bold words")
        case "a page alone":
            mime.setHtml(f"<img src='{address}/canary.png'><style>@import url({address}/c.css)</style>words")
        case "lines":
            mime.setText("first line\nsecond line\n")
        case "a link of a chat":
            mime.setUrls([QUrl("aica://chat/" + "0f" * 16)])
            mime.setText("aica://chat/" + "0f" * 16)
        case "a program":
            program = folder / "run.desktop"
            program.write_text(f"[Desktop Entry]\nExec=touch {folder}/ran\nType=Application\n", encoding="utf-8")
            program.chmod(0o755)
            mime.setUrls([QUrl.fromLocalFile(str(program))])
        case "a script":
            script = folder / "run.sh"
            script.write_text(f"#!/bin/sh\ntouch {folder}/ran\n", encoding="utf-8")
            script.chmod(0o755)
            mime.setUrls([QUrl.fromLocalFile(str(script))])
        case "a share":
            mime.setUrls([QUrl("smb://127.0.0.1/share/x.png"), QUrl("ftp://127.0.0.1/x.png")])
    return mime


HANDED_IN = (
    *("an address", "a page", "a page alone", "lines", "a link of a chat"),
    *("a program", "a script", "a share"),
)


def hand_in(session: Session, mime: QMimeData, way: str) -> None:
    """By mouse onto the message field, and onto the chat around it where the field does not want it; or by keys."""
    edit = session.window.chat.composer.edit
    if way == "pasted":
        edit.insertFromMimeData(mime)
        return
    for kind, place in ((QDragEnterEvent, QPoint(5, 5)), (QDropEvent, QPointF(5, 5))):
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        made = kind(place, Qt.DropAction.CopyAction, mime, buttons, keys)
        for widget in (edit.viewport(), session.window.chat):
            QApplication.sendEvent(widget, made)
            if made.isAccepted():
                break


@pytest.mark.parametrize("way", ["dropped", "pasted"])
async def test_E13_what_is_dropped_or_pasted_is_neither_fetched_nor_run_nor_sent(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path, way: str
) -> None:
    async with RawServer(answer("never asked for")) as stranger, open_session(theme, home, *arguments()) as session:
        edit, texts = session.window.chat.composer.edit, dict[str, str]()
        for kind in HANDED_IN:
            hand_in(session, handed_in(kind, tmp_path, stranger.url), way)
            await until(lambda: not session.parts.attaching.controller.is_reading)
            texts[kind] = edit.toPlainText()
            assert session.chat.transcript.count == 0 and not session.chat.is_busy, kind
            edit.clear()
        await asyncio.sleep(0.2)  # what it does by itself it has begun by then
        assert len(chips(session)) == 2, "the program and the script, as files"
        assert texts["lines"].startswith("first line\nsecond line") and texts["a page"] == "bold words"
        assert not [kind for kind, text in texts.items() if "<" in text or "\ufffc" in text], "words, and no pictures"
        assert asked(simulator) == []
        assert stranger.connections == 0
        assert not (tmp_path / "ran").exists()


async def test_what_cannot_be_attached_says_why_and_is_not_sent(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04\x00\x00")
    (tmp_path / "bomb.png").write_bytes(png(30_000, 30_000))
    async with open_session(theme, home, *arguments()) as session:
        drop(session, mime_of(tmp_path / "a.zip", tmp_path / "bomb.png", tmp_path))
        found = await ready(session, 3)
        assert "ZIP archive" in found[0].accessibleName()
        assert "30,000 × 30,000" in found[1].accessibleName()
        assert "is a folder" in found[2].accessibleName()
        assert {chip.look.tone for chip in found} == {"error"}
        QTest.keyClicks(session.window.chat.composer.edit, "look")
        press(qtbot, session.window, "Send")
        assert asked(simulator) == []
        assert "ZIP archive" in session.window.chat.notice.text()
        press(qtbot, session.window, "Remove what cannot be sent")
        assert chips(session) == []
        press(qtbot, session.window, "Send")
        await answered(session, 2)


async def test_several_that_cannot_be_sent_are_counted_and_removed_and_brought_back_together(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "odd.zip").write_bytes(b"PK\x03\x04" + bytes(60))
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(png(30, 20))
    async with open_session(theme, home, *arguments(BLIND)) as session:
        await knows_models(session)
        notice, bar = session.window.chat.notice, session.window.chat.undo_bar
        drop(session, mime_of(*(tmp_path / name for name in ("a.png", "b.png", "c.png"))))
        await ready(session, 3)
        press(qtbot, session.window, "Send")
        assert notice.text().startswith("3 files cannot be sent: ")
        assert notice.text().endswith("Take the pictures out or choose a model with the mark.")
        assert note_buttons(session)[:2] == ["Choose another model", "Remove"]
        drop(session, mime_of(tmp_path / "odd.zip"))
        await ready(session, 4)
        press(qtbot, session.window, "Send")
        assert notice.text().startswith("4 files cannot be sent: “odd.zip” begins like a ZIP")
        await until(lambda: note_buttons(session)[:2] == ["Remove", "Choose another model"])  # it reads no archive
        press(qtbot, session.window, "Remove what cannot be sent")
        assert chips(session) == []
        await until(bar.isVisible)
        assert bar._label.text() == "4 files removed"
        session.undo()
        assert {chip.look.name for chip in await ready(session, 4)} == {"a.png", "b.png", "c.png", "odd.zip"}
        assert bar.newest_at == -1, "one act"


async def test_another_model_is_not_offered_for_a_file_that_nobody_could_read(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "odd.zip").write_bytes(b"PK\x03\x04" + bytes(60))
    async with open_session(theme, home, *arguments(BLIND)) as session:
        await knows_models(session)
        drop(session, mime_of(tmp_path / "odd.zip"))
        await ready(session, 1)
        press(qtbot, session.window, "Send")
        assert note_buttons(session)[:1] == ["Remove"]


async def test_a_picture_for_a_model_that_sees_none_stays_beside_the_prompt(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "shot.png").write_bytes(png(30, 20))
    async with open_session(theme, home, *arguments(BLIND)) as session:
        await knows_models(session)
        drop(session, mime_of(tmp_path / "shot.png"))
        [chip] = await ready(session, 1)
        await until(lambda: chip.look.tone == "error")
        assert chip.look.detail.endswith("cannot read pictures.")
        press(qtbot, session.window, "Send")
        assert session.window.chat.notice.text().endswith("Take the picture out or choose a model with the mark.")
        assert note_buttons(session)[:2] == ["Choose another model", "Remove"]
        assert session.chat.transcript.count == 0
        session.chat.choose_model("lm_studio", SEES)
        await until(lambda: chip.look.tone == "text3")
        press(qtbot, session.window, "Send")
        await answered(session, 2)
        [body] = asked(simulator)
        assert body["messages"][-1]["content"][0]["image_url"]["url"].startswith("data:image/png;base64,")


async def test_a_sent_picture_is_a_thumbnail_that_opens_by_keyboard(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "shot.png").write_bytes(png(640, 300))
    async with open_session(theme, home, *arguments()) as session:
        drop(session, mime_of(tmp_path / "shot.png"))
        await ready(session, 1)
        press(qtbot, session.window, "Send")
        await answered(session, 2)
        view = session.window.chat.transcript
        assert view is not None

        def block() -> AttachmentsBlock:
            return next(b for b in view.flow.document(0).flat if isinstance(b, AttachmentsBlock))

        await until(lambda: block().controls and block().controls[0].rects[0].size() == QSize(320, 150))
        number = view.flow.document(0).flat.index(block())
        view.setFocus(Qt.FocusReason.TabFocusReason)
        view.keyboard.go_to(0, number, block().controls[0])
        QTest.keyClick(view, Qt.Key.Key_Return)
        await until(lambda: session.window.findChildren(PictureViewer))
        [viewer] = session.window.findChildren(PictureViewer)
        assert viewer.isVisible()
        assert viewer.accessibleName() == "shot.png"
        QTest.keyClick(viewer, Qt.Key.Key_Escape)
        assert not viewer.isVisible()


async def test_editing_a_prompt_keeps_its_files_and_the_draft_its_own(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        drop(session, mime_of(tmp_path / "a.py"))
        await ready(session, 1)
        QTest.keyClicks(session.window.chat.composer.edit, "What?")
        press(qtbot, session.window, "Send")
        await answered(session, 2)
        drop(session, mime_of(tmp_path / "b.py"))
        await ready(session, 1)
        prompt = session.chat.transcript.message(0)
        assert prompt is not None
        session.parts._on_edit(prompt.message_id)
        await until(lambda: [chip.look.name for chip in chips(session)] == ["a.py"])
        press(qtbot, session.window, "Send")
        await until(lambda: len(asked(simulator)) == 2)
        await answered(session, 2)
        assert asked(simulator)[1] == asked(simulator)[0]
        assert [chip.look.name for chip in await ready(session, 1)] == ["b.py"]


async def queue_with_file(session: Session, file: Path) -> None:
    """A second prompt, with a file, behind a first one that is being answered."""
    edit = session.window.chat.composer.edit
    QTest.keyClicks(edit, "first")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    drop(session, mime_of(file))
    await ready(session, 1)
    QTest.keyClicks(edit, "second")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert chips(session) == []


async def test_files_wait_with_their_prompt_while_an_answer_runs(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    simulator.script.ttft = 0.5
    async with open_session(theme, home, *arguments()) as session:
        await queue_with_file(session, tmp_path / "a.py")
        await answered(session, 4)
        first, second = asked(simulator)
        assert "a.py" not in json.dumps(first)
        assert second["messages"][-1]["content"].startswith("File 'a.py':")


async def test_a_prompt_taken_out_of_the_queue_brings_its_files_back(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    simulator.script.ttft = 5.0
    async with open_session(theme, home, *arguments()) as session:
        await queue_with_file(session, tmp_path / "a.py")
        session.window.chat.queue.edit_requested.emit(0)
        assert [chip.look.name for chip in await ready(session, 1)] == ["a.py"]
        assert session.window.chat.composer.edit.toPlainText() == "second"


async def test_the_token_bar_counts_the_files(theme: Theme, home: Path, simulator: MockServer, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("word " * 780, encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        await knows_models(session)
        drop(session, mime_of(tmp_path / "a.txt"))
        await ready(session, 1)
        await until(lambda: session.parts.context.controller.use is not None)
        await until(
            lambda: {s.name: s.tokens for s in session.parts.context.controller.use.segments}.get("files", 0) > 990
        )


def test_a_large_picture_is_scaled_down_and_an_animation_becomes_its_first_frame() -> None:
    small = made_small(attachment_of("wide.png", png(4_000, 1_000)))
    found = decoded(small.data)
    assert found is not None
    assert (found.width(), found.height()) == (2_048, 512)
    kept = attachment_of("shot.png", png(30, 20))
    assert made_small(kept) is kept, "what fits is sent as it is"


def test_a_picture_that_is_none_is_refused_before_it_is_sent() -> None:
    with pytest.raises(NotAttachableError, match="damaged"):
        made_small(attachment_of("shot.png", png(30, 20)[:40]))
