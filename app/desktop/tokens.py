"""The colour tokens of `resources/tokens.json`, and the contrast between two colours."""

from __future__ import annotations

import json
from typing import Literal

from PySide6.QtGui import QColor

from app.lean_dataclass import dataclass
from app.paths import bundled

Scheme = Literal["light", "dark"]

# With raised contrast, lines become edges one can see and quiet text becomes plain text.
_HIGH_CONTRAST = {"line": "outline", "text2": "text", "text3": "text"}

# The undo bar is dark in both themes, so these are not pairs.
FIXED = {"undo-bg": "#23282A", "undo-text": "#F1F3F3", "undo-action": "#6DD0C6"}


@dataclass(frozen=True, slots=True)
class ContrastCheck:
    """`foreground` on `background` must reach `minimum` (WCAG ratio) in both schemes."""

    foreground: str
    background: str
    minimum: float


class Tokens:
    """All colours of both schemes by token name.

    Raises:
        FileNotFoundError: the bundled file is missing.
        ValueError: it is not what this version expects.
    """

    def __init__(self) -> None:
        data = json.loads(bundled("resources", "tokens.json").read_text(encoding="utf-8"))
        self._pairs: dict[str, tuple[str, str]] = {
            name: (light, dark) for name, (light, dark) in data["colours"].items()
        }
        self._pairs.update({name: (value, value) for name, value in FIXED.items()})
        self.checks = tuple(ContrastCheck(*row) for row in data["checks"])

    def names(self) -> list[str]:
        return list(self._pairs)

    def resolve(self, scheme: Scheme, *, high_contrast: bool = False) -> dict[str, QColor]:
        """Token name -> colour for one scheme; aliases of high contrast already applied."""
        column = 0 if scheme == "light" else 1
        colours = {name: QColor(pair[column]) for name, pair in self._pairs.items()}
        if high_contrast:
            for name, stand_in in _HIGH_CONTRAST.items():
                colours[name] = QColor(self._pairs[stand_in][column])
        return colours


def contrast(first: QColor, second: QColor) -> float:
    """WCAG 2 contrast ratio, 1 to 21 (W3C, WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(colour.redF()) + 0.7152 * channel(colour.greenF()) + 0.0722 * channel(colour.blueF())
