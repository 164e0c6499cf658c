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


def openai_shaped(tokens: int, streams: int, rate: float) -> Callable[[], Figures]:
    def case() -> Figures:
        us = compare(["lm_studio", "openai_compatible", "openai_sdk", "aiohttp"], tokens, streams, rate)
        figures = {f"{client}_us": value for client, value in us.items()}
        for client in ("lm_studio", "openai_compatible"):
            figures[f"{client}_to_sdk"] = us[client] / us["openai_sdk"]
            figures[f"{client}_to_aiohttp"] = us[client] / us["aiohttp"]
        return figures

    return case


def ollama(tokens: int, streams: int, rate: float) -> Callable[[], Figures]:
    def case() -> Figures:
        us = compare(["ollama", "aiohttp_lines"], tokens, streams, rate)
        return {
            **{f"{client}_us": value for client, value in us.items()},
            "ollama_to_aiohttp": us["ollama"] / us["aiohttp_lines"],
        }

    return case


SATURATED = (SATURATED_TOKENS, SATURATED_STREAMS, 0)
PACED = (PACED_TOKENS, PACED_STREAMS, PACED_RATE)
CASES = {
    "openai_saturated": openai_shaped(*SATURATED),
    "openai_paced": openai_shaped(*PACED),
    "ollama_saturated": ollama(*SATURATED),
    "ollama_paced": ollama(*PACED),
}
LIMITS = [
    Limit("openai_saturated", "lm_studio_to_sdk", at_most=0.23),
    Limit("openai_saturated", "openai_compatible_to_sdk", at_most=0.23),
    Limit("openai_paced", "lm_studio_to_sdk", at_most=0.5),
    Limit("openai_paced", "openai_compatible_to_sdk", at_most=0.5),
    Limit("openai_paced", "lm_studio_to_aiohttp", at_most=2.2),
    Limit("ollama_paced", "ollama_to_aiohttp", at_most=2.2),
]
