"""Pixels that are moved are those that painting anew would make."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.desktop.models.transcript_model import Boundary, Note, NoteAction
from app.desktop.views.transcript.blocks.chips import chip_boxes
from app.desktop.views.transcript.blocks.frame import ThinkingBlock
from app.desktop.views.transcript.blocks.text import TextBlock
from app.desktop.views.transcript.keyboard import Keyboard
from app.desktop.views.transcript.selection import everything
from app.desktop.views.transcript.unfold import Unfold
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


HEBREW = "\u05e9\u05dc\u05d5\u05dd `code` \u05e2\u05d5\u05dc\u05dd. "
EVERYTHING: list[dict[str, object]] = [
    {"simulated": True, "metrics": "1.2 s to first token · 80 tok/s", "version": (2, 3)},
    {"reasoning": "First I think of this.\n\nThen of that.", "reasoning_seconds": 3.0, "simulated": True},
    {"boundary": Boundary("Summary of 4 messages", "What was said."), "cloud": True},
    {"note": Note("error", "It broke off.", "Ask again.", (NoteAction("retry", "Try again"),), "details")},
    {"status": "stopped"},
]


def everything_there_is(show: Show) -> TranscriptView:
    """Whatever a message can have, in both directions."""
    texts = [
        "1. one\n2. two\n\n> said\n> - again",
        f"- {HEBREW}\n  3. {HEBREW}\n\n> {HEBREW * 9}",
        "| a | b |\n|---|---|\n| `x` | 1 |",
    ]
    made = []
    for number in range(30):
        made.append(prompt(f"{HEBREW if number % 4 else 'Write.'}\nA line more.", 2 * number + 1))
        made.append(answer(texts[number % 3] * 2, 2 * number + 2, **EVERYTHING[number % len(EVERYTHING)]))
    return show(made, size=(640, 480))


@pytest.mark.parametrize("zoom", [0.9, 1.0, 1.1, 1.2, 1.25, 1.6])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_everything_that_a_message_can_have(
    show: Show, qapp: QApplication, zoom: float, direction: Qt.LayoutDirection
) -> None:
    before = qapp.layoutDirection()
    qapp.setLayoutDirection(direction)
    try:
        view = everything_there_is(show)
        view.set_zoom(zoom)
        assert_same(view, "the zoom")
        for number in range(120):
            view.scroll_by(-7 if number < 90 else 23)
            assert_same(view, f"step {number}")
            if number % 30 == 10:
                view.setFocus(Qt.FocusReason.TabFocusReason)
                QTest.keyClick(view, Qt.Key.Key_Up)
            if number % 30 == 20:
                view.unfold.animation.setCurrentTime(view.unfold.animation.duration())
                click_thinking(view)
                assert_same(view, f"thinking is opened, step {number}")
    finally:
        qapp.setLayoutDirection(before)


def click_thinking(view: TranscriptView) -> None:
    for placed in view.flow.visible:
        if isinstance(placed.block, ThinkingBlock) and placed.block.controls:
            spot = placed.block.controls[0].rects[0].center() + QPoint(view.column_left(), placed.top)
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
            return


@pytest.mark.parametrize("why", ["ratio", "unfolding", "door"])
def test_where_pixels_cannot_be_moved_everything_is_painted(
    show: Show, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    view = long_chat(show)
    view.scroll_by(-2_000)
    QApplication.processEvents()
    if why == "ratio":
        monkeypatch.setattr(view, "devicePixelRatioF", lambda: 1.5)
    elif why == "unfolding":
        monkeypatch.setattr(Unfold, "is_running", True)
        monkeypatch.setattr(view.unfold, "paint", lambda painter, dirty, paint: paint(painter, dirty))
        monkeypatch.setattr(view.unfold, "look_again", lambda: None)
    else:
        monkeypatch.setattr(Keyboard, "is_at_the_door", True)
    painted = painted_by(view, monkeypatch)
    view.scroll_by(-50)
    QApplication.processEvents()
    assert [(rect.top(), rect.height()) for rect in painted] == [(0, view.viewport().height())]


def test_fills_of_code_go_with_their_words(show: Show) -> None:
    view = show([prompt("Write.")])
    index = begin(view)
    text = "Some words, then `code` and `more of it` in a line. " * 9
    for at in range(0, len(text), 13):
        view.model.append_text(index, text[at : at + 13])
        on_screen(view)
        assert_chips_fit(view)
    view.set_zoom(1.4)
    on_screen(view)
    assert_chips_fit(view)
    view.resize(500, 600)
    on_screen(view)
    assert_chips_fit(view)


def assert_chips_fit(view: TranscriptView) -> None:
    for placed in view.flow.visible:
        block = placed.block
        if isinstance(block, TextBlock) and block.content is not None and block._chips is not None:
            assert block._chips == chip_boxes(block.content, block._strips, view.look.px(20))


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
    painted = painted_by(view, monkeypatch)
    view.scroll_by(-50)
    QApplication.processEvents()
    assert [(rect.top(), rect.height()) for rect in painted] == [(0, 50)]
    painted.clear()
    view.scroll_by(30)
    QApplication.processEvents()
    height = view.viewport().height()
    assert [(rect.top(), rect.bottom()) for rect in painted] == [(height - 30, height - 1)]


def painted_by(view: TranscriptView, monkeypatch: pytest.MonkeyPatch) -> list[QRect]:
    """The parts of the viewport that are painted from now on."""
    painted: list[QRect] = []
    paint = view._paint
    monkeypatch.setattr(view, "_paint", lambda painter, dirty: (painted.append(dirty), paint(painter, dirty)))
    return painted
