"""What is painted by hand, in a window from right to left; and room for the longer words of other languages."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QKeySequence, QPainter, QTextOption
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.controllers.palette_controller import _when
from app.desktop.glyphs import StateGlyph
from app.desktop.mirror import Mirror, draw_line_of_text
from app.desktop.models.model_table_model import Action, Column, action_words
from app.desktop.theme import Theme
from app.desktop.views.chat.header import ElidedLabel
from app.desktop.views.chat.model_button import ModelButton
from app.desktop.views.search_field import SearchField
from app.desktop.views.settings.models_table import ModelsTable
from app.desktop.views.settings.table_head import TableHead
from app.desktop.views.transcript.look import Look, typeset
from tests.desktop.session_window import arguments, open_session, open_tab, until
from tests.tools import collect_texts

RIGHT_TO_LEFT, LEFT_TO_RIGHT = Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight


@pytest.fixture
def from_right(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(RIGHT_TO_LEFT)
    yield
    qapp.setLayoutDirection(LEFT_TO_RIGHT)


def painted(image: QImage, ground: int) -> tuple[int, int]:
    """The first and the last column that something was painted in."""
    columns = [
        x for x in range(image.width()) if any(image.pixel(x, y) != ground for y in range(image.height()))
    ]  # fmt: skip
    return columns[0], columns[-1]


def inked(widget: QWidget) -> tuple[int, int]:
    """Of a widget, as shares of its width in percent."""
    image = widget.grab().toImage()
    first, last = painted(image, image.pixel(0, 0))
    return round(100 * first / image.width()), round(100 * last / image.width())


def test_places_change_sides_only_where_lines_begin_at_the_right() -> None:
    row, box = QRectF(10, 0, 100, 20), QRectF(14, 2, 30, 16)
    assert Mirror(row, LEFT_TO_RIGHT).rect(box) == box
    mirror = Mirror(row, RIGHT_TO_LEFT)
    assert mirror.rect(box) == QRectF(76, 2, 30, 16)
    assert mirror.rect(mirror.rect(box)) == box
    assert mirror.point(QPointF(14, 5)) == QPointF(106, 5)
    assert mirror.corner(QPointF(14, 5), 30) == QPointF(76, 5)


def test_a_number_keeps_its_unit_behind_it(qapp: QApplication) -> None:
    def drawn(direction: Qt.LayoutDirection) -> QImage:
        image = QImage(200, 30, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.setLayoutDirection(direction)
        draw_line_of_text(painter, QRectF(0, 0, 200, 30), "4.7 GB", right=True)
        painter.end()
        return image

    assert drawn(RIGHT_TO_LEFT) == drawn(LEFT_TO_RIGHT)
    assert painted(drawn(LEFT_TO_RIGHT), 0xFFFFFFFF)[0] > 100, "at the side that was asked for"


def test_the_name_of_the_model_stands_at_the_side_where_lines_begin(theme: Theme, qapp: QApplication) -> None:
    button = ModelButton(theme)
    button.set_model("coder", StateGlyph.LOADED)
    button.resize(300, 32)
    first, last = inked(button)
    button.setLayoutDirection(RIGHT_TO_LEFT)
    assert inked(button) == pytest.approx((100 - last, 100 - first), abs=2)


def test_a_note_behind_a_title_does_not_cover_it(theme: Theme, qapp: QApplication) -> None:
    label = ElidedLabel()
    label.resize(400, 24)
    label.setText("Answer A")
    alone = {}
    for direction in (LEFT_TO_RIGHT, RIGHT_TO_LEFT):
        label.setLayoutDirection(direction)
        alone[direction] = inked(label)
    label.set_note("hidden until you vote", QFont(label.font()), theme.color("text2"))
    first, last = inked(label)
    assert last == alone[RIGHT_TO_LEFT][1]
    assert first < alone[RIGHT_TO_LEFT][0] - 20, "further on, where the line goes on"


def test_what_is_typed_does_not_run_into_the_icon_of_its_field(theme: Theme, qapp: QApplication) -> None:
    field = SearchField(theme, "search")
    assert field.textMargins().left() > 0 == field.textMargins().right()
    field.setLayoutDirection(RIGHT_TO_LEFT)
    assert field.textMargins().right() > 0 == field.textMargins().left()


@pytest.mark.parametrize(("name", "turns"), [("chevron-left", True), ("sidebar", True), ("search", False)])
def test_icons_that_point_along_the_line_turn_round(name: str, turns: bool, theme: Theme, qapp: QApplication) -> None:
    before = theme.icon(name).pixmap(32).toImage()
    qapp.setLayoutDirection(RIGHT_TO_LEFT)
    try:
        now = theme.icon(name).pixmap(32).toImage()
    finally:
        qapp.setLayoutDirection(LEFT_TO_RIGHT)
    assert now == (before.flipped(Qt.Orientation.Horizontal) if turns else before)


def test_code_keeps_its_indent_and_prose_begins_where_its_words_do(from_right: None, theme: Theme) -> None:
    look = Look(theme, None)  # type: ignore[arg-type]  # no formula is laid out here
    font = theme.font("mono")

    def places(text: str, option: QTextOption) -> tuple[float, float]:
        """Where the text begins and where it ends."""
        layout, _height = typeset(text, font, 400, 20, [], option)
        line = layout.lineAt(0)
        first, last = line.cursorToX(0), line.cursorToX(len(text))
        return float(first[0]), float(last[0])  # type: ignore[index]  # (x, position)

    for option in (look.no_wrap, look.code_wrap):
        begin, end = places("    return x:", option)
        assert begin == 0 < end
        assert places("שלום = x", option)[1] > 40, "code is from left to right, whatever it holds"
    begin, end = places("Keep the moments.", look.wrap)
    assert begin == 0 < end
    begin, end = places("שלום עולם.", look.wrap)
    assert begin > end


@pytest.mark.anyio
async def test_in_spanish_no_head_of_a_table_and_no_button_in_one_is_cut(
    spanish: None, theme: Theme, home: Path, qapp: QApplication
) -> None:
    async with open_session(theme, home, *arguments(), width=1200) as session:
        seen = 0
        for tab in ("Privacy", "Local Models"):
            page = await open_tab(session, tab)
            await until(lambda page=page: page.findChildren(TableHead))
            for head in page.findChildren(TableHead):
                for column in range(head.count()):
                    if not head.isSectionHidden(column) and head.sectionSize(column):
                        seen += 1
                        assert head.sectionSize(column) >= head.room_for(column), head.model().headerData(
                            column, Qt.Orientation.Horizontal
                        )
            for table in page.findChildren(ModelsTable):
                metrics = QFontMetrics(theme.font("small-medium"))
                longest = max(metrics.horizontalAdvance(action_words(action)) for action in Action)
                assert longest > metrics.horizontalAdvance("Unload"), "else this says nothing"
                if not table.isColumnHidden(Column.ACTION):
                    assert table.columnWidth(Column.ACTION) > longest + theme.px(20)
        assert seen > 8


def test_keys_are_named_as_the_keyboard_has_them(spanish: None) -> None:
    shown = QKeySequence("Ctrl+Shift+P").toString(QKeySequence.SequenceFormat.NativeText)
    assert shown == "Ctrl+Mayús+P"
    assert QKeySequence.fromString(shown, QKeySequence.SequenceFormat.NativeText) == QKeySequence("Ctrl+Shift+P")


def test_days_are_named_in_the_language_of_the_window(spanish: None) -> None:
    from datetime import datetime

    now = datetime(2026, 11, 22, 12)
    assert _when(datetime(2026, 11, 19, 8, 5).timestamp(), now) == "jue 08:05"
    assert _when(datetime(2026, 1, 9).timestamp(), now) == "9 ene"
    assert _when(datetime(2025, 1, 9).timestamp(), now) == "9 ene 2025"


def test_texts_are_found_however_tr_is_named_and_what_cannot_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect_texts, "ROOT", tmp_path)
    (tmp_path / "page.py").write_text(
        textwrap.dedent("""
        class Page:
            def make(self, parent):
                theme, tr = self.theme, self.tr
                tr("Where it listens")
                parent.tr("whose is this")
        """),
        encoding="utf-8",
    )
    found = collect_texts.collect((tmp_path,))
    assert list(found.texts) == [collect_texts.Text("Page", "Where it listens")]
    assert found.problems == ["page.py:6: whose tr this is cannot be read"]
