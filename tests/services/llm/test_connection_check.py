"""The step-by-step check against real servers on loopback: right, wrong, silent, somebody else's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.services.llm.connection_check import KeySource, check_connection, check_provider
from app.services.llm.connection_report import ConnectionReport, FixAction, Step
from app.services.llm.errors import ErrorKind
from app.services.llm.http import HttpDoor
from app.services.llm.network_log import NetworkLog
from app.services.llm.providers.base import BaseProvider
from app.services.llm.providers.openai_compatible import OpenAICompatibleConfig, OpenAICompatibleProvider
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from tests.fakes.raw_http import RawServer, answer, raw, refused_port, stall

pytestmark = pytest.mark.anyio


@pytest.fixture
async def door() -> AsyncIterator[HttpDoor]:
    made = HttpDoor(network_log=NetworkLog())
    yield made
    await made.aclose()


def failed_step(report: ConnectionReport) -> Step | None:
    return next((step.step for step in report.steps if step.status == "failed"), None)


def fixes(report: ConnectionReport) -> list[FixAction]:
    assert report.finding is not None
    return [fix.action for fix in report.finding.fixes]


async def test_running_lm_studio_passes_all_six_checks_with_times(door: HttpDoor, simulator: MockServer) -> None:
    report = await check_connection("lm_studio", simulator.base_url, door=door)
    assert report.ok
    assert report.passed == 6
    assert [step.step for step in report.steps] == [step for step in Step if step is not Step.PROGRAM]
    assert all(step.took_ms is not None and step.text for step in report.steps)
    assert report.base_url == f"{simulator.base_url}/v1"
    assert report.models
    assert report.simulated


async def test_check_never_makes_the_server_load_a_model(door: HttpDoor, simulator: MockServer) -> None:
    await check_connection("lm_studio", simulator.base_url, door=door)
    seen = {(r.method, r.path) for r in simulator.stats.recorded}
    assert {method for method, _path in seen} == {"GET"}
    assert not simulator.stats.models_loaded


async def test_wrong_port_is_told_within_three_seconds_and_the_rest_is_not_tried(door: HttpDoor) -> None:
    port = refused_port()
    began = time.perf_counter()
    report = await check_connection("lm_studio", f"localhost:{port}", door=door)
    assert time.perf_counter() - began < 3
    assert failed_step(report) is Step.PORT
    assert [step.status for step in report.steps[3:]] == ["not_tried"] * 3
    assert report.finding is not None
    assert report.finding.kind is ErrorKind.NOT_RUNNING
    assert report.finding.sentence == f"Nothing listens on port {port} of this computer."
    assert f"connect localhost:{port}" in report.finding.evidence
    assert "refused" in report.finding.evidence


async def test_address_that_works_is_offered_when_the_typed_one_does_not(door: HttpDoor, simulator: MockServer) -> None:
    works = f"{simulator.base_url}/v1"
    report = await check_connection("lm_studio", f"127.0.0.1:{refused_port()}", door=door, also_try=[works])
    assert report.finding is not None
    assert report.finding.fixes[0].action is FixAction.USE_ADDRESS
    assert report.finding.fixes[0].value == works
    assert FixAction.START_SERVER not in fixes(report)
    assert "answers at" in report.finding.why


async def test_port_that_lm_studio_used_last_is_offered_when_it_answers_there(
    door: HttpDoor, simulator: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / ".lmstudio" / ".internal" / "http-server-config.json"
    settings.parent.mkdir(parents=True)
    port = simulator.base_url.rpartition(":")[2]
    settings.write_text(f'{{"port": {port}}}', encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    report = await check_connection("lm_studio", f"127.0.0.1:{refused_port()}", door=door)
    assert report.finding is not None
    assert report.finding.fixes[0].value == f"http://127.0.0.1:{port}/v1"
    assert report.finding.why.endswith(f"On this computer, LM Studio answers at 127.0.0.1:{port}.")


async def test_configured_provider_is_checked_under_its_own_name_with_its_own_key(door: HttpDoor) -> None:
    routes = {"/models": answer({"object": "list", "data": [{"id": "qwen2.5-coder-7b"}]})}
    async with RawServer(answer("", 404), routes) as server:
        config = OpenAICompatibleConfig(base_url=f"{server.url}/v1", name="Workshop")
        provider = OpenAICompatibleProvider(config, key="sk-canary-key", door=door, instance_id="workshop")
        report = await check_provider(provider)
        assert report.ok
        assert report.provider == "workshop"
        listed = next(r for r in server.requests if r.path == "/models")
        assert listed.headers["authorization"] == "Bearer sk-canary-key"
        assert "authorization" not in server.requests[0].headers
        assert await provider.chat_root() == server.url, "what the check learnt serves the next request"
    gone = await check_provider(provider)
    assert gone.finding is not None
    assert gone.finding.why == "Workshop's server is off, or it uses another port."


async def test_computer_that_is_there_without_a_server_says_how_to_open_it_to_the_network() -> None:
    async def resolver(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    port = refused_port()
    report = await check_connection("lm_studio", f"studio.lan:{port}", door=HttpDoor(resolver=resolver))
    assert report.finding is not None
    assert report.finding.sentence == f"That computer is there, but nothing listens on port {port}."
    assert "Serve on Local Network" in report.finding.why


@pytest.mark.parametrize("typed", ["", "ftp://somewhere", "http://me:secret@host:1234", "169.254.169.254:80"])
async def test_what_is_no_server_address_is_refused_at_the_first_step(door: HttpDoor, typed: str) -> None:
    report = await check_connection("lm_studio", typed, door=door)
    assert failed_step(report) is Step.ADDRESS
    assert report.finding is not None
    assert report.finding.kind is ErrorKind.CONFIG
    assert "secret" not in report.finding.sentence + report.finding.why + report.finding.evidence
    assert door.network_log is not None
    assert not door.network_log.entries


async def test_unknown_name_is_told_as_such() -> None:
    async def resolver(_host: str, _port: int) -> list[str]:
        raise OSError("Name or service not known")

    report = await check_connection("ollama", "no-such-host:11434", door=HttpDoor(resolver=resolver))
    assert failed_step(report) is Step.NAME
    assert report.finding is not None
    assert report.finding.sentence == "The name 'no-such-host' is not known."


async def test_silent_name_service_is_given_up_within_three_seconds() -> None:
    async def resolver(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    began = time.perf_counter()
    report = await check_connection("lm_studio", "slow-name", door=HttpDoor(resolver=resolver))
    assert time.perf_counter() - began < 3
    assert failed_step(report) is Step.NAME


async def test_port_that_accepts_and_says_nothing_is_given_up_within_three_seconds(door: HttpDoor) -> None:
    async with RawServer(stall()) as server:
        began = time.perf_counter()
        report = await check_connection("lm_studio", server.url, door=door)
        assert time.perf_counter() - began < 3
    assert failed_step(report) is Step.HTTP
    assert report.finding is not None
    assert "says nothing" in report.finding.sentence


async def test_program_that_does_not_speak_http_is_recognised_as_another_one(door: HttpDoor) -> None:
    async with RawServer(raw(b"SSH-2.0-OpenSSH_9.6\r\n")) as server:
        report = await check_connection("lm_studio", server.url, door=door)
    assert failed_step(report) is Step.HTTP
    assert report.finding is not None
    assert "no HTTP server" in report.finding.sentence


async def test_web_page_on_the_port_is_not_taken_for_lm_studio(door: HttpDoor) -> None:
    async with RawServer(answer("<html>Router</html>", content_type="text/html")) as server:
        report = await check_connection("lm_studio", server.url, door=door)
    assert failed_step(report) is Step.IDENTITY
    assert report.finding is not None
    assert report.finding.kind is ErrorKind.PROTOCOL
    assert report.finding.sentence == "A server answers there, but it is not LM Studio."


async def test_ollama_at_lm_studios_address_is_named(door: HttpDoor) -> None:
    routes = {"/api/version": answer({"version": "0.12.3"})}
    async with RawServer(answer({"error": "not found"}, 404), routes) as server:
        report = await check_connection("lm_studio", server.url, door=door)
    assert report.finding is not None
    assert report.finding.sentence == "Ollama answers there, not LM Studio."


async def test_A13_redirect_is_reported_and_not_followed(door: HttpDoor) -> None:
    async with RawServer(answer({})) as elsewhere:
        target = f"{elsewhere.url}/elsewhere"
        async with RawServer(answer("", 302, location=target)) as server:
            report = await check_connection("lm_studio", server.url, door=door)
        assert not elsewhere.requests
    assert failed_step(report) is Step.HTTP


async def test_server_that_asks_for_a_key_offers_to_enter_one(door: HttpDoor, simulator: MockServer) -> None:
    simulator.script.fault, simulator.script.fault_scope = Fault.REFUSE_AUTH, "models"
    report = await check_connection("lm_studio", simulator.base_url, door=door)
    assert failed_step(report) is Step.MODELS
    assert fixes(report) == [FixAction.ENTER_KEY]


async def test_server_without_a_model_is_running_but_has_none(door: HttpDoor) -> None:
    routes = {"/lmstudio-greeting": answer({"lmstudio": True}), "/api/v1/models": answer({"models": []})}
    async with RawServer(answer({"error": "Unexpected endpoint"}), routes) as server:
        report = await check_connection("lm_studio", server.url, door=door)
    assert report.finding is not None
    assert report.finding.sentence == "LM Studio is running, but has no model yet."


async def test_openai_compatible_server_passes_by_its_list(door: HttpDoor) -> None:
    routes = {"/v1/models": answer({"object": "list", "data": [{"id": "qwen2.5-coder-7b"}]})}
    async with RawServer(answer("", 404), routes) as server:
        report = await check_connection("openai_compatible", server.url, door=door, instance_id="workshop")
    assert report.ok
    assert report.provider == "workshop"


async def test_a_page_in_front_of_an_openai_compatible_server_does_not_hide_it(door: HttpDoor) -> None:
    routes = {"/v1/models": answer({"object": "list", "data": [{"id": "qwen2.5-coder-7b"}]})}
    async with RawServer(answer("", 302, location="/ui/"), routes) as server:
        report = await check_connection("openai_compatible", server.url, door=door)
    assert report.ok


def key_for(origin: str, key: str) -> KeySource:
    async def source(provider: BaseProvider) -> SecretStr | None:
        return SecretStr(key) if provider.config.base_url.startswith(origin) else None

    return source


async def test_C3_key_goes_only_to_the_address_it_is_stored_for_and_only_after_the_greeting(door: HttpDoor) -> None:
    routes = {
        "/lmstudio-greeting": answer({"lmstudio": True}),
        "/api/v1/models": answer({"models": [{"type": "llm", "key": "m", "loaded_instances": []}]}),
    }
    async with RawServer(answer({}, 404), routes) as own, RawServer(answer({}, 404), routes) as other:
        source = key_for(own.url, "sk-canary-key")
        await check_connection("lm_studio", own.url, door=door, key_source=source)
        await check_connection("lm_studio", other.url, door=door, key_source=source)
        sent = {r.path: "sk-canary-key" in r.headers.get("authorization", "") for r in own.requests}
        assert sent["/api/v1/models"]
        assert not sent["/lmstudio-greeting"]
        assert all("authorization" not in r.headers for r in other.requests)


async def test_every_connection_of_the_check_is_in_the_network_log(door: HttpDoor, simulator: MockServer) -> None:
    await check_connection("lm_studio", simulator.base_url, door=door)
    assert door.network_log is not None
    assert door.network_log.entries[0].method == "CONNECT"
    assert all(entry.took_ms is not None for entry in door.network_log.entries)
