"""Nothing that the window says is written where no translation reaches it: each pane in a language of brackets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog

from app.desktop.pane_names import TABS
from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from tests.desktop.bracket_language import MODELS, plain
from tests.desktop.session_window import answered, arguments, open_session, open_tab, until

pytestmark = pytest.mark.anyio


async def test_every_tab_of_settings(theme: Theme, home: Path, brackets: None) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        for title in TABS:
            pane = await open_tab(session, title)
            assert plain(pane) == [], title


async def test_the_chat_its_menus_and_the_picker(
    theme: Theme, home: Path, simulator: MockServer, brackets: None
) -> None:
    simulator.script.update({"answer": "1234 5678"})
    async with open_session(theme, home, *arguments()) as session:
        session.chat.send("1234")
        await answered(session, 2)
        assert plain(session.window, "Vision 8B") == []
        session.parts.open_picker()
        await until(lambda: session.parts.picker.isVisible())
        assert plain(session.parts.picker, *MODELS) == []
        session.parts.picker.close()


@pytest.mark.parametrize(
    "command",
    [
        "palette",
        "compare",
        "statistics",
        "get_models",
        "chat_settings",
        "prompts",
        "presets",
        "trash",
        "find",
        "shortcuts",
    ],
)
async def test_what_a_command_opens(theme: Theme, home: Path, brackets: None, command: str) -> None:
    async with open_session(theme, home, *arguments()) as session:
        await until(lambda: session.parts.models.all_looked_at)
        session.parts.shortcuts.run(command)
        await asyncio.sleep(0.5)
        for root in [session.window, *session.window.findChildren(QDialog)]:
            if root.isVisible():
                assert plain(root, *MODELS) == [], command
