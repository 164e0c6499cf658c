"""What every object of the transcript has for a screen reader: state, place, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QTimer
from PySide6.QtGui import QAccessible, QAccessibleActionInterface, QAccessibleInterface
from shiboken6 import Shiboken, VoidPtr

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.desktop.views.transcript.view import TranscriptView

# PySide turns None into an address here, and Qt follows it.
NO_INTERFACE = VoidPtr(0)


class ItemActions(QAccessibleActionInterface):
    """What can be done with an item: take the keyboard there; press it."""

    def __init__(self, item: Item) -> None:
        super().__init__()
        self._item = item

    def actionNames(self) -> list[str]:
        names = [self.pressAction()] if self._item.can_be_pressed else []
        return [*names, self.setFocusAction()]

    def doAction(self, name: str) -> None:
        # Later: what is pressed may take this very item away, and Qt still holds it while it asks.
        if name == self.pressAction() and self._item.can_be_pressed:
            QTimer.singleShot(0, self._item.view, self._item.deferred_press())
        elif name == self.setFocusAction():
            QTimer.singleShot(0, self._item.view, self._item.take_keyboard)

    def keyBindingsForAction(self, name: str) -> list[str]:
        return []


class Item(QAccessibleInterface):
    """What messages, blocks and controls have in common."""

    can_be_pressed = False

    def __init__(self, view: TranscriptView) -> None:
        super().__init__()
        self.view = view
        self._actions: ItemActions | None = None

    # -- what each kind says

    def place(self) -> QRect:
        """Where it is painted, in the viewport; empty where it is not."""
        raise NotImplementedError

    def has_keyboard(self) -> bool:
        raise NotImplementedError

    def take_keyboard(self) -> None:
        raise NotImplementedError

    def deferred_press(self) -> Callable[[], None]:
        raise NotImplementedError

    def describe(self, state: QAccessible.State) -> None:
        """Add to the state what only this kind has."""

    # -- what Qt asks

    def object(self) -> QObject | None:  # type: ignore[override]  # Qt allows none
        return None

    def interface_cast(self, kind: QAccessible.InterfaceType) -> VoidPtr:  # type: ignore[override]  # an address
        if kind != QAccessible.InterfaceType.ActionInterface:
            return NO_INTERFACE
        if self._actions is None:
            self._actions = ItemActions(self)
        return VoidPtr(Shiboken.getCppPointer(self._actions)[0])

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        return None

    def childCount(self) -> int:
        return 0

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        for number in range(self.childCount()):
            child = self.child(number)
            if child is not None and child.rect().contains(x, y):
                return child
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
            return state
        state.focusable = True
        state.focused = self.view.hasFocus() and self.has_keyboard()
        state.offscreen = self.place().isEmpty()
        self.describe(state)
        return state

    def rect(self) -> QRect:
        place = self.place()
        if place.isEmpty():
            return QRect()
        return QRect(self.view.viewport().mapToGlobal(place.topLeft()), place.size())

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Nothing of the transcript can be renamed."""

    def release(self) -> None:
        """Take it out of Qt's table, which would otherwise keep a pointer to freed memory."""
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(self))
