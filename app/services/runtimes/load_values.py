"""Load options as plain values, to be kept and shown: names of `LoadOptions`, and "never" for a model that stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from app.services.llm.errors import LLMError
from app.services.runtimes.records import NEVER, GpuShare, LoadOptions

#: In the order in which they are shown.
NAMES = ("context_length", "gpu", "ttl_s", "batch")
STAYS = "never"
#: More than any model has: backends take it as all of them.
EVERY_LAYER = 999


def load_values(options: LoadOptions) -> dict[str, Any]:
    """Those that are set, fit for JSON."""
    found = {name: value for name in NAMES if (value := getattr(options, name)) is not None}
    if found.get("ttl_s") == NEVER:
        found["ttl_s"] = STAYS
    return found


def load_options(raw: Mapping[str, Any]) -> LoadOptions:
    """What such values say. One that is none is left out: a store may hold what another program wrote."""
    return LoadOptions(**known_load_values(raw, keep_word=False))


def known_load_values(raw: Mapping[str, Any], *, keep_word: bool = True) -> dict[str, Any]:
    """Those that a backend could be told. `keep_word`: "never" stays a word."""
    found: dict[str, Any] = {}
    for name in NAMES:
        value = raw.get(name)
        if name == "ttl_s" and value == STAYS:
            value = NEVER
        if value is None or not _is_valid(name, value):
            continue
        found[name] = STAYS if keep_word and value == NEVER else value
    return found


def layers_of(share: GpuShare, blocks: int | None) -> int | None:
    """How many layers lie on the graphics card; all of them and the output are one more than the model's blocks.

    None: a share of a model that does not tell its blocks.
    """
    if share in ("off", 0):
        return 0
    if share in ("max", 1):
        return EVERY_LAYER
    return None if blocks is None else round(float(share) * (blocks + 1))


def _is_valid(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if name == "gpu":
        fits = isinstance(value, int | float) or value in ("off", "max")
    elif name == "ttl_s":
        fits = isinstance(value, int | float)
    else:
        fits = isinstance(value, int)
    if not fits:
        return False
    try:
        LoadOptions(**{name: cast(Any, value)})
    except LLMError:
        return False
    return True
