"""What the window's translations have to hold, read from the source: calls of `tr`, `translate`, `say` and the like.

A module's own `tr(text)` says its context in its body; `self.tr(text)` has its class's; `say(text)` is the core's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (ROOT / "app" / "desktop", ROOT / "app" / "services")
CORE_CONTEXT = "Core"
#: Of the transcript's fixed words, which are asked for by `words.tr` and `words.counted`.
WORDS_CONTEXT, COUNTED = "Transcript", "counted"


@dataclass(frozen=True, order=True)
class Text:
    """One text to be translated. `numerus`: it has plural forms."""

    context: str
    source: str
    numerus: bool = False


@dataclass
class Found:
    """Texts with the places of their first use, and what could not be read."""

    texts: dict[Text, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def collect(folders: tuple[Path, ...] = SOURCES) -> Found:
    """All texts of the source, sorted by file."""
    found = Found()
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in _files(folders)}
    contexts = {_module(path): context for path, tree in trees.items() if (context := _own_context(tree))}
    for path, tree in trees.items():
        _Reader(path, tree, contexts, found).read()
    return found


def _files(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.rglob("*.py"))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _own_context(tree: ast.Module) -> str:
    """The context of a module's own `tr`, "" where it has none."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "tr":
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and _name(call) == "translate":
                    first = call.args[0]
                    return first.value if isinstance(first, ast.Constant) else WORDS_CONTEXT
    return ""


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _names_of_own_tr(node: ast.Assign) -> Iterator[str]:
    """The names that `self.tr` is given: `tr = self.tr`, `theme, tr = self.theme, self.tr`."""
    target, value = node.targets[0], node.value
    pairs = [(target, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(target.elts, value.elts, strict=True))
    for name, given in pairs:
        if ast.unparse(given) == "self.tr":
            yield ast.unparse(name)


class _Reader(ast.NodeVisitor):
    def __init__(self, path: Path, tree: ast.Module, contexts: dict[str, str], found: Found) -> None:
        self._place = str(path.relative_to(ROOT))
        self._tree = tree
        self._found = found
        self._classes: list[str] = []
        self._functions = 0
        #: Names under which a `tr` is called here → its context; None: that of the class.
        self._callers: dict[str, str | None] = {}
        own = contexts.get(_module(path))
        if own:
            self._callers["tr"] = own
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for name in node.names:
                    called = name.asname or name.name
                    if name.name == "tr" and node.module in contexts:
                        self._callers[called] = contexts[node.module]
                    elif (module := f"{node.module}.{name.name}") in contexts:
                        self._callers[f"{called}.tr"] = contexts[module]

    def read(self) -> None:
        self.visit(self._tree)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for now in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if now is not None:  # evaluated when the function is made
                self.visit(now)
        self._functions += 1
        before = dict(self._callers)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Assign):
                self._callers |= dict.fromkeys(_names_of_own_tr(inner))
        self.generic_visit(node)
        self._callers = before
        self._functions -= 1

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)  # type: ignore[arg-type]  # the same fields

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        name, argument = _name(node), node.args[0] if node.args else None
        if argument is None:
            return
        called = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
        if called == "self.tr" or self._callers.get(called, "") is None:
            self._take(node, self._classes[-1] if self._classes else "", argument, len(node.args) > 1)
        elif called in self._callers:
            self._take(node, str(self._callers[called]), argument, len(node.args) > 1)
        elif name == COUNTED and len(node.args) == 3:
            self._take(node, WORDS_CONTEXT, argument, False)
            self._take(node, WORDS_CONTEXT, node.args[1], True)
        elif called == "say":
            self._take(node, CORE_CONTEXT, argument, False)
        elif called == "later" and isinstance(argument, ast.Constant):
            self._take(node, str(argument.value), node.args[1], False, later=True)
        elif name == "translate" and len(node.args) > 1 and all(isinstance(one, ast.Constant) for one in node.args[:2]):
            self._take(node, str(ast.literal_eval(argument)), node.args[1], len(node.args) > 3)
        elif name == "tr" and any(_literals(argument)):
            self._found.problems.append(f"{self._place}:{node.lineno}: whose tr this is cannot be read")

    def _take(self, node: ast.Call, context: str, text: ast.expr, numerus: bool, *, later: bool = False) -> None:
        place = f"{self._place}:{node.lineno}"
        if not later and not self._functions:
            self._found.problems.append(
                f"{place}: translated while the module is imported, before the language is known"
            )
        for one in _literals(text):
            self._found.texts.setdefault(Text(context, one, numerus), place)
        if not context:
            self._found.problems.append(f"{place}: no context")


def _literals(text: ast.expr) -> Iterator[str]:
    """The texts that an expression can be: a literal, or a choice of literals. Others are marked where they stand."""
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        if text.value:
            yield text.value
    elif isinstance(text, ast.IfExp):
        yield from _literals(text.body)
        yield from _literals(text.orelse)
