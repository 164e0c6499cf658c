"""The transcript for screen readers: a list with one item a message, made when somebody asks."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
)
from PySide6.QtWidgets import QAccessibleWidget

from app.desktop.views.transcript.hostile import label, reveal

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptMessage
    from app.desktop.views.transcript.view import TranscriptView

MAX_CHILDREN = 500
MAX_SPOKEN = 4_000  # characters of a message in its name


class MessageItem(QAccessibleInterface):
    """One message: "You, 14:31. …"."""

    def __init__(self, view: TranscriptView, index: int) -> None:
        super().__init__()
        self.view, self.index = view, index

    def isValid(self) -> bool:
        return self.index < self.view.model.count

    def object(self) -> QObject | None:  # type: ignore[override]  # Qt allows none
        return None

    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self.view)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        return None

    def childCount(self) -> int:
        return 0

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.readOnly = True
        state.focusable = True
        current = self.view.keyboard.current
        state.focused = current is not None and current[0] == self.index
        if self.index not in {placed.index for placed in self.view.flow.visible}:
            state.offscreen = True
        return state

    def rect(self) -> QRect:
        places = [placed for placed in self.view.flow.visible if placed.index == self.index]
        if not places:
            return QRect()
        viewport = self.view.viewport()
        top = max(0, places[0].top)
        bottom = min(viewport.height(), places[-1].top + places[-1].block.height)
        corner = viewport.mapToGlobal(QPoint(self.view.column_left(), top))
        return QRect(corner.x(), corner.y(), self.view.flow.width, max(0, bottom - top))

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """A message cannot be renamed."""

    def text(self, kind: QAccessible.Text) -> str:
        if kind != QAccessible.Text.Name or not self.isValid():
            return ""
        message = self.view.model.message(self.index)
        if message is None:
            self.view.model.want(self.index, self.index)
            return "You, not loaded yet" if self.view.model.is_user(self.index) else "Answer, not loaded yet"
        return spoken(self.view, self.index, message)


def spoken(view: TranscriptView, index: int, message: TranscriptMessage) -> str:
    """Name of a message: who, when, what it is marked with, then its blocks."""
    who = ["You" if message.role == "user" else label(message.name) or "Answer", message.time]
    who += ["Simulated"] if message.simulated else []
    who += ["interrupted"] if message.status == "interrupted" else ["stopped"] if message.status == "stopped" else []
    parts: list[str] = []
    length = 0
    document = view.flow.document(index)
    for block in document.flat:
        if block.kind in ("header", "metrics", "spacer"):
            continue
        part = block.accessible_name()
        if part:
            parts.append(part)
            length += len(part)
        if length > MAX_SPOKEN:
            break
    text = reveal(" ".join(parts)[:MAX_SPOKEN])[0]
    return f"{', '.join(part for part in who if part)}. {text}"


class TranscriptAccessible(QAccessibleWidget):
    """The list itself. Children are kept here: Qt holds no reference to the Python halves."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view, QAccessible.Role.List, "Transcript")
        self._view = view
        self._items: OrderedDict[int, MessageItem] = OrderedDict()
        self._released = False

    def childCount(self) -> int:
        return 0 if self._released else self._view.model.count

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        if self._released or not 0 <= index < self._view.model.count:
            return None
        item = self._items.get(index)
        if item is None:
            item = self._items[index] = MessageItem(self._view, index)
            if len(self._items) > MAX_CHILDREN:
                _release(self._items.popitem(last=False)[1])
        return item

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        placed = self._view.placed_at(self._view.viewport().mapFromGlobal(QPoint(x, y)))
        return self.child(placed.index) if placed is not None else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, MessageItem) else -1

    def is_of(self, view: TranscriptView) -> bool:
        return self._view is view

    def release(self) -> None:
        """The view is going: its items go first, while Python can still be called."""
        self._released = True
        while self._items:
            _release(self._items.popitem()[1])


def _release(item: MessageItem) -> None:
    """Take an item out of Qt's table of interfaces, which would otherwise keep a pointer to freed memory."""
    QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(item))


_interfaces: list[TranscriptAccessible] = []
_installed: list[object] = []


def install() -> None:
    """Register the factory, once a process."""
    if not _installed:
        _installed.append(_factory)
        QAccessible.installFactory(_factory)


def _factory(class_name: str, widget: QObject) -> QAccessibleInterface | None:
    from app.desktop.views.transcript.view import TranscriptView

    if not isinstance(widget, TranscriptView):
        return None
    made = TranscriptAccessible(widget)
    # Kept for good, each of them: Qt's table owns the C++ half and deletes it with the widget, and Qt may ask for a
    # second one meanwhile. Letting go of a Python half before that frees it, and its items, under Qt's feet.
    _interfaces.append(made)
    return made


def release(view: TranscriptView) -> None:
    """Before the view is destroyed."""
    for made in _interfaces:
        if made.is_of(view):
            made.release()


def reordered(view: TranscriptView) -> None:
    """Messages came or went."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleEvent(view, QAccessible.Event.ObjectReorder))


def say(view: TranscriptView, sentence: str) -> None:
    """Announce a piece of an answer, after whatever is being said."""
    event = QAccessibleAnnouncementEvent(view, reveal(sentence)[0])
    event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(event)


def answer_finished(view: TranscriptView, message: TranscriptMessage) -> None:
    """Say once that an answer is over; errors at once."""
    if message.status == "error" and message.note is not None:
        event = QAccessibleAnnouncementEvent(view, message.note.title)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    else:
        words = {"interrupted": "Answer interrupted", "stopped": "Answer stopped"}.get(
            message.status, "Answer finished"
        )
        event = QAccessibleAnnouncementEvent(view, words)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(event)
