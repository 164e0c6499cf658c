"""A model as Auto sees it: what it can, what it costs, and what was measured of it here."""

from __future__ import annotations

from dataclasses import field

from app.lean_dataclass import dataclass
from app.services.routing.preferences import ModelKey, Preferences

#: A disk reads about this much a second into memory, and a runtime needs a moment around it; only for what was never
#: measured here.
LOAD_BYTES_PER_S, LOAD_LEAST_S = 500e6, 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Medians measured here; None where a figure is not known."""

    ttft_s: float | None = None
    prompt_tokens_per_s: float | None = None
    tokens_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """USD per token."""

    prompt: float
    answer: float

    def of(self, prompt_tokens: int, answer_tokens: int) -> float:
        return prompt_tokens * self.prompt + answer_tokens * self.answer


FREE = Price(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """None means unknown throughout."""

    provider: str
    model: str
    name: str
    server: str = ""
    local: bool = True
    available: bool = True
    loaded: bool | None = None
    """None for services that have no such state."""
    window: int | None = None
    """Tokens that a request to it would be given now."""
    pictures: bool | None = None
    tools: bool | None = None
    size_bytes: int | None = None
    priority: int = 0
    """Of its provider; lower first."""
    favourite: bool = False
    price: Price | None = FREE
    pace: Pace = Pace()
    answered: int = 0
    failed: int = 0
    """Recent answers that came to an end, and those that failed."""
    preferences: Preferences = field(default_factory=Preferences, repr=False, compare=False)

    @property
    def key(self) -> ModelKey:
        return (self.provider, self.model)

    @property
    def load_s(self) -> float:
        """Seconds until it can begin to read, estimated; 0 where it is loaded or that is no question."""
        if self.loaded is not False:
            return 0.0
        return LOAD_LEAST_S + (self.size_bytes or 0) / LOAD_BYTES_PER_S
