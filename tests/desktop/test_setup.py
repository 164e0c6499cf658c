"""“Set up LM Studio” on the first-run page: a fake `lms`, the simulated LM Studio behind it, a hub on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.first_run.page import FirstRunPage
from app.desktop.views.first_run.setup_card import SetupCard
from app.services.engine import memory
from tests.desktop.session_window import notice_text, open_session, press, until
from tests.fakes.hub import FETCHED, FakeHub, public_hub
from tests.fakes.lms import FakeLms

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeHub]:
    async with public_hub(monkeypatch) as fake:
        yield fake


@pytest.fixture
def home(bare_computer: Callable[..., Path], hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(memory, "available_bytes", lambda: 8 << 30)
    return bare_computer(hub_url=hub.url)


@pytest.fixture
def lms(tmp_path: Path, home: Path) -> Any:
    program = FakeLms(tmp_path / "person")
    program.serve_simulated()
    yield program
    program.close()


async def card_of(session: Session) -> SetupCard:
    def page() -> FirstRunPage | None:
        shown = session.window.panes.currentWidget()
        return shown if isinstance(shown, FirstRunPage) else None

    await until(lambda: page() is not None and page().setup.isVisible(), what="the card is offered")
    found = page()
    assert found is not None
    return found.setup


def texts(card: SetupCard) -> str:
    return "\n".join(label.text() for label in card.findChildren(QLabel))


def is_chat(session: Session) -> bool:
    return session.window.panes.currentWidget() is session.window.chat


async def test_one_click_leads_from_a_stopped_program_to_an_answer(
    qtbot: Any, theme: Theme, home: Path, lms: FakeLms
) -> None:
    async with open_session(theme, home) as session:
        card = await card_of(session)
        assert session.window.focusWidget() is card.button, "the most useful button has the focus"
        press(qtbot, card, "Set up LM Studio")
        await until(lambda: "Downloading Qwen2.5 Coder 1.5B" in texts(card), timeout_s=20)
        assert not is_chat(session)
        await until(lambda: is_chat(session), timeout_s=20, what="the chat begins by itself")
        await until(lambda: session.parts.models.chosen().model == FETCHED)
        assert f"LM Studio is set up, with {FETCHED}." in notice_text(session)
        session.window.chat.composer.send_requested.emit("Hello")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running, timeout_s=20)


async def test_each_step_is_told_and_a_failure_says_what_to_do_and_can_be_tried_again(
    qtbot: Any, theme: Theme, home: Path, lms: FakeLms
) -> None:
    lms.behave(fails="Port is taken.")
    async with open_session(theme, home) as session:
        card = await card_of(session)
        press(qtbot, card, "Set up LM Studio")
        await until(lambda: card.button.text() == "Set up LM Studio" and "Port is taken." in texts(card), timeout_s=20)
        assert "LM Studio is on this computer." in texts(card)
        assert "Take or download a model" in texts(card), "what was not reached is named"
        lms.serve_simulated(extra_models=["simulated/coder"])
        press(qtbot, card, "Set up LM Studio")
        await until(lambda: is_chat(session), timeout_s=20)
        await until(lambda: session.parts.models.chosen().model == "simulated/coder")


async def test_stop_ends_it_and_says_what_becomes_of_the_download(
    qtbot: Any, theme: Theme, home: Path, lms: FakeLms
) -> None:
    lms.serve_simulated(download_seconds=60.0)
    async with open_session(theme, home) as session:
        card = await card_of(session)
        press(qtbot, card, "Set up LM Studio")
        await until(lambda: "%" in texts(card), timeout_s=20)
        press(qtbot, card, "Stop")
        await until(lambda: "Stopped." in texts(card) and card.button.text() == "Set up LM Studio")
        assert "LM Studio" in texts(card).partition("Stopped.")[2]
        await asyncio.sleep(0.1)
        assert not is_chat(session)


async def test_nothing_is_offered_where_no_program_is(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: isinstance(session.window.panes.currentWidget(), FirstRunPage))
        page = session.window.panes.currentWidget()
        assert isinstance(page, FirstRunPage)
        await until(lambda: page._state is not None and page._state.looked_at)
        assert not page.setup.isVisible()


async def test_closing_the_window_ends_it(qtbot: Any, theme: Theme, home: Path, lms: FakeLms) -> None:
    lms.serve_simulated(download_seconds=60.0)
    async with open_session(theme, home) as session:
        card = await card_of(session)
        press(qtbot, card, "Set up LM Studio")
        await until(lambda: "%" in texts(card), timeout_s=20)
        setup = session.parts.panes.setup
        assert setup is not None
    assert not setup.is_running
