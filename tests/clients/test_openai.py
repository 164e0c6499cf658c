"""The official openai clients of Python and Node, through the gateway."""

from __future__ import annotations

import json

import pytest

from tests.clients.conftest import ANSWER, MODEL, Asked, Client
from tests.end_to_end.conftest import eventually

pytestmark = pytest.mark.anyio

CALL = {"name": "weather", "arguments": {"place": "Bern"}}


async def test_models_are_listed_and_one_is_looked_up(gateway: Asked, openai_client: Client) -> None:
    listed = await openai_client.step(gateway, "models")
    one = await openai_client.step(gateway, "one_model")
    missing = await openai_client.step(gateway, "one_model", model="simulated/none")

    assert MODEL in listed["ids"]
    assert one == {"id": MODEL}
    assert missing["failure"] == "NotFoundError"


async def test_a_plain_answer_has_its_text_its_end_and_its_usage(gateway: Asked, openai_client: Client) -> None:
    answer = await openai_client.step(gateway, "plain")

    assert (answer["text"], answer["finish"]) == (ANSWER, "stop")
    assert min(answer["tokens"]) > 0


async def test_a_streamed_answer_comes_in_pieces_and_tells_usage_when_it_was_asked_for(
    gateway: Asked, openai_client: Client
) -> None:
    plain = await openai_client.step(gateway, "streamed")
    told = await openai_client.step(gateway, "streamed_usage")

    assert plain["text"] == told["text"] == ANSWER
    assert plain["pieces"] > 5
    assert plain["usage"] == []
    (tokens,) = told["usage"]
    assert min(tokens) > 0


@pytest.mark.parametrize("step", ["tool", "streamed_tool", "responses_tool"])
async def test_a_tool_is_called_and_its_result_is_answered(gateway: Asked, openai_client: Client, step: str) -> None:
    gateway.simulator.script.update({"tool_calls": [{**CALL, "arguments": json.dumps(CALL["arguments"])}]})

    told = await openai_client.step(gateway, step)

    assert {name: told[name] for name in CALL} == CALL
    assert told.get("finish", "tool_calls") == "tool_calls"
    assert told.get("text", ANSWER) == ANSWER


@pytest.mark.parametrize("step", ["plain", "streamed", "responses", "responses_stream", "embeddings"])
async def test_an_unknown_model_is_not_found(gateway: Asked, openai_client: Client, step: str) -> None:
    failed = await openai_client.step(gateway, step, model="simulated/none")

    assert (failed["failure"], failed["status"], failed["code"]) == ("NotFoundError", 404, "model_not_found")
    assert "simulated/none" in failed["message"]
    assert failed["request_id"].startswith("req_")


async def test_a_wrong_token_is_an_authentication_error(gateway: Asked, openai_client: Client) -> None:
    failed = await openai_client.step(gateway, "plain", token="guess")

    assert (failed["failure"], failed["status"]) == ("AuthenticationError", 401)
    assert "aica token create" in failed["message"]


async def test_a_server_that_breaks_off_is_a_server_error(gateway: Asked, openai_client: Client) -> None:
    gateway.simulator.script.update({"fault": "close"})

    failed = await openai_client.step(gateway, "plain")

    assert (failed["failure"], failed["status"], failed["code"]) == ("InternalServerError", 502, "interrupted")


@pytest.mark.parametrize(
    ("fault", "failure"), [("rate_limited", "RateLimitError"), ("overloaded", "InternalServerError")]
)
async def test_a_server_that_has_too_much_to_do_is_told_as_such(
    gateway: Asked, openai_client: Client, fault: str, failure: str
) -> None:
    gateway.simulator.script.update({"fault": fault})

    assert (await openai_client.step(gateway, "plain"))["failure"] == failure


@pytest.mark.parametrize("step", ["streamed", "responses_stream"])
async def test_an_answer_that_breaks_off_is_an_error_and_no_short_answer(
    gateway: Asked, openai_client: Client, step: str
) -> None:
    gateway.simulator.script.update({"fault": "error_mid"})

    failed = await openai_client.step(gateway, step)

    assert failed["failure"] == "APIError"
    assert "context length" in failed["message"]


async def test_leaving_in_mid_stream_stops_the_server(gateway: Asked, openai_client: Client) -> None:
    gateway.simulator.script.update({"tokens": 100_000, "tokens_per_second": 200})

    left = await openai_client.step(gateway, "leave")

    assert left == {"pieces": 3}
    await eventually(lambda: gateway.simulator.stats.streams_aborted == 1, 5)
    assert gateway.simulator.stats.streams_open == 0


async def test_responses_are_answered_by_a_server_without_them(gateway: Asked, openai_client: Client) -> None:
    whole = await openai_client.step(gateway, "responses")
    told = await openai_client.step(gateway, "responses_stream")

    assert (whole["text"], whole["status"]) == (ANSWER, "completed")
    assert min(whole["tokens"]) > 0
    assert told["text"] == told["whole"] == ANSWER
    assert told["kinds"][:2] == ["response.created", "response.in_progress"]
    assert told["kinds"][-1] == "response.completed"


async def test_what_a_model_thinks_is_told_apart_in_responses(gateway: Asked, openai_client: Client) -> None:
    told = await openai_client.step(gateway, "responses_stream", model="simulated/thinker-4b")

    assert told["text"] == ANSWER
    assert "simulator does not think" in told["thought"]


async def test_embeddings_are_the_same_numbers_packed_and_plain(gateway: Asked, openai_client: Client) -> None:
    """The clients ask for base64 by themselves; LM Studio answers with lists whatever it was asked for."""
    told = await openai_client.step(gateway, "embeddings", model="simulated/text-embedding-nano")

    assert len(told["plain"]) == len(told["packed"]) == 2
    for packed, plain in zip(told["packed"], told["plain"], strict=True):
        assert packed == pytest.approx(plain, abs=1e-6)
