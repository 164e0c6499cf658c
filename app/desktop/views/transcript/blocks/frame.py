"""What stands around an answer's text: header, thinking line, phase, metrics and actions."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt

from app.desktop.glyphs import StateGlyph, paint_glyph
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
from app.desktop.views.transcript.hostile import label
from app.desktop.views.transcript.words import counted, number, tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptMessage
    from app.desktop.views.transcript.look import Look


@dataclass(slots=True, eq=False)
class HeaderBlock(Block):
    """Name, runtime, badges and time of a message; for a prompt also its actions."""

    message: TranscriptMessage = field(kw_only=True)
    _width: int = 0

    kind = "header"

    def layout(self, look: Look, width: int) -> int:
        self._width = width
        self.gap = look.px(12)
        if self.message.alone:
            self.height, self.exact, self.controls = self.gap, True, []
            return self.height
        inner = look.px(10) if self.message.role == "user" else 0
        self.height = self.gap + inner + look.px(24) + look.px(4)
        self.exact = True
        self.controls = []
        if self.message.role == "user":
            self._place_actions(look, inner)
        return self.height

    def _place_actions(self, look: Look, inner: int) -> None:
        size = look.px(28)
        time_width = int(look.metrics("caption", tabular=True).horizontalAdvance(self.message.time))
        x = self._width - look.pad - time_width - look.px(8) - size
        y = self.gap + inner - look.px(2)
        names = (("more", tr("More actions")), ("copy", tr("Copy message")), ("edit", tr("Edit message")))
        for action, name in names:
            self.controls.insert(0, Control(action, name, [QRect(x, y, size, size)], hint=name, icon=action))
            x -= size
        self.controls[:0] = _version_controls(look, self.message, x, y)

    def accessible_name(self) -> str:
        message = self.message
        if message.alone:
            return ""
        parts = [label(message.name), label(message.runtime), message.time]
        if message.simulated:
            parts.append(tr("Simulated"))
        if message.cloud:
            parts.append(tr("Cloud"))
        return ", ".join(part for part in parts if part)

    def frame(self, width: int) -> QRect:
        return QRect(0, self.gap, width, self.height - self.gap)

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        look, message = context.look, self.message
        if message.alone:
            return
        top = y + self.gap + (look.px(10) if message.role == "user" else 0)
        line = look.px(24)
        left = x + look.pad
        right = x + self._width - look.pad
        time_width = look.metrics("caption", tabular=True).horizontalAdvance(message.time)
        draw_text(context, "caption", "text3", right - time_width, top, line, message.time, tabular=True)
        room = int(right - time_width - look.px(120 if message.version[1] < 2 else 220) - left)
        bold = look.metrics("small-bold")
        name = bold.elidedText(label(message.name), Qt.TextElideMode.ElideMiddle, max(look.px(80), room))
        draw_text(context, "small-bold", "text", left, top, line, name)
        left += int(bold.horizontalAdvance(name)) + look.px(8)
        if message.cloud:
            size = look.px(14)
            context.painter.drawPixmap(
                QPointF(left, top + (line - size) / 2), look.icon("cloud", "cloud", size, context.ratio)
            )
            left += size + look.px(4)
        if message.runtime:
            small = look.metrics("small")
            shown = small.elidedText(label(message.runtime), Qt.TextElideMode.ElideRight, max(look.px(60), room // 2))
            draw_text(context, "small", "cloud" if message.cloud else "text3", left, top, line, shown)
            left += int(small.horizontalAdvance(shown)) + look.px(8)
        if message.simulated:
            _paint_badge(context, left, top + (line - look.px(18)) // 2, tr("Simulated"))
        for control in self.controls:
            if control.action in ("previous", "next"):  # always there: the other versions must not be a secret
                _paint_version(context, control, message, x, y)
            elif context.hovered or context.focus:
                paint_icon_button(context, control, x, y)


def _version_controls(look: Look, message: TranscriptMessage, x: int, y: int) -> list[Control]:
    """‹ 2/3 › ending at `x` plus one button; nothing where there is one version."""
    shown, count = message.version
    if count < 2:
        return []
    size = look.px(28)
    text = int(look.metrics("small", tabular=True).horizontalAdvance(f"{shown}/{count}"))
    following = QRect(x - look.px(8), y, size, size)
    previous = following.translated(-(text + look.px(4) + size), 0)
    back, on = tr("Previous version"), tr("Next version")
    return [
        Control("previous", back, [previous], "-1", back, "chevron-left", enabled=shown > 1),
        Control("next", on, [following], "1", on, "chevron-right", enabled=shown < count),
    ]


def _paint_version(context: PaintContext, control: Control, message: TranscriptMessage, x: int, y: int) -> None:
    """One arrow of the switcher, and the count after the first one."""
    shown, count = message.version
    paint_icon_button(context, control, x, y, "text2" if control.enabled else "disabled")
    if control.action == "previous":
        place = control.rects[0]
        left, top = x + place.right() + context.look.px(3), y + place.y()
        draw_text(context, "small", "text2", left, top, place.height(), f"{shown}/{count}", tabular=True)


def _paint_badge(context: PaintContext, x: int, y: int, text: str) -> None:
    """The dashed badge of anything simulated."""
    look, painter = context.look, context.painter
    width = int(look.metrics("badge").horizontalAdvance(text)) + look.px(12)
    height = look.px(18)
    painter.drawPixmap(x, y, look.dashed_box(width, height, context.ratio))
    draw_text(context, "badge", "text2", x + look.px(6), y, height, text)


@dataclass(slots=True, eq=False)
class ThinkingBlock(Block):
    """The collapsed thinking line; nothing high where the message has no thinking."""

    present: bool = False
    opened: bool = False
    running: bool = False
    seconds: float | None = None
    tail: str = ""  # the last words while it runs
    _width: int = 0

    kind = "thinking"

    def title(self) -> str:
        if self.seconds is None:
            return tr("Thinking") if self.running else tr("Thought")  # it was cut: nobody knows how long it took
        if not self.running and self.seconds < 0.5:
            return tr("Thought for less than 1 s")
        text = tr("Thinking, {n} s") if self.running else tr("Thought for {n} s")
        return text.format(n=number(max(0, round(self.seconds))))

    def layout(self, look: Look, width: int) -> int:
        self._width = width
        self.height = look.px(28) + look.px(4) if self.present else 0
        self.exact = True
        self.controls = []
        if self.present:
            wide = int(look.metrics("body").horizontalAdvance(self.title())) + look.px(32)
            rect = QRect(look.px(8), 0, wide, look.px(28))
            self.controls = [Control("thinking", self.title(), [rect])]
        return self.height

    def accessible_name(self) -> str:
        return self.title() if self.present else ""

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        if not self.present:
            return
        look = context.look
        control = self.controls[0]
        rect = control.rects[0].translated(x, y)
        key = control_key(control)
        if key == context.hover:
            fill_rounded(context, rect, look.px(6), "hover")
        if key == context.focus:
            ring(context, rect, look.px(6))
        line, size = look.px(28), look.px(12)
        icon = "chevron-down" if self.opened else "chevron-right"
        left = x + look.px(14)
        context.painter.drawPixmap(QPointF(left, y + (line - size) // 2), look.icon(icon, "text2", size, context.ratio))
        left = x + look.pad + look.px(18)
        draw_text(context, "body", "text2", left, y, line, self.title())
        if self.running and self.tail and not self.opened:
            left += int(look.metrics("body").horizontalAdvance(self.title())) + look.px(12)
            room = x + self._width - look.pad - left
            shown = look.metrics("body").elidedText(self.tail, Qt.TextElideMode.ElideLeft, room)
            draw_text(context, "body", "text3", left, y, line, shown)


@dataclass(slots=True, eq=False)
class PhaseBlock(Block):
    """What is going on before the first token."""

    text: str = ""

    kind = "phase"

    def layout(self, look: Look, width: int) -> int:
        self.height = self.gap + look.px(28)
        self.exact = True
        return self.height

    def accessible_name(self) -> str:
        return label(self.text)

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        look = context.look
        line = look.px(28)
        centre = QPointF(x + look.pad + look.px(4), y + self.gap + line / 2)
        paint_glyph(context.painter, look.theme, StateGlyph.BUSY, centre, context.step)
        draw_text(context, "body", "text2", x + look.pad + look.px(18), y + self.gap, line, label(self.text))


@dataclass(slots=True, eq=False)
class CutBlock(Block):
    """Says how much of an enormous message is not drawn."""

    characters: int = 0

    kind = "cut"

    def layout(self, look: Look, width: int) -> int:
        self.height = self.gap + look.px(28)
        self.exact = True
        return self.height

    def accessible_name(self) -> str:
        return counted(
            "1 more character is not shown. Copy has the whole text.",
            "%Ln more characters are not shown. Copy has the whole text.",
            self.characters,
        )

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        look = context.look
        draw_text(context, "body", "warn", x + look.pad, y + self.gap, look.px(28), self.accessible_name())


@dataclass(slots=True, eq=False)
class SpacerBlock(Block):
    """The padding under a prompt."""

    size: int = 12

    kind = "spacer"

    def layout(self, look: Look, width: int) -> int:
        self.height = look.px(self.size)
        self.exact = True
        return self.height

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        return


@dataclass(slots=True, eq=False)
class PlaceholderBlock(Block):
    """A message that is not in memory yet: as high as it is thought to be, and empty."""

    kind = "placeholder"

    def layout(self, look: Look, width: int) -> int:
        self.exact = True
        return self.height

    def discard_layout(self) -> None:
        self.exact = True

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        return

    def accessible_name(self) -> str:
        return tr("Loading")


@dataclass(slots=True, eq=False)
class MetricsBlock(Block):
    """Figures at the left, actions at the right. There from the start, so that nothing moves when it fills."""

    message: TranscriptMessage = field(kw_only=True)
    last: bool = False  # the last answer shows its actions always
    _width: int = 0

    kind = "metrics"

    def layout(self, look: Look, width: int) -> int:
        self._width = width
        self.gap = look.px(8)
        self.height = self.gap + look.px(28)
        self.exact = True
        self.controls = [] if self.message.status == "streaming" else self._place(look, width)
        return self.height

    def _place(self, look: Look, width: int) -> list[Control]:
        size, y = look.px(28), self.gap
        x = width - look.pad - look.px(22)
        made: list[Control] = []
        for action, name, icon in (
            ("more", tr("More actions"), "more"),
            ("fork", tr("Fork"), "fork"),
            ("regenerate", tr("Regenerate"), "regenerate"),
            ("copy", tr("Copy answer"), "copy"),
        ):
            made.insert(0, Control(action, name, [QRect(x, y, size, size)], hint=name, icon=icon))
            x -= size
        return [*_version_controls(look, self.message, x, y), *made]

    def accessible_name(self) -> str:
        return label(self.message.metrics)

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        look, message = context.look, self.message
        top, line = y + self.gap, look.px(28)
        visible = self.last or context.hovered or bool(context.focus) or message.version[1] > 1
        first_control = self.controls[0].rects[0].x() if self.controls else self._width - look.pad
        metrics = look.metrics("caption", tabular=True)
        parts = [label(part) for part in message.metrics.split(" · ") if part]
        room = first_control - look.pad - look.px(8)
        while len(parts) > 1 and metrics.horizontalAdvance("  ·  ".join(parts)) > room:
            parts.pop()
        text = metrics.elidedText("  ·  ".join(parts), Qt.TextElideMode.ElideRight, room)
        if text:
            draw_text(context, "caption", "text3", x + look.pad, top, line, text, tabular=True)
        if not visible:
            return
        for control in self.controls:
            if control.action in ("previous", "next"):
                _paint_version(context, control, message, x, y)
            elif self.last or context.hovered or context.focus:
                paint_icon_button(context, control, x, y)
