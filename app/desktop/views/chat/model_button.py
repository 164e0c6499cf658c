"""The button in the composer that names the model and opens the picker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.desktop.glyphs import StateGlyph, paint_glyph
from app.desktop.mirror import Mirror
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.views.spoken_control import SpokenControl, let_controls_speak

if TYPE_CHECKING:
    from app.desktop.theme import Theme

WIDEST = 320


class ModelButton(QPushButton):
    """Glyph, name and chevron. The name of the model is its description, so that its own name stays `Model`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = ""
        self._glyph = StateGlyph.IDLE
        self._gone = False
        self._simulated = False
        self._keys = ""
        self._details = ""
        self._popup: QWidget | None = None
        let_controls_speak()
        self.setObjectName("model")
        self.setAccessibleName(self.tr("Model"))
        self.setProperty("kind", "quiet")
        self.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed
        )  # a long name gives way: it is elided
        self.set_model("", StateGlyph.IDLE)
        theme.changed.connect(self.updateGeometry)

    def set_model(
        self, name: str, glyph: StateGlyph, *, description: str = "", gone: bool = False, simulated: bool = False
    ) -> None:
        """Show a model; `gone` strikes it out, an empty name asks for a choice."""
        self._model = name
        self._glyph = glyph
        self._gone = gone
        self._simulated = simulated
        spoken = description or name or self.tr("No model chosen")
        self.setAccessibleDescription(spoken)
        self._show_tooltip()
        self.updateGeometry()
        self.update()

    def show_keys(self, keys: str) -> None:
        """The keys of its command, in brackets after a space, for the tooltip."""
        self._keys = keys
        self._show_tooltip()

    def show_details(self, details: str) -> None:
        """More lines for the tooltip: why this model."""
        self._details = details
        self._show_tooltip()

    def _show_tooltip(self) -> None:
        spoken = "\n".join(part for part in (self.accessibleDescription(), self._details) if part)
        self.setToolTip(plain_tooltip(self.tr("Choose a model") + self._keys + (f"\n{spoken}" if spoken else "")))

    def make_accessible(self) -> SpokenControl:
        role = QAccessible.Role.ButtonMenu
        return SpokenControl(self, role, self.accessibleDescription, press=self.click, inside=lambda: self._popup)

    def set_popup(self, popup: QWidget | None) -> None:
        """The picker, while it is open."""
        self._popup = popup
        self.update()

    def _text(self) -> str:
        return self._model or self.tr("Choose a model")

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self._theme.font("body-medium"))

    def sizeHint(self) -> QSize:
        px = self._theme.px
        width = self._metrics().horizontalAdvance(self._text()) + px(8 + 8 + 8 + 6 + 14 + 8)
        if self._simulated:
            width += self._badge_width() + px(8)
        return QSize(min(round(width), px(WIDEST)), px(32))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(80), self._theme.px(32))

    def _badge_width(self) -> float:
        return QFontMetricsF(self._theme.font("caption")).horizontalAdvance(self.tr("Simulated")) + self._theme.px(12)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_open = self._popup is not None
        if is_open or self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selected" if is_open else "pressed" if self.isDown() else "hover"))
            painter.drawRoundedRect(QRectF(self.rect()), px(6), px(6))
        middle = self.height() / 2
        mirror = Mirror(QRectF(self.rect()), self.layoutDirection())
        paint_glyph(painter, theme, self._glyph, mirror.point(QPointF(px(12), middle)))
        font = theme.font("body-medium")
        font.setStrikeOut(self._gone)
        painter.setFont(font)
        painter.setPen(theme.color("text3" if self._gone or not self._model else "text"))
        right = px(8 + 14) + (self._badge_width() + px(8) if self._simulated else 0)
        room = self.width() - px(24) - right
        text = self._metrics().elidedText(self._text(), Qt.TextElideMode.ElideRight, room)
        mirror.text(painter, QRectF(px(24), 0, room, self.height()), text)
        x = px(24) + self._metrics().horizontalAdvance(text) + px(6)
        if self._simulated:
            x = self._paint_badge(painter, mirror, x + px(2), middle) + px(6)
        size = px(14)
        chevron = theme.pixmap("chevron-down", "text2", size, self.devicePixelRatioF())
        painter.drawPixmap(mirror.corner(QPointF(x, middle - size / 2), size), chevron)

    def _paint_badge(self, painter: QPainter, mirror: Mirror, x: float, middle: float) -> float:
        theme = self._theme
        place = QRectF(x, middle - theme.px(9), self._badge_width(), theme.px(18)).adjusted(0.5, 0.5, -0.5, -0.5)
        box = mirror.rect(place)
        pen = painter.pen()
        pen.setColor(theme.color("outline"))
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, theme.px(4), theme.px(4))
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("text2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.tr("Simulated"))
        return place.right()
