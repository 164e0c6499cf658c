"""Long texts stay out of the field, and nothing of them gets lost on the way to the server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QByteArray, QLocale, QMimeData, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.theme import Theme
from app.desktop.views.chat.composer import Composer
from app.desktop.views.chat.long_text import FIELD_LIMIT, LONG_TEXT, PastedChip
from tests.slowness import slowness

MEGABYTE = 1_000_000
LONG = "def f(x):\n    return x\n" * 400


@pytest.fixture
def composer(theme: Theme, qtbot: QtBot) -> Iterator[Composer]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    made = Composer(theme)
    qtbot.addWidget(made)
    made.resize(720, 300)
    made.show()
    qtbot.waitExposed(made)
    made.focus()
    yield made
    QLocale.setDefault(before)


def paste(composer: Composer, text: str) -> None:
    mime = QMimeData()
    mime.setText(text)
    composer.edit.insertFromMimeData(mime)


def the_chip(composer: Composer) -> PastedChip:
    (chip,) = composer.pasted.chips
    return chip


@pytest.mark.parametrize("text", ["x" * MEGABYTE, "some words\n" * (MEGABYTE // 11)], ids=["unbroken", "lines"])
def test_a_megabyte_is_pasted_at_once_and_typing_goes_on(
    composer: Composer, qtbot: QtBot, qapp: QApplication, text: str
) -> None:
    paste(composer, "y" * 9_000)  # what is imported once is not what is measured
    composer.set_text("")
    started = time.thread_time()
    paste(composer, text)
    qapp.processEvents()
    assert time.thread_time() - started < 0.1 * slowness()
    costs = []
    for key in "What is this? ":
        before = time.thread_time()
        qtbot.keyClicks(composer.edit, key)
        qapp.processEvents()
        costs.append(time.thread_time() - before)
    assert max(costs) < 0.016 * slowness()
    assert composer.edit.toPlainText() == "What is this? "
    assert composer.text() == "What is this? \n\n" + text


@pytest.mark.parametrize("text", ["x" * MEGABYTE, "ä\r\n\u00a0\t" * 200_000, LONG], ids=["unbroken", "odd", "code"])
def test_a_long_draft_is_there_at_once_and_comes_back_as_it_was(
    composer: Composer, qapp: QApplication, text: str
) -> None:
    composer.set_text("y" * 9_000)
    composer.set_text("short")
    started = time.thread_time()
    composer.set_text(text)
    qapp.processEvents()
    assert time.thread_time() - started < 0.1 * slowness()
    assert composer.edit.toPlainText() == ""
    assert composer.text() == text
    assert composer.send_button.isEnabled()
    composer.set_text(composer.text())
    assert composer.text() == text
    composer.set_text("")
    assert composer.text() == "" and composer.pasted.chips == []
    assert not composer.pasted.isVisible() and not composer.send_button.isEnabled()


def test_only_what_is_longer_than_the_limit_becomes_a_chip(composer: Composer) -> None:
    composer.set_text("a" * LONG_TEXT)
    assert composer.pasted.chips == []
    composer.set_text("a" * (LONG_TEXT + 1))
    assert len(composer.pasted.chips) == 1
    composer.set_text("")
    paste(composer, "a" * LONG_TEXT)
    assert composer.pasted.chips == [] and len(composer.edit.toPlainText()) == LONG_TEXT


def test_the_typed_text_comes_first_then_each_pasted_one_after_a_blank_line(composer: Composer, qtbot: QtBot) -> None:
    first, second = "first\n" * 2_000, "second " * 2_000
    paste(composer, first)
    paste(composer, second)
    assert composer.text() == first + "\n" + second
    composer.edit.setPlainText("Compare:")
    assert composer.text() == "Compare:\n\n" + first + "\n" + second
    composer.edit.setPlainText("Compare:\n\n")
    assert composer.text() == "Compare:\n\n" + first + "\n" + second
    with qtbot.waitSignal(composer.send_requested) as sent:
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert sent.args == ["Compare:\n\n" + first + "\n" + second]


def test_a_chip_says_what_it_is(composer: Composer) -> None:
    paste(composer, "x" * 39_000)
    chip = the_chip(composer)
    assert chip.isVisible()
    assert chip.accessibleName() == "Pasted text"
    assert chip.accessibleDescription() == "1 line · ≈ 10,000 tokens"
    assert chip.put_button.text() == "Put it into the text"
    assert chip.remove_button.accessibleName() == "Remove pasted text"
    composer.set_text("ab\n" * 3_900)
    assert the_chip(composer).accessibleDescription() == "3,900 lines · ≈ 3,000 tokens"


@pytest.mark.parametrize("how", ["button", "del"])
def test_a_chip_is_removed(composer: Composer, qtbot: QtBot, how: str) -> None:
    paste(composer, LONG)
    chip = the_chip(composer)
    with qtbot.waitSignal(composer.draft_changed):
        if how == "button":
            qtbot.mouseClick(chip.remove_button, Qt.MouseButton.LeftButton)
        else:
            chip.remove_button.setFocus()
            qtbot.keyClick(chip.remove_button, Qt.Key.Key_Delete)
    assert composer.pasted.chips == [] and composer.text() == ""
    assert not composer.pasted.isVisible() and not composer.send_button.isEnabled()
    assert composer.edit.hasFocus()


def test_a_chip_is_put_into_the_text(composer: Composer, qtbot: QtBot) -> None:
    composer.edit.setPlainText("Explain:")
    paste(composer, LONG)
    before = composer.text()
    with qtbot.waitSignal(composer.draft_changed):
        qtbot.mouseClick(the_chip(composer).put_button, Qt.MouseButton.LeftButton)
    assert composer.pasted.chips == []
    assert composer.edit.toPlainText() == composer.text() == before
    assert composer.edit.hasFocus()
    composer.edit.undo()
    assert composer.edit.toPlainText() == "Explain:"


def test_only_what_the_field_can_hold_may_be_put_into_it(composer: Composer) -> None:
    paste(composer, "x" * (FIELD_LIMIT + 1))
    assert not the_chip(composer).put_button.isVisible()
    composer.set_text("x" * FIELD_LIMIT)
    chip = the_chip(composer)
    assert chip.put_button.isVisible()
    composer.edit.setPlainText("!")
    assert not chip.put_button.isVisible()
    composer.edit.setPlainText("")
    assert chip.put_button.isVisible()


def test_pasting_counts_as_the_persons_change_and_setting_does_not(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.draft_changed):
        paste(composer, LONG)
    with qtbot.assertNotEmitted(composer.draft_changed):
        composer.set_text(LONG)
        composer.set_text("")


def test_a_long_paste_takes_the_place_of_the_selection(composer: Composer) -> None:
    composer.edit.setPlainText("old")
    composer.edit.selectAll()
    paste(composer, LONG)
    assert composer.text() == LONG


def test_plain_text_only(composer: Composer) -> None:
    rich = QMimeData()
    rich.setHtml("<b>bold</b>")
    rich.setText("plain\r\ntext")
    composer.edit.insertFromMimeData(rich)
    assert composer.text() == "plain\ntext"
    picture = QMimeData()
    picture.setImageData(QImage(2, 2, QImage.Format.Format_RGB32))
    picture.setData("text/html", QByteArray(b"<img src='x'>"))
    assert not composer.edit.canInsertFromMimeData(picture)
    composer.edit.insertFromMimeData(picture)
    assert composer.text() == "plain\ntext"


def test_nothing_but_blanks_cannot_be_sent(composer: Composer, qtbot: QtBot) -> None:
    paste(composer, " \n" * 5_000)
    assert not composer.send_button.isEnabled()
    with qtbot.assertNotEmitted(composer.send_requested):
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)


def test_tab_walks_from_the_model_over_the_chips_to_the_message(composer: Composer, qapp: QApplication) -> None:
    composer.activateWindow()
    paste(composer, LONG)
    paste(composer, "x" * MEGABYTE)
    one, two = composer.pasted.chips
    composer.model_button.setFocus()
    walked = []
    for _step in range(4):
        composer.focusNextChild()
        walked.append(qapp.focusWidget())
    assert walked == [one.put_button, one.remove_button, two.remove_button, composer.edit]
