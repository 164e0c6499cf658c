"""The end of what a child says, with a real child."""

from __future__ import annotations

import asyncio
import sys

import pytest

from app.services.last_words import LastWords

pytestmark = pytest.mark.anyio


async def heard(words: LastWords, program: str) -> list[str]:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=asyncio.subprocess.PIPE)
    await words.hear(child.stderr)
    await child.wait()
    return words.lines


async def test_of_a_flood_the_end_is_kept_and_of_another_child_nothing() -> None:
    words = LastWords(1_000)

    flood = await heard(words, "import sys; sys.stderr.write('x' * 3_000_000 + '\\nthe end\\n')")
    other = await heard(words, "import sys; sys.stderr.buffer.write(b'\\xff short')")

    assert flood[-1] == "the end"
    assert sum(map(len, flood)) <= 1_000
    assert other == ["\ufffd short"]
