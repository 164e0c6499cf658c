"""Heights of all messages as two-level sums: finding and changing one costs microseconds at 100,000 messages."""

from __future__ import annotations

from collections.abc import Sequence

CHUNK = 512


class Heights:
    """Whole logical pixels a message, estimated or real; the owner knows which."""

    def __init__(self, heights: Sequence[int] = ()) -> None:
        self._heights = list(heights)
        self._sums = [sum(self._heights[i : i + CHUNK]) for i in range(0, len(self._heights), CHUNK)]
        self._total = sum(self._sums)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    @property
    def total(self) -> int:
        return self._total

    def set(self, index: int, height: int) -> int:
        """Replace one height; returns the difference."""
        difference = height - self._heights[index]
        if difference:
            self._heights[index] = height
            self._sums[index // CHUNK] += difference
            self._total += difference
        return difference

    def append(self, height: int) -> None:
        if len(self._heights) % CHUNK == 0:
            self._sums.append(0)
        self._heights.append(height)
        self._sums[-1] += height
        self._total += height

    def truncate(self, count: int) -> None:
        """Keep the first `count`."""
        del self._heights[count:]
        chunks = -(-count // CHUNK)
        del self._sums[chunks:]
        if count % CHUNK:
            self._sums[-1] = sum(self._heights[(chunks - 1) * CHUNK :])
        self._total = sum(self._sums)

    def top(self, index: int) -> int:
        """Sum of all heights before `index`."""
        chunk = index // CHUNK
        return sum(self._sums[:chunk]) + sum(self._heights[chunk * CHUNK : index])

    def find(self, y: int) -> tuple[int, int]:
        """(index, offset inside it) of the message at height `y`; clamped to the first and last.

        Raises:
            IndexError: there are no messages.
        """
        if not self._heights:
            raise IndexError("no heights")
        chunk, last = 0, len(self._sums) - 1
        while chunk < last and y >= self._sums[chunk]:
            y -= self._sums[chunk]
            chunk += 1
        index = chunk * CHUNK
        end = min(len(self._heights), index + CHUNK) - 1
        while index < end and y >= self._heights[index]:
            y -= self._heights[index]
            index += 1
        return index, max(0, y)
