"""The transcript under load, against the plain way of doing it (QTextBrowser.setMarkdown at each flush)."""

from __future__ import annotations

import collections
import gc
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks._data import KINDS, Conversation, stream_text, tokens
from tests.benchmarks._measure import Beat, Figures, Limit, resident_mb, spread_ms, timed

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

SIZE = (900, 800)
FLUSH_MS = 16
RATE = 1_000  # tokens a second
FRAME_TOKENS = 64  # tokens a flush where the machine's limit is looked for


def _application() -> object:
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication(["benchmark"])


def _settle(seconds: float) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def _paint_what_waits(view: QWidget) -> None:
    """Now, and as the loop would have it: `repaint` would paint the whole pane, whatever changed."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(view.window(), QEvent.Type.UpdateRequest.value)


class Ours:
    """The transcript on a conversation whose texts come when they are asked for, a turn of the loop later."""

    def __init__(self, messages: int) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        from app.desktop.models.transcript_model import TranscriptModel
        from app.desktop.theme import Theme
        from app.desktop.views.transcript import TranscriptView

        self.conversation = Conversation(messages)
        self.theme = Theme()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.theme.apply(application, "light")
        self.model = TranscriptModel()

        def load(first: int, last: int) -> None:
            QTimer.singleShot(0, lambda: self.model.put(self.conversation.messages(first, last)))

        self.model.needed.connect(load)
        self.view = TranscriptView(self.theme, self.model)
        self.view.resize(*SIZE)
        self.view.show()
        _settle(0.2)
        self.open()
        _settle(0.2)

    def open(self) -> None:
        last = self.conversation.count - 1
        newest = self.conversation.messages(max(0, last - 40), last) if last >= 0 else {}
        self.model.reset(self.conversation.sizes[:], newest)

    def paint(self) -> None:
        _paint_what_waits(self.view)

    def begin(self) -> None:
        from app.desktop.models.transcript_model import TranscriptMessage

        message = TranscriptMessage(-1, "assistant", "Qwen3 Coder 30B", "LM Studio", "14:33", "")
        self.index = self.model.append(message)
        self.model.begin_stream(self.index)

    def feed(self, text: str) -> None:
        self.model.append_text(self.index, text)


class Plain:
    """One QTextBrowser that is given the whole text again at each flush."""

    def __init__(self, messages: int) -> None:
        from PySide6.QtWidgets import QTextBrowser

        self.view = QTextBrowser()
        self.view.resize(*SIZE)
        self.view.show()
        self._text = ""
        _settle(0.2)

    def paint(self) -> None:
        _paint_what_waits(self.view)

    def begin(self) -> None:
        self._text = ""

    def feed(self, text: str) -> None:
        self._text += text
        self.view.setMarkdown(self._text)
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.maximum())


class Producer(threading.Thread):
    """Stands in for the network thread: puts tokens into a deque at a steady rate."""

    def __init__(self, pieces: list[str], rate: float) -> None:
        super().__init__(daemon=True)
        self.queue: collections.deque[str] = collections.deque()
        self.done = False
        self.stopped = False
        self._pieces, self._rate = pieces, rate

    def run(self) -> None:
        start, sent = time.perf_counter(), 0
        while sent < len(self._pieces) and not self.stopped:
            due = min(len(self._pieces), int((time.perf_counter() - start) * self._rate) + 1)
            self.queue.extend(self._pieces[sent:due])
            sent = due
            time.sleep(0.002)
        self.done = True

    def drain(self) -> str:
        pieces: list[str] = []
        while self.queue:
            pieces.append(self.queue.popleft())
        return "".join(pieces)


def stream(messages: int, *, kind: str = "mixed", reading: bool = False, limit_s: float = 90) -> Figures:
    """200 KB at 1,000 tokens a second into an open chat, drained every 16 ms."""
    _application()
    subject = Ours(messages)
    return _stream(subject, kind, limit_s, reading=reading)


def plain_stream() -> Figures:
    """The same stream into a QTextBrowser, at most 60 s of it."""
    _application()
    return _stream(Plain(0), "mixed", 60)


def _stream(subject: Ours | Plain, kind: str, limit_s: float, *, reading: bool = False) -> Figures:
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    pieces = tokens(stream_text(kind))
    subject.begin()
    if reading:
        subject.view.verticalScrollBar().setValue(subject.view.verticalScrollBar().maximum() - 2_000)
    gc.collect()
    gc.freeze()
    producer, beat, loop = Producer(pieces, RATE), Beat(), QEventLoop()
    start, fed = time.perf_counter(), 0

    def flush() -> None:
        nonlocal fed
        finished = producer.done
        text = producer.drain()
        if text:
            subject.feed(text)
            fed += len(text)
        if (finished and not producer.queue) or time.perf_counter() - start > limit_s:
            loop.quit()

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(FLUSH_MS)
    timer.timeout.connect(flush)
    scroller = QTimer()
    if reading:
        bar = subject.view.verticalScrollBar()
        scroller.timeout.connect(lambda: bar.setValue(bar.value() - 7))
        scroller.start(16)
    timer.start()
    beat.start()
    cpu = time.thread_time()
    producer.start()
    loop.exec()
    cpu = time.thread_time() - cpu
    figures = beat.stop()
    producer.stopped = True
    timer.stop()
    scroller.stop()
    wall = time.perf_counter() - start
    return figures | {
        "ui_cpu_s": round(cpu, 2),
        "wall_s": round(wall, 2),
        "arrived_percent": round(100 * fed / len(stream_text(kind)), 1),
        "resident_mb": resident_mb(),
    }


def saturated(messages: int, *, kind: str = "mixed", limit_s: float = 40) -> Figures:
    """64 tokens at a time, each laid out and painted before the next: tokens a second and the cost of a flush."""
    application = _application()
    return _saturated(application, Ours(messages), kind, limit_s)


def plain_saturated() -> Figures:
    application = _application()
    return _saturated(application, Plain(0), "mixed", 40)


def _saturated(application: object, subject: Ours | Plain, kind: str, limit_s: float) -> Figures:
    pieces = tokens(stream_text(kind))
    subject.begin()
    gc.collect()
    gc.freeze()
    wall: list[float] = []
    cpu: list[float] = []
    done, start = 0, time.perf_counter()

    def frame(text: str) -> None:
        subject.feed(text)
        subject.paint()

    while done < len(pieces) and time.perf_counter() - start < limit_s:
        text = "".join(pieces[done : done + FRAME_TOKENS])
        seconds = timed(partial(frame, text))
        wall.append(seconds[0])
        cpu.append(seconds[1])
        done += FRAME_TOKENS
        application.processEvents()  # type: ignore[attr-defined]  # a QApplication
    elapsed = time.perf_counter() - start
    done = min(done, len(pieces))
    return {"tokens_per_s": round(done / elapsed), "arrived_percent": round(100 * done / len(pieces), 1)} | spread_ms(
        cpu, "flush_cpu"
    )


def opening(messages: int) -> Figures:
    """From the call to the painted window, best of five (the first is cold and told apart)."""
    _application()
    subject = Ours(messages)

    def work() -> None:
        subject.open()
        subject.paint()

    runs = [timed(work) for _ in range(6)]
    return {
        "open_first_ms": round(runs[0][0] * 1e3, 2),
        "open_ms": round(sorted(r[0] for r in runs[1:])[2] * 1e3, 2),
        "resident_mb": resident_mb(),
    }


def scrolling(messages: int) -> Figures:
    """400 steps of 60 pixels up through unseen text, then 200 jumps."""
    application = _application()
    subject = Ours(messages)
    bar = subject.view.verticalScrollBar()
    chance = random.Random(1)
    gc.collect()
    gc.freeze()

    def move(value: int) -> None:
        bar.setValue(value)
        subject.paint()

    steps: list[float] = []
    jumps: list[float] = []
    for _ in range(400):
        steps.append(timed(partial(move, bar.value() - 60))[1])
        application.processEvents()  # type: ignore[attr-defined]  # a QApplication
    for _ in range(200):
        jumps.append(timed(partial(move, chance.randint(0, bar.maximum())))[1])
        application.processEvents()  # type: ignore[attr-defined]  # a QApplication
    return spread_ms(steps, "scroll_cpu") | spread_ms(jumps, "jump_cpu")


CASES: dict[str, Callable[[], Figures]] = {
    "stream": partial(stream, 10_000),
    "stream-reading": partial(stream, 10_000, reading=True),
    "plain-stream": plain_stream,
    "saturated": partial(saturated, 10_000),
    "plain-saturated": plain_saturated,
    **{f"flush-{kind}": partial(saturated, 0, kind=kind) for kind in KINDS},
    "open-1000": partial(opening, 1_000),
    "open-10000": partial(opening, 10_000),
    "open-100000": partial(opening, 100_000),
    "scroll": partial(scrolling, 10_000),
}

LIMITS = [
    Limit("stream", "ui_cpu_p99_ms", at_most=4),
    Limit("stream", "ui_cpu_max_ms", at_most=12),
    Limit("stream", "arrived_percent", at_least=100),
    Limit("stream-reading", "ui_cpu_p99_ms", at_most=4),
    Limit("stream-reading", "ui_cpu_max_ms", at_most=12),
    Limit("saturated", "tokens_per_s", at_least=22_000),
    *(Limit(f"flush-{kind}", "flush_cpu_p99_ms", at_most=8) for kind in KINDS),
    Limit("open-10000", "open_ms", at_most=25),
    Limit("open-100000", "open_ms", at_most=60),
    Limit("scroll", "scroll_cpu_p99_ms", at_most=5),
]
