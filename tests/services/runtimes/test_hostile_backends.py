"""Programs and servers that hang, flood, crash, lie and speak another language: each function keeps its limits.

Whatever they do, an answer or an `LLMError` with a kind and a sentence comes back in time, and no child stays.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.services.llm.address import port_of
from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.mock_server import MockServer
from app.services.runtimes import LoadOptions
from app.services.runtimes.base import Runtime
from app.services.runtimes.lm_studio import LmStudioRuntime
from app.services.runtimes.ollama import OllamaRuntime
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_program import install_ollama
from tests.fakes.programs import FakeProgram
from tests.fakes.raw_http import RawServer, Reply, answer, chunk, cut, drip, head, raw, stall

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
#: Of each call below, with the limits made short.
LIMIT_S = 8.0
VISION = "simulated/vision-8b"

PROGRAMS: dict[str, dict[str, Any]] = {
    "hangs": {"hang": True},
    "floods": {"flood": 200, "fails": "Fehler: \x1b[31mkaputt\x07", "refuses": "Fehler: \x1b[31mkaputt\x07"},
    "floods for ever": {"flood": 10_000_000},
    "crashes": {"crash": True},
    "speaks another language": {"fails": "エラー：ポートは使用中です", "refuses": "エラー：ポートは使用中です"},
    "ends without a word": {"lies": "down", "refuses": ""},
}

#: What a server prints goes to a file.
SERVER_PROGRAMS = {name: behaviour for name, behaviour in PROGRAMS.items() if name != "floods for ever"}

Call = Callable[[Runtime], Awaitable[object]]


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.llm.limits.LIST_TIMEOUT_S", 0.5)
    for place in ("lm_studio", "ollama"):
        monkeypatch.setattr(f"app.services.runtimes.{place}.LOAD_TIMEOUT_S", 0.5)
        monkeypatch.setattr(f"app.services.runtimes.{place}.STOP_TIMEOUT_S", 0.5)
    monkeypatch.setattr("app.services.runtimes.base.PROBE_TIMEOUT_S", 0.3)
    monkeypatch.setattr("app.services.runtimes.lm_studio.SETTLE_S", 0.3)
    monkeypatch.setattr("app.services.runtimes.lms.STATUS_TIMEOUT_S", 0.5)
    monkeypatch.setattr("app.services.runtimes.lms.STOP_TIMEOUT_S", 0.5)
    monkeypatch.setattr("app.services.runtimes.lms.GET_SILENCE_S", 0.5)
    monkeypatch.setattr("app.services.runtimes.lms.GET_TIMEOUT_S", 1.0)
    monkeypatch.setattr("app.services.runtimes.ollama.PULL_SILENCE_S", 0.5)
    monkeypatch.setattr("app.services.runtimes.lm_studio_pull.LIST_SETTLE_S", 0.2)
    monkeypatch.setattr("app.services.runtimes.lm_studio_pull.POLL_S", 0.05)
    monkeypatch.setattr("app.services.runtimes.lm_studio_pull.BEGIN_TIMEOUT_S", 0.5)


async def failure(call: Awaitable[object]) -> LLMError:
    """How it failed, in time and in words."""
    began = time.monotonic()
    with pytest.raises(LLMError) as caught:
        await call
    assert time.monotonic() - began < LIMIT_S
    error = caught.value
    assert error.message
    assert error.message.isprintable()
    assert error.hint.isprintable()
    assert len(error.hint) < 1000
    return error


async def outcome(call: Awaitable[object]) -> object:
    """What came back, or how it failed."""
    try:
        return await call
    except LLMError as exc:
        return exc


def gone(fake: FakeProgram) -> bool:
    """Whether nothing of all its starts is left."""

    def alive(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]

    return not any(alive(call["pid"]) for call in fake.calls)


# --- programs ---


@pytest.fixture
def lms(home: Path) -> Iterator[FakeLms]:
    fake = FakeLms(home)
    yield fake
    fake.close()


@pytest.mark.parametrize("behaviour", PROGRAMS.values(), ids=PROGRAMS)
async def test_E3_a_start_through_a_hostile_lms_fails_in_words(
    lms: FakeLms, door: HttpDoor, free_port: int, behaviour: dict[str, Any]
) -> None:
    lms.behave(**behaviour)
    runtime = LmStudioRuntime(door, f"http://127.0.0.1:{free_port}/v1")
    error = await failure(runtime.start(timeout_s=1))
    assert error.kind in ("timeout", "not_running")
    assert gone(lms)


@pytest.mark.parametrize("behaviour", SERVER_PROGRAMS.values(), ids=SERVER_PROGRAMS)
async def test_E3_a_start_of_a_hostile_ollama_fails_in_words(
    home: Path, door: HttpDoor, free_port: int, behaviour: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    fake = install_ollama(home / "bin", **behaviour)
    monkeypatch.setattr("app.services.runtimes.ollama.find_ollama", lambda: fake.path)
    runtime = OllamaRuntime(door, f"http://127.0.0.1:{free_port}", state_folder=tmp_path / "state")
    error = await failure(runtime.start(timeout_s=1))
    assert error.kind in ("timeout", "not_running")
    assert gone(fake)


@pytest.mark.parametrize("behaviour", PROGRAMS.values(), ids=PROGRAMS)
async def test_E3_what_rest_can_do_needs_no_hostile_lms(
    lms: FakeLms, door: HttpDoor, behaviour: dict[str, Any]
) -> None:
    lms.behave(**behaviour)
    async with MockServer() as server:
        runtime = LmStudioRuntime(door, f"{server.base_url}/v1")
        began = time.monotonic()
        assert await runtime.models()
        assert await runtime.loaded()
        assert await runtime.busy(VISION) is None
        assert (await runtime.load(VISION)).instance_id == VISION
        await runtime.unload(VISION)
        assert time.monotonic() - began < LIMIT_S
        assert gone(lms)
        error = await failure(runtime.load(VISION, LoadOptions(gpu="max")))
        assert error.kind == "unsupported", "it does not even say which server is its own"


@pytest.mark.parametrize("way", ["hang", "flood", "crash", "lies", "fails"])
@pytest.mark.parametrize("call", ["load", "get", "stop"])
async def test_E3_an_lms_that_turns_hostile_in_the_middle(lms: FakeLms, door: HttpDoor, way: str, call: str) -> None:
    async with MockServer() as server:
        server.script.download_outcome = "model_not_found"
        hostile: Any = {
            "hang": True, "flood": 10_000_000, "crash": True, "fails": "Erreur : échec",
            "lies": {"load": "load", "get": "get", "stop": "stopped"}[call],
        }[way]  # fmt: skip
        lms.behave(only=[call], status_port=port_of(server.base_url), language="de", **{way: hostile})
        runtime = LmStudioRuntime(door, f"{server.base_url}/v1")
        calls: dict[str, Call] = {
            "load": lambda r: r.load(VISION, LoadOptions(gpu="max")),
            "get": lambda r: r.pull("owner/name@q8_0"),
            "stop": lambda r: r.stop(),
        }
        error = await failure(calls[call](runtime))
        assert error.kind in ("server_error", "timeout")
        assert gone(lms)


# --- servers ---

CALLS: dict[str, Call] = {
    "models": lambda r: r.models(),
    "loaded": lambda r: r.loaded(),
    "exists": lambda r: r.model_exists("m"),
    "load": lambda r: r.load("m"),
    "unload": lambda r: r.unload("m"),
    "pull": lambda r: r.pull("m"),
}
_ENDLESS = head(200, chunked=True)
SERVERS: dict[str, Reply] = {
    "never answers": stall(),
    "stops in the middle": stall(head(200, length=1000) + b'{"models": ['),
    "breaks off": cut(head(200, length=1000) + b'{"models": [', 200),
    "resets": cut(head(200, length=1000), 60, reset=True),
    "floods": drip(_ENDLESS, chunk(b" " * 1_000_000), every_s=0),
    "drips for ever": drip(_ENDLESS, chunk(b" "), every_s=0.05),
    "is another program": answer("<html>hello</html>", content_type="text/html"),
    "sends a list": answer([1, 2, 3]),
    "sends deep nonsense": answer(b"[" * 100_000),
    "refuses": answer({"error": "エラー"}, 500),
    "says yes to everything": answer({"status": "success"}),
    "answers with nothing": raw(b""),
    "speaks no HTTP": raw(b"220 mail.example ESMTP\r\n"),
    "sends entries without sense": answer({"models": [None, 5, {"key": 7, "model": ["x"]}, {}], "data": 3}),
}


@pytest.fixture(params=[LmStudioRuntime, OllamaRuntime], ids=["lm_studio", "ollama"])
def kind(request: pytest.FixtureRequest) -> type[Runtime]:
    found: type[Runtime] = request.param
    return found


@pytest.fixture
async def hostile(request: pytest.FixtureRequest) -> AsyncIterator[RawServer]:
    async with RawServer(request.param) as server:
        yield server


@pytest.mark.parametrize("hostile", SERVERS.values(), ids=SERVERS, indirect=True)
async def test_E3_a_hostile_server_costs_no_call_more_than_its_limit(
    home: Path, door: HttpDoor, hostile: RawServer, kind: type[Runtime]
) -> None:
    path = "/v1" if kind is LmStudioRuntime else ""
    runtime = kind(door, hostile.url + path)
    for name, call in CALLS.items():
        began = time.monotonic()
        found = await outcome(call(runtime))
        assert time.monotonic() - began < LIMIT_S, name
        if isinstance(found, LLMError):
            assert (bool(found.message), found.message.isprintable(), found.hint.isprintable()) == (True, True, True), (
                name
            )
        else:
            assert not found, f"{name}: nothing is there, whatever it says"
    assert not await runtime.running()


async def test_E3_a_pull_that_is_never_done_ends_when_it_is_cancelled(door: HttpDoor) -> None:
    line = chunk(b'{"status": "pulling aa", "digest": "sha256:aa", "total": 100, "completed": 1}\n')
    async with RawServer(drip(head(200, "application/x-ndjson", chunked=True), line, every_s=0.01)) as server:
        seen: list[Any] = []
        task = asyncio.ensure_future(OllamaRuntime(door, server.url).pull("m", seen.append))
        async with asyncio.timeout(5):
            while len(seen) < 20:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.disconnected.wait()
