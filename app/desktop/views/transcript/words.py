"""The fixed words of the transcript in the reader's language.

Blocks ask for them while they are laid out, hundreds of times a second while an answer streams, so each is translated
once and kept until the language changes.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

CONTEXT = "Transcript"

_words: dict[str, str] = {}
_counts: dict[tuple[str, int], str] = {}
MAX_COUNTS = 1_000  # of different numbers; beyond it they are translated anew


def tr(text: str) -> str:
    """`text` translated; put arguments in afterwards, with `format`."""
    found = _words.get(text)
    if found is None:
        found = _words[text] = QCoreApplication.translate(CONTEXT, text)
    return found


def counted(one: str, many: str, n: int) -> str:
    """A sentence about `n` things: `one` for exactly one, else `many`, whose %Ln becomes the number.

    Languages with more than two forms give them for `many`.
    """
    if n == 1:
        return tr(one)
    found = _counts.get((many, n))
    if found is None:
        if len(_counts) >= MAX_COUNTS:
            _counts.clear()
        found = _counts[many, n] = QCoreApplication.translate(CONTEXT, many, None, n)
    return found


def number(n: int) -> str:
    """A whole number in the locale's form."""
    return QLocale().toString(n)


def forget() -> None:
    """The language changed."""
    _words.clear()
    _counts.clear()
