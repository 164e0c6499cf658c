"""A child of ours that answers requests line by line on its pipes, started when it is first needed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path

from app.services.process import end_group, start_options

logger = logging.getLogger(__name__)

MAX_LINE_BYTES = 32 * 1024 * 1024


class ChildEndedError(Exception):
    """The child ended, was ended, or said nothing in time."""


class PipedProcess:
    """One request at a time; a child that fails is ended, and the next request starts a new one."""

    def __init__(self, program: Path, arguments: Sequence[str], *, idle_s: float) -> None:
        """`idle_s` without a request ends the child, to give its memory back."""
        self._program = program
        self._arguments = tuple(arguments)
        self._idle_s = idle_s
        self._child: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._closed = False
        self._busy = False

    @property
    def process_id(self) -> int | None:
        """Of the running child, None while there is none."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    async def ask(self, request: bytes, *, timeout_s: float) -> bytes:
        """Send one line (without its end) and return the line that comes back.

        Raises:
            ChildEndedError: it could not be started, ended, or was ended for taking longer than `timeout_s`.
        """
        async with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._exchange(request)
            except TimeoutError as exc:
                raise ChildEndedError(f"no answer within {timeout_s:g} s") from exc
            except (OSError, ValueError) as exc:  # ValueError: a line beyond the limit
                raise ChildEndedError(str(exc) or type(exc).__name__) from exc
            finally:
                await self._rest()

    async def _exchange(self, request: bytes) -> bytes:
        child = await self._running()
        assert child.stdin is not None
        assert child.stdout is not None
        self._busy = True
        child.stdin.write(request + b"\n")
        await child.stdin.drain()
        line = await child.stdout.readline()
        if not line.endswith(b"\n"):
            raise ChildEndedError(f"{self._program.name} ended with status {child.returncode}")
        self._busy = False
        return line

    async def _running(self) -> asyncio.subprocess.Process:
        if self._ending is not None:
            await asyncio.shield(self._ending)
        if self._closed:
            raise ChildEndedError("closed")
        if self._child is None or self._child.returncode is not None:
            options = start_options(self._program) | {"stdin": subprocess.PIPE}
            self._child = await asyncio.create_subprocess_exec(
                str(self._program),
                *self._arguments,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                limit=MAX_LINE_BYTES,
                **options,
            )
        return self._child

    async def _rest(self) -> None:
        """After a request: a child that still works on it would answer the next one with the wrong line."""
        if self._busy:
            self._busy = False
            await self._end()
        elif not self._closed:
            self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._end_idle)

    def _end_idle(self) -> None:
        if not self._lock.locked():
            self._begin_end()

    async def _end(self) -> None:
        """End the child; also when whoever asked for it is cancelled meanwhile."""
        self._begin_end()
        if self._ending is not None:
            await asyncio.shield(self._ending)

    def _begin_end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._ending = asyncio.get_running_loop().create_task(_end_child(child, self._ending), name="piped.end")

    async def aclose(self) -> None:
        """End the child. Harmless when there is none; requests fail from here on."""
        self._closed = True
        if self._lock.locked():
            await self._end()  # a request that waits for it ends with it
        async with self._lock:  # whoever was just starting one has it by then
            if self._idle is not None:
                self._idle.cancel()
            await self._end()


async def _end_child(child: asyncio.subprocess.Process, earlier: asyncio.Task[None] | None) -> None:
    if earlier is not None:
        await asyncio.wait({earlier})
    if child.stdin is not None:
        child.stdin.close()
    if child.returncode is None:
        await end_group(child.pid, lambda: child.returncode is not None)
    with contextlib.suppress(ProcessLookupError):
        await child.wait()
