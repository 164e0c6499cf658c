"""The user's chats over the real protocol: only where that was allowed, and safe beside an open window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession
from mcp.shared.exceptions import MCPError

from app.paths import user_paths
from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore
from tests.mcp_server.conftest import Mcp, text_of

pytestmark = pytest.mark.anyio

TURNS: list[Any] = [("user", "Where is the idempotency key?"), ("assistant", "In a header.")]


@pytest.fixture
async def store(mcp: Mcp, tmp_path: Path) -> Any:
    """The store that a window has open, with one chat and one in the trash."""
    home = tmp_path / "home"
    mcp.environment["AICA_HOME"] = str(home)
    opened = ConversationStore(user_paths(str(home)).store_file)
    await opened.open()
    for title in ("Refunds", "Deleted"):
        chat = await opened.create_conversation(title=title)
        await opened.import_messages(chat, TURNS)
    await opened.delete_conversations([chat])
    yield opened
    await opened.aclose()


async def called(client: ClientSession, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    return json.loads(text_of(result))


async def refused(client: ClientSession, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return text_of(result)


async def test_without_leave_no_chat_can_be_seen(mcp: Mcp, store: ConversationStore) -> None:
    async with mcp.session() as client:
        assert not [t.name for t in (await client.list_tools()).tools if "chat" in t.name]
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("list_chats", {})


async def test_leave_to_read_is_none_to_write(mcp: Mcp, store: ConversationStore) -> None:
    mcp.flags = ["--chats", "read"]
    async with mcp.session() as client:
        tools = {t.name: t for t in (await client.list_tools()).tools}
        reading = {"list_chats", "search_chats", "read_chat"}
        assert {name for name in tools if "chat" in name} == reading
        assert all(tools[name].annotations.read_only_hint for name in reading)
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("save_chat", {"messages": [{"role": "user", "text": "x"}]})


async def test_chats_are_listed_found_and_read_without_those_in_the_trash(mcp: Mcp, store: ConversationStore) -> None:
    mcp.flags = ["--chats", "read"]
    async with mcp.session() as client:
        (chat,) = (await called(client, "list_chats"))["chats"]
        assert (chat["title"], chat["messages_in_all"]) == ("Refunds", 2)
        (hit,) = (await called(client, "search_chats", query="idempot*"))["hits"]
        assert hit["chat"] == chat["chat"] and "idempotency key" in hit["snippet"] and "\x02" not in hit["snippet"]
        page = await called(client, "read_chat", chat=chat["chat"], count=1)
        assert [m["text"] for m in page["messages"]] == ["Where is the idempotency key?"] and page["next"] == 1
        rest = await called(client, "read_chat", chat=chat["chat"], first=page["next"])
        assert [m["text"] for m in rest["messages"]] == ["In a header."] and "next" not in rest
        for gone in (chat["chat"] + 1, 0, -1, 2**80):
            assert "There is no chat" in await refused(client, "read_chat", chat=gone)
        assert "before:" in await refused(client, "search_chats", query="before:yesterdayish")


async def test_a_message_too_long_for_one_answer_is_cut_and_says_so(mcp: Mcp, store: ConversationStore) -> None:
    chat = await store.create_conversation(title="Long")
    await store.import_messages(chat, [("user", "x" * 300_000), ("assistant", "y")])
    mcp.flags = ["--chats", "read"]
    async with mcp.session() as client:
        page = await called(client, "read_chat", chat=chat)
        (cut,) = page["messages"]
        assert (len(cut["text"]), cut["cut_from_characters"], page["next"]) == (200_000, 300_000, 1)


async def test_what_is_added_is_there_for_the_open_window(mcp: Mcp, store: ConversationStore) -> None:
    mcp.flags = ["--chats", "write"]
    async with mcp.session() as client:
        new = await called(
            client, "save_chat", messages=[{"role": "user", "text": "Plan it"}, {"role": "assistant", "text": "Done"}]
        )
        await called(client, "add_to_chat", chat=new["chat"], messages=[{"role": "user", "text": "And then?"}])
        assert [m.text for m in await store.messages(new["chat"])] == ["Plan it", "Done", "And then?"]
        found = await store.conversation(new["chat"])
        assert found is not None and found.title == "Plan it" and not found.title_by_user
        assert [hit.conversation_id for hit in (await store.search("And then")).hits] == [new["chat"]]
        for wrong in ([], [{"role": "system", "text": "x"}], [{"role": "user", "text": ""}], [{"role": "user"}]):
            assert "not valid" in await refused(client, "save_chat", messages=wrong)


async def test_nothing_is_put_behind_an_answer_that_is_being_written(mcp: Mcp, store: ConversationStore) -> None:
    (chat,) = await store.conversations()
    last = (await store.messages(chat.id))[-1].id
    prompt = await store.add_user_message(chat.id, last, "go on")
    await store.begin_answer(chat.id, prompt, NewAnswer("p", "m", "m", True, False, {}, {}, store.owner_id))
    mcp.flags = ["--chats", "write"]
    async with mcp.session() as client:
        text = await refused(client, "add_to_chat", chat=chat.id, messages=[{"role": "user", "text": "x"}])
    assert "still being written" in text
    assert len(await store.messages(chat.id)) == 4
