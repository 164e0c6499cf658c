"""A real window on a real core, for tests that use the program as a person does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.main import parser
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.chat.attachment_chips import AttachmentChip
from app.desktop.views.settings.pane import SettingsPane
from app.desktop.window import MainWindow
from app.paths import user_paths
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from app.services.settings.window_state import read_window_state

#: Of the simulator: one model that reads pictures, one that does not.
SEES, BLIND = "simulated/vision-8b", "simulated/writer-13b"


async def until(condition: Callable[[], object], timeout_s: float = 10.0, what: str = "") -> None:
    """Wait, with the Qt loop running, until something is true."""
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"did not happen within {timeout_s} s: {what or condition}") from None


async def laid_out(session: Session) -> None:
    """Until nothing in the window moves any more: layouts come some turns of the loop after what they are about."""
    before: list[object] = []

    def stands_still() -> bool:
        now: list[object] = [
            (id(w), w.geometry().getRect(), w.isVisible()) for w in session.window.findChildren(QWidget)
        ]
        moved, before[:] = now != before, now
        return not moved

    async with asyncio.timeout(10):
        while not stands_still():
            await asyncio.sleep(0.05)


async def open_tab(session: Session, title: str | None = None) -> SettingsPane:
    """Settings at a tab, with everything that it shows."""
    pane = session.parts.panes.open_settings(title)
    assert isinstance(pane, SettingsPane)
    await until(lambda: pane.is_loaded, what="the page has been read")
    return pane


def named(root: QWidget, name: str) -> QWidget:
    """The visible widget with this accessible name; a button without one is called by its text."""
    called = [w for w in root.findChildren(QWidget) if _name_of(w) == name]
    for widget in called:  # a new one in a visible layout is shown in the next turn of the loop: no person is quicker
        if not widget.isVisibleTo(root):
            QCoreApplication.sendPostedEvents(widget, QEvent.Type.MetaCall)
    found = [w for w in called if w.isVisibleTo(root)]
    assert found, f"no visible widget is called {name!r}"
    assert len(found) == 1, f"{len(found)} visible widgets are called {name!r}"
    return found[0]


def press(qtbot: QtBot, window: QWidget, name: str) -> None:
    """Click the button of this name."""
    button = named(window, name)
    assert isinstance(button, QAbstractButton)
    assert button.isEnabled(), f"{name} is switched off"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())


def line_edit(window: QWidget, name: str) -> QLineEdit:
    """The visible field of this name."""
    found = named(window, name)
    assert isinstance(found, QLineEdit)
    return found


def type_over(qtbot: QtBot, field: QLineEdit, text: str) -> None:
    """As a person who selects everything in a field and types."""
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


async def answered(session: Session, count: int) -> None:
    """Until the chat has so many messages and nothing is being written."""
    await until(lambda: session.chat.transcript.count == count and not session.chat.is_busy, what="the answer")


async def store_chat(home: Path, title: str, messages: Sequence[tuple[str, str]]) -> int:
    """A chat that is in a home before any window opens it: (role, text) of each message."""
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    made = await store.create_conversation(title=title)
    await store.import_messages(made, list(messages))
    await store.aclose()
    return made


def note_buttons(session: Session) -> list[str]:
    """The texts of the buttons under the notice in the chat."""
    notice = session.window.chat.notice
    return [b.text() for b in notice.findChildren(QAbstractButton) if b.isVisible() and b.text()]


def row_menu(session: Session, title: str) -> QMenu:
    """The menu of a chat in the list."""
    rows = session.window.sidebar.list
    model = rows.model()
    row = next(i for i in range(model.rowCount()) if model.index(i, 0).data() == title)
    rows.customContextMenuRequested.emit(rows.visualRect(model.index(row, 0)).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def take(menu: QMenu, text: str) -> None:
    """Choose an entry by its words."""
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.close()


def notice_text(session: Session) -> str:
    """What the notice in the chat says."""
    return " ".join(label.text() for label in session.window.chat.notice.findChildren(QLabel) if label.isVisible())


def open_more(session: Session) -> QMenu:
    """The menu of the choices that have no button, opened by the keyboard."""
    button = named(session.window, "More choices")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose_more(session: Session, text: str) -> None:
    """Take one of those with the arrows and Enter."""
    menu = open_more(session)
    texts = [action.text() for action in menu.actions()]
    assert text in texts
    for _ in range(texts.index(text)):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)


def arguments(model: str = SEES) -> tuple[str, ...]:
    """The command line of a window that talks to this model of the simulator."""
    return ("--provider", "lm_studio", "--model", model)


def asked(server: MockServer) -> list[dict[str, Any]]:
    """The bodies of the requests for answers so far."""
    return [one.body for one in server.stats.recorded if one.path.endswith("/chat/completions")]


def chips(session: Session) -> list[AttachmentChip]:
    """The files beside the prompt."""
    row = session.window.chat.composer.attachments
    assert row is not None
    return row.chips


async def ready(session: Session, count: int) -> list[AttachmentChip]:
    """The same, once there are so many and all are read."""
    await until(lambda: len(chips(session)) == count and not session.parts.attaching.controller.is_reading)
    return chips(session)


def _name_of(widget: QWidget) -> str:
    if widget.accessibleName() or not isinstance(widget, QAbstractButton):
        return widget.accessibleName()
    return widget.text()


@asynccontextmanager
async def open_session(theme: Theme, home: Path, *arguments: str, width: int = 1200) -> AsyncIterator[Session]:
    """The program from its first paint to its end, on the test's loop."""
    options = parser().parse_args(["--home", str(home), *arguments])
    paths = user_paths(options.home)
    window = MainWindow(theme, read_window_state(paths.data / "window.json"))
    window.resize(width, 800)
    window.show()
    QApplication.processEvents()
    session = Session(window, theme, paths, options)
    try:
        await session.open()
        yield session
    finally:
        await session.close()
        window.deleteLater()
