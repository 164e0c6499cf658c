"""Type roles: what size, line and weight each kind of text has, and the packaged mono font."""

from __future__ import annotations

import logging
from functools import cached_property

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

from app.lean_dataclass import dataclass
from app.paths import bundled

logger = logging.getLogger(__name__)

MONO_FILES = ("JetBrainsMono-Regular.ttf", "JetBrainsMono-Bold.ttf", "JetBrainsMono-Italic.ttf")
MONO_FAMILY = "JetBrains Mono"
BODY_PX = 13  # the size all measures of the design are drawn for: u = 1


@dataclass(frozen=True, slots=True)
class Role:
    """Pixel size and line height at u = 1."""

    size: int
    line: int
    weight: int = 400
    mono: bool = False


ROLES: dict[str, Role] = {
    "caption": Role(11, 16),
    "caption-label": Role(11, 16, 600),
    "badge": Role(11, 16, 500),
    "small": Role(12, 16),
    "small-medium": Role(12, 16, 500),
    "small-bold": Role(12, 16, 600),
    "body": Role(13, 20),
    "body-medium": Role(13, 20, 500),
    "body-bold": Role(13, 20, 600),
    "section": Role(14, 20, 600),
    "title": Role(15, 24, 600),
    "page": Role(20, 28, 600),
    "reading": Role(15, 24),
    "thinking": Role(14, 22),
    "heading1": Role(20, 28, 600),
    "heading2": Role(17, 26, 600),
    "heading3": Role(15, 24, 600),
    "heading4": Role(15, 24, 600),
    "table": Role(14, 20),
    "table-head": Role(12, 16, 600),
    "code": Role(13, 20, mono=True),
    "mono": Role(12, 18, mono=True),
    "mono-small": Role(11, 14, mono=True),
}


class Fonts:
    """Builds and caches the fonts of one base font; sizes scale with the system's text size.

    The mono files are read at the first request for a mono role (about 2 ms), not at start.
    """

    _mono_loaded: str | None = None

    def __init__(self, base: QFont, mono_family: str | None = None) -> None:
        self.base = QFont(base)
        self._chosen_mono = mono_family
        self._cache: dict[tuple[str, bool, float], QFont] = {}

    @cached_property
    def scale(self) -> float:
        """The base font's size over the design's; asked for when a font is first wanted, since it opens the fonts."""
        return QFontInfo(self.base).pixelSize() / BODY_PX

    def font(self, role: str, *, tabular: bool = False, zoom: float = 1.0) -> QFont:
        """The font of a role; `tabular` gives all figures one width.

        Raises:
            KeyError: there is no such role.
        """
        key = (role, tabular, zoom)
        cached = self._cache.get(key)
        if cached is None:
            cached = self._cache[key] = self._make(ROLES[role], tabular, zoom)
        return QFont(cached)

    def line_height(self, role: str, *, zoom: float = 1.0) -> int:
        """Line step of a role in logical pixels."""
        return max(1, round(ROLES[role].line * self.scale * zoom))

    def _make(self, role: Role, tabular: bool, zoom: float) -> QFont:
        font = self._mono() if role.mono else QFont(self.base)
        font.setPixelSize(max(6, round(role.size * self.scale * zoom)))
        font.setWeight(QFont.Weight(role.weight))
        if tabular and not role.mono:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _mono(self) -> QFont:
        font = QFont(self._chosen_mono or self.mono_family())
        font.setStyleHint(QFont.StyleHint.Monospace)
        for tag in ("calt", "liga"):
            font.setFeature(QFont.Tag(tag), 0)
        return font

    @classmethod
    def mono_family(cls) -> str:
        """The packaged mono family, loaded once a process; the system's fixed font where that fails."""
        if cls._mono_loaded is None:
            cls._mono_loaded = cls._load_mono()
        return cls._mono_loaded

    @staticmethod
    def _load_mono() -> str:
        loaded = [QFontDatabase.addApplicationFont(str(bundled("resources", "fonts", name))) for name in MONO_FILES]
        if loaded[0] >= 0:
            return MONO_FAMILY
        logger.warning("the packaged mono font could not be loaded; the system's fixed font is used")
        return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
