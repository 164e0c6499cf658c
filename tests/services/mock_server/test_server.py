"""The simulator over real HTTP: lists, loading, downloads, control, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from app.services.mock_server import MockServer, Script

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[MockServer]:
    async with MockServer(Script(ttft=0, tokens_per_second=0)) as running:
        yield running


@pytest.fixture
async def client(server: MockServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.base_url, trust_env=False) as client:
        yield client


async def test_greeting_has_exactly_the_identity_body_and_the_simulated_mark(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/lmstudio-greeting")
    assert answer.json() == {"lmstudio": True}
    assert answer.headers["x-simulated"] == "1"


async def test_unknown_path_answers_200_with_an_error(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/nonsense")
    assert answer.status_code == 200
    assert answer.json() == {"error": "Unexpected endpoint or method. (GET /v1/nonsense)"}
    assert answer.headers["x-simulated"] == "1"


async def test_native_list_has_every_sort_of_model_and_all_are_marked_simulated(client: httpx2.AsyncClient) -> None:
    models = (await client.get("/api/v1/models")).json()["models"]
    assert all(m["key"].startswith("simulated/") and m["display_name"].startswith("Simulated") for m in models)
    assert {m["type"] for m in models} == {"llm", "embedding", "transcription"}
    assert {m["format"] for m in models} == {"gguf", "mlx", None}
    assert [len(m["loaded_instances"]) for m in models if m["key"] == "simulated/twin-1b"] == [2]
    assert any(m.get("capabilities", {}).get("vision") for m in models)
    assert any(m.get("capabilities", {}).get("reasoning") for m in models)


async def test_without_jit_two_lists_shrink_to_what_is_loaded(server: MockServer, client: httpx2.AsyncClient) -> None:
    full = len((await client.get("/v1/models")).json()["data"])
    server.script.jit = False
    ids = [m["id"] for m in (await client.get("/v1/models")).json()["data"]]
    assert ids == ["simulated/coder-7b", "simulated/twin-1b", "simulated/twin-1b:2"]
    assert len(ids) < full
    v0 = (await client.get("/api/v0/models")).json()["data"]
    assert [m["id"] for m in v0] == ["simulated/coder-7b", "simulated/twin-1b"]
    assert len((await client.get("/api/v1/models")).json()["models"]) == 8


async def test_v0_model_by_id_with_its_slash(client: httpx2.AsyncClient) -> None:
    model = (await client.get("/api/v0/models/simulated/coder-7b")).json()
    assert model["state"] == "loaded"
    assert model["loaded_context_length"] == 16_384
    assert (await client.get("/api/v0/models/nope")).status_code == 404


async def test_models_appear_and_vanish_by_script(server: MockServer, client: httpx2.AsyncClient) -> None:
    server.script.extra_models = ["simulated/brand-new"]
    server.script.hidden_models = ["simulated/coder-7b"]
    keys = [m["key"] for m in (await client.get("/api/v1/models")).json()["models"]]
    assert "simulated/brand-new" in keys
    assert "simulated/coder-7b" not in keys


async def test_loading_twice_makes_a_second_instance_and_unload_takes_the_instance_id(
    client: httpx2.AsyncClient,
) -> None:
    request = {"model": "simulated/thinker-4b", "context_length": 9000, "echo_load_config": True}
    first = (await client.post("/api/v1/models/load", json=request)).json()
    second = (await client.post("/api/v1/models/load", json=request)).json()
    assert (first["instance_id"], second["instance_id"]) == ("simulated/thinker-4b", "simulated/thinker-4b:2")
    assert first["load_config"]["context_length"] == 9000
    gone = await client.post("/api/v1/models/unload", json={"instance_id": "simulated/thinker-4b:2"})
    assert gone.json() == {"instance_id": "simulated/thinker-4b:2"}
    again = await client.post("/api/v1/models/unload", json={"instance_id": "simulated/thinker-4b:2"})
    assert again.json()["error"]["type"] == "model_not_found"
    missing = (await client.post("/api/v1/models/unload", json={})).json()["error"]
    assert (missing["code"], missing["param"]) == ("missing_required_parameter", "instance_id")


async def test_a_load_that_fails_says_model_load_failed(server: MockServer, client: httpx2.AsyncClient) -> None:
    server.script.load_error = "insufficient system resources"
    answer = await client.post("/api/v1/models/load", json={"model": "simulated/vision-8b"})
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "model_load_failed"


async def test_a_load_may_silently_get_less_context(server: MockServer, client: httpx2.AsyncClient) -> None:
    server.script.load_context_limit = 8192
    request = {"model": "simulated/vision-8b", "context_length": 30_000, "echo_load_config": True}
    answer = (await client.post("/api/v1/models/load", json=request)).json()
    assert answer["load_config"] == {"context_length": 8192}


async def test_a_download_walks_to_completed_and_the_model_is_listed(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.download_seconds = 0.05
    job = (await client.post("/api/v1/models/download", json={"model": "ibm/granite-4-micro"})).json()
    assert job["status"] == "downloading"
    async with asyncio.timeout(5):
        while (status := (await client.get(f"/api/v1/models/download/status/{job['job_id']}")).json())[
            "status"
        ] == "downloading":
            assert 0 <= status["downloaded_bytes"] <= status["total_size_bytes"]
    assert status["status"] == "completed"
    keys = [m["key"] for m in (await client.get("/api/v1/models")).json()["models"]]
    assert "simulated/granite-4-micro" in keys
    again = (await client.post("/api/v1/models/download", json={"model": "ibm/granite-4-micro"})).json()
    assert again == {"status": "already_downloaded"}


@pytest.mark.parametrize(
    ("outcome", "status", "kind"),
    [("not_implemented", 501, "not_implemented"), ("model_not_found", 404, "model_not_found")],
)
async def test_a_download_can_be_refused(
    server: MockServer, client: httpx2.AsyncClient, outcome: str, status: int, kind: str
) -> None:
    server.script.update({"download_outcome": outcome})
    answer = await client.post("/api/v1/models/download", json={"model": "a/b"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)


@pytest.mark.parametrize(("outcome", "state"), [("failed", "failed"), ("stall", "downloading"), ("paused", "paused")])
async def test_a_download_can_stop_on_the_way(
    server: MockServer, client: httpx2.AsyncClient, outcome: str, state: str
) -> None:
    server.script.update({"download_outcome": outcome, "download_seconds": 0})
    job = (await client.post("/api/v1/models/download", json={"model": "a/b"})).json()
    status = (await client.get(f"/api/v1/models/download/status/{job['job_id']}")).json()
    assert status["status"] == state
    assert status["bytes_per_second"] == 0
    unknown = await client.get("/api/v1/models/download/status/job_nope")
    assert unknown.json()["error"]["type"] == "job_not_found"


async def test_a_required_token_is_asked_of_everything_but_the_greeting(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.token = "sk-lm-aaaaaaaa:bbbbbbbbbbbbbbbbbbbb"
    none = await client.get("/api/v1/models")
    assert (none.status_code, none.json()["error"]["code"]) == (401, "invalid_api_key")
    wrong = await client.get("/api/v1/models", headers={"Authorization": "Bearer sk-lm-wrong"})
    assert "sk-lm-wr" in wrong.json()["error"]["message"]
    right = await client.get("/api/v1/models", headers={"Authorization": f"Bearer {server.script.token}"})
    assert right.status_code == 200
    assert (await client.get("/lmstudio-greeting")).json() == {"lmstudio": True}


async def test_embeddings_are_unit_vectors_and_the_same_each_time(client: httpx2.AsyncClient) -> None:
    request = {"model": "simulated/text-embedding-nano", "input": ["a", "b", "a"]}
    data = (await client.post("/v1/embeddings", json=request)).json()["data"]
    vectors = [d["embedding"] for d in data]
    assert vectors[0] == vectors[2] != vectors[1]
    assert sum(v * v for v in vectors[0]) == pytest.approx(1, abs=1e-3)
    refused = await client.post("/v1/embeddings", json={"model": request["model"], "input": [[1, 2]]})
    assert refused.json() == {"error": "'input' field must be a string or an array of strings"}
    wrong_kind = await client.post("/v1/embeddings", json={"model": "simulated/coder-7b", "input": "a"})
    assert "Model is not embedding." in wrong_kind.json()["error"]["message"]


async def test_the_script_can_be_changed_over_http_and_wrong_changes_change_nothing(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    good = await client.post("/_simulator/script", json={"ttft": 0.5, "fault": "stall", "tokens": 7})
    assert (good.json()["fault"], server.script.ttft, server.script.tokens) == ("stall", 0.5, 7)
    for bad in ({"ttft": 9, "nope": 1}, {"ttft": "fast"}, {"fault": "explode"}, {"tokens": True}, {"ttft": -1}):
        assert (await client.post("/_simulator/script", json=bad)).status_code == 400
    assert server.script.ttft == 0.5


async def test_browsers_and_foreign_hosts_cannot_steer_it(client: httpx2.AsyncClient) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        answer = await client.post("/_simulator/script", json={"ttft": 1}, headers=headers)
        assert answer.status_code == 403
    text = await client.post("/_simulator/script", content=b'{"ttft": 1}', headers={"Content-Type": "text/plain"})
    assert text.status_code == 415


async def test_an_old_server_knows_no_native_v1(server: MockServer, client: httpx2.AsyncClient) -> None:
    server.script.old_server = True
    assert "Unexpected endpoint" in (await client.get("/api/v1/models")).json()["error"]
    assert (await client.get("/api/v0/models")).json()["object"] == "list"


async def test_it_listens_on_loopback_only_and_says_when_the_port_is_taken(server: MockServer) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        await MockServer().start(host="0.0.0.0")
    port = int(server.base_url.rpartition(":")[2])
    with pytest.raises(OSError):
        await MockServer().start(port=port)


async def test_malformed_requests_are_refused_and_the_connection_ends(server: MockServer) -> None:
    port = int(server.base_url.rpartition(":")[2])
    for raw in (b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"G" * 70_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        async with asyncio.timeout(5):
            answer = await reader.read()
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
        writer.close()
        await writer.wait_closed()


async def test_closing_leaves_no_connection_behind() -> None:
    server = MockServer(Script(ttft=60))
    await server.start()
    async with httpx2.AsyncClient(base_url=server.base_url, trust_env=False) as client:
        body = {"model": "simulated/coder-7b", "stream": True, "messages": [{"role": "user", "content": "x"}]}
        request = client.build_request("POST", "/v1/chat/completions", json=body)
        response = await client.send(request, stream=True)
        await server.aclose()
        with pytest.raises(httpx2.HTTPError):
            await response.aread()
    assert server.stats.connections_open == 0
    assert server.stats.streams_open == 0
