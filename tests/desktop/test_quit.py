"""Closing the window at any moment leaves nothing running and loses no text (reliability A17)."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path

import psutil
import pytest

from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.desktop.session_window import open_session, until

pytestmark = pytest.mark.anyio

DEFAULT_ROUNDS, LONG_ROUNDS = 12, 200


def ours() -> set[str]:
    return {t.name for t in threading.enumerate() if t.name.startswith(("engine", "store", "asyncio"))}


async def quit_once(theme: Theme, home: Path, server: MockServer, moment: float) -> None:
    shown: list[str] = []
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.chat.transcript.text_appended.connect(lambda _index, text: shown.append(text))
        session.window.chat.composer.send_requested.emit("Write for ever")
        await asyncio.sleep(moment)
        chat = session.chat.conversation_id
    assert ours() == set()
    if chat is None:
        return
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    messages = await store.messages(chat)
    await store.aclose()
    text = "".join(shown)
    if text:
        assert messages[-1].text.startswith(text), "everything that was shown is stored"
        assert messages[-1].status == "interrupted"


async def many_times(theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    chance = random.Random(17)
    async with MockServer() as server:
        server.script.ttft = 0.02
        server.script.tokens_per_second = 400.0
        server.script.answer = "word " * 5_000
        monkeypatch.setenv("LMSTUDIO_BASE_URL", server.base_url)
        sockets = len(psutil.Process().net_connections())
        for number in range(rounds):
            await quit_once(theme, tmp_path / f"home{number}", server, chance.uniform(0.0, 0.5))
        async with asyncio.timeout(3):
            while server.stats.streams_open:
                await asyncio.sleep(0.01)
        assert len(psutil.Process().net_connections()) <= sockets + 1


async def test_A17_quitting_at_random_moments_leaves_nothing_behind(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many_times(theme, tmp_path, monkeypatch, DEFAULT_ROUNDS)


@pytest.mark.slow
@pytest.mark.skipif("not config.getoption('-m')", reason="by command: pytest -m slow")
async def test_A17_quitting_two_hundred_times(theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await many_times(theme, tmp_path, monkeypatch, LONG_ROUNDS)
