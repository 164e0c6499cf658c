"""Fonts, measures, colours and text formats of the transcript for one theme and zoom. Made anew when either changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPen,
    QPixmap,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from app.desktop.views.transcript import inline
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.desktop.theme import Theme
    from app.desktop.views.transcript.inline import Span
    from app.desktop.views.transcript.inline_formulas import InlineFormulas

NO_LIMIT = 1_000_000.0  # width of a line that is not broken


def _option(
    mode: QTextOption.WrapMode,
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    direction: Qt.LayoutDirection = Qt.LayoutDirection.LayoutDirectionAuto,
) -> QTextOption:
    """`direction`: a paragraph's own words decide, whatever the window's language; Qt would take the window's."""
    option = QTextOption(alignment)
    option.setTextDirection(direction)
    option.setWrapMode(mode)
    return option


class Look:
    """Everything a block needs to lay itself out and to paint."""

    def __init__(
        self,
        theme: Theme,
        formulas: InlineFormulas,
        zoom: float = 1.0,
        picture: Callable[[str], QImage | None] = lambda _digest: None,
        *,
        line_numbers: bool = False,
    ) -> None:
        """`picture`: a thumbnail by its hash, None while it is not here."""
        self.theme = theme
        self.formulas = formulas
        self.line_numbers = line_numbers
        self.zoom = zoom
        self.scale = theme.scale * zoom
        self._colours: dict[str, QColor] = {}
        self._fonts: dict[tuple[str, bool], QFont] = {}
        self._metrics: dict[tuple[str, bool], QFontMetricsF] = {}
        self._formats: dict[tuple[str, int, str], QTextCharFormat] = {}
        self._dashed: dict[tuple[int, int, float], QPixmap] = {}
        self.wrap = _option(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        words = QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        self.aligned = {
            "left": self.wrap,
            "right": _option(words, Qt.AlignmentFlag.AlignRight),
            "centre": _option(words, Qt.AlignmentFlag.AlignHCenter),
        }
        self.no_wrap = _option(QTextOption.WrapMode.NoWrap, direction=Qt.LayoutDirection.LeftToRight)
        self.code_wrap = _option(QTextOption.WrapMode.WrapAnywhere, direction=Qt.LayoutDirection.LeftToRight)
        mono = self.metrics("code")
        self.character_width = mono.horizontalAdvance("0")
        for option in (self.no_wrap, self.code_wrap):
            option.setTabStopDistance(self.character_width * 4)
        self.reading_width = self.metrics("reading").averageCharWidth()
        self.selection = QTextCharFormat()
        self.selection.setBackground(theme.color("textsel"))
        #: Of what is found in the chat: no syntax colour is checked on that ground.
        self.marked = QTextCharFormat()
        self.marked.setForeground(theme.color("text"))
        self.picture = picture
        self.pad = self.px(16)
        self.column = self.px(720)

    def px(self, n: float) -> int:
        """Design pixels to logical pixels, text size and zoom included."""
        return round(n * self.scale)

    def color(self, token: str) -> QColor:
        found = self._colours.get(token)
        if found is None:
            found = self._colours[token] = self.theme.color(token)
        return found

    def font(self, role: str, *, tabular: bool = False) -> QFont:
        found = self._fonts.get((role, tabular))
        if found is None:
            found = self._fonts[role, tabular] = self.theme.font(role, tabular=tabular, zoom=self.zoom)
        return found

    def metrics(self, role: str, *, tabular: bool = False) -> QFontMetricsF:
        found = self._metrics.get((role, tabular))
        if found is None:
            found = self._metrics[role, tabular] = QFontMetricsF(self.font(role, tabular=tabular))
        return found

    def line(self, role: str) -> int:
        """Line step of a role."""
        return self.theme.line_height(role, zoom=self.zoom)

    def icon(self, name: str, token: str, size: int, ratio: float) -> QPixmap:
        return self.theme.pixmap(name, token, size, ratio)

    def dashed_box(self, width: int, height: int, ratio: float) -> QPixmap:
        """The edge of a badge. A picture, since dashes that are painted begin where the painting is clipped."""
        found = self._dashed.get((width, height, ratio))
        if found is None:
            found = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
            found.setDevicePixelRatio(ratio)
            found.fill(Qt.GlobalColor.transparent)
            painter = QPainter(found)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(self.color("outline"), 1)
            pen.setDashPattern([3, 2])
            painter.setPen(pen)
            painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), self.px(4), self.px(4))
            painter.end()
            self._dashed[width, height, ratio] = found
        return found

    # -- formats

    def format(self, role: str, flags: int, colour: str = "") -> QTextCharFormat:
        """The shared format of inline flags on text of a role."""
        key = (role, flags, colour)
        found = self._formats.get(key)
        if found is None:
            found = self._formats[key] = self._make_format(role, flags, colour)
        return found

    def _make_format(self, role: str, flags: int, colour: str) -> QTextCharFormat:
        made = QTextCharFormat()
        font = QFont(self.font("code" if flags & inline.CODE else role))
        if flags & inline.PAD:
            # A space this small is the 4 px of padding inside a code chip.
            font.setPixelSize(max(1, round(font.pixelSize() * self.px(5) / max(1.0, self.character_width))))
        if flags & inline.BOLD:
            font.setWeight(QFont.Weight.Bold if flags & inline.CODE else QFont.Weight.DemiBold)
        if flags & inline.ITALIC:
            font.setItalic(True)
        font.setStrikeOut(bool(flags & inline.STRIKE))
        font.setUnderline(bool(flags & inline.LINK))
        made.setFont(font)
        token = colour or ("warn" if flags & inline.HIDDEN else "accent" if flags & inline.LINK else "")
        if token:
            made.setForeground(self.color(token))
        return made

    def syntax(self, token: str) -> QTextCharFormat:
        """The format of one syntax colour; comments stay upright."""
        key = ("syntax", 0, token)
        found = self._formats.get(key)
        if found is None:
            found = self._formats[key] = QTextCharFormat()
            found.setForeground(self.color(token if token in ("ok", "error", "warn") else f"syn-{token}"))
        return found

    def ranges(self, role: str, spans: Iterable[Span]) -> list[QTextLayout.FormatRange]:
        """Format ranges of inline spans."""
        return [format_range(span.start, span.length, self.format(role, span.flags)) for span in spans]


def format_range(start: int, length: int, text_format: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, text_format
    return made


@dataclass(frozen=True, slots=True)
class Room:
    """One character that takes the place of a picture: how wide that is, how far above and below the base."""

    offset: int
    width: float
    above: float
    below: float


def spread(rooms: Iterable[Room], font: QFont) -> list[QTextLayout.FormatRange]:
    """Formats that make those characters, no-break spaces, as wide as what is painted in their place."""
    advance = QFontMetricsF(font).horizontalAdvance("\u00a0")
    ranges = []
    for room in rooms:
        wide = QFont(font)
        wide.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, room.width - advance)
        made = QTextCharFormat()
        made.setFont(wide)
        ranges.append(format_range(room.offset, 1, made))
    return ranges


def typeset(
    text: str,
    font: QFont,
    width: float,
    step: int,
    ranges: list[QTextLayout.FormatRange],
    option: QTextOption,
    rooms: Sequence[Room] = (),
) -> tuple[QTextLayout, int]:
    """Lay one paragraph out in lines of `step` pixels; (layout, height).

    Lines are higher where a fallback font is taller, or where something of `rooms` reaches further.
    """
    layout = QTextLayout(text, font)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    if rooms:
        ranges = [*ranges, *spread(rooms, font)]
    if ranges:
        layout.setFormats(ranges)
    y = 0
    layout.beginLayout()
    while True:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        natural = line.height()
        rise, higher = _reach(line, natural, rooms) if rooms else (0.0, 0.0)
        height = max(step, math.ceil(natural + higher) - (0 if higher else 2))
        line.setPosition(QPointF(0, y + (height - natural - higher) / 2 + rise))
        y += height
    layout.endLayout()
    return layout, max(y, step)


def _reach(line: QTextLine, natural: float, rooms: Sequence[Room]) -> tuple[float, float]:
    """How far the rooms of a line reach above its text, and by how much they make it higher in all."""
    ascent = line.ascent()
    above, below = ascent, natural - ascent
    for room in rooms:
        if 0 <= room.offset - line.textStart() < line.textLength():
            above, below = max(above, room.above), max(below, room.below)
    return above - ascent, above + below - natural


def fill_hairline(
    painter: QPainter, x: float, y: float, length: float, colour: QColor, *, vertical: bool = False
) -> None:
    """One device pixel thick, snapped to the device grid, without antialiasing."""
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    thickness = 1.0 / ratio
    left, top = (math.floor(place * ratio + 0.5) / ratio for place in (x, y))  # as in `draw_text`
    size = (thickness, length) if vertical else (length, thickness)
    painter.fillRect(QRectF(left, top, *size), colour)
