"""The pane Statistics in a real window: its tables, its charts by mouse, keyboard and screen reader, its export."""

from __future__ import annotations

import asyncio
import csv
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.desktop.models.model_table_model import Column
from app.desktop.models.statistics_tables import ModelColumn, PeriodColumn
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.statistics.chart import Chart
from app.desktop.views.statistics.pane import StatisticsPane
from app.paths import user_paths
from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.desktop.session_window import open_session, until
from tests.desktop.test_accessible_names import check_names
from tests.desktop.test_raised_window import MODEL, OTHER, only_ollama
from tests.desktop.test_token_bar import TWIN, bar_of, choose, value_of

pytestmark = pytest.mark.anyio

DAY = 86_400.0
FAST = {"ttft_ms": 200.0, "tokens_per_second": 80.0, "output_tokens": 400, "input_tokens": 100, "estimated": False}


async def answers(home: Path, model: str, *days: float, **more: Any) -> None:
    """One for each: so many days ago."""
    metrics = {**FAST, **more.pop("metrics", {})}
    now = time.time()
    for days_ago in days:
        at = now - days_ago * DAY
        store = ConversationStore(user_paths(str(home)).store_file, clock=lambda at=at: at)
        await store.open()
        chat = await store.create_conversation(title="Old")
        prompt = await store.add_user_message(chat, None, "Why?")
        new = NewAnswer(more.get("provider", "ollama"), model, model, True, more.get("simulated", False), {}, {}, "t")
        answer = await store.begin_answer(chat, prompt, new)
        error = {"kind": more["kind"], "message": "x", "hint": ""} if "kind" in more else None
        await store.finish_answer(
            answer, "error" if error else "complete", "x", "", metrics={} if error else metrics, error=error
        )
        await store.aclose()


async def opened(session: Session) -> StatisticsPane:
    session.parts.shortcuts.run("statistics")
    pane = session.window.panes.currentWidget()
    assert isinstance(pane, StatisticsPane)
    await read(session)
    return pane


async def read(session: Session) -> None:
    await until(lambda: not session.parts.statistics.is_reading)


async def show_time(session: Session, pane: StatisticsPane, tab: int) -> None:
    pane.tabs.setCurrentIndex(tab)
    await read(session)


def column(pane: StatisticsPane, at: int) -> list[str]:
    return [pane.models.index(row, at).data() for row in range(pane.models.rowCount())]


def chart(pane: StatisticsPane, title: str) -> Chart:
    return next(one for one in pane.charts.charts if one.accessibleName() == title)


@pytest.fixture
async def used(home: Path) -> Path:
    """Two models; the second is slower, dearer, used earlier and failed once."""
    await answers(home, "quick:1b", 3, 2, 1)
    slow = {"tokens_per_second": 20.0, "cost_usd": 0.5, "output_tokens": 1000}
    await answers(home, "slow:70b", 20, 5, metrics=slow)
    await answers(home, "slow:70b", 5, kind="timeout")
    return home


async def test_nothing_of_it_is_loaded_or_built_before_it_is_opened(theme: Theme, used: Path) -> None:
    code = (
        "import sys, app.desktop.application, app.desktop.core_wiring, app.services.container\n"
        "print([name for name in sys.modules if 'statistics' in name and name.startswith('app.')])"
    )
    said = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True)
    assert said.stdout.strip() == "['app.desktop.statistics_wiring']", said.stderr
    async with open_session(theme, used, "--provider", "mock") as session:
        assert session.parts.statistics.pane is None
        assert session.parts.statistics.controller is None


async def test_every_model_of_the_time_has_its_figures(theme: Theme, used: Path) -> None:
    async with open_session(theme, used, "--provider", "mock") as session:
        pane = await opened(session)
        assert [text.split(" · ")[0] for text in column(pane, ModelColumn.MODEL)] == ["Quick 1B", "Slow 70B"]
        assert column(pane, ModelColumn.RUNS) == ["3", "3"]
        assert column(pane, ModelColumn.FAILED) == ["", "1"]
        assert column(pane, ModelColumn.DECODE) == ["80.0 tok/s", "20.0 tok/s"]
        assert column(pane, ModelColumn.COST) == ["unknown", "$1.00"]
        await show_time(session, pane, 0)
        assert column(pane, ModelColumn.RUNS) == ["3", "2"]


async def test_rows_are_sorted_by_a_click_and_by_the_keyboard(theme: Theme, used: Path) -> None:
    async with open_session(theme, used, "--provider", "mock") as session:
        pane = await opened(session)
        head = pane.table.horizontalHeader()
        head.sectionClicked.emit(ModelColumn.DECODE)
        assert column(pane, ModelColumn.DECODE) == ["80.0 tok/s", "20.0 tok/s"]
        head.sectionClicked.emit(ModelColumn.DECODE)
        assert column(pane, ModelColumn.DECODE) == ["20.0 tok/s", "80.0 tok/s"]
        assert pane.sort_box.currentText() == "Speed"
        pane.sort_box.setFocus()
        QTest.keyClick(pane.sort_box, Qt.Key.Key_Home)
        assert pane.sort_box.currentText() == "Model"
        assert [text.split(" ")[0] for text in column(pane, ModelColumn.MODEL)] == ["Quick", "Slow"]
        head.sectionClicked.emit(ModelColumn.COST)  # of one the cost is unknown: it stands last, either way
        assert column(pane, ModelColumn.COST) == ["$1.00", "unknown"]
        head.sectionClicked.emit(ModelColumn.COST)
        assert column(pane, ModelColumn.COST) == ["$1.00", "unknown"]


async def test_the_chosen_model_has_charts_what_failed_and_a_table_of_days(theme: Theme, used: Path) -> None:
    async with open_session(theme, used, "--provider", "mock") as session:
        pane = await opened(session)
        assert pane.heading.text().startswith("Quick 1B")
        assert chart(pane, "Failures by day").accessibleDescription() == "Bar chart. No failures."
        pane.table.setFocus()
        QTest.keyClick(pane.table, Qt.Key.Key_Down)
        await read(session)
        assert pane.heading.text().startswith("Slow 70B")
        assert "1 failed: too long silent 1" in pane.facts.text()
        assert pane.periods.rowCount() == 2
        assert pane.periods.index(0, PeriodColumn.FAILED).data() == "1"
        assert pane.periods.index(1, PeriodColumn.TOKENS).data() == "1000"
        await show_time(session, pane, 2)
        assert pane.heading.text().startswith("Slow 70B"), "another time shows the same model"


async def test_a_chart_tells_its_values_to_the_mouse_and_the_keyboard(theme: Theme, used: Path) -> None:
    async with open_session(theme, used, "--provider", "mock") as session:
        pane = await opened(session)
        await show_time(session, pane, 0)
        speed = chart(pane, "Speed")
        assert speed.pointed_text == "last 80.0 tok/s"
        QTest.mouseMove(speed, QPoint(speed.width() // 2, speed.height() // 2))
        await until(lambda: speed.pointed_text != "last 80.0 tok/s")
        QApplication.sendEvent(speed, QEvent(QEvent.Type.Leave))
        assert speed.pointed_text == "last 80.0 tok/s"
        speed.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(speed, Qt.Key.Key_End)
        assert speed.pointed_text.endswith(": nothing measured")  # today
        QTest.keyClick(speed, Qt.Key.Key_Left)
        assert speed.pointed_text.endswith(": 80.0 tok/s")
        QTest.keyClick(speed, Qt.Key.Key_Home)
        QTest.keyClick(speed, Qt.Key.Key_Left)
        assert speed.pointed_text.endswith(": nothing measured")  # a week ago


async def test_a_screen_reader_knows_a_chart_by_name_value_and_words(theme: Theme, used: Path) -> None:
    async with open_session(theme, used, "--provider", "mock") as session:
        pane = await opened(session)
        spoken = QAccessible.queryAccessibleInterface(chart(pane, "Tokens out by day"))
        assert spoken.role() == QAccessible.Role.Chart
        assert spoken.text(QAccessible.Text.Name) == "Tokens out by day"
        assert spoken.text(QAccessible.Text.Value) == "1200 in all"
        words = spoken.text(QAccessible.Text.Description)
        assert words.startswith("1200 in all, Bar chart of 3 values. Least 400 (")
        check_names("statistics", pane, least=8)


@pytest.mark.parametrize("width", [1200, 700])
async def test_it_opens_at_every_width_and_esc_leads_back(theme: Theme, used: Path, width: int) -> None:
    async with open_session(theme, used, "--provider", "mock", width=width) as session:
        pane = await opened(session)
        assert pane.charts.charts[0].isVisible()
        assert pane.header.sidebar_button.isVisible() == (width == 700)
        session.on_escape()
        assert session.window.panes.currentWidget() is session.window.chat


async def test_an_empty_store_says_what_will_be_here(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        pane = await opened(session)
        assert pane.note.text().startswith("No answers yet.")
        assert not pane.export_button.isEnabled()
        assert not pane.table.isVisible()


async def test_a_store_with_simulated_answers_alone_says_why_it_is_empty(theme: Theme, home: Path) -> None:
    await answers(home, "simulated/x", 1, simulated=True)
    async with open_session(theme, home, "--provider", "mock") as session:
        pane = await opened(session)
        assert pane.note.text().startswith("Only the simulated model answered so far")
        assert not pane.export_button.isEnabled()
        assert not pane.table.isVisible()


async def test_a_time_without_answers_says_so(theme: Theme, home: Path) -> None:
    await answers(home, "quick:1b", 100)
    async with open_session(theme, home, "--provider", "mock") as session:
        pane = await opened(session)
        assert pane.note.text() == "No answers in this time."
        await show_time(session, pane, 2)
        assert not pane.note.isVisible()
        assert column(pane, ModelColumn.RUNS) == ["1"]


async def test_it_shows_the_figures_of_now_each_time_it_is_opened(theme: Theme, used: Path) -> None:
    async with open_session(theme, used, "--provider", "mock") as session:
        pane = await opened(session)
        session.on_escape()
        await answers(used, "quick:1b", 0)
        await opened(session)
        assert column(pane, ModelColumn.RUNS) == ["4", "3"]


async def test_export_writes_what_is_shown_for_a_spreadsheet(theme: Theme, used: Path, tmp_path: Path) -> None:
    async with open_session(theme, used, "--provider", "mock") as session:
        pane = await opened(session)
        pane.export_button.click()
        dialog = session.window.findChild(QFileDialog)
        assert dialog is not None
        dialog.fileSelected.emit(str(tmp_path / "figures.csv"))
        await until(lambda: pane.note.isVisible())
        assert pane.note.text() == f"Written to {tmp_path / 'figures.csv'}."
        dialog.fileSelected.emit(str(tmp_path / "figures.csv" / "x.csv"))
        await until(lambda: "cannot be written" in pane.note.text())
        dialog.close()
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["model"] for row in rows} == {"quick:1b", "slow:70b"}
    assert [row["failures"] for row in rows if row["failed"] == "1"] == ["timeout:1"]


async def test_local_models_show_the_speed_that_was_measured_or_is_expected(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    await answers(home, MODEL, 3, 2, 1)
    async with only_ollama(monkeypatch), open_session(theme, home) as session:
        await until(lambda: session.parts.models.all_looked_at)
        controller = session.parts.panes.local_models
        session.parts.panes.open_settings("Local Models")
        await until(lambda: any(row.speed for row in controller.table.all_rows))
        rows = {row.model: row for row in controller.table.all_rows}
        assert rows[MODEL].text(Column.SPEED) == "80.0 tok/s"
        assert rows[MODEL].speed_source == "Middle of 3 answers here."
        assert rows[OTHER].speed == "≈ 80 tok/s", "it is as large"
        assert "not measured yet" in rows[OTHER].speed_source


async def test_what_was_expected_stands_beside_what_was_measured(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    await answers(home, MODEL, 3, 2, 1)
    await answers(home, OTHER, 4, 3, 2, metrics={"tokens_per_second": 64.0})
    async with only_ollama(monkeypatch), open_session(theme, home) as session:
        await until(lambda: session.parts.models.all_looked_at)
        pane = await opened(session)
        assert pane.facts.text() == (
            "Speed: 80.0 tok/s measured in the last 3 answers; ≈ 64 tok/s expected from other models here."
        )


async def test_before_a_prompt_is_sent_its_parts_name_the_speed_to_expect(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    figures = {"input_tokens": 4000, "cached_tokens": 0, "prompt_ms": 2000.0}
    await answers(home, TWIN, 3, 2, 1, provider="lm_studio", metrics=figures)
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        session.window.chat.composer.edit.setPlainText("word " * 3_000)
        bar = bar_of(session)
        await until(lambda: bar.isVisible() and value_of(session).startswith("≈3.8k"))
        bar.open_popup()
        popup = bar.popup
        assert popup is not None
        bottom = popup.geometry().bottom()
        await until(lambda: "Speed to expect" in dict(popup.lines()))
        lines = dict(popup.lines())
        assert lines["Speed to expect"] == "80.0 tok/s"
        assert lines["First token after"] == "≈ 1.92 s"
        assert "Speed to expect: 80.0 tok/s" in popup.accessibleDescription()
        await until(lambda: popup.geometry().bottom() == bottom, what="it grows upwards")
        popup.close()
        await until(lambda: bar.popup is None)
