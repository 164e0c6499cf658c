"""A very fast, very long answer in a real window: all of it arrives, and the window goes on reacting."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.desktop.session import Session
from app.desktop.theme import Theme
from tests.benchmarks._measure import Beat
from tests.benchmarks._soak_servers import LmStudio
from tests.desktop.session_window import answered, open_session, until
from tests.fakes.raw_http import RawServer, answer, delta, events, stream
from tests.slowness import slowness

pytestmark = pytest.mark.anyio

TOKENS = 20_000
#: Seconds of the window's own work between two looks at what the person does.
MOST_S = 0.1
MOST_FOR_ONE_EVENT_S = 0.2


async def ask_and_find_the_window_never_busy_for(most_s: float, session: Session) -> None:
    """The window's own work in one go, while an answer comes, is shorter than this at its longest.

    Asked up to three times while it is not: work of our own is there each time, that of neighbours is not.
    """
    await until(lambda: session.parts.models.chosen().model)
    gc.collect()
    gc.freeze()  # the modules that were loaded, as in a program that is open for three seconds
    for _ in range(3):
        beat, known = Beat(), session.chat.transcript.count
        beat.start()
        session.chat.send("Say it at once.")
        await until(lambda known=known: session.chat.transcript.count == known + 2, 30)
        await until(lambda: not session.chat.is_busy, 60, "the end of the answer")
        await answered(session, known + 2)
        beat.stop()
        longest_s, allowed_s = max(beat.cpu), most_s * slowness()
        if longest_s < allowed_s:
            return
    pytest.fail(f"{longest_s * 1e3:.0f} ms of work in one go, and {allowed_s * 1e3:.0f} are allowed")


@pytest.fixture
async def far_simulator(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LmStudio]:
    """In a process of its own: its 20,000 prepared pieces would be garbage that the window's collector walks."""
    server = LmStudio()
    await server.start()
    monkeypatch.setenv("LMSTUDIO_BASE_URL", server.base_url)
    yield server
    await server.stop()


async def test_A11_twenty_thousand_tokens_at_once_arrive_whole_and_the_window_is_never_busy_for_long(
    theme: Theme, tmp_path: Path, far_simulator: LmStudio
) -> None:
    await far_simulator.play(answer="some **words** and `code`\n\n", tokens=TOKENS, tokens_per_second=0.0)
    async with open_session(theme, tmp_path / "home") as session:
        await ask_and_find_the_window_never_busy_for(MOST_S, session)
        text = session.chat.transcript.text(1)
        message = session.chat.transcript.message(1)
        assert message is not None and message.status == "complete"
        stored = await session.engine.run(session.engine.store.message(message.message_id))
    assert stored is not None and stored.text == text
    assert text is not None and len(text) > TOKENS


@pytest.mark.parametrize("shape", ["words", "one line", "lines of code"])
async def test_A11_a_huge_piece_in_one_event_arrives_whole_and_the_window_is_never_busy_for_long(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    text = {
        "words": "some **words** and `code`\n\n" * 100_000,
        "one line": "x" * 4_000_000,
        "lines of code": "```python\n" + "x = 'y'\n" * 300_000 + "```\n",
    }[shape]
    replies = {
        "/v1/models": answer({"object": "list", "data": [{"id": "m"}]}),
        "/v1/chat/completions": stream(events(delta(text, finish="stop"))),
    }
    async with RawServer(answer({"error": "no"}, 404), replies) as server:
        monkeypatch.setenv("LMSTUDIO_BASE_URL", server.url)
        async with open_session(theme, tmp_path / "home", "--provider", "lm_studio", "--model", "m") as session:
            await ask_and_find_the_window_never_busy_for(MOST_FOR_ONE_EVENT_S, session)
            assert session.chat.transcript.text(1) == text
