"""Every fixed word of the transcript can be translated: in the source, and on a screen where each carries a mark."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QTranslator
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QTextLayout
from PySide6.QtWidgets import QApplication

from app.desktop.models.transcript_model import Attachment, Note, NoteAction, TranscriptMessage
from app.desktop.views.transcript import accessible, words
from app.desktop.views.transcript.blocks import base, code, frame, note
from app.desktop.views.transcript.hostile import label
from app.desktop.views.transcript.view import TranscriptView
from tests.desktop.views.transcript.conftest import Show, answer, prompt

ROOM = Path(words.__file__).parent
#: Calls whose texts nobody reads on the screen.
UNSEEN_CALLS = {"ValueError", "IndexError", "KeyError", "NotImplementedError", "setObjectName", "compile", "debug"}
#: Names of things, the same in every language.
PROPER = {"code_info.py": {"_LANGUAGES"}, "highlight.py": {"*"}, "deep_highlight.py": {"*"}, "words.py": {"CONTEXT"}}
MARK, END = "⟦", "⟧"


# -- in the source


def literals(tree: ast.Module, proper: set[str]) -> Iterator[tuple[int, str]]:
    """Line and text of each literal that is neither translated nor certainly unseen."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}

    def is_unseen(node: ast.AST) -> bool:
        if isinstance(parents[node], ast.Expr):  # a docstring
            return True
        while node in parents:
            above = parents[node]
            if isinstance(above, ast.Call):
                name = above.func.attr if isinstance(above.func, ast.Attribute) else getattr(above.func, "id", "")
                # An argument of `tr(…).format(…)` is not what is translated.
                if name in UNSEEN_CALLS or (name in ("tr", "counted") and node in above.args):
                    return True
            if isinstance(above, ast.Assert):
                return True
            if isinstance(above, ast.Assign) and proper & {getattr(target, "id", "") for target in above.targets}:
                return True
            node = above
        return False

    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_unseen(node):
            yield node.lineno, node.value


def past_translation(source: str, proper: set[str]) -> list[str]:
    found = [(line, literal) for line, literal in literals(ast.parse(source), proper) if looks_like_words(literal)]
    return [f"{line}: {literal}" for line, literal in sorted(found)]


def looks_like_words(literal: str) -> bool:
    """Begins a sentence or a name of a button, or has two words; keys, tokens and patterns do not."""
    return bool(re.fullmatch(r"\W*[A-Z][a-z]+(\W.*)?", literal) or re.search(r"[a-z]{2,} [a-z]{2,}", literal)) and not (
        re.search(r"[\\\[{]", literal)
    )


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: path.name)
def test_no_fixed_word_goes_past_the_translation(path: Path) -> None:
    proper = PROPER.get(path.name, set())
    assert proper == {"*"} or past_translation(path.read_text(encoding="utf-8"), proper) == []


def test_the_look_at_the_source_finds_what_it_is_for() -> None:
    source = '''"""The docstring is not shown."""
x = tr("Copy code")
y = tr("{n} s").format(n="Two words")
menu.addAction("Open link")
z = f"{x} more characters"
'''
    assert past_translation(source, set()) == ["3: Two words", "4: Open link", "5:  more characters"]


# -- on the screen


class Marking(QTranslator):
    """Every text that is asked for comes back in brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        if context != words.CONTEXT:
            return ""
        self.asked.add(source)
        return f"{MARK}{source}{END}"


@pytest.fixture
def marking(qapp: QApplication) -> Iterator[Marking]:
    translator = Marking()
    qapp.installTranslator(translator)
    words.forget()
    yield translator
    qapp.removeTranslator(translator)
    words.forget()


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every text that goes to the screen outside a QTextLayout."""
    texts: set[str] = set()
    draw = base.draw_text

    def watch(*arguments: object, **options: object) -> None:
        texts.add(str(arguments[-1]))
        draw(*arguments, **options)  # type: ignore[arg-type]  # passed through

    for module in (base, code, frame, note):
        monkeypatch.setattr(module, "draw_text", watch)
    return texts


#: Theirs, not ours: everything in the messages below that is no fixed word begins with q.
THEIRS = re.compile(r"\[U\+\w+\]|[qQ][\w.]*|https?://\S+|\d[\d:.,]*|[^\w\s]+|☐")


def a_chat() -> list[TranscriptMessage]:
    code_text = "```qlang qfile\n" + "q" * 2_500 + "\n" + "q\n" * 50 + "```"
    table = "| q | q |\n|---|---|\n| " + "q" * 900 + " | q |\n"
    body = (
        f"q [q](https://q.example) ![](https://q.example/q) ![](file:///q) q{chr(0x301) * 20}\n\n# q\n\n---\n\n"
        f"{code_text}\n\n```\nq{chr(0x200B) * 9}\n```\n\n{table}"
    )
    trouble = Note("warn", "q", "q", (NoteAction("q", "q"),), "q")
    messages = [
        prompt("q", attachments=(Attachment("q", "q"),), version=(2, 3)),
        answer(body, simulated=True, cloud=True, version=(2, 3), metrics="q"),
        answer("q", reasoning="q", reasoning_seconds=6.0, status="interrupted", note=trouble),
        answer("q", reasoning="q", status="stopped"),
        answer("# q\n" * 30_000),
    ]
    for number, message in enumerate(messages):
        message.name, message.runtime = ("" if number == 2 else "q"), "q"
    return messages


def names_of(node: object) -> set[str]:
    found = {node.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Description)}  # type: ignore[attr-defined]
    for number in range(min(node.childCount(), 60)):  # type: ignore[attr-defined]  # an accessible interface
        found |= names_of(node.child(number))  # type: ignore[attr-defined]
    return found


def unmarked(found: set[str]) -> set[str]:
    """Texts with letters that are neither theirs nor inside a mark."""
    left = set()
    for one in found:
        rest = one
        while MARK in rest:  # marks nest where a word is put into a sentence
            shorter = re.sub(f"{MARK}[^{MARK}{END}]*({END}|…|$)", "", rest)
            if shorter == rest:
                break
            rest = shorter
        if re.search(r"[a-zA-Z]{2,}", THEIRS.sub("", rest)):
            left.add(one)
    return left


def laid_out(view: TranscriptView) -> set[str]:
    """Texts of the layouts that are on the screen, and of all controls and tooltips."""
    texts: set[str] = set()
    for placed in view.flow.visible:
        for control in placed.block.controls:
            texts |= {control.name, control.hint}
        for slot in ("_layout", "_title", "_text", "_details"):
            layout = getattr(placed.block, slot, None)
            texts |= {layout.text()} if isinstance(layout, QTextLayout) else set()
        lines = placed.block._lines if isinstance(placed.block, code.CodeBlock) else {}
        texts |= {layout.text() for layout, _ in lines.values()}
        texts |= {cell.layout.text() for row in getattr(placed.block, "_rows", []) for cell in row}
    return texts


def test_every_word_on_the_screen_and_in_the_ear_is_translated(
    show: Show, marking: Marking, painted: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = show(a_chat(), size=(900, 3_000))
    said: list[str] = []
    monkeypatch.setattr(
        accessible.QAccessible,
        "updateAccessibility",
        lambda event: said.append(event.message()) if isinstance(event, QAccessibleAnnouncementEvent) else None,
    )
    heard: set[str] = set()
    seen: set[str] = set()
    for index in range(view.model.count):
        view.scroll_to_message(index)
        for placed in list(view.flow.visible):
            for control in placed.block.controls:
                if control.action in ("details", "copy_details", "wrap", "copy_code"):
                    view.actions_.run(placed.index, placed.number, control)
        view.viewport().grab()
        heard |= names_of(QAccessible.queryAccessibleInterface(view))
        seen |= laid_out(view)
        menu = view.actions_.menu(index, 0)
        seen |= {action.text() for action in menu.actions() if action.text()}
        menu.deleteLater()
        message = view.model.message(index)
        assert message is not None
        accessible.answer_finished(view, message)
    view.jump_to_latest()
    view.viewport().grab()
    seen |= laid_out(view) | painted | {view.accessibleName(), *heard, *said}
    assert unmarked(seen) == set()
    assert len(marking.asked) > 50
    assert {"%Ln more characters, in the copy", "[+%Ln marks]", "Answer interrupted"} <= marking.asked
    assert any("characters are not shown" in one for one in painted)


def test_another_language_is_shown_at_once(show: Show, qapp: QApplication, painted: set[str]) -> None:
    view = show([answer("```sh\n" + "ls\n" * 60 + "```", reasoning="Hm.", reasoning_seconds=6.0)], size=(900, 1_400))
    view.viewport().grab()
    assert "Thought for 6 s" in painted and "Show all 60 lines" in painted
    translator = Marking()
    qapp.installTranslator(translator)
    try:
        qapp.sendEvent(view, QEvent(QEvent.Type.LanguageChange))
        painted.clear()
        view.viewport().grab()
        assert {f"{MARK}Thought for 6 s{END}", f"{MARK}Show all 60 lines{END}"} <= painted
        assert QAccessible.queryAccessibleInterface(view).text(QAccessible.Text.Name) == f"{MARK}Transcript{END}"
    finally:
        qapp.removeTranslator(translator)
        words.forget()


def test_a_word_is_translated_once_however_often_it_is_painted(show: Show, marking: Marking) -> None:
    view = show([answer("```sh\nls\n```")])
    asked: list[str] = []
    marking.translate = lambda *arguments: asked.append(arguments[1]) or ""  # type: ignore[method-assign]
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    before = len(asked)
    for _ in range(40):
        view.model.append_text(index, "```sh\nls\n```\n\n")
        view.viewport().grab()
    assert len(asked) == before


def test_one_is_not_many() -> None:
    assert words.counted("1 row", "%Ln rows", 1) == "1 row"
    assert words.counted("1 row", "%Ln rows", 0) == "0 rows"
    assert label(words.counted("1 row", "%Ln rows", 12)) == "12 rows"
