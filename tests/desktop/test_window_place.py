"""The window comes back where it was, and where it can be seen."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QMargins, QRect
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.desktop.theme import Theme
from app.desktop.window import MainWindow
from app.desktop.window_place import fitted

LARGE, SMALL, SECOND = QRect(0, 0, 1600, 1000), QRect(0, 0, 1280, 720), QRect(1280, 0, 1024, 768)
FRAME = QMargins(4, 30, 4, 4)


@pytest.mark.parametrize(
    ("place", "rooms", "expected"),
    [
        (QRect(200, 100, 1200, 800), [LARGE], QRect(200, 100, 1200, 800)),
        (QRect(390, 196, 1200, 800), [LARGE], QRect(390, 196, 1200, 800)),
        (QRect(380, 190, 1200, 800), [SMALL], QRect(76, 30, 1200, 686)),
        (QRect(380, 190, 600, 500), [SMALL], QRect(380, 190, 600, 500)),
        (QRect(900, 400, 600, 500), [SMALL], QRect(676, 216, 600, 500)),
        (QRect(-300, -200, 600, 500), [SMALL], QRect(4, 30, 600, 500)),
        (QRect(380, 190, 1200, 800), [QRect(0, 0, 800, 500)], QRect(4, 30, 792, 466)),
        (QRect(1300, 40, 700, 500), [SMALL, SECOND], QRect(1300, 40, 700, 500)),
        (QRect(1200, 40, 700, 500), [SMALL, SECOND], QRect(1284, 40, 700, 500)),
        (QRect(3000, 2000, 700, 500), [SMALL, SECOND], QRect(290, 123, 700, 500)),
        (QRect(10, 10, 600, 500), [QRect(60, 28, 1000, 700)], QRect(64, 58, 600, 500)),
    ],
    ids=[
        "all of it is seen",
        "to the very edge",
        "the screen became smaller",
        "the screen became smaller and still shows it",
        "it stands out at the right and below",
        "it stands out at the left and above",
        "everything is twice as large",
        "on the second screen",
        "between two screens",
        "its screen is gone",
        "under a bar of the desktop",
    ],
)
def test_place_is_fitted_to_the_screen_that_shows_most_of_it(place: QRect, rooms: list[QRect], expected: QRect) -> None:
    found = fitted(place, rooms, FRAME)
    assert found == expected
    assert any(room.contains(found.marginsAdded(FRAME)) for room in rooms)


def test_a_title_bar_can_be_reached_where_a_window_cannot_be_small_enough() -> None:
    found = fitted(QRect(0, 0, 560, 400), [QRect(0, 0, 400, 300)], FRAME)
    assert (found.left(), found.top()) == (4, 30)


def opened(theme: Theme, qtbot: QtBot, remembered: dict[str, Any]) -> MainWindow:
    window = MainWindow(theme, remembered)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "may_close", True))
    return window


def test_window_of_a_larger_screen_comes_back_whole(theme: Theme, qtbot: QtBot) -> None:
    room = QGuiApplication.primaryScreen().availableGeometry()
    at = [room.width() // 2, room.height() // 2]
    window = opened(theme, qtbot, {"size": [room.width() - 100, room.height() - 100], "position": at})
    assert room.contains(window.geometry())
    assert window.size().width() == room.width() - 100


def test_place_is_remembered_with_the_frame_around_it(theme: Theme, qtbot: QtBot) -> None:
    window = opened(theme, qtbot, {"size": [600, 500], "position": [0, 0], "frame": [0, 0, 0, 0]})
    assert window.geometry().topLeft().toTuple() == (0, 0), "a window without a frame is not moved for one"
    window.show()
    state = window.state_to_remember()
    margins = window.windowHandle().frameMargins()
    assert state["frame"] == [margins.left(), margins.top(), margins.right(), margins.bottom()]
