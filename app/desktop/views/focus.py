"""The focus of a control that goes: Qt would send it to whatever comes next in the tab order, often another pane."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


def has_focus_inside(widget: QWidget) -> bool:
    """Whether the focus is on this widget or in it."""
    focused = QApplication.focusWidget() or widget.window().focusWidget()
    return focused is not None and (focused is widget or widget.isAncestorOf(focused))


def pass_focus(leaving: QWidget, *heirs: QWidget | None) -> bool:
    """To be called before a control is hidden, switched off or removed: where it has the focus, the first heir that
    can take it gets it. True when one did."""
    if not has_focus_inside(leaving):
        return False
    for heir in heirs:
        if heir is not None and can_take_focus(heir):
            heir.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
    return False


def can_take_focus(widget: QWidget) -> bool:
    """Whether it is still there, to be seen, and switched on."""
    return (
        isValid(widget) and widget.isEnabled() and widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    )


def next_in_tab_order(widget: QWidget) -> QWidget | None:
    """What comes after it in the tab order of its window, whether the key stops there or not.

    Qt's own call must not be used: in PySide 6.11 it makes Python believe that the widget it returns belongs to the one
    it was asked of. When that one is deleted, Python calls widgets of the whole window deleted that are there.
    """
    following: QWidget | None = widget.nextInFocusChain()
    if following is not None:
        following.setParent(following.parentWidget())  # to Qt no change; Python learns whose it is
    return following
