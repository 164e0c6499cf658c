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
    QAccessibleStateChangeEvent,
    QAccessibleTextInterface,
)
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import Shiboken, VoidPtr

from app.desktop.views.transcript.accessible_item import Item
from app.desktop.views.transcript.accessible_items import MessageItem
from app.desktop.views.transcript.blocks.base import control_key
from app.desktop.views.transcript.hostile import reveal
from app.desktop.views.transcript.words import tr

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptMessage
    from app.desktop.views.transcript.view import TranscriptView

MAX_CHILDREN = 500
#: Messages whose words are read as one text: the newest, as far as they are loaded.
MOST_AS_TEXT = 50


class TranscriptText(QAccessibleTextInterface):
    """The newest messages as one text, for programs that read a window's words without walking through its items."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__()
        self._view = view

    def _words(self) -> str:
        model = self._view.model
        first = max(0, model.count - MOST_AS_TEXT)
        return "\n".join(model.text(index) or "" for index in range(first, model.count))

    def text(self, start: int, end: int) -> str:
        return self._words()[start:end]

    def characterCount(self) -> int:
        return len(self._words())

    def characterRect(self, offset: int) -> QRect:
        return QRect()

    def offsetAtPoint(self, point: QPoint) -> int:
        return -1

    def cursorPosition(self) -> int:
        return 0

    def setCursorPosition(self, position: int) -> None:
        """There is no caret."""

    def selectionCount(self) -> int:
        return 0

    def selection(self, index: int) -> tuple[int, int]:
        return 0, 0

    def addSelection(self, start: int, end: int) -> None:
        """Items are selected by the keyboard, words by the mouse."""

    def removeSelection(self, index: int) -> None:
        """There is none."""

    def setSelection(self, index: int, start: int, end: int) -> None:
        """As `addSelection`."""

    def scrollToSubstring(self, start: int, end: int) -> None:
        """Its items are scrolled to."""

    def attributes(self, offset: int) -> tuple[str, int, int]:
        return "", 0, self.characterCount()


class TranscriptAccessible(QAccessibleWidget):
    """The list itself. Children are kept here: Qt holds no reference to the Python halves."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view, QAccessible.Role.List, view.accessibleName())
        self._view = view
        self._items: OrderedDict[int, MessageItem] = OrderedDict()
        self._released = False
        self._text = TranscriptText(view)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> VoidPtr:  # type: ignore[override]  # an address
        if kind == QAccessible.InterfaceType.TextInterface and not self._released:
            return VoidPtr(Shiboken.getCppPointer(self._text)[0])
        return VoidPtr(super().interface_cast(kind) or 0)  # an address, or none

    def text(self, kind: QAccessible.Text) -> str:
        if kind == QAccessible.Text.Name and not self._released:
            return self._view.accessibleName()
        return super().text(kind)

    def childCount(self) -> int:
        return 0 if self._released else self._view.model.count

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        if self._released or not 0 <= index < self._view.model.count:
            return None
        return self.message(index)

    def message(self, index: int) -> MessageItem:
        item = self._items.get(index)
        if item is None:
            item = self._items[index] = MessageItem(self._view, index)
            if len(self._items) > MAX_CHILDREN:
                self._items.popitem(last=False)[1].release()
        self._items.move_to_end(index)
        return item

    def with_keyboard(self) -> Item | None:
        """The message, block, button or link that the keyboard is at."""
        keyboard = self._view.keyboard
        here = keyboard.current
        if self._released or here is None or not self._view.hasFocus():
            return None
        message = self.message(here[0])
        if keyboard.on_whole_message:
            return message
        block = message.block(self._view.flow.document(here[0]).key_of(here[1]))
        return block if keyboard.control is None else block.control(control_key(keyboard.control))

    def focusChild(self) -> QAccessibleInterface:
        return self.with_keyboard() or super().focusChild()

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        placed = self._view.placed_at(self._view.viewport().mapFromGlobal(QPoint(x, y)))
        return self.child(placed.index) if placed is not None else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, MessageItem) else -1

    def is_of(self, view: TranscriptView) -> bool:
        return self._view is view

    def forget(self, first: int) -> None:
        """Messages from `first` on are others now."""
        for index in [index for index in self._items if index >= first]:
            self._items.pop(index).release()

    def release(self) -> None:
        """The view is going: its items go first, while Python can still be called."""
        self._released = True
        self.forget(0)


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


def reordered(view: TranscriptView, first: int) -> None:
    """Messages from `first` on came or went."""
    for made in _interfaces:
        if made.is_of(view):
            made.forget(first)
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleEvent(view, QAccessible.Event.ObjectReorder))


def focus_moved(view: TranscriptView) -> None:
    """The keyboard went to another message, block, button or link: say which."""
    item = _with_keyboard(view)
    if item is not None:
        QAccessible.updateAccessibility(QAccessibleEvent(item, QAccessible.Event.Focus))


def pressed(view: TranscriptView) -> None:
    """The button with the keyboard was pressed: say that what it opens is open now, or closed."""
    item = _with_keyboard(view)
    if item is not None and item.state().expandable:
        differs = QAccessible.State()
        differs.expanded = differs.collapsed = True
        QAccessible.updateAccessibility(QAccessibleStateChangeEvent(item, differs))


def _with_keyboard(view: TranscriptView) -> Item | None:
    if not QAccessible.isActive() or not view.hasFocus():
        return None
    interface = QAccessible.queryAccessibleInterface(view)
    return interface.with_keyboard() if isinstance(interface, TranscriptAccessible) else None


def say(view: TranscriptView, sentence: str) -> None:
    """Announce a piece of an answer, or what was done, after whatever is being said."""
    if not QAccessible.isActive():
        return
    event = QAccessibleAnnouncementEvent(view, reveal(sentence)[0])
    event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(event)


def answer_finished(view: TranscriptView, message: TranscriptMessage) -> None:
    """Say once that an answer is over; errors at once."""
    if message.status == "error" and message.note is not None:
        event = QAccessibleAnnouncementEvent(view, message.note.title)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    else:
        words = {"interrupted": tr("Answer interrupted"), "stopped": tr("Answer stopped")}.get(
            message.status, tr("Answer finished")
        )
        event = QAccessibleAnnouncementEvent(view, words)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(event)
