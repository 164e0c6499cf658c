"""What the runtimes tell: plain values, the same for every backend. None means that the server is silent about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from app.lean_dataclass import dataclass
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

#: How much of a model goes to the graphics card: a share from 0 to 1, or in words.
GpuShare = float | Literal["off", "max"]
#: In place of seconds: the model stays in memory until it is unloaded.
NEVER = math.inf
#: Longer times and larger windows are slips of the keyboard, and more than programs take for a number.
MOST_TTL_S = 10 * 365 * 24 * 3600.0
MOST_TOKENS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One look at a download. Bytes are None while unknown; `completed_bytes` never passes `total_bytes`.

    `stalled_s` is how long no byte has come. `status` is the server's own word: plain text from outside.
    """

    status: str
    completed_bytes: int | None = None
    total_bytes: int | None = None
    bytes_per_second: float | None = None
    stalled_s: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the speed of this look; None while that or the size is unknown."""
        if not self.total_bytes or self.completed_bytes is None or not self.bytes_per_second:
            return None
        return max(0, self.total_bytes - self.completed_bytes) / self.bytes_per_second


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load a model; what is None is left to the backend. A backend that cannot do one of them says so."""

    context_length: int | None = None
    """Tokens of window."""
    gpu: GpuShare | None = None
    ttl_s: float | None = None
    """Seconds without a request after which the model leaves memory; `NEVER`: it stays until it is unloaded."""
    batch: int | None = None
    """Tokens of a prompt that are read at a time."""

    def __post_init__(self) -> None:
        """Raises: LLMError: bad_request, a value that no backend could take."""
        whole = ((say("context length"), self.context_length), (say("batch size"), self.batch))
        wrong = next((name for name, value in whole if value is not None and not 1 <= value <= MOST_TOKENS), None)
        if self.ttl_s is not None and self.ttl_s != NEVER and not 0 < self.ttl_s <= MOST_TTL_S:
            wrong = say("time in memory")
        if isinstance(self.gpu, float | int) and not 0 <= self.gpu <= 1:
            wrong = say("GPU share")
        if wrong is not None:
            raise LLMError(
                ErrorKind.BAD_REQUEST,
                say("The {wrong} is not valid.", wrong=wrong),
                say("GPU: off, max or 0 to 1; tokens and seconds above zero, ten years at most."),
            )


@dataclass(frozen=True, slots=True)
class LoadTerms:
    """Which options of `LoadOptions` a backend takes here and now; sentences say why one is not taken."""

    refused: Mapping[str, str] = field(default_factory=dict)
    """Names of options that it does not take."""
    apart: Mapping[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    """An option that cannot be had together with any of others."""
    keep_alive_fixed: str = ""
    """Why the time in memory of a loaded model cannot be changed; "" where it can."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to answer. `context_length` in tokens is what it really got, None where the server is silent."""

    instance_id: str
    context_length: int | None
    was_loaded: bool = False
    """It had been loaded before, so nothing was done."""
    notices: tuple[str, ...] = ()
    """Sentences about what it did not get of what was asked for."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that is downloaded, of whatever kind."""

    name: str
    kind: str
    """`chat`, `embedding`, or the server's own word for another kind."""
    display_name: str = ""
    size_bytes: int | None = None
    quantization: str | None = None
    parameters: str | None = None
    format: str | None = None
    context_length: int | None = None
    """Tokens it could take at most."""
    loaded: bool = False
    local: bool = True
    """False: it is listed here and computed elsewhere (Ollama's cloud models)."""
    simulated: bool = False
    """It is the simulator's: no model is running."""


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A copy of a model in memory."""

    name: str
    instance_id: str
    context_length: int | None = None
    size_bytes: int | None = None
    """As the server lists it: Ollama's is what the copy takes of memory, LM Studio's the size of the files."""
    vram_bytes: int | None = None
    """How much of it lies on the graphics card."""
    expires_at: float | None = None
    """Unix time at which it leaves memory if nobody asks it; None: it stays, or the server does not say."""
    status: str | None = None
    """What it does, in the server's own word (`idle`, `generating`)."""
    simulated: bool = False
    """As above."""
    memory_bytes: int | None = None
    """What it takes of memory, as its server reports or as its process was measured."""
    memory_estimated: bool = False
    """The figure above is an estimate of the server's."""
    stays: bool = False
    """The server says that it stays until it is unloaded."""


@dataclass(frozen=True, slots=True)
class ProcessHint:
    """Where the processes of a backend are to be found on this computer; empty for one that runs elsewhere."""

    names: frozenset[str] = frozenset()
    """What its programs are called, as the system lists them (Linux: at most 15 characters)."""
    port: int | None = None
    """Where its server listens."""
    ids: tuple[int, ...] = ()
    """Processes that are known to be its own."""


@dataclass(frozen=True, slots=True)
class Ejected:
    """What `unload_all` did: copies as they were, and those that stayed, with why."""

    backend: str
    product: str
    unloaded: tuple[RunningModel, ...] = ()
    failed: tuple[tuple[RunningModel, LLMError], ...] = ()


OnPull = Callable[[PullProgress], None]
OnLoad = Callable[[float], None]
"""Called with the share of a load that is done, from 0 to 1; never by backends that do not tell."""


def context_notice(asked: int | None, got: int | None) -> tuple[str, ...]:
    """The sentence about a window that became smaller than asked for."""
    if asked is None or got is None or got >= asked:
        return ()
    return (say("Asked for {asked:,} tokens of context, it got {got:,}.", asked=asked, got=got),)
