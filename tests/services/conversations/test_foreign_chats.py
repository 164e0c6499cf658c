"""Exports of other programs, in the shapes they have."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from app.services.conversations.chat_files import NotChatsError, read_chats
from app.services.conversations.portable import PortableChat


def read_one(value: Any) -> PortableChat:
    (chat,) = read_chats(json.dumps(value).encode())
    return chat


def shown(chat: PortableChat) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in chat.messages]


def chatgpt_node(key: str, parent: str | None, role: str, text: str, **more: Any) -> dict[str, Any]:
    message = {
        "author": {"role": role},
        "content": {"content_type": "text", "parts": [text]},
        "create_time": 1_700_000_000.5,
        "recipient": "all",
        "metadata": {"model_slug": "gpt-4o"} if role == "assistant" else {},
        **more,
    }
    return {key: {"id": key, "parent": parent, "children": [], "message": message}}


def test_chatgpt_with_its_branches() -> None:
    chat = {
        "title": "Refunds",
        "create_time": 1_700_000_000.0,
        "update_time": 1_700_000_100.0,
        "current_node": "a1",
        "mapping": {
            **chatgpt_node("u", "sys", "user", "why?"),
            "root": {"id": "root", "parent": None, "message": None},
            **chatgpt_node("sys", "root", "system", ""),
            **chatgpt_node("a1", "u", "assistant", "because"),
            **chatgpt_node("a2", "u", "assistant", "no reason", create_time=1_800_000_000.0),
            **chatgpt_node("call", "a2", "assistant", "search()", recipient="browser"),
            **chatgpt_node("tool", "call", "tool", "a page"),
            **chatgpt_node("a3", "tool", "assistant", "found it"),
        },
    }

    found = read_one([chat])

    assert shown(found) == [("user", "why?"), ("assistant", "because")]
    assert [m.text for m in found.other_versions] == ["no reason", "found it"]
    assert found.messages[1].model == "gpt-4o" and found.messages[1].created_at == 1_700_000_000.5
    assert (found.title, found.created_at, found.updated_at) == ("Refunds", 1_700_000_000.0, 1_700_000_100.0)
    assert (found.messages[1].chosen_at or 0) > (found.other_versions[0].chosen_at or 0)


def test_claude_with_thinking() -> None:
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "because"}, {"type": "tool_use"}]
    turns = [
        {"uuid": "1", "sender": "human", "text": "why?", "created_at": "2026-01-02T03:04:05.5Z"},
        {"uuid": "2", "sender": "assistant", "text": "flat", "content": content},
    ]
    chat = {"uuid": "c", "name": "Refunds", "created_at": "2026-01-02T03:04:05Z", "chat_messages": turns}

    found = read_one([chat])

    assert shown(found) == [("user", "why?"), ("assistant", "because")]
    assert found.messages[1].reasoning == "hm"
    assert found.messages[0].created_at == found.created_at + 0.5 == 1_767_323_045.5


def test_open_webui_with_versions() -> None:
    messages = {
        "u": {"id": "u", "parentId": None, "role": "user", "content": "why?", "timestamp": 1_700_000_000},
        "a": {"id": "a", "parentId": "u", "role": "assistant", "content": "because", "model": "llama3.3"},
        "b": {"id": "b", "parentId": "u", "role": "assistant", "content": "perhaps", "model": "qwen3"},
    }
    chat = {
        "id": "x",
        "title": "Refunds",
        "pinned": True,
        "created_at": 1_700_000_000,
        "updated_at": 1_700_000_001,
        "chat": {"system": "Be brief.", "history": {"messages": messages, "currentId": "a"}},
    }

    found = read_one([chat])

    assert shown(found) == [("user", "why?"), ("assistant", "because")]
    assert [(m.text, m.model) for m in found.other_versions] == [("perhaps", "qwen3")]
    assert found.pinned and found.system_prompt == "Be brief."


def test_lm_studio_with_steps_and_versions() -> None:
    prompt = {"type": "singleStep", "role": "user", "content": [{"type": "text", "text": "why?"}]}
    steps = [
        {"type": "contentBlock", "style": {"type": "thinking"}, "content": [{"type": "text", "text": "hm"}]},
        {"type": "contentBlock", "content": [{"type": "text", "text": "because"}]},
        {"type": "debugInfoBlock", "debugInfo": "x"},
    ]
    answer = {"type": "multiStep", "role": "assistant", "senderInfo": {"senderName": "qwen3-4b"}, "steps": steps}
    chat = {
        "name": "Refunds",
        "createdAt": 1_700_000_000_000,
        "systemPrompt": "Be brief.",
        "messages": [
            {"versions": [prompt], "currentlySelected": 0},
            {"versions": [answer, {**answer, "steps": steps[1:2]}], "currentlySelected": 0},
        ],
    }

    found = read_one(chat)

    assert shown(found) == [("user", "why?"), ("assistant", "because")]
    assert (found.messages[1].reasoning, found.messages[1].model) == ("hm", "qwen3-4b")
    assert len(found.other_versions) == 1
    assert (found.created_at, found.system_prompt) == (1_700_000_000.0, "Be brief.")


def test_names_that_are_given_twice_are_two_messages() -> None:
    turns = [{"uuid": "a", "sender": "human", "text": "x"}, {"uuid": "a", "sender": "assistant", "text": "y"}]
    numbered = [{"uuid": "#1", "sender": "human", "text": "x"}, {"sender": "assistant", "text": "y"}]

    for chat in (turns, numbered):
        assert shown(read_one([{"chat_messages": chat}])) == [("user", "x"), ("assistant", "y")]


def test_long_runs_of_what_is_left_out_cost_no_more_than_their_length() -> None:
    nodes: dict[str, Any] = {}
    for number in range(20_000):
        nodes |= chatgpt_node(f"t{number}", f"t{number - 1}" if number else None, "tool", "page")
    for number in range(2_000):
        nodes |= chatgpt_node(f"u{number}", "t19999", "user", f"prompt {number}")
    began = time.process_time()

    found = read_one([{"mapping": nodes}])

    assert len(found.messages) + len(found.other_versions) == 2_000
    assert time.process_time() - began < 10


def test_a_date_at_the_end_of_all_calendars_is_no_reason_to_refuse_a_file() -> None:
    turn = {"uuid": "a", "sender": "human", "text": "x", "created_at": "9998-01-01T00:00:00Z"}

    assert shown(read_one([{"chat_messages": [turn]}])) == [("user", "x")]


def test_parts_of_odd_types_are_left_out() -> None:
    turn = {"sender": "human", "text": "flat", "content": [{"type": []}, {"type": {}, "text": "x"}, 5]}

    assert shown(read_one([{"chat_messages": [turn]}])) == [("user", "flat")]


def test_a_ring_of_parents_ends() -> None:
    nodes = {**chatgpt_node("a", "b", "user", "x"), **chatgpt_node("b", "a", "user", "y")}

    assert shown(read_one([{"mapping": {**nodes, **chatgpt_node("c", None, "user", "z")}}])) == [("user", "z")]


@pytest.mark.parametrize(
    "value", [[], {}, [1], [{"mapping": {}}, {"chat_messages": []}], {"messages": "x"}, {"messages": []}, "text"]
)
def test_what_is_no_such_export_is_refused(value: Any) -> None:
    with pytest.raises(NotChatsError, match="no export"):
        read_chats(json.dumps(value).encode())
