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
        top = _first_change(before, after, changed, viewport.height())
        shift = self._shift(before, after, changed) if self._can_move_pixels() else None
        if shift:
            viewport.scroll(0, shift, viewport.rect())
            top = _end_of_unchanged(after, changed)
        viewport.update(QRect(0, top, viewport.width(), viewport.height() - top))

    def _can_move_pixels(self) -> bool:
        """Not where something stands still in the viewport, nor where a pixel of ours is no whole number of theirs."""
        view = self._view
        ratio = view.devicePixelRatioF()
        return ratio == int(ratio) and not view.unfold.is_running and not view.keyboard.is_at_the_door

    def _shift(self, before: list[Placed], after: list[Placed], changed: tuple[int, int] | None) -> int | None:
        """How far all that did not change moved down; None where that is not one distance, or farther than a page."""
        height = self._view.viewport().height()
        tops = {id(placed.block): placed.top for placed in before}
        shift: int | None = None
        for placed in after:
            if changed is not None and (placed.index, placed.number) >= changed:
                break
            old = tops.get(id(placed.block))
            if old is None:
                continue
            if shift is None:
                shift = placed.top - old
            elif shift != placed.top - old:
                return None
        if shift is None or abs(shift) >= height:
            return None
        for placed in after:
            if changed is not None and (placed.index, placed.number) >= changed:
                break
            was = placed.top - shift
            if id(placed.block) not in tops and was < height and was + placed.block.height > 0:
                return None  # it was made anew: nothing of it has been painted
        return shift


def _end_of_unchanged(after: list[Placed], changed: tuple[int, int] | None) -> int:
    end = 0
    for placed in after:
        if changed is not None and (placed.index, placed.number) >= changed:
            return max(0, placed.top)
        end = placed.top + placed.block.height
    return max(0, end)


def _first_change(before: list[Placed], after: list[Placed], changed: tuple[int, int] | None, height: int) -> int:
    """Top of the first visible block that stands elsewhere than before, or differs itself."""
    for old, new in zip(before, after, strict=False):
        same = old.block is new.block and old.top == new.top
        if not same or (changed is not None and (new.index, new.number) >= changed):
            return max(0, min(old.top, new.top))
    shared = min(len(before), len(after))
    rest = [placed.top for placed in (before[shared:] + after[shared:])]
    return max(0, min(rest, default=height))
