"""The accessibility of every pane, dialog and popup: names, roles, descriptions, and the way of the Tab key."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.search_field import SearchField
from tests.desktop.session_window import answered, arguments, open_session, until
from tests.desktop.test_accessible_names import CONTROLS, check_names, walk

pytestmark = pytest.mark.anyio
ROLE = QAccessible.Role
COMMANDS = (
    *("palette", "compare", "statistics", "get_models", "chat_settings", "prompts", "presets", "trash", "find"),
    *("settings", "choose_model", "shortcuts"),
)
#: Roles that say nothing to a person: a control must not be one of them.
EMPTY_ROLES = {ROLE.NoRole, ROLE.Client, ROLE.Indicator}
MOST_TABS = 80


async def prepared(session: Session, command: str) -> list[QWidget]:
    """What a command opens, with a chat behind it."""
    await until(lambda: session.parts.models.all_looked_at)
    session.chat.send("Hello")
    await answered(session, 2)
    session.parts.shortcuts.run(command)
    await asyncio.sleep(0.4)
    dialogs = [one for one in session.window.findChildren(QDialog) if one.isVisible()]
    popups = [one for one in QApplication.topLevelWidgets() if one.isVisible() and one is not session.window]
    return [session.window, *dialogs, *(one for one in popups if one not in dialogs)]


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_control_has_a_name_of_its_own_and_a_role(theme: Theme, home: Path, command: str) -> None:
    async with open_session(theme, home, *arguments()) as session:
        for root in await prepared(session, command):
            if isinstance(root, QMenu):
                continue
            check_names(f"{command} {root.objectName()}", root, least=1)
            for one in walk(QAccessible.queryAccessibleInterface(root)):
                widget = one.object()
                focusable = isinstance(widget, QWidget) and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
                if focusable and one.role() in EMPTY_ROLES:
                    assert widget.focusProxy() is not None, f"{command}: {widget} takes the focus and says nothing"


def front(session: Session) -> QWidget:
    """What the Tab key walks: the dialog or popup in front, else the window."""
    for one in (QApplication.activePopupWidget(), QApplication.activeModalWidget(), QApplication.activeWindow()):
        if one is not None:
            return one
    return session.window


def spoken(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return str(interface.text(QAccessible.Text.Name)) if interface is not None else ""


def is_reachable(widget: QWidget) -> bool:
    return (
        widget.isVisible()
        and widget.isEnabled()
        and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.focusProxy() is None
        and not widget.visibleRegion().isEmpty()
    )


@pytest.mark.parametrize("command", ["compare", "statistics", "get_models", "chat_settings", "presets", "settings"])
async def test_tab_reaches_every_control_and_is_caught_by_none(
    qtbot: Any, theme: Theme, home: Path, command: str
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        roots = await prepared(session, command)
        root = roots[1] if len(roots) > 1 else session.window
        wanted = {
            one
            for one in root.findChildren(QWidget)
            if is_reachable(one) and QAccessible.queryAccessibleInterface(one).role() in CONTROLS
        }
        wanted = {one for one in wanted if one.window() is root.window()}
        seen: list[QWidget] = []
        for _step in range(MOST_TABS):
            focus = root.window().focusWidget()
            if focus is None:
                break
            if focus in seen and focus is seen[0] and len(seen) > 1:
                break
            seen.append(focus)
            qtbot.keyClick(focus, Qt.Key.Key_Tab)
        missed = [f"{spoken(one)!r} ({one.metaObject().className()})" for one in wanted if one not in seen]
        assert not missed, f"{command}: Tab does not come to {missed}"


def compose(field: QWidget, text: str) -> None:
    QApplication.sendEvent(field, QInputMethodEvent(text, []))


async def test_enter_of_an_input_method_chooses_nothing(qtbot: Any, theme: Theme, home: Path) -> None:
    """Japanese, Chinese and Korean words are composed with Enter before they are taken."""
    async with open_session(theme, home, *arguments()) as session:
        await until(lambda: session.parts.models.all_looked_at)
        chosen: list[object] = []
        session.chat.model_changed.connect(lambda *what: chosen.append(what))
        session.parts.open_picker()
        field: SearchField = session.parts.picker.filter
        compose(field, "にほ")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert session.parts.picker.isVisible()
        assert chosen == []
        compose(field, "")
        qtbot.keyClick(field, Qt.Key.Key_Escape)


async def test_enter_of_an_input_method_sends_nothing(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        edit = session.window.chat.composer.edit
        sent: list[str] = []
        session.window.chat.composer.send_requested.connect(sent.append)
        edit.setPlainText("こん")
        compose(edit, "にちは")
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        assert sent == []
        event = QInputMethodEvent("", [])
        event.setCommitString("にちは")
        QApplication.sendEvent(edit, event)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        assert len(sent) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_of_every_tone_is_readable_on_every_surface(theme: Theme, qapp: QApplication, scheme: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text, on all surfaces on which the tone stands."""
    from app.desktop.tokens import contrast

    theme.apply(qapp, scheme)  # type: ignore[arg-type]  # one of its choices
    weak = [
        f"{tone} on {surface}: {ratio:.2f}"
        for tone in ("text", "text2", "text3", "error", "warn", "ok", "link")
        for surface in ("base", "sunken", "raised")
        if has(theme, tone) and has(theme, surface)
        if (ratio := contrast(theme.color(tone), theme.color(surface))) < 4.5
    ]
    assert not weak


def has(theme: Theme, name: str) -> bool:
    try:
        theme.color(name)
    except KeyError:
        return False
    return True
