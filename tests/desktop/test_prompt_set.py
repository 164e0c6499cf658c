"""Every prompt of a file asked of several models in the Compare pane: followed, stopped, summed up, exported."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.controllers.prompt_set_controller import PromptSetController
from app.desktop.models.prompt_set_facts import SetColumn
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.compare.prompt_set_page import PromptSetPage
from app.services.comparison.keeper import ComparisonKeeper
from app.services.mock_server import MockServer
from tests.desktop.session_window import open_session, press, until
from tests.desktop.test_accessible_names import check_names
from tests.desktop.test_chat_files_in_window import choose as choose_file
from tests.desktop.test_compare import CODER, SLOW, THINKER, controller_of, open_compare

pytestmark = pytest.mark.anyio


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    lines = ['"Say one."', '{"prompt": "Say two.", "id": "second"}', '{"prompt": "Say three.", "system": "Short."}']
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


async def choose(session: Session, qtbot: QtBot, file: Path) -> None:
    """Through the dialog for files, as a person does."""
    pane = session.parts.compare.pane
    press(qtbot, pane, "Prompts from a file…")
    await choose_file(session, file)


def asked_in(session: Session) -> tuple[PromptSetController, PromptSetPage]:
    wiring = session.parts.compare.prompt_set()
    return wiring.controller, wiring.page


async def is_over(controller: PromptSetController) -> None:
    await until(lambda: controller.progress is not None and not controller.progress.runs, what="the set is over")


def cell(page: PromptSetPage, row: int, column: SetColumn) -> str:
    return str(page.model.index(row, column).data())


async def test_a_set_is_asked_summed_up_and_kept(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, prompts: Path
) -> None:
    async with open_session(theme, home) as session:
        pane = open_compare(session, CODER, THINKER)
        await choose(session, qtbot, prompts)
        controller, page = asked_in(session)
        await is_over(controller)
        assert page.isVisible() and page.words.text() == "All 3 prompts asked"
        assert [cell(page, row, SetColumn.MODEL) for row in (0, 1)] == ["coder-7b, simulated", "thinker-4b, simulated"]
        assert [cell(page, row, SetColumn.ANSWERED) for row in (0, 1)] == ["3", "3"]
        assert [cell(page, row, SetColumn.FAILED) for row in (0, 1)] == ["0", "0"]
        assert cell(page, 0, SetColumn.SPEED).endswith("tok/s") and cell(page, 0, SetColumn.FIRST_TOKEN).endswith(" s")
        sent = [r.body["messages"] for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
        assert [one[-1]["content"] for one in sent[::2]] == ["Say one.", "Say two.", "Say three."]
        assert sent[-1][0] == {"role": "system", "content": "Short."}
        await until(lambda: len(controller_of(session).earlier) == 3, what="each prompt is kept")
        press(qtbot, pane, "New comparison")
        assert pane.setup.isVisible() and not page.isVisible()


async def test_it_is_stopped_and_says_how_far_it_came(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, prompts: Path
) -> None:
    simulator.script.update(SLOW)
    async with open_session(theme, home) as session:
        pane = open_compare(session, CODER, THINKER)
        await choose(session, qtbot, prompts)
        controller, page = asked_in(session)
        await until(lambda: page.isVisible() and page.stop_button.isVisible())
        assert page.words.text() == "0 of 3 prompts asked" and not page.export_button.isEnabled()
        assert controller_of(session).is_busy, "nothing else is asked meanwhile"
        press(qtbot, page, "Stop")
        await is_over(controller)
        assert page.words.text() == "Stopped after 1 of 3 prompts"
        assert [cell(page, row, SetColumn.ANSWERED) for row in (0, 1)] == ["0", "0"]
        assert [cell(page, row, SetColumn.FAILED) for row in (0, 1)] == ["0", "0"], "stopped is not failed"
        assert not page.stop_button.isVisible() and not controller_of(session).is_busy
        assert pane.isVisible()


async def test_stopped_within_the_last_prompt_is_not_all(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    simulator.script.update(SLOW)
    (tmp_path / "one.jsonl").write_text('"Say one."', encoding="utf-8")
    async with open_session(theme, home) as session:
        open_compare(session, CODER, THINKER)
        await choose(session, qtbot, tmp_path / "one.jsonl")
        controller, page = asked_in(session)
        await until(lambda: page.isVisible() and simulator.stats.streams_open > 0)
        press(qtbot, page, "Stop")
        await is_over(controller)
        assert page.words.text() == "Stopped after 1 of 1 prompts"


async def test_a_set_that_breaks_says_so_on_its_page_and_keeps_what_came(
    qtbot: QtBot,
    theme: Theme,
    home: Path,
    simulator: MockServer,
    prompts: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin, begun = ComparisonKeeper.begin, list[str]()

    async def break_at_the_second(store: Any, comparison: Any, asked: Any) -> ComparisonKeeper:
        begun.append(asked.prompt)
        if len(begun) == 2:
            raise sqlite3.OperationalError("no such table: comparison")
        return await begin(store, comparison, asked)

    monkeypatch.setattr(ComparisonKeeper, "begin", break_at_the_second)
    async with open_session(theme, home) as session:
        open_compare(session, CODER, THINKER)
        await choose(session, qtbot, prompts)
        controller, page = asked_in(session)
        await is_over(controller)
        await until(lambda: "unexpected error" in page.problem.text())
        assert page.words.text() == "Stopped after 1 of 3 prompts" and page.export_button.isEnabled()
        assert cell(page, 0, SetColumn.ANSWERED) == "1" and not controller_of(session).is_busy


async def test_answers_that_fail_are_counted(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, prompts: Path
) -> None:
    async with open_session(theme, home) as session:
        open_compare(session, CODER, "simulated/missing")
        await choose(session, qtbot, prompts)
        controller, page = asked_in(session)
        await is_over(controller)
        assert (cell(page, 1, SetColumn.ANSWERED), cell(page, 1, SetColumn.FAILED)) == ("0", "3")
        assert cell(page, 1, SetColumn.SPEED) == "" and cell(page, 1, SetColumn.COST) == "unknown"


async def test_what_is_exported_is_what_the_terminal_prints(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, prompts: Path, tmp_path: Path
) -> None:
    async with open_session(theme, home) as session:
        open_compare(session, CODER, THINKER)
        await choose(session, qtbot, prompts)
        controller, page = asked_in(session)
        await is_over(controller)
        press(qtbot, page, "Export JSON…")
        await choose_file(session, tmp_path / "out.json")
        await until((tmp_path / "out.json").exists)
        told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
        assert set(told) == {"order", "order_reason", "comparisons", "summary"}
        assert [one["id"] for one in told["comparisons"]] == ["", "second", ""]
        assert [one["answered"] for one in told["summary"]] == [3, 3]


async def test_a_file_without_prompts_is_told_in_the_pane(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"question": "?"}\n', encoding="utf-8")
    async with open_session(theme, home) as session:
        pane = open_compare(session)
        press(qtbot, pane, "Prompts from a file…")
        assert pane.told.text() == "Add two models or more."
        open_compare(session, CODER, THINKER)
        await choose(session, qtbot, wrong)
        await until(lambda: "Line 1 of" in pane.told.text())
        assert pane.setup.isVisible()


async def test_closing_the_window_ends_it_and_keeps_what_came(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, prompts: Path
) -> None:
    simulator.script.update(SLOW)
    async with open_session(theme, home) as session:
        open_compare(session, CODER, THINKER)
        await choose(session, qtbot, prompts)
        _controller, page = asked_in(session)
        await until(lambda: page.isVisible() and simulator.stats.streams_open > 0)
    async with open_session(theme, home) as session:
        open_compare(session)
        await until(lambda: len(controller_of(session).earlier) == 1, what="it was kept")


async def test_every_control_has_a_name(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, prompts: Path
) -> None:
    async with open_session(theme, home) as session:
        pane = open_compare(session, CODER, THINKER)
        await choose(session, qtbot, prompts)
        controller, _page = asked_in(session)
        await is_over(controller)
        check_names("Prompt set", pane, least=4)
