"""A formula between $$ or \\[ \\]: its source like code, until there is a picture of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QRect, QRectF
from PySide6.QtSvg import QSvgRenderer

from app.desktop.views.transcript.blocks.base import Control, PaintContext, fill_rounded, paint_icon_button
from app.desktop.views.transcript.blocks.code import CodeBlock
from app.desktop.views.transcript.hostile import label
from app.desktop.views.transcript.words import tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.views.transcript.look import Look

#: What is asked for in place of a language.
FORMULA = "\\formula"


@dataclass(eq=False)  # without slots: a class that is made anew for them has no `super()`
class FormulaBlock(CodeBlock):
    """Text offsets are those of the source, whichever is shown."""

    shows_source: bool = False
    _drawing: Any = None  # services.highlighting.formulas.Drawing
    _renderer: tuple[str, QSvgRenderer] | None = None  # and the colour it was made for
    _picture: QRect | None = None

    def _width_of_numbers(self, _look: Look) -> int:
        return 0  # a formula's source is no program

    def language(self) -> str:
        return FORMULA if not self.source.open else "LaTeX"

    def language_name(self) -> str:
        return "LaTeX"

    def take(self, answer: Any) -> None:
        self.keep_line_colours()
        self._drawing = answer
        self.exact = False

    @property
    def is_drawn(self) -> bool:
        """Whether the picture stands in place of the source."""
        return self._drawing is not None and not self.shows_source

    def estimate(self, look: Look, width: int) -> int:
        return self.layout(look, width) if self.is_drawn else super().estimate(look, width)

    def layout(self, look: Look, width: int) -> int:
        if not self.is_drawn:
            super().layout(look, width)
            if self._drawing is not None:
                self._add_control(look, "formula", tr("Show the formula"), "eye")
            return self.height
        self._left = self.source.quote * look.px(16) + self.source.indent * look.px(24)
        self._width = width - self._left
        scale = look.px(1_000) / 1_000
        wide, high = round(self._drawing.width * scale), round(self._drawing.height * scale)
        self._room = max(look.px(40), self._width - look.pad)
        # A wide one can be scrolled out from under its buttons.
        self._extent = wide + look.pad if wide + look.pad <= self._room else wide + look.pad + look.px(2 * 28 + 8)
        self.scroll = max(0, min(self.scroll, self.widest_scroll))
        top = self.gap + look.px(8)
        high_enough = max(high, look.px(28))
        self._picture = QRect(self._left + look.pad, top + (high_enough - high) // 2, wide, high)
        self._body = top
        self.height = top + high_enough + look.px(8)
        self.exact = True
        self.controls = []
        self._place_controls(look)
        return self.height

    def _place_controls(self, look: Look) -> None:
        if not self.is_drawn:
            super()._place_controls(look)
            return
        size = look.px(28)
        x = self._left + self._width - size
        for action, name, icon in (
            ("copy_code", tr("Copied") if self.copied else tr("Copy LaTeX"), "check" if self.copied else "copy"),
            ("formula", tr("Show the source"), "file-code"),
        ):
            rect = QRect(x, self.gap + look.px(4), size, size)
            self.controls.insert(0, Control(action, name, [rect], hint=name, icon=icon))
            x -= size

    def _add_control(self, look: Look, action: str, name: str, icon: str) -> None:
        first = self.controls[0].rects[0]
        rect = first.translated(-look.px(28), 0)
        self.controls.insert(0, Control(action, name, [rect], hint=name, icon=icon))

    # -- what is asked of its text

    def offset_at(self, x: float, y: float) -> int:
        if not self.is_drawn:
            return super().offset_at(x, y)
        return self.end_offset() if self._picture is not None and x > self._picture.center().x() else 0

    def line_top(self, offset: int) -> int:
        return self.gap if self.is_drawn else super().line_top(offset)

    def reveal_sideways(self, offsets: tuple[int, int]) -> None:
        if not self.is_drawn:
            super().reveal_sideways(offsets)

    def accessible_name(self) -> str:
        return tr("Formula, {source}").format(source=label(" ".join(self.source.lines)))

    # -- painting

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        if not self.is_drawn or self._picture is None:
            super().paint(context, x, y)
            return
        painter, look = context.painter, context.look
        box = self.frame(self._width).translated(x, y)
        picture = self._picture.translated(x - self.scroll, y)
        ground = self._ground(context)
        if ground:
            fill_rounded(context, picture.adjusted(-4, -4, 4, 4), look.px(4), ground)
        painter.save()
        painter.setClipRect(box)
        self._made_for(look.color("text").name()).render(painter, QRectF(picture))
        painter.restore()
        if self.widest_scroll:
            self._paint_scrollbar(context, box)
        if context.hovered or context.focus or self.copied:
            for control in self.controls:
                fill_rounded(context, control.rects[0].translated(x, y), look.px(6), "base")
                paint_icon_button(context, control, x, y, "ok" if control.icon == "check" else "text2")

    def _ground(self, context: PaintContext) -> str:
        """What lies behind the whole picture: a place in it that is found or chosen has none of its own."""
        if context.current is not None:
            return "find-cur"
        if context.selection is not None and context.selection[0] < context.selection[1]:
            return "textsel"
        return "find" if context.pattern is not None and self._holds(context.pattern) else ""

    def _holds(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(line) for line in self.source.lines)

    def _made_for(self, colour: str) -> QSvgRenderer:
        if self._renderer is None or self._renderer[0] != colour:
            svg = self._drawing.svg.replace(self._drawing.ink, colour)
            self._renderer = (colour, QSvgRenderer(QByteArray(svg.encode())))
        return self._renderer[1]
