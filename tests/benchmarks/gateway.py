"""What the gateway costs, beside asking the server directly, the least relay there can be, and other gateways.

What is compared is taken in turns, so that a slower phase of the machine meets all of it alike. CPU is that of the
gateway's process tree, from the operating system. Clients and server run on one core, the gateway on another where
there are two. `AICA_BENCHMARK_LITELLM` names a `litellm` command to measure beside ours.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks._gateway_load import TOKEN
from tests.benchmarks._gateway_upstream import MODEL
from tests.benchmarks._measure import Figures, Limit
from tests.benchmarks.startup import installed_surroundings

LITELLM = os.environ.get("AICA_BENCHMARK_LITELLM")
#: Of one turn, and how many turns each target has in a case.
SECONDS = 2.0
TURNS = 3
START_LIMIT_S = 60.0
STARTS = 5
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
GATEWAY_CORE, LOAD_CORE = (CORES[:1], CORES[1:2]) if len(CORES) > 1 else (CORES, CORES)


class Target:
    """A running gateway. `process` is None for the server itself."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[str] | None) -> None:
        self.name, self.port = name, port
        self.process = process

    def cpu_s(self) -> float:
        return sum(sum(one.cpu_times()[:2]) for one in self._tree())

    def resident_mb(self) -> float:
        return sum(one.memory_info().rss for one in self._tree()) / 1e6

    def _tree(self) -> list[psutil.Process]:
        if self.process is None:
            return []
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]


def pinned(command: list[str], core: list[int], **more: Any) -> subprocess.Popen[str]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more)
    if core:
        psutil.Process(process.pid).cpu_affinity(core)
    return process


@contextmanager
def child(module: str, *arguments: str, core: list[int]) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A module of ours that prints its port and ends with its input."""
    process = pinned([sys.executable, "-m", f"tests.benchmarks.{module}", *arguments], core)
    assert process.stdout is not None and process.stdin is not None
    try:
        yield int(process.stdout.readline()), process
    finally:
        process.stdin.close()
        process.wait(10)


@contextmanager
def ours(upstream: int) -> Iterator[Target]:
    with tempfile.TemporaryDirectory(prefix="aica-benchmark-") as home:
        file = Path(home) / "config" / "llm_studio_config.json"
        file.parent.mkdir()
        off = {"is_enabled": False}
        server = {"base_url": f"http://127.0.0.1:{upstream}/v1"}
        entries = {"lm_studio": server, "ollama": off, "embedded": off}
        file.write_text(json.dumps({"provider_configurations": entries}), encoding="utf-8")
        environment = {**installed_surroundings(), "AICA_HOME": home, "AICA_GATEWAY_TOKEN": TOKEN}
        process = pinned([sys.executable, "-m", "app.cli.main", "serve", "--port", "0"], GATEWAY_CORE, env=environment)
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline().rpartition(":")[2])
            yield Target("ours", port, process)
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def litellm(upstream: int) -> Iterator[Target]:
    assert LITELLM is not None
    with tempfile.TemporaryDirectory(prefix="aica-benchmark-") as folder:
        parameters = {"model": f"openai/{MODEL}", "api_base": f"http://127.0.0.1:{upstream}/v1", "api_key": "x"}
        config = {
            "model_list": [{"model_name": MODEL, "litellm_params": parameters}],
            "general_settings": {"master_key": TOKEN},
        }
        file = Path(folder) / "config.yaml"
        file.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
        port = 41_873
        command = [LITELLM, "--config", str(file), "--port", str(port), "--num_workers", "1"]
        environment = {**os.environ, "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        quiet = {"stderr": subprocess.DEVNULL, "env": environment, "cwd": folder}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, text=True, **quiet)  # type: ignore[call-overload]
        psutil.Process(process.pid).cpu_affinity(GATEWAY_CORE)
        try:
            until_it_answers(f"http://127.0.0.1:{port}/health/liveliness")
            yield Target("litellm", port, process)
        finally:
            for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                one.kill()
            process.wait(20)


def until_it_answers(url: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def control(upstream: int, **settings: float) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{upstream}/control", json.dumps(settings).encode())
    with urllib.request.urlopen(request, timeout=5):
        return


def ended_by_peer_ns(upstream: int) -> list[int]:
    """When streams ended that nobody wanted any more."""
    with urllib.request.urlopen(f"http://127.0.0.1:{upstream}/stats", timeout=5) as answer:
        found: list[int] = json.loads(answer.read())["ended_by_peer_ns"]
        return found


def load(target: Target, mode: str, connections: int, seconds: float = SECONDS) -> dict[str, float]:
    module = [sys.executable, "-m", "tests.benchmarks._gateway_load"]
    command = [*module, str(target.port), mode, str(connections), str(seconds), MODEL]
    process = pinned(command, LOAD_CORE)
    out, _ = process.communicate(timeout=seconds + 60)
    found: dict[str, float] = json.loads(out)
    return found


@contextmanager
def targets(*, peers: bool = True) -> Iterator[tuple[int, list[Target]]]:
    """The server's port, and everything that is asked: the server itself, the floor, ours, and peers."""
    with ExitStack() as stack:
        upstream, _ = stack.enter_context(child("_gateway_upstream", core=LOAD_CORE))
        floor, process = stack.enter_context(child("_gateway_floor", str(upstream), core=GATEWAY_CORE))
        found = [Target("direct", upstream, None), Target("floor", floor, process), stack.enter_context(ours(upstream))]
        if peers and LITELLM:
            found.append(stack.enter_context(litellm(upstream)))
        until_it_answers(f"http://127.0.0.1:{found[2].port}/healthz")  # its framework is there now
        for target in found:
            load(target, "whole", 4, 1.0)  # warm
        yield upstream, found


class Turns:
    """What the turns of one target came to."""

    def __init__(self, target: Target, mode: str, connections: int) -> None:
        self._target, self._mode, self._connections = target, mode, connections
        self._spent_s = 0.0
        self._came: list[dict[str, float]] = []

    def take(self, seconds: float) -> None:
        before = self._target.cpu_s()
        self._came.append(load(self._target, self._mode, self._connections, seconds))
        self._spent_s += self._target.cpu_s() - before

    def sum(self, kind: str) -> float:
        return sum(came[kind] for came in self._came)

    def median(self, kind: str) -> float:
        return statistics.median(came[kind] for came in self._came)

    def figures(self, per: str) -> Figures:
        """CPU microseconds for each request or token, and what came."""
        name, count = self._target.name, self.sum(per)
        figures = {f"{name}_{per}": count}
        if self._target.process is not None:
            figures[f"{name}_us"] = self._spent_s * 1e6 / max(1.0, count)
        failed = self.sum("refused") + self.sum("broken")
        return figures | ({f"{name}_failed": failed} if failed else {})


def in_turns(found: list[Target], mode: str, seconds: float = SECONDS) -> dict[str, Turns]:
    """The turns of each by name, with 16 connections."""
    turns = {target.name: Turns(target, mode, 16) for target in found}
    for _ in range(TURNS):
        for one in turns.values():
            one.take(seconds)
    return turns


def compared(turns: dict[str, Turns], per: str) -> Figures:
    figures: Figures = {}
    for one in turns.values():
        figures |= one.figures(per)
    figures["ours_to_floor"] = figures["ours_us"] / figures["floor_us"]
    if "litellm_us" in figures and not figures.get("litellm_failed"):
        figures["litellm_to_ours"] = figures["litellm_us"] / figures["ours_us"]
    return figures


def whole() -> Figures:
    """Requests that are answered whole."""
    with targets() as (_upstream, found):
        return compared(in_turns(found, "whole"), "requests")


def paced() -> Figures:
    """Streams at 50 tokens a second: CPU a token, and what the way through adds."""
    with targets() as (upstream, found):
        control(upstream, tokens=150, rate=50)
        turns = in_turns(found, "stream", 2.9)  # one answer for each client
        figures = compared(turns, "tokens")
        for name, one in turns.items():
            if name != "direct":
                for kind in ("first_ms", "latency_ms"):
                    figures[f"{name}_added_{kind}"] = one.median(kind) - turns["direct"].median(kind)
        return figures


def saturated() -> Figures:
    """Streams as fast as they go."""
    with targets() as (upstream, found):
        control(upstream, tokens=2_000, rate=0)
        return compared(in_turns(found[1:], "stream"), "tokens")


def delivered(streams: int) -> Callable[[], Figures]:
    def case() -> Figures:
        with targets() as (upstream, found):
            control(upstream, tokens=150, rate=50)
            figures: Figures = {}
            for target in found:
                figures[f"{target.name}_tokens"] = load(target, "stream", streams, 4.0)["tokens"]
                if target.name == "ours":
                    figures["ours_rss_mb"] = target.resident_mb()
            direct = figures["direct_tokens"]
            return figures | {f"{t.name}_share": figures[f"{t.name}_tokens"] / direct for t in found[1:]}

    return case


def leaving() -> Figures:
    """Clients that leave in the middle: how many streams end at the server, and how soon."""
    with targets(peers=False) as (upstream, found):
        control(upstream, tokens=10_000, rate=50)
        figures: Figures = {}
        for target in found[1:]:
            before = len(ended_by_peer_ns(upstream))
            left = load(target, "leave", 24, 1.5)["left_ns"]
            time.sleep(0.5)
            after_ms = [(at - left) / 1e6 for at in sorted(ended_by_peer_ns(upstream)[before:])]
            figures[f"{target.name}_ended_share"] = len(after_ms) / 24
            figures[f"{target.name}_end_ms"] = statistics.median(after_ms)
            figures[f"{target.name}_last_end_ms"] = after_ms[-1]
        return figures


def start() -> Figures:
    """From the command to the first answer: CPU, beside Python's own start; then memory at rest."""
    with child("_gateway_upstream", core=LOAD_CORE) as (upstream, _):
        spent = []
        for turn in range(STARTS + 1):
            with ours(upstream) as target:
                load(target, "whole", 1, 0.01)
                if turn:  # the first one writes the byte code
                    spent.append(target.cpu_s())
                if turn == STARTS:
                    time.sleep(3)
                    rss = target.resident_mb()
    python_s = cpu_of_python()
    ours_s = statistics.median(spent)
    return {"python_ms": python_s * 1e3, "ours_ms": ours_s * 1e3, "ours_to_python": ours_s / python_s, "rss_mb": rss}


def cpu_of_python() -> float:
    """Seconds of CPU of `python -c pass`, as an installed one starts."""
    runs = 30
    before = os.times()
    for _ in range(runs):
        subprocess.run([sys.executable, "-c", "pass"], check=True, env=installed_surroundings())
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) / runs


CASES = {
    "whole": whole,
    "paced": paced,
    "saturated": saturated,
    "delivered_128": delivered(128),
    "delivered_512": delivered(512),
    "leaving": leaving,
    "start": start,
}
LIMITS = [
    Limit("whole", "litellm_to_ours", at_least=50),
    Limit("paced", "ours_to_floor", at_most=2.2),
    Limit("paced", "ours_added_first_ms", at_most=2),
    Limit("paced", "ours_added_latency_ms", at_most=0.2),
    Limit("saturated", "ours_to_floor", at_most=3),
    Limit("delivered_128", "ours_share", at_least=0.98),
    Limit("delivered_512", "ours_share", at_least=0.7),
    Limit("delivered_512", "ours_rss_mb", at_most=160),
    Limit("leaving", "ours_ended_share", at_least=1),
    Limit("leaving", "ours_end_ms", at_most=5),
    Limit("leaving", "ours_last_end_ms", at_most=5),
    Limit("start", "ours_to_python", at_most=60),
    Limit("start", "rss_mb", at_most=110),
]
