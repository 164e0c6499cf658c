"""A language in which every text is itself in brackets, and what a window says outside of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from app.desktop.views.transcript import words
from app.services import wording
from tests.desktop.test_accessible_names import walk

OPEN, CLOSE = "⟦", "⟧"
TEXT = QAccessible.Text
#: Names of products and things, addresses, keys, figures: the same in every language.
SAME = {
    "AI Coder Assistant", "LM Studio", "Ollama", "OpenAI", "Claude", "Gemini", "English", "Español", "aica",
    "Simulated", "llama.cpp", "curl", "mock", "GGUF", "MCP", "API", "Hugging Face", "OpenRouter",
    "vLLM",    "llama-server",
}  # fmt: skip
#: Of the simulator.
MODELS = ("Coder 7B", "Thinker 4B", "Vision 8B", "Writer 13B", "Twin 1B", "Bare", "Text Embedding Nano", "Listener")
#: What a check saw, under Details: for bug reports, the same in every language.
_EVIDENCE = re.compile(r"(connect|lookup|GET|TLS) ")
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
        if _EVIDENCE.match(text):
            continue
        # A size whose unit was taken off, as in “1.2 of 7.4 GB”, has lost the bracket behind the unit.
        bare, before = re.sub(rf"{OPEN}([\d.,]+) of (?={OPEN}[\d.,]+ [kMG]B{CLOSE})", r"\1 of ", text), ""
        while bare != before:  # from the inside to the outside
            bare, before = re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", bare), bare
        for name in sorted((*SAME, *data), key=len, reverse=True):
            bare = bare.replace(name, " ")
        if re.search(r"[^\W\d_]{3,}", _NOT_WORDS.sub(" ", bare)):
            left.append(text)
    return sorted(left)
