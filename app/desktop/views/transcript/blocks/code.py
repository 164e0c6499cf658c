"""Code: a bar with language and buttons, lines of fixed height that are laid out only when they are seen."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QTextLayout

from app.desktop.views.transcript.blocks.base import (
    MOST_MARKS,
    Block,
    Control,
    PaintContext,
    control_key,
    draw_text,
    fill_rounded,
    fills,
    marks_in,
    paint_icon_button,
    ring,
)
from app.desktop.views.transcript.blocks.code_info import cells, language_name, split_info
from app.desktop.views.transcript.highlight import Range, highlight_line
from app.desktop.views.transcript.hostile import MAX_LINE, Edit, label, original_text, reveal, utf16_length
from app.desktop.views.transcript.look import NO_LIMIT, format_range, typeset
from app.desktop.views.transcript.words import counted, tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.views.transcript.look import Look
    from app.desktop.views.transcript.scanner import Source

FOLD_OVER = 40
FOLD_TO = 24
WRAP_AT_MOST = 2_000  # lines; wrapping needs every line laid out
KEPT_LINES = 300
LINE_SHIFT = 20  # a selection offset is line << 20 | column


@dataclass(slots=True, eq=False)
class CodeBlock(Block):
    """One fence. Height needs no layout: lines times line height."""

    source: Source = field(kw_only=True)
    tail: str | None = None  # the unfinished line while the fence is open
    folded: bool = False
    wrapped: bool = False
    copied: bool = False  # the copy button shows its check mark
    scroll: int = 0
    _lines: OrderedDict[int, tuple[QTextLayout, list[Edit]]] = field(default_factory=OrderedDict)
    _ranges: list[list[Range]] | None = None  # from the deep highlighter
    _line_colours: bool = False  # the deep highlighter does not want it
    _columns: int = 0  # widest line so far, in character cells
    _measured: int = 0  # lines that went into it
    _tops: list[int] = field(default_factory=list)  # of wrapped lines
    _step: int = 1
    _room: int = 0  # width for text
    _left: int = 0
    _width: int = 0
    _gutter: int = 0  # width of the line numbers, 0 where there are none
    _bar: int = 0
    _body: int = 0  # top of the first line, from the block's top
    _extent: int = 0

    selectable = True
    kind = "code"

    # -- what the deep highlighter asks for

    def code_lines(self) -> list[str]:
        return self.source.lines

    def language(self) -> str:
        return split_info(self.source.info)[0]

    def language_name(self) -> str:
        """The language as a person writes it; "" where the fence names none."""
        return language_name(self.language())

    def file_name(self) -> str:
        return label(split_info(self.source.info)[1])

    def set_ranges(self, ranges: list[list[Range]]) -> None:
        self._ranges = ranges
        self._lines.clear()

    def take(self, answer: Any) -> None:
        """The answer of whoever was asked; None keeps what is there."""
        if answer is None or len(answer) != len(self.source.lines):
            self.keep_line_colours()
        else:
            self.set_ranges(answer)

    def keep_line_colours(self) -> None:
        self._line_colours = True

    @property
    def wants_deep_highlight(self) -> bool:
        return self._ranges is None and not self._line_colours and not self.source.open

    # -- layout

    def line_count(self) -> int:
        """Lines there are, the unfinished one included."""
        return len(self.source.lines) + (1 if self.tail is not None else 0)

    def shown_lines(self) -> int:
        return FOLD_TO if self.folded else self.line_count()

    def estimate(self, look: Look, width: int) -> int:
        return self.gap + look.px(32) + look.px(22) + self.shown_lines() * look.line("code")

    def layout(self, look: Look, width: int) -> int:
        source = self.source
        self._left = source.quote * look.px(16) + source.indent * look.px(24)
        self._width = width - self._left
        self._step = look.line("code")
        self._bar = look.px(32)
        self._body = self.gap + self._bar + look.px(10)
        self._gutter = self._width_of_numbers(look)
        self._room = max(look.px(40), self._width - 2 * look.pad - self._gutter)
        self._measure(look)
        if self.wrapped:
            self._layout_wrapped(look)
            body = self._tops[-1]
        else:
            body = self.shown_lines() * self._step
        footer = look.px(32) if self.folded else look.px(12)
        self.height = self._body + body + footer
        self.exact = True
        self._place_controls(look)
        return self.height

    def _width_of_numbers(self, look: Look) -> int:
        """Grows with the digits of the last line, from two."""
        if not look.line_numbers:
            return 0
        return round(look.character_width * max(2, len(str(self.line_count())))) + look.px(12)

    def discard_layout(self) -> None:
        self.exact = False
        self._lines.clear()
        self._tops.clear()

    def _measure(self, look: Look) -> None:
        """The widest line, counted in cells: exact for code, good enough for the scroll range of anything else."""
        lines = self.source.lines
        if self._measured < len(lines):
            self._columns = max(self._columns, *(cells(line) for line in lines[self._measured :]))
            self._measured = len(lines)
        columns = max(self._columns, cells(self.tail)) if self.tail else self._columns
        self._extent = int(columns * look.character_width) + 2
        self.scroll = max(0, min(self.scroll, self.widest_scroll))

    def _layout_wrapped(self, look: Look) -> None:
        count = self.shown_lines()
        tops = [0]
        for number in range(count):
            layout, _ = self._line(look, number, keep=count <= KEPT_LINES)
            tops.append(tops[-1] + layout.lineCount() * self._step)
        self._tops = tops

    def _place_controls(self, look: Look) -> None:
        size, top = look.px(28), self.gap + (self._bar - look.px(28)) // 2
        x = self._left + self._width - look.px(8) - size
        copied = self.copied
        buttons = [
            ("copy_code", tr("Copied") if copied else tr("Copy code"), "check" if copied else "copy"),
            ("save_code", tr("Save code"), "save"),
        ]
        if self.line_count() <= WRAP_AT_MOST:
            buttons.append(("wrap", tr("Do not wrap lines") if self.wrapped else tr("Wrap lines"), "wrap"))
        self.controls = []
        for action, name, icon in buttons:
            self.controls.insert(0, Control(action, name, [QRect(x, top, size, size)], hint=name, icon=icon))
            x -= size
        if self.folded:
            text = counted("Show the only line", "Show all %Ln lines", self.line_count())
            wide = int(look.metrics("small-medium").horizontalAdvance(text)) + look.px(20)
            rect = QRect(self._left + look.pad - look.px(10), self.height - look.px(30), wide, look.px(26))
            self.controls.append(Control("unfold", text, [rect]))

    @property
    def widest_scroll(self) -> int:
        return 0 if self.wrapped else max(0, self._extent - self._room)

    def scroll_sideways(self, delta: int) -> bool:
        before = self.scroll
        self.scroll = max(0, min(self.widest_scroll, self.scroll + delta))
        return self.scroll != before

    # -- lines

    def _text(self, number: int) -> str:
        lines = self.source.lines
        return lines[number] if number < len(lines) else (self.tail or "")

    def _line(self, look: Look, number: int, *, keep: bool = True) -> tuple[QTextLayout, list[Edit]]:
        """Layout of one line; the unfinished one is made anew each time."""
        found = self._lines.get(number)
        if found is not None:
            return found
        text = self._text(number)
        cut = len(text) - MAX_LINE
        shown, edits = reveal(text[:MAX_LINE] if cut > 0 else text)
        ranges = self._formats(look, number, shown, edits)
        if cut > 0:
            length = utf16_length(shown)
            note = "  … " + counted("1 more character, in the copy", "%Ln more characters, in the copy", cut)
            ranges.append(format_range(length, utf16_length(note), look.format("small", 0, "warn")))
            edits.append(Edit(length, utf16_length(note), text[MAX_LINE:]))
            shown += note
        option = look.code_wrap if self.wrapped else look.no_wrap
        width = float(self._room) if self.wrapped else NO_LIMIT
        layout, _ = typeset(shown, look.font("code"), width, self._step, ranges, option)
        if keep and number < len(self.source.lines):
            self._lines[number] = (layout, edits)
            if len(self._lines) > KEPT_LINES:
                self._lines.popitem(last=False)
        return layout, edits

    def _formats(self, look: Look, number: int, shown: str, edits: list[Edit]) -> list[QTextLayout.FormatRange]:
        deep = self._ranges
        if deep is not None and not edits and number < len(deep):
            ranges = deep[number]
        else:
            ranges = highlight_line(shown, self.language())
        made = [format_range(start, length, look.syntax(token)) for start, length, token in ranges]
        made += [format_range(edit.start, edit.length, look.syntax("warn")) for edit in edits]
        return made

    def _line_top(self, number: int) -> int:
        if self.wrapped and self._tops:
            return self._tops[min(number, len(self._tops) - 1)]
        return number * self._step

    def _line_at(self, y: float) -> int:
        y -= self._body
        last = max(0, self.shown_lines() - 1)
        if not self.wrapped:
            return max(0, min(last, int(y // self._step)))
        number = 0
        while number < last and self._tops[number + 1] <= y:
            number += 1
        return number

    # -- text

    def offset_at(self, x: float, y: float) -> int:
        number = self._line_at(y)
        found = self._lines.get(number)
        if found is None or y < self._body:
            return number << LINE_SHIFT
        layout = found[0]
        row = max(0, min(layout.lineCount() - 1, int((y - self._body - self._line_top(number)) // self._step)))
        column = layout.lineAt(row).xToCursor(x - self._left - self._text_left() + self.scroll)
        return number << LINE_SHIFT | int(column)

    def _text_left(self) -> int:
        """Left edge of the text, from that of the block."""
        return (self._width - self._room - self._gutter) // 2 + self._gutter

    def end_offset(self) -> int:
        last = max(0, self.shown_lines() - 1)
        return last << LINE_SHIFT | utf16_length(self._display(last)[0])

    def _display(self, number: int) -> tuple[str, list[Edit]]:
        text = self._text(number)
        shown, edits = reveal(text[:MAX_LINE])
        if len(text) > MAX_LINE:  # the cut note stands for everything behind it
            edits.append(Edit(utf16_length(shown), 1, text[MAX_LINE:]))
            shown += "…"
        return shown, edits

    def find(self, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for number in range(self.line_count()):
            if len(found) < MOST_MARKS:
                found += self._marks_of(number, self._display(number)[0], pattern)
        return found

    def line_top(self, offset: int) -> int:
        return self._body + self._line_top(min(offset >> LINE_SHIFT, max(0, self.shown_lines() - 1)))

    def reveal_sideways(self, offsets: tuple[int, int]) -> None:
        if self.wrapped or not self.widest_scroll:
            return
        layout = self._lines.get(offsets[0] >> LINE_SHIFT)
        if layout is None:
            return
        mask = (1 << LINE_SHIFT) - 1
        line = layout[0].lineAt(0)
        left, right = line.cursorToX(offsets[0] & mask), line.cursorToX(offsets[1] & mask)
        if not (isinstance(left, tuple) and isinstance(right, tuple)):
            return
        if not self.scroll <= left[0] <= right[0] <= self.scroll + self._room:
            self.scroll_sideways(int(left[0] - self._room / 3) - self.scroll)

    def word_at(self, offset: int) -> tuple[int, int]:
        number, column = offset >> LINE_SHIFT, offset & (1 << LINE_SHIFT) - 1
        text = self._display(number)[0]
        start = end = min(column, len(text))
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        while end < len(text) and (text[end].isalnum() or text[end] == "_"):
            end += 1
        return number << LINE_SHIFT | start, number << LINE_SHIFT | end

    def plain(self, start: int, end: int) -> str:
        first, last = start >> LINE_SHIFT, end >> LINE_SHIFT
        mask = (1 << LINE_SHIFT) - 1
        pieces: list[str] = []
        for number in range(first, min(last, self.line_count() - 1) + 1):
            shown, edits = self._display(number)
            a = start & mask if number == first else 0
            b = end & mask if number == last else utf16_length(shown)
            pieces.append(original_text(shown, edits, a, b))
        return "\n".join(pieces)

    def accessible_name(self) -> str:
        parts = [tr("Code"), self.language_name(), self.file_name()]
        return ", ".join([part for part in parts if part] + [counted("1 line", "%Ln lines", self.line_count())])

    def frame(self, width: int) -> QRect:
        return QRect(self._left, self.gap, self._width, self.height - self.gap)

    # -- painting

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        look, painter = context.look, context.painter
        box = self.frame(self._width).translated(x, y)
        # The box is painted only as far as it is seen: a path of a million pixels costs like one.
        seen = QRect(box)
        margin = look.px(16)
        seen.setTop(max(box.top(), context.top - margin))
        seen.setBottom(min(box.bottom(), context.bottom + margin))
        fill_rounded(context, seen, look.px(8), "sunken", "line")
        if box.top() + self._bar >= context.top:
            self._paint_bar(context, x, y)
        inside = QRect(box.left() + 1, y + self._body - look.px(2), box.width() - 2, self.height - self._body)
        if self._gutter:
            self._paint_numbers(context, x + self._left + self._text_left(), y + self._body)
            inside.setLeft(x + self._left + self._text_left() - look.px(4))
        painter.save()
        painter.setClipRect(inside)
        self._paint_lines(context, x + self._left + self._text_left() - self.scroll, y + self._body)
        painter.restore()
        if self.folded:
            self._paint_fold(context, x, y)
        if self.widest_scroll and box.bottom() <= context.bottom + look.px(8):
            self._paint_scrollbar(context, box)

    def _paint_bar(self, context: PaintContext, x: int, y: int) -> None:
        look = context.look
        name = self.file_name()
        title = self.language_name() or tr("Text")
        if name:
            title += f" · {name}"
        left = x + self._left
        top = y + self.gap
        room = self._width - 2 * look.pad - len(self.controls) * look.px(28)
        shown = look.metrics("caption").elidedText(title, Qt.TextElideMode.ElideMiddle, room)
        draw_text(context, "caption", "text2", left + look.pad, top, self._bar, shown)
        context.painter.fillRect(
            QRectF(left, top + self._bar - 1 / context.ratio, self._width, 1 / context.ratio), look.color("line")
        )
        for control in self.controls:
            if control.icon:
                paint_icon_button(context, control, x, y, "ok" if control.icon == "check" else "text2")

    def _seen_lines(self, context: PaintContext, y: int) -> range:
        """The lines that are on the screen, with the first one's top at `y`."""
        last = min(self.shown_lines() - 1, self._line_at(context.bottom - y + self._body))
        return range(self._line_at(context.top - y + self._body), last + 1)

    def _paint_numbers(self, context: PaintContext, right: int, y: int) -> None:
        """Beside the lines, where scrolling sideways does not move them; they are not part of the text."""
        look, painter = context.look, context.painter
        painter.setFont(look.font("code"))
        painter.setPen(look.color("text3"))
        for number in self._seen_lines(context, y):
            text, line = str(number + 1), self._line(look, number)[0].lineAt(0)
            left = right - look.px(12) - look.character_width * len(text)
            painter.drawText(QPointF(left, y + self._line_top(number) + line.y() + line.ascent()), text)

    def _paint_lines(self, context: PaintContext, x: float, y: int) -> None:
        look, painter = context.look, context.painter
        painter.setPen(look.color("text"))
        visible: list[tuple[QTextLayout, int, list[QTextLayout.FormatRange]]] = []
        for number in self._seen_lines(context, y):
            layout, _ = self._line(look, number)
            top = y + self._line_top(number)
            visible.append((layout, top, self._paint_fills(context, layout, number, QPointF(x, top))))
        for layout, top, marked in visible:  # after all backgrounds: a line's fill must not cover the underscores above
            if marked:
                layout.draw(painter, QPointF(x, top), marked)
            else:  # without the list, which Qt would be handed for every line of every frame
                layout.draw(painter, QPointF(x, top))

    def _paint_fills(
        self, context: PaintContext, layout: QTextLayout, number: int, origin: QPointF
    ) -> list[QTextLayout.FormatRange]:
        """Fill behind what is found and selected in a line; returns the colour of the found words."""
        if context.pattern is None and context.selection is None:
            return []
        marks = self._marks_of(number, layout.text(), context.pattern)
        for start, end, token in fills(context, marks):
            self._fill(context, layout, number, (start, end), origin, token)
        mask = (1 << LINE_SHIFT) - 1
        return [format_range(a & mask, b - a, context.look.marked) for a, b in marks]

    def _fill(
        self,
        context: PaintContext,
        layout: QTextLayout,
        number: int,
        offsets: tuple[int, int],
        origin: QPointF,
        token: str,
    ) -> None:
        """Fill behind the part of a line that lies between two offsets of the block."""
        start, end = offsets
        mask = (1 << LINE_SHIFT) - 1
        if not (start >> LINE_SHIFT) <= number <= (end >> LINE_SHIFT):
            return
        for row in range(layout.lineCount()):
            line = layout.lineAt(row)
            a, b = line.textStart(), line.textStart() + line.textLength()
            first = max(a, start & mask) if number == start >> LINE_SHIFT else a
            last = min(b, end & mask) if number == end >> LINE_SHIFT else b
            if first > last:
                continue
            left, right = line.cursorToX(first), line.cursorToX(last)
            if isinstance(left, tuple) and isinstance(right, tuple):
                wide = right[0] - left[0] or (context.look.character_width / 2 if number < end >> LINE_SHIFT else 0)
                rect = QRectF(origin.x() + left[0], origin.y() + row * self._step, wide, self._step)
                context.painter.fillRect(rect, context.look.color(token))

    def _marks_of(self, number: int, shown: str, pattern: re.Pattern[str] | None) -> list[tuple[int, int]]:
        return marks_in(shown, pattern, number << LINE_SHIFT)

    def _paint_fold(self, context: PaintContext, x: int, y: int) -> None:
        look = context.look
        control = self.controls[-1]
        rect = control.rects[0].translated(x, y)
        key = control_key(control)
        if key == context.hover:
            fill_rounded(context, rect, look.px(6), "hover")
        if key == context.focus:
            ring(context, rect, look.px(6))
        draw_text(context, "small-medium", "text2", rect.x() + look.px(10), rect.y(), rect.height(), control.name)

    def _paint_scrollbar(self, context: PaintContext, box: QRect) -> None:
        look = context.look
        track = box.width() - 2 * look.pad
        share = self._room / max(1, self._extent)
        width = max(look.px(32), int(track * share))
        left = box.left() + look.pad + int((track - width) * self.scroll / max(1, self.widest_scroll))
        fill_rounded(context, QRect(left, box.bottom() - look.px(6), width, look.px(3)), look.px(1), "outline")
