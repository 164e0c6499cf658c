"""A notice and its buttons come together, whatever stood there before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.theme import Theme
from app.desktop.views.chat.notice_bar import NoticeAction, NoticeBar

CHOICES = ("Load more", "Leave out", "Summarise", "Choose another", "Send anyway")


@pytest.fixture
def bar(theme: Theme, qtbot: QtBot) -> Iterator[NoticeBar]:
    host = QWidget()
    qtbot.addWidget(host)
    made = NoticeBar(theme, host)
    QVBoxLayout(host).addWidget(made)
    host.show()
    qtbot.waitExposed(host)
    yield made
    host.close()


def tell(bar: NoticeBar, names: tuple[str, ...]) -> list[str]:
    """Tell a question; the list gets the name of what is chosen."""
    chosen: list[str] = []
    bar.tell("Too long.", choices=[NoticeAction(name, lambda name=name: chosen.append(name)) for name in names])
    return chosen


def shown(bar: NoticeBar) -> dict[str, QPushButton]:
    """What can be pressed now, not a turn of the loop later."""
    return {button.text(): button for button in bar.findChildren(QPushButton) if button.isVisible()}


@pytest.mark.parametrize("before", ["", "The server cannot be reached."])
def test_the_buttons_are_there_with_the_sentence(bar: NoticeBar, qtbot: QtBot, before: str) -> None:
    if before:
        bar.tell(before)
    chosen = tell(bar, CHOICES[:3])
    qtbot.mouseClick(shown(bar)["Summarise"], Qt.MouseButton.LeftButton)
    assert chosen == ["Summarise"]
    assert bar.text() == ""


@pytest.mark.parametrize("before", ["", "The server cannot be reached."])
def test_what_has_no_button_is_behind_one_that_is_there_at_once(bar: NoticeBar, before: str) -> None:
    if before:
        bar.tell(before)
    tell(bar, CHOICES)
    assert "More…" in shown(bar)


def test_the_buttons_of_the_notice_before_are_gone_at_once(bar: NoticeBar) -> None:
    tell(bar, CHOICES[:2])
    tell(bar, CHOICES[2:3])
    assert [text for text in CHOICES if text in shown(bar)] == ["Summarise"]
