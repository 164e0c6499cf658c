"""Windows are destroyed on the thread that made them, whatever other threads do meanwhile."""

from __future__ import annotations

import ctypes
import gc
import threading
import weakref

import psutil
import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.desktop.garbage import GarbageCollector, give_memory_back


class Window:
    """Refers to itself, as a widget does through the slots that it connected."""

    def __init__(self, died_on: list[str]) -> None:
        self.me = self
        weakref.finalize(self, lambda: died_on.append(threading.current_thread().name))


def work_on_another_thread() -> None:
    """More objects than any threshold of automatic collection."""
    worker = threading.Thread(target=lambda: [[] for _ in range(200_000)], name="worker")
    worker.start()
    worker.join()


def test_A17_another_thread_collects_no_window_while_the_program_runs_nor_when_it_ends(qapp: QApplication) -> None:
    died_on: list[str] = []
    owner = QObject()
    garbage = GarbageCollector(owner)
    Window(died_on)
    work_on_another_thread()
    assert died_on == []
    kept = [[] for _ in range(2 * gc.get_threshold()[0])]  # type: ignore[var-annotated]  # enough for a look to be due
    garbage.look()
    del kept
    assert died_on == ["MainThread"]
    Window(died_on)
    garbage.close()
    work_on_another_thread()
    assert died_on == ["MainThread"], "a thread that outlives the window leaves it alone"
    gc.enable()
    Window(died_on)
    work_on_another_thread()
    assert "worker" in died_on, "with automatic collection it would have: the test can fail"


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library of this system does that itself"
)
def test_memory_that_was_freed_goes_back_to_the_system() -> None:
    pieces = [bytearray(100_000) for _ in range(1_000)]
    last = pieces[-1]  # above all others: without help the system gets none of what lies below
    del pieces
    before = psutil.Process().memory_info().rss
    give_memory_back()
    after = psutil.Process().memory_info().rss
    assert before - after > 50e6
    assert len(last) == 100_000
