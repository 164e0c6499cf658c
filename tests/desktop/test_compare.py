"""Several models side by side in the window: asked, stopped, voted on blind, kept, reopened, gone on with."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
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
    for model in models if not session.parts.compare.controller.contenders else ():
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



async def shot(session: Session, name: str) -> None:
    await asyncio.sleep(0.3)
    session.window.grab().save(f"/tmp/shot-{name}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_look(theme: Theme, home: Path, simulator: MockServer, qapp: QApplication, scheme: str) -> None:
    simulator.script.answer = "Python has a module for it:\n\n```python\nimport csv\n\ndef split(text: str) -> list[str]:\n    return next(csv.reader([text]))\n```\n\nThe quotes are taken off."
    theme.apply(qapp, scheme)
    async with open_session(theme, home, width=1440) as session:
        pane = open_compare(session, CODER, THINKER)
        pane.setup.prompt.setPlainText("Split a string on commas, but not inside double quotes. Python.")
        await shot(session, f"setup-{scheme}")
        pane.add_button
        pane = await compared(session, blind=True)
        await shot(session, f"blind-{scheme}")
        session.parts.compare.controller.vote("A")
        await until(lambda: session.parts.compare.controller.votes)
        await shot(session, f"voted-{scheme}")
        session.window.resize(560, 700)
        await shot(session, f"narrow-{scheme}")
        session.window.resize(1440, 800)
        session.parts.compare._begin_anew()
        await shot(session, f"again-{scheme}")
        simulator.script.update({"fault": "error_500"})
        pane = await compared(session)
        await shot(session, f"failed-{scheme}")
        session.parts.compare._begin_anew()
        pane.setup.add_button.click()
        await asyncio.sleep(0.3)
        session.parts.compare._picker.grab().save(f"/tmp/shot-picker-{scheme}.png")
