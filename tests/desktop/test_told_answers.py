"""What the window tells of an answer that is not what was asked for, with a real server that does it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from tests.desktop.session_window import open_session, until

pytestmark = pytest.mark.anyio

DROPPED = "The server dropped ≈ 9256 tokens from the start of this chat."


def configure(home: Path, **values: Any) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "llm_studio_config.json").write_text(json.dumps(values), encoding="utf-8")


async def test_a_setting_that_the_server_refused_stands_under_the_answer_also_after_reopening(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home, chat={"temperature": 0.5, "top_p": 0.9})
    simulator.script.refused_fields = ["temperature"]
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.chat.send("What is a token bucket?")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        shown = session.chat.transcript.message(1)
        assert shown is not None and shown.metrics.startswith("temperature not sent · ")
    async with open_session(theme, home) as again:
        await until(lambda: again.chat.transcript.count == 2, what="the last chat is shown")
        shown = again.chat.transcript.message(1)
        assert shown is not None and shown.metrics.startswith("temperature not sent · ")


async def test_turns_that_the_server_dropped_are_told_under_the_answer_also_after_reopening(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.keeps_tokens = 1_000
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.chat.send("word " * 8_000)
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        shown = session.chat.transcript.message(1)
        assert shown is not None and shown.note is not None
        assert (shown.note.level, shown.note.title.replace(",", "")) == ("warn", DROPPED)
    async with open_session(theme, home) as again:
        await until(lambda: again.chat.transcript.count == 2, what="the last chat is shown")
        shown = again.chat.transcript.message(1)
        assert shown is not None and shown.note is not None
        assert shown.note.title.replace(",", "") == DROPPED
        again.chat.branch.dismiss_note(shown.message_id)
        await until(lambda: (found := again.chat.transcript.message(1)) is not None and found.note is None)
