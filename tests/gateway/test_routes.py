"""The typed routes: catalogue, settings row, state, documentation."""

from __future__ import annotations

import asyncio
import re

import httpx2
import pytest

from app.gateway.openapi import RELAYED
from app.services.mock_server import MockServer
from tests.fakes.simulator import quick_simulator
from tests.gateway.conftest import StartGateway, configure

pytestmark = pytest.mark.anyio


async def test_the_public_catalogue_tells_what_the_contract_names(
    simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()

    answer = (await running.client.get("/api/models/public", headers={"Authorization": ""})).json()

    (coder,) = [model for model in answer["models"] if model["id"] == "simulated/coder-7b"]
    assert answer["success"] is True
    assert coder["provider"] == "lmstudio"
    assert (coder["isAvailable"], coder["isPremium"], coder["isSimulated"]) == (True, False, True)
    named = {"id", "name", "provider", "isAvailable", "isPremium", "contextLength", "quantization", "state"}
    assert named | {"sizeBytes", "capabilities", "lastSeen"} <= set(coder)
    assert coder["contextLength"] == 32768


async def test_a_provider_that_goes_down_keeps_its_models_and_delays_no_others(start_gateway: StartGateway) -> None:
    async with quick_simulator() as stays, quick_simulator() as goes:
        configure(
            lm_studio={"base_url": stays.base_url}, second={"type": "openai_compatible", "base_url": goes.base_url}
        )
        running = await start_gateway()
        await goes.aclose()
        for _ in range(2):
            await running.gateway.services.catalogue.refresh()
        async with asyncio.timeout(2):
            models = (await running.client.get("/api/models/public")).json()["models"]

    by_provider = {model["provider"]: model["isAvailable"] for model in models}
    assert by_provider == {"lmstudio": True, "second": False}


async def test_one_name_at_two_providers_is_listed_under_both(start_gateway: StartGateway) -> None:
    async with quick_simulator() as first, quick_simulator() as second:
        configure(
            lm_studio={"base_url": first.base_url}, second={"type": "openai_compatible", "base_url": second.base_url}
        )
        running = await start_gateway()
        ids = [model["id"] for model in (await running.client.get("/v1/models")).json()["data"]]
        plain = await running.ask("simulated/coder-7b")
        pinned = await running.ask("second:simulated/coder-7b")

        assert {"simulated/coder-7b", "second:simulated/coder-7b"} <= set(ids)
        assert len(ids) == len(set(ids))
        assert (plain.status_code, pinned.status_code) == (200, 200)
        assert [one.provider for one in running.gateway.requests][-2:] == ["lm_studio", "second"]


async def test_a_model_that_nobody_has_is_not_found(simulator: MockServer, start_gateway: StartGateway) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()

    answer = await running.ask("no-such-model")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"


async def test_a_model_that_has_just_come_is_found(simulator: MockServer, start_gateway: StartGateway) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    simulator.script.update({"hidden_models": ["simulated/coder-7b"]})
    running = await start_gateway()
    assert "simulated/coder-7b" not in (await running.client.get("/v1/models")).text
    simulator.script.update({"hidden_models": []})

    assert (await running.ask("simulated/coder-7b")).status_code == 200


async def test_the_settings_row_decides_who_answers_without_a_name(start_gateway: StartGateway) -> None:
    async with quick_simulator() as first, quick_simulator() as second:
        configure(
            lm_studio={"base_url": first.base_url}, second={"type": "openai_compatible", "base_url": second.base_url}
        )
        running = await start_gateway()
        before = (await running.client.get("/api/v1/llm-settings")).json()
        await running.ask()
        changed = await running.client.patch(
            "/api/v1/llm-settings", json={"provider": "second", "openai_compatible_model": "simulated/writer-13b"}
        )
        await running.ask()

        assert before["provider"] == "lmstudio"
        assert changed.json()["provider"] == "second"
        assert [(one.provider, one.model) for one in running.gateway.requests if one.provider][-1] == (
            "second",
            "simulated/writer-13b",
        )


async def test_a_change_touches_only_the_fields_that_are_given(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    await running.client.patch("/api/v1/llm-settings", json={"ollama_model": "a", "lmstudio_model": "b"})

    after = (await running.client.patch("/api/v1/llm-settings", json={"ollama_model": None})).json()

    assert (after["ollama_model"], after["lmstudio_model"]) == (None, "b")


@pytest.mark.parametrize(
    "change", [{"colour": "red"}, {"provider": "nobody"}, {"lmstudio_model": 3}, {"max_tokens": -1}]
)
async def test_a_wrong_change_is_refused_by_name_and_changes_nothing(
    change: dict[str, object], start_gateway: StartGateway
) -> None:
    configure()
    running = await start_gateway()

    answer = await running.client.patch("/api/v1/llm-settings", json={"ollama_model": "a", **change})

    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert next(iter(change)) in answer.json()["error"]["message"]
    assert (await running.client.get("/api/v1/llm-settings")).json()["ollama_model"] is None


@pytest.mark.parametrize("spelling", ["lmstudio", "lm_studio", "lm-studio", "LMStudio"])
async def test_a_providers_models_are_a_plain_list_under_every_spelling(
    spelling: str, simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()

    ids = (await running.client.get(f"/api/v1/llm-settings/{spelling}/models")).json()

    assert "simulated/coder-7b" in ids
    assert not [one for one in ids if "embedding" in one]


async def test_models_of_a_provider_that_is_down_or_unknown_are_an_error(start_gateway: StartGateway) -> None:
    configure(lm_studio={"base_url": "http://127.0.0.1:9"})
    running = await start_gateway()

    down = await running.client.get("/api/v1/llm-settings/lmstudio/models")
    unknown = await running.client.get("/api/v1/llm-settings/nobody/models")

    assert (down.status_code, down.json()["error"]["kind"]) == (502, "not_running")
    assert unknown.status_code == 404


async def test_it_is_ready_while_its_database_answers(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure()
    running = await start_gateway()
    ready = await running.client.get("/readyz")

    async def silent() -> None:
        raise TimeoutError

    monkeypatch.setattr(running.gateway.database, "ping", silent)
    unready = await running.client.get("/readyz")

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert (unready.status_code, unready.json()["status"]) == (503, "unready")


async def test_D13_figures_count_requests_tokens_and_failures_without_names_of_models(
    simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    await running.ask("simulated/coder-7b")
    await running.ask("no-such-model")
    for chosen in (
        "chosen-by-a-client",
        "lm_studio:chosen-by-a-client",
        "chosen-by-a-client:m",
        '"} chosen-by-a-client',
    ):
        await running.ask(chosen, user="chosen-by-a-client")
    for path in ("/chosen-by-a-client", "/v1/chosen-by-a-client", "/v1/models/chosen-by-a-client"):
        await running.client.get(
            path, headers={"X-Request-Id": "chosen-by-a-client", "User-Agent": "chosen-by-a-client"}
        )
    await running.client.request("CHOSEN", "/v1/models")

    text = (await running.client.get("/metrics")).text

    assert 'aica_requests_total{route="/v1/chat/completions",status="200"} 1.0' in text
    assert re.search(r'aica_tokens_total\{kind="output",provider="lm_studio"\} [1-9]', text)
    assert 'kind="model_not_found"' in text
    assert 'aica_provider_up{provider="lm_studio"} 1.0' in text
    assert "coder-7b" not in text
    assert "chosen" not in text.lower()


async def test_the_log_of_requests_tells_who_asked_what_and_nothing_of_the_contents(
    simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    await running.post(
        "/v1/chat/completions",
        {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": "my secret"}]},
    )

    answer = await running.client.get("/api/v1/requests")

    assert answer.json()[0]["model"] == "simulated/coder-7b"
    assert answer.json()[0]["status"] == 200
    assert "my secret" not in answer.text
    assert "test-token" not in answer.text


async def test_the_document_describes_every_route_and_the_page_loads_nothing(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()

    document = (await running.client.get("/openapi.json")).json()
    page = await running.client.get("/docs")

    assert set(RELAYED) <= set(document["paths"])
    assert {"/v1/models", "/api/models/public", "/api/v1/llm-settings", "/healthz"} <= set(document["paths"])
    assert all(path in page.text for path in document["paths"])
    assert "<script" not in page.text
    assert not re.search(r"(src|href)=['\"]?https?:", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/v1/chat/completions", 405), ("DELETE", "/api/v1/llm-settings", 405)],
)
async def test_wrong_paths_and_methods_are_answered_in_shape(
    method: str, path: str, status: int, start_gateway: StartGateway
) -> None:
    configure()
    running = await start_gateway()

    answer = await running.client.request(method, path)

    assert answer.status_code == status
    assert "error" in answer.json()
    assert "allow" in answer.headers or status == 404


PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("authorization", [None, "Bearer test-token", "Bearer wrong"])
async def test_a_browser_at_the_root_is_led_to_the_documentation(
    authorization: str | None, start_gateway: StartGateway
) -> None:
    configure()
    running = await start_gateway()
    headers = {**PAGE, **({"Authorization": authorization} if authorization else {})}

    async with httpx2.AsyncClient(base_url=running.address, trust_env=False) as browser:
        led = await browser.get("/", headers=headers)
        page = await browser.get(led.headers["location"], headers=PAGE)

    assert (led.status_code, led.headers["location"]) == (302, "/docs")
    assert led.headers["x-request-id"]
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")


async def test_whoever_wants_no_page_is_not_led_away_from_the_root(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()

    async with httpx2.AsyncClient(base_url=running.address, trust_env=False) as client:
        plain = await client.get("/")
        posted = await client.post("/", headers=PAGE)
        elsewhere = await client.get("/v1/models", headers=PAGE)
        foreign = await client.get("/", headers={**PAGE, "Host": "evil.example"})

    assert [one.status_code for one in (plain, posted, elsewhere, foreign)] == [401, 401, 401, 421]


async def test_beyond_this_computer_the_root_leads_nowhere(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway(host="0.0.0.0", allow_lan=True)
    address = running.address.replace("0.0.0.0", "127.0.0.1")

    async with httpx2.AsyncClient(base_url=address, trust_env=False) as browser:
        answer = await browser.get("/", headers=PAGE)

    assert (answer.status_code, answer.json()["error"]["kind"]) == (401, "auth")
