"""The button that leads to the end of the chat."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.desktop.theme import Theme
from tests.desktop.session_window import arguments, open_session, store_chat, until

pytestmark = pytest.mark.anyio


async def test_it_stays_above_the_composer_at_every_zoom(theme: Theme, home: Path) -> None:
    chat = await store_chat(home, "long", [(("user", "assistant")[n % 2], f"line {n}\n\n" * 9) for n in range(10)])
    async with open_session(theme, home, *arguments()) as session:
        await until(lambda: session.parts.models.all_looked_at)
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 10)
        pane = session.window.chat
        pane.transcript.scroll_to_message(0)
        pill = pane._jump
        await until(pill.isVisible)
        for percent in (200, 80, 150, 100):
            session.parts.set_zoom(percent)
            await asyncio.sleep(0.1)
            place = pill.parentWidget()
            assert place.rect().contains(pill.geometry()), f"at {percent} %"
            assert place.height() - pill.geometry().bottom() < theme.px(12), f"at {percent} %"
        session.window.chat.composer.edit.setPlainText("many lines\n" * 12)
        await asyncio.sleep(0.1)
        assert pill.parentWidget().rect().contains(pill.geometry()), "over a tall prompt"
