"""`aica doctor`: each step, the one that fails, and what it says to do."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from app.services.mock_server import MockServer
from app.services.terminal_command import in_terminal
from tests.cli.conftest import Aica
from tests.fakes.raw_http import RawServer, answer, refused_port

pytestmark = pytest.mark.anyio


def steps(value: Any, area: str) -> dict[str, str]:
    return {c["step"]: c["status"] for c in value["checks"] if area in c["area"]}


def failed_check(value: Any) -> Any:
    return next(c for c in value["checks"] if c["status"] == "failed")


async def test_every_step_of_a_good_server_is_shown_and_the_loaded_model_is_asked(
    connected: Aica, server: MockServer
) -> None:
    result = await connected("doctor", "--json")
    assert result.status == 0
    assert result.value["ok"] is True
    assert steps(result.value, "lm_studio") == dict.fromkeys(
        ("address", "name", "tcp", "http", "identity", "models", "answer"), "ok"
    )
    assert [r.body["max_tokens"] for r in server.stats.recorded if r.path.endswith("/chat/completions")] == [1]
    assert {c["area"] for c in result.value["checks"]} >= {"program", "configuration", "key store", "history", "window"}


async def test_no_model_is_loaded_for_it_unless_asked(connected: Aica, server: MockServer) -> None:
    server.script.hidden_models = ["simulated/coder-7b", "simulated/twin-1b"]
    result = await connected("doctor", "--json", "--provider", "lm_studio")
    assert (result.status, steps(result.value, "lm_studio")["answer"]) == (0, "skipped")
    assert server.stats.models_loaded == 0
    asked = await connected("doctor", "--json", "--provider", "lm_studio", "--answer")
    assert steps(asked.value, "lm_studio")["answer"] == "ok"
    assert server.stats.models_loaded == 1


async def test_a_server_that_is_down_fails_at_tcp_with_the_way_out(aica: Aica) -> None:
    result = await aica("doctor")
    assert result.status == 4
    assert "No provider can answer yet." in result.out
    value = (await aica("doctor", "--json", "--provider", "lm_studio")).value
    assert steps(value, "lm_studio") == {"address": "ok", "name": "ok", "tcp": "failed"}
    assert failed_check(value)["detail"] == "Nothing listens on port 9 of this computer."


def somebody_listens_on(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a program made of a script")
@pytest.mark.skipif(somebody_listens_on(1234), reason="a server runs at LM Studio's usual address here")
async def test_server_that_is_down_is_told_how_to_start_or_that_it_is_not_installed(aica: Aica, tmp_path: Path) -> None:
    aica.environment |= {"HOME": str(tmp_path), "PATH": str(tmp_path)}
    failed = failed_check((await aica("doctor", "--json", "--provider", "lm_studio")).value)
    assert failed["fix"].startswith("LM Studio is not installed on this computer: https://lmstudio.ai.")
    lms = tmp_path / ".lmstudio" / "bin" / "lms"
    lms.parent.mkdir(parents=True)
    lms.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    lms.chmod(0o755)
    failed = failed_check((await aica("doctor", "--json", "--provider", "lm_studio")).value)
    assert "“lms server start --port 9”" in failed["fix"]


async def test_address_that_answers_is_named_with_the_way_to_use_it(connected: Aica, server: MockServer) -> None:
    place = server.base_url.removeprefix("http://")
    found = f"On this computer, LM Studio answers at {place}."
    flag = await connected("doctor", "--json", "--provider", "lm_studio", "--base-url", "127.0.0.1:9")
    assert flag.status == 4
    assert failed_check(flag.value)["fix"].endswith(f"{found} Leave out --base-url.")
    del connected.environment["LMSTUDIO_BASE_URL"]
    await connected("config", "set", "provider_configurations.lm_studio.base_url", server.base_url)
    connected.environment["LM_STUDIO_BASE_URL"] = "127.0.0.1:9"
    variable = await connected("doctor", "--json", "--provider", "lm_studio")
    assert f"{found} The present address comes from LM_STUDIO_BASE_URL" in failed_check(variable.value)["fix"]


async def test_named_server_is_checked_under_its_own_name(aica: Aica, server: MockServer, tmp_path: Path) -> None:
    entry = {"type": "openai_compatible", "name": "Workshop", "base_url": f"{server.base_url}/v1"}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"provider_configurations": {"workshop": entry}}), encoding="utf-8")
    value = (await aica("--config", str(config), "doctor", "--json", "--provider", "workshop", "--answer")).value
    assert value["ok"] is True
    assert steps(value, "Workshop (workshop)") == dict.fromkeys(
        ("address", "name", "tcp", "http", "identity", "models", "answer"), "ok"
    )


async def test_simulated_model_has_no_address_to_check(aica: Aica) -> None:
    result = await aica("doctor", "--provider", "mock", "--json")
    assert (result.status, steps(result.value, "mock")) == (0, {"models": "ok", "answer": "ok"})


async def test_the_end_says_who_answers_and_when_that_is_not_the_default(connected: Aica, server: MockServer) -> None:
    assert "\nReady to answer: lm_studio.\n" in (await connected("doctor")).out
    connected.environment["LLM_PROVIDER"] = "ollama"
    other = await connected("doctor")
    assert "The default provider, ollama, is not: say --provider lm_studio" in other.out
    alone = await connected("doctor", "--provider", "ollama")
    assert "Ollama cannot answer yet." in alone.out


async def test_nothing_switched_on_is_a_matter_of_configuration(aica: Aica, tmp_path: Path) -> None:
    off = {"is_enabled": False}
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps({"provider_configurations": {"lm_studio": off, "ollama": off, "embedded": off}}), encoding="utf-8"
    )
    result = await aica("--config", str(config), "doctor")
    assert result.status == 3
    assert "No provider is switched on." in result.out


async def test_an_unknown_name_fails_at_the_name(aica: Aica) -> None:
    flags = ("--provider", "lm_studio", "--base-url", "http://no-such-host.invalid:1")
    result = await aica("doctor", "--json", *flags)
    assert (result.status, steps(result.value, "lm_studio")["name"]) == (4, "failed")


async def test_another_program_on_the_port_fails_at_identity(connected: Aica, server: MockServer) -> None:
    server.script.update({"fault": "html", "fault_scope": "all"})
    result = await connected("doctor", "--json", "--provider", "lm_studio")
    assert (result.status, steps(result.value, "lm_studio")["identity"]) == (6, "failed")


async def test_something_that_is_not_http_fails_at_http(aica: Aica) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-nonsense\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    result = await aica("doctor", "--json", "--provider", "lm_studio", "--base-url", address)
    listener.close()
    assert steps(result.value, "lm_studio")["http"] == "failed"


async def test_what_helps_is_named_as_a_command(aica: Aica, tmp_path: Path) -> None:
    asked = ("doctor", "--json", "--provider", "lm_studio", "--base-url")
    listed = answer({"object": "list", "data": [{"id": "m"}]}, Server="llama.cpp")
    async with RawServer(answer("", 404), {"/v1/models": listed}) as server:
        found = failed_check((await aica(*asked, server.url)).value)
        assert found["detail"] == "llama-server answers there, not LM Studio."
        assert found["fix"].endswith(f" config set provider_configurations.local-server.base_url {server.url}/v1")
        aica.environment["http_proxy"] = f"http://127.0.0.1:{refused_port()}"
        config = tmp_path / "config.json"
        config.write_text(json.dumps({"network": {"proxy_for_local": True}}), encoding="utf-8")
        found = failed_check((await aica("--config", str(config), *asked, server.url)).value)
        assert found["fix"].endswith(" config set network.proxy_for_local false")
    certificates = pytest.importorskip("tests.fakes.certificates")
    pytest.importorskip("cryptography")
    own = certificates.make_certificate(tmp_path)
    async with RawServer(answer("", 404), tls=own.context()) as server:
        del aica.environment["http_proxy"]
        found = failed_check((await aica(*asked, server.url)).value)
        assert found["fix"].endswith(" config set network.ca_file FILE")


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is this computer on Linux only")
async def test_inside_wsl_the_address_of_windows_is_named_where_it_answers(aica: Aica, tmp_path: Path) -> None:
    system = tmp_path / "wsl"
    (system / "proc" / "net").mkdir(parents=True)
    (system / "proc" / "version").write_text("Linux version 5.15.153.1-microsoft-standard-WSL2", encoding="utf-8")
    table = "Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0200007F\t0003\n"
    (system / "proc" / "net" / "route").write_text(table, encoding="utf-8")
    aica.environment["AICA_SYSTEM_ROOT"] = str(system)
    asked = ("doctor", "--json", "--provider", "lm_studio", "--base-url")
    async with RawServer(answer("", 404), {"/lmstudio-greeting": answer({"lmstudio": True})}, "127.0.0.2") as server:
        found = failed_check((await aica(*asked, f"localhost:{server.port}")).value)
    assert found["detail"] == f"Nothing listens on port {server.port} inside WSL."
    assert f"The server runs on Windows and answers at 127.0.0.2:{server.port}." in found["fix"]
    closed = failed_check((await aica(*asked, f"localhost:{refused_port()}")).value)
    assert "localhost is WSL itself here, not Windows." in closed["fix"]
    assert "Serve on Local Network" in closed["fix"]


async def test_a_server_that_asks_for_a_token_fails_at_models(connected: Aica, server: MockServer) -> None:
    server.script.token = "sk-lm-secret"
    result = await connected("doctor", "--json", "--provider", "lm_studio")
    assert (result.status, steps(result.value, "lm_studio")["models"]) == (5, "failed")
    assert failed_check(result.value)["fix"].count(in_terminal("key set lm_studio")) == 1


async def test_a_cloud_service_without_a_key_is_not_contacted(aica: Aica) -> None:
    value = (await aica("doctor", "--json", "--provider", "openai")).value
    assert steps(value, "openai") == {"key": "failed"}


async def test_a_broken_configuration_is_status_3(connected: Aica) -> None:
    folder = Path(connected.environment["AICA_HOME"]) / "config"
    folder.mkdir(parents=True)
    (folder / "llm_studio_config.json").write_text("{", encoding="utf-8")
    result = await connected("doctor")
    assert result.status == 3
    assert "line 1" in result.out


async def test_a_damaged_history_is_told(connected: Aica) -> None:
    folder = Path(connected.environment["AICA_HOME"]) / "data"
    folder.mkdir(parents=True)
    (folder / "conversations.db").write_bytes(b"not a database" * 1000)
    result = await connected("doctor", "--json")
    assert steps(result.value, "history") == {"store": "failed"}
    assert (result.status, result.value["ok"]) == (3, False)


async def test_C3_a_key_of_the_environment_goes_to_the_services_own_address_only(aica: Aica) -> None:
    listed = answer({"data": [{"id": "claude-x", "lifecycle": "active"}], "has_more": False})
    async with RawServer(answer("", 404), {"/v1/models": listed}) as service:
        aica.environment |= {"ANTHROPIC_API_KEY": "sk-canary"}
        asked = ["doctor", "--json", "--provider", "claude", "--base-url", service.url]
        refused = (await aica(*asked)).value
        assert failed_check(refused)["step"] == "key", (
            "a key of the environment goes to the service's own https address"
        )
    assert not service.requests
