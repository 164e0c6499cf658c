"""The windows about one answer: its request, and what differs between two versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QPlainTextEdit
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.ledger.dialog import MOST_SHOWN, LedgerDialog, shown
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, named, open_session, press, until
from tests.desktop.test_accessible_names import check_names
from tests.desktop.test_token_bar import TWIN

pytestmark = pytest.mark.anyio


def command(session: Session, name: str, position: int = -1) -> None:
    """A command of an answer's own menu."""
    view = session.window.chat.transcript
    index = position % session.chat.transcript.count
    menu = view.actions_.menu(index, 0)
    texts = {
        "other_model": "Regenerate with another model…",
        "request": "Show the request…",
        "compare": "Compare versions…",
    }
    action = next(one for one in menu.actions() if one.text() == texts[name])
    assert action.isEnabled(), f"{name} is switched off"
    action.trigger()
    menu.deleteLater()


async def dialog_of(session: Session) -> LedgerDialog:
    def dialogs() -> list[LedgerDialog]:
        return [d for d in session.window.findChildren(LedgerDialog) if d.isVisible()]

    await until(dialogs, what="the window is there")
    return dialogs()[0]


async def say(session: Session, simulator: MockServer, text: str, answer: str) -> None:
    simulator.script.answer = answer
    count = session.chat.transcript.count
    session.chat.send(text)
    await answered(session, count + 2)


async def test_the_request_shows_all_that_went_out_and_copies_it(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await say(session, simulator, "first \u202eprompt", "first answer")
        await say(session, simulator, "second", "another")
        command(session, "request")
        dialog = await dialog_of(session)
        check_names("request", dialog, least=4)
        text = dialog.findChild(QPlainTextEdit)
        assert text is not None
        assert text.toPlainText() == "user\nfirst [U+202E]prompt\n\nassistant\nfirst answer\n\nuser\nsecond"
        press(qtbot, dialog, "Copy as curl")
        copied = QGuiApplication.clipboard().text()
        assert copied.startswith("curl -N http://127.0.0.1:") and "first \\u202eprompt" in copied
        press(qtbot, dialog, "Copy as Python")
        assert "urllib.request" in QGuiApplication.clipboard().text()
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        await until(lambda: not session.window.findChildren(LedgerDialog), what="it goes when it is closed")


async def test_versions_are_compared_and_others_can_be_chosen(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await say(session, simulator, "which one?", "Use a list here.")
        for answer in ("Use a tuple here.", "Use a list here."):
            simulator.script.answer = answer
            shown_id = session.chat.transcript.message(1)
            assert shown_id is not None
            before = shown_id.message_id
            session.chat.regenerate(before)
            await until(
                lambda b=before: (m := session.chat.transcript.message(1)) is not None and m.message_id != b,
                what="another version",
            )
            await answered(session, 2)
        command(session, "compare")
        dialog = await dialog_of(session)
        check_names("compare", dialog, least=4)
        text = named(dialog, "Differences")
        assert isinstance(text, QPlainTextEdit)
        assert text.toPlainText() == "Use a tuplelist here."
        cursor = text.textCursor()
        cursor.setPosition(len("Use a tu"))
        assert cursor.charFormat().fontStrikeOut(), "not by colour alone"
        first = named(dialog, "First version")
        assert isinstance(first, QComboBox) and first.count() == 3
        first.setCurrentIndex(0)
        first.activated.emit(0)
        await until(lambda: text.toPlainText() == "Use a list here.")


async def test_an_answer_is_asked_again_of_another_model(theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home) as session:
        await say(session, simulator, "who are you?", "me")
        command(session, "other_model")
        picker = session.parts.picker
        await until(picker.isVisible)
        picker.chosen.emit("lm_studio", TWIN)
        picker.close()
        await until(lambda: (m := session.chat.transcript.message(1)) is not None and m.version == (2, 2))
        await answered(session, 2)
        asked: list[dict[str, Any]] = [r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
        assert asked[-1]["model"] == TWIN and len(asked) == 2


async def test_a_picker_that_is_closed_asks_nobody(theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home) as session:
        await say(session, simulator, "who are you?", "me")
        command(session, "other_model")
        picker = session.parts.picker
        await until(picker.isVisible)
        picker.close()
        await until(lambda: not picker.isVisible())
        await until(lambda: session.parts.ledger._for_other_model is None)
        picker.chosen.emit("lm_studio", TWIN)  # chosen later, for the next message
        session.chat.send("again")
        await answered(session, 4)
        assert (m := session.chat.transcript.message(1)) is not None and m.version == (1, 1)


async def test_an_imported_answer_says_that_its_request_is_unknown(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        store = session.engine.store
        chat = await session.engine.run(store.create_conversation())
        await session.engine.run(store.import_messages(chat, [("user", "hello"), ("assistant", "hi")]))
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 2)
        command(session, "request")
        await until(lambda: "not known" in session.window.chat.notice.text())


def test_a_huge_text_is_cut_before_it_is_laid_out() -> None:
    assert len(shown("x" * 5_000_000)) < MOST_SHOWN + 100
    assert shown("a\x1b[31mb\u202ec") == "a␛[31mb[U+202E]c"
