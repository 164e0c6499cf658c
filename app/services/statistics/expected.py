"""How fast an answer will be: from what this model did here, else from what other models did here.

Writing a token reads the weights once, so on one machine and device the time for a token grows with the bytes that
are read for it, plus what every token costs whatever the model. That is learned from models that ran here; models of
which only a part runs for each token (mixtures of experts) count with that part, where their name tells it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from app.lean_dataclass import dataclass
from app.services.statistics.run_rows import Run

#: Fewer answers than this say nothing.
LEAST_ANSWERS = 3
#: The last so many at a similar length of prompt; similar is up to so many times as long or short.
MOST_ANSWERS, SIMILAR = 30, 2.0
#: A model so many times larger or smaller than all that ran here is beyond what they tell.
BEYOND = 8.0

_ACTIVE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)b-a(\d+(?:\.\d+)?)b", re.IGNORECASE)
#: Mixtures of experts whose names do not say how much of them runs (their makers' model cards).
_MIXTURES = re.compile(
    r"\d+x\d+(\.\d+)?b|moe|mixtral|gpt-oss|deepseek-(v[23]|r1(?!.*distill))|llama-?4|glm-4\.5|kimi-k2|minimax|dbrx|grok",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an answer will be like. `answers` 0: learned from `models` others that ran here."""

    tokens_per_second: float | None
    ttft_s: float | None = None
    """For the prompt that was asked about."""
    answers: int = 0
    models: int = 0
    estimated: bool = False
    """Whether tokens of these answers were counted here instead of reported."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Another model of the same engine on the same machine."""

    weight_bytes: float
    """Read for each token."""
    tokens_per_second: float


def weight_bytes(name: str, size_bytes: int | None) -> float | None:
    """Bytes of weights that are read for a token. None = unknown."""
    if not size_bytes:
        return None
    found = _ACTIVE.search(name.replace("_", "-"))
    if found:
        whole, active = float(found[1]), float(found[2])
        return size_bytes * active / whole if 0 < active <= whole else None
    return None if _MIXTURES.search(name) else float(size_bytes)


def from_own(runs: Sequence[Run], prompt_tokens: int | None = None) -> Expectation | None:
    """From runs of the model, the newest first. `prompt_tokens`: what will be sent; None where that is not known yet.

    None: too few of them tell anything.
    """
    decode = _similar([run for run in runs if run.decode is not None], prompt_tokens)
    if len(decode) < LEAST_ANSWERS:
        return None
    speeds = [run.decode for run in decode if run.decode is not None]
    counted = any(run.estimated for run in decode)
    return Expectation(median(speeds), _first_token(runs, prompt_tokens), answers=len(speeds), estimated=counted)


def _similar(runs: Sequence[Run], prompt_tokens: int | None) -> Sequence[Run]:
    """Those with a prompt of similar length, where they are enough; else all."""
    if prompt_tokens:
        near = [run for run in runs if run.input_tokens and 1 / SIMILAR <= run.input_tokens / prompt_tokens <= SIMILAR]
        if len(near) >= LEAST_ANSWERS:
            return near[:MOST_ANSWERS]
    return runs[:MOST_ANSWERS]


def _first_token(runs: Sequence[Run], prompt_tokens: int | None) -> float | None:
    """Reading the prompt at the speed it is read here; nothing of it is taken for cached."""
    if not prompt_tokens:
        return None
    reading = [speed for run in _similar(runs, prompt_tokens) if (speed := run.prompt) is not None]
    if len(reading) >= LEAST_ANSWERS:
        return prompt_tokens / median(reading)
    waits = [
        run.ttft_ms / 1000
        for run in _similar(runs, prompt_tokens)
        if run.ttft_ms is not None and run.input_tokens and 1 / SIMILAR <= run.input_tokens / prompt_tokens <= SIMILAR
    ]
    return median(waits) if len(waits) >= LEAST_ANSWERS else None


def from_others(wanted_bytes: float | None, others: Sequence[Measured]) -> Expectation | None:
    """For a model that never ran here. None: its size is not known, or nothing of about that size ran here."""
    if not wanted_bytes:
        return None
    near = [one for one in others if 1 / BEYOND <= one.weight_bytes / wanted_bytes <= BEYOND]
    if not near:
        return None
    return Expectation(1 / _seconds_for(wanted_bytes, near), models=len(near))


def _seconds_for(wanted_bytes: float, measured: Sequence[Measured]) -> float:
    """Of one token: what every token costs plus what its bytes cost, fitted to what was measured (least squares of the
    relative error). Where the sizes are too alike to tell the two apart, all of it is taken for the bytes' cost."""
    rate = median(1 / (one.tokens_per_second * one.weight_bytes) for one in measured)
    sizes = [one.weight_bytes for one in measured]
    if max(sizes) < 1.5 * min(sizes):
        return rate * wanted_bytes
    # Minimise sum((a + b·size)/t - 1)²: two linear equations in a and b.
    inverse = [one.tokens_per_second for one in measured]
    s_uu = sum(u * u for u in inverse)
    s_uv = sum(u * u * size for u, size in zip(inverse, sizes, strict=True))
    s_vv = sum((u * size) ** 2 for u, size in zip(inverse, sizes, strict=True))
    s_u, s_v = sum(inverse), sum(u * size for u, size in zip(inverse, sizes, strict=True))
    determinant = s_uu * s_vv - s_uv * s_uv
    if determinant <= 0:
        return rate * wanted_bytes
    fixed = (s_u * s_vv - s_v * s_uv) / determinant
    per_byte = (s_uu * s_v - s_uv * s_u) / determinant
    if fixed < 0 or per_byte <= 0:  # not what memory does: noise
        return rate * wanted_bytes
    return fixed + per_byte * wanted_bytes
