"""The command palette in a real window on a real store: one field for messages, chats, commands and settings."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.desktop.models.palette_model import PaletteEntry
from app.desktop.models.settings_places import settings_places
from app.desktop.pane_names import TABS
from app.desktop.session import Session
from app.desktop.shortcuts import command_names
from app.desktop.theme import Theme
from app.desktop.views.command_palette.command_palette import CommandPalette
from tests.desktop.session_window import laid_out, named, open_session, open_tab, store_chat, until

pytestmark = pytest.mark.anyio


async def with_chats(home: Path) -> tuple[int, int]:
    """Two chats: one about buckets, one about retries, its words in the prompt and in the code of the answer."""
    buckets = await store_chat(home, "Token bucket", [("user", "What is a bucket?"), ("assistant", "A vessel.")])
    answer = "So:\n\n```python\n@retry(stop=3)\ndef call(): ...\n```\n"
    retries = await store_chat(home, "Refunds", [("user", "How to retry?"), ("assistant", answer)])
    return buckets, retries


@asynccontextmanager
async def window_with_palette(theme: Theme, home: Path, width: int = 1200) -> AsyncIterator[tuple[Session, Any]]:
    async with open_session(theme, home, width=width) as session:
        await until(lambda: session.parts.models.chosen().model)
        yield session, open_palette(session)


def open_palette(session: Session) -> CommandPalette:
    session.parts.shortcuts.run("palette")
    view = session.parts.palette.view
    assert isinstance(view, CommandPalette) and view.isVisible()
    return view


def rows(view: CommandPalette, kind: str) -> list[PaletteEntry]:
    entries = [view._model.entry(row) for row in range(view._model.rowCount())]
    return [entry for entry in entries if entry is not None and entry.kind == kind]


def titles(view: CommandPalette, kind: str) -> list[str]:
    return [entry.title for entry in rows(view, kind)]


async def look_for(session: Session, text: str) -> None:
    """Type it, and wait until everything for it is there."""
    view = session.parts.palette.view
    view.field.clear()
    QTest.keyClicks(view.field, text)
    assert view.field.text() == text
    await until(lambda: not session.parts.palette.controller.is_looking, what=f"what {text!r} finds")


async def test_the_palette_takes_the_keyboard_and_gives_it_back(theme: Theme, home: Path) -> None:
    async with window_with_palette(theme, home) as (session, view):
        await until(lambda: view.field.hasFocus())
        assert view.field.accessibleName() == "Search everything"
        assert QAccessible.queryAccessibleInterface(view).role() == QAccessible.Role.Dialog
        assert QAccessible.queryAccessibleInterface(view.list).role() == QAccessible.Role.List
        QTest.keyClick(view.field, Qt.Key.Key_Tab)
        assert view.field.hasFocus(), "Tab leads to nothing that lies under it"
        QTest.keyClick(view.field, Qt.Key.Key_Escape)
        assert not view.isVisible() and session.window.chat.composer.edit.hasFocus()
        session.window.sidebar.search.setFocus()
        open_palette(session)
        session.parts.shortcuts.run("palette")
        assert not view.isVisible() and session.window.sidebar.search.hasFocus(), "the same keys close it"
        open_palette(session)
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
        assert not view.isVisible(), "a click beside it closes it"


async def test_its_keys_are_control_k_and_the_sidebars_search_has_its_own(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.activateWindow()
        QTest.keyClick(session.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        view = session.parts.palette.view
        assert view is not None and view.isVisible()
        QTest.keyClick(view.field, Qt.Key.Key_Escape)
        assert not view.isVisible()
        held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(session.window, Qt.Key.Key_F, held)
        assert session.window.sidebar.search.hasFocus()


async def test_nothing_typed_shows_recent_chats_and_every_command_with_its_keys(theme: Theme, home: Path) -> None:
    await with_chats(home)
    async with window_with_palette(theme, home) as (session, view):
        await until(lambda: rows(view, "chat"))
        assert titles(view, "chat") == ["Refunds", "Token bucket"]
        assert titles(view, "command") == [name for key, name in command_names().items() if key != "palette"]
        assert {e.command: e.end for e in rows(view, "command")}["regenerate"] == "Ctrl+R"
        session.parts.shortcuts.run("palette")


async def test_messages_are_found_with_the_operators_and_opened_at_their_place(theme: Theme, home: Path) -> None:
    _buckets, retries = await with_chats(home)
    async with window_with_palette(theme, home) as (session, view):
        await look_for(session, "retry")
        found = rows(view, "message")
        assert [entry.title for entry in found] == ["Refunds", "Refunds"]
        assert all("\x02retry\x03" in entry.snippet for entry in found)
        (head, *_) = rows(view, "group")
        assert head.title == "Messages" and head.end.startswith("2 found, ") and head.end.endswith(" ms")
        await look_for(session, "retry in:code")
        (hit,) = rows(view, "message")
        assert "stop=3" in hit.snippet
        went_to = []
        session.chat.branch.revealed.connect(went_to.append)
        QTest.keyClick(view.field, Qt.Key.Key_Return)
        await until(lambda: session.chat.conversation_id == retries and went_to == [1], what="the answer in view")
        assert not view.isVisible()


async def test_a_filter_that_is_not_understood_is_told(theme: Theme, home: Path) -> None:
    async with window_with_palette(theme, home) as (session, view):
        await look_for(session, "retry before:soon")
        assert "before: needs a date" in rows(view, "group")[0].end
        footer = [label.text() for label in view.frame.findChildren(type(view._hint))]
        assert any("model:  provider:  role:  before:  after:  in:" in text for text in footer)


async def test_more_messages_than_are_shown_come_on_demand(theme: Theme, home: Path) -> None:
    await store_chat(home, "Many", [("user" if n % 2 == 0 else "assistant", f"bucket {n}") for n in range(12)])
    async with window_with_palette(theme, home) as (session, view):
        await look_for(session, "bucket")
        assert len(rows(view, "message")) == 4
        assert titles(view, "more") == ["Show all 12"]
        for _ in range(4):
            QTest.keyClick(view.field, Qt.Key.Key_Down)
        QTest.keyClick(view.field, Qt.Key.Key_Return)
        assert view.isVisible() and len(rows(view, "message")) == 12 and not rows(view, "more")


async def test_a_command_runs_where_the_focus_was(theme: Theme, home: Path) -> None:
    async with window_with_palette(theme, home) as (session, view):
        await look_for(session, "show or hide")
        assert session.window.sidebar.isVisible()
        QTest.keyClick(view.field, Qt.Key.Key_Return)
        assert not session.window.sidebar.isVisible() and not view.isVisible()
        assert session.window.chat.composer.edit.hasFocus()


async def test_after_the_sign_there_are_only_commands(theme: Theme, home: Path) -> None:
    await store_chat(home, "Quit smoking", [("user", "quit")])
    async with window_with_palette(theme, home) as (session, view):
        await look_for(session, "quit")
        assert titles(view, "chat") == ["Quit smoking"] and len(rows(view, "message")) == 1
        await look_for(session, ">quit")
        assert titles(view, "group") == ["Commands"] and titles(view, "command") == ["Quit"]
        await look_for(session, ">")
        assert len(rows(view, "command")) == len(command_names()) - 1


async def test_a_setting_is_opened_with_the_keyboard_at_its_field(theme: Theme, home: Path) -> None:
    async with window_with_palette(theme, home) as (session, view):
        await look_for(session, "temperat")
        (entry,) = rows(view, "setting")
        assert (entry.title, entry.end) == ("Temperature", "Chat")
        QTest.keyClick(view.field, Qt.Key.Key_Return)
        panes = session.parts.panes
        await until(lambda: panes.settings_open and panes.pane.current_title == "Chat" and panes.pane.is_loaded)
        await until(lambda: named(session.window, "Temperature").hasFocus())
        open_palette(session)
        await look_for(session, "LM Studio")
        assert "LM Studio server URL" in titles(view, "setting")
        QTest.keyClick(view.field, Qt.Key.Key_Escape)
        assert session.parts.panes.settings_open, "Esc closes the palette, not Settings"


async def test_every_field_of_settings_can_be_found(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session)
        own_cards = "Providers"  # found by the provider's name
        there = {
            (tab, field.path, page.name_of(field))
            for tab in TABS
            if tab != own_cards
            for page in (pane.page(tab),)
            for field in page.all_fields()
        }
        assert set(settings_places()) == there


async def test_the_keys_of_a_list_work_from_the_field(theme: Theme, home: Path) -> None:
    async with window_with_palette(theme, home) as (session, view):
        await look_for(session, ">")
        chosen = lambda: view.current().command  # noqa: E731 - asked many times
        commands = [entry.command for entry in rows(view, "command")]
        assert chosen() == commands[0]
        for key, place in (
            (Qt.Key.Key_Down, 1),
            (Qt.Key.Key_PageDown, 9),
            (Qt.Key.Key_Up, 8),
            (Qt.Key.Key_End, -1),
            (Qt.Key.Key_PageUp, -9),
            (Qt.Key.Key_Home, 0),
            (Qt.Key.Key_Up, 0),
        ):
            QTest.keyClick(view.field, key)
            assert chosen() == commands[place], key
        assert view.field.text() == ">"


async def test_enter_waits_for_what_was_typed_last(theme: Theme, home: Path) -> None:
    buckets, _retries = await with_chats(home)
    async with window_with_palette(theme, home) as (session, view):
        await until(lambda: rows(view, "chat"))
        QTest.keyClicks(view.field, "vessel")
        QTest.keyClick(view.field, Qt.Key.Key_Return)
        assert view.isVisible(), "what stands there was found for something else"
        await until(lambda: session.chat.conversation_id == buckets)


async def test_typing_never_waits_for_the_store(theme: Theme, home: Path) -> None:
    await with_chats(home)
    async with window_with_palette(theme, home) as (session, view):

        def busy(_db: object) -> None:
            time.sleep(2)

        held = session.parts.palette._tasks.start(
            session.engine.run(session.engine.store.read(busy)), name="test.busy_store"
        )
        began = time.perf_counter()
        QTest.keyClicks(view.field, "regener")
        assert titles(view, "command") == ["Regenerate the last answer"], "commands are there at once"
        assert time.perf_counter() - began < 1.5
        await held
        await until(lambda: not session.parts.palette.controller.is_looking)


async def test_a_screen_reader_hears_how_much_was_found_and_each_row_gone_to(
    theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_chats(home)
    said: list[str] = []
    focused: list[int] = []

    def hear(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append(event.message())
        elif event.type() == QAccessible.Event.Focus:
            focused.append(event.child())

    async with window_with_palette(theme, home) as (session, view):
        monkeypatch.setattr(QAccessible, "isActive", lambda: True)
        monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
        await look_for(session, "vessel")
        assert said[-1] == "1 result"
        await look_for(session, "retry")
        assert said[-1] == "2 results"
        QTest.keyClick(view.field, Qt.Key.Key_Down)
        assert focused[-1] == view.list.currentIndex().row() == 2
        spoken = view.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken.startswith("Refunds, You: How to retry?, ")
        await look_for(session, "zebra")
        assert said[-1] == "Nothing found"
        assert titles(view, "group") == ["Nothing found for “zebra”."]


async def test_another_command_by_its_keys_closes_the_palette(theme: Theme, home: Path) -> None:
    async with window_with_palette(theme, home) as (session, view):
        session.parts.shortcuts.run("search")
        assert session.window.sidebar.search.hasFocus() and not view.isVisible()


@pytest.mark.parametrize(("width", "scale"), [(1440, 1), (1000, 1), (1000, 2), (560, 1)])
async def test_it_fits_into_every_window(theme: Theme, home: Path, qapp: QApplication, width: int, scale: int) -> None:
    await with_chats(home)
    font = qapp.font()
    font.setPixelSize(13 * scale)
    qapp.setFont(font)
    theme.apply(qapp, "dark" if scale == 2 else "light")
    async with window_with_palette(theme, home, width) as (session, view):
        session.window.resize(width, 900 if width == 1440 else 700)
        await until(lambda: view.width() == session.window.width())
        await look_for(session, "retry")
        await laid_out(session)
        frame = view.frame.geometry()
        assert view.rect().contains(frame.adjusted(-1, -1, 1, 1))
        if width == 1440:
            assert (frame.width(), frame.top()) == (720, 88)
            assert abs(view.list.y() - 52 - 4) <= 1, "the field is 52 high"
        for row in range(2):
            assert view.list.viewport().rect().contains(view.list.visualRect(view._model.index(row))), "a first hit"


async def test_a_word_that_is_there_beats_scattered_letters_and_the_better_group_comes_first(
    theme: Theme, home: Path
) -> None:
    async with window_with_palette(theme, home) as (session, view):
        await look_for(session, "theme")
        assert "Theme" in titles(view, "setting") and "Go to the message field" not in titles(view, "command")
        current = view.current()
        assert current is not None and current.title == "Theme"
