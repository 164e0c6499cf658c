"""The gateway over a real llama.cpp: the built-in engine, with a tiny model whose words mean nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from openai.types.responses import Response

from tests.gateway.conftest import Running, StartGateway, configure, events_of
from tests.gateway.test_client_needs import CODEX, EVENT

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("xllamacpp", "gguf", "numpy")),
        reason="xllamacpp, gguf and numpy are not installed",
    ),
]


@pytest.fixture
async def running(tmp_path: Path, start_gateway: StartGateway) -> Running:
    from tests.fakes.tiny_gguf import write_tiny_model

    folder = tmp_path / "models"
    folder.mkdir()
    write_tiny_model(folder / "tiny.gguf")
    configure(lm_studio={"is_enabled": False}, embedded={"is_enabled": True, "folders": [str(folder)]})
    return await start_gateway()


async def test_every_shape_is_answered(running: Running) -> None:
    (model,) = [one["id"] for one in (await running.client.get("/v1/models")).json()["data"]]
    turn = {"model": model, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4}

    chat = await running.post("/v1/chat/completions", turn)
    message = await running.post("/v1/messages", turn)
    counted = await running.post("/v1/messages/count_tokens", turn)
    response = await running.post("/v1/responses", {"model": model, "input": "Hello", "max_output_tokens": 4})

    assert chat.json()["usage"]["completion_tokens"] == 4
    usage = message.json()["usage"]
    assert usage["output_tokens"] == 4
    # What the chat completion had read before is not read again.
    assert counted.json()["input_tokens"] == usage["input_tokens"] + usage["cache_read_input_tokens"]
    assert response.json()["usage"]["output_tokens"] == 4


async def test_a_request_of_codex_is_answered(running: Running) -> None:
    """llama.cpp itself refuses requests with tools other than functions."""
    (model,) = [one["id"] for one in (await running.client.get("/v1/models")).json()["data"]]
    small: dict[str, Any] = {"model": model, "max_output_tokens": 4, "input": "Hello"}

    whole = await running.post("/v1/responses", {**CODEX, **small, "stream": False})
    told = await running.post("/v1/responses", {**CODEX, **small})

    Response.model_validate(whole.json())
    assert EVENT.validate_python(events_of(told.text)[-1]).type == "response.incomplete"
