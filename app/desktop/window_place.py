"""Where a window goes when it is opened again: as it was, as far as a screen that is there now shows all of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QRect

#: Of the window frame where nobody measured it: it is not known before the window is shown.
FRAME = QMargins(8, 40, 8, 8)


def fitted(place: QRect, rooms: Sequence[QRect], frame: QMargins = FRAME) -> QRect:
    """The place of the window's inside, moved and made smaller until it and its frame lie within one screen.

    Args:
        rooms: what each screen has left for windows, the primary one first. The one that shows most of the window gets
            it; where none shows any of it, it goes to the middle of the first.
    """
    outer = place.marginsAdded(frame)
    room = max(rooms, key=lambda one: _area(one & outer))
    if not room.intersects(outer):
        room = rooms[0]
        outer.moveCenter(room.center())
    outer.setSize(outer.size().boundedTo(room.size()))
    left = min(outer.left(), room.left() + room.width() - outer.width())
    top = min(outer.top(), room.top() + room.height() - outer.height())
    outer.moveTo(max(left, room.left()), max(top, room.top()))  # at least the title bar can be reached
    return outer.marginsRemoved(frame)


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0
