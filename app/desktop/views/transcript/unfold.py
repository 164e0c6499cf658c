"""Thinking, or a summary, that opens or closes is shown as a movement.

It is painted only: the blocks stand where they will stand from the first moment on, so that clicks, anchor and scroll
bar know nothing of it. What is no longer laid out comes from one picture, taken before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QRect, QVariantAnimation
from PySide6.QtGui import QPainter, QPixmap

from app.desktop.views.transcript.document import REASONING, SUMMARY
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.views.transcript.view import TranscriptView

UNFOLD_MS = 120


@dataclass(frozen=True, slots=True)
class Place:
    """A thinking line as it stands: pixels from the top of the viewport."""

    top: int
    bottom: int
    below: int  # where the text goes on under the thinking; the viewport's bottom where that is not in view


class Unfold:
    """Moves the thinking of one answer at a time. Whatever arranges the view otherwise ends it."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._before: tuple[QPixmap, Place] | None = None
        self._after: Place | None = None
        self._of: tuple[int, int] = (0, 0)  # message and block of the line that is moved
        self._laid_out_for: tuple[object, ...] = ()
        self.animation = QVariantAnimation(view)
        self.animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.animation.setStartValue(0.0)
        self.animation.setEndValue(1.0)
        self.animation.valueChanged.connect(lambda _value: view.viewport().update())
        self.animation.finished.connect(self.stop)

    @property
    def is_running(self) -> bool:
        return self._after is not None

    def run(self, index: int, number: int, change: Callable[[], None]) -> None:
        """`change` opens or closes the thinking whose line is block `number`, and arranges the view."""
        view = self._view
        duration_ms = view.theme.motion.duration_ms(UNFOLD_MS)
        self.stop()
        before = self._place(index, number)
        if not duration_ms or before is None or not view.isVisible() or view.model.streaming_index() is not None:
            change()  # streaming text does not move
            return
        picture = view.viewport().grab()
        change()
        after = self._place(index, number)
        if after is None or not self._can_show(before, after):
            return
        self._before, self._after = (picture, before), after
        self._of, self._laid_out_for = (index, number), self._geometry()
        self.animation.setDuration(duration_ms)
        self.animation.start()
        view.viewport().update()

    def look_again(self) -> None:
        """The view was arranged; where that changed what is moved, it is over."""
        if self._after is None:
            return
        same = self._geometry() == self._laid_out_for and self._place(*self._of) == self._after
        if not same or self._view.model.streaming_index() is not None:
            self.stop()

    def _geometry(self) -> tuple[object, ...]:
        flow = self._view.flow
        return (flow.look, flow.width, flow.viewport_height)

    def stop(self) -> None:
        """The view is painted as it is laid out again."""
        if self._after is not None:
            self._before = self._after = None
            self.animation.stop()
            self._view.viewport().update()

    def paint(self, painter: QPainter, dirty: QRect, paint_laid_out: Callable[[QPainter, QRect], None]) -> None:
        """One moment of the movement. `paint_laid_out` paints a part of the view as it is laid out."""
        assert self._before is not None, "only while it runs"
        assert self._after is not None, "both come and go together"
        picture, before = self._before
        after = self._after
        share = float(self.animation.currentValue())
        line = round(before.bottom + share * (after.bottom - before.bottom))
        height = round((1 - share) * (before.below - before.bottom) + share * (after.below - after.bottom))
        below = line + height
        width = dirty.width()

        def laid_out(top: int, bottom: int, shift: int) -> None:
            part = QRect(dirty.left(), top, width, bottom - top) & dirty
            if not part.isEmpty():
                painter.save()
                painter.setClipRect(part)
                painter.translate(0, shift)
                paint_laid_out(painter, part.translated(0, -shift))
                painter.restore()

        def from_picture(top: int, bottom: int, shift: int) -> None:
            part = QRect(dirty.left(), top, width, bottom - top) & dirty
            if not part.isEmpty():
                painter.save()
                painter.setClipRect(part)
                painter.drawPixmap(0, shift, picture)
                painter.restore()

        end = dirty.bottom() + 1
        laid_out(dirty.top(), line, line - after.bottom)
        if after.below - after.bottom > before.below - before.bottom:
            laid_out(line, below, line - after.bottom)
            from_picture(below, end, below - before.below)
        else:
            from_picture(line, below, line - before.bottom)
            laid_out(below, end, below - after.below)

    @staticmethod
    def _can_show(before: Place, after: Place) -> bool:
        """Not where the line goes up, or where it comes from above the picture: that is no unfolding."""
        opens = after.below - after.bottom > before.below - before.bottom
        moved = after.top - before.top
        return moved == 0 if opens else 0 <= moved <= before.below - after.below + moved

    def _place(self, index: int, number: int) -> Place | None:
        flow = self._view.flow
        line = next((p for p in flow.visible if (p.index, p.number) == (index, number)), None)
        if line is None:
            return None
        document = flow.document(index)
        is_summary = document.flat[number].kind == "boundary"

        def goes_on(section: int) -> bool:
            return section > SUMMARY if is_summary else section > REASONING

        lower = (
            placed.top + placed.block.gap
            for placed in flow.visible
            if (placed.index == index and placed.number > number and goes_on(document.key_of(placed.number)[0]))
            or placed.index > index
        )
        bottom = line.top + line.block.height
        return Place(line.top, bottom, max(bottom, min(next(lower, flow.viewport_height), flow.viewport_height)))
