"""Pixels that are moved are those that painting anew would make."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.desktop.views.transcript.selection import everything
from app.desktop.views.transcript.view import OVERSHOOT, TranscriptView
from tests.benchmarks._data import Conversation, stream_text, tokens
from tests.desktop.views.transcript.conftest import Show, answer, prompt

#: Round corners are not smoothed the same to the last bit where a part of them is painted.
SMOOTHING = 8
KINDS = ("mixed", "paragraph", "code", "table", "list")


def on_screen(view: TranscriptView) -> QImage:
    """What the window shows, in its own pixels, with everything painted that waits for it."""
    QApplication.processEvents()
    shown = view.screen().grabWindow(view.window().winId()).toImage()
    where = QRect(view.viewport().mapTo(view.window(), QPoint()), view.viewport().size())
    return in_pixels(shown.copy(of_device(view, where)))


def painted_anew(view: TranscriptView) -> QImage:
    return in_pixels(view.viewport().grab().toImage())


def in_pixels(image: QImage) -> QImage:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(1.0)
    return image


def of_device(view: TranscriptView, rect: QRect) -> QRect:
    ratio = view.devicePixelRatioF()
    return QRect(*(int(part * ratio) for part in rect.getRect()))


def assert_same(view: TranscriptView, what: object, *, but: QRect | None = None) -> None:
    shown, fresh = on_screen(view), painted_anew(view)
    assert shown.size() == fresh.size()
    if but is not None:
        for image in (shown, fresh):
            QPainter(image).fillRect(of_device(view, but), Qt.GlobalColor.white)
    different = [
        (x, y)
        # A letter of a block out of sight may reach in.
        for y in range(OVERSHOOT, shown.height() - OVERSHOOT)
        if line(shown, y) != line(fresh, y)
        for x in range(shown.width())
        if abs(shown.pixelColor(x, y).lightness() - fresh.pixelColor(x, y).lightness()) > SMOOTHING
    ]
    assert not different, f"{len(different)} pixels differ after {what}, the first at {different[0]}"


def line(image: QImage, y: int) -> bytes:
    step = image.bytesPerLine()
    return bytes(image.constBits()[y * step : y * step + image.width() * 4])


def begin(view: TranscriptView) -> int:
    """An answer that streams, at the end."""
    index = view.model.append(answer("", 999))
    view.model.begin_stream(index)
    return index


def long_chat(show: Show, count: int = 60) -> TranscriptView:
    conversation = Conversation(count)
    return show([conversation.message(i) for i in range(count)], size=(640, 480))


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_grows_at_the_end(show: Show, kind: str) -> None:
    view = show([prompt("Write.")])
    index = begin(view)
    pieces = tokens(stream_text(kind))
    for at in range(0, 1_200, 24):
        view.model.append_text(index, "".join(pieces[at : at + 24]))
        assert_same(view, f"token {at}")
    view.model.finish(index)
    assert_same(view, "the end")


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_done_in_whatever_order(show: Show, seed: int) -> None:
    chance = random.Random(seed)
    view = long_chat(show)
    index = begin(view)
    pieces = iter(tokens(stream_text("mixed")))
    cover = QPushButton("Jump to latest", view)  # as the pill over the transcript
    cover.setGeometry(240, 420, 160, 40)
    cover.hide()
    for number in range(120):
        act = chance.choice(["scroll", "scroll", "grow", "grow", "point", "select", "cover", "jump", "both", "key"])
        if act in ("scroll", "both"):
            view.scroll_by(chance.choice([-400, -60, -7, -1, 1, 7, 60, 400, 900, -900]))
        if act in ("grow", "both"):
            view.model.append_text(index, "".join(next(pieces) for _ in range(chance.randint(1, 60))))
        if act == "point":
            spot = QPoint(chance.randint(0, view.viewport().width()), chance.randint(0, view.viewport().height()))
            QTest.mouseMove(view.viewport(), spot)
        elif act == "select":
            view.set_selection(chance.choice([None, everything(view.model.count)]))
        elif act == "cover":
            cover.setVisible(cover.isHidden())
        elif act == "jump":
            view.verticalScrollBar().setValue(chance.randint(0, view.verticalScrollBar().maximum()))
        elif act == "key":
            QTest.keyClick(view, chance.choice([Qt.Key.Key_PageUp, Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Home]))
        if chance.random() < 0.6:  # else two acts come between two paintings
            but = cover.geometry() if cover.isVisible() else None
            assert_same(view, f"{act}, act {number}", but=but)


def test_only_what_came_into_view_is_painted_when_it_is_scrolled(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    view = long_chat(show)
    view.scroll_by(-2_000)
    QApplication.processEvents()
    painted: list[QRect] = []
    paint = view._paint
    monkeypatch.setattr(view, "_paint", lambda painter, dirty: (painted.append(dirty), paint(painter, dirty)))
    view.scroll_by(-50)
    QApplication.processEvents()
    assert [(rect.top(), rect.height()) for rect in painted] == [(0, 50)]
    painted.clear()
    view.scroll_by(30)
    QApplication.processEvents()
    height = view.viewport().height()
    assert [(rect.top(), rect.bottom()) for rect in painted] == [(height - 30, height - 1)]
