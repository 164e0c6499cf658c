"""What is painted again after the transcript moved: pixels that only moved are moved, not made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect

if TYPE_CHECKING:
    from app.desktop.views.transcript.flow import Placed
    from app.desktop.views.transcript.view import TranscriptView


class Moving:
    """Repaints a view whose blocks stand elsewhere than before."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view

    def repaint(self, before: list[Placed], changed: tuple[int, int] | None = None) -> None:
        """`before`: what was visible and has been painted. `changed`: the first block (message, number) that differs
        itself, as may all after it; None where no block does."""
        after = self._view.flow.visible
        viewport = self._view.viewport()
        unchanged = [placed for placed in after if changed is None or (placed.index, placed.number) < changed]
        top = _first_change(before, after, len(unchanged), viewport.height())
        shift = self._shift(before, unchanged) if self._can_move_pixels() else None
        if shift:
            viewport.scroll(0, shift, viewport.rect())
            top = max(0, unchanged[-1].top + unchanged[-1].block.height)
        viewport.update(QRect(0, top, viewport.width(), viewport.height() - top))

    def _can_move_pixels(self) -> bool:
        """Not where something stands still in the viewport, nor where a pixel of ours is no whole number of theirs."""
        view = self._view
        ratio = view.devicePixelRatioF()
        return ratio == int(ratio) and not view.unfold.is_running and not view.keyboard.is_at_the_door

    def _shift(self, before: list[Placed], unchanged: list[Placed]) -> int | None:
        """How far all that did not change moved down; None where that is not one distance, or farther than a page."""
        height = self._view.viewport().height()
        tops = {id(placed.block): placed.top for placed in before}
        known = [placed for placed in unchanged if id(placed.block) in tops]
        shifts = {placed.top - tops[id(placed.block)] for placed in known}
        if len(shifts) != 1:
            return None
        (shift,) = shifts
        # Something else that should have been in view is made anew, and nothing of it has been painted.
        made_anew = any(
            id(placed.block) not in tops
            and placed.top - shift < height
            and placed.top - shift + placed.block.height > 0
            for placed in unchanged
        )
        return None if made_anew or abs(shift) >= height else shift


def _first_change(before: list[Placed], after: list[Placed], unchanged: int, height: int) -> int:
    """Top of the first visible block that stands elsewhere than before, or differs itself: all after so many do."""
    for number, (old, new) in enumerate(zip(before, after, strict=False)):
        if number >= unchanged or old.block is not new.block or old.top != new.top:
            return max(0, min(old.top, new.top))
    shared = min(len(before), len(after))
    rest = [placed.top for placed in (before[shared:] + after[shared:])]
    return max(0, min(rest, default=height))
