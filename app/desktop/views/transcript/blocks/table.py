"""Tables: cells laid out row by row, numbers to the right, columns bounded, sideways scrolling where they need it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QTextLayout

from app.desktop.views.transcript.blocks.base import MOST_MARKS, Block, PaintContext, fill_rounded, fills, marks_in
from app.desktop.views.transcript.blocks.chips import chip_boxes, paint_chips
from app.desktop.views.transcript.blocks.code import LINE_SHIFT
from app.desktop.views.transcript.hostile import MAX_CELL, MAX_COLUMNS, original_text, utf16_slice
from app.desktop.views.transcript.inline import CODE, PAD, Inline, parse_inline
from app.desktop.views.transcript.look import format_range, typeset
from app.desktop.views.transcript.scanner import split_row
from app.desktop.views.transcript.words import counted, tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.views.transcript.inline import Formula
    from app.desktop.views.transcript.look import Look
    from app.desktop.views.transcript.scanner import Source

SAMPLE_ROWS = 12  # rows that decide the widths; later rows wrap inside them
_NUMBER = re.compile(r"[-+−≈~<>≤≥]?\s*[$€£]?\s*\d[\d.,  _]*\s*(?:%|[a-zµ°/]{1,6})?", re.IGNORECASE)


@dataclass(slots=True)
class TableShape:
    """Column widths and alignments, shared by the blocks of one long table, and how far it is scrolled."""

    source: Source
    widths: list[int] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    centred: list[bool] = field(default_factory=list)
    scroll: int = 0
    total: int = 0
    made_for: tuple[int, int, float] | None = None  # sampled rows, room, scale

    def ensure(self, look: Look, room: int) -> bool:
        """Decide the widths for `room` pixels; True when they differ from before."""
        rows = min(SAMPLE_ROWS, len(self.source.lines))
        wanted = (rows, room, look.scale)
        if wanted == self.made_for:
            return False
        self.made_for = wanted
        header = split_row(self.source.lines[0])[:MAX_COLUMNS]
        columns = len(header)
        marks = split_row(self.source.lines[1])[:columns] if len(self.source.lines) > 1 else []
        sample = [split_row(line) for line in self.source.lines[2:rows]]
        self.centred = [mark.startswith(":") and mark.endswith(":") for mark in marks]
        plain = [[row[c] for row in sample if c < len(row) and row[c]] for c in range(columns)]
        self.right = [
            mark.endswith(":") and not mark.startswith(":")
            if ":" in mark
            else bool(plain[c]) and all(_NUMBER.fullmatch(cell) for cell in plain[c])
            for c, mark in enumerate(marks)
        ]
        before = self.widths
        self.widths = self._share(look, room, header, plain)
        self.total = sum(self.widths)
        return before != self.widths

    def alignment(self, column: int) -> str:
        """ "left", "right" or "centre"."""
        if column < len(self.right) and self.right[column]:
            return "right"
        return "centre" if column < len(self.centred) and self.centred[column] else "left"

    @staticmethod
    def _share(look: Look, room: int, header: list[str], plain: list[list[str]]) -> list[int]:
        """Every column what it asks for; where that is too much, wide ones give first; the last takes what is left."""
        padding = 2 * look.pad
        head = look.metrics("table-head", tabular=True)
        asked = [
            int(
                max(
                    [head.horizontalAdvance(parse_inline(title[:MAX_CELL]).text)]
                    + [_advance(look, parse_inline(cell[:MAX_CELL])) * 1.02 for cell in cells]
                )
            )
            + padding
            + 2
            for title, cells in zip(header, plain, strict=True)
        ]
        asked = _bounded(asked, room, least=look.px(112))
        left = room - sum(asked)
        if left > 0 and asked:
            total = sum(asked)
            asked = [width + left * width // total for width in asked]
            asked[-1] += room - sum(asked)
        return asked


def _advance(look: Look, content: Inline) -> float:
    """Width of a cell's text in one line, its code in the font of code."""
    body, mono = look.metrics("table", tabular=True), look.metrics("code")
    width = body.horizontalAdvance(content.text)
    for span in content.spans:
        if span.flags & CODE:
            text = utf16_slice(content.text, span.start, span.start + span.length)
            width += (look.px(5) if span.flags & PAD else mono.horizontalAdvance(text)) - body.horizontalAdvance(text)
    return width


def _bounded(asked: list[int], room: int, *, least: int) -> list[int]:
    """The widest columns come down to one common width until all fit; none is asked to go below `least`."""
    if sum(asked) <= room:
        return asked
    left, common = room, least
    for place, width in enumerate(sorted(asked)):
        common = left // (len(asked) - place)
        if width > common:
            break
        left -= width
    return [min(width, max(common, least)) for width in asked]


@dataclass(slots=True)
class _Cell:
    content: Inline
    layout: QTextLayout

    def strips(self, start: int, end: int) -> Iterator[tuple[float, float, float, float]]:
        """(left, right, top, height) of every line part between two offsets."""
        for number in range(self.layout.lineCount()):
            line = self.layout.lineAt(number)
            first, last = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
            if first < last:
                a, b = line.cursorToX(first), line.cursorToX(last)
                if isinstance(a, tuple) and isinstance(b, tuple):  # PySide gives the cursor with the position
                    yield min(a[0], b[0]), max(a[0], b[0]), line.y(), line.height()


@dataclass(slots=True, eq=False)
class TableBlock(Block):
    """At most `scanner.TABLE_ROWS` rows of a table."""

    source: Source = field(kw_only=True)
    shape: TableShape = field(kw_only=True)
    _rows: list[list[_Cell]] = field(default_factory=list)
    _tops: list[int] = field(default_factory=lambda: [0])
    _chips: list[list[QRectF]] = field(default_factory=list)  # of each row, from its top left
    _formulas: list[list[tuple[Formula, int]]] = field(default_factory=list)  # of each row, with their column's room
    too_wide: frozenset[str] = frozenset()  # formulas that are not drawn for it
    _drawn: frozenset[str] = frozenset()  # formulas that were drawn when the rows were made
    _made_for: tuple[int, ...] = ()
    _left: int = 0
    _room: int = 0
    _pad: int = 16
    _above: tuple[int, int] = (8, 6)  # space over the text of a header row, of a body row

    selectable = True
    kind = "table"

    def _body_lines(self) -> list[str]:
        lines = self.source.lines
        return lines if self.source.continues else lines[:1] + lines[2:]

    def estimate(self, look: Look, width: int) -> int:
        return self.gap + len(self._body_lines()) * look.px(32)

    def layout(self, look: Look, width: int) -> int:
        self._left = self.source.quote * look.px(16) + self.source.indent * look.px(24)
        self._room = width - self._left
        self.shape.ensure(look, self._room)
        made_for = (*self.shape.widths, round(look.scale * 1000))
        if made_for != self._made_for:
            self._made_for = made_for
            self._forget_rows()
        lines = self._body_lines()
        for number in range(len(self._rows), len(lines)):  # only rows that came since the last call
            self._lay_row(look, lines[number], number)
        self._take_pictures(look, lines)
        self.height = self.gap + self._tops[-1]
        self.exact = True
        return self.height

    def _forget_rows(self) -> None:
        for kept in (self._rows, self._chips, self._formulas):
            kept.clear()
        self._tops = [0]

    def _take_pictures(self, look: Look, lines: list[str]) -> None:
        """Make the rows again in which a formula can be drawn by now, or cannot any more."""
        shown = {(one.source, room) for row in self._formulas for one, room in row}
        if not shown:
            return
        here = [(source, room) for source, room in shown if look.formulas.drawing(source) is not None]
        self.too_wide = frozenset(s for s, room in here if look.formulas.is_too_wide(look, "table", s, room))
        before, self._drawn = self._drawn, frozenset(source for source, _room in here) - self.too_wide
        others = before ^ self._drawn
        changed = [n for n, row in enumerate(self._formulas) if any(one.source in others for one, _ in row)]
        for number in changed if others else ():
            self._lay_row(look, lines[number], number)

    def shown_formulas(self) -> Sequence[Formula]:
        """Of the rows that are laid out."""
        return [one for row in self._formulas for one, _room in row]

    def pictures_changed(self) -> None:
        self.exact = False

    def discard_layout(self) -> None:
        self.exact = False
        self._made_for = ()

    def _lay_row(self, look: Look, line: str, number: int) -> None:
        """One row, a new one or one that is made again."""
        header = number == 0 and not self.source.continues
        role = "table-head" if header else "table"
        cells = split_row(line)[:MAX_COLUMNS]
        count = len(self.shape.widths)
        cells = (cells + [""] * count)[:count]
        row: list[_Cell] = []
        formulas: list[tuple[Formula, int]] = []
        tallest = look.line(role)
        for column, (width, text) in enumerate(zip(self.shape.widths, cells, strict=True)):
            if len(text) > MAX_CELL:
                more = counted("1 more character", "%Ln more characters", len(text) - MAX_CELL)
                text = f"{text[:MAX_CELL]} … {more}"
            content = parse_inline(text, drawn=self._drawn)
            room = max(8, width - 2 * look.pad + 1)
            layout, height = typeset(
                content.text,
                look.font(role, tabular=True),
                room,
                look.line(role),
                look.ranges(role, content.spans),
                look.aligned[self.shape.alignment(column)],
                look.formulas.rooms(look, role, content.formulas) if self._drawn else (),
            )
            formulas += [(one, room) for one in content.formulas]
            tallest = max(tallest, height)
            row.append(_Cell(content, layout))
        self._pad, self._above = look.pad, (look.px(8), look.px(6))
        height = max(look.px(32), tallest + 2 * look.px(8 if header else 6))
        made = (row, self._place_chips(look, row, number), formulas)
        if number == len(self._rows):
            for kept, one in zip((self._rows, self._chips, self._formulas), made, strict=True):
                kept.append(one)  # type: ignore[attr-defined]  # each its own kind
            self._tops.append(self._tops[-1] + height)
            return
        self._rows[number], self._chips[number], self._formulas[number] = made
        higher = height - (self._tops[number + 1] - self._tops[number])
        if higher:
            self._tops[number + 1 :] = [top + higher for top in self._tops[number + 1 :]]

    def _place_chips(self, look: Look, row: list[_Cell], number: int) -> list[QRectF]:
        """Fills of the code in a row, from its top left."""
        x, y = self._pad, self._padding_above(number)
        found: list[QRectF] = []
        for width, cell in zip(self.shape.widths, row, strict=True):
            if cell.content.spans:
                found += [box.translated(x, y) for box in chip_boxes(cell.content, cell.strips, look.px(18))]
            x += width
        return found

    @property
    def widest_scroll(self) -> int:
        return max(0, self.shape.total - self._room)

    def scroll_sideways(self, delta: int) -> bool:
        before = self.shape.scroll
        self.shape.scroll = max(0, min(self.widest_scroll, before + delta))
        return self.shape.scroll != before

    # -- text: a selection offset is cell number << 20 | column

    def _cell(self, number: int) -> _Cell | None:
        columns = max(1, len(self.shape.widths))
        row, column = divmod(number, columns)
        return self._rows[row][column] if row < len(self._rows) and column < len(self._rows[row]) else None

    def offset_at(self, x: float, y: float) -> int:
        y -= self.gap
        row = 0
        while row + 1 < len(self._rows) and self._tops[row + 1] <= y:
            row += 1
        at = x - self._left + self.shape.scroll
        column, left = 0, 0
        for column, width in enumerate(self.shape.widths):
            if at < left + width or column + 1 == len(self.shape.widths):
                break
            left += width
        number = row * max(1, len(self.shape.widths)) + column
        cell = self._cell(number)
        if cell is None or not cell.layout.lineCount():
            return number << LINE_SHIFT
        line = cell.layout.lineAt(0)
        for index in range(cell.layout.lineCount()):
            line = cell.layout.lineAt(index)
            if y - self._tops[row] - self._padding_above(row) < line.y() + line.height():
                break
        return number << LINE_SHIFT | int(line.xToCursor(at - left - self._pad))

    def end_offset(self) -> int:
        count = len(self._body_lines()) * max(1, len(split_row(self.shape.source.lines[0])[:MAX_COLUMNS]))
        return max(0, count) << LINE_SHIFT

    def find(self, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
        columns = max(1, len(split_row(self.shape.source.lines[0])[:MAX_COLUMNS]))
        found: list[tuple[int, int]] = []
        for number, line in enumerate(self._body_lines()):
            for column, text in enumerate(split_row(line)[:columns]):
                if len(found) < MOST_MARKS and pattern.search(text):
                    content = parse_inline(text, drawn=self._drawn)
                    found += marks_in(content.text, pattern, (number * columns + column) << LINE_SHIFT)
        return found

    def line_top(self, offset: int) -> int:
        row = (offset >> LINE_SHIFT) // max(1, len(self.shape.widths))
        return self.gap + (self._tops[min(row, len(self._tops) - 1)] if self._tops else 0)

    def word_at(self, offset: int) -> tuple[int, int]:
        number = offset >> LINE_SHIFT
        cell = self._cell(number)
        return number << LINE_SHIFT, number << LINE_SHIFT | (cell.content.length if cell else 0)

    def plain(self, start: int, end: int) -> str:
        """Rows as lines, cells separated by tabs: what a spreadsheet takes."""
        columns = max(1, len(split_row(self.shape.source.lines[0])[:MAX_COLUMNS]))
        mask = (1 << LINE_SHIFT) - 1
        first, last = start >> LINE_SHIFT, end >> LINE_SHIFT
        rows: list[list[str]] = []
        for number, line in enumerate(self._body_lines()):
            cells = (split_row(line) + [""] * columns)[:columns]
            chosen: list[str] = []
            for column, text in enumerate(cells):
                index = number * columns + column
                if not first <= index <= last or (index == last and not end & mask):
                    continue
                content = parse_inline(text, drawn=self._drawn)
                a = start & mask if index == first else 0
                b = end & mask if index == last else content.length
                chosen.append(original_text(content.text, content.edits, a, b))
            if chosen:
                rows.append(chosen)
        return "\n".join("\t".join(row) for row in rows)

    def accessible_name(self) -> str:
        columns = len(split_row(self.shape.source.lines[0])[:MAX_COLUMNS])
        rows = len(self._body_lines()) - (0 if self.source.continues else 1)
        if self.source.continues:
            return ", ".join([tr("Table goes on"), counted("1 row", "%Ln rows", rows)])
        sizes = [counted("1 column", "%Ln columns", columns), counted("1 row", "%Ln rows", rows)]
        return ", ".join([tr("Table"), *sizes])

    def frame(self, width: int) -> QRect:
        return QRect(self._left, self.gap, self._room, self.height - self.gap)

    # -- painting

    def _padding_above(self, row: int) -> int:
        return self._above[0 if row == 0 and not self.source.continues else 1]

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        painter, look = context.painter, context.look
        left, top = x + self._left, y + self.gap
        hairline = 1 / context.ratio
        painter.save()
        painter.setClipRect(QRect(left, top, self._room, self.height - self.gap + 1))
        width = max(self._room, self.shape.total)
        shown = [
            (number, row)
            for number, row in enumerate(self._rows)
            if top + self._tops[number + 1] >= context.top and top + self._tops[number] <= context.bottom
        ]
        chips = [box.translated(0, self._tops[number]) for number, _ in shown for box in self._chips[number]]
        if chips:  # before the selection and the text
            paint_chips(context, chips, QPointF(left - self.shape.scroll, top))
        for number, row in shown:
            row_bottom = top + self._tops[number + 1]
            self._paint_row(context, row, number, left - self.shape.scroll, top)
            header = number == 0 and not self.source.continues
            edge = look.color("outline" if header else "line")
            painter.fillRect(QRectF(left - self.shape.scroll, row_bottom - hairline, width, hairline), edge)
        painter.restore()
        if self.widest_scroll and not self.source.open:
            self._paint_scrollbar(context, left, y)

    def _paint_row(self, context: PaintContext, row: list[_Cell], number: int, x: int, y: int) -> None:
        painter, look = context.painter, context.look
        header = number == 0 and not self.source.continues
        at = 0
        for column, cell in enumerate(row):
            place = QPointF(x + at + self._pad, y + self._tops[number] + self._padding_above(number))
            at += self.shape.widths[column]
            token = "text2" if header else "text"
            painter.setPen(look.color(token))
            if context.pattern is None and context.selection is None:
                cell.layout.draw(painter, place)
            else:
                self._paint_marked(context, cell, number * len(self.shape.widths) + column, place)
            if self._drawn and cell.content.formulas:
                role = "table-head" if header else "table"
                look.formulas.paint(context, cell.layout, place, role, token, cell.content.formulas)

    def _paint_marked(self, context: PaintContext, cell: _Cell, number: int, place: QPointF) -> None:
        """A cell where something is searched or selected."""
        marks = marks_in(cell.content.text, context.pattern, number << LINE_SHIFT)
        for start, end, token in fills(context, marks):
            self._fill(context, cell, number, (start, end), place, token)
        mask = (1 << LINE_SHIFT) - 1
        found = [format_range(a & mask, b - a, context.look.marked) for a, b in marks]
        cell.layout.draw(context.painter, place, found)

    def _fill(
        self, context: PaintContext, cell: _Cell, number: int, offsets: tuple[int, int], place: QPointF, token: str
    ) -> None:
        """Fill behind the part of a cell that lies between two offsets of the block."""
        start, end = offsets
        mask = (1 << LINE_SHIFT) - 1
        if not start >> LINE_SHIFT <= number <= end >> LINE_SHIFT:
            return
        first = start & mask if number == start >> LINE_SHIFT else 0
        last = end & mask if number == end >> LINE_SHIFT else cell.content.length
        for index in range(cell.layout.lineCount()):
            line = cell.layout.lineAt(index)
            a = line.cursorToX(max(first, line.textStart()))
            b = line.cursorToX(min(last, line.textStart() + line.textLength()))
            if isinstance(a, tuple) and isinstance(b, tuple) and b[0] > a[0]:
                rect = QRectF(place.x() + a[0], place.y() + line.y(), b[0] - a[0], line.height())
                context.painter.fillRect(rect, context.look.color(token))

    def _paint_scrollbar(self, context: PaintContext, left: int, y: int) -> None:
        look = context.look
        width = max(look.px(32), self._room * self._room // max(1, self.shape.total))
        at = left + (self._room - width) * self.shape.scroll // max(1, self.widest_scroll)
        fill_rounded(context, QRect(at, y + self.height - look.px(4), width, look.px(3)), look.px(1), "outline")
