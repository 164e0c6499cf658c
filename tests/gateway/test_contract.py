"""The OpenAPI document held against the running gateway, with values nobody thought of."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from app.gateway.options import GatewayOptions
from app.services.mock_server import MockServer
from tests.gateway.conftest import TOKEN, configure, running_gateway

EXAMPLES_OF_AN_OPERATION = 40


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a gateway over the simulator, on a loop of its own thread: the checks are blocking calls."""
    monkeypatch.setenv("AICA_GATEWAY_TOKEN", TOKEN)
    ready, done = threading.Event(), threading.Event()
    found: list[str] = []

    async def serve() -> None:
        async with MockServer() as simulator:
            simulator.script.update({"tokens_per_second": 0, "ttft": 0, "tokens": 3})
            configure(lm_studio={"base_url": simulator.base_url})
            async with running_gateway(GatewayOptions(port=0)) as running:
                found.append(running.address)
                ready.set()
                while not done.is_set():
                    await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(20)
        yield found[0]
    finally:
        done.set()
        thread.join(20)


def test_D8_no_request_of_the_document_is_answered_with_a_bug(served: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    schema = schemathesis.openapi.from_url(f"{served}/openapi.json", headers=headers)
    tried: dict[str, int] = {}
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES_OF_AN_OPERATION,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        def check(case: schemathesis.Case) -> None:
            tried[case.operation.label] = tried.get(case.operation.label, 0) + 1
            answer = case.call(base_url=served, headers=headers)
            assert answer.status_code != 500, (case.operation.label, answer.text)
            documented = case.operation.definition.raw["responses"]
            assert str(answer.status_code) in documented, (case.operation.label, answer.status_code)

        check()
    assert {f"POST /v1/{shape}" for shape in ("chat/completions", "messages", "responses")} <= set(tried)
    assert sum(tried.values()) > 5 * EXAMPLES_OF_AN_OPERATION, tried
