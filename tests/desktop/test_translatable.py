"""Nothing that the window says is written where no translation reaches it: each pane in a language of brackets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit, QWidget

from app.desktop.pane_names import LOCAL_MODELS, TABS
from app.desktop.theme import Theme
from app.desktop.views.transcript import words
from app.services import wording
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, arguments, open_session, open_tab, until
from tests.desktop.test_accessible_names import walk

pytestmark = pytest.mark.anyio
OPEN, CLOSE = "⟦", "⟧"
TEXT = QAccessible.Text
#: Names of products and things, addresses, keys, figures: the same in every language.
SAME = {
    "AI Coder Assistant", "LM Studio", "Ollama", "OpenAI", "Claude", "Gemini", "English", "Español", "aica",
    "Simulated", "Built-in engine", "llama.cpp", "curl", "mock", "GGUF", "MCP", "API", "Hugging Face", "OpenRouter",
    "vLLM",    "llama-server",
}  # fmt: skip
#: Of the simulator.
MODELS = ("Coder 7B", "Thinker 4B", "Vision 8B", "Writer 13B", "Twin 1B", "Bare", "Text Embedding Nano", "Listener")
_NOT_WORDS = re.compile(
    r"\b[a-z]+:|https?://\S+|aica://\S+|[\w.+-]+/[\w./+-]+|(?:Ctrl|Shift|Alt|Esc|Enter|F\d+|Meta|Tab|Up|Down|PgUp|PgDown)\b|\S*[\d_\\/]\S*"
)


class Brackets(QTranslator):
    """A language in which every text is itself, in brackets."""

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"{OPEN}{text}{CLOSE}"


@pytest.fixture
def brackets(qapp: QApplication) -> Iterator[None]:
    translator = Brackets(qapp)
    qapp.installTranslator(translator)
    wording.speak(lambda text: f"{OPEN}{text}{CLOSE}")
    words.forget()
    yield
    qapp.removeTranslator(translator)
    wording.speak(None)
    words.forget()


def shown(root: QWidget) -> set[str]:
    """Everything that a person reads or hears there."""
    found: set[str] = set()
    for one in walk(QAccessible.queryAccessibleInterface(root)):
        found |= {one.text(TEXT.Name), one.text(TEXT.Description)}
    for widget in [root, *root.findChildren(QWidget)]:
        if not widget.isVisibleTo(root):
            continue
        found |= {widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()}
        if isinstance(widget, QLabel | QAbstractButton):
            found.add(widget.text())
        if isinstance(widget, QLineEdit):
            found.add(widget.placeholderText())
    return found


def plain(root: QWidget, *data: str) -> list[str]:
    """Texts with words outside of all brackets. `data`: the person's own and servers' words."""
    left = []
    for text in shown(root):
        bare, before = text, ""
        while bare != before:  # from the inside to the outside
            bare, before = re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", bare), bare
        for name in sorted((*SAME, *data), key=len, reverse=True):
            bare = bare.replace(name, " ")
        if re.search(r"[^\W\d_]{3,}", _NOT_WORDS.sub(" ", bare)):
            left.append(text)
    return sorted(left)


async def test_every_tab_of_settings(theme: Theme, home: Path, brackets: None) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        for title in TABS:
            pane = await open_tab(session, title)
            if title != LOCAL_MODELS:  # TODO-CORE
                assert plain(pane) == [], title


async def test_the_chat_its_menus_and_the_picker(
    theme: Theme, home: Path, simulator: MockServer, brackets: None
) -> None:
    simulator.script.update({"answer": "1234 5678"})
    async with open_session(theme, home, *arguments()) as session:
        session.chat.send("1234")
        await answered(session, 2)
        assert plain(session.window, "Vision 8B") == []
        session.parts.open_picker()
        await until(lambda: session.parts.picker.isVisible())
        assert plain(session.parts.picker, *MODELS) == []
        session.parts.picker.close()


@pytest.mark.parametrize(
    "command",
    [
        "palette",
        "compare",
        "statistics",
        "get_models",
        "chat_settings",
        "prompts",
        "presets",
        "trash",
        "find",
        "shortcuts",
    ],
)
async def test_what_a_command_opens(theme: Theme, home: Path, brackets: None, command: str) -> None:
    async with open_session(theme, home, *arguments()) as session:
        await until(lambda: session.parts.models.all_looked_at)
        session.parts.shortcuts.run(command)
        await asyncio.sleep(0.5)
        for root in [session.window, *session.window.findChildren(QDialog)]:
            if root.isVisible():
                assert plain(root, *MODELS) == [], command
