"""Pictures of the formulas within lines: kept by source, asked for when they are seen, drawn on the base of a line."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QByteArray, QPointF, QRectF, QTimer
from PySide6.QtGui import QTextLayout
from PySide6.QtSvg import QSvgRenderer

from app.desktop.views.transcript.look import Room

if TYPE_CHECKING:
    from app.desktop.views.transcript.blocks.base import PaintContext
    from app.desktop.views.transcript.deep_highlight import DeepHighlighter
    from app.desktop.views.transcript.inline import Formula
    from app.desktop.views.transcript.look import Look

#: What is asked for in place of a language.
INLINE_FORMULA = "\\inline-formula"
MOST_KEPT = 512
#: What was on the screen so short a time ago makes no room: of more than are kept some stay source.
SEEN_S = 2.0
#: The size, in pixels, of the letters that the drawings are made for.
DRAWN_AT = 16
#: Letters of formulas look smaller than those of the text around them at the same size.
ENLARGED = 1.08


class Drawing(Protocol):
    """SVG whose letters have the colour `ink`; `baseline` counts from the top, `depth` from there to the bottom."""

    @property
    def svg(self) -> str: ...
    @property
    def ink(self) -> str: ...
    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...
    @property
    def baseline(self) -> float: ...
    @property
    def depth(self) -> float: ...


class ShowsFormulas(Protocol):
    """A block with text. `too_wide`: sources that it does not draw, since no line has the room."""

    too_wide: frozenset[str]

    def shown_formulas(self) -> Sequence[Formula]: ...
    def pictures_changed(self) -> None:
        """One of them can be drawn by now, or cannot any more: what shows it is laid out again."""


class FormulaRequest:
    """One formula that is seen and not drawn yet; the blocks that show its source meanwhile."""

    def __init__(self, source: str, formulas: InlineFormulas) -> None:
        self._source = source
        self._formulas = formulas
        self.blocks: set[ShowsFormulas] = set()

    def code_lines(self) -> list[str]:
        return [self._source]

    def language(self) -> str:
        return INLINE_FORMULA

    def take(self, answer: Any) -> None:
        self._formulas.put(self._source, answer)
        if answer is not None:
            for block in self.blocks:
                block.pictures_changed()


class InlineFormulas:
    """Of one transcript, in every chat it shows."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Drawing | None] = OrderedDict()
        self._seen_at: dict[str, float] = {}
        self._requests: dict[str, FormulaRequest] = {}
        self._renderers: dict[tuple[str, str], QSvgRenderer] = {}

    def drawing(self, source: str) -> Drawing | None:
        """None while it is not here, and where it cannot be drawn."""
        found = self._kept.get(source)
        if found is not None:
            self._kept.move_to_end(source)
        return found

    def put(self, source: str, drawing: Drawing | None) -> None:
        self._requests.pop(source, None)
        if source not in self._kept and not self._has_room():
            return
        self._kept[source] = drawing
        while len(self._kept) > MOST_KEPT:
            gone, _ = self._kept.popitem(last=False)
            self._seen_at.pop(gone, None)
            for key in [key for key in self._renderers if key[0] == gone]:
                del self._renderers[key]

    def _has_room(self) -> bool:
        """Whether another one can be kept without one that is on the screen giving way to it."""
        if len(self._kept) < MOST_KEPT:
            return True
        return time.monotonic() - self._seen_at.get(next(iter(self._kept)), 0.0) > SEEN_S

    def ask(self, block: ShowsFormulas, queue: DeepHighlighter, changed: Callable[[], None]) -> None:
        """What a block on the screen shows as source and nobody has tried to draw; cheap to call at every painting."""
        now = time.monotonic()
        formulas = block.shown_formulas()
        for formula in formulas:
            if formula.source in self._kept:
                self._kept.move_to_end(formula.source)
                self._seen_at[formula.source] = now
        for formula in formulas:
            if formula.drawn:
                if formula.source not in self._kept:  # it made room for others: an empty place would stand there
                    block.pictures_changed()
                    QTimer.singleShot(0, changed)
                    return
            elif formula.source not in self._kept:
                if not self._has_room():
                    continue
                request = self._requests.setdefault(formula.source, FormulaRequest(formula.source, self))
                request.blocks.add(block)
                queue.add(request, changed)
            elif self._kept[formula.source] is not None and formula.source not in block.too_wide:
                # It came for another block, while this one was out of sight.
                block.pictures_changed()
                QTimer.singleShot(0, changed)

    # -- in a line

    def is_too_wide(self, look: Look, role: str, source: str, room: float) -> bool:
        """Whether the picture, which cannot be broken, reaches beyond a line of that width."""
        drawing = self.drawing(source)
        return drawing is not None and drawing.width * scale_of(look, role) > room

    def rooms(self, look: Look, role: str, formulas: Iterable[Formula]) -> list[Room]:
        """What the pictures need of the line they stand in."""
        scale = scale_of(look, role)
        return [
            Room(formula.start, drawing.width * scale, drawing.baseline * scale, drawing.depth * scale)
            for formula in formulas
            if formula.drawn and (drawing := self.drawing(formula.source)) is not None
        ]

    def paint(
        self,
        context: PaintContext,
        layout: QTextLayout,
        origin: QPointF,
        role: str,
        token: str,
        formulas: list[Formula],
    ) -> None:
        """Each picture in its room, in the colour of the text."""
        look = context.look
        scale = scale_of(look, role)
        for formula in formulas:
            drawing = self.drawing(formula.source) if formula.drawn else None
            line = layout.lineForTextPosition(formula.start)
            if drawing is None or not line.isValid():
                continue
            left, right = line.cursorToX(formula.start), line.cursorToX(formula.start + 1)
            x = min(left[0], right[0]) if isinstance(left, tuple) and isinstance(right, tuple) else 0.0
            top = line.y() + line.ascent() - drawing.baseline * scale
            box = QRectF(origin.x() + x, origin.y() + top, drawing.width * scale, drawing.height * scale)
            self._renderer(formula.source, drawing, look.color(token).name()).render(context.painter, box)

    def _renderer(self, source: str, drawing: Drawing, colour: str) -> QSvgRenderer:
        found = self._renderers.get((source, colour))
        if found is None:
            found = QSvgRenderer(QByteArray(drawing.svg.replace(drawing.ink, colour).encode()))
            self._renderers[source, colour] = found
        return found


def scale_of(look: Look, role: str) -> float:
    """Pixels of a role's text for one unit of a drawing."""
    return look.font(role).pixelSize() / DRAWN_AT * ENLARGED
