"""Find in chat: words of the open chat are marked, and gone through from one place to the next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.chat.find_bar import FindBar
from app.desktop.views.transcript.blocks.code import CodeBlock
from app.desktop.views.transcript.view import TranscriptView
from app.services.conversations.finding import needle
from tests.desktop.session_window import named, open_session, press, store_chat, until

pytestmark = pytest.mark.anyio

CODE = "```python\n" + "\n".join(f"line_{n} = {n}" for n in range(3_000)) + "\nhidden_needle = 1\n```"
ANSWER = (
    "A **bold** needle, and `code needle` in a paragraph.\n\n"
    "| a | b |\n|---|---|\n| x | needle in a cell |\n\n"
    "```python\nneedle = find(needle)\n```\n\n"
    "[a link](https://example.org/needle)"
)


@asynccontextmanager
async def chat_in_window(theme: Theme, home: Path, said: Sequence[tuple[str, str]]) -> AsyncIterator[Session]:
    """A window with a chat of these messages in view."""
    chat = await store_chat(home, "A chat", said)
    async with open_session(theme, home, "--provider", "mock") as session:
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == len(said), what="the chat")
        yield session


def find_bar(session: Session) -> FindBar:
    (bar,) = session.window.chat.findChildren(FindBar)
    return bar


async def look_for(session: Session, qtbot: QtBot, words: str) -> FindBar:
    """Ctrl+F and the words; until it is known where one is."""
    session.parts.shortcuts.run("find")
    bar = find_bar(session)
    assert bar.field.hasFocus()
    qtbot.keyClicks(bar.field, words)
    await until(lambda: bar.result.text() not in ("", "Searching…"), what="a result")
    return bar


def view_of(session: Session) -> TranscriptView:
    view = session.window.chat.transcript
    assert view is not None
    return view


def current(session: Session) -> tuple[int, str]:
    """The message with the current mark, and the marked text."""
    mark = view_of(session).finder.current
    assert mark is not None
    return mark.index, view_of(session).flow.document(mark.index).flat[mark.number].plain(*mark.range)


async def test_every_place_is_gone_to_in_its_order_and_round_again(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    said = [("user", "where is the Needle?"), ("assistant", ANSWER), ("user", "thanks"), ("assistant", "needles end")]
    async with chat_in_window(theme, tmp_path / "home", said) as session:
        bar = await look_for(session, qtbot, "needle")
        places = [current(session)]
        texts = [bar.result.text()]
        for _ in range(7):
            qtbot.keyClick(bar.field, Qt.Key.Key_Return)
            places.append(current(session))
            texts.append(bar.result.text())

        assert [index for index, _ in places] == [0, 1, 1, 1, 1, 1, 3, 0]
        assert places[0][1] == "Needle" and {text.lower() for _, text in places} == {"needle"}
        assert texts[0] == "Message 1 of 3" and texts[6] == "Message 3 of 3"
        qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        assert current(session) == places[6]

        qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
        assert not bar.isVisible() and view_of(session).finder.pattern is None
        session.parts.shortcuts.run("find_next")
        assert bar.isVisible() and bar.field.selectedText() == "needle"
        session.window.chat.composer.edit.setFocus()
        session.parts.shortcuts.run("stop")
        assert not bar.isVisible()
        assert session.window.chat.composer.edit.hasFocus()


async def test_a_place_far_away_in_a_long_chat_comes_into_view(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    places = (40, 2_600)
    said = [
        (("user", "assistant")[n % 2], f"message {n}" + (" the needle" if n in places else "")) for n in range(5_000)
    ]
    async with chat_in_window(theme, tmp_path / "home", said) as session:
        bar = await look_for(session, qtbot, "THE NEEDLE")
        await until(lambda: view_of(session).finder.current is not None, what="the first place")
        assert current(session) == (40, "the needle")  # behind the end of the chat comes its beginning
        qtbot.keyClick(bar.field, Qt.Key.Key_Return)
        await until(lambda: current(session)[0] == 2_600, what="the second place")
        top = view_of(session).flow.top_of(2_600, view_of(session).finder.current.number)  # type: ignore[union-attr]
        assert top is not None and 0 <= top < view_of(session).viewport().height()


async def test_in_folded_code_the_line_is_unfolded_and_brought_into_view(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    said = [("user", "long?"), ("assistant", CODE), ("user", "thanks")]
    async with chat_in_window(theme, tmp_path / "home", said) as session:
        await look_for(session, qtbot, "hidden_needle")
        view = view_of(session)
        mark = view.finder.current
        assert mark is not None
        block = view.flow.document(mark.index).flat[mark.number]
        top = view.flow.top_of(mark.index, mark.number)

        assert isinstance(block, CodeBlock) and not block.folded
        assert top is not None
        assert 0 <= top + block.line_top(mark.range[0]) < view.viewport().height()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_places_in_view_are_marked_and_the_current_one_differs(
    qtbot: QtBot, qapp: Any, theme: Theme, tmp_path: Path, scheme: Any
) -> None:
    theme.apply(qapp, scheme)
    async with chat_in_window(theme, tmp_path / "home", [("user", "where?"), ("assistant", ANSWER)]) as session:
        await look_for(session, qtbot, "needle")
        picture = view_of(session).viewport().grab().toImage()

        found, now = theme.color("find").rgb(), theme.color("find-cur").rgb()
        colours = [
            picture.pixel(QPoint(x, y)) for y in range(0, picture.height(), 2) for x in range(0, picture.width(), 2)
        ]
        assert colours.count(now) > 20 and colours.count(found) > 3 * colours.count(now) / 2


async def test_what_is_nowhere_is_told_and_what_is_only_in_an_address_is_no_place(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    said = [("user", "where?"), ("assistant", "[a link](https://example.org/needle)")]
    async with chat_in_window(theme, tmp_path / "home", said) as session:
        bar = await look_for(session, qtbot, "needle")
        assert bar.result.text() == "Nothing found"
        field = named(session.window, "Find in chat")
        assert isinstance(field, QLineEdit) and field.accessibleDescription() == "Nothing found"
        field.selectAll()
        qtbot.keyClicks(field, "link")
        await until(lambda: bar.result.text() == "Message 1 of 1", what="the link's text")
        press(qtbot, session.window, "Close find")
        assert not bar.isVisible()


def test_words_stand_apart_by_whatever_markdown_puts_between_them() -> None:
    source, shown = needle("bold needle", in_source=True), needle("bold needle")
    assert source is not None and shown is not None
    assert source.search("a **bold** _needle_") and shown.search("a Bold\u00a0NEEDLE")
    assert needle("  ") is None and needle("a(b*c") is not None
