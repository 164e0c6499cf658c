"""What is typed into `aica chat`: at a terminal edited by prompt_toolkit, else standard input, one message a line."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

from app.cli import prompt_input

READ_BYTES = 64 * 1024


async def plain_lines() -> AsyncIterator[str]:
    """Standard input line by line; without a terminal there is nobody to prompt.

    Raises:
        UsageError: it is binary or in another encoding; none of the lines read together with that were given out.
    """
    rest = b""
    async for data in _pieces_of_standard_input():
        rest += data
        # UTF-16 cannot be cut at the byte of a line end; it comes from files, so its end is not far.
        whole = not data or not rest.startswith(prompt_input.UTF_16_MARKS)
        cut = len(rest) if not data else rest.rfind(b"\n") + 1 if whole else 0
        lines = prompt_input.as_text(rest[:cut], "standard input")
        rest = rest[cut:]
        if whole and b"\0" in rest:
            prompt_input.as_text(rest, "standard input")
        for line in lines.split("\n"):
            yield line.removesuffix("\r")


async def _pieces_of_standard_input() -> AsyncIterator[bytes]:
    """What comes, as it comes; an empty piece is the end."""
    if sys.stdin is None:
        return
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes] = asyncio.Queue()
    wanted = threading.Semaphore(0)
    descriptor = sys.stdin.fileno()

    def read() -> None:
        # A thread of our own on the bare descriptor: one of the pool's could not be left behind on Ctrl-C, and a
        # buffered reader must not be in use when Python ends.
        data = b"start"
        while data:
            wanted.acquire()
            data = os.read(descriptor, READ_BYTES)
            try:
                loop.call_soon_threadsafe(pieces.put_nowait, data)
            except RuntimeError:  # the loop is closed: the program is ending
                return

    threading.Thread(target=read, name="stdin", daemon=True).start()
    data = b"start"
    while data:
        wanted.release()
        data = await pieces.get()
        yield data


async def edited_lines() -> AsyncIterator[str]:
    """Lines of a person, with editing and recall. Ctrl-C empties the line, Ctrl-D leaves."""
    from prompt_toolkit import PromptSession  # here: it costs 100 ms, and only a terminal needs it
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    session: PromptSession[str] = PromptSession(key_bindings=keys, reserve_space_for_menu=0)
    while True:
        try:
            yield await session.prompt_async("> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
