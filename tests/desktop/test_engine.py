"""The core's own thread and the window's: what it tells does not pile up before a window that is busy."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from app.desktop.engine import Engine
from app.paths import user_paths
from app.services.container import Overrides


def test_many_polls_while_the_window_is_busy_are_told_once(qapp: QApplication, tmp_path: Path) -> None:
    engine = Engine(user_paths(tmp_path), Overrides)
    told: list[int] = []
    engine.catalogue_polled.connect(lambda: told.append(1))

    def poll(times: int) -> None:
        worker = threading.Thread(target=lambda: [engine._note_poll() for _ in range(times)])
        worker.start()
        worker.join()

    poll(1_000)
    assert told == [], "the window has had no time yet"
    qapp.processEvents()
    assert len(told) == 1
    poll(1)
    qapp.processEvents()
    assert len(told) == 2, "the next one is news again"


class TakenInBetween(deque[Any]):
    """The window's thread takes what is there right before another one comes."""

    def append(self, event: Any) -> None:
        self.clear()
        super().append(event)


def test_an_event_is_told_also_when_the_ones_before_it_are_taken_at_that_moment(
    qapp: QApplication, tmp_path: Path
) -> None:
    engine = Engine(user_paths(tmp_path), Overrides)
    told: list[int] = []
    engine.answer_news.connect(lambda: told.append(1))
    engine.answer_events = TakenInBetween([("answer", "the last of an earlier one")])
    engine._take_answer_event(("answer", "began"))
    qapp.processEvents()
    assert told == [1], "else nobody would ever look at it"
