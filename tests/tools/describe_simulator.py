"""The simulator's settings and faults as Markdown, read from the words below each of them."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import typing

from app.services.mock_server import Script, script
from app.services.mock_server.script import Fault
from tests.tools.markdown import table


def settings() -> str:
    """Every field of the script, its value at the start and what it means."""
    said, start, types = _words_of("Script"), Script(), typing.get_type_hints(Script)
    rows = []
    for one in dataclasses.fields(Script):
        value = json.dumps(getattr(start, one.name), ensure_ascii=False)
        shown = value if len(value) <= 40 else "a sentence"
        meaning = said[one.name].replace("None", "null")
        if typing.get_origin(types[one.name]) is typing.Literal:
            meaning += " One of " + ", ".join(f"`{choice}`" for choice in typing.get_args(types[one.name])) + "."
        rows.append((f"`{one.name}`", f"`{shown}`" if shown == value else shown, meaning))
    return table(("setting", "at the start", "meaning"), rows)


def faults() -> str:
    """Every way to misbehave."""
    said = _words_of("Fault")
    return table(("fault", "what happens"), [(f"`{one.value}`", said[one.name]) for one in Fault if one])


def _words_of(class_name: str) -> dict[str, str]:
    """Name -> the text that stands right below its assignment."""
    tree = ast.parse(inspect.getsource(script))
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    words: dict[str, str] = {}
    for one, below in zip(found.body, [*found.body[1:], None], strict=True):
        target = (
            one.target if isinstance(one, ast.AnnAssign) else one.targets[0] if isinstance(one, ast.Assign) else None
        )
        if isinstance(target, ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            words[target.id] = " ".join(str(text.value).split()) if isinstance(text, ast.Constant) else ""
    return words
