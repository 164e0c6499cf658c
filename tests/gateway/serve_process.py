"""`aica serve` as a process of its own, for tests that look at it from outside."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.end_to_end.conftest import Ended

SERVE = (sys.executable, "-m", "app.cli.main", "serve", "--port", "0")


async def start(*options: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *SERVE,
        *options,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> Ended:
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def serving(*options: str, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A gateway process and its address; ended by SIGTERM."""
    process = await start(*options, **environment)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("listening on http://"), (line, await ended(process))
        yield process, line.removeprefix("listening on ").strip()
    finally:
        if process.returncode is None:
            process.terminate()
        await ended(process)
