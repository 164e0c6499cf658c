"""The line between what is sent to the model and what is not any more, with the summary in its place."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt

from app.desktop.views.transcript.blocks.base import (
    Block,
    Control,
    PaintContext,
    control_key,
    draw_text,
    fill_rounded,
    ring,
)
from app.desktop.views.transcript.hostile import label
from app.desktop.views.transcript.look import fill_hairline
from app.desktop.views.transcript.words import tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import Boundary
    from app.desktop.views.transcript.look import Look

_GAP = 8


@dataclass(slots=True, eq=False)
class BoundaryBlock(Block):
    """Words, a hairline, the button that takes it back; below them the collapsed summary, where there is one."""

    boundary: Boundary = field(kw_only=True)
    opened: bool = False
    _width: int = 0

    kind = "boundary"

    def words(self) -> str:
        if self.boundary.summary:
            return tr("Sent as a summary from here up")
        return tr("Not sent to the model from here up")

    def title(self) -> str:
        return label(self.boundary.title)

    def layout(self, look: Look, width: int) -> int:
        self._width = width
        self.gap = look.px(_GAP)
        line = look.px(28)
        text = tr("Send everything again")
        wide = int(look.metrics("small-medium").horizontalAdvance(text)) + look.px(20)
        right = width - look.pad + look.px(10)  # its words end at the text's edge
        self.controls = [Control("send_all", text, [QRect(right - wide, self.gap, wide, line)])]
        self.height = self.gap + line + look.px(4)
        if self.boundary.summary:
            wide = int(look.metrics("body").horizontalAdvance(self.title())) + look.px(34)
            rect = QRect(look.px(8), self.height, min(wide, width - look.px(16)), line)
            self.controls.insert(0, Control("summary", self.title(), [rect]))
            self.height += line + look.px(4)
        self.exact = True
        return self.height

    def accessible_name(self) -> str:
        return ". ".join(part for part in (self.words(), self.title()) if part)

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        look, line = context.look, context.look.px(28)
        top = y + self.gap
        button = self.controls[-1].rects[0].translated(x, y)
        draw_text(context, "small", "text3", x + look.pad, top, line, self.words())
        left = x + look.pad + look.metrics("small").horizontalAdvance(self.words()) + look.px(12)
        room = button.x() - look.px(2) - left
        if room > 0:
            fill_hairline(context.painter, left, top + line / 2, room, look.color("outline"))
        for control in self.controls:
            self._paint_control(context, control, x, y)

    def _paint_control(self, context: PaintContext, control: Control, x: int, y: int) -> None:
        look, line = context.look, context.look.px(28)
        rect = control.rects[0].translated(x, y)
        key = control_key(control)
        if key == context.hover:
            fill_rounded(context, rect, look.px(6), "hover")
        if key == context.focus:
            ring(context, rect, look.px(6))
        if control.action == "send_all":
            draw_text(context, "small-medium", "text2", rect.x() + look.px(10), rect.y(), line, control.name)
            return
        size = look.px(12)
        icon = "chevron-down" if self.opened else "chevron-right"
        at = QPointF(x + look.px(14), rect.y() + (line - size) // 2)
        context.painter.drawPixmap(at, look.icon(icon, "text2", size, context.ratio))
        left = x + look.pad + look.px(18)
        shown = look.metrics("body").elidedText(control.name, Qt.TextElideMode.ElideRight, rect.right() - left)
        draw_text(context, "body", "text2", left, rect.y(), line, shown)
