"""The documents that come with the program: pages, their sections, search, and where a link between them leads.

They lie in `resources/help` as Markdown; a section is what stands under a heading of the second level. A page in
another language lies in a folder of the language's code, heading for heading like the English one, and its places have
the English names: links lead to the same place in every language, and where a page was not translated.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.lean_dataclass import dataclass
from app.paths import bundled

FOLDER = ("resources", "help")
#: In the order in which people want them; others come behind.
ORDER = ("guide", "troubleshooting", "install", "providers", "gateway", "mcp", "team", "security")
#: Where files lie that pages name and that may be shown.
_BESIDE = ("resources/licences/", "resources/fonts/", "config/", "packaging/", "tests/", "LICENSE", "README.md")
_HEADING = re.compile(r"^(#{1,6}) +(.+?)\s*$")
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*-(light|dark)\.png\)\s*$")
_NOT_IN_A_SLUG = re.compile(r"[^\w\- ]")
_CODE = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)
_GENERATED = re.compile(r"^<!--.*-->\s*$")


@dataclass(frozen=True, slots=True)
class HelpSection:
    """`slug`: as links name it, "" for what stands before the first heading."""

    slug: str
    title: str
    lines: tuple[str, ...]
    inner: tuple[tuple[str, str], ...] = ()
    """Slug and title of each heading in it."""

    def text(self, *, dark: bool) -> str:
        """Markdown, of pictures that there are in two colours the one that fits."""
        wanted = "dark" if dark else "light"
        shown = (line for line in self.lines if (found := _PICTURE.match(line)) is None or found[1] == wanted)
        return "\n".join(shown).strip() + "\n"

    def title_of(self, slug: str) -> str:
        """The words of a heading in it, "" where there is none of that slug."""
        return dict(self.inner).get(slug, "")


@dataclass(frozen=True, slots=True)
class HelpPage:
    name: str
    title: str
    sections: tuple[HelpSection, ...]

    def contents_of(self, slug: str) -> str:
        """Markdown: links to the other sections where this one only begins the page, else nothing."""
        others = [f"- [{one.title}](#{one.slug})" for one in self.sections if one.slug]
        return "\n".join(["", *others, ""]) if not slug and len(others) > 1 else ""


@dataclass(frozen=True, slots=True)
class HelpPlace:
    """A section of a page. `heading`: the slug of one inside it, "" for its beginning.

    Without a page it is a file beside the help, which `section` names from the program's folder on: a licence.
    """

    page: str
    section: str
    heading: str = ""


def read_pages(folder: Path | None = None, language: str = "") -> tuple[HelpPage, ...]:
    """All pages, in a language where there is that one of them, else in English. Reads two dozen small files."""
    root = folder or bundled(*FOLDER)
    pages = []
    for file in sorted(root.glob("*.md"), key=_rank):
        text, translated = file.read_text(encoding="utf-8"), root / language / file.name
        if language and translated.is_file():
            pages.append(_page(file.stem, translated.read_text(encoding="utf-8"), slugs_of(text)))
        else:
            pages.append(_page(file.stem, text))
    return tuple(pages)


def _rank(file: Path) -> tuple[int, str]:
    return (ORDER.index(file.stem) if file.stem in ORDER else len(ORDER), file.stem)


def slug_of(heading: str) -> str:
    """As links to a heading are written."""
    return _NOT_IN_A_SLUG.sub("", _plain(heading).lower()).replace(" ", "-")


def _plain(heading: str) -> str:
    return heading.replace("`", "").replace("*", "")


def slugs_of(text: str) -> list[str]:
    """Of all headings below the title, in their order."""
    return [slug_of(title) for level, title, _line in _lines(text) if level > 1]


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Each line with the level and the words of the heading it is; 0 and "" for all others, and within code. Marks of
    generated parts are left out."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        if not fenced and _GENERATED.match(line):
            continue
        found = None if fenced else _HEADING.match(line)
        yield (len(found[1]), found[2], line) if found is not None else (0, "", line)


def _page(name: str, text: str, slugs: Sequence[str] = ()) -> HelpPage:
    """`slugs`: those of its headings where they are not made of their words."""
    names = iter(slugs)
    title, sections = name, []
    slug, heading, lines, inner = "", "", list[str](), list[tuple[str, str]]()
    for level, words, line in _lines(text):
        if level == 1:
            title = words
        elif level == 2:
            sections.append(HelpSection(slug, heading or title, tuple(lines), tuple(inner)))
            slug, heading, lines, inner = next(names, slug_of(words)), words, [line], []
            continue
        elif level:
            inner.append((next(names, slug_of(words)), _plain(words)))
        lines.append(line)
    sections.append(HelpSection(slug, heading or title, tuple(lines), tuple(inner)))
    return HelpPage(name, title, tuple(one for one in sections if any(line.strip() for line in one.lines)))


def find(pages: Sequence[HelpPage], typed: str) -> list[HelpPlace]:
    """Sections that have every word: those with them in the title first, and pages that tell how to do something before
    those to look things up in; then those with them in a heading inside, and those that tell of them most often.
    """
    words = [_stem(word) for word in typed.casefold().split()]
    ranked = []
    for number, page in enumerate(pages):
        for section in page.sections:
            title, body = section.title.casefold(), "\n".join(section.lines).casefold()
            if words and all(word in body or word in title for word in words):
                headings = (title, *(heading.casefold() for _slug, heading in section.inner))
                in_title, *in_headings = (all(word in one for word in words) for one in headings)
                told = "\n".join(_CODE.split(body)[::2])
                count = sum(told.count(word) for word in words)
                rank = (not in_title, page.name not in ORDER, not any(in_headings), -count, number)
                ranked.append((rank, HelpPlace(page.name, section.slug)))
    return [place for _rank, place in sorted(ranked, key=lambda one: one[0])]


def _stem(word: str) -> str:
    """What a word has in common with its other forms, where enough of it is left: "proxies" finds "proxy", too."""
    for ending in ("ies", "ing", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def follow(pages: Sequence[HelpPage], page: str, link: str) -> HelpPlace | None:
    """Where a link on a page leads; None where that is nothing of this program."""
    file, _, slug = link.partition("#")
    if "/" in file:
        place = posixpath.normpath(posixpath.join(*FOLDER, file))
        return HelpPlace("", place) if place.startswith(_BESIDE) and "://" not in link else None
    if file and not file.endswith(".md"):
        return None
    name = file.removesuffix(".md") or page
    found = next((one for one in pages if one.name == name), None)
    if found is None or not found.sections:
        return None
    if not slug:
        return HelpPlace(name, found.sections[0].slug)
    for section in found.sections:
        if slug == section.slug:
            return HelpPlace(name, slug)
        if section.title_of(slug):
            return HelpPlace(name, section.slug, slug)
    return HelpPlace(name, found.sections[0].slug)


def text_beside(place: str) -> str | None:
    """A file beside the help as Markdown; None where this installation has none: it lies with the sources."""
    try:
        text = bundled(*place.split("/")).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    name = posixpath.basename(place)
    return text if name.endswith(".md") else f"## {name}\n\n~~~~\n{text.rstrip()}\n~~~~\n"
