"""Which provider a default model goes to: the one that was named for this run, else whoever has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.container import Overrides, open_services
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import Resolved
from app.services.mock_server import MockServer
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio

MODEL = "simulated/vision-8b"


async def resolved(home: Path, simulator: MockServer, asked: str | None = None, **options: str) -> Resolved:
    """With LM Studio up, which has the model, and Ollama down."""
    flag = options.pop("flag", None)
    addresses = {"LMSTUDIO_BASE_URL": simulator.base_url, "OLLAMA_HOST": f"http://127.0.0.1:{refused_port()}"}
    environment = {"AICA_KEYRING": "off", **addresses, **options}
    overrides = Overrides(model=flag, keep_history=False, environment=environment)
    async with await open_services(user_paths(home), overrides) as services:
        return await services.manager.resolve(None, asked)


async def test_a_default_model_goes_to_the_provider_that_was_named_for_this_run(
    tmp_path: Path, simulator: MockServer
) -> None:
    named = await resolved(tmp_path, simulator, LLM_PROVIDER="ollama", MODEL_NAME=MODEL)
    assert (named.provider, named.model) == ("ollama", MODEL)
    with pytest.raises(LLMError) as caught:
        await resolved(tmp_path, simulator, LLM_PROVIDER="nobody", MODEL_NAME=MODEL)
    assert caught.value.kind is ErrorKind.CONFIG


async def test_a_model_that_somebody_asks_for_goes_to_whoever_has_it(tmp_path: Path, simulator: MockServer) -> None:
    asked = await resolved(tmp_path, simulator, MODEL, LLM_PROVIDER="ollama")
    flag = await resolved(tmp_path, simulator, flag=MODEL, LLM_PROVIDER="ollama")
    assert (asked.provider, flag.provider) == ("lm_studio", "lm_studio")
