"""The transcript for somebody who hears it: what has the keyboard, what can be pressed, what is gone."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import groupby

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from app.desktop.models.transcript_model import Note, NoteAction, TranscriptMessage
from app.desktop.views.transcript import accessible
from app.desktop.views.transcript.accessible_item import Item
from app.desktop.views.transcript.accessible_items import ControlItem
from app.desktop.views.transcript.view import TranscriptView
from tests.benchmarks._data import stream_text
from tests.desktop.views.transcript.conftest import Show, answer, prompt

NAME, DESCRIPTION = QAccessible.Text.Name, QAccessible.Text.Description
Role = QAccessible.Role

RICH = (
    "See [the guide](https://docs.example/a), [here](https://one.example) and [here](https://one.example).\n\n"
    "# Limits\n\n```python limiter.py\nx = 1\n```\n\n```python limiter.py\ny = 2\n```\n\n"
    "```sh\n" + "ls\n" * 60 + "```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[QAccessible.Event, str]]]:
    """What is sent to the screen reader: (event, name of what it is about)."""
    events: list[tuple[QAccessible.Event, str]] = []
    send = QAccessible.updateAccessibility

    def listen(event: QAccessibleEvent) -> None:
        interface = event.accessibleInterface()
        events.append((event.type(), interface.text(NAME) if interface is not None else ""))
        send(event)

    monkeypatch.setattr(accessible.QAccessible, "updateAccessibility", listen)
    QAccessible.setActive(True)
    yield events
    QAccessible.setActive(False)


def rich(**values: object) -> list[TranscriptMessage]:
    return [
        prompt("Explain it", message_id=11, version=(1, 2)),
        answer(RICH, message_id=12, reasoning="Hm.", reasoning_seconds=6.2, version=(2, 2), **values),
    ]


def interface(view: TranscriptView) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(view)


def under(node: QAccessibleInterface) -> list[QAccessibleInterface]:
    children = [node.child(number) for number in range(node.childCount())]
    return [found for child in children for found in (child, *under(child))]


def controls(node: QAccessibleInterface) -> dict[str, QAccessibleInterface]:
    return {found.text(NAME): found for found in under(node) if isinstance(found, ControlItem)}


def focused(view: TranscriptView) -> list[QAccessibleInterface]:
    return [found for found in under(interface(view)) if found.state().focused]


def give_focus(view: TranscriptView, qtbot: QtBot) -> None:
    view.activateWindow()
    view.setFocus()
    # The window's own activation comes late on a busy machine, and says once more where the keyboard is.
    qtbot.waitUntil(lambda: view.hasFocus() and view.window().isActiveWindow())
    QApplication.processEvents()


# -- what has the keyboard is said


def test_moving_by_block_says_the_block_that_has_the_keyboard(
    show: Show, qtbot: QtBot, heard: list[tuple[QAccessible.Event, str]]
) -> None:
    view = show([prompt("one"), answer("First words.\n\n# A title\n\n```python\nx\n```")])
    give_focus(view, qtbot)
    heard.clear()
    for _ in range(6):
        QTest.keyClick(view, Qt.Key.Key_Down)
    said = [name for name, _ in groupby(name for event, name in heard if event == QAccessible.Event.Focus)]
    assert said[-5:] == [
        "one",
        "Qwen3 Coder 30B, LM Studio, 14:32",
        "First words.",
        "Heading, A title",
        "Code, Python, 1 line",
    ]
    assert [found.text(NAME) for found in focused(view)] == [said[-1]]
    assert interface(view).focusChild().text(NAME) == said[-1]


def test_moving_by_message_says_the_whole_message(
    show: Show, qtbot: QtBot, heard: list[tuple[QAccessible.Event, str]]
) -> None:
    view = show([prompt("one"), answer("Because of two.")])
    give_focus(view, qtbot)
    heard.clear()
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert heard[-1] == (QAccessible.Event.Focus, "Qwen3 Coder 30B, 14:32. Because of two.")
    assert [found.role() for found in focused(view)] == [Role.ListItem]


def test_tab_says_the_link_or_button_that_has_the_keyboard(
    show: Show, qtbot: QtBot, heard: list[tuple[QAccessible.Event, str]]
) -> None:
    view = show([answer("Read [the guide](https://docs.example/a).\n\n```sh\nls\n```")])
    give_focus(view, qtbot)
    heard.clear()
    for _ in range(4):
        QTest.keyClick(view, Qt.Key.Key_Tab)
    assert [name for event, name in heard if event == QAccessible.Event.Focus] == [
        "the guide, docs.example",
        "Wrap lines, Shell",
        "Save code, Shell",
        "Copy code, Shell",
    ]
    assert [found.text(NAME) for found in focused(view)] == ["Copy code, Shell"]
    assert interface(view).focusChild().role() == Role.Button


def test_the_place_in_the_transcript_is_said_again_after_a_menu(
    show: Show, qtbot: QtBot, heard: list[tuple[QAccessible.Event, str]]
) -> None:
    view = show([prompt("one"), answer("two")])
    give_focus(view, qtbot)
    QTest.keyClick(view, Qt.Key.Key_Down)
    here = view.keyboard.current
    view.keyboard.focus_lost(Qt.FocusReason.PopupFocusReason)
    assert view.keyboard.current == here
    heard.clear()
    view.keyboard.focus_came(Qt.FocusReason.PopupFocusReason)
    assert [event for event, _ in heard] == [QAccessible.Event.Focus]
    view.keyboard.focus_lost(Qt.FocusReason.TabFocusReason)
    assert view.keyboard.current is None and focused(view) == []


def test_what_a_button_did_is_said(show: Show, qtbot: QtBot, heard: list[tuple[QAccessible.Event, str]]) -> None:
    view = show([answer("```sh\nls\n```", reasoning="Hm.", reasoning_seconds=6.0)])
    give_focus(view, qtbot)
    QTest.keyClick(view, Qt.Key.Key_Tab)
    heard.clear()
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert heard == [(QAccessible.Event.StateChanged, "Thought for 6 s")]
    assert [bool(found.state().expanded) for found in focused(view)] == [True]
    view.actions_.copy_message(0)
    assert heard[-1][0] == QAccessible.Event.Announcement


def test_nothing_is_made_or_sent_while_nobody_listens(
    show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    monkeypatch.setattr(Item, "__init__", lambda self, view: made.append(self))
    monkeypatch.setattr(accessible.QAccessible, "updateAccessibility", made.append)
    view = show([prompt("one")])
    give_focus(view, qtbot)
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    text = stream_text()[:4_000]
    for at in range(0, len(text), 200):
        view.model.append_text(index, text[at : at + 200])
        view.viewport().repaint()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Tab, Qt.Key.Key_End):
        QTest.keyClick(view, key)
    assert made == []


# -- buttons and links are objects


def test_every_control_is_an_object_with_role_name_place_and_state(show: Show) -> None:
    view = show(rich(metrics="46.2 tok/s · 12.3 s"), size=(900, 3_000))
    prompt_item, answer_item = interface(view).child(0), interface(view).child(1)
    assert list(controls(prompt_item)) == [
        "Previous version",
        "Next version",
        "Edit message",
        "Copy message",
        "More actions",
    ]
    found = controls(answer_item)
    assert list(found) == [
        "Thought for 6 s",
        "the guide, docs.example",
        "here, one.example",
        "here, one.example, 2",
        "Wrap lines, Python, limiter.py",
        "Save code, Python, limiter.py",
        "Copy code, Python, limiter.py",
        "Wrap lines, Python, limiter.py, 2",
        "Save code, Python, limiter.py, 2",
        "Copy code, Python, limiter.py, 2",
        "Wrap lines, Shell",
        "Save code, Shell",
        "Copy code, Shell",
        "Show all 60 lines, Shell",
        "Previous version",
        "Next version",
        "Copy answer",
        "Regenerate",
        "Fork",
        "More actions",
    ]
    roles = {name: item.role() for name, item in found.items()}
    assert roles["here, one.example"] == Role.Link and roles["More actions"] == Role.ButtonMenu
    assert roles["Copy answer"] == Role.Button
    assert found["the guide, docs.example"].text(DESCRIPTION) == "https://docs.example/a"
    seen = QRect(view.viewport().mapToGlobal(view.viewport().rect().topLeft()), view.viewport().size())
    for item in found.values():
        assert seen.contains(item.rect()) and item.state().focusable and not item.state().offscreen
        centre = item.rect().center()
        hit = interface(view).childAt(centre.x(), centre.y())
        while (inner := hit.childAt(centre.x(), centre.y())) is not None:
            hit = inner
        assert hit is item
    thinking = found["Thought for 6 s"].state()
    assert thinking.expandable and thinking.collapsed and not thinking.expanded
    assert found["Next version"].state().disabled and not found["Previous version"].state().disabled


def test_a_note_never_repeats_the_name_of_another_button(show: Show) -> None:
    note = Note("warn", "Interrupted", "It broke.", (NoteAction("regenerate", "Regenerate"),), "evidence")
    view = show([answer("text", note=note)])
    names = [item.text(NAME) for item in under(interface(view)) if isinstance(item, ControlItem)]
    assert "Regenerate, Interrupted" in names and "Regenerate" in names and len(set(names)) == len(names)


def test_blocks_read_as_what_they_are_and_code_can_be_heard(show: Show) -> None:
    view = show(rich(), size=(900, 3_000))
    message = interface(view).child(1)
    blocks = [message.child(number) for number in range(message.childCount())]
    read = {block.text(NAME): block for block in blocks}
    assert read["Code, Shell, 60 lines"].text(DESCRIPTION).splitlines() == ["ls"] * 24
    assert read["Table, 2 columns, 1 row"].text(DESCRIPTION) == "a\tb\n1\t2"
    assert read["Heading, Limits"].role() == Role.Heading
    assert all(message.indexOfChild(block) == number for number, block in enumerate(blocks))
    assert all(block.parent() is message for block in blocks)


def test_a_message_out_of_sight_has_no_children_until_it_is_gone_to(show: Show, qtbot: QtBot) -> None:
    view = show([prompt("first")] + [answer("word " * 600) for _ in range(12)])
    first = interface(view).child(0)
    assert first.childCount() == 0 and first.state().offscreen and first.rect().isEmpty()
    first.actionInterface().doAction(first.actionInterface().setFocusAction())
    qtbot.waitUntil(lambda: first.childCount() > 0)
    assert view.flow.top_of(0, 0) == 0 and not first.state().offscreen
    assert interface(view).focusChild() is first


@pytest.mark.parametrize(
    ("name", "signal", "arguments"),
    [
        ("Regenerate", "regenerate_requested", [12]),
        ("Fork", "fork_requested", [12]),
        ("Previous version", "version_requested", [12, -1]),
        ("the guide, docs.example", "link_activated", ["https://docs.example/a"]),
    ],
)
def test_press_does_what_a_click_does(
    show: Show, qtbot: QtBot, name: str, signal: str, arguments: list[object]
) -> None:
    view = show(rich(), size=(900, 3_000))
    action = controls(interface(view).child(1))[name].actionInterface()
    assert action.actionNames() == [action.pressAction(), action.setFocusAction()]
    with qtbot.waitSignal(getattr(view, signal)) as blocker:
        action.doAction(action.pressAction())
    assert blocker.args == arguments


def test_press_works_on_what_changes_its_own_block(show: Show, qtbot: QtBot) -> None:
    view = show(rich(), size=(900, 3_000))
    message = interface(view).child(1)
    thinking = controls(message)["Thought for 6 s"]
    thinking.actionInterface().doAction(thinking.actionInterface().pressAction())
    qtbot.waitUntil(lambda: bool(thinking.state().expanded))
    unfold = controls(message)["Show all 60 lines, Shell"]
    unfold.actionInterface().doAction(unfold.actionInterface().pressAction())
    qtbot.waitUntil(lambda: not unfold.isValid())
    assert unfold.state().invalid and unfold.text(NAME) == "" and unfold.rect() == QRect()
    copy = controls(message)["Copy code, Shell"]
    copy.actionInterface().doAction(copy.actionInterface().pressAction())
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().startswith("ls\nls"))


def test_a_press_never_reaches_the_message_that_took_the_place_of_its_own(show: Show, qapp: QApplication) -> None:
    view = show(rich(), size=(900, 3_000))
    asked: list[int] = []
    view.regenerate_requested.connect(asked.append)
    action = controls(interface(view).child(1))["Regenerate"].actionInterface()
    action.doAction(action.pressAction())
    view.model.replace_from(1, view.model.sizes[1:], {1: answer("another", message_id=99)})
    qapp.processEvents()
    assert asked == []


# -- nothing dead is left behind


def test_items_leave_qt_s_table_with_their_messages_and_with_the_view(show: Show) -> None:
    view = show(rich(), size=(900, 3_000))
    items = under(interface(view))
    for item in items:  # the half that acts is made too
        assert item.actionInterface() is not None and item.textInterface() is None
    ids = {QAccessible.uniqueId(item): item for item in items}
    view.model.remove_from(1)
    kept = [QAccessible.accessibleInterface(number) for number in ids]
    assert sum(item is not None for item in kept) == 1 + len(under(interface(view).child(0)))
    view.release()
    assert all(QAccessible.accessibleInterface(number) is None for number in ids)
    assert not any(Shiboken.isValid(item) for item in items)
    del items, ids, kept
    gc.collect()
    assert interface(view).childCount() == 0 and interface(view).child(0) is None


def test_a_screen_reader_may_ask_anything_at_any_time(show: Show, qtbot: QtBot) -> None:
    """What an assistive program held on to is asked again after everything under it changed."""
    view = show(rich(), size=(900, 500))
    give_focus(view, qtbot)
    QAccessible.setActive(True)
    try:
        held: dict[int, QAccessibleInterface] = {}
        index = view.model.append(answer(""))
        view.model.begin_stream(index)
        text = stream_text()[:6_000]
        for at in range(0, len(text), 150):
            view.model.append_text(index, text[at : at + 150])
            QTest.keyClick(view, (Qt.Key.Key_Up, Qt.Key.Key_Tab, Qt.Key.Key_Down)[at // 150 % 3])
            for item in under(interface(view)):
                held[QAccessible.uniqueId(item)] = item
            if at == 3_000:
                view.model.replace_from(1, view.model.sizes[1:], {index: answer("", message_id=5)})
                view.model.begin_stream(index)
                gc.collect()
            for number in held:
                found = QAccessible.accessibleInterface(number)
                if found is not None:
                    found.text(NAME), found.state(), found.rect(), found.childCount(), found.role()
        view.model.reset([])
        assert all(QAccessible.accessibleInterface(number) is None for number in held)
        assert len(held) > 30
    finally:
        QAccessible.setActive(False)


def test_its_words_are_one_text_for_programs_that_do_not_walk_through_items(show: Show) -> None:
    view = show(rich())
    list_ = interface(view)
    text = list_.textInterface()
    assert text is not None
    words = text.text(0, text.characterCount())
    assert words == f"Explain it\n{RICH}"
    assert text.text(0, 7) == "Explain"
    assert (text.selectionCount(), text.cursorPosition()) == (0, 0)
    view.model.reset([])
    assert text.characterCount() == 0
