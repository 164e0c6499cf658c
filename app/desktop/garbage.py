"""Cyclic garbage is collected on the Qt thread only.

Python collects on whichever thread happens to allocate. A Qt object in a cycle that is destroyed on the engine's thread
stops its timers from there, which Qt answers with a warning or a crash; so automatic collection is off and a timer
does the same work where it is safe.
"""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 1_000
#: Seconds between full collections, which are done only while nothing streams.
FULL_EVERY = 60


def give_memory_back() -> None:
    """Let the system have what glibc keeps of memory that was freed; 1 ms. Other allocators do it by themselves.

    In a long day of chats it kept 10 MB of a window's 190 after twenty minutes, and ever more.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes  # here: the start needs none of it

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries of Linux have none
    if trim is not None:
        trim(0)


class GarbageCollector(QObject):
    """Made on the Qt thread; from then on nothing is collected anywhere else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._thresholds = gc.get_threshold()
        self._looks = 0
        self.is_busy = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect what is due: young objects often, everything once a minute of rest."""
        self._looks += 1
        if self._looks >= FULL_EVERY and not self.is_busy:
            self._looks = 0
            gc.collect()
            give_memory_back()
            return
        young, middle, _old = gc.get_count()
        if young > self._thresholds[0]:
            gc.collect(1 if middle > self._thresholds[1] else 0)

    def close(self) -> None:
        """The program ends. Collection stays off: a thread that is still on its way out must not destroy a window."""
        self._timer.stop()
