"""Thumbnails of what was attached. Asked for when a message is laid out; nothing here reads a file or a database."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

#: Some 300 KB each.
MOST_KEPT = 96


class Pictures(QObject):
    """By the hash of what was attached.

    Signals:
        wanted(str): answer with `put`.
        arrived(str): one can be shown now.
    """

    wanted = Signal(str)
    arrived = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[str, QImage | None] = OrderedDict()
        self._asked: set[str] = set()

    def get(self, digest: str) -> QImage | None:
        """The thumbnail; None while it is not here, and where it cannot be shown."""
        if digest in self._kept:
            self._kept.move_to_end(digest)
            return self._kept[digest]
        if digest not in self._asked:
            self._asked.add(digest)
            self.wanted.emit(digest)
        return None

    def put(self, digest: str, image: QImage | None) -> None:
        """`image` None: it cannot be shown."""
        self._asked.discard(digest)
        self._kept[digest] = image
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        if image is not None:
            self.arrived.emit(digest)
