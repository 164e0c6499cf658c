"""What compared models hold of memory while they answer: reported or measured, else not known."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.paths import Paths
from app.services.comparison import held_memory
from app.services.comparison.asking import begin
from app.services.comparison.compared_answer import AnswerState, ComparedAnswer
from app.services.container import Overrides, Services, open_services
from app.services.conversations.kept_comparisons import kept_comparison
from app.services.llm.address import port_of
from app.services.llm.llm_manager import Resolved
from app.services.mock_server import MockServer
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import Exchange, Reply, answer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
LLAMA, SMALL = "llama3:latest", "small:1b"


@pytest.fixture
async def ollama() -> AsyncIterator[FakeOllama]:
    async with FakeOllama() as server:
        server.sizes[SMALL] = 1_000_000_000
        yield server


@pytest.fixture
async def core(paths: Paths, ollama: FakeOllama) -> AsyncIterator[Services]:
    environment = {"AICA_KEYRING": "off", "OLLAMA_HOST": ollama.url}
    async with await open_services(paths, Overrides(provider="ollama", environment=environment)) as opened:
        yield opened


async def test_what_the_server_reports_is_kept_with_the_answer(core: Services, ollama: FakeOllama) -> None:
    begun = await begin(core, [("ollama", LLAMA), ("ollama", SMALL)], "hi", blind=False)
    await begun.keeper.run()
    assert [one.state for one in begun.comparison.answers] == [AnswerState.COMPLETE] * 2
    held = [one.metrics.memory_bytes for one in begun.comparison.answers if one.metrics is not None]
    assert held == [ollama.sizes[LLAMA], ollama.sizes[SMALL]]
    kept = await core.store.read(kept_comparison, begun.keeper.uid)
    assert kept is not None
    told = [one.as_dict()["metrics"]["memory_bytes"] for one in kept.answers]
    assert told == held, "and is there when it is opened again"
    assert "4.70 GB" in _markdown(kept)


def _markdown(kept: object) -> str:
    from app.services.conversations import comparison_export

    return comparison_export._markdown(kept)  # type: ignore[arg-type]


async def test_a_server_that_keeps_silent_delays_no_answer_and_is_not_guessed_at(
    core: Services, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(exchange: Exchange) -> None:
        await exchange.until_client_leaves()

    monkeypatch.setattr(held_memory, "ASK_LIMIT_S", 0.05)
    for reply in (never, answer({"error": "no"}, 500), answer({"models": [{"model": LLAMA, "size": "big"}]})):
        begun = await begin(core, [("ollama", LLAMA), ("ollama", SMALL)], "hi", blind=False, together=False)
        answers = begun.comparison.answers

        def silent_while_it_writes(n: int, reply: Reply = reply, answers: list[ComparedAnswer] = answers) -> None:
            ollama.routes.pop("/api/ps", None)  # whoever answers asks for it, too, before it begins
            if answers[n].text and not answers[n].is_over:
                ollama.routes["/api/ps"] = reply

        begun.comparison.changed.subscribe(silent_while_it_writes)
        async with asyncio.timeout(10):
            await begun.keeper.run()
        for one in answers:
            assert one.state is AnswerState.COMPLETE and one.metrics is not None
            assert one.metrics.memory_bytes is None and "memory_bytes" not in one.metrics.as_dict()


async def test_an_answer_that_is_stopped_while_its_memory_is_asked_for_is_stopped(
    core: Services, ollama: FakeOllama
) -> None:
    asked = asyncio.Event()

    async def never(_model: Resolved) -> int | None:
        asked.set()
        await asyncio.Event().wait()
        return None

    begun = await begin(core, [("ollama", LLAMA), ("ollama", SMALL)], "hi", blind=False, together=True)
    begun.comparison._memory_of = never
    running = asyncio.create_task(begun.keeper.run())
    async with asyncio.timeout(10):
        await asked.wait()
        begun.comparison.stop()
        await running
    for one in begun.comparison.answers:
        assert one.state is AnswerState.STOPPED and not [t for t in asyncio.all_tasks() if "memory" in t.get_name()]


async def test_lm_studio_which_does_not_tell_is_not_asked(
    paths: Paths, tmp_path: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    fake = FakeLms(tmp_path, status_port=port_of(simulator.base_url))
    environment = {"AICA_KEYRING": "off", "LMSTUDIO_BASE_URL": simulator.base_url}
    async with await open_services(paths, Overrides(environment=environment)) as core:
        from app.services import runtimes

        place = core.runtime_place("lm_studio")
        assert await runtimes.held_memory("lm_studio", "simulated/coder-7b", **place) is None
        assert fake.calls == [], "nothing was started for it"
    fake.close()


async def test_the_process_of_the_built_in_engine_is_measured(paths: Paths, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    if sys.platform != "linux":
        pytest.skip("other systems do not tell")
    from tests.fakes.tiny_gguf import write_tiny_model

    (tmp_path / "models").mkdir()
    for name in ("one", "two"):
        write_tiny_model(tmp_path / "models" / f"{name}.gguf")
    paths.config.mkdir(parents=True, exist_ok=True)
    providers = {"embedded": {"folders": [str(tmp_path / "models")]}}
    (paths.config / "llm_studio_config.json").write_text(json.dumps({"provider_configurations": providers}))
    async with await open_services(paths, Overrides(environment={"AICA_KEYRING": "off"})) as core:
        begun = await begin(core, [("embedded", "one"), ("embedded", "two")], "hi", blind=False, together=False)
        await begun.keeper.run()
        for one in begun.comparison.answers:
            assert one.state is AnswerState.COMPLETE, one.error
            assert one.metrics is not None and (one.metrics.memory_bytes or 0) > 10_000_000
