"""Syntax colours, one line at a time: cheap enough for code that is still arriving (about 6 µs a line)."""

from __future__ import annotations

import re
from functools import lru_cache

from app.desktop.views.transcript.hostile import utf16_offsets

# (start, length, token) in UTF-16 units of the line; token is the part after "syn-", or "ok"/"error" in a diff.
Range = tuple[int, int, str]

MAX_COLOURED = 1_000  # characters of a line; unclosed quotes cost the square of it

_HASH = (
    "python py bash sh shell zsh fish ruby rb perl yaml yml toml ini conf dockerfile makefile make r julia elixir nim"
)
_SLASH = (
    "c h cpp c++ cc hpp java javascript js jsx typescript ts tsx go golang rust rs swift kotlin kt scala csharp c# cs"
    " php dart zig json jsonc json5 css scss less groovy proto glsl v d objc solidity"
)
_DASH = "sql postgresql mysql sqlite lua haskell hs ada elm vhdl"
_MARKUP = "html xml svg vue svelte xhtml"
_PLAIN = "text txt plain plaintext output log console none latex tex md markdown"


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEYWORDS = _words_of(
    "and as assert async await begin break case catch class const continue crate def default defer del delete do done"
    " elif else elsif end enum esac except export extends extern fi final finally fn for foreach from func function"
    " global go goto if impl implements import in instanceof interface is lambda let local loop match mod module move"
    " mut namespace new nonlocal not of operator or override package pass private protected pub public raise ref"
    " require rescue return select sizeof static struct super switch template then throw throws trait try type typedef"
    " typeof union unless unsafe until use using var virtual void volatile when where while with yield"
    " true false null nil none undefined True False None NULL nullptr"
)
_SQL = _words_of(
    "select from where group by order having limit offset insert into values update set delete create table index view"
    " drop alter add column primary key foreign references join left right inner outer full cross on as and or not null"
    " is in exists between like case when then else end union all distinct count sum avg min max with recursive over"
    " partition window returning begin commit rollback transaction default unique check constraint if"
)
TYPES = _words_of(
    "self cls this bool boolean int float double str string bytes list dict tuple set object char short long unsigned"
    " signed size_t ssize_t usize isize i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 number any unknown never byte rune error"
    " int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t"
)

_STRING = r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'|`[^`]*`?"
_TRIPLE = r"\"\"\".*?(?:\"\"\"|$)|'''.*?(?:'''|$)"
_NUMBER = r"\b\d[\w.]*"
_WORD = r"[A-Za-z_]\w*"
_COMMENTS = {"hash": r"#.*$", "slash": r"//.*$|/\*.*?(?:\*/|$)", "dash": r"--.*$|/\*.*?(?:\*/|$)"}


@lru_cache(maxsize=8)
def _pattern(family: str) -> re.Pattern[str]:
    comment = _COMMENTS.get(family, r"#.*$|//.*$|/\*.*?(?:\*/|$)")
    # A lone apostrophe is a lifetime or an abbreviation where the string does not close on its line.
    return re.compile(f"(?P<com>{comment})|(?P<str>{_TRIPLE}|{_STRING})|(?P<num>{_NUMBER})|(?P<word>{_WORD})")


_TAG = re.compile(
    r"(?P<com><!--.*?(?:-->|$))|(?P<key></?[A-Za-z][\w:.-]*|/?>)|(?P<str>\"[^\"]*\"?|'[^']*'?)|(?P<fn>(?<![\w:-])[\w:-]++(?==))"
)


@lru_cache(maxsize=256)
def family_of(language: str) -> str:
    """Which rules a language follows: hash, slash, dash, markup, diff, plain, or other."""
    name = language.lower()
    if name in ("diff", "patch"):
        return "diff"
    for family, names in (("hash", _HASH), ("slash", _SLASH), ("dash", _DASH), ("markup", _MARKUP), ("plain", _PLAIN)):
        if name in names.split():
            return family
    return "other" if name else "plain"


def highlight_line(line: str, language: str) -> list[Range]:
    """Colour ranges of one line. Very long lines are coloured only at their beginning."""
    family = family_of(language)
    if family == "plain" or not line:
        return []
    line = line[:MAX_COLOURED]
    if family == "diff":
        ranges = _diff(line)
    elif family == "markup":
        ranges = [(m.start(), m.end() - m.start(), m.lastgroup or "str") for m in _TAG.finditer(line)]
    else:
        ranges = _words(line, family, sql="sql" in language.lower())
    return in_utf16(line, ranges)


def in_utf16(line: str, ranges: list[Range]) -> list[Range]:
    """Code point ranges as UTF-16 ranges."""
    offsets = utf16_offsets(line)
    if offsets is None:
        return ranges
    return [(offsets[a], offsets[min(a + n, len(line))] - offsets[a], kind) for a, n, kind in ranges]


def _words(line: str, family: str, *, sql: bool) -> list[Range]:
    found: list[Range] = []
    for match in _pattern(family).finditer(line):
        kind = match.lastgroup or ""
        start, end = match.span()
        if kind == "word":
            kind = _word_kind(match[0], line[end : end + 1], sql=sql)
            if not kind:
                continue
        found.append((start, end - start, kind))
    return found


def _word_kind(word: str, following: str, *, sql: bool) -> str:
    if word in _KEYWORDS or (sql and word.lower() in _SQL):
        return "key"
    if word in TYPES:
        return "type"
    if following == "(":
        return "fn"
    return "type" if word[0].isupper() and not word.isupper() else ""


def _diff(line: str) -> list[Range]:
    kind = {"+": "ok", "-": "error", "@": "key"}.get(line[0], "")
    return [(0, len(line), kind)] if kind else []
