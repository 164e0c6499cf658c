"""The few things our documents need of Markdown: generated parts, tables, code blocks, links, anchors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end of generated part -->)", re.DOTALL)
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^()\s]+(?:\([^()\s]*\))?)\)")
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class CodeBlock:
    """A fenced block: its language word, its lines without the indent, and the line it begins on (1-based)."""

    language: str
    text: str
    line: int


def fill(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """The document with every generated part written anew.

    Raises:
        KeyError: the document names a part that nothing generates.
    """
    return _PART.sub(lambda match: f"{match[1]}\n{parts[match['name']]().strip()}\n\n{match[3]}", text)


def part_names(text: str) -> list[str]:
    return [match["name"] for match in _PART.finditer(text)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A pipe table; pipes and line breaks in cells are made harmless."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)])


def code_blocks(text: str) -> Iterator[CodeBlock]:
    for match in _FENCE.finditer(text):
        indent = match["indent"]
        lines = [line.removeprefix(indent) for line in match["body"].splitlines()]
        yield CodeBlock(match["language"], "\n".join(lines) + "\n", text.count("\n", 0, match.start()) + 1)


def without_code(text: str) -> str:
    """The text without fenced blocks and code spans: what looks like a link there is none."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))


def links(text: str) -> list[str]:
    """Targets of links and pictures, in their order."""
    return [match["target"] for match in _LINK.finditer(without_code(text))]


def anchors(text: str) -> set[str]:
    """What `#…` may name: headings as GitHub spells them."""
    found = set()
    for match in _HEADING.finditer(_FENCE.sub("", text)):
        words = re.sub(r"[^\w\- ]", "", match["text"].replace("`", "").lower())
        found.add(words.replace(" ", "-"))
    return found


def broken_links(document: Path) -> list[str]:
    """Relative links of a document whose file or anchor is not there."""
    broken = []
    for target in links(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        place, _, anchor = target.partition("#")
        file = document.parent / place if place else document
        if not file.exists() or (
            anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8"))
        ):
            broken.append(target)
    return broken
