"""Tab through the transcript: every link and button once, in order, in view with its ring, and out at the end."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.theme import Theme
from app.desktop.views.transcript.blocks.base import control_key
from app.desktop.views.transcript.view import TranscriptView
from tests.desktop.views.transcript.conftest import Show, answer, prompt

RING = 5  # pixels that the ring needs around a control


def long_chat() -> list[object]:
    code = "```python\n" + "x = 1\n" * 60 + "```\n"
    text = f"[one](https://one.example) and [one](https://one.example)\n\n{code}\n\n" + "words " * 900
    return [prompt("Why?", message_id=1), answer(text, message_id=2), prompt("And?", message_id=3), answer("So.")]


def stops_of(view: TranscriptView) -> list[tuple[int, int, str]]:
    """All links and buttons in reading order."""
    found = []
    for index in range(view.model.count):
        document = view.flow.document(index)
        for number, block in enumerate(document.flat):
            document.lay(number)
            found += [(index, number, control_key(c)) for c in block.controls if c.enabled]
    return found


def place(view: TranscriptView) -> tuple[int, int, str]:
    assert view.keyboard.current is not None and view.keyboard.control is not None
    return (*view.keyboard.current, control_key(view.keyboard.control))


def assert_in_view(view: TranscriptView) -> None:
    index, number, key = place(view)
    top = view.flow.top_of(index, number)
    assert top is not None
    control = next(c for c in view.flow.document(index).flat[number].controls if control_key(c) == key)
    assert top + control.rects[0].top() >= RING
    assert top + control.rects[-1].bottom() + RING <= view.viewport().height()


@pytest.mark.parametrize("size", [(900, 300), (900, 1_400), (360, 200)])
def test_tab_reaches_every_link_and_button_in_order_and_brings_it_into_view(show: Show, size: tuple[int, int]) -> None:
    view = show(long_chat(), size=size)  # type: ignore[arg-type]  # messages
    view.scroll_to_message(0)
    expected = stops_of(view)
    assert len(expected) > 15
    reached = []
    while view.keyboard.tab(forward=True):
        reached.append(place(view))
        assert_in_view(view)
    assert reached == expected
    assert view.keyboard.current is None  # it left, and nothing keeps a ring


def test_shift_tab_goes_the_same_way_back(show: Show) -> None:
    view = show(long_chat(), size=(900, 300))  # type: ignore[arg-type]  # messages
    expected = stops_of(view)
    view.jump_to_latest()
    reached = []
    while view.keyboard.tab(forward=False):
        reached.append(place(view))
        assert_in_view(view)
    assert reached == expected[::-1]


def test_tab_leaves_the_transcript_for_what_follows_it_and_comes_back_the_other_way(show: Show, qtbot: QtBot) -> None:
    view = show([prompt("Why?"), answer("So.")])
    window = QWidget()
    window.resize(900, 900)
    qtbot.addWidget(window)
    before, after = QPushButton("before"), QPushButton("after")
    column = QVBoxLayout(window)
    for widget in (before, view, after):
        column.addWidget(widget)
    window.show()
    window.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    QTest.keyClick(before, Qt.Key.Key_Tab)
    assert view.hasFocus() and view.keyboard.current is None  # one stop: the transcript itself, then what is in it
    count = len(stops_of(view))
    for _ in range(count):
        QTest.keyClick(view, Qt.Key.Key_Tab)
        assert view.hasFocus() and view.keyboard.control is not None
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert after.hasFocus()
    QTest.keyClick(after, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert view.hasFocus()
    for _ in range(count + 1):
        QTest.keyClick(view, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert before.hasFocus()
    view.setParent(None)  # it goes by itself, after the fixture has stopped its work


def test_tab_goes_on_from_the_block_that_the_arrow_keys_reached(show: Show) -> None:
    view = show(long_chat(), size=(900, 300))  # type: ignore[arg-type]  # messages
    view.scroll_to_message(0)
    code = next(n for n, block in enumerate(view.flow.document(1).flat) if block.kind == "code")
    view.keyboard.go_to(1, code)
    view.keyboard.tab(forward=True)
    assert place(view)[:2] == (1, code) and view.keyboard.control is not None
    assert view.keyboard.control.action == "wrap"
    view.keyboard.go_to(1, code)
    view.keyboard.tab(forward=False)
    assert place(view)[1] < code and view.keyboard.control is not None and view.keyboard.control.serial == 1


@pytest.mark.parametrize("forward", [True, False])
def test_tab_waits_at_a_message_that_is_not_in_memory_and_then_goes_into_it(show: Show, forward: bool) -> None:
    messages = [answer("[a](https://a.example)\n\n" + "words " * 2_000, message_id=n) for n in range(1, 13)]
    view = show(messages, missing={5, 6})
    view.keyboard.go_to_message(4 if forward else 7)
    while view.keyboard.tab(forward=forward) and view.keyboard.control is not None:
        pass
    waiting = 5 if forward else 6
    assert view.keyboard.current is not None and view.keyboard.current[0] == waiting
    view.model.put({5: messages[5], 6: messages[6]})
    assert view.keyboard.tab(forward=forward)
    assert view.keyboard.control is not None and view.keyboard.current[0] == waiting
    assert view.keyboard.control.action == ("link" if forward else "more")


def test_return_works_the_focused_control_and_keeps_its_place(show: Show, qtbot: QtBot) -> None:
    view = show([answer("text", reasoning="Hm.", reasoning_seconds=2.0)])
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    QTest.keyClick(view, Qt.Key.Key_Tab)
    before = place(view)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert view.flow.document(0).thinking.opened and place(view) == before


@pytest.mark.parametrize(
    ("reason", "shows"), [(Qt.FocusReason.TabFocusReason, True), (Qt.FocusReason.MouseFocusReason, False)]
)
def test_the_whole_transcript_wears_the_ring_until_a_block_has_the_keyboard(
    show: Show, qtbot: QtBot, theme: Theme, reason: Qt.FocusReason, shows: bool
) -> None:
    view = show([prompt("Why?"), answer("text")])

    def has_ring() -> bool:
        image = view.viewport().grab().toImage()
        return bool(image.pixelColor(1, image.height() // 2) == theme.color("focus"))

    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.clearFocus()
    view.setFocus(reason)
    qtbot.waitUntil(view.hasFocus)
    assert has_ring() == shows
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.keyboard.current is not None
    assert not has_ring()
    view.clearFocus()
    assert not has_ring()
