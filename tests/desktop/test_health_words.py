"""What stands beside the bars of a server: nothing that was not seen, and the interval that is kept."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from app.desktop.controllers.local_models_controller import health_bars, history_lines
from app.desktop.theme import Theme
from app.services.llm.catalogue import WATCHED_INTERVAL_S, HealthSample, ProviderState
from app.services.mock_server import MockServer
from tests.desktop.session_window import open_session, until
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio

NOON = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))


def lines(status: Any, *, last_seen: float | None = None, samples: tuple[HealthSample, ...] = ()) -> tuple[str, ...]:
    state = ProviderState(
        "lm_studio", "LM Studio", True, "http://127.0.0.1:1/v1", status, since=NOON, last_seen=last_seen
    )
    return history_lines(state, health_bars(samples, NOON), None, WATCHED_INTERVAL_S)


def test_a_server_that_never_ran_is_said_not_to_have_been_seen() -> None:
    assert lines("down") == ("Not seen yet.", "Looking again every 2 s.")


def test_a_server_that_went_away_is_told_by_when_it_was_last_seen() -> None:
    assert lines("down", last_seen=NOON - 90) == ("Last seen at 11:58.", "Looking again every 2 s.")


def test_a_server_that_runs_is_told_by_when_it_was_first_seen_since_nobody_knows_when_it_came_up() -> None:
    assert lines("up", samples=(HealthSample(NOON, 12.0),))[1] == "seen since 12:00"


def test_nothing_is_said_before_it_was_asked() -> None:
    assert lines("unknown") == ()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    servers = {name: {"base_url": f"http://127.0.0.1:{refused_port()}"} for name in ("lm_studio", "ollama")}
    text = json.dumps({"provider_configurations": servers})
    (config / "llm_studio_config.json").write_text(text, encoding="utf-8")
    return tmp_path / "home"


async def test_an_address_that_never_ran_has_no_past_of_the_one_before_it(theme: Theme, home: Path) -> None:
    async with MockServer() as server, open_session(theme, home, "--provider", "mock") as session:
        panes = session.parts.panes
        page = panes.open_settings("Local Models").page("Local Models")
        card = page.cards["lm_studio"]
        path = ("provider_configurations", "lm_studio", "base_url")
        panes.settings.save({path: server.base_url})
        await until(lambda: "seen since" in card._history.text(), what="the server is seen")
        panes.settings.save({path: f"http://127.0.0.1:{refused_port()}"})
        await until(lambda: card._history.text() == "Not seen yet.\nLooking again every 2 s.")


async def test_the_page_of_the_first_run_names_the_interval_that_is_kept(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        panes = session.parts.panes
        await until(lambda: panes.first_run_page is not None)
        texts = [label.text() for label in panes.first_run_page.findChildren(QLabel)]
        assert any(text.startswith("Looking again every 2 s.") for text in texts)
        assert panes.first_run._timer.interval() <= WATCHED_INTERVAL_S * 1_000
        await until(lambda: session.engine.services.catalogue.asks_every_s == WATCHED_INTERVAL_S)
