"""The text of Office documents, both families: OOXML (.docx, .xlsx, .pptx) and OpenDocument (.odt, .ods, .odp).

Runs in the child process of `document_worker` only; standard library alone. Formats: ECMA-376 and ISO/IEC 26300.
Deleted and moved-away text of tracked changes is left out; headers, footers and comments are, too.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from app.services.attachments.office_lines import Flow, Lines
from app.services.attachments.office_package import Enough, OnEnd, OnStart, OnText, Package, UnreadableError
from app.services.attachments.office_sheets import read_open_sheets, read_workbook

#: Of text in OOXML: what holds no words to read. `Fallback` says again what its neighbour said.
_SKIPPED: Final = frozenset({"pPr", "rPr", "tblPr", "moveFrom", "del", "Fallback", "instrText", "delText", "tabLst"})
_SKIPPED_OPEN: Final = frozenset({"tracked-changes", "annotation", "note-citation", "sequence-decls", "forms"})
_OPEN_DOCUMENT: Final = re.compile(r"application/vnd\.oasis\.opendocument\.[a-z-]{1,40}")
_BREAKS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_MOST_SPACES: Final = 1_000


class Read(NamedTuple):
    """`kind` is the media type."""

    text: str
    kind: str


def office_text(data: bytes, most: int) -> Read:
    """What there is to read in the document, at most `most` characters.

    Raises:
        UnreadableError: no document, locked, damaged, too large unpacked, or without text.
    """
    package = Package(data)
    media_type = package.start_of("mimetype", 200).decode("ascii", "replace").strip()
    lines = Lines(most)
    if _OPEN_DOCUMENT.fullmatch(media_type):
        read = _open_document(package, media_type)
    elif main := package.target("", "officeDocument"):
        media_type, read = _office_open(package, main)
    else:
        raise UnreadableError("archive")
    with contextlib.suppress(Enough):
        read(lines)
    if not lines.text.strip():
        raise UnreadableError("wordless")
    return Read(lines.text, media_type)


# -- OOXML


def _office_open(package: Package, main: str) -> tuple[str, Callable[[Lines], None]]:
    """By the root element of the main part, since names and types of content differ with macros and templates."""
    if main.lower().endswith(".bin"):
        raise UnreadableError("binary_workbook")
    root = ""

    def start(tag: str, _values: dict[str, str]) -> None:
        nonlocal root
        root = tag
        raise Enough

    with contextlib.suppress(Enough):
        package.parse(main, start)
    readers = {"document": _read_document, "workbook": read_workbook, "presentation": _read_slides}
    if root not in readers:
        raise UnreadableError("archive")
    family = {"document": "wordprocessingml", "workbook": "spreadsheetml", "presentation": "presentationml"}[root]
    last = {"document": "document", "workbook": "sheet", "presentation": "presentation"}[root]
    media_type = f"application/vnd.openxmlformats-officedocument.{family}.{last}"
    return media_type, lambda lines: readers[root](package, main, lines)


def _read_document(package: Package, main: str, lines: Lines) -> None:
    package.parse(main, *_running_text(Flow(lines)))
    for kind in ("footnotes", "endnotes"):
        _under_heading(package, package.target(main, kind), kind, lines)


def _under_heading(package: Package, part: str | None, words: str, lines: Lines) -> None:
    """Nothing where there is no text: a part with notes may hold their separators alone."""
    if part is None or part not in package:
        return
    notes = Lines(lines.left)
    with contextlib.suppress(Enough):
        package.parse(part, *_running_text(Flow(notes)))
    if notes.text.strip():
        lines.heading(words)
        for line in notes.text.split("\n"):
            lines.add(line)


def _read_slides(package: Package, main: str, lines: Lines) -> None:
    targets = package.targets(main)
    slides: list[str] = []

    def start(tag: str, values: dict[str, str]) -> None:
        if tag == "sldId":  # its two ids have the same local name; the one of the relation is no number
            relation = next((value for value in values.values() if value in targets), "")
            slides.append(targets.get(relation, ("", ""))[1])

    package.parse(main, start)
    for number, slide in enumerate(slides, start=1):
        lines.heading(f"slide {number}")
        if slide not in package:
            continue
        package.parse(slide, *_running_text(Flow(lines)))
        _under_heading(package, package.target(slide, "notesSlide"), f"notes of slide {number}", lines)


def _running_text(flow: Flow) -> tuple[OnStart, OnEnd, OnText]:
    """Readers of the events of WordprocessingML and DrawingML, whose names for text agree."""
    skipping = 0
    in_text = False

    def start(tag: str, values: dict[str, str]) -> None:
        nonlocal skipping, in_text
        if skipping or tag in _SKIPPED or (tag == "fld" and values.get("type") == "slidenum"):
            skipping += 1
        elif tag == "p":
            flow.paragraph_start()
        elif tag == "tr":
            flow.row_start()
        elif tag == "tc":
            flow.cell_start()
        elif tag == "t":
            in_text = True
        elif tag in _BREAKS:
            flow.write(_BREAKS[tag])

    def end(tag: str) -> None:
        nonlocal skipping, in_text
        if skipping:
            skipping -= 1
        elif tag == "p":
            flow.paragraph_end()
        elif tag == "tr":
            flow.row_end()
        elif tag == "t":
            in_text = False

    def text(words: str) -> None:
        if in_text and not skipping:
            flow.write(words)

    return start, end, text


# -- OpenDocument


def _open_document(package: Package, media_type: str) -> Callable[[Lines], None]:
    _refuse_locked(package)
    if media_type.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        return lambda lines: read_open_sheets(package, lines)
    return lambda lines: package.parse("content.xml", *_open_text(lines))


def _refuse_locked(package: Package) -> None:
    def start(tag: str, _values: dict[str, str]) -> None:
        if tag == "encryption-data":
            raise UnreadableError("locked")

    if "META-INF/manifest.xml" in package:
        package.parse("META-INF/manifest.xml", start)


def _open_text(lines: Lines) -> tuple[OnStart, OnEnd, OnText]:
    """Of texts and presentations; a page of the latter is a slide, with its notes at its end."""
    flow = Flow(lines)
    skipping = 0
    page = 0

    def start(tag: str, values: dict[str, str]) -> None:
        nonlocal skipping, page
        if skipping or tag in _SKIPPED_OPEN:
            skipping += 1
        elif tag in ("p", "h"):
            flow.paragraph_start()
        elif tag == "table-row":
            flow.row_start()
        elif tag in ("table-cell", "covered-table-cell"):
            flow.cell_start()
        elif tag == "page":
            page += 1
            lines.heading(f"slide {page}")
        elif tag == "notes":
            lines.heading(f"notes of slide {page}")
        elif tag == "page-number":
            skipping += 1
        else:
            flow.write(open_space(tag, values))

    def end(tag: str) -> None:
        nonlocal skipping
        if skipping:
            skipping -= 1
        elif tag in ("p", "h"):
            flow.paragraph_end()
        elif tag == "table-row":
            flow.row_end()

    def text(words: str) -> None:
        if not skipping and flow.in_paragraph:
            flow.write(re.sub(r"\s+", " ", words))

    return start, end, text


def open_space(tag: str, values: dict[str, str]) -> str:
    """What an element of OpenDocument that stands for white space is in a text, "" for any other."""
    if tag == "s":
        count = values.get("c", "1")
        return " " * min(int(count) if count.isascii() and count.isdigit() else 1, _MOST_SPACES)
    return {"tab": "\t", "line-break": "\n"}.get(tag, "")
