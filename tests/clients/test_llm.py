"""Simon Willison's `llm`, told of the gateway in its own file."""

from __future__ import annotations

import json

import pytest

from tests.clients.conftest import ANSWER, MODEL, TOKEN, Asked, Client

pytestmark = pytest.mark.anyio

#: As resources/help/gateway.md tells it.
MODELS = """\
- model_id: team
  model_name: {model}
  api_base: {address}/v1
  api_key_name: aica
  supports_tools: true
  supports_schema: true
- model_id: team-responses
  model_name: {model}
  api_base: {address}/v1
  api_key_name: aica
  responses: true
"""
FUNCTION = """
def weather(place: str) -> str:
    "The weather of a place."
    return "sunny in " + place
"""


async def asked(
    llm: Client, gateway: Asked, *arguments: str, model: str = MODEL, token: str = TOKEN
) -> tuple[int, str, str]:
    text = MODELS.format(model=model, address=gateway.address)
    (llm.home / "extra-openai-models.yaml").write_text(text, encoding="utf-8")
    (llm.home / "keys.json").write_text(json.dumps({"aica": token}), encoding="utf-8")
    return await llm.run(llm.program("llm"), *arguments, LLM_USER_PATH=str(llm.home))


@pytest.mark.parametrize("more", [[], ["--no-stream"], ["-s", "Be brief."]])
@pytest.mark.parametrize("name", ["team", "team-responses"])
async def test_it_answers(llm: Client, gateway: Asked, name: str, more: list[str]) -> None:
    status, out, err = await asked(llm, gateway, "-m", name, "Weather in Bern?", *more)

    assert (status, err) == (0, "")
    assert out.strip() == ANSWER


async def test_it_tells_the_usage(llm: Client, gateway: Asked) -> None:
    status, _out, err = await asked(llm, gateway, "-m", "team", "-u", "Weather in Bern?")

    assert status == 0
    assert "Token usage" in err and " input" in err and " output" in err


async def test_its_functions_are_called(llm: Client, gateway: Asked) -> None:
    call = {"name": "weather", "arguments": json.dumps({"place": "Bern"})}
    gateway.simulator.script.update({"tool_calls": [call]})

    arguments = ["-m", "team", "--functions", FUNCTION, "--chain-limit", "2", "Weather in Bern?"]
    await asked(llm, gateway, *arguments)

    results = [one.body["messages"][-1] for one in gateway.simulator.stats.recorded if one.method == "POST"]
    assert ("tool", "sunny in Bern") in [(one["role"], one["content"]) for one in results]


async def test_a_wrong_token_and_an_unknown_model_are_told(llm: Client, gateway: Asked) -> None:
    guessed = await asked(llm, gateway, "-m", "team", "hi", token="guess")
    unknown = await asked(llm, gateway, "-m", "team", "hi", model="simulated/none")

    assert guessed[0] == unknown[0] == 1
    assert "The token is not valid" in guessed[2]
    assert "simulated/none" in unknown[2]
