"""How far a long action is: one line that is redrawn on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, TextIO

from app.cli import output

if TYPE_CHECKING:
    from app.services.runtimes import PullProgress

REDRAW_S = 0.1
BAR_CELLS = 24
#: Elsewhere than on a terminal a line is written for each step of this size, and for each new status.
PLAIN_STEP = 0.1
#: A pause shorter than this is not worth a word.
STALLED_S = 5.0


class ProgressLine:
    """Written to standard error: standard output holds the result alone."""

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self._title = output.one_line(title)
        self._stream = sys.stderr if stream is None else stream
        self._redrawn = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._drawn_at = float("-inf")
        self._told: tuple[str, int] | None = None
        self._open = False

    def show(self, share: float | None, words: str = "", status: str = "") -> None:
        """`share` from 0 to 1, None while unknown. `status` is a word from outside."""
        status = output.one_line(status, 40)
        if self._redrawn:
            self._draw(share, words or status)
            return
        step = -1 if share is None else int(share / PLAIN_STEP)
        if self._told != (status, step):
            self._told = (status, step)
            percent = "" if share is None else f" {share * 100:.0f} %"
            print(" ".join(f"{self._title}:{percent} {words or status}".split()), file=self._stream, flush=True)

    def _draw(self, share: float | None, words: str) -> None:
        now = time.monotonic()
        if now - self._drawn_at < REDRAW_S and share != 1.0:
            return
        self._drawn_at = now
        text = f"{self._title}  {words}"
        if share is not None:
            full = round(share * BAR_CELLS)
            text = f"{self._title}  {'█' * full}{'░' * (BAR_CELLS - full)} {share * 100:5.1f} %  {words}"
        width = max(20, shutil.get_terminal_size().columns - 1)
        self._stream.write(f"\r\x1b[K{text[:width]}")
        self._stream.flush()
        self._open = True

    def end(self) -> None:
        """Take the line away: what follows begins on an empty one."""
        if self._open:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._open = False


def share_of(progress: PullProgress) -> float | None:
    """How much of a download is there, None while that is unknown."""
    if not progress.total_bytes or progress.completed_bytes is None:
        return None
    return progress.completed_bytes / progress.total_bytes


def words_of(progress: PullProgress) -> str:
    """Bytes, speed, and how long nothing has come."""
    pieces = []
    if progress.completed_bytes is not None and progress.total_bytes:
        done, total = output.size_text(progress.completed_bytes), output.size_text(progress.total_bytes)
        pieces.append(f"{done} of {total}")
    if progress.bytes_per_second:
        pieces.append(f"{output.size_text(int(progress.bytes_per_second))}/s")
    if progress.stalled_s >= STALLED_S:
        pieces.append(f"no progress for {progress.stalled_s:.0f} s")
    return ", ".join(pieces)
