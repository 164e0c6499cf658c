"""Formulas within a line, for the parser of inline markdown: between \\( and \\), or between two dollar signs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

#: The token's type; its content is the formula, its markup the mark that opens it.
INLINE_FORMULA = "formula_inline"
#: Longer ones belong on a line of their own; it also bounds what each opening mark looks through.
MOST = 300

_BRACKETS = re.compile(r"\\\(\s*(\S(?:[\s\S]{0,%d}?\S)??)\s*\\\)" % MOST)  # noqa: UP031 - braces all over
# Prices and shell variables are no formulas: no space inside the marks, no letter or digit around them, and behind
# them nothing with which a shell begins another one.
_DOLLARS = re.compile(r"\$(?![\s$])((?:[^$\\]|\\[\s\S]){1,%d}?)(?<![\s\\])\$(?![\w${(@])" % MOST)  # noqa: UP031 - as above
_OF_FORMULAS = re.compile(r"[\\^_{}=<>+*/|()]|\A[A-Za-z][A-Za-z0-9]{0,2}'*\Z")
_CLOSING = {"\\(": "\\)", "$": "$"}


def may_hold_formulas(text: str) -> bool:
    return "\\(" in text or "$" in text


def written(content: str, opening: str) -> str:
    """A formula with its marks."""
    return f"{opening}{content}{_CLOSING[opening]}"


def formula_rule(state: StateInline, silent: bool) -> bool:
    """A rule of markdown-it's inline parser, to stand before `escape`."""
    start = state.pos
    first = state.src[start]
    if first == "\\":
        found = _BRACKETS.match(state.src, start, state.posMax)
    elif first == "$" and (start == 0 or not (state.src[start - 1].isalnum() or state.src[start - 1] in "$\\_")):
        found = _DOLLARS.match(state.src, start, state.posMax)
        if found is not None and not _OF_FORMULAS.search(found[1]):
            found = None
    else:
        return False
    if found is None:
        return False
    if not silent:
        token = state.push(INLINE_FORMULA, "", 0)
        token.content = found[1].replace("\n", " ")
        token.markup = "$" if first == "$" else "\\("
    state.pos = found.end()
    return True
