"""What the form for loading a model shows, ready to fill in. Options have the names and values of `load_values`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale

from app.lean_dataclass import dataclass

CONTEXT, GPU, TTL, BATCH = "context_length", "gpu", "ttl_s", "batch"
STAYS = "never"
MINUTE_S, HOUR_S = 60.0, 3_600.0
#: Seconds in memory that are offered, between the server's own and "never".
TIMES_S = (5 * MINUTE_S, 15 * MINUTE_S, 30 * MINUTE_S, HOUR_S, 4 * HOUR_S, 24 * HOUR_S)


def tr(text: str) -> str:
    return QCoreApplication.translate("LoadForm", text)


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """A preset that says how a model is loaded. `asks`: what else it sets, in words; "" for nothing."""

    uid: str
    name: str
    values: Mapping[str, Any]
    asks: str = ""


@dataclass(frozen=True, slots=True)
class LoadFormFacts:
    """One model and how it can be loaded."""

    instance_id: str
    model: str
    name: str
    runtime: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """What is filled in at first: as it was loaded last, else as it would be loaded by itself."""
    most_context: int = 0
    """Tokens it can have at most; 0: unknown."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Options that its runtime does not take, with why."""
    apart: Mapping[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    """An option that cannot be had together with any of others, with why."""
    loaded: bool = False
    keep_fixed: str = ""
    """Why the time in memory of a loaded model cannot be changed; "" where it can."""
    templates: tuple[TemplateFacts, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.instance_id, self.model


@dataclass(frozen=True, slots=True)
class FitFacts:
    """Whether it fits with a window: the verdict's value, and sentences."""

    verdict: str
    words: str
    more: str = ""


def option_words(name: str) -> str:
    """What an option is called in a sentence."""
    words = {CONTEXT: tr("context window"), GPU: tr("GPU"), TTL: tr("time in memory"), BATCH: tr("batch size")}
    return words[name]


def ttl_words(value: float | str) -> str:
    """A time in memory, or that there is no end."""
    return tr("until it is unloaded") if isinstance(value, str) else time_words(float(value))


def time_words(seconds: float) -> str:
    """`30 min`, `4 h`; odd times in seconds."""
    locale = QLocale()
    if seconds >= HOUR_S and seconds % HOUR_S == 0:
        return tr("{n} h").format(n=locale.toString(int(seconds // HOUR_S)))
    if seconds >= MINUTE_S and seconds % MINUTE_S == 0:
        return tr("{n} min").format(n=locale.toString(int(seconds // MINUTE_S)))
    return tr("{n} s").format(n=locale.toString(round(seconds)))
