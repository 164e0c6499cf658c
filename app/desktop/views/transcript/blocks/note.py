"""A note under a message: what happened, what to do, and the details for whoever wants them."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtGui import QTextLayout

from app.desktop.views.transcript.blocks.base import (
    Block,
    Control,
    PaintContext,
    control_key,
    draw_text,
    fill_rounded,
    paint_icon_button,
    ring,
)
from app.desktop.views.transcript.hostile import reveal, tame
from app.desktop.views.transcript.look import typeset
from app.desktop.views.transcript.words import tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import Note, NoteAction
    from app.desktop.views.transcript.look import Look

MAX_TEXT = 1_200
MAX_DETAILS = 6_000
_ICONS = {"info": ("info", "text2"), "warn": ("warning", "warn"), "error": ("error", "error")}


@dataclass(slots=True, eq=False)
class NoteBlock(Block):
    """Frame with icon, title, text, at most three buttons and Details."""

    note: Note = field(kw_only=True)
    opened: bool = False
    copied: bool = False
    _title: QTextLayout | None = None
    _text: QTextLayout | None = None
    _details: QTextLayout | None = None
    _title_height: int = 0
    _text_top: int = 0
    _details_box: QRect = field(default_factory=QRect)
    _width: int = 0

    kind = "note"

    def layout(self, look: Look, width: int) -> int:
        self._width = width
        pad, y = look.pad, self.gap + look.px(12)
        room = width - 2 * pad
        self._title, self._title_height = typeset(
            tame(self.note.title[:MAX_TEXT]),
            look.font("body-bold"),
            room - look.px(24),
            look.line("body"),
            [],
            look.wrap,
        )
        y += self._title_height
        self._text = None
        if self.note.text:
            self._text_top = y + look.px(2)
            self._text, height = typeset(
                tame(self.note.text[:MAX_TEXT]), look.font("body"), room, look.line("body"), [], look.wrap
            )
            y = self._text_top + height
        self.controls = []
        if self.note.actions or self.note.details:
            y = self._place_buttons(look, y + look.px(12))
        self._details = None
        if self.opened and self.note.details:
            y = self._place_details(look, y + look.px(10), room)
        self.height = y + look.px(12)
        self.exact = True
        return self.height

    def _place_buttons(self, look: Look, y: int) -> int:
        metrics, size = look.metrics("small-medium"), look.px(28)
        x = look.pad
        for action in self.note.actions[:3]:
            text = tame(action.label[:60])
            wide = int(metrics.horizontalAdvance(text)) + look.px(20) + (look.px(22) if action.icon else 0)
            if x + wide > self._width - look.pad and x > look.pad:
                x, y = look.pad, y + size + look.px(8)
            self.controls.append(Control("note", text, [QRect(x, y, wide, size)], action.name))
            x += wide + look.px(8)
        if self.note.details:
            wide = int(metrics.horizontalAdvance(tr("Details"))) + look.px(38)
            left = self._width - look.pad - wide + look.px(10)
            if left < x:
                y += size + look.px(8)
            self.controls.append(Control("details", tr("Details"), [QRect(left, y, wide, size)]))
        return y + size

    def _place_details(self, look: Look, y: int, room: int) -> int:
        inner = look.px(12)
        shown = reveal(self.note.details[:MAX_DETAILS])[0].replace("\n", "\u2028")
        self._details, height = typeset(
            shown, look.font("mono"), room - 2 * inner - look.px(28), look.line("mono"), [], look.wrap
        )
        self._details_box = QRect(look.pad, y, room, height + 2 * look.px(8))
        size = look.px(28)
        at = self._details_box.bottomRight() - QPoint(size + look.px(4), size + look.px(4))
        if self._details_box.height() < size + look.px(8):
            at.setY(self._details_box.y() + (self._details_box.height() - size) // 2)
        name = tr("Copied") if self.copied else tr("Copy details")
        icon = "check" if self.copied else "copy"
        self.controls.append(Control("copy_details", name, [QRect(at.x(), at.y(), size, size)], hint=name, icon=icon))
        return y + self._details_box.height()

    def accessible_name(self) -> str:
        return f"{self.note.title} {self.note.text}".strip()

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        look, painter = context.look, context.painter
        box = self.frame(self._width).translated(x, y)
        fill_rounded(context, box, look.px(8), "base", "line")
        icon, token = _ICONS[self.note.level]
        size = look.px(16)
        top = y + self.gap + look.px(12)
        at = QPointF(x + look.pad, top + (look.line("body") - size) // 2)
        painter.drawPixmap(at, look.icon(icon, token, size, context.ratio))
        painter.setPen(look.color("text"))
        assert self._title is not None
        self._title.draw(painter, QPointF(x + look.pad + look.px(24), top))
        if self._text is not None:
            painter.setPen(look.color("text2"))
            self._text.draw(painter, QPointF(x + look.pad, y + self._text_top))
        actions = {action.name: action for action in self.note.actions}
        for control in self.controls:
            if control.action == "note":
                self._paint_button(context, control, actions[control.argument], x, y)
            elif control.action == "details":
                self._paint_details_button(context, control, x, y)
        if self._details is not None:
            fill_rounded(context, self._details_box.translated(x, y), look.px(6), "sunken")
            painter.setPen(look.color("text2"))
            origin = self._details_box.topLeft() + QPoint(x + look.px(12), y + look.px(8))
            self._details.draw(painter, QPointF(origin))
            paint_icon_button(context, self.controls[-1], x, y)

    def _paint_button(self, context: PaintContext, control: Control, action: NoteAction, x: int, y: int) -> None:
        look = context.look
        rect = control.rects[0].translated(x, y)
        key = control_key(control)
        hovered = key == context.hover
        radius = look.px(6)
        if action.primary:
            fill_rounded(context, rect, radius, "accent-h" if hovered else "accent")
        elif action.quiet:
            fill_rounded(context, rect, radius, "hover") if hovered else None
        else:
            fill_rounded(context, rect, radius, "hover" if hovered else "raised", "outline")
        if key == context.focus:
            ring(context, rect, radius)
        token = "on-accent" if action.primary else "text2" if action.quiet else "text"
        left = rect.x() + look.px(10)
        if action.icon:
            size = look.px(14)
            top = rect.y() + (rect.height() - size) // 2
            context.painter.drawPixmap(QPointF(left, top), look.icon(action.icon, token, size, context.ratio))
            left += look.px(22)
        draw_text(context, "small-medium", token, left, rect.y(), rect.height(), control.name)

    def _paint_details_button(self, context: PaintContext, control: Control, x: int, y: int) -> None:
        look = context.look
        rect = control.rects[0].translated(x, y)
        key = control_key(control)
        if key == context.hover:
            fill_rounded(context, rect, look.px(6), "hover")
        if key == context.focus:
            ring(context, rect, look.px(6))
        size = look.px(14)
        icon = "chevron-up" if self.opened else "chevron-down"
        at = QPointF(rect.x() + look.px(8), rect.y() + (rect.height() - size) // 2)
        context.painter.drawPixmap(at, look.icon(icon, "text2", size, context.ratio))
        draw_text(context, "small-medium", "text2", rect.x() + look.px(28), rect.y(), rect.height(), control.name)
