"""The setting that finds parts of words: its index comes, is told, and goes with the switch."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.theme import Theme
from app.services.conversations import word_parts
from tests.desktop.session_window import named, open_session, open_tab, press, store_chat, until

pytestmark = pytest.mark.anyio


def told(pane: QWidget) -> list[str]:
    return [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]


async def test_the_index_is_made_told_and_dropped_by_the_switch_in_settings(
    qtbot: QtBot, theme: Theme, home: Path
) -> None:
    await store_chat(home, "Refunds", [("user", "Where is the requestHandler?"), ("assistant", "Here.")])
    async with open_session(theme, home) as session:

        async def hits() -> int:
            return len((await session.engine.run(session.engine.store.search("equestHand "))).hits)

        pane = await open_tab(session, "Chat")
        switch = named(session.window, "Find parts of words and identifiers")
        assert isinstance(switch, QAbstractButton) and not switch.isChecked()
        assert await hits() == 0
        switch.click()
        press(qtbot, session.window, "Save Settings")
        await until(lambda: "The index holds all messages." in told(pane))
        assert await hits() == 1
        switch.click()
        press(qtbot, session.window, "Save Settings")
        await until(lambda: "The index holds all messages." not in told(pane))
        assert await hits() == 0
        assert not await session.engine.run(session.engine.store.read(word_parts.is_kept))


async def test_an_index_that_was_stopped_with_the_program_goes_on_with_the_next_start(theme: Theme, home: Path) -> None:
    await store_chat(home, "Refunds", [("user", "Where is the requestHandler?")])
    path = home / "config" / "llm_studio_config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"chat": {"find_word_parts": True}}), encoding="utf-8")
    async with open_session(theme, home) as session:
        store = session.engine.store

        async def is_complete() -> bool:
            return await session.engine.run(store.read(word_parts.is_complete))

        async with asyncio.timeout(10):
            while not await is_complete():
                await asyncio.sleep(0.01)
