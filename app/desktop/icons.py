"""Icons: SVG text recoloured with a token, rendered for the screen's ratio, and wrapped so that QIcon asks again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPixmap, QTransform
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from app.paths import bundled

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Between an icon and the text of its button.
GAP = 6
#: Pixels: a list of windows, a panel, a switcher.
APPLICATION_ICON_SIZES = (32, 64, 128)
#: Icons of buttons that point along the line: mirrored where lines begin at the right.
DIRECTED = frozenset({"arrow-right", "chevron-left", "chevron-right", "panel-right", "sidebar", "undo"})
_CACHE_LIMIT = 512  # pixmaps; the whole set in three colours and two ratios is under 400


class IconStore:
    """Pixmaps by (name, colour, size, ratio). Dropped as a whole when the theme changes."""

    def __init__(self) -> None:
        self._sources: dict[str, bytes] = {}
        self._pixmaps: dict[tuple[str, int, int, float], QPixmap] = {}

    def pixmap(self, name: str, colour: QColor, size: int, ratio: float) -> QPixmap:
        """One icon, `size` logical pixels square at `ratio` device pixels each.

        Raises:
            FileNotFoundError: there is no icon of that name.
        """
        key = (name, colour.rgba(), size, ratio)
        found = self._pixmaps.get(key)
        if found is None:
            if len(self._pixmaps) >= _CACHE_LIMIT:
                self._pixmaps.clear()
            found = self._pixmaps[key] = self._render(name, colour, size, ratio)
        return found

    def clear(self) -> None:
        self._pixmaps.clear()

    def require(self, name: str) -> None:
        """Nothing, where there is an icon of that name.

        Raises:
            FileNotFoundError: there is none.
        """
        self._source(name)

    def _source(self, name: str) -> bytes:
        source = self._sources.get(name)
        if source is None:
            source = self._sources[name] = bundled("resources", "icons", f"{name}.svg").read_bytes()
        return source

    def _render(self, name: str, colour: QColor, size: int, ratio: float) -> QPixmap:
        svg = self._source(name).replace(b"currentColor", colour.name().encode())
        edge = max(1, round(size * ratio))
        pixmap = QPixmap(edge, edge)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, edge, edge))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def application_icon() -> QIcon:
    """The program's own, for window lists that find none by the program's name; its colours are fixed."""
    icon = QIcon()
    renderer = QSvgRenderer(QByteArray(bundled("resources", "app-icon.svg").read_bytes()))
    for edge in APPLICATION_ICON_SIZES:
        pixmap = QPixmap(edge, edge)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, edge, edge))
        painter.end()
        icon.addPixmap(pixmap)
    return icon


class TokenIconEngine(QIconEngine):
    """Paints an icon in a token's colour of the moment: it follows theme, state and screen by itself."""

    # QIcon owns its engines in C++ and copies them; the Python halves must outlive every copy.
    _alive: list[TokenIconEngine] = []  # noqa: RUF012  # shared on purpose

    def __init__(self, theme: Theme, name: str, token: str) -> None:
        super().__init__()
        self._theme, self._name, self._token = theme, name, token
        TokenIconEngine._alive.append(self)

    def clone(self) -> QIconEngine:
        return TokenIconEngine(self._theme, self._name, self._token)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        size = min(rect.width(), rect.height())
        place = QRect(0, 0, size, size)
        place.moveCenter(rect.center())
        painter.drawPixmap(place.topLeft(), self._pixmap(size, mode, ratio))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        # `size` is in logical pixels: Qt 6.11 passes 16 and 2.0 for a 16-pixel icon on a 200 % screen.
        edge = max(1, min(size.width(), size.height()))
        found = self._pixmap(edge, mode, scale)
        return found if size.width() <= edge else _with_room_after(found, size, scale)

    def _pixmap(self, size: int, mode: QIcon.Mode, ratio: float) -> QPixmap:
        token = "disabled" if mode == QIcon.Mode.Disabled else self._token
        found = self._theme.pixmap(self._name, token, size, ratio)
        if self._name in DIRECTED and QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            return found.transformed(QTransform.fromScale(-1, 1))
        return found


def set_icon_beside_text(button: QAbstractButton, icon: QIcon, theme: Theme) -> None:
    """An icon in front of a button's text, 6 px from it. Qt leaves 2 of them; the rest is room behind the icon."""
    size = theme.px(16)
    button.setIcon(icon)
    button.setIconSize(QSize(size + theme.px(GAP) - 2, size))


def _with_room_after(pixmap: QPixmap, size: QSize, ratio: float) -> QPixmap:
    """The icon at the leading edge of something wider."""
    wide = QPixmap(round(size.width() * ratio), pixmap.height())
    wide.fill(Qt.GlobalColor.transparent)
    x = 0 if QGuiApplication.layoutDirection() is not Qt.LayoutDirection.RightToLeft else wide.width() - pixmap.width()
    painter = QPainter(wide)
    painter.drawPixmap(QRect(QPoint(x, 0), pixmap.size()), pixmap)
    painter.end()
    wide.setDevicePixelRatio(ratio)
    return wide


def draw_icon(painter: QPainter, theme: Theme, name: str, token: str, at: QPoint, size: int) -> None:
    """Paint one icon with its top left corner at `at`, sharp on the painter's device."""
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    painter.drawPixmap(at, theme.pixmap(name, token, size, ratio))
