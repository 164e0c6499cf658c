"""What a server's state looks like: its glyph and its words, the same on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.desktop.glyphs import StateGlyph
from app.services.llm.models import ModelState

if TYPE_CHECKING:
    from app.services.llm.catalogue import ProviderState


def tr(text: str) -> str:
    return QCoreApplication.translate("ProviderStates", text)


def glyph_and_words(state: ProviderState | None, *, enabled: bool = True) -> tuple[StateGlyph, str]:
    """The light of a server and the words beside it."""
    if not enabled:
        return StateGlyph.IDLE, tr("Off")
    if state is None or state.status == "unknown":
        return StateGlyph.BUSY, tr("Looking")
    if state.status == "down":
        return _down(state)
    if state.slow:
        return StateGlyph.SLOW, tr("Slow")
    known = [model for model in state.models if model.state is not ModelState.UNKNOWN]
    loaded = sum(model.state is ModelState.LOADED for model in known)
    if not state.local:
        return StateGlyph.LOADED, tr("Answers")
    if not known:
        return StateGlyph.LOADED, tr("Running")
    if loaded == 0 and not state.base_url:
        return StateGlyph.LOADED, tr("Ready, no model loaded")
    if loaded == 0:
        return StateGlyph.LOADED, tr("Running, no model loaded")
    if loaded == 1:
        return StateGlyph.LOADED, tr("Running, 1 model loaded")
    return StateGlyph.LOADED, tr("Running, {n} models loaded").format(n=loaded)


def _down(state: ProviderState) -> tuple[StateGlyph, str]:
    words = {
        "not_running": (StateGlyph.IDLE, tr("Not running")),
        "not_installed": (StateGlyph.GONE, tr("Not installed")),
        "auth": (StateGlyph.SLOW, tr("Key refused")),
        "rate_limited": (StateGlyph.SLOW, tr("Allows no more requests for now")),
        "overloaded": (StateGlyph.SLOW, tr("Overloaded")),
        "model_not_found": (StateGlyph.IDLE, tr("No model file found")),
        "timeout": (StateGlyph.FAILED, tr("Silent")),
        "protocol": (StateGlyph.FAILED, tr("Something else answers")),
    }
    return words.get(state.error_kind or "", (StateGlyph.FAILED, tr("Not reachable")))
