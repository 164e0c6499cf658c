"""One QPalette from the tokens."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QColor, QPalette

_R = QPalette.ColorRole

_ROLES: dict[QPalette.ColorRole, str] = {
    _R.Window: "base",
    _R.WindowText: "text",
    _R.Base: "raised",
    _R.AlternateBase: "sunken",
    _R.Text: "text",
    _R.Button: "raised",
    _R.ButtonText: "text",
    _R.BrightText: "error",
    _R.ToolTipBase: "raised",
    _R.ToolTipText: "text",
    _R.PlaceholderText: "text3",
    _R.Highlight: "textsel",
    _R.HighlightedText: "text",
    _R.Link: "accent",
    _R.LinkVisited: "accent",
    _R.Accent: "accent",
    _R.Light: "raised",
    _R.Midlight: "hover",
    _R.Mid: "line",
    _R.Dark: "outline",
    _R.Shadow: "line",
}

_DISABLED: dict[QPalette.ColorRole, str] = {
    _R.WindowText: "disabled",
    _R.Text: "disabled",
    _R.ButtonText: "disabled",
    _R.PlaceholderText: "disabled",
    _R.HighlightedText: "disabled",
    _R.Highlight: "hover",
    _R.Button: "base",
    _R.Link: "disabled",
}


def build_palette(colours: Mapping[str, QColor]) -> QPalette:
    """Active and Inactive are equal (a window without focus must not fade); Disabled differs."""
    palette = QPalette()
    for role, token in _ROLES.items():
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
            palette.setColor(group, role, colours[token])
        palette.setColor(QPalette.ColorGroup.Disabled, role, colours[_DISABLED.get(role, token)])
    return palette
