"""In which language a prompt is written, as far as its letters and its smallest words tell.

Only to keep votes on answers in one language apart from those in another; where it is not plain, nothing is said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

#: First and last letter of the scripts that tell a language, or a group that models treat alike.
_SCRIPTS: tuple[tuple[str, str, str], ...] = (
    ("ja", "\u3040", "\u30ff"),  # before Han: Japanese mixes both
    ("ko", "\uac00", "\ud7af"),
    ("zh", "\u4e00", "\u9fff"),
    ("ru", "\u0400", "\u04ff"),
    ("el", "\u0370", "\u03ff"),
    ("he", "\u0590", "\u05ff"),
    ("ar", "\u0600", "\u06ff"),
    ("hi", "\u0900", "\u097f"),
    ("th", "\u0e00", "\u0e7f"),
)
#: Words that stand in nearly every sentence, and in few of the other languages here.
_SMALL_WORDS = {
    "en": "the and is are of to in that this with for how what why does can you write make explain",
    "de": "der die das und ist nicht ein eine wie was warum mit für auf ich du wird bitte schreibe",
    "fr": "le la les et est une des pas que qui comment pourquoi avec pour dans je vous cette",
    "es": "el los las y es una que no cómo por para con del qué porque este esta puedes",
    "it": "il gli e è una che non come perché con per di della questo questa puoi nel",
    "pt": "o os as e é uma que não como porque com para do da este esta você em",
    "nl": "de het een en is niet hoe wat waarom met voor van ik je dit deze kan",
}
_LETTERS_OF = tuple((language, re.compile(f"[{first}-{last}]")) for language, first, last in _SCRIPTS)
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")
_FENCED = re.compile(r"(```|~~~).*?(\1|\Z)", re.DOTALL)
#: Of a script: this share of all letters. Of words: so many, and so many more than the next language has.
_SHARE, _LEAST, _LEAD = 0.2, 2, 1.5


def language_of(text: str) -> str | None:
    """ISO 639-1 code, None where it is not plain. What stands in code fences is left out."""
    words = [word.casefold() for word in _WORD.findall(_FENCED.sub(" ", text))]
    letters = "".join(words)
    if not letters.isascii():
        for language, letter in _LETTERS_OF:
            if len(letter.findall(letters)) >= _SHARE * len(letters):
                return language
    return _by_words(words)


def _by_words(words: Iterable[str]) -> str | None:
    counted = Counter(words)
    found = sorted(((sum(counted[one] for one in known), code) for code, known in _WORDS.items()), reverse=True)
    (most, language), (next_most, _other) = found[0], found[1]
    return language if most >= _LEAST and most >= _LEAD * next_most else None
