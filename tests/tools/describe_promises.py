"""Which tests prove which promise: `tests/promises.md` names the promises, test functions name them in their names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMISES = ROOT / "tests" / "promises.md"

#: Promises about things that the program does not have, and so cannot break.
NOT_BUILT = {
    "E4": "the program starts no MCP servers of others; it is one itself (E7)",
    "E5": "no tool is run: calls of tools are shown, and sent back by whoever asked (A15)",
    "E6": "as E4: nothing of an MCP server reaches a chat",
}
NOT_YET = "not yet"
_IDS = re.compile(r"test((?:_[A-E]\d+)+)_(?P<rest>\w+)")
_ROW = re.compile(r"^\| (?P<id>[A-E]\d+) \| (?P<promise>.+?) \| (?P<proof>.*) \|$", re.MULTILINE)


def tests_by_promise() -> dict[str, list[str]]:
    """Promise → its tests as `folder/test_file.py: what it shows`, in the order of their files."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place = path.relative_to(ROOT / "tests").as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if match := _IDS.fullmatch(node.name):
                for promise in match[1].strip("_").split("_"):
                    found.setdefault(promise, []).append(f"{place}: {match['rest'].replace('_', ' ')}")
    return found


def promises(text: str) -> dict[str, str]:
    """Promise → its right-hand column, as the document has it."""
    return {match["id"]: match["proof"] for match in _ROW.finditer(text)}


def proof(promise: str, tests: list[str]) -> str:
    """The right-hand column: by file, one line a test; where there is none, why."""
    if not tests:
        return f"not built: {NOT_BUILT[promise]}" if promise in NOT_BUILT else NOT_YET
    lines, before = [], ""
    for test in tests:
        place, _, shows = test.partition(": ")
        lines.append(shows if place == before else f"`{place}`: {shows}")
        before = place
    return "<br>".join(lines)


def fill(text: str) -> str:
    """The document with its right-hand column written anew."""
    tests = tests_by_promise()
    return _ROW.sub(lambda m: f"| {m['id']} | {m['promise']} | {proof(m['id'], tests.get(m['id'], []))} |", text)
