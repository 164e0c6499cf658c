"""Models and chats whose names are markup, options, patterns, paths and endless, in every pane (reliability B9)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QMessageBox, QTextEdit, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, asked, open_session, store_chat, until

pytestmark = pytest.mark.anyio

MARK = "evil7f3a"
#: As a rich text it would load a file and hide what stands after it.
MARKUP = f'<b>{MARK}</b><img src="file:///etc/passwd"><!-- '
NAMES = {
    "markup": f"simulated/{MARKUP}",
    "an option": f"--help={MARK}",
    "a pattern": f"{MARK}{{0}}{{name}}%s%1%n\\1[a-z]+(.*)*",
    "a path": f"../../../{MARK}/..\\..\\x\x00y?q=1&a=b#f;x%2e%2e",
    "controls": f"{MARK}\x1b[31m\r\n\t\x07\u202etxt.exe\u2066\u200b",
    "endless": f"simulated/{MARK}" + "n" * 20_000,
    "no letters": " \u200b\u202e ",
}
PANES = ("choose_model", "compare", "statistics", "settings", "chat_settings", "presets", "palette", "trash", "prompts")


def texts_of(model: QAbstractItemModel, parent: QModelIndex | None = None) -> list[str]:
    """What an item view shows as it is: Qt guesses whether a tip is markup."""
    parent = parent or QModelIndex()
    found = []
    for row in range(min(model.rowCount(parent), 60)):
        for column in (n for n in range(12) if model.hasIndex(row, n, parent)):
            tip = model.index(row, column, parent).data(Qt.ItemDataRole.ToolTipRole)
            found += [tip] if isinstance(tip, str) else []
    return found


def obeyed(root: QWidget) -> list[str]:
    """Where a name would be read as markup."""
    found = []
    for one in [root, *root.findChildren(QWidget)]:
        tips = [one.toolTip(), one.statusTip(), one.whatsThis()]
        if isinstance(one, QAbstractItemView) and one.model() is not None:
            tips += texts_of(one.model())
        found += [f"{one} tip: {tip[:100]}" for tip in tips if "<img" in tip or f"<b>{MARK}" in tip]
        if isinstance(one, QLabel | QMessageBox) and one.textFormat() != Qt.TextFormat.PlainText:
            raw = one.text()
            found += [f"{one} {one.objectName()}: {raw[:100]}"] if "<img" in raw or f"<b>{MARK}" in raw else []
        if isinstance(one, QTextEdit):
            found += [f"{one}: {one.toHtml()[:100]}"] if 'src="file' in one.toHtml() else []
    return found


def check(session: Session) -> None:
    for root in {session.window, *(one for one in QApplication.topLevelWidgets() if one.isVisible())}:
        assert obeyed(root) == []
    assert session.window.width() == 1200 and session.window.minimumSizeHint().width() <= 1200
    assert len(session.window.windowTitle()) < 700


SLOW = (pytest.mark.slow, pytest.mark.skipif("not config.getoption('-m')", reason="by command: pytest -m slow"))
QUICK = ("markup", "controls", "endless")


@pytest.mark.parametrize("kind", [kind if kind in QUICK else pytest.param(kind, marks=SLOW) for kind in NAMES])
async def test_B9_whatever_a_model_is_called_it_is_a_name_in_every_pane_and_reaches_its_server_as_it_is(
    kind: str, theme: Theme, home: Path, simulator: MockServer
) -> None:
    name = NAMES[kind]
    simulator.script.update({"extra_models": [name], "echo_model": name, "answer": f"said by {MARKUP}"})
    await store_chat(home, name[:300] or "x", [("user", name[:300]), ("assistant", "x")])
    async with open_session(theme, home, "--provider", "lm_studio", f"--model={name}") as session:
        await until(lambda: session.parts.models.all_looked_at)
        session.new_chat()
        session.chat.send(f"Hello {MARKUP}")
        await answered(session, 2)
        assert asked(simulator)[-1]["model"] == name, "it is data on its way, too"
        check(session)
        session.window.grab()
        for command in PANES:
            session.parts.shortcuts.run(command)
            await asyncio.sleep(0.05)
            check(session)
            session.window.grab()
            popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if popup is not None:
                popup.close()
    assert not [one for one in home.rglob("*") if MARK in one.name], "and no name of a file"
