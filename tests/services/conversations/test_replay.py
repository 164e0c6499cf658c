"""An answer's request is kept exactly, and goes out again the same from curl and from Python."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from app.services.container import Services
from app.services.conversations.chat_settings import EffectiveParameters
from app.services.conversations.replay import SentRequest, sent_request, wire_request
from app.services.conversations.running_answer import Answer
from app.services.llm.errors import LLMError
from app.services.llm.models import ChatRequest, Message, SamplingParameters
from app.services.llm.providers.anthropic import AnthropicProvider
from app.services.llm.providers.ollama import OllamaProvider
from app.services.llm.wire_request import WireRequest, as_curl, as_python
from app.services.mock_server import MockServer

pytestmark = pytest.mark.anyio

#: A quote for every shell, an escape for every terminal, a direction for every reader.
HOSTILE = 'it\'s "$(touch owned)" `touch owned` \\ \x1b[31m \u202e evil \U0001f600 é\n%PATH% !!'


def bodies(simulator: MockServer) -> list[dict[str, Any]]:
    return [r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]


async def asked(services: Services, text: str = HOSTILE) -> Answer:
    chat = await services.store.create_conversation(system_prompt="Be brief.")
    values = SamplingParameters(temperature=0.25, stop=("END",), extra={"top_a": 0.5})
    given = EffectiveParameters(values, {"temperature": "settings"})
    answer = await services.chats.send(chat, text, parameters=given)
    await answer.wait()
    return answer


async def found(services: Services, answer: Answer) -> SentRequest:
    sent = await services.store.read(sent_request, answer.message_id)
    assert sent is not None
    return sent


async def run(*command: str, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, out.decode()
    return out.decode()


async def test_python_asks_the_same_byte_for_byte(services: Services, simulator: MockServer, tmp_path: Path) -> None:
    simulator.script.answer = "the same again"
    program = as_python(await wire_request(services.manager, await found(services, await asked(services))))
    assert program.isascii() and "\x1b" not in program
    (tmp_path / "again.py").write_text(program, encoding="utf-8")
    said = await run(sys.executable, "-I", "again.py", folder=tmp_path)
    first, second = bodies(simulator)
    assert first == second and list(first) == list(second)
    assert "[DONE]" in said and not (tmp_path / "owned").exists()


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("sh") is None, reason="curl is not installed")
async def test_curl_asks_the_same_and_runs_nothing_else(
    services: Services, simulator: MockServer, tmp_path: Path
) -> None:
    command = as_curl(await wire_request(services.manager, await found(services, await asked(services))))
    assert command.isascii() and "\x1b" not in command
    (tmp_path / "again.sh").write_text(command, encoding="ascii")
    await run("sh", "again.sh", folder=tmp_path)
    first, second = bodies(simulator)
    assert first == second and not (tmp_path / "owned").exists()


async def test_values_say_where_they_came_from_and_what_was_not_sent(services: Services, simulator: MockServer) -> None:
    simulator.script.refused_fields = ["temperature"]
    sent = await found(services, await asked(services, "hello"))
    assert [(m.role, m.content) for m in sent.messages] == [("system", "Be brief."), ("user", "hello")]
    assert sent.parameters["temperature"] == {
        "value": 0.25,
        "origin": "settings",
        "sent": False,
        "reason": "The server does not accept it.",
    }
    assert sent.values["top_a"] == 0.5


async def test_an_imported_answer_was_asked_with_nothing_known(services: Services) -> None:
    chat = await services.store.create_conversation()
    await services.store.import_messages(chat, [("user", "hello"), ("assistant", "hi")])
    for message in await services.store.messages(chat):
        assert await services.store.read(sent_request, message.id) is None


async def test_a_provider_that_is_gone_is_said(services: Services, simulator: MockServer) -> None:
    sent = await found(services, await asked(services, "hello"))
    del services.manager.providers["lm_studio"]
    with pytest.raises(LLMError, match="no longer configured"):
        await wire_request(services.manager, sent)


async def test_a_key_is_named_and_never_shown() -> None:
    request = ChatRequest(model="claude", messages=(Message(role="user", content="hi"),))
    provider = AnthropicProvider(key="sk-ant-very-secret-key")
    wire = await provider.wire_request(request)
    await provider.aclose()
    for text in (as_curl(wire), as_python(wire)):
        assert "very-secret" not in text and "ANTHROPIC_API_KEY" in text
    assert '-H "x-api-key: $ANTHROPIC_API_KEY"' in as_curl(wire)
    assert wire.url == "https://api.anthropic.com/v1/messages"


async def test_ollama_is_asked_in_its_own_way(tmp_path: Path) -> None:
    provider = OllamaProvider()
    wire = await provider.wire_request(
        ChatRequest(
            model="qwen3:8b",
            messages=(Message(role="user", content="hi"),),
            parameters=SamplingParameters(context_length=8_192),
        )
    )
    await provider.aclose()
    assert wire.url.endswith("/api/chat") and wire.body["options"]["num_ctx"] == 8_192 and not wire.key_header


async def test_what_has_no_address_is_asked_through_the_gateway(services: Services) -> None:
    request = ChatRequest(model="coder", messages=(Message(role="user", content="hi"),))
    wire = await services.manager.provider("mock").wire_request(request)
    assert wire.url == "http://127.0.0.1:3000/v1/chat/completions"
    assert (wire.body["model"], wire.key_variable) == ("mock:coder", "AICA_GATEWAY_TOKEN")


def test_a_shell_sees_one_word_for_each_value() -> None:
    wire = WireRequest("http://127.0.0.1:1/v1/x'y", {"a": "b'c"}, {"X-Note": "it's"})
    command = as_curl(wire)
    assert command.count("'\"'\"'") == 2
    assert command.endswith('\n  "a": "b\'c"\n}\nEND_OF_REQUEST\n')


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("sh") is None, reason="curl is not installed")
async def test_curl_takes_more_than_an_argument_holds(
    services: Services, simulator: MockServer, tmp_path: Path
) -> None:
    command = as_curl(
        await wire_request(services.manager, await found(services, await asked(services, "long " * 80_000)))
    )
    script = tmp_path / "again.sh"
    script.write_text(command, encoding="ascii")
    await run("sh", str(script), folder=tmp_path)
    first, second = bodies(simulator)
    assert first == second
