"""Whether a model fits into this computer, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.desktop.glyphs import StateGlyph
from app.desktop.models.download_facts import bytes_of

if TYPE_CHECKING:
    from app.services.engine.footprint import Fit


def tr(text: str) -> str:
    return QCoreApplication.translate("Fit", text)


#: By the value of a verdict.
GLYPHS = {
    "fits": StateGlyph.LOADED,
    "tight": StateGlyph.SLOW,
    "too_large": StateGlyph.GONE,
    "unknown": StateGlyph.IDLE,
}
#: Their colours, where they are more than text.
TOKENS = {"fits": "ok", "tight": "warn", "too_large": "text3", "unknown": "text3"}


def verdict_word(verdict: str) -> str:
    """One or two words; "" for what is unknown."""
    words = {"fits": tr("Fits"), "tight": tr("Tight"), "too_large": tr("Too large")}
    return words.get(verdict, "")


def fit_words(fit: Fit | None) -> str:
    """The verdict with what it rests on: `Fits, ≈ 1.9 of 12.4 GB free`."""
    if fit is None:
        return ""
    word = verdict_word(fit.verdict.value)
    if fit.total_bytes is None or fit.free_bytes is None:
        return word or tr("Whether it fits is unknown")
    room = bytes_of(fit.total_bytes, fit.free_bytes)
    return tr("{verdict}, ≈ {room} free").format(verdict=word, room=room)
