"""How much memory a model takes once it is loaded, and whether this computer has it.

Weights and window are counted from the file; what the computation takes is an estimate. It was fitted to models of
100 to 450 MB in the engine of this program on a processor of x86-64 and was within 10 % of what its process took
(`tests/services/engine/test_footprint.py` measures that again). A graphics card's buffers are larger.
"""

from __future__ import annotations

from enum import StrEnum

from app.lean_dataclass import dataclass
from app.services.engine.gguf import GgufHeader
from app.services.engine.window_shape import READ_TOKENS

#: The engine's process with nothing loaded.
ENGINE_BYTES = 39_000_000
#: What should stay free beside a model, so that the rest of the computer goes on as before.
SPARE_BYTES = 400 * 1024 * 1024
#: A window below this is not worth loading a model for.
LEAST_CONTEXT = 2_048
CONTEXT_STEP = 256
#: Where the head does not say what the model was trained for, nobody is promised more.
_MOST_CONTEXT = 1 << 20
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes in the memory of the engine's process; what it keeps of other chats beside them is bounded by what is free
    then (`memory.prompt_cache_mib`).

    Of some kinds (`Q4_0`, `IQ4_NL`, many of `Q4_K`) the engine makes a copy that suits the processor, and its process
    then shows the pages of the file beside it. The system takes those back when memory is short: not counted here.
    """

    weights: int
    window: int
    working: int
    """Buffers of the computation and the engine itself: an estimate."""

    @property
    def total(self) -> int:
        return self.weights + self.window + self.working


class Verdict(StrEnum):
    FITS = "fits"
    TIGHT = "tight"
    """It would load, and leave less than `SPARE_BYTES` for everything else."""
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a model fits with a window. What is None is not known."""

    verdict: Verdict
    context_length: int
    """Tokens of the window that was judged: at most what the model was trained for."""
    footprint: Footprint | None = None
    free_bytes: int | None = None
    largest_context: int | None = None
    """The largest window that fits with `SPARE_BYTES` to spare; 0 where none does."""
    fits_graphics: bool | None = None
    """Whether it would fit into the free memory of a graphics card, which the bundled engine does not use."""
    estimated_bytes: int | None = None
    """What it would take together, where a server estimates that and its parts are not known."""

    @property
    def total_bytes(self) -> int | None:
        """About what it would take; None where that is not known."""
        return self.footprint.total if self.footprint is not None else self.estimated_bytes


def footprint(header: GgufHeader, size_bytes: int, context_length: int, cache: str = "f16") -> Footprint | None:
    """What a model takes with a window of so many tokens; None where its head does not tell the sizes.

    `size_bytes`: of all its files. `cache`: how the window is kept, `f16` or `q8_0`.
    """
    if header.window is None:
        return None
    width, inner = header.embedding_length or 0, header.inner_length or 0
    # At its widest the graph holds three rows of either width for each token that is read at a time.
    buffers = 3 * (inner + width) * _FLOAT_BYTES * min(READ_TOKENS, context_length)
    working = buffers + header.window.checkpoint_bytes(context_length) + ENGINE_BYTES
    return Footprint(size_bytes, header.window.size_bytes(context_length, cache), working)


def largest_context(header: GgufHeader, size_bytes: int, room_bytes: int, cache: str = "f16") -> int | None:
    """The largest window, in steps of `CONTEXT_STEP`, with which a model takes no more than `room_bytes`.

    0: none of at least `LEAST_CONTEXT` does. None: its head does not tell the sizes.
    """
    most = header.context_length or _MOST_CONTEXT

    def fits(tokens: int) -> bool:
        made = footprint(header, size_bytes, tokens, cache)
        return made is not None and made.total <= room_bytes

    if header.window is None:
        return None
    if fits(most):
        return most
    low, high = 0, most // CONTEXT_STEP + 1  # the answer, in steps, is at least `low` and below `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle * CONTEXT_STEP) else (low, middle)
    return low * CONTEXT_STEP if low * CONTEXT_STEP >= min(LEAST_CONTEXT, most) else 0


def judge(
    header: GgufHeader | None,
    size_bytes: int | None,
    context_length: int,
    free_bytes: int | None,
    *,
    graphics_bytes: int | None = None,
    cache: str = "f16",
) -> Fit:
    """Whether a model fits into the memory that is free.

    `header`: None where it could not be read; then only weights beyond the memory are told. `graphics_bytes`: free
    memory of the graphics card with most of it.
    """
    asked = context_length
    if header is not None and header.context_length is not None:
        asked = min(asked, header.context_length)
    made = footprint(header, size_bytes, asked, cache) if header is not None and size_bytes is not None else None
    if made is None or header is None or size_bytes is None:
        beyond = free_bytes is not None and size_bytes is not None and size_bytes > free_bytes
        return Fit(Verdict.TOO_LARGE if beyond else Verdict.UNKNOWN, asked, free_bytes=free_bytes)
    on_card = None if graphics_bytes is None else made.total <= graphics_bytes
    if free_bytes is None:
        return Fit(Verdict.UNKNOWN, asked, made, fits_graphics=on_card)
    verdict = _verdict(made.total, free_bytes)
    largest = largest_context(header, size_bytes, free_bytes - SPARE_BYTES, cache)
    return Fit(verdict, asked, made, free_bytes, largest, on_card)


_PREFERRED = (Verdict.FITS, Verdict.TIGHT, Verdict.UNKNOWN, Verdict.TOO_LARGE)


def preference(verdict: Verdict, size_bytes: int | None) -> tuple[int, int]:
    """For sorting: the largest that fits, then the smallest of those that hardly do: larger ones know more."""
    size = size_bytes or 0
    return (_PREFERRED.index(verdict), -size if verdict is Verdict.FITS else size)


def judge_estimate(total_bytes: int, context_length: int, free_bytes: int | None) -> Fit:
    """The same for a sum that a server estimated."""
    verdict = Verdict.UNKNOWN if free_bytes is None else _verdict(total_bytes, free_bytes)
    return Fit(verdict, context_length, free_bytes=free_bytes, estimated_bytes=total_bytes)


def _verdict(total_bytes: int, free_bytes: int) -> Verdict:
    if total_bytes + SPARE_BYTES <= free_bytes:
        return Verdict.FITS
    return Verdict.TIGHT if total_bytes <= free_bytes else Verdict.TOO_LARGE
