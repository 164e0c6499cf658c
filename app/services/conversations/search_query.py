"""What a person typed into a search field, understood: words, phrases, what to leave out, and filters.

    token stream -"queued prompt" model:qwen after:2026-10 in:code has:file folder:"billing api" tag:bug is:archived

The last word may be unfinished and matches what begins with it, as long as nothing follows it; a word with `*` always
does. Filters narrow what is found; a word that only looks like one (`http://…`) is searched for.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any, Literal

from app.lean_dataclass import dataclass
from app.services.conversations.records import storable
from app.services.wording import say

MAX_TERMS = 16
#: Of one phrase, and characters of one filter.
MAX_WORDS, MAX_VALUE = 16, 200
#: Typed beginnings of at most so many characters have an index of their own.
INDEXED_PREFIX = 5

#: A name in quotes may have blanks.
_PIECE = re.compile(r'(?P<out>-)?(?:"(?P<phrase>[^"]*)"?|(?P<plain>(?:folder|tag):"[^"]*"?|\S+))', re.IGNORECASE)
#: What narrows a search, by the word before its colon.
FILTERS = ("model", "provider", "role", "before", "after", "in", "has", "folder", "tag", "is")
_FILTER = re.compile(rf"({'|'.join(FILTERS)}):(.+)", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w+")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_ATTACHED = {"file": "file", "files": "file", "attachment": "file", "image": "image", "picture": "image"}
_ROLES = {"user": "user", "you": "user", "me": "user", "assistant": "assistant", "model": "assistant"}

TermKind = Literal["word", "prefix"]


@dataclass(frozen=True, slots=True)
class Term:
    """`words` in their order, next to each other; the last one is a beginning where `kind` is `prefix`."""

    words: tuple[str, ...]
    kind: TermKind = "word"
    excluded: bool = False

    def expression(self) -> str:
        """In FTS5's language, quoted so that nothing of it counts as syntax."""
        return f'"{" ".join(self.words)}"' + ("*" if self.kind == "prefix" else "")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Times are wall-clock seconds, `before` exclusive. `problem`: a filter that could not be understood, in words."""

    terms: tuple[Term, ...] = ()
    model: str = ""
    provider: str = ""
    role: str = ""
    before: float | None = None
    after: float | None = None
    in_code: bool = False
    folder: str = ""
    tags: tuple[str, ...] = ()
    archived: bool = False
    pinned: bool = False
    has: Literal["", "file", "image"] = ""
    """What has to be attached: anything, or a picture."""
    problem: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.expression() and not self.has_filter

    @property
    def has_filter(self) -> bool:
        return self.is_about_messages or self.is_about_chats

    @property
    def is_about_messages(self) -> bool:
        """Whether a filter says something of the messages."""
        return bool(self.model or self.provider or self.role or self.in_code or self.has or self.has_dates)

    @property
    def is_about_chats(self) -> bool:
        """Whether a filter says where the chat stands."""
        return bool(self.folder or self.tags or self.archived or self.pinned)

    @property
    def has_dates(self) -> bool:
        return self.before is not None or self.after is not None

    @property
    def begins_short(self) -> bool:
        """Whether only the index of short beginnings answers it soon: thousands of words may begin so."""
        return any(t.kind == "prefix" and len(t.words[0]) <= INDEXED_PREFIX for t in self.terms) and all(
            len(t.words) == 1 for t in self.terms
        )

    def expression(self) -> str:
        """All of it that FTS5 can answer, "" where there is no word to find."""
        wanted = [t.expression() for t in self.terms if not t.excluded]
        unwanted = [t.expression() for t in self.terms if t.excluded]
        if not wanted:
            return ""
        found = " AND ".join(wanted)
        return f"({found}) NOT ({' OR '.join(unwanted)})" if unwanted else found


def parse(text: str, *, typing: bool = True) -> SearchQuery:
    """`typing` False: the last word is finished, too."""
    text = unicodedata.normalize("NFC", storable(text).replace("\0", " "))
    terms: list[Term] = []
    filters: dict[str, Any] = {}
    problem = ""
    pieces = list(_PIECE.finditer(text))
    for piece in pieces:
        plain = piece["plain"]
        as_filter = _FILTER.fullmatch(plain) if plain and not piece["out"] else None
        if as_filter is not None:
            values, why = _filter(as_filter[1].lower(), as_filter[2].strip('"')[:MAX_VALUE])
            problem = problem or why
            if "tags" in values:
                values["tags"] = (*filters.get("tags", ()), *values["tags"])
            filters |= values
            if values or why:
                continue
        last = piece is pieces[-1] and piece.end() == len(text)
        found = _term(piece, unfinished=typing and last)
        if found is not None and len(terms) < MAX_TERMS:
            terms.append(found)
    return SearchQuery(tuple(terms), problem=problem, **filters)


def _term(piece: re.Match[str], *, unfinished: bool) -> Term | None:
    written = piece["phrase"] if piece["phrase"] is not None else piece["plain"]
    words = tuple(_WORD.findall(written)[:MAX_WORDS])
    if not words:
        return None
    begins = piece["plain"] is not None and (unfinished or written.endswith("*")) and written[-1:] not in ".,;:!?)"
    return Term(words, "prefix" if begins else "word", piece["out"] is not None)


def _filter(name: str, value: str) -> tuple[dict[str, Any], str]:
    """The field that a filter sets, or why it sets none; neither where it is no filter but a word."""
    if name in ("model", "provider"):
        return {name: value}, ""
    if name in ("folder", "tag"):
        return _named(name, value), ""
    if name == "is":
        state = value.lower()
        known = state in ("archived", "pinned")
        return (
            ({state: True}, "") if known else ({}, say("is: knows archived and pinned, not {value}", value=value[:40]))
        )
    if name == "role":
        role = _ROLES.get(value.lower())
        return ({"role": role}, "") if role else ({}, say("role: is user or assistant, not {value}", value=value[:40]))
    if name == "in":
        return ({"in_code": True}, "") if value.lower() == "code" else ({}, "")
    if name == "has":
        what = _ATTACHED.get(value.lower())
        return ({"has": what}, "") if what else ({}, say("has: is file or image, not {value}", value=value[:40]))
    moment = _moment(value)
    if moment is None:
        return {}, say("{name}: needs a date such as 2026-11-21 or 2026-11, not {value}", name=name, value=value[:40])
    return {name: moment}, ""


def _named(name: str, value: str) -> dict[str, Any]:
    """A folder or tag; nothing while its name has not begun."""
    plain = " ".join(value.split()) if name == "folder" else " ".join(value.lstrip("# ").split())
    return {} if not plain else {"folder": plain} if name == "folder" else {"tags": (plain,)}


def _moment(value: str) -> float | None:
    """The beginning of a day, month or year, in local time."""
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    try:
        return datetime(int(match[1]), int(match[2] or 1), int(match[3] or 1)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
