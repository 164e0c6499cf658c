"""The real window, used as on one day with every provider switched off; and then the rest of that day, a second
for twelve hours, in which whatever looks again by itself looks as often as it would.

Arguments are those of `ai-coder-assistant`. Says how many looks at the providers there were, and at its end connects
once to the port in `DAY_LAST_PORT`: who watches it must see that one, and no other.
"""

from __future__ import annotations

import asyncio
import gc
import os
import selectors
import socket
import sys
import threading
import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.desktop.pane_names import TABS
from app.desktop.session import Session
from tests.desktop.session_window import notice_text, until
from tests.end_to_end.network_child import PATIENCE_S, run

DAY_S = 86_400.0
FACTOR = 43_200.0
#: Timers of the window that look again and again; below it something is drawn or typed.
LOOKS_FROM_MS = 900


async def ask(session: Session) -> None:
    """A prompt that nobody can answer: that is told."""
    await until(lambda: session.parts is not None, PATIENCE_S, "the core")
    edit = session.window.chat.composer.edit
    QTest.keyClicks(edit, "Is anybody there?")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    await until(
        lambda: notice_text(session) or (session.chat.transcript.count >= 2 and not session.chat.is_busy),
        PATIENCE_S,
        "a word on why there is no answer",
    )


async def look_around(session: Session) -> None:
    """Every page of the settings, every pane, every list that opens without a question."""
    pane = session.parts.panes.open_settings()
    for tab in TABS:
        pane.show_tab(tab)
        await asyncio.sleep(0.1)
    for command in ("statistics", "compare", "get_models", "help", "palette", "search", "choose_model", "trash"):
        session.parts.shortcuts.run(command)
        await asyncio.sleep(0.2)
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
            await asyncio.sleep(0)
    session.new_chat()


async def let_the_day_pass(session: Session) -> None:
    """What waits on this computer's clock waits on a faster one from here on, until the day is over.

    The clock goes right again by itself: what comes at that speed may leave this loop no time.
    """
    looks: list[None] = []
    counting = session.engine.services.catalogue.polled.subscribe(lambda _none: looks.append(None))
    monotonic, wall, select = time.monotonic, time.time, selectors.EpollSelector.select
    began, began_wall = monotonic(), wall()
    is_over = threading.Event()

    def faster(self: selectors.EpollSelector, timeout: float | None = None) -> object:
        return select(self, timeout if timeout is None or timeout <= 0 else timeout / FACTOR)

    def end_the_day() -> None:
        time.monotonic, time.time = monotonic, wall
        selectors.EpollSelector.select = select  # type: ignore[method-assign]  # as it was
        is_over.set()

    time.monotonic = lambda: began + (monotonic() - began) * FACTOR
    time.time = lambda: began_wall + (monotonic() - began) * FACTOR
    selectors.EpollSelector.select = faster  # type: ignore[method-assign,assignment]  # until the day is over
    threading.Timer(DAY_S / FACTOR, end_the_day).start()
    loop, catalogue = session.engine._loop, session.engine.services.catalogue
    assert loop is not None
    loop.call_soon_threadsafe(catalogue.look_now)  # out of the waiting that began at the old speed
    timers = [one for one in gc.get_objects() if isinstance(one, QTimer)]
    often = {one: one.interval() for one in timers if one.isActive() and one.interval() >= LOOKS_FROM_MS}
    for timer, interval in often.items():
        timer.setInterval(max(1, round(interval / FACTOR)))
    while not is_over.is_set():
        await asyncio.sleep(0.1)
    for timer, interval in often.items():
        timer.setInterval(interval)
    counting.close()
    print(f"looks {len(looks)}", flush=True)


async def end_it(_session: Session) -> None:
    """So that whoever watches knows that it would have seen one."""
    with socket.socket() as last:
        last.settimeout(5)
        last.connect_ex(("127.0.0.1", int(os.environ["DAY_LAST_PORT"])))


if __name__ == "__main__":
    sys.exit(run(ask, look_around, let_the_day_pass, end_it))
