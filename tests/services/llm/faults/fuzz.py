"""Damaged answers without end, for every wire: only errors of ours may come out of a parser.

`python -m tests.services.llm.faults.fuzz --minutes 60` lets hypothesis change recorded answers (fields, frames, bytes,
where they are cut) until the time is over, and prints how many it tried; the first example that breaks the rule is
shrunk, printed, and ends it with status 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from app.services.llm.providers._failures import Server
from app.services.llm.stream_events import Finished, StreamEvent
from tests.services.llm.faults.wires import MODEL, WIRES, Wire

EXAMPLES_A_ROUND = 2_000
NAMES = [
    "choices", "delta", "content", "message", "text", "type", "index", "finish_reason", "usage", "error", "tool_calls",
    "function", "name", "arguments", "id", "model", "done", "done_reason", "thinking", "reasoning_content", "response",
    "item", "output", "content_block", "stop_reason", "prompt_tokens", "input_tokens", "timings", "role", "status",
]  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)


@st.composite
def damaged(draw: st.DrawFn, wire: Wire) -> list[bytes]:
    """The chunks of an answer after a few changes."""
    frames = list(wire.frames)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, len(frames) - 1)))
        change = draw(st.sampled_from(["field", "value", "delete", "twice", "swap", "bytes", "junk"]))
        if not frames or change == "junk":
            frames.insert(at, draw(st.binary(max_size=40)))
        elif change == "delete":
            del frames[at]
        elif change == "twice":
            frames.insert(at, frames[at])
        elif change == "swap":
            other = draw(st.integers(0, len(frames) - 1))
            frames[at], frames[other] = frames[other], frames[at]
        elif change == "bytes":
            place, length = draw(st.integers(0, len(frames[at]))), draw(st.integers(0, 12))
            frames[at] = frames[at][:place] + draw(st.binary(max_size=8)) + frames[at][place + length :]
        else:
            frames[at] = _changed(draw, wire, frames[at], whole=change == "value")
    body = b"".join(frames)
    cuts = sorted({0, len(body), *draw(st.lists(st.integers(0, len(body)), max_size=6))})
    return [body[a:b] for a, b in pairwise(cuts)][: draw(st.integers(1, 8))]


def _changed(draw: st.DrawFn, wire: Wire, frame: bytes, *, whole: bool) -> bytes:
    """A frame with another value in one of its fields, or another value altogether."""
    start = frame.rfind(b"data: ") + 6 if b"data: " in frame else 0
    try:
        value: Any = json.loads(frame[start:])
    except ValueError:
        return frame
    if whole or not isinstance(value, dict) or not value:
        value = draw(json_values)
    else:
        inside = value
        while True:
            key = draw(st.sampled_from(sorted(inside) + NAMES[:6]))
            below = inside.get(key)
            if not isinstance(below, dict) or not below or draw(st.booleans()):
                inside[key] = draw(json_values)
                break
            inside = below
    return frame[:start] + json.dumps(value).encode("utf-8", "surrogatepass") + (b"\n\n" if start else b"\n")


def read_all(wire: Wire, chunks: list[bytes], counted: Counter[str]) -> None:
    """As the provider does; anything raised here is a find."""
    reader = wire.reader(Server("A server", "a", f"http://x{wire.path}"), MODEL)
    found: list[StreamEvent] = []
    for chunk in chunks:
        found += reader.feed(chunk)
        if reader.done:
            break
    found += reader.finish()
    error = reader.incomplete()
    if error is None:
        found += reader.end()
    assert sum(isinstance(event, Finished) for event in found) == (error is None)
    counted[f"{wire.name}: {error.kind.value if error is not None else 'answered'}"] += 1


def a_round(wire: Wire, number: int, counted: Counter[str]) -> None:
    @seed(number)
    @settings(
        max_examples=EXAMPLES_A_ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(wire))
    def try_it(chunks: list[bytes]) -> None:
        read_all(wire, chunks, counted)

    try_it()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    end = time.monotonic() + options.minutes * 60
    counted: Counter[str] = Counter()
    number = options.seed
    print(f"seed {options.seed}", flush=True)
    while time.monotonic() < end:
        for wire in WIRES:
            a_round(wire, number, counted)
            number += 1
    print(f"{counted.total():,} damaged answers, no exception but our own")
    for name, count in sorted(counted.items()):
        print(f"{count:>12,}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
