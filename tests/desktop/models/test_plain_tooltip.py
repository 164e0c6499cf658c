"""Tips never show HTML of a title, a file or a preset: Qt would load the pictures that it names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.desktop.models.chat_settings_facts import PresetChoices
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.theme import Theme
from app.desktop.views.chat.preset_button import PresetButton
from app.desktop.views.undo_bar import UndoBar

HOSTILE = "<img src='file:///etc/hostname'> &lt;<b>x</b>"


PIECES = [*"<>&;/!?ab \n'=", "<b>", "&lt;", "<!doctype", "<?xml ?>", "<img src=a>"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_nothing_is_taken_for_html(text: str) -> None:
    tip = plain_tooltip(text)
    assert not Qt.mightBeRichText(tip)
    assert tip.replace("\u2060", "") == text


@pytest.mark.parametrize("note", ["", f"“{HOSTILE}” is not here any more."])
def test_the_tip_of_the_preset_is_plain(qtbot: QtBot, theme: Theme, note: str) -> None:
    button = PresetButton(theme)
    qtbot.addWidget(button)
    button.show_presets(PresetChoices(name=HOSTILE, note=note))
    assert "img" in button.toolTip() and not Qt.mightBeRichText(button.toolTip())


def test_the_tip_of_the_undo_bar_is_plain(qtbot: QtBot, theme: Theme) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    bar = UndoBar(theme, parent)
    bar.offer(f"“{HOSTILE}” deleted", lambda: None)
    assert "img" in bar._label.toolTip() and not Qt.mightBeRichText(bar._label.toolTip())
