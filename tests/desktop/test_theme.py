"""The theme: tokens reach palette and sheet, contrast holds, icons follow."""

from __future__ import annotations

import gc
import re

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.focus_ring import FocusRing
from app.desktop.fonts import ROLES
from app.desktop.glyphs import StateGlyph, paint_glyph
from app.desktop.icons import IconStore, TokenIconEngine, set_icon_beside_text
from app.desktop.stylesheet import build_stylesheet
from app.desktop.theme import Theme
from app.desktop.tokens import Tokens, contrast


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_contrast_pair_of_the_design_holds(scheme: str, theme: Theme, qapp: QApplication) -> None:
    theme.apply(qapp, scheme)  # type: ignore[arg-type]  # parametrised
    short = [
        (
            check.foreground,
            check.background,
            round(contrast(theme.color(check.foreground), theme.color(check.background)), 2),
        )
        for check in theme.tokens.checks
        if contrast(theme.color(check.foreground), theme.color(check.background)) < check.minimum
    ]
    assert len(theme.tokens.checks) > 100
    assert short == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_palette_is_built_of_tokens_and_does_not_fade_without_focus(
    scheme: str, theme: Theme, qapp: QApplication
) -> None:
    theme.apply(qapp, scheme)  # type: ignore[arg-type]  # parametrised
    palette = qapp.palette()
    group, role = QPalette.ColorGroup, QPalette.ColorRole
    assert palette.color(role.Window) == theme.color("base")
    assert palette.color(role.PlaceholderText) == theme.color("text3")
    assert palette.color(role.Accent) == theme.color("accent")
    assert palette.color(role.Highlight) == theme.color("textsel")
    assert palette.color(role.HighlightedText) == theme.color("text")
    assert palette.color(group.Inactive, role.Highlight) == palette.color(group.Active, role.Highlight)
    assert palette.color(group.Disabled, role.Text) == theme.color("disabled")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sheet_has_only_token_colours_and_no_font(scheme: str) -> None:
    tokens = Tokens()
    colours = tokens.resolve(scheme)  # type: ignore[arg-type]  # parametrised
    sheet = build_stylesheet(colours, round, native_scrollbars=False)
    known = {colour.name() for colour in colours.values()}
    for found in re.findall(r"#[0-9a-fA-F]+", sheet):
        assert "#" + found[-6:] in known
    assert "font" not in sheet
    assert "{outline@" not in sheet and "[" not in re.sub(r"\[\w+(=\"[\w-]+\")?\]", "", sheet)
    assert not re.search(r"QMenu", sheet)


def test_light_dark_and_back_announces_each_change(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    light = theme.color("base")
    with qtbot.waitSignal(theme.changed):
        theme.apply(qapp, "dark")
    assert theme.is_dark and theme.color("base") != light
    with qtbot.waitSignal(theme.changed):
        theme.apply(qapp, "light")
    assert theme.color("base") == light
    with pytest.raises(ValueError, match="scheme"):
        theme.apply(qapp, "sepia")  # type: ignore[arg-type]  # the point of the test


def test_a_widget_deep_inside_is_dressed_as_seldom_as_one_at_the_top(
    theme: Theme, qapp: QApplication, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    inside, deepest = window, 12
    for _ in range(deepest):
        box = QVBoxLayout(inside)
        inside = QWidget()
        box.addWidget(inside)
    window.show()
    counted: list[QEvent] = []

    class Counter(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.StyleChange:
                counted.append(event)
            return False

    counter = Counter()
    inside.installEventFilter(counter)
    theme.apply(qapp, "dark")
    assert 1 <= len(counted) <= 4, "else the time of a change grows with the depth of what is open"


def test_fonts_of_single_widgets_outlive_a_change(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    button = QPushButton("Send")
    qtbot.addWidget(button)
    button.setFont(theme.font("page"))
    button.show()
    before = button.font()
    theme.apply(qapp, "dark")
    theme.apply(qapp, "light")
    assert button.font() == before


def test_type_roles_have_the_sizes_of_the_design_and_figures_align(theme: Theme) -> None:
    assert {role: theme.font(role).pixelSize() for role in ROLES} == {role: ROLES[role].size for role in ROLES}
    assert theme.line_height("reading") == 24
    assert theme.font("reading", zoom=2.0).pixelSize() == 30
    assert theme.font("code").family() == "JetBrains Mono"
    assert theme.font("caption", tabular=True).featureTags()
    with pytest.raises(KeyError):
        theme.font("no such role")


def test_measures_follow_the_systems_text_size(theme: Theme, qapp: QApplication) -> None:
    bigger = qapp.font()
    bigger.setPixelSize(26)
    theme.set_system_font(bigger)
    assert theme.px(8) == 16
    assert theme.font("body").pixelSize() == 26


def test_an_icon_is_painted_in_its_token_and_follows_the_theme(theme: Theme, qapp: QApplication) -> None:
    icon = theme.icon("stop", "accent")
    for scheme in ("light", "dark"):
        theme.apply(qapp, scheme)  # type: ignore[arg-type]  # one of the two
        image = icon.pixmap(QSize(16, 16), 2.0).toImage()
        assert image.pixelColor(image.width() // 2, image.height() // 2) == theme.color("accent")
        disabled = icon.pixmap(QSize(16, 16), 1.0, QIcon.Mode.Disabled).toImage()
        assert disabled.pixelColor(8, 8) == theme.color("disabled")
    copy = QIcon(icon)
    assert copy.pixmap(16, 16).width() >= 16
    with pytest.raises(FileNotFoundError):
        theme.icon("no-such-icon")


def test_icons_that_are_asked_for_again_and_again_are_made_once(theme: Theme, qapp: QApplication) -> None:
    button = QPushButton()
    before = sum(type(one) is TokenIconEngine for one in gc.get_objects())
    for _ in range(50):
        button.setIcon(theme.icon("search"))
        button.grab()
    assert sum(type(one) is TokenIconEngine for one in gc.get_objects()) <= before + 1


def test_state_glyphs_differ_in_shape_not_only_in_colour(theme: Theme) -> None:
    def shape(glyph: StateGlyph) -> bytes:
        image = QImage(16, 16, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        paint_glyph(painter, theme, glyph, QPointF(8, 8))
        painter.end()
        return bytes(255 if image.pixelColor(x, y).alpha() > 100 else 0 for y in range(16) for x in range(16))

    shapes = {glyph: shape(glyph) for glyph in StateGlyph}
    assert all(any(pixels) for pixels in shapes.values())
    assert len(set(shapes.values())) == len(shapes)


def test_the_focus_ring_shows_after_tab_and_not_after_a_click(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    first, second = QPushButton("one", window), QPushButton("two", window)
    layout = QVBoxLayout(window)
    layout.addWidget(first)
    layout.addWidget(second)
    ring = FocusRing(window, theme)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    handle = window.windowHandle()
    first.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not ring.isVisible()
    QTest.keyClick(handle, Qt.Key.Key_Tab)
    assert second.hasFocus() and ring.isVisible()
    assert ring.geometry().contains(second.geometry())
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first.geometry().center())
    assert not ring.isVisible()


@pytest.mark.parametrize("kind", [QPushButton, QToolButton])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_an_icon_stands_six_pixels_from_the_text_of_its_button(
    qtbot: QtBot,
    theme: Theme,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[QAbstractButton],
    direction: Qt.LayoutDirection,
) -> None:
    def solid(_store: IconStore, _name: str, _colour: QColor, size: int, ratio: float) -> QPixmap:
        pixmap = QPixmap(round(size * ratio), round(size * ratio))
        pixmap.fill(QColor("red"))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    monkeypatch.setattr(IconStore, "_render", solid)
    before = QApplication.layoutDirection()
    QApplication.setLayoutDirection(direction)
    try:
        button = kind()
        qtbot.addWidget(button)
        button.setText("HHH")
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFont(theme.font("body-medium"))
        set_icon_beside_text(button, theme.icon("plus"), theme)
        button.resize(button.sizeHint())
        image = button.grab().toImage()
        middle = range(image.height() // 2 - 4, image.height() // 2 + 4)
        empty = image.pixelColor(image.width() // 2, 5)
        rows = [[image.pixelColor(x, y) for x in range(2, image.width() - 2)] for y in middle]
    finally:
        QApplication.setLayoutDirection(before)
    icon = [x for x in range(len(rows[0])) if rows[4][x] == QColor("red")]
    ink = [x for x in range(len(rows[0])) if x not in icon and any(row[x] != empty for row in rows)]
    assert len(icon) == 16
    gap = min(ink) - max(icon) - 1 if direction is Qt.LayoutDirection.LeftToRight else min(icon) - max(ink) - 1
    assert 6 <= gap <= 7, "6, and what the letter keeps free at its side"
