"""Settings before what it shows was read: a quiet word, never a value that is not true."""

from __future__ import annotations

import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QLineEdit, QSpinBox, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from tests.desktop.session_window import open_session, open_tab, until

pytestmark = pytest.mark.anyio

LOADING = "Loading…"


def hold(session: Session, seconds: float) -> Coroutine[Any, Any, None]:
    """Keep the core busy, so that whatever is asked of it meanwhile has to wait."""

    async def busy() -> None:
        time.sleep(seconds)

    return session.engine.run(busy())


def visible(root: QWidget, kind: type[QWidget]) -> list[Any]:
    return [widget for widget in root.findChildren(kind) if widget.isVisibleTo(root)]


def texts(root: QWidget) -> list[str]:
    return [label.text() for label in visible(root, QLabel)]


@pytest.mark.parametrize("tab", ["General", "Providers", "Chat", "Shortcuts", "Gateway", "About"])
async def test_a_page_shows_no_value_before_it_was_read(theme: Theme, home: Path, tab: str) -> None:
    async with open_session(theme, home) as session:
        pane = session.parts.panes.open_settings(tab)
        assert LOADING in texts(pane.stack)
        assert not visible(pane.stack, QSpinBox)
        assert not visible(pane.stack, QLineEdit)
        assert not pane.is_loaded
        await until(lambda: pane.is_loaded, what="the page is filled")
        assert LOADING not in texts(pane.stack)
        assert pane.stack.currentWidget() is pane.page(tab)


async def test_the_gateway_shows_its_real_port_and_says_when_tokens_are_being_read(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Chat")
        held = hold(session, 0.3)
        session.parts.panes.open_settings("Gateway")
        page = pane.page("Gateway")
        assert page.port.box.value() == 3000
        assert LOADING in texts(page.tokens)
        assert not pane.is_loaded
        await held
        await until(lambda: pane.is_loaded, what="the tokens are read")
        assert LOADING not in texts(page.tokens)
        assert any(text.startswith("No tokens yet.") for text in texts(page.tokens))


async def test_a_place_inside_a_page_keeps_the_focus_that_was_asked_for_while_it_was_read(
    theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        session.parts.panes.show_address("lm_studio")
        pane = session.parts.panes.pane
        await until(lambda: pane.is_loaded, what="the page is filled")
        edit = pane.page("Local Models").cards["lm_studio"].address.edit
        await until(edit.hasFocus, what="the address has the focus")
        assert edit.text()


async def test_models_that_were_not_looked_for_yet_are_not_said_to_be_missing(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.list_delay = 0.5
    async with open_session(theme, home) as session:
        pane = session.parts.panes.open_settings("Local Models")
        page = pane.page("Local Models")
        assert page.empty_label.text() == "Looking for models."
        await until(lambda: pane.is_loaded, what="every server answered")
        assert page.table.model().rowCount() > 0


async def test_a_picture_waits_until_the_page_has_been_read(theme: Theme, home: Path, tmp_path: Path) -> None:
    picture = tmp_path / "gateway.png"
    arguments = ("--screenshot", str(picture), "--pane", "Gateway", "--provider", "mock")
    async with open_session(theme, home, *arguments) as session:
        pane = session.parts.panes.pane
        seen: list[tuple[bool, list[str]]] = []
        grab = session.window.grab

        def looked() -> QPixmap:
            seen.append((pane.is_loaded, texts(pane.stack)))
            return grab()

        session.window.grab = looked  # type: ignore[method-assign, assignment]  # sees what the picture sees
        await hold(session, 1.5)
        closed: list[bool] = []
        session.closed.connect(lambda: closed.append(True))
        await until(lambda: closed, what="the picture is written")
        assert picture.exists()
        assert seen
        assert seen[0][0]
        assert LOADING not in seen[0][1]
