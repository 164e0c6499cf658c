"""The official anthropic client of Python, through the gateway, over a server that has no Messages."""

from __future__ import annotations

import json

import pytest

from tests.clients.conftest import ANSWER, MODEL, Asked, Client
from tests.end_to_end.conftest import eventually

pytestmark = pytest.mark.anyio

CALL = {"name": "weather", "arguments": {"place": "Bern"}}


async def test_models_are_listed_and_one_is_looked_up(gateway: Asked, anthropic_client: Client) -> None:
    listed = await anthropic_client.step(gateway, "models")
    one = await anthropic_client.step(gateway, "one_model")
    missing = await anthropic_client.step(gateway, "one_model", model="simulated/none")

    assert MODEL in listed["ids"]
    assert one == {"id": MODEL}
    assert (missing["failure"], missing["type"]) == ("NotFoundError", "not_found_error")


async def test_a_plain_answer_has_its_text_its_end_and_its_usage(gateway: Asked, anthropic_client: Client) -> None:
    answer = await anthropic_client.step(gateway, "plain")

    assert (answer["text"], answer["finish"]) == (ANSWER, "end_turn")
    assert min(answer["tokens"]) > 0
    asked = gateway.simulator.stats.recorded[-1].body["messages"]
    assert asked[0] == {"role": "system", "content": "Be brief."}


async def test_every_event_of_a_stream_is_what_the_client_s_types_say(gateway: Asked, anthropic_client: Client) -> None:
    told = await anthropic_client.step(gateway, "streamed")

    assert (told["kinds"][0], told["kinds"][-1]) == ("message_start", "message_stop")
    assert (told["text"], told["finish"], told["blocks"]) == (ANSWER, "end_turn", ["text"])
    assert min(told["tokens"]) > 0


async def test_what_a_model_thinks_is_a_block_of_its_own(gateway: Asked, anthropic_client: Client) -> None:
    told = await anthropic_client.step(gateway, "streamed", model="simulated/thinker-4b")

    assert told["blocks"] == ["thinking", "text"]
    assert told["text"] == ANSWER


@pytest.mark.parametrize("step", ["tool", "streamed_tool"])
async def test_a_tool_is_called_and_its_result_is_answered(gateway: Asked, anthropic_client: Client, step: str) -> None:
    gateway.simulator.script.update({"tool_calls": [{**CALL, "arguments": json.dumps(CALL["arguments"])}]})

    told = await anthropic_client.step(gateway, step)

    assert told["finish"] == "tool_use"
    assert told.get("calls", [CALL]) == [CALL]
    assert told.get("arguments", CALL["arguments"]) == CALL["arguments"]


@pytest.mark.parametrize("step", ["plain", "streamed"])
async def test_an_unknown_model_is_not_found(gateway: Asked, anthropic_client: Client, step: str) -> None:
    failed = await anthropic_client.step(gateway, step, model="simulated/none")

    assert (failed["failure"], failed["status"], failed["type"]) == ("NotFoundError", 404, "not_found_error")
    assert "simulated/none" in failed["message"]
    assert failed["request_id"].startswith("req_")


async def test_a_wrong_token_is_an_authentication_error(gateway: Asked, anthropic_client: Client) -> None:
    failed = await anthropic_client.step(gateway, "plain", token="guess")

    assert (failed["failure"], failed["type"]) == ("AuthenticationError", "authentication_error")


async def test_a_server_that_has_too_much_to_do_is_told_as_such(gateway: Asked, anthropic_client: Client) -> None:
    gateway.simulator.script.update({"fault": "rate_limited"})

    assert (await anthropic_client.step(gateway, "plain"))["failure"] == "RateLimitError"


async def test_an_answer_that_breaks_off_is_an_error_and_no_short_answer(
    gateway: Asked, anthropic_client: Client
) -> None:
    gateway.simulator.script.update({"fault": "error_mid"})

    failed = await anthropic_client.step(gateway, "streamed")

    assert failed["failure"].endswith("Error")
    assert "context length" in failed["message"]


async def test_leaving_in_mid_stream_stops_the_server(gateway: Asked, anthropic_client: Client) -> None:
    gateway.simulator.script.update({"tokens": 100_000, "tokens_per_second": 200})

    assert await anthropic_client.step(gateway, "leave") == {"pieces": 3}
    await eventually(lambda: gateway.simulator.stats.streams_aborted == 1, 5)


async def test_counting_tokens_says_that_the_server_cannot(gateway: Asked, anthropic_client: Client) -> None:
    failed = await anthropic_client.step(gateway, "count")

    assert (failed["failure"], failed["type"]) == ("NotFoundError", "not_found_error")
    assert "count" in failed["message"]


async def test_a_request_with_all_that_claude_code_sends_is_answered(gateway: Asked, anthropic_client: Client) -> None:
    gateway.simulator.script.update({"tool_calls": [{**CALL, "arguments": json.dumps(CALL["arguments"])}]})

    told = await anthropic_client.step(gateway, "as_claude_code")

    assert told["kinds"][-1] == "message_stop"
