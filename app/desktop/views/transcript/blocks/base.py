"""What every block of the transcript can do."""

from __future__ import annotations

import math
import re
from dataclasses import field
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.desktop.views.transcript.hostile import utf16_offsets
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.views.transcript.look import Look

#: Of one text; a file of one letter has no use for more.
MOST_MARKS = 1_000


@dataclass(slots=True)
class Control:
    """Something to click or to reach with Tab inside a block. Rectangles are relative to the block's top left.

    `hint` is the tooltip; `name` what a screen reader says. `argument` is what the action needs.
    """

    action: str
    name: str
    rects: list[QRect]
    argument: str = ""
    hint: str = ""
    icon: str = ""
    serial: int = 0  # tells links with the same target apart
    enabled: bool = True

    def contains(self, point: QPoint) -> bool:
        return any(rect.contains(point) for rect in self.rects)


@dataclass(slots=True)
class PaintContext:
    """One paint event's constants, and what of it concerns the block being painted."""

    painter: QPainter
    look: Look
    top: int
    bottom: int
    ratio: float
    selection: tuple[int, int] | None = None
    pattern: re.Pattern[str] | None = None
    """What is looked for in the chat: all of it is marked."""
    current: tuple[int, int] | None = None
    """Of the marks of this block the one that was gone to."""
    hover: str = ""  # action + argument of the control under the pointer
    focus: str = ""  # the same of the control with the keyboard focus
    hovered: bool = False  # the pointer is over this message
    step: int = 0  # of busy arcs


@dataclass(slots=True, eq=False)
class Block:
    """A block's box starts with its gap. `height` is an estimate until `exact`. Widths are of the whole column."""

    gap: int = 0
    height: int = 0
    exact: bool = False
    controls: list[Control] = field(default_factory=list)

    selectable = False
    kind = "block"

    def estimate(self, look: Look, width: int) -> int:
        """A cheap guess of the height, gap included."""
        return self.layout(look, width)

    def layout(self, look: Look, width: int) -> int:
        """Make `height` exact for this width and return it."""
        raise NotImplementedError

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        """Paint with the column's left edge at x and the top of the gap at y."""
        raise NotImplementedError

    def discard_layout(self) -> None:
        """Forget everything that depends on look and width."""
        self.exact = False

    def find(self, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
        """Selection offsets around every match in the text as it is shown; at most `MOST_MARKS`."""
        return []

    def line_top(self, offset: int) -> int:
        """Top of the line that holds a selection offset, from the block's top."""
        return self.gap

    def reveal_sideways(self, offsets: tuple[int, int]) -> None:
        """Scroll a block that is wider than its room to this place."""

    def offset_at(self, x: float, y: float) -> int:
        """Selection offset nearest to a point relative to the block's top left."""
        return 0

    def end_offset(self) -> int:
        """The selection offset behind the last character."""
        return 0

    def word_at(self, offset: int) -> tuple[int, int]:
        """Offsets around the word at `offset`."""
        return offset, offset

    def plain(self, start: int, end: int) -> str:
        """Rendered text between two selection offsets."""
        return ""

    def accessible_name(self) -> str:
        """What the block reads as."""
        return self.plain(0, self.end_offset())

    def frame(self, width: int) -> QRect:
        """The visible box without its gap, relative to the block's top left: what a focus ring goes around."""
        return QRect(0, self.gap, width, max(0, self.height - self.gap))

    def control_at(self, point: QPoint) -> Control | None:
        return next((control for control in self.controls if control.contains(point)), None)

    @property
    def widest_scroll(self) -> int:
        """How far the block can scroll sideways, pixels."""
        return 0

    def scroll_sideways(self, delta: int) -> bool:
        """Scroll by `delta` pixels; True when something moved."""
        return False


def marks_in(text: str, pattern: re.Pattern[str] | None, base: int = 0) -> list[tuple[int, int]]:
    """Ranges of a text that match, in UTF-16 units above `base`."""
    if pattern is None:
        return []
    spans = [match.span() for match in islice(pattern.finditer(text), MOST_MARKS) if match.end() > match.start()]
    offsets = utf16_offsets(text) if spans else None
    if offsets is None:
        return [(base + start, base + end) for start, end in spans]
    return [(base + offsets[start], base + offsets[end]) for start, end in spans]


def fills(context: PaintContext, marks: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """(start, end, colour) of everything behind the text of a block, the topmost last."""
    found = [(start, end, "find-cur" if (start, end) == context.current else "find") for start, end in marks]
    return [*found, (*context.selection, "textsel")] if context.selection is not None else found


def control_key(control: Control | None) -> str:
    return "" if control is None else f"{control.action}:{control.serial}:{control.argument}"


def paint_icon_button(
    context: PaintContext, control: Control, x: int, y: int, token: str = "text2"
) -> None:  # a colour
    """A quiet icon button at its rectangle; the fill shows only under the pointer or the focus."""
    look = context.look
    rect = control.rects[0].translated(x, y)
    key = control_key(control)
    if key == context.hover:
        fill_rounded(context, rect, look.px(6), "hover")
        token = {"text2": "text"}.get(token, token)
    if key == context.focus:
        ring(context, rect.adjusted(3, 3, -3, -3), look.px(4))  # its neighbours stand right beside it
    size = look.px(16)
    # Not `rect.center()`, which is another pixel where the sum is below 0: icons jumped at the upper edge.
    inset = [(side - 1) // 2 - (size // 2 - 1) for side in (rect.width(), rect.height())]
    context.painter.drawPixmap(rect.topLeft() + QPoint(*inset), look.icon(control.icon, token, size, context.ratio))


def fill_rounded(context: PaintContext, rect: QRect, radius: int, token: str, edge: str = "") -> None:
    """A rounded box; the edge is one device pixel, inset by half a pixel so that it stays sharp."""
    painter = context.painter
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(rect)
    if edge:
        thickness = 1.0 / context.ratio
        box.adjust(thickness / 2, thickness / 2, -thickness / 2, -thickness / 2)
        painter.setPen(QPen(context.look.color(edge), thickness))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
    if token:
        painter.setBrush(context.look.color(token))
    painter.drawRoundedRect(box, radius, radius)
    painter.restore()


def ring(context: PaintContext, rect: QRect, radius: int) -> None:
    """The keyboard focus: 2 px thick, 2 px outside."""
    painter = context.painter
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(context.look.color("focus"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(rect).adjusted(-3, -3, 3, 3), radius + 2, radius + 2)
    painter.restore()


def draw_text(
    context: PaintContext, role: str, token: str, x: float, y: float, height: float, text: str, *, tabular: bool = False
) -> None:
    """One line of plain text, vertically centred in `height`."""
    look = context.look
    metrics = look.metrics(role, tabular=tabular)
    painter = context.painter
    painter.setFont(look.font(role, tabular=tabular))
    painter.setPen(look.color(token))
    baseline = y + (height - metrics.height()) / 2 + metrics.ascent()
    # Not `round`, which takes every other half down: what is moved by a pixel has to be what is painted a pixel lower.
    painter.drawText(QPointF(x, math.floor(baseline + 0.5)), text)
