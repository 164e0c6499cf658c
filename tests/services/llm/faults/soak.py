"""Thousands of answers with random faults, on one core, in one process: nothing may grow and no text may be lost.

`python -m tests.services.llm.faults.soak --answers 10000 --seed 1` prints what it did and ends with status 1 when
memory, tasks, threads or open files grew, or when an answer came to something else than its fault says.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from app.services.llm.errors import LLMError
from app.services.llm.models import ChatRequest, Message
from app.services.llm.providers.base import BaseProvider
from app.services.llm.stream_events import TextDelta
from tests.fakes.raw_http import Exchange, RawServer, Reply
from tests.services.llm.faults.faults import FAULTS, Fault
from tests.services.llm.faults.wires import MODEL, PROMPT_CANARY, TEXT, WIRES, Wire

#: Answers at the same time.
SIDE_BY_SIDE = 16
#: Growth that is still none: what caches and the allocator keep.
MAX_GROWTH_MB = 24.0
REQUEST = ChatRequest(model=MODEL, messages=(Message(role="user", content=PROMPT_CANARY),))


@dataclass
class Held:
    """What the process holds at one moment."""

    resident_mb: float
    tasks: int
    threads: int
    files: int

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return cls(
            pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
            len(asyncio.all_tasks()),
            threading.active_count(),
            len(os.listdir("/proc/self/fd")),
        )


@dataclass
class Soak:
    """Counts by outcome, and everything that was not as it should be."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    before: Held | None = None
    after: Held | None = None

    def grown(self) -> list[str]:
        assert self.before is not None and self.after is not None
        found = []
        if self.after.resident_mb - self.before.resident_mb > MAX_GROWTH_MB:
            found.append(f"memory: {self.before.resident_mb:.0f} MB, then {self.after.resident_mb:.0f} MB")
        for name in ("tasks", "threads", "files"):
            first, last = getattr(self.before, name), getattr(self.after, name)
            if last > first + 2:
                found.append(f"{name}: {first}, then {last}")
        return found


#: Those that end by themselves: a clock that has to run out, or a flood up to a lowered limit, has its own test.
QUICK = [fault for fault in FAULTS if not fault.options and not fault.limits and "without end" not in fault.name]


def reply_by_header(wire: Wire) -> Reply:
    """One server for all faults: the request's temperature says which one it meets."""

    async def reply(exchange: Exchange) -> None:
        sent = exchange.request.json
        number = sent.get("temperature", sent.get("options", {}).get("temperature", 0))
        await QUICK[round(number * 1000) % len(QUICK)].reply(wire)(exchange)

    return reply


async def soak(answers: int, seed: int) -> Soak:
    """Ask `answers` times, `SIDE_BY_SIDE` at a time."""
    source = random.Random(seed)
    found = Soak()
    servers = {wire.name: wire.server(reply_by_header(wire)) for wire in WIRES}
    async with asyncio.TaskGroup() as opening:
        for server in servers.values():
            opening.create_task(server.__aenter__())
    providers = {wire.name: wire.make(servers[wire.name].url) for wire in WIRES}
    try:
        await _ask(min(500, answers), source, providers, Soak())  # caches fill, modules load
        _forget(servers)
        found.before = Held.now()
        await _ask(answers, source, providers, found)
        _forget(servers)
        found.after = Held.now()
    finally:
        for provider in providers.values():
            await provider.aclose()
        for server in servers.values():
            await server.__aexit__(None, None, None)
    return found


def _forget(servers: dict[str, RawServer]) -> None:
    """The fakes remember every request; that growth is not the product's."""
    for server in servers.values():
        server.requests.clear()


async def _ask(answers: int, source: random.Random, providers: dict[str, BaseProvider], found: Soak) -> None:
    left = answers

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            wire = source.choice(WIRES)
            number = source.randrange(len(QUICK))
            await _one(wire, number, providers[wire.name], found)

    async with asyncio.TaskGroup() as group:
        for _ in range(SIDE_BY_SIDE):
            group.create_task(worker())


async def _one(wire: Wire, number: int, provider: BaseProvider, found: Soak) -> None:
    fault = QUICK[number]
    parameters = REQUEST.parameters.model_copy(update={"temperature": number / 1000})
    request = REQUEST.model_copy(update={"parameters": parameters})
    text, error = "", None
    try:
        async with asyncio.timeout(30):
            async for event in provider.stream(request):
                if isinstance(event, TextDelta):
                    text += event.text
    except LLMError as exc:
        error = exc
    except Exception as exc:
        found.wrong.append(f"{wire.name}, {fault.name}: {exc!r}")
        return
    found.outcomes[error.kind.value if error is not None else "answered"] += 1
    if not _as_expected(fault, text, error):
        found.wrong.append(f"{wire.name}, {fault.name}: {error!r}, {text!r}")


def _as_expected(fault: Fault, text: str, error: LLMError | None) -> bool:
    right_kind = error.kind in fault.kinds if error is not None else not fault.kinds
    right_text = TEXT.startswith(text) if fault.text is None else text == fault.text
    return right_kind and right_text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    found = asyncio.run(soak(options.answers, options.seed))
    print(f"{sum(found.outcomes.values())} answers in {time.monotonic() - began:.0f} s, seed {options.seed}")
    print(", ".join(f"{name} {count}" for name, count in found.outcomes.most_common()))
    print(f"before {found.before}\nafter  {found.after}")
    for line in [*found.grown(), *found.wrong[:20]]:
        print(f"WRONG {line}")
    return 1 if found.grown() or found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
