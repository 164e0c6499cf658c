"""The tab order is asked for without harm to the widgets in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QWidget
from shiboken6 import isValid

from app.desktop.views.focus import next_in_tab_order


def walked(order: Callable[[QWidget], QWidget | None]) -> tuple[bool, bool]:
    """Whether the field in a box, and the box, can be used after all was walked and a button of the window went."""
    window = QWidget()
    box = QComboBox(window)
    box.setEditable(True)
    field = box.lineEdit()
    button = QPushButton("go", window)
    for widget in (window, box, field, button):
        order(widget)
    button.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return isValid(field), isValid(box)


@pytest.mark.usefixtures("qapp")
def test_widgets_of_a_window_outlive_a_button_that_was_asked_for_what_comes_after_it() -> None:
    assert walked(next_in_tab_order) == (True, True)


@pytest.mark.usefixtures("qapp")
def test_qt_s_own_call_is_still_wrong() -> None:
    """Once this fails `next_in_tab_order` can go."""
    assert walked(lambda widget: widget.nextInFocusChain()) == (False, True)


def test_the_order_is_the_one_of_the_keyboard(qapp: QApplication) -> None:
    window = QWidget()
    first, second = QPushButton(window), QPushButton(window)
    assert next_in_tab_order(window) is first
    assert next_in_tab_order(first) is second
    assert next_in_tab_order(second) is window
