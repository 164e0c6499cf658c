"""Servers that go and come while a chat is open: one quiet notice for the chat's own, none for the others."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from app.desktop.health_notice import SUBJECT
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.llm.catalogue import ProviderState
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from tests.desktop.session_window import open_session, until
from tests.fakes.raw_http import RawServer, answer, refused_port

pytestmark = pytest.mark.anyio

DOWN = "LM Studio does not answer any more."
BACK = "LM Studio answers again."
OLLAMA = {
    "/api/version": answer({"version": "0.12.3"}),
    "/api/tags": answer({"models": [{"name": "qwen2.5-coder:7b", "model": "qwen2.5-coder:7b"}]}),
    "/api/ps": answer({"models": []}),
}


def home_with(tmp_path: Path, lm_studio: str, ollama: str = "", every_s: float = 0.3) -> Path:
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    servers = {"lm_studio": lm_studio, "ollama": ollama or f"http://127.0.0.1:{refused_port()}"}
    values = {
        "provider_configurations": {name: {"base_url": url} for name, url in servers.items()},
        "network": {"polling_interval": every_s},
    }
    (config / "llm_studio_config.json").write_text(json.dumps(values), encoding="utf-8")
    return tmp_path / "home"


async def chatting(session: Session) -> None:
    """The chat goes to LM Studio, and everything was looked at."""
    await until(lambda: session.parts.models.all_looked_at and session.parts.models.chosen().provider == "lm_studio")


def go(server: MockServer) -> None:
    server.script.fault, server.script.fault_scope = Fault.CLOSE, "all"


def come(server: MockServer) -> None:
    server.script.fault = Fault.NONE


async def test_server_of_the_open_chat_is_told_as_gone_and_as_back_by_one_notice(
    theme: Theme, tmp_path: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home_with(tmp_path, simulator.base_url)) as session:
        await chatting(session)
        notice = session.window.chat.notice
        assert notice.text() == "", "what the start found is no news"
        go(simulator)
        await until(lambda: notice.text() == DOWN)
        come(simulator)
        await until(lambda: notice.text() == BACK)
        go(simulator)
        await until(lambda: notice.text() == DOWN)
        assert notice.subject == SUBJECT


async def test_a_server_that_answers_for_the_first_time_is_not_told_as_back(
    theme: Theme, tmp_path: Path, simulator: MockServer
) -> None:
    go(simulator)
    async with open_session(theme, home_with(tmp_path, simulator.base_url)) as session:
        await until(lambda: session.parts.models.all_looked_at)
        session.chat.choose_model("lm_studio", "simulated/coder-7b")
        await chatting(session)
        notice, catalogue = session.window.chat.notice, session.engine.services.catalogue
        assert not catalogue.available("lm_studio")
        come(simulator)
        await until(lambda: catalogue.available("lm_studio"))
        await asyncio.sleep(0.1)
        assert notice.text() != BACK, "nobody met it before"
        go(simulator)
        await until(lambda: notice.text() == DOWN)
        come(simulator)
        await until(lambda: notice.text() == BACK)


async def test_who_does_not_want_to_wait_looks_again_and_is_told_what_was_found(
    theme: Theme, tmp_path: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home_with(tmp_path, simulator.base_url, every_s=30)) as session:
        await chatting(session)
        notice = session.window.chat.notice

        def try_again() -> None:
            (button,) = (one for one in notice.findChildren(QPushButton) if one.text() == "Try again")
            button.click()

        go(simulator)
        session.parts.models.refresh()
        await until(lambda: notice.text() == DOWN)
        try_again()
        assert notice.text() == "", "it looks"
        await until(lambda: notice.text() == DOWN)
        come(simulator)
        try_again()
        await until(lambda: notice.text() == BACK)


async def test_good_news_goes_by_itself(
    theme: Theme, tmp_path: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desktop.health_notice.BACK_SHOWN_MS", 200)
    async with open_session(theme, home_with(tmp_path, simulator.base_url)) as session:
        await chatting(session)
        notice = session.window.chat.notice
        go(simulator)
        await until(lambda: notice.text() == DOWN)
        come(simulator)
        await until(lambda: notice.text() == BACK)
        await until(lambda: notice.text() == "")


async def test_server_that_the_open_chat_does_not_use_is_not_told(
    theme: Theme, tmp_path: Path, simulator: MockServer
) -> None:
    async with RawServer(answer("", 404), dict(OLLAMA)) as other:
        async with open_session(theme, home_with(tmp_path, simulator.base_url, other.url)) as session:
            await chatting(session)
            catalogue = session.engine.services.catalogue
            await until(lambda: catalogue.available("ollama"))
            other.routes.clear()
            await until(lambda: not catalogue.available("ollama"))
            await asyncio.sleep(0.1)
            assert session.window.chat.notice.text() == ""


async def test_another_notice_is_not_pushed_away(theme: Theme, tmp_path: Path, simulator: MockServer) -> None:
    async with open_session(theme, home_with(tmp_path, simulator.base_url)) as session:
        await chatting(session)
        notice = session.window.chat.notice
        notice.tell("The chat store is damaged.", token="error")
        go(simulator)
        catalogue = session.engine.services.catalogue
        await until(lambda: not catalogue.available("lm_studio"))
        await asyncio.sleep(0.1)
        assert notice.text() == "The chat store is damaged."


async def test_notice_goes_when_another_model_is_chosen(theme: Theme, tmp_path: Path, simulator: MockServer) -> None:
    async with open_session(theme, home_with(tmp_path, simulator.base_url)) as session:
        await chatting(session)
        notice = session.window.chat.notice
        go(simulator)
        await until(lambda: notice.text() == DOWN)
        session.chat.choose_model("mock", "")
        await until(lambda: notice.text() == "")


async def test_outage_says_since_when_in_settings_and_in_the_picker(
    theme: Theme, tmp_path: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home_with(tmp_path, simulator.base_url)) as session:
        await chatting(session)
        panes = session.parts.panes
        assert " · answers in " in panes.settings.provider_states()["lm_studio"][1]
        go(simulator)
        catalogue = session.engine.services.catalogue
        await until(lambda: not catalogue.available("lm_studio"))
        state = catalogue.state("lm_studio")
        assert isinstance(state, ProviderState) and state.since is not None
        since = f"down since {time.strftime('%H:%M', time.localtime(state.since))}"
        assert panes.settings.provider_states()["lm_studio"][1].endswith(since)
        line = next(line for line in session.parts.models.server_lines() if line.provider == "lm_studio")
        assert line.note.endswith(since)
        never = next(line for line in session.parts.models.server_lines() if line.provider == "ollama")
        assert "since" not in never.note, "nobody saw it come or go"
