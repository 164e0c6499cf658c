"""Several models side by side in the window: asked, stopped, voted on blind, kept, reopened, gone on with."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.desktop.controllers.compare_controller import CompareController
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.compare.pane import ComparePane
from app.desktop.views.ledger.difference_dialog import DifferenceDialog
from app.services.comparison.compared_answer import AnswerState
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, asked, laid_out, named, open_session, press, until
from tests.desktop.test_accessible_names import check_names, walk
from tests.desktop.test_belonging import _sockets

pytestmark = pytest.mark.anyio

CODER, THINKER, WRITER = "simulated/coder-7b", "simulated/thinker-4b", "simulated/writer-13b"
NAMES = ("coder 7b", "coder-7b", "thinker", "lm_studio", "lm studio", "tok/s", "simulated")
#: Slow enough that a test sees it being written.
SLOW = {"tokens_per_second": 20, "answer": "one two three four five six seven eight nine ten " * 8}


def controller_of(session: Session) -> CompareController:
    controller = session.parts.compare.controller
    assert isinstance(controller, CompareController)
    return controller


def open_compare(session: Session, *models: str) -> ComparePane:
    """The pane, with these models of the simulator chosen."""
    pane = session.parts.compare.open()
    assert isinstance(pane, ComparePane)
    for model in models:
        controller_of(session).add("lm_studio", model, model.rpartition("/")[2])
    return pane


async def begin(session: Session, *models: str, prompt: str = "Say it in Python.", blind: bool = False) -> ComparePane:
    """They are being asked."""
    pane = open_compare(session, *models)
    pane.setup.prompt.setPlainText(prompt)
    pane.setup.blind.setChecked(blind)
    QTest.keyClick(pane.setup.prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: controller_of(session).kept is not None, what="the columns are there")
    return pane


async def finished(session: Session) -> None:
    controller = controller_of(session)
    await until(lambda: controller.kept is not None and controller.kept.is_over and not controller.is_busy)


async def compared(session: Session, *, prompt: str = "Say it in Python.", blind: bool = False) -> ComparePane:
    """Two models have answered."""
    pane = await begin(session, CODER, THINKER, prompt=prompt, blind=blind)
    await finished(session)
    return pane


def shown_text(pane: ComparePane, position: int) -> str:
    """What stands in a column's transcript."""
    return pane.columns[position].transcript.model.text(0) or ""


def painted_text(pane: ComparePane, position: int) -> str:
    """What a column's transcript has laid out, block by block."""
    document = pane.columns[position].transcript.flow.document(0)
    return " ".join(block.plain(0, block.end_offset()) for block in document.flat if block.selectable)


def visible(root: QWidget, name: str) -> bool:
    return any(w.accessibleName() == name and w.isVisible() for w in root.findChildren(QWidget))


async def test_models_answer_side_by_side_with_their_figures(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "Use the csv module, it knows quotes."
    async with open_session(theme, home) as session:
        pane = await compared(session)
        for position, name in enumerate(("Simulated Coder 7B", "Simulated Thinker 4B")):
            column = pane.columns[position]
            assert column.name.text() == name and column.isVisible()
            assert shown_text(pane, position) == "Use the csv module, it knows quotes."
            assert painted_text(pane, position) == "Use the csv module, it knows quotes."
            assert "tok/s" in column.figures.accessibleDescription()
            assert "First token" in column.figures.accessibleDescription()
            assert "Memory – (Simulated: no model is in memory.)" in column.figures.accessibleDescription()
        assert not pane.columns[2].isVisible()
        bodies = asked(simulator)
        assert {body["model"] for body in bodies} == {CODER, THINKER}
        assert all(body["messages"][-1]["content"] == "Say it in Python." for body in bodies)
        check_names("compare", pane, least=8)


async def test_text_shows_while_it_is_written_and_one_can_be_stopped_alone(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.update(SLOW)
    async with open_session(theme, home) as session:
        pane = await begin(session, CODER, WRITER)
        await until(lambda: shown_text(pane, 0) and shown_text(pane, 1), what="both have begun")
        assert all(column.transcript.model.is_streaming(0) for column in pane.columns[:2])
        press(qtbot, pane, "Stop A")
        kept = controller_of(session).kept
        assert kept is not None
        await until(lambda: kept.answers[0].state is AnswerState.STOPPED, what="A is stopped")
        assert kept.answers[1].state is AnswerState.RUNNING
        press(qtbot, pane, "Stop all")
        await finished(session)
        assert kept.answers[1].state is AnswerState.STOPPED
        note = pane.columns[0].transcript.model.message(0)
        assert note is not None and note.note is not None and note.note.title == "Stopped."
        await until(lambda: not simulator.stats.streams_open, what="the server was told")


def spoken(root: QWidget) -> str:
    """Everything a screen reader can find, names, descriptions and values."""
    kinds = (QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Value, QAccessible.Text.Help)
    found = walk(QAccessible.queryAccessibleInterface(root))
    return " ".join(node.text(kind) for node in found for kind in kinds)


def seen(root: QWidget) -> str:
    """Texts and tooltips of everything that is shown, and the window's title."""
    parts = [root.window().windowTitle()]
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisible():
            parts += [widget.toolTip(), widget.statusTip(), widget.whatsThis(), widget.accessibleDescription()]
            parts += [str(widget.property(name) or "") for name in ("text", "plainText", "placeholderText")]
    return " ".join(parts)


def check_hidden(pane: ComparePane) -> None:
    for where in (spoken(pane), seen(pane)):
        for name in NAMES:
            assert name not in where.lower(), f"{name!r} is told: {where}"


async def test_blind_tells_no_name_anywhere_until_the_vote(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.update({"tokens_per_second": 60, "answer": "one two three four five six seven"})
    async with open_session(theme, home) as session:
        pane = await begin(session, CODER, THINKER, blind=True)
        controller, kept = controller_of(session), controller_of(session).kept
        assert kept is not None
        await until(lambda: any(one.text for one in kept.answers), what="one has begun")
        check_hidden(pane)
        assert [shown_text(pane, n) for n in (0, 1)] == ["", ""], "answers appear together"
        assert not visible(pane, "Stop A") and not visible(pane, "Add another model")
        await finished(session)
        check_hidden(pane)
        assert [shown_text(pane, n) for n in (0, 1)] == ["one two three four five six seven"] * 2
        for letter in "AB":
            press(qtbot, pane, f"Copy answer {letter}")
            assert QGuiApplication.clipboard().text() == "one two three four five six seven"
        menu = pane.columns[0].transcript.actions_.menu(0, 0)
        assert [action.text() for action in menu.actions()] == ["Copy", "Copy as Markdown"]
        menu.deleteLater()
        await until(lambda: controller.earlier, what="the list was read")
        assert controller.earlier[0].names == ()
        assert not visible(pane, "Export") and not visible(pane, "Compare texts")
        QTest.keyClick(pane.columns[0].transcript, Qt.Key.Key_B)
        await until(lambda: controller.votes, what="the vote is kept")
        assert "tok/s" in spoken(pane)
        assert {pane.columns[n].name.text() for n in (0, 1)} == {"Simulated Coder 7B", "Simulated Thinker 4B"}
        assert pane.vote_bar.said.text() == "You preferred B."
        assert pane.vote_bar.more.text() == "Names were hidden until your vote."


async def test_the_order_of_a_blind_comparison_is_not_that_of_choosing(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        firsts = set()
        for _ in range(24):  # that all begin alike happens once in eight million times
            await compared(session, blind=True)
            kept = controller_of(session).kept
            assert kept is not None
            firsts.add(kept.answers[0].model.model)
            controller_of(session).clear()
            controller_of(session).contenders = []
            if len(firsts) == 2:
                break
        assert firsts == {CODER, THINKER}


async def test_votes_are_given_and_taken_back_by_keys_and_buttons(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        pane = await compared(session)
        controller, bar = controller_of(session), pane.vote_bar
        for key, vote, said in (
            (Qt.Key.Key_A, "A", "You preferred A."),
            (Qt.Key.Key_T, "tie", "A tie."),
            (Qt.Key.Key_X, "bad", "Both bad."),
        ):
            QTest.keyClick(pane.columns[1].transcript, key)
            await until(lambda v=vote: controller.kept is not None and controller.kept.vote == v)
            assert bar.said.text() == said
            press(qtbot, pane, "Undo vote")
            await until(lambda: controller.kept is not None and controller.kept.vote is None)
            await until(lambda: bar.votes["A"].isVisible(), what="the vote can be given again")
        QTest.keyClick(pane.columns[1].transcript, Qt.Key.Key_C)
        assert controller.kept is not None and controller.kept.vote is None, "there is no C"
        press(qtbot, pane, "B is better")
        await until(lambda: controller.votes, what="it is counted")
        assert bar.tally.text() == "Your votes on code: Simulated Thinker 4B 1, Simulated Coder 7B 0, ties 0"
        assert pane.columns[1].choice.text() == "Your choice"


async def test_a_chat_goes_on_with_the_better_answer(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "Use csv."
    async with open_session(theme, home) as session:
        pane = await compared(session, prompt="How are quoted commas read?")
        QTest.keyClick(pane.columns[0].transcript, Qt.Key.Key_B)
        await until(lambda: visible(pane, "Continue with B") and pane.vote_bar.go_on.isVisible())
        pane.vote_bar.go_on.click()
        await until(lambda: session.chat.transcript.count == 2, what="the chat is open")
        assert session.window.panes.currentWidget() is session.window.chat
        prompt, answer = (session.chat.transcript.message(n) for n in (0, 1))
        assert prompt is not None and prompt.text == "How are quoted commas read?"
        assert answer is not None and answer.text == "Use csv." and answer.name == "Simulated Thinker 4B"
        assert answer.status == "complete"
        session.chat.send("And with semicolons?")
        await answered(session, 4)
        assert asked(simulator)[-1]["model"] == THINKER
        assert [m["content"] for m in asked(simulator)[-1]["messages"]][-3:] == [
            "How are quoted commas read?",
            "Use csv.",
            "And with semicolons?",
        ]


async def test_a_comparison_is_there_after_the_window_was_closed_and_can_be_deleted(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "kept words"
    async with open_session(theme, home) as session:
        pane = await compared(session, prompt="Which words stay?")
        QTest.keyClick(pane.columns[0].transcript, Qt.Key.Key_A)
        await until(lambda: controller_of(session).votes)
    async with open_session(theme, home) as again:
        pane = open_compare(again)
        rows = pane.setup.list
        await until(rows.count, what="the list")
        assert "Which words stay?" in rows.item(0).text() and "Simulated Coder 7B" in rows.item(0).text()
        rows.setCurrentRow(0)
        press(qtbot, pane, "Open")
        await until(lambda: controller_of(again).kept is not None)
        assert [painted_text(pane, n) for n in (0, 1)] == ["kept words"] * 2
        assert pane.vote_bar.said.text() == "You preferred A."
        press(qtbot, pane, "New comparison")
        assert pane.setup.prompt.toPlainText() == "Which words stay?"
        await until(rows.count)
        rows.setCurrentRow(0)
        QTest.keyClick(rows, Qt.Key.Key_Delete)
        await until(lambda: not rows.count() and pane.undo_bar.isVisible())
        again.undo()
        await until(lambda: rows.count() == 1, what="it is back")


async def test_C6_what_was_read_is_there_after_a_kill(
    theme: Theme, home: Path, tmp_path: Path, simulator: MockServer
) -> None:
    simulator.script.update(SLOW)
    killed = tmp_path / "killed"
    async with open_session(theme, home) as session:
        pane = await begin(session, CODER, WRITER)
        await until(lambda: len(shown_text(pane, 0)) > 30)
        before = shown_text(pane, 0)[:20]
        store = session.engine.store

        async def journaled() -> str:
            found = await session.engine.run(
                store.read(lambda db: db.execute("SELECT text FROM compared_piece ORDER BY sequence").fetchall())
            )
            return "".join(text for (text,) in found)

        async with asyncio.timeout(10):
            while before not in await journaled():
                await asyncio.sleep(0.01)
        shutil.copytree(home, killed, ignore=_sockets)  # what a kill leaves
        controller_of(session).stop()
        await finished(session)
    shutil.rmtree(killed / "data" / "running", ignore_errors=True)  # its lock was this very process's
    async with open_session(theme, killed) as again:
        pane = open_compare(again)
        await until(lambda: controller_of(again).earlier)
        controller_of(again).open(controller_of(again).earlier[0].uid)
        await until(lambda: controller_of(again).kept is not None)
        kept = controller_of(again).kept
        assert kept is not None
        assert [one.state for one in kept.answers] == [AnswerState.INTERRUPTED] * 2
        assert shown_text(pane, 0).startswith(before)
        row = pane.columns[0].transcript.model.message(0)
        assert row is not None and row.note is not None and row.note.title == "Interrupted"


async def test_answers_that_run_when_the_window_closes_are_kept(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.update(SLOW)
    async with open_session(theme, home) as session:
        pane = await begin(session, CODER, WRITER)
        await until(lambda: shown_text(pane, 0))
        before = shown_text(pane, 0)
    async with open_session(theme, home) as again:
        pane = open_compare(again)
        await until(lambda: controller_of(again).earlier)
        controller_of(again).open(controller_of(again).earlier[0].uid)
        await until(lambda: controller_of(again).kept is not None)
        kept = controller_of(again).kept
        assert kept is not None and kept.answers[0].state is AnswerState.STOPPED
        assert shown_text(pane, 0).startswith(before)


async def test_a_failure_is_told_in_its_column_and_the_answer_can_be_asked_again(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.update({"fault": "bad_request", "fault_times": 1, "answer": "at last"})
    async with open_session(theme, home) as session:
        pane = await compared(session)
        kept = controller_of(session).kept
        assert kept is not None
        position = next(n for n, one in enumerate(kept.answers) if one.state is AnswerState.FAILED)
        assert shown_text(pane, 1 - position) == "at last"
        row = pane.columns[position].transcript.model.message(0)
        assert row is not None and row.note is not None and row.note.title
        assert [action.label for action in row.note.actions] == ["Ask again"]
        pane.columns[position].transcript.note_action.emit(position, "again")
        await until(lambda: shown_text(pane, position) == "at last", what="it answered")
        await finished(session)
        assert shown_text(pane, 1 - position) == "at last"


async def test_a_server_that_is_down_is_told_in_its_column_with_what_to_do(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        pane = open_compare(session, CODER)
        controller_of(session).add("ollama", "missing", "Missing")
        pane.setup.prompt.setPlainText("hi")
        pane.start_button.click()
        await finished(session)
        assert shown_text(pane, 0), "the other one answered"
        row = pane.columns[1].transcript.model.message(0)
        assert row is not None and row.note is not None and row.note.level == "error"
        assert row.note.title == "Ollama is not running."
        assert [action.label for action in row.note.actions] == ["Test connection", "Ask again"]
        pane.columns[1].transcript.note_action.emit(1, "address")
        assert session.parts.panes.settings_open


async def test_another_model_is_added_to_a_finished_comparison(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        pane = await compared(session)
        press(qtbot, pane, "Add another model")
        picker = session.parts.compare._picker
        await until(picker.isVisible)
        picker.filter.setText("writer")
        picker.filter.textEdited.emit("writer")
        QTest.keyClick(picker.filter, Qt.Key.Key_Return)
        await until(lambda: pane.columns[2].isVisible(), what="its column")
        await finished(session)
        assert pane.columns[2].name.text() == "Simulated Writer 13B" and shown_text(pane, 2)
        assert len(asked(simulator)) == 3


async def test_models_are_marked_in_the_chat_s_picker(theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: len(session.parts.models.rows()) > 3)
        session.parts.open_picker()
        picker = session.parts.picker
        for name in ("coder", "thinker", "writer", "writer"):
            picker.filter.setText(name)
            picker.filter.textEdited.emit(name)
            QTest.keyClick(picker.filter, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert picker.isVisible()
        QTest.keyClick(picker.filter, Qt.Key.Key_Escape)
        pane = session.parts.compare.pane
        assert pane is not None and session.window.panes.currentWidget() is pane
        names = [one.name for one in controller_of(session).contenders]
        assert names == ["Simulated Coder 7B", "Simulated Thinker 4B"], "marked twice is not marked"
        assert named(pane, "Remove Simulated Coder 7B, 1").isVisible()


async def test_the_prompt_of_a_chat_s_answer_is_taken_over(theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home, "--provider", "lm_studio", "--model", CODER) as session:
        session.chat.send("What is a monad?")
        await answered(session, 2)
        menu = session.window.chat.transcript.actions_.menu(1, 0)
        next(one for one in menu.actions() if one.text() == "Compare with other models…").trigger()
        menu.deleteLater()
        await until(lambda: session.parts.compare.pane is not None and session.parts.compare.pane.isVisible())
        pane = session.parts.compare.pane
        await until(lambda: pane.setup.prompt.toPlainText() == "What is a monad?")
        assert [one.model for one in controller_of(session).contenders] == [CODER]
        assert pane.told.text() == "Add two models or more." and not pane.start_button.isEnabled()


async def test_texts_are_compared_and_the_whole_is_exported(
    qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_session(theme, home) as session:
        pane = await compared(session)
        press(qtbot, pane, "Compare texts")
        await until(lambda: [d for d in session.window.findChildren(DifferenceDialog) if d.isVisible()])
        dialog = session.window.findChildren(DifferenceDialog)[0]
        assert dialog.versions() == (0, 1)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        for name in ("c.md", "c.json"):

            async def choose(*_arguments: object, chosen: Path = tmp_path / name) -> Path:
                return chosen

            monkeypatch.setattr("app.desktop.compared_texts.choose_save_file", choose)
            press(qtbot, pane, "Export")
            await until((tmp_path / name).exists)
        text = (tmp_path / "c.md").read_text(encoding="utf-8")
        assert "Say it in Python." in text and "## A: Simulated Coder 7B" in text and "tok/s" in text
        value = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
        assert [one["letter"] for one in value["answers"]] == ["A", "B"]


async def test_without_models_or_prompt_it_says_what_is_missing(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        pane = open_compare(session)
        await until(lambda: pane.told.text() == "Add two models or more.")
        controller_of(session).add("lm_studio", CODER, "Coder")
        controller_of(session).add("lm_studio", THINKER, "Thinker")
        assert pane.told.text() == "Write a prompt."
        pane.setup.prompt.setPlainText("hi")
        assert pane.told.text() == "" and pane.start_button.isEnabled()
        session.parts.shortcuts.run("settings")
        session.parts.shortcuts.run("compare")
        assert session.window.panes.currentWidget() is pane
        QTest.keyClick(session.window, Qt.Key.Key_Escape)
        assert session.window.panes.currentWidget() is session.window.chat


async def test_a_vote_leaves_the_reader_s_place_and_answers_that_appear_are_read_from_the_top(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.update({"answer": "a line\n\n" * 200, "tokens_per_second": 0})
    async with open_session(theme, home) as session:
        pane = await compared(session, blind=True)
        view, bar = pane.columns[0].transcript, pane.columns[0].transcript.verticalScrollBar()
        await until(lambda: bar.maximum() > 0, what="it is long")
        assert bar.value() == 0
        controller_of(session).reveal()
        await until(lambda: pane.columns[0].figures.isVisible(), what="names are shown")
        view.scroll_by(300)
        before = bar.value()
        assert before > 0
        QTest.keyClick(view, Qt.Key.Key_A)
        await until(lambda: controller_of(session).votes)
        assert bar.value() == before


async def test_a_low_window_leaves_the_room_to_the_answers(theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home, width=720) as session:
        pane = await compared(session)
        figures = pane.columns[0].figures
        high = figures.height()
        session.window.resize(720, 450)
        await until(lambda: figures.height() < high, what="fewer lines")
        await until(lambda: figures.height() == theme.px(26) * 3)
        assert "Cost free" in figures.toolTip() and "Cost free" in figures.accessibleDescription()
        session.window.resize(720, 800)
        await until(lambda: figures.height() == high and not figures.toolTip())


async def test_a_narrow_window_scrolls_the_columns_sideways(theme: Theme, home: Path, simulator: MockServer) -> None:
    simulator.script.answer = "words without code"
    async with open_session(theme, home, width=560) as session:
        pane = await compared(session)
        await laid_out(session)
        assert session.window.width() == 560
        first, second = pane.columns[:2]
        assert first.width() >= theme.px(320) and second.x() + second.width() > pane.width()
        first.transcript.setFocus()
        QTest.keyClick(first.transcript, Qt.Key.Key_Right)
        assert second.transcript.hasFocus()
        left = second.mapTo(pane, second.rect().topLeft()).x()
        assert left >= 0 and left + second.width() <= pane.width() + 1, "it was brought into view"
