"""A folder that hangs, as a hard network mount does whose server is gone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock


@contextmanager
def hanging_share(folder: Path) -> Iterator[None]:
    """Whoever lists `folder` waits until the block ends. (A real mount that hangs would need a root's rights.)"""
    over = threading.Event()
    real = os.scandir

    def scandir(path: Any = ".") -> Any:
        if Path(path).is_relative_to(folder):
            over.wait(60)
        return real(path)

    with mock.patch.object(os, "scandir", scandir):
        try:
            yield
        finally:
            over.set()
