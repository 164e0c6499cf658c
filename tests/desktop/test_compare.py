"""Several models side by side in the window: asked, stopped, voted on blind, kept, reopened, gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.compare.pane import ComparePane
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, open_session, press, until

pytestmark = pytest.mark.anyio

CODER, THINKER = "simulated/coder-7b", "simulated/thinker-4b"


def open_compare(session: Session, *models: str) -> ComparePane:
    """The pane, with these models of the simulator chosen."""
    pane = session.parts.compare.open()
    assert isinstance(pane, ComparePane)
    for model in models:
        session.parts.compare.controller.add("lm_studio", model, model.rpartition("/")[2])
    return pane


async def compared(session: Session, prompt: str = "Say it in Python.", *, blind: bool = False) -> ComparePane:
    """Two models that have answered."""
    pane = open_compare(session, CODER, THINKER)
    pane.setup.prompt.setPlainText(prompt)
    pane.setup.blind.setChecked(blind)
    pane.start_button.click()
    controller = session.parts.compare.controller
    await until(lambda: controller.kept is not None and controller.kept.is_over and not controller.is_busy)
    return pane


async def test_look(theme: Theme, home: Path, simulator: MockServer, qapp: object) -> None:
    simulator.script.answer = "Python has a module for it:\n\n```python\nimport csv\n\ndef split(text: str) -> list[str]:\n    return next(csv.reader([text]))\n```\n\nThe quotes are taken off."
    async with open_session(theme, home, width=1440) as session:
        pane = open_compare(session, CODER, THINKER)
        pane.setup.prompt.setPlainText("Split a string on commas, but not inside double quotes. Python.")
        await until(lambda: pane.start_button.isEnabled())
        session.window.grab().save("/tmp/shot-setup.png")
        await compared_again(session, pane)
        session.window.grab().save("/tmp/shot-done.png")
        session.parts.compare.controller.vote("A")
        await until(lambda: session.parts.compare.controller.votes)
        session.window.grab().save("/tmp/shot-voted.png")


async def compared_again(session: Session, pane: ComparePane) -> None:
    pane.start_button.click()
    controller = session.parts.compare.controller
    await until(lambda: controller.kept is not None and controller.kept.is_over and not controller.is_busy)
    await until(lambda: controller.earlier)
