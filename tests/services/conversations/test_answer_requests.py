"""Models that Auto asks one after the other: whose failure is told, and whose it counts as."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from app.services.conversations.chat_service import ChatService
from app.services.conversations.records import StoredMessage
from app.services.conversations.routed import Routed, unanswered
from app.services.conversations.store import ConversationStore
from app.services.llm.llm_manager import LLMManager
from app.services.settings.schema import AppConfig
from tests.fakes.raw_http import RawServer, Reply, answer, refused_port

pytestmark = pytest.mark.anyio

BUSY = answer({"error": {"message": "Too many at once."}}, 503)
NO_KEY = answer({"error": {"message": "Wrong key."}}, 401)


@asynccontextmanager
async def chats_of(
    store: ConversationStore, *replies: Reply | None, choices: Sequence[tuple[str, str]]
) -> AsyncIterator[ChatService]:
    """Servers "box0", "box1"… that answer like this, None = not there; Auto asks these of their models."""
    async with RawServer(replies[0] or BUSY) as first, RawServer(replies[1] or BUSY) as second:
        urls = [
            server.url if reply is not None else f"http://127.0.0.1:{refused_port()}"
            for server, reply in zip((first, second), replies, strict=True)
        ]
        boxes = {
            f"box{n}": {"type": "openai_compatible", "name": f"Box {n}", "base_url": f"{url}/v1", "max_retries": 0}
            for n, url in enumerate(urls)
        }
        off = {name: {"is_enabled": False} for name in ("lm_studio", "ollama", "embedded")}
        async with LLMManager(AppConfig.model_validate({"provider_configurations": {**boxes, **off}})) as manager:
            chats = ChatService(store, manager)

            async def route(_prompt_id: int) -> Routed:
                return Routed(tuple(choices), "for a test")

            chats.route = route
            yield chats
            await chats.aclose()


async def ask(store: ConversationStore, chats: ChatService) -> StoredMessage:
    chat = await store.create_conversation()
    asked = await chats.send(chat, "Hello?", model="auto")
    async with asyncio.timeout(10):
        await asked.wait()
    stored = await store.message(asked.message_id)
    assert stored is not None
    return stored


def runs(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return db.execute("SELECT provider, model, outcome FROM run ORDER BY provider").fetchall()


async def test_where_all_fail_the_last_ones_failure_is_told_under_its_own_name(store: ConversationStore) -> None:
    async with chats_of(store, BUSY, NO_KEY, choices=[("box0", "coder"), ("box1", "writer")]) as chats:
        stored = await ask(store, chats)
    assert (stored.status, stored.provider, stored.model) == ("error", "box1", "writer")
    assert stored.error is not None and stored.error["kind"] == "auth"
    assert stored.parameters is not None and stored.parameters["model"]["value"] == "box1:writer"
    assert [(one.name, one.kind) for one in unanswered(stored.parameters)] == [("coder", "overloaded")]
    assert await store.read(runs) == [("box0", "coder", "overloaded"), ("box1", "writer", "auth")]


async def test_one_that_is_not_even_asked_fails_under_its_own_name(store: ConversationStore) -> None:
    """Without its key a service is not contacted: nothing had begun."""
    async with chats_of(store, BUSY, BUSY, choices=[("box0", "coder"), ("openai", "gpt-5")]) as chats:
        chats._manager.config.auto_may_use_cloud = True
        stored = await ask(store, chats)
    assert (stored.provider, stored.model, stored.local) == ("openai", "gpt-5", False)
    assert stored.error is not None and stored.error["message"] == "No key for OpenAI."
    assert await store.read(runs) == [("box0", "coder", "overloaded"), ("openai", "gpt-5", "auth")]


async def test_a_server_that_cannot_even_name_a_model_takes_no_failure_from_the_one_that_was_asked(
    store: ConversationStore,
) -> None:
    async with chats_of(store, BUSY, None, choices=[("box0", "coder"), ("box1", "")]) as chats:
        stored = await ask(store, chats)
    assert (stored.provider, stored.model) == ("box0", "coder")
    assert stored.error is not None and stored.error["kind"] == "overloaded"
    assert await store.read(runs) == [("box0", "coder", "overloaded")], "once"
