"""A very fast, very long answer in a real window: all of it arrives, and the window goes on reacting."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.comparison.compared_answer import AnswerState
from tests.benchmarks._measure import Beat
from tests.benchmarks._soak_servers import LmStudio
from tests.desktop.session_window import answered, open_session, until
from tests.fakes.raw_http import RawServer, answer, delta, events, stream
from tests.slowness import slowness

pytestmark = pytest.mark.anyio

TOKENS = 20_000
#: Seconds of the window's own work between two looks at what the person does.
MOST_S = 0.1
MOST_FOR_ONE_EVENT_S = 0.15


async def find_never_busy_for(most_s: float, session: Session, ask: Callable[[], Awaitable[None]]) -> None:
    """The window's own work in one go, while answers come, is shorter than this at its longest.

    Asked up to three times while it is not: work of our own is there each time, that of neighbours is not.
    """
    await until(lambda: session.parts.models.chosen().model)
    gc.collect()
    gc.freeze()  # the modules that were loaded, as in a program that is open for three seconds
    for _ in range(3):
        beat = Beat()
        beat.start()
        await ask()
        beat.stop()
        longest_s, allowed_s = max(beat.cpu), most_s * slowness()
        assert longest_s < 3 * allowed_s, "so much no neighbour makes of it"
        if longest_s < allowed_s:
            return
    pytest.fail(f"{longest_s * 1e3:.0f} ms of work in one go, and {allowed_s * 1e3:.0f} are allowed")


async def ask_once(session: Session) -> None:
    known = session.chat.transcript.count
    session.chat.send("Say it at once.")
    await until(lambda: session.chat.transcript.count == known + 2, 30)
    await until(lambda: not session.chat.is_busy, 60, "the end of the answer")
    await answered(session, known + 2)


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
        await find_never_busy_for(MOST_S, session, partial(ask_once, session))
        text = session.chat.transcript.text(1)
        message = session.chat.transcript.message(1)
        assert message is not None and message.status == "complete"
        stored = await session.engine.run(session.engine.store.message(message.message_id))
    assert stored is not None and stored.text == text
    assert text is not None and len(text) > TOKENS


SHAPES = {
    "words": "some **words** and `code`\n\n" * 100_000,
    "one line": "x" * 4_000_000,
    "lines of code": "```python\n" + "x = 'y'\n" * 300_000 + "```\n",
}


@contextlib.asynccontextmanager
async def huge_events(text: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """An LM Studio with two models that say all of it in one event."""
    replies = {
        "/v1/models": answer({"object": "list", "data": [{"id": "m"}, {"id": "n"}]}),
        "/v1/chat/completions": stream(events(delta(text, finish="stop"))),
    }
    async with RawServer(answer({"error": "no"}, 404), replies) as server:
        monkeypatch.setenv("LMSTUDIO_BASE_URL", server.url)
        yield


@pytest.mark.parametrize("shape", SHAPES)
async def test_A11_a_huge_piece_in_one_event_arrives_whole_and_the_window_is_never_busy_for_long(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    async with (
        huge_events(SHAPES[shape], monkeypatch),
        open_session(theme, tmp_path / "home", "--provider", "lm_studio", "--model", "m") as session,
    ):
        await find_never_busy_for(MOST_FOR_ONE_EVENT_S, session, partial(ask_once, session))
        assert session.chat.transcript.text(1) == SHAPES[shape]


async def test_A11_a_huge_piece_in_one_event_of_a_comparison_arrives_whole_and_the_window_is_never_busy_for_long(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with huge_events(SHAPES["words"], monkeypatch), open_session(theme, tmp_path / "home") as session:
        controller = session.parts.compare.controller
        session.parts.compare.open()
        for name in ("m", "n"):
            controller.add("lm_studio", name, name)

        async def compare() -> None:
            controller.clear()
            controller.start("Say it at once.", blind=False, together=True)
            await until(lambda: controller.kept is not None, 30)
            await until(lambda: controller.kept.is_over and not controller.is_busy, 60, "the end of both answers")

        await find_never_busy_for(MOST_FOR_ONE_EVENT_S, session, compare)
        for position in range(2):
            assert controller.kept.answers[position].state is AnswerState.COMPLETE
            assert controller.kept.answers[position].text == SHAPES["words"]
            assert controller.transcripts[position].text(0) == SHAPES["words"]
