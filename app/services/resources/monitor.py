"""Samples of what this computer does, taken when somebody asks for one and kept for some minutes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from app.lean_dataclass import dataclass
from app.services.engine import graphics_memory
from app.services.engine.graphics_memory import GraphicsCard
from app.services.engine.memory import SystemMemory, system_memory
from app.services.resources.processes import ProcessTable, listening_on, read_processes
from app.services.resources.processor import ProcessorTime, busy_share, read_processor
from app.services.runtimes.records import ProcessHint

#: Between two samples while somebody looks.
INTERVAL_S = 2.0
#: So far back they are kept.
HISTORY_S = 300.0
MAX_SAMPLES = round(HISTORY_S / INTERVAL_S) + 1
#: The driver's program is a process of its own: it is not started with every sample.
GRAPHICS_EVERY_S = 6.0
#: Looking for who listens on a port reads every open file; one that was found is kept while it runs.
PORT_EVERY_S = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. What is None or missing is not known, and was not guessed."""

    at: float
    """Monotonic seconds."""
    processor: float | None = None
    """How busy all processors were since the sample before, from 0 to 1."""
    memory: SystemMemory | None = None
    graphics: tuple[GraphicsCard, ...] = ()
    runtimes: Mapping[str, int] = field(default_factory=dict)
    """Bytes of memory that the processes of a model server hold, by the id of its provider."""


@dataclass(slots=True)
class _Port:
    """Who listens on a port, and when that was looked at."""

    found: list[int]
    at: float


class ResourceMonitor:
    """Belongs to one loop. Takes nothing by itself: `take` is called while somebody looks."""

    def __init__(self) -> None:
        self.history: deque[Sample] = deque(maxlen=MAX_SAMPLES)
        self._before: ProcessorTime | None = None
        self._program: Path | None = None
        self._program_looked_for = False
        self._graphics: tuple[GraphicsCard, ...] = ()
        self._graphics_at = -GRAPHICS_EVERY_S
        self._ports: dict[int, _Port] = {}

    def pause(self) -> None:
        """Nobody looks any more: the next sample does not speak of the time between."""
        self._before = None

    async def take(self, hints: Mapping[str, ProcessHint]) -> Sample:
        """Look once; `hints`: where the processes of the model servers are, by the id of their provider."""
        sample, graphics = await asyncio.gather(asyncio.to_thread(self._look, dict(hints)), self._look_at_graphics())
        made = Sample(sample.at, sample.processor, sample.memory, graphics, sample.runtimes)
        self.history.append(made)
        return made

    def _look(self, hints: dict[str, ProcessHint]) -> Sample:
        now = read_processor()
        share, self._before = busy_share(self._before, now), now
        table = read_processes() if hints else None
        held = {}
        for instance_id, hint in hints.items():
            size = table.resident_bytes(self._roots(hint, table)) if table is not None else None
            if size is not None:
                held[instance_id] = size
        return Sample(time.monotonic(), share, system_memory(), runtimes=held)

    def _roots(self, hint: ProcessHint, table: ProcessTable) -> list[int]:
        found = [*hint.ids, *table.named(hint.names)]
        if hint.port is not None:
            found += self._listening(hint.port, table)
        return found

    def _listening(self, port: int, table: ProcessTable) -> list[int]:
        known = self._ports.get(port)
        now = time.monotonic()
        stale = known is None or not all(one in table for one in known.found)
        if known is None or stale or now - known.at >= PORT_EVERY_S:
            known = self._ports[port] = _Port(listening_on(port), now)
        return known.found

    async def _look_at_graphics(self) -> tuple[GraphicsCard, ...]:
        now = time.monotonic()
        if now - self._graphics_at >= GRAPHICS_EVERY_S:
            self._graphics_at = now
            if not self._program_looked_for:
                self._program, self._program_looked_for = await graphics_memory.find_program(), True
            self._graphics = tuple(await graphics_memory.cards_of(self._program))
        return self._graphics
