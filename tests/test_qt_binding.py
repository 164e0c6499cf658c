"""Guard for the Qt binding: PySide6 6.12.0 drops references to None on Python below 3.12 and aborts after thousands."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot


def test_qt_calls_without_a_result_keep_the_reference_count_of_none(qtbot: QtBot) -> None:
    button = QPushButton("x")
    qtbot.addWidget(button)
    before = sys.getrefcount(None)
    for _ in range(500):
        button.setText("y")
    assert abs(sys.getrefcount(None) - before) < 100
