"""Running text: paragraphs, headings, list items, quotes. One QTextLayout a block."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTextLayout, QTextLine

from app.desktop.views.transcript.blocks.base import Block, Control, PaintContext, control_key, fills, marks_in, ring
from app.desktop.views.transcript.blocks.chips import chip_boxes, paint_chips
from app.desktop.views.transcript.hostile import original_text
from app.desktop.views.transcript.inline import Inline, parse_inline
from app.desktop.views.transcript.look import format_range, typeset
from app.desktop.views.transcript.words import tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.views.transcript.inline import Formula
    from app.desktop.views.transcript.look import Look
    from app.desktop.views.transcript.scanner import Source

RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u202b\u202e\u2067\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
#: A paragraph's direction is told by its first letter; this many characters are looked at for one.
LOOKED_AT = 200
HEADING_ROLES = ("heading1", "heading2", "heading3", "heading4")


def reads_from_right(text: str) -> bool:
    """Whether the first letter belongs to a script that is written from right to left."""
    for character in text[:LOOKED_AT]:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


@dataclass(slots=True, eq=False)
class TextBlock(Block):
    """Text of one source block. `style` is the type role of plain paragraphs: "reading" or "thinking"."""

    source: Source = field(kw_only=True)
    style: str = "reading"
    hard_breaks: bool = False
    joined_bars: int = 0  # quote bars that go on from the block above
    content: Inline | None = None
    _layout: QTextLayout | None = None
    _made_for: tuple[int, int, int] | None = None  # source revision, source end, width
    _parsed_for: tuple[int, int] | None = None  # source revision, source end
    too_wide: frozenset[str] = frozenset()  # formulas that are not drawn for it
    _drawn: frozenset[str] = frozenset()  # formulas that were drawn when it was parsed
    _text_height: int = 0
    _x: int = 0
    _mixed: bool = False  # has right-to-left text
    _chips: list[QRectF] | None = None  # fills of code, as laid out
    _from_right: bool = False  # begins with it, so all of the block is mirrored

    selectable = True
    kind = "text"

    # -- layout

    def role(self) -> str:
        if self.source.kind == "heading":
            return HEADING_ROLES[min(self.source.level, 4) - 1]
        return self.style

    def _colour(self) -> str:
        return "text2" if self.source.level >= 4 or self.source.quote or self.style == "thinking" else "text"

    def left(self, look: Look) -> int:
        """Where the text starts, from the column's edge."""
        inset = look.px(12) if self.style == "thinking" else 0
        return look.pad + inset + self.source.quote * look.px(16) + self.source.indent * look.px(24)

    def estimate(self, look: Look, width: int) -> int:
        room = max(look.px(80), width - self.left(look) - look.pad)
        lines = int((self.source.size or 1) * look.reading_width / room) + 1
        return self.gap + lines * look.line(self.role())

    def layout(self, look: Look, width: int) -> int:
        room = max(look.px(80), width - self.left(look) - look.pad)
        self._look_for_pictures(look, room)
        made_for = (self.source.revision, self.source.end, width)
        if made_for == self._made_for and self._layout is not None:
            self.height = self.gap + self._text_height  # an estimate may stand there since it was laid out
            self.exact = True
            return self.height
        self._made_for = made_for
        role = self.role()
        content = self.parsed()
        self._mixed = not content.text.isascii() and RIGHT_TO_LEFT.search(content.text) is not None
        self._from_right = self._mixed and reads_from_right(content.text)
        self._x = width - self.left(look) - room if self._from_right else self.left(look)
        option = look.aligned["right"] if self._from_right else look.wrap
        ranges = look.ranges(role, content.spans)
        if self._colour() != "text":
            ranges.insert(0, format_range(0, content.length, look.format(role, 0, self._colour())))
        rooms = look.formulas.rooms(look, role, content.formulas) if self._drawn else ()
        self._layout, self._text_height = typeset(
            content.text, look.font(role), room, look.line(role), ranges, option, rooms
        )
        self._chips = None
        self.height = self.gap + self._text_height
        self.exact = True
        self.controls = self._link_controls(look) if content.links else []
        return self.height

    def parsed(self) -> Inline:
        """Display form of the source; parsed once for each state of it."""
        state = (self.source.revision, self.source.end)
        if self.content is None or state != self._parsed_for:
            text = "\n".join(self.source.lines)
            self.content = parse_inline(text, hard_breaks=self.hard_breaks, drawn=self._drawn)
            self._parsed_for = state
        return self.content

    def _look_for_pictures(self, look: Look, room: int) -> None:
        """Parse again where a formula can be drawn by now, or cannot any more."""
        formulas = self.parsed().formulas
        if formulas:
            here = frozenset(one.source for one in formulas if look.formulas.drawing(one.source) is not None)
            self.too_wide = frozenset(
                source for source in here if look.formulas.is_too_wide(look, self.role(), source, room)
            )
            drawn = here - self.too_wide
            if drawn != self._drawn:
                self._drawn = drawn
                self._parsed_for = self._made_for = None

    def shown_formulas(self) -> Sequence[Formula]:
        """As it was parsed last."""
        return self.content.formulas if self.content is not None else ()

    def pictures_changed(self) -> None:
        self.discard_layout()

    def discard_layout(self) -> None:
        self.exact = False
        self._layout = None
        self._made_for = None

    def _link_controls(self, look: Look) -> list[Control]:
        content = self.content
        assert content is not None
        controls: list[Control] = []
        for number, link in enumerate(content.links):
            spans = [span for span in content.spans if span.link == number]
            if not spans or not link.opens:
                continue
            start, end = spans[0].start, spans[-1].start + spans[-1].length
            rects = [
                QRect(self._x + int(a), self.gap + int(y), max(1, round(b - a)), int(h))
                for a, b, y, h in self._strips(start, end)
            ]
            name = tr("Link to {host}").format(host=link.shown.splitlines()[0])
            controls.append(Control("link", name, rects, link.url, link.shown, serial=number))
        return controls

    # -- geometry

    def _strips(self, start: int, end: int) -> list[tuple[float, float, float, float]]:
        """(left, right, top, height) of every line part between two offsets, from the text's top left.

        The strips of neighbouring lines touch: each is as high as the line step, not as the letters.
        """
        found: list[tuple[float, float, float, float]] = []
        layout = self._layout
        if layout is None:
            return found
        at = layout.lineForTextPosition(start)
        for number in range(at.lineNumber() if at.isValid() else 0, layout.lineCount()):
            line = layout.lineAt(number)
            first = line.textStart()
            last = first + line.textLength()
            if first >= end:
                break
            if last <= start:
                continue
            edges = self._edges(line, max(start, first), min(end, last))
            top, height = self._band(layout, number)
            found.append((min(edges), max(edges), top, height))
        return found

    def _edges(self, line: QTextLine, start: int, end: int) -> list[float]:
        """Where letters begin and end. Where directions meet, a place in the text is two on the screen, so that only
        the letters themselves can be asked."""
        if self._mixed and end > start:
            boxes = [run.boundingRect() for run in line.glyphRuns(start, end - start)]
            edges = [edge for box in boxes if box.width() > 0 for edge in (box.left(), box.right())]
            if edges:
                return edges
        return [_x_of(line, start), _x_of(line, end)]

    def _band(self, layout: QTextLayout, number: int) -> tuple[float, float]:
        """Top and height of a line's whole step."""
        if layout.lineCount() == 1:
            return 0.0, float(self.height - self.gap)
        centre = _centre(layout.lineAt(number))
        if number + 1 < layout.lineCount():
            step = _centre(layout.lineAt(number + 1)) - centre
        else:
            step = centre - _centre(layout.lineAt(number - 1))
        return round(centre - step / 2), round(step)

    def offset_at(self, x: float, y: float) -> int:
        layout = self._layout
        if layout is None or not layout.lineCount():
            return 0
        return int(layout.lineAt(self._line_at(layout, y)).xToCursor(x - self._x))

    def _line_at(self, layout: QTextLayout, y: float) -> int:
        for number in range(layout.lineCount() - 1):
            top, height = self._band(layout, number)
            if y - self.gap < top + height:
                return number
        return layout.lineCount() - 1

    def line_start(self, y: float) -> int:
        """The offset at which the line at `y` begins, whichever side that is."""
        layout = self._layout
        if layout is None or not layout.lineCount():
            return 0
        return layout.lineAt(self._line_at(layout, y)).textStart()

    def line_top(self, offset: int) -> int:
        """Top of the line that holds `offset`, from the block's top; to keep a place when the width changes."""
        layout = self._layout
        if layout is None or not layout.lineCount():
            return 0
        at = layout.lineForTextPosition(offset)
        return self.gap + int(self._band(layout, at.lineNumber() if at.isValid() else layout.lineCount() - 1)[0])

    def find(self, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
        return marks_in(self.parsed().text, pattern)

    def end_offset(self) -> int:
        return self.parsed().length

    def word_at(self, offset: int) -> tuple[int, int]:
        layout = self._layout
        if layout is None:
            return offset, offset
        end = self.end_offset()
        start = offset
        text = layout.text()
        units = text.encode("utf-16-le", "surrogatepass")

        def is_word(at: int) -> bool:
            unit = units[at * 2 : at * 2 + 2].decode("utf-16-le", "ignore")
            return not unit or unit.isalnum() or unit == "_"

        while start > 0 and is_word(start - 1):
            start -= 1
        while offset < end and is_word(offset):
            offset += 1
        return start, max(offset, start)

    def plain(self, start: int, end: int) -> str:
        content = self.parsed()
        text = original_text(content.text, content.edits, start, end).replace("\u2028", "\n")
        if start == 0 and self.source.kind == "item":
            marker = self.source.marker if self.source.marker[:1].isdigit() or self.source.marker in "☐☑" else "•"
            return "    " * (self.source.indent - 1) + f"{marker} {text}"
        return text

    def accessible_name(self) -> str:
        text = self.plain(0, self.end_offset())
        return tr("Heading, {text}").format(text=text) if self.source.kind == "heading" else text

    # -- painting

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        layout = self._layout
        if layout is None:
            return
        look, painter = context.look, context.painter
        self._paint_container(context, x, y)
        origin = QPointF(x + self._x, y + self.gap)
        selections: list[QTextLayout.FormatRange] = []
        if self.content is not None and self.content.spans:
            if self._chips is None:
                pad = look.px(4) if self._mixed else 0
                self._chips = chip_boxes(self.content, self._strips, look.px(20), pad)
            if self._chips:
                paint_chips(context, self._chips, origin)
        if context.selection is not None or context.pattern is not None:
            selections = self._paint_fills(context, origin)
        painter.setPen(look.color("text"))
        layout.draw(painter, origin, selections)
        if self._drawn and self.content is not None:
            look.formulas.paint(context, layout, origin, self.role(), self._colour(), self.content.formulas)
        if context.focus:
            for control in self.controls:
                if control_key(control) == context.focus:
                    for rect in control.rects:
                        ring(context, rect.translated(x, y).adjusted(2, 3, -2, -3), look.px(4))

    def _paint_container(self, context: PaintContext, x: int, y: int) -> None:
        look, source = context.look, self.source
        if self.style == "thinking":
            left = self._edge(x, look.pad, 1 / context.ratio)
            context.painter.fillRect(QRectF(left, y, 1 / context.ratio, self.height), look.color("outline"))
        for bar in range(source.quote):
            top = y if bar < self.joined_bars else y + self.gap
            left = self._edge(x, look.pad + bar * look.px(16), look.px(3))
            context.painter.fillRect(QRectF(left, top, look.px(3), y + self.height - top), look.color("line"))
        if source.kind == "item" and source.marker:
            self._paint_marker(context, x, y + self.gap)

    def _edge(self, x: int, inset: float, width: float) -> float:
        """Where something begins that stands so far from the side where the text begins; `x`: the column's edge."""
        if not self._from_right or self._made_for is None:
            return x + inset
        return x + self._made_for[2] - inset - width

    def _paint_marker(self, context: PaintContext, x: int, y: int) -> None:
        """A number or a box on the text's own baseline; bullets are drawn, since fonts disagree about their size."""
        look, painter, marker = context.look, context.painter, self.source.marker
        assert self._layout is not None
        line = self._layout.lineAt(0)
        baseline = y + line.y() + line.ascent()
        inset = self.left(look) - look.px(8)
        if not (marker[0].isdigit() or marker in "☐☑"):
            size = float(look.px(5))
            self._paint_bullet(context, self._edge(x, inset - size, size), size, baseline)
            return
        if self._from_right:
            marker = f"\u200f{marker}\u200f"  # its dot follows the number, on the left
        width = look.metrics(self.style, tabular=True).horizontalAdvance(marker)
        painter.setFont(look.font(self.style, tabular=True))
        painter.setPen(look.color("text2"))
        painter.drawText(QPointF(self._edge(x, inset - width, width), baseline), marker)

    def _paint_bullet(self, context: PaintContext, left: float, size: float, baseline: float) -> None:
        """Full, hollow and square, by depth; in the middle of the small letters."""
        look, painter = context.look, context.painter
        middle = baseline - look.metrics(self.style).xHeight() / 2
        box = QRectF(left, middle - size / 2, size, size)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        kind = (self.source.indent - 1) % 3
        painter.setPen(QPen(look.color("text2"), 1) if kind == 1 else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if kind == 1 else look.color("text2"))
        if kind == 2:
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5) if kind == 1 else box)
        painter.restore()

    def _paint_fills(self, context: PaintContext, origin: QPointF) -> list[QTextLayout.FormatRange]:
        """Fill behind what is found and selected, and return what is left to Qt: the colour of found words, and a
        selection in text of mixed direction, whose order it knows."""
        marks = self.find(context.pattern) if context.pattern is not None else []
        left_to_qt = [format_range(start, end - start, context.look.marked) for start, end in marks]
        for start, end, token in fills(context, marks):
            if self._mixed and token == "textsel":
                left_to_qt.append(format_range(start, end - start, context.look.selection))
                continue
            for left, right, top, height in self._strips(start, end):
                box = QRectF(origin.x() + left, origin.y() + top, max(right - left, 3.0), height)
                context.painter.fillRect(box, context.look.color(token))
        return left_to_qt


def _x_of(line: QTextLine, offset: int) -> float:
    found = line.cursorToX(offset)
    return float(found[0]) if isinstance(found, tuple) else 0.0


def _centre(line: QTextLine) -> float:
    return float(line.y() + line.height() / 2)


@dataclass(slots=True, eq=False)
class RuleBlock(Block):
    """A thematic break."""

    kind = "rule"

    def layout(self, look: Look, width: int) -> int:
        self.height = self.gap + look.px(9)
        self.exact = True
        return self.height

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        look = context.look
        width = context.look.column
        top = y + self.gap + look.px(4)
        context.painter.fillRect(
            QRectF(x + look.pad, top, width - 2 * look.pad, 1 / context.ratio), look.color("outline")
        )

    def accessible_name(self) -> str:
        return tr("Separator")
