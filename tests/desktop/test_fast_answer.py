"""A very fast, very long answer in a real window: all of it arrives, and the window goes on reacting."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from tests.benchmarks._measure import Beat
from tests.desktop.session_window import answered, open_session, until
from tests.fakes.raw_http import RawServer, answer, delta, events, stream
from tests.slowness import slowness

pytestmark = pytest.mark.anyio

TOKENS = 20_000
#: Seconds of the window's own work between two looks at what the person does.
MOST_S = 0.1
MOST_FOR_ONE_EVENT_S = 0.2


async def test_A11_twenty_thousand_tokens_at_once_arrive_whole_and_the_window_is_never_busy_for_long(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.update({"answer": "some **words** and `code`\n\n", "tokens": TOKENS, "tokens_per_second": 0.0})
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        beat = Beat()
        beat.start()
        session.chat.send("Say it at once.")
        await until(lambda: session.chat.transcript.count == 2, 30)
        await until(lambda: not session.chat.is_busy, 60, "the end of the answer")
        await answered(session, 2)
        beat.stop()
        text = session.chat.transcript.text(1)
        message = session.chat.transcript.message(1)
        assert message is not None and message.status == "complete"
        stored = await session.engine.run(session.engine.store.message(message.message_id))
    assert stored is not None and stored.text == text
    assert simulator.stats.tokens_sent >= TOKENS
    assert text is not None and len(text) > TOKENS
    assert max(beat.cpu) < MOST_S * slowness(), f"{max(beat.cpu) * 1e3:.0f} ms of work in one go"


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
            await until(lambda: session.parts.models.chosen().model)
            beat = Beat()
            beat.start()
            session.chat.send("Say it at once.")
            await until(lambda: session.chat.transcript.count == 2, 30)
            await until(lambda: not session.chat.is_busy, 60, "the end of the answer")
            await answered(session, 2)
            beat.stop()
            assert session.chat.transcript.text(1) == text
    assert max(beat.cpu) < MOST_FOR_ONE_EVENT_S * slowness(), f"{max(beat.cpu) * 1e3:.0f} ms of work in one go"
