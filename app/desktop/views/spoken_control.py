"""Controls that a screen reader knows by their own name, where Qt would tell their value instead, or tell them twice.

Qt names a drop-down list by its value (on X11 and Wayland), and a field for keys is two things to it: a nameless
panel with a nameless line edit inside. A popup is nobody's child to it: a screen reader is told of no way there.
A widget that has `make_accessible` speaks for itself.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAbstractItemView, QAccessibleWidget, QWidget
from shiboken6 import isValid


class SpokenControl(QAccessibleWidget):
    """Name, value and one action of a control.

    Args:
        value: what it holds now, in words. Told as the value, and as the description: AT-SPI has no values of words.
        press: what pressing it does; None where it is only filled.
        inside: the one part that counts (the list of a drop-down box, a popup while it is open); None hides all parts.
    """

    def __init__(
        self,
        widget: QWidget,
        role: QAccessible.Role,
        value: Callable[[], str],
        *,
        press: Callable[[], object] | None = None,
        inside: Callable[[], QWidget | None] | None = None,
    ) -> None:
        super().__init__(widget, role)
        self._widget = widget
        self._value = value
        self._press = press
        self._inside = inside

    def text(self, kind: QAccessible.Text) -> str:
        if not isValid(self._widget):
            return ""
        if kind == QAccessible.Text.Name:
            return self._widget.accessibleName()
        if kind == QAccessible.Text.Value:
            return self._value()
        if kind == QAccessible.Text.Description:
            more = self._widget.accessibleDescription() or self._widget.toolTip()
            return ", ".join(part for part in (self._value(), more) if part)
        return super().text(kind)

    def _part(self) -> QWidget | None:
        return self._inside() if self._inside is not None and isValid(self._widget) else None

    def childCount(self) -> int:
        return 0 if self._part() is None else 1

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        part = self._part()
        return QAccessible.queryAccessibleInterface(part) if part is not None and index == 0 else None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        part = self._part()
        return 0 if part is not None and child.object() is part else -1

    def actionNames(self) -> list[str]:
        own = [self.showMenuAction()] if self._press is not None else []
        return own + list(super().actionNames())

    def doAction(self, name: str) -> None:
        if self._press is not None and name == self.showMenuAction() and isValid(self._widget):
            self._press()
        else:
            super().doAction(name)


class SpokenPopup(QAccessibleWidget):
    """A popup as a dialog that belongs to the control it was opened with."""

    def __init__(self, popup: QWidget, opener: QWidget) -> None:
        super().__init__(popup, QAccessible.Role.Dialog)
        self._opener = opener

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        return QAccessible.queryAccessibleInterface(self._opener) if isValid(self._opener) else None


def tell_of_popup(popup: QWidget, *, opened: bool) -> None:
    """The popup is there now, or no longer: those who know the tree look again."""
    kind = QAccessible.Event.ObjectCreated if opened else QAccessible.Event.ObjectDestroyed
    QAccessible.updateAccessibility(QAccessibleEvent(popup, kind))


def tell_of_row(items: QAbstractItemView, row: int) -> None:
    """The keyboard chose a row while the focus stays in a field above: Qt says that only of a list with the focus."""
    event = QAccessibleEvent(items, QAccessible.Event.Focus)
    event.setChild(row)
    QAccessible.updateAccessibility(event)


_interfaces: list[QAccessibleInterface] = []
_installed: list[object] = []


def let_controls_speak() -> None:
    """Register the factory, once a process."""
    if not _installed:
        _installed.append(_factory)
        QAccessible.installFactory(_factory)


def _factory(_class_name: str, widget: QObject) -> QAccessibleInterface | None:
    make: Callable[[], QAccessibleInterface] | None = getattr(widget, "make_accessible", None)
    if make is None:
        return None
    made = make()
    _interfaces.append(made)  # kept for good: Qt owns the C++ half and deletes it with the widget
    return made
