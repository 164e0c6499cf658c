"""Small coder models for somebody who has none yet: which ones is data, whether they fit is looked up.

`config/suggested_models.json` names repositories only. Sizes and licences are what the hub says when somebody asks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.lean_dataclass import dataclass
from app.paths import bundled
from app.services.engine.footprint import Fit, Verdict, preference
from app.services.hub.listing import chosen
from app.services.hub.records import HubItem, HubRepository
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.hub.hub import Hub

SHIPPED = ("config", "suggested_models.json")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One repository and the quantization of it that is meant. `good_for`: a sentence for people."""

    name: str
    repository: str
    quantization: str
    good_for: str

    @property
    def typed(self) -> str:
        """As `Hub.fetch` and `aica pull` take it."""
        return f"{self.repository}@{self.quantization}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion as the hub has it now, judged for this computer."""

    suggestion: Suggestion
    repository: HubRepository
    item: HubItem
    fit: Fit

    @property
    def runs_here(self) -> bool:
        """False where it is known to be too large."""
        return self.fit.verdict is not Verdict.TOO_LARGE

    @property
    def has_checksum(self) -> bool:
        """Whether the hub names a SHA-256 of each file, so that what comes is checked against it."""
        return all(file.sha256 for file in self.item.files)


def suggestions(file: Path | None = None) -> tuple[Suggestion, ...]:
    """The shipped list. Reads a small file."""
    listed = json.loads((file or bundled(*SHIPPED)).read_text(encoding="utf-8"))["models"]
    return tuple(Suggestion(**one) for one in listed)


async def look_up(hub: Hub, wanted: Sequence[Suggestion], context_length: int) -> list[Offer]:
    """Ask the hub for each of them, all at once; what is offered first comes first. One that the hub lacks is left out.

    `context_length`: tokens of the window that is judged.

    Raises:
        LLMError: none of them could be had; as `HubClient.repository`.
    """
    found = await asyncio.gather(*(_look_up(hub, one, context_length) for one in wanted), return_exceptions=True)
    offers = [one for one in found if isinstance(one, Offer)]
    failures = [one for one in found if isinstance(one, BaseException)]
    for failure in failures:
        if not isinstance(failure, LLMError) or not offers:
            raise failure
    return sorted(offers, key=lambda offer: preference(offer.fit.verdict, offer.item.size_bytes))


async def _look_up(hub: Hub, wanted: Suggestion, context_length: int) -> Offer:
    judged = await hub.show(wanted.repository, context_length)
    item = chosen(judged.repository.items, wanted.quantization)
    fit = next((row.fit for row in judged.rows if row.item is item), None)
    if item is None or fit is None:
        raise LLMError(
            ErrorKind.MODEL_NOT_FOUND,
            say("{repository} has no {quantization}.", repository=wanted.repository, quantization=wanted.quantization),
            retryable=False,
        )
    return Offer(wanted, judged.repository, item, fit)
