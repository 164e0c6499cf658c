"""What a child wrote last, for telling why it ended."""

from __future__ import annotations

import asyncio
from collections import deque

from app.services.process import READ_BYTES


class LastWords:
    """The end of a child's stderr, however much it writes. A pipe that nobody reads would stop the child."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pieces: deque[bytes] = deque()
        self._size = 0

    async def hear(self, stream: asyncio.StreamReader | None) -> None:
        """Read a pipe of this child to its end; what another child said before is forgotten."""
        assert stream is not None, "the child was started with a pipe for its stderr"
        self._pieces.clear()
        self._size = 0
        while data := await stream.read(READ_BYTES):
            self._pieces.append(data)
            self._size += len(data)
            while self._size - len(self._pieces[0]) >= self._max_bytes:
                self._size -= len(self._pieces.popleft())

    @property
    def lines(self) -> list[str]:
        return b"".join(self._pieces)[-self._max_bytes :].decode("utf-8", "replace").splitlines()
