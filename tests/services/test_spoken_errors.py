"""Errors of the core reach people in their language: their sentences go through `say`. Read from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "app" / "services"
#: Errors whose first argument (of `LLMError`, and of what makes one, the second and third) a person reads.
ERRORS = {"LLMError": (1, 2), "failed": (1, 2), "invalid_setting": (1,)}
ERRORS |= dict.fromkeys(
    ("NotAttachableError", "NotChatsError", "GgufError", "CutShortError", "TagError", "FolderNameError"), (0,)
)
ERRORS |= dict.fromkeys(("RegistrationError", "StoreUnusableError", "StepFailedError"), (0,))
READ = ("message", "hint")


def unspoken(tree: ast.AST) -> Iterator[ast.expr]:
    """Sentences that are made without `say`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in ERRORS:
            continue
        texts = [node.args[place] for place in ERRORS[name] if place < len(node.args)]
        texts += [keyword.value for keyword in node.keywords if keyword.arg in READ]
        for text in texts:
            yield from (one for one in _choices(text) if _has_words(one))


def _choices(text: ast.expr) -> Iterator[ast.expr]:
    match text:
        case ast.IfExp():
            yield from (*_choices(text.body), *_choices(text.orelse))
        case ast.BoolOp():
            for value in text.values:
                yield from _choices(value)
        case ast.BinOp():
            yield from (*_choices(text.left), *_choices(text.right))
        case _:
            yield text


def _has_words(text: ast.expr) -> bool:
    """Whether it is a literal, or holds one, that somebody would have to translate."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    literal = " ".join(str(one.value) for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return re.search(r"[^\W\d_]{2,}", literal) is not None


def test_every_sentence_of_an_error_is_spoken() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{text.lineno}: {ast.unparse(text)[:90]}"
        for path in sorted(CORE.rglob("*.py"))
        for text in unspoken(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "put these into say(…):\n" + "\n".join(found)


def test_the_rule_sees_a_sentence_that_is_not_spoken() -> None:
    def seen(source: str) -> int:
        return len(list(unspoken(ast.parse(source))))

    assert seen('LLMError(kind, "It is off.")') == 1
    assert seen('LLMError(kind, say("It is off."), f"{name} is off.")') == 1
    assert seen('LLMError(kind, say("It is off."), hint="Start it." if here else say("Look there."))') == 1
    assert seen('errors.LLMError(kind, message=x or "It is off.")') == 1
    assert seen('TagError("A tag needs a word.")') == 1
    assert seen('LLMError(kind, say("It is off."), f"{why} {hint}", provider="ollama")') == 0
