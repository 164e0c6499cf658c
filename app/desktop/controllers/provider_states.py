"""What a server's state looks like: its glyph and its words, the same on every page."""

from __future__ import annotations

import time
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


def words_with_time(state: ProviderState | None, *, enabled: bool = True) -> tuple[StateGlyph, str]:
    """The same with how long it takes or since when it is down, for places with room for a few more words."""
    glyph, words = glyph_and_words(state, enabled=enabled)
    if not enabled or state is None:
        return glyph, words
    if state.status == "up" and state.latency_ms is not None:
        return glyph, tr("{words} · answers in {n} ms").format(words=words, n=round(state.latency_ms))
    since = down_since(state)
    return glyph, f"{words} · {since}" if since else words


def down_since(state: ProviderState) -> str:
    """Since when a server that was seen before is down, "" for any other one."""
    if state.status != "down" or state.last_seen is None or state.since is None:
        return ""
    return tr("down since {t}").format(t=time.strftime("%H:%M", time.localtime(state.since)))


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
