"""Answers that must fit a schema, on real HTTP servers that refuse, wrap, break and hide their JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.llm_service import LLMService
from app.services.llm.models import ChatRequest
from app.services.llm.providers._openai_request import response_format
from app.services.llm.structured import StructuredAnswers, closed_schema, json_values, schema_checker
from app.services.settings.schema import AppConfig
from tests.fakes.raw_http import Exchange, RawServer, answer, delta, events, stream

pytestmark = pytest.mark.anyio

GOOD = '{"name": "greet", "lines": 2}'


class CodeResponse(BaseModel):
    name: str
    lines: int = Field(ge=1)
    kind: Literal["function", "class"] = "function"


def says(text: str = "", *, reasoning: str = "", finish: str = "stop", **fields: Any) -> Callable[[Exchange], Any]:
    values = [delta(None, reasoning_content=reasoning)] if reasoning else []
    return stream(events(*values, delta(text or None, **fields), delta(finish=finish)))


class Server(RawServer):
    """Answers in turn; the last reply repeats. The list says what its one model can do."""

    def __init__(self, *replies: Any, tools: bool = False) -> None:
        entry = {"id": "m", "supported_parameters": ["tools"] if tools else []}
        super().__init__(self._next, {"/v1/models": answer({"data": [entry]})})
        self._replies = list(replies)

    async def _next(self, exchange: Exchange) -> None:
        await self._replies[0 if len(self._replies) == 1 else self.turn](exchange)

    @property
    def turn(self) -> int:
        return min(len(self.chats), len(self._replies)) - 1

    @property
    def chats(self) -> list[Any]:
        return [seen.json for seen in self.requests if seen.path == "/v1/chat/completions"]


def service(server: RawServer) -> LLMService:
    entry = {"type": "openai_compatible", "name": "Box", "base_url": server.url, "max_retries": 0}
    config = AppConfig.model_validate({"default_provider": "box", "provider_configurations": {"box": entry}})
    return LLMService(LLMManager(config), provider="box", model="m")


async def structured(server: Server, **options: Any) -> Any:
    async with service(server) as llm:
        return await llm.get_structured_response("Write a function", CodeResponse, report=True, **options)


async def test_the_native_schema_comes_first_and_the_report_says_so() -> None:
    async with Server(says(GOOD)) as server:
        found = await structured(server)
    assert (found.value, found.mode, found.repairs) == (CodeResponse(name="greet", lines=2), "schema", 0)
    (body,) = server.chats
    sent = body["response_format"]["json_schema"]
    assert sent["name"] == "CodeResponse" and sent["strict"] is True
    assert sent["schema"]["required"] == ["name", "lines", "kind"]
    assert "JSON Schema" in body["messages"][0]["content"], "a local model is told in words, too"


async def test_without_a_report_the_value_alone_comes_back() -> None:
    async with Server(says(GOOD)) as server, service(server) as llm:
        assert await llm.get_structured_response("x", CodeResponse) == CodeResponse(name="greet", lines=2)


@pytest.mark.parametrize(
    "reply",
    [
        says(f"Here it is:\n```json\n{GOOD}\n```\nAnything else?"),
        says(f"Sure! {GOOD} Done."),
        says("", reasoning=f"I should answer {GOOD}"),
        says(f"<think>maybe {{}}</think>{GOOD}"),
        says('{"not": "this"}\n' + GOOD),
    ],
    ids=["fence", "words around", "in the reasoning", "after thinking", "second object"],
)
async def test_json_is_found_wherever_the_model_put_it(reply: Any) -> None:
    async with Server(reply) as server:
        found = await structured(server)
    assert found.value.name == "greet" and found.repairs == 0


async def test_an_answer_that_does_not_fit_is_corrected_with_the_reason() -> None:
    async with Server(says('{"name": "greet", "lines": 0}'), says("no json"), says(GOOD)) as server:
        found = await structured(server)
    assert (found.value.lines, found.repairs) == (2, 2)
    second, third = server.chats[1:]
    assert second["messages"][-2] == {"role": "assistant", "content": '{"name": "greet", "lines": 0}'}
    assert "lines" in second["messages"][-1]["content"]
    assert "There is no JSON in it." in third["messages"][-1]["content"]


async def test_corrections_end_and_the_error_says_what_did_not_fit() -> None:
    async with Server(says('{"name": 1}')) as server:
        with pytest.raises(LLMError) as caught:
            await structured(server, max_repairs=1)
    assert len(server.chats) == 2
    assert caught.value.kind is ErrorKind.PROTOCOL and "name" in caught.value.hint
    assert caught.value.details == '{"name": 1}'


async def test_a_cut_answer_is_not_asked_to_be_corrected() -> None:
    async with Server(says('{"name": "gre', finish="length")) as server:
        with pytest.raises(LLMError) as caught:
            await structured(server)
    assert len(server.chats) == 1 and "cut at the token limit" in caught.value.message


REFUSED = answer({"error": {"message": "'response_format.type' must be 'text'"}}, 400)


def tool_call(arguments: str) -> Any:
    call = {"index": 0, "id": "c", "function": {"name": "answer", "arguments": arguments}}
    return stream(events(delta(tool_calls=[call]), delta(finish="tool_calls")))


async def test_where_the_schema_is_refused_a_tool_takes_its_place_and_that_is_remembered() -> None:
    async with Server(REFUSED, tool_call(GOOD), tool_call(GOOD), tools=True) as server, service(server) as llm:
        for _ in range(2):
            found = await llm.get_structured_response("x", CodeResponse, report=True)
            assert (found.value.name, found.mode) == ("greet", "tool")
    refused, first, second = server.chats
    assert "response_format" in refused
    for body in (first, second):
        assert "response_format" not in body and body["tool_choice"] == "required"
        assert body["tools"][0]["function"]["name"] == "answer"


async def test_after_a_fallback_a_refused_schema_is_asked_for_another_way() -> None:
    """That the first one was passed over is no part of an answer."""
    busy = answer({"error": {"message": "Too many at once."}}, 503)
    async with Server(busy) as first, Server(REFUSED, says(GOOD)) as second:
        boxes = {
            name: {"type": "openai_compatible", "base_url": server.url, "max_retries": 0, "priority": place}
            for place, (name, server) in enumerate({"box": first, "other": second}.items(), 1)
        }
        off = {name: {"is_enabled": False} for name in ("lm_studio", "ollama", "embedded")}
        config = AppConfig.model_validate({"default_provider": "box", "provider_configurations": {**boxes, **off}})
        async with LLMService(LLMManager(config), provider="box", model="auto") as llm:
            found = await llm.get_structured_response("Write a function", CodeResponse, report=True)
    assert (found.value.name, found.mode) == ("greet", "prompt")
    assert ["response_format" in body for body in second.chats] == [True, False]


async def test_a_model_without_tools_is_asked_in_words() -> None:
    async with Server(REFUSED, says(GOOD)) as server:
        found = await structured(server)
    assert found.mode == "prompt"
    assert not {"response_format", "tools"} & set(server.chats[-1])


async def test_other_failures_are_not_taken_for_a_refused_schema() -> None:
    for status, kind in ((401, ErrorKind.AUTH), (404, ErrorKind.MODEL_NOT_FOUND), (503, ErrorKind.OVERLOADED)):
        async with Server(answer({"error": {"message": "model missing"}}, status)) as server:
            with pytest.raises(LLMError) as caught:
                await structured(server)
        assert caught.value.kind is kind and len(server.chats) == 1


async def test_a_refusal_in_the_last_way_is_the_error() -> None:
    async with Server(answer({"error": {"message": "the request is odd"}}, 400)) as server:
        with pytest.raises(LLMError) as caught:
            await structured(server)
    assert caught.value.kind is ErrorKind.BAD_REQUEST and len(server.chats) == 2


async def test_a_value_of_the_users_own_schema_is_checked_by_it() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]}
    async with Server(says('{"n": 1}'), says('{"n": 4}')) as server, service(server) as llm:
        asked = ChatRequest(model="m", messages=())
        found = await StructuredAnswers(llm.manager).ask(asked, schema, schema_checker(schema), provider="box")
    assert (found.value, found.repairs) == ({"n": 4}, 1)
    assert server.chats[0]["response_format"]["json_schema"]["strict"] is False, "an open schema is never strict"


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"properties": 3}])
def test_a_schema_that_is_none_is_a_setting_that_is_not_valid(schema: dict[str, Any]) -> None:
    with pytest.raises(LLMError) as caught:
        schema_checker(schema)
    assert caught.value.kind is ErrorKind.CONFIG


def test_E12_a_schema_never_makes_a_request() -> None:
    check = schema_checker({"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(LLMError) as caught:
        check({})
    assert caught.value.kind is ErrorKind.CONFIG


def test_closing_a_schema_leaves_names_alone() -> None:
    class Inner(BaseModel):
        default: str = "x"

    class Outer(BaseModel):
        properties: list[Inner]
        type: str | None = None

    closed = closed_schema(Outer.model_json_schema())
    assert closed["required"] == ["properties", "type"] and closed["additionalProperties"] is False
    assert closed["$defs"]["Inner"]["properties"] == {"default": {"title": "Default", "type": "string"}}
    assert response_format(closed)["json_schema"]["strict"] in (True, False)

    class Open(BaseModel):
        anything: dict[str, int]

    assert response_format(closed_schema(Open.model_json_schema()))["json_schema"]["strict"] is False


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), _JSON, max_size=3), st.text(alphabet="ab :,.\n", max_size=20))
def test_an_object_among_words_is_always_found(value: dict[str, Any], words: str) -> None:
    text = f"{words}{json.dumps(value)}{words}"
    assert value in list(json_values(text))


@given(st.text(max_size=200) | st.text(alphabet='{}[]":,\\`0', max_size=200))
def test_no_text_breaks_the_search(text: str) -> None:
    list(json_values(text))


def test_deep_and_endless_texts_are_searched_in_bounded_time() -> None:
    for text in ("[" * 100_000, "{" * 100_000, '{"a":' * 50_000, "``` " * 100_000):
        list(json_values(text))
