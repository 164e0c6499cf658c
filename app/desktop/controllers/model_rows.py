"""A model of a local server as a row of the table, with what is known of it beside the server's list."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.desktop.glyphs import StateGlyph
from app.desktop.models.model_list_model import context_text, size_text
from app.desktop.models.model_table_model import Action, TableRow
from app.lean_dataclass import dataclass
from app.services.llm.models import ModelConfig, ModelState

if TYPE_CHECKING:
    from app.services.llm.catalogue import ProviderState

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400


def tr(text: str) -> str:
    return QCoreApplication.translate("LocalModels", text)


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What is known of a model beside the list; None: nobody told. Times are Unix seconds."""

    memory_bytes: int | None = None
    memory_estimated: bool = False
    leaves_at: float | None = None
    stays: bool = False
    used_at: float | None = None
    loading: float | None = None
    """The share of a load that is done; below 0 where its server does not tell it."""
    unloading: bool = False
    can_load: bool = False
    """Its server can be told to load and unload."""
    can_delete: bool = False
    """Its server can be told to delete it."""
    has_folder: bool = False
    """Its files lie in a folder for people to see."""
    keep_fixed: str = ""
    """Why the time in memory of a loaded model cannot be changed; "" where it can."""


NOTHING = LiveFacts()


def table_row(
    instance_id: str,
    state: ProviderState,
    model: ModelConfig,
    live: LiveFacts = NOTHING,
    speed: tuple[str, str, float] = ("", "", 0.0),
) -> TableRow:
    """The row as it is painted. `speed`: in words, where it is from, and tokens a second."""
    up = state.status == "up"
    loaded = model.state is ModelState.LOADED
    return TableRow(
        instance_id,
        model.name,
        model.display_name,
        state.name,
        _state_words(state, model, live),
        _glyph(model, live) if up else StateGlyph.GONE,
        model.quantization or "",
        size_text(model.size_bytes),
        context_text(model.loaded_context_length, model.context_length),
        model.size_bytes or 0,
        available=up,
        simulated=model.simulated,
        speed=speed[0],
        speed_source=speed[1],
        tokens_per_second=speed[2],
        context_length=model.loaded_context_length or model.context_length or 0,
        most_context=model.context_length or 0,
        keep=keep_words(live) if up and loaded and not _is_busy(live) else "",
        memory=_memory_words(live) if up else "",
        memory_bytes=live.memory_bytes or 0,
        used=used_words(live.used_at) if live.used_at is not None else "",
        used_at=live.used_at or 0.0,
        action=_action(model, live) if up else None,
        keep_fixed=live.keep_fixed,
        can_delete=up and live.can_delete and not loaded and not _is_busy(live),
        has_folder=live.has_folder,
    )


def _is_busy(live: LiveFacts) -> bool:
    return live.loading is not None or live.unloading


def _state_words(state: ProviderState, model: ModelConfig, live: LiveFacts) -> str:
    if state.status != "up":
        return tr("Server stopped") if state.error_kind == "not_running" else tr("Server not reachable")
    if live.unloading:
        return tr("Unloading")
    if live.loading is not None:
        return tr("Loading {n} %").format(n=int(live.loading * 100)) if live.loading >= 0 else tr("Loading")
    words = {
        ModelState.LOADED: tr("Loaded"),
        ModelState.LOADING: tr("Loading"),
        ModelState.NOT_LOADED: tr("Not loaded"),
    }
    return words.get(model.state, "")


def _glyph(model: ModelConfig, live: LiveFacts) -> StateGlyph:
    if _is_busy(live):
        return StateGlyph.BUSY
    glyphs = {ModelState.LOADED: StateGlyph.LOADED, ModelState.LOADING: StateGlyph.BUSY}
    return glyphs.get(model.state, StateGlyph.IDLE)


def _action(model: ModelConfig, live: LiveFacts) -> Action | None:
    if not live.can_load or live.unloading:
        return None
    if live.loading is not None:
        return Action.CANCEL
    return Action.UNLOAD if model.state is ModelState.LOADED else Action.LOAD


def _memory_words(live: LiveFacts) -> str:
    if not live.memory_bytes:
        return ""
    size = size_text(live.memory_bytes)
    return tr("≈ {size}").format(size=size) if live.memory_estimated else size


def keep_words(live: LiveFacts, now: float | None = None) -> str:
    """How long a loaded model stays if nobody asks it; "" where nobody told."""
    if live.stays:
        return tr("stays loaded")
    if live.leaves_at is None:
        return ""
    left_s = live.leaves_at - (time.time() if now is None else now)
    if left_s < -MINUTE_S:  # it is asked something, or the clocks of both computers differ
        return ""
    if left_s < MINUTE_S:
        return tr("under 1 min left")
    if left_s < 2 * HOUR_S:
        return tr("{n} min left").format(n=round(left_s / MINUTE_S))
    return tr("{n} h left").format(n=round(left_s / HOUR_S))


def used_words(at: float, now: float | None = None) -> str:
    """Minutes and hours for today, then a date."""
    ago_s = max(0.0, (time.time() if now is None else now) - at)
    if ago_s < MINUTE_S:
        return tr("just now")
    if ago_s < HOUR_S:
        return tr("{n} min ago").format(n=int(ago_s / MINUTE_S))
    if ago_s < DAY_S:
        return tr("{n} h ago").format(n=int(ago_s / HOUR_S))
    date = QDateTime.fromSecsSinceEpoch(int(at)).date()
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)
