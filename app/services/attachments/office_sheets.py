"""The cells of workbooks: a line a row, tabs between cells, the name of the sheet above. OOXML and OpenDocument.

Runs in the child process of `document_worker` only.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from app.services.attachments.office_lines import Lines
from app.services.attachments.office_package import Package

#: Columns of a sheet (Excel's limit); what claims more is not a sheet.
_MOST_COLUMNS: Final = 16_384
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})\d+$")
#: Formats of numbers that stand for a date or a time without being spelled out (ECMA-376 part 1, 18.8.30).
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
#: What a format of a number says literally: quoted, escaped, or a colour or condition in brackets. [h] is a time.
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DAY_1900: Final = datetime(1899, 12, 30)
_DAY_1904: Final = datetime(1904, 1, 1)
_MOST_DAYS: Final = 2_958_466


class _Row:
    """Cells by their column; what is empty at its end is left out."""

    def __init__(self) -> None:
        self._cells: list[str] = []

    def put(self, column: int, text: str) -> None:
        text = " ".join(text.split())
        if text and column < _MOST_COLUMNS:
            self._cells.extend([""] * (column - len(self._cells)))
            self._cells[column : column + 1] = [text]

    @property
    def line(self) -> str:
        return "\t".join(self._cells)


# -- OOXML


def read_workbook(package: Package, main: str, lines: Lines) -> None:
    targets = package.targets(main)
    sheets: list[tuple[str, str]] = []
    first_day = _DAY_1900

    def start(tag: str, values: dict[str, str]) -> None:
        nonlocal first_day
        if tag == "sheet":
            sheets.append((values.get("name", ""), targets.get(values.get("id", ""), ("", ""))[1]))
        elif tag == "workbookPr" and values.get("date1904") in ("1", "true"):
            first_day = _DAY_1904

    package.parse(main, start)
    strings = _shared_strings(package, package.target(main, "sharedStrings"))
    dates = _date_styles(package, package.target(main, "styles"))
    for name, part in sheets:
        lines.heading(f"sheet {name}")
        if part in package:
            _Sheet(lines, strings, dates, first_day).read(package, part)


class _Sheet:
    """One worksheet, row by row."""

    def __init__(self, lines: Lines, strings: list[str], dates: frozenset[int], first_day: datetime) -> None:
        self._lines = lines
        self._strings = strings
        self._dates = dates
        self._first_day = first_day
        self._row = _Row()
        self._column = -1
        self._kind = ""
        self._style = 0
        self._value: list[str] = []
        self._listening = False

    def read(self, package: Package, part: str) -> None:
        package.parse(part, self._start, self._end, self._text)

    def _start(self, tag: str, values: dict[str, str]) -> None:
        if tag == "row":
            self._row, self._column = _Row(), -1
        elif tag == "c":
            self._column = _column(values.get("r", ""), self._column + 1)
            self._kind = values.get("t", "n")
            self._style = _number(values.get("s", "0"))
            self._value = []
        elif tag in ("v", "t"):
            self._listening = True
        elif tag == "rPh":  # how a word in Chinese characters is pronounced
            self._kind = "phonetic"

    def _end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._listening = False
        elif tag == "rPh":
            self._kind = "inlineStr"
        elif tag == "c":
            self._row.put(self._column, self._shown("".join(self._value)))
        elif tag == "row" and self._row.line:
            self._lines.add(self._row.line)

    def _text(self, words: str) -> None:
        if self._listening and self._kind != "phonetic":
            self._value.append(words)

    def _shown(self, value: str) -> str:
        if self._kind == "s":
            number = _number(value)
            return self._strings[number] if number < len(self._strings) else ""
        if self._kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if self._kind == "n" and self._style in self._dates:
            return _date(value, self._first_day)
        return value


def _column(reference: str, following: int) -> int:
    """From 0; a cell without a reference follows the one before it."""
    found = _REFERENCE.match(reference)
    if found is None:
        return following
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _date(value: str, first_day: datetime) -> str:
    """A day's number as a date, a part of a day as a time, in ISO 8601; what is neither stays as it is."""
    try:
        days = float(value)
    except ValueError:
        return value
    if not 0 <= days < _MOST_DAYS:
        return value
    if first_day == _DAY_1900 and 1 <= days < 60:  # Excel takes 1900 for a leap year
        days += 1
    try:
        moment = first_day + timedelta(seconds=round(days * 86_400))
    except OverflowError:  # the last second of the year 9999, or what counts from 1904 beyond it
        return value
    if days < 1:
        return f"{moment:%H:%M:%S}"
    return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d %H:%M:%S}"


def _shared_strings(package: Package, part: str | None) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    listening = phonetic = False

    def start(tag: str, _values: dict[str, str]) -> None:
        nonlocal listening, phonetic
        if tag == "si":
            pieces.clear()
        elif tag == "rPh":
            phonetic = True
        elif tag == "t":
            listening = not phonetic

    def end(tag: str) -> None:
        nonlocal listening, phonetic
        if tag == "si":
            strings.append("".join(pieces))
        elif tag == "rPh":
            phonetic = False
        elif tag == "t":
            listening = False

    def text(words: str) -> None:
        if listening:
            pieces.append(words)

    if part is not None and part in package:
        package.parse(part, start, end, text)
    return strings


def _date_styles(package: Package, part: str | None) -> frozenset[int]:
    """The styles of cells, by their place, that show a number as a date or a time."""
    custom: set[int] = set()
    found: set[int] = set()
    place = -1
    in_cells = False

    def start(tag: str, values: dict[str, str]) -> None:
        nonlocal place, in_cells
        if tag == "numFmt" and re.search("[ymdhs]", _LITERAL.sub("", values.get("formatCode", "")), re.IGNORECASE):
            custom.add(_number(values.get("numFmtId", "")))
        elif tag == "cellXfs":
            in_cells = True
        elif tag == "xf" and in_cells:
            place += 1
            number = _number(values.get("numFmtId", "0"))
            if number in _DATE_FORMATS or number in custom:
                found.add(place)

    def end(tag: str) -> None:
        nonlocal in_cells
        in_cells = in_cells and tag != "cellXfs"

    if part is not None and part in package:
        package.parse(part, start, end)
    return frozenset(found)


# -- OpenDocument


def read_open_sheets(package: Package, lines: Lines) -> None:
    reader = _OpenSheets(lines)
    package.parse("content.xml", reader.start, reader.end, reader.text)


class _OpenSheets:
    """Cells and rows say how often they stand there; empty ones are passed over."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._row = _Row()
        self._column = 0
        self._row_repeats = self._repeats = 1
        self._paragraphs: list[str] = []
        self._in_paragraph = False
        self._skipping = 0

    def start(self, tag: str, values: dict[str, str]) -> None:
        if self._skipping or tag in ("annotation", "tracked-changes", "shapes"):
            self._skipping += 1
        elif tag == "table":
            self._lines.heading(f"sheet {values.get('name', '')}")
        elif tag == "table-row":
            self._row, self._column = _Row(), 0
            self._row_repeats = _repeats(values.get("number-rows-repeated"))
        elif tag in ("table-cell", "covered-table-cell"):
            self._repeats = _repeats(values.get("number-columns-repeated"))
            self._paragraphs = []
        elif tag == "p":
            self._in_paragraph = True
            self._paragraphs.append("")
        elif tag in ("s", "tab", "line-break"):
            self.text(" ")

    def end(self, tag: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif tag == "p":
            self._in_paragraph = False
        elif tag in ("table-cell", "covered-table-cell"):
            self._cell_end(" ".join(self._paragraphs))
        elif tag == "table-row" and self._row.line:
            line = self._row.line
            for _ in range(self._row_repeats):
                self._lines.add(line)

    def text(self, words: str) -> None:
        if self._in_paragraph and not self._skipping:
            self._paragraphs[-1] += words

    def _cell_end(self, text: str) -> None:
        until = min(self._column + self._repeats, _MOST_COLUMNS)
        if text:
            wanted = self._lines.left // (len(text) + 1) + 1  # no more of it than anybody reads
            for column in range(self._column, min(until, self._column + wanted)):
                self._row.put(column, text)
        self._column = until


def _repeats(said: str | None) -> int:
    return max(1, _number(said)) if said else 1
