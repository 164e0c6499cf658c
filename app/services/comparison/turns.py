"""Which models answer at the same time, and which in turn, since this computer could not hold them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from app.lean_dataclass import dataclass
from app.services.engine.memory import OVERHEAD_BYTES
from app.services.llm.llm_manager import Resolved
from app.services.llm.models import ModelState

#: What a model takes with a window of some thousand tokens, as a share of its file: its server does not tell the rest.
WITH_WINDOW = 1.2
IN_MEMORY = frozenset({ModelState.LOADED})


class TurnReason(StrEnum):
    """Why models of this computer go one after the other."""

    ASKED = "asked"
    ONE_SERVER = "one_server"
    """A server that loads on demand may take the model that answers out of memory for the next one."""
    MEMORY = "memory"
    UNKNOWN_SIZE = "unknown_size"


@dataclass(frozen=True, slots=True)
class Turns:
    """Groups of positions: the groups run side by side, each answers one after the other."""

    groups: tuple[tuple[int, ...], ...]
    reason: TurnReason | None = None
    """None where all run together."""


def turns_of(models: Sequence[Resolved], available: int | None, *, together: bool | None = None) -> Turns:
    """`together` overrides what memory suggests; None leaves it to that. `available` is free memory in bytes.

    Models elsewhere always run together with the others: they take nothing of this computer.
    """
    everybody = range(len(models))
    here = [n for n in everybody if models[n].local and not models[n].simulated]
    reason = None if together or len(here) < 2 else _reason(models, here, available, together)
    if reason is None:
        return Turns(tuple((n,) for n in everybody))
    elsewhere = [(n,) for n in everybody if n not in here]
    return Turns((tuple(here), *elsewhere), reason)


def _reason(
    models: Sequence[Resolved], here: Sequence[int], available: int | None, together: bool | None
) -> TurnReason | None:
    if together is False:
        return TurnReason.ASKED
    missing = {(models[n].provider, models[n].model): models[n] for n in here if _state(models[n]) not in IN_MEMORY}
    if not missing:
        return None
    at_server: dict[str, set[str]] = defaultdict(set)
    for n in here:
        at_server[models[n].provider].add(models[n].model)
    if any(len(at_server[provider]) > 1 for provider, _model in missing):
        return TurnReason.ONE_SERVER
    if len(at_server) == 1 and len(missing) < 2:
        return None  # one model, asked twice
    sizes = [one.description.size_bytes if one.description is not None else None for one in missing.values()]
    known = [round(size * WITH_WINDOW) + OVERHEAD_BYTES for size in sizes if size is not None]
    if available is None or len(known) < len(sizes):
        return TurnReason.UNKNOWN_SIZE
    return TurnReason.MEMORY if sum(known) > available else None


def _state(model: Resolved) -> ModelState:
    return model.description.state if model.description is not None else ModelState.UNKNOWN
