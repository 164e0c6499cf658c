"""`kill -9` at random moments: what was shown is stored, and the store opens as if nothing had happened."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer, Script
from tests.end_to_end.conftest import Programs
from tests.end_to_end.kill_runs import Shown, check_answers, check_file, read_shown

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")]

LANES = 4
SEED = 6


async def chat_and_be_killed(programs: Programs, home: Path, base_url: str, delay_s: float) -> Shown:
    child = await programs.start("-m", "tests.end_to_end.chat_child", "--home", str(home), "--base-url", base_url)
    assert child.stdout is not None
    async with asyncio.timeout(60):
        first = await child.stdout.readline()
    assert json.loads(first)["saved"], first
    reading = asyncio.ensure_future(child.stdout.read())  # an unread pipe would hold the child up
    await asyncio.wait({reading}, timeout=delay_s)
    assert child.returncode is None, "the child ended by itself"
    killed_at = time.monotonic()
    child.send_signal(signal.SIGKILL)
    shown = read_shown(await reading, killed_at)
    await child.wait()
    return shown


async def check_content(path: Path, shown: Shown) -> int:
    """Compare the store with what was shown; returns how many answers the kill cut off."""
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved, store.state.reason
    cut = await check_answers(store, shown)
    await store.aclose()
    return cut


async def kill_often(programs: Programs, tmp_path: Path, times: int) -> None:
    dice = random.Random(SEED)
    delays = [dice.uniform(0.0, 1.1) for _ in range(times)]
    script = Script(ttft=0.01, tokens_per_second=300, tokens=160)
    async with MockServer(script) as server:

        async def lane(number: int) -> tuple[int, int]:
            """Kill after kill on one growing store, as on one person's computer."""
            home = tmp_path / f"home{number}"
            path = user_paths(home).store_file
            cut = texts = 0
            for delay in delays[number::LANES]:
                shown = await chat_and_be_killed(programs, home, server.base_url, delay)
                await asyncio.to_thread(check_file, path, index=False)
                cut += await check_content(path, shown)
                await asyncio.to_thread(check_file, path, index=True)
                texts += sum(1 for answer in shown.prompts if shown.text(answer))
            return cut, texts

        results = await asyncio.gather(*(lane(number) for number in range(LANES)))
    cut, with_text = (sum(column) for column in zip(*results, strict=True))
    # Beside other work the first words come later, and fewer kills find any.
    assert cut >= times // 3, f"only {cut} of {times} kills met a running answer: the test has lost its point"
    assert with_text >= times // 3, f"only {with_text} of {times} kills met an answer with text"


async def test_C6_shown_text_survives_fifty_kills_at_random_moments(programs: Programs, tmp_path: Path) -> None:
    await kill_often(programs, tmp_path, 50)


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("AICA_SLOW_TESTS"), reason="the long variant runs with AICA_SLOW_TESTS=1")
async def test_C6_shown_text_survives_two_hundred_kills_at_random_moments(programs: Programs, tmp_path: Path) -> None:
    await kill_often(programs, tmp_path, 200)
