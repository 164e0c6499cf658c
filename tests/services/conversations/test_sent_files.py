"""What a model is sent of the files of a chat, against the simulated server and a real store."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import pytest

from app.services.attachments.attachment import Attachment
from app.services.attachments.reading import attachment_of
from app.services.container import Services
from app.services.conversations.chat_service import Answer
from app.services.conversations.stored_request import rebuilt_messages
from app.services.mock_server import MockServer
from tests.fakes.pictures import png

pytestmark = pytest.mark.anyio

CODE = attachment_of("server.py", b"import os\n")
PICTURE = attachment_of("shot.png", png(30, 20))
SEES, BLIND = "simulated/vision-8b", "simulated/writer-13b"


def asked(server: MockServer) -> list[dict[str, Any]]:
    """The bodies of the requests for an answer."""
    return [one.body for one in server.stats.recorded if one.path.endswith("/chat/completions")]


async def ask(services: Services, chat: int, text: str, files: Iterable[Attachment], model: str = SEES) -> Answer:
    ids = [(await services.store.attach(chat, one)).id for one in files]
    answer = await services.chats.send(chat, text, provider="lm_studio", model=model, attachments=ids)
    await answer.wait()
    return answer


async def test_a_text_file_stands_before_the_words_of_its_prompt(services: Services, simulator: MockServer) -> None:
    chat = await services.store.create_conversation()
    await ask(services, chat, "What is this?", [CODE])
    [body] = asked(simulator)
    assert body["messages"][-1]["content"] == "File 'server.py':\n```\nimport os\n```\n\nWhat is this?"


async def test_later_turns_send_the_files_again_and_begin_byte_for_byte_the_same(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation(system_prompt="Be brief.")
    await ask(services, chat, "What is this?", [CODE, PICTURE])
    await ask(services, chat, "And this?", [])
    first, second = asked(simulator)
    assert second["messages"][: len(first["messages"])] == first["messages"]
    picture = second["messages"][1]["content"][1]
    assert picture["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(PICTURE.data).decode()}"


async def test_a_picture_for_a_model_that_sees_none_is_refused_before_anything_is_sent(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation()
    answer = await ask(services, chat, "look", [PICTURE], BLIND)
    assert asked(simulator) == []
    stored = await services.store.message(answer.message_id)
    assert stored is not None and stored.error is not None
    assert stored.error["kind"] == "unsupported"
    assert stored.error["message"].endswith("cannot read pictures.")
    again = await services.chats.regenerate(answer.message_id, provider="lm_studio", model=SEES)
    await again.wait()
    assert again.status == "complete"
    assert len(asked(simulator)) == 1, "the prompt kept its picture"


async def test_a_prompt_may_be_files_alone_and_the_chat_is_called_after_them(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation()
    answer = await ask(services, chat, "", [CODE])
    assert answer.status == "complete"
    assert asked(simulator)[0]["messages"][-1]["content"] == CODE.text
    found = await services.store.conversation(chat)
    assert found is not None
    assert found.title == "server.py"


async def test_an_edited_prompt_keeps_its_files(services: Services, simulator: MockServer) -> None:
    chat = await services.store.create_conversation()
    answer = await ask(services, chat, "What?", [CODE])
    edited = await services.chats.edit(answer.prompt_id, "Why?", provider="lm_studio", model=SEES)
    await edited.wait()
    assert asked(simulator)[-1]["messages"][-1]["content"] == f"{CODE.text}\n\nWhy?"


async def test_the_exact_request_can_be_rebuilt_from_the_rows(services: Services, simulator: MockServer) -> None:
    chat = await services.store.create_conversation()
    await ask(services, chat, "What?", [CODE, PICTURE])
    answer = await ask(services, chat, "Why?", [CODE])
    assert answer.request is not None
    rebuilt = await services.store.read(rebuilt_messages, answer.message_id)
    assert rebuilt == answer.request.messages
