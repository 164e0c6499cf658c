"""A store whose damage no start needs to read is looked through behind the window, and the person is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.desktop.theme import Theme
from app.paths import user_paths
from tests.desktop.session_window import notice_text, open_session, store_chat, until
from tests.fakes.damaged_store import damage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["message_created", "saved_prompt"])
async def test_C5_damage_that_no_start_reads_is_found_by_the_check_at_the_start_and_told(
    theme: Theme, home: Path, name: str
) -> None:
    await store_chat(home, "Refunds", [("user", "How to retry?"), ("assistant", "With a key.")])
    path = user_paths(home).store_file
    damage(path, name)
    before = path.read_bytes()
    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: "The chat store is damaged:" in notice_text(session), what="the check")
        assert "Make a copy of it before you go on." in notice_text(session)
        assert session.window.conversations.rowCount() > 0, "what can be read is there"
    assert len(path.read_bytes()) == len(before)


async def test_C5_a_sound_store_is_looked_through_and_nothing_is_said(theme: Theme, home: Path) -> None:
    await store_chat(home, "Refunds", [("user", "How to retry?"), ("assistant", "With a key.")])
    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: session.parts._store_is_sound, what="the check")
        assert "damaged" not in notice_text(session)
