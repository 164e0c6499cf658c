"""CPU a streamed token costs our client, beside the openai SDK and the least that works, in the same run.

"Saturated": the server sends as fast as the socket takes it, so many tokens come with one wake-up. "Paced": 1,000
tokens a second, one wake-up a token, as real servers send. The ratios are what is limited; microseconds differ by
machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.benchmarks._measure import Figures, Limit

SATURATED_TOKENS, SATURATED_STREAMS = 5_000, 4
PACED_TOKENS, PACED_STREAMS, PACED_RATE = 1_500, 1, 1_000
TURNS = 3


@contextmanager
def upstream(tokens: int, rate: float) -> Iterator[str]:
    """A fake server in a process of its own; its address."""
    command = [sys.executable, "-m", "tests.benchmarks._fake_upstream", "--tokens", str(tokens), "--rate", str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None and server.stdin is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.stdin.close()


def one(client: str, url: str, streams: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks._clients", client, url, str(streams)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{client} failed:\n{done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def compare(clients: list[str], tokens: int, streams: int, rate: float) -> dict[str, float]:
    """Client -> CPU microseconds a token: the least of a few turns, taken in alternation."""
    best: dict[str, float] = {}
    characters = set()
    with upstream(tokens, rate) as url:
        for _turn in range(TURNS):
            for client in clients:
                found = one(client, url, streams)
                characters.add(found["characters"])
                best[client] = min(best.get(client, float("inf")), found["us_per_token"])
    assert len(characters) == 1, f"clients read different texts: {characters}"
    return best


def compared(ours: list[str], floors: dict[str, str], tokens: int, streams: int, rate: float) -> Callable[[], Figures]:
    """A case: `ours` beside `floors` (name of the floor's ratio -> client), all on the same answers."""

    def case() -> Figures:
        us = compare([*ours, *floors.values()], tokens, streams, rate)
        ratios = {f"{client}_to_{name}": us[client] / us[floor] for client in ours for name, floor in floors.items()}
        return {**{f"{client}_us": value for client, value in us.items()}, **ratios}

    return case


#: Wire -> our providers that speak it, and what they are held against.
WIRES: dict[str, tuple[list[str], dict[str, str]]] = {
    "openai": (
        ["lm_studio", "openai_compatible", "openai", "google_gemini"],
        {"sdk": "openai_sdk", "aiohttp": "aiohttp"},
    ),
    "responses": (["responses"], {"sdk": "openai_sdk_responses"}),
    "anthropic": (["anthropic"], {"aiohttp": "aiohttp_claude"}),
    "ollama": (["ollama"], {"aiohttp": "aiohttp_lines"}),
}
SATURATED = (SATURATED_TOKENS, SATURATED_STREAMS, 0)
PACED = (PACED_TOKENS, PACED_STREAMS, PACED_RATE)
PACES = {"saturated": SATURATED, "paced": PACED}
CASES = {f"{wire}_{pace}": compared(*WIRES[wire], *how) for wire in WIRES for pace, how in PACES.items()}
LIMITS = [
    *(Limit("openai_saturated", f"{client}_to_sdk", at_most=0.23) for client in WIRES["openai"][0]),
    *(Limit("openai_paced", f"{client}_to_sdk", at_most=0.5) for client in WIRES["openai"][0]),
    *(Limit("openai_paced", f"{client}_to_aiohttp", at_most=2.2) for client in WIRES["openai"][0]),
    Limit("responses_saturated", "responses_to_sdk", at_most=0.25),
    Limit("responses_paced", "responses_to_sdk", at_most=0.5),
    Limit("anthropic_paced", "anthropic_to_aiohttp", at_most=2.2),
    Limit("ollama_paced", "ollama_to_aiohttp", at_most=2.2),
]
