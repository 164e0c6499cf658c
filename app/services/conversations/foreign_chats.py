"""Chats from the exports of other programs. Each format is recognised by its shape; what a chat holds beside text is
left out.

Sources of the shapes, as their exports have them (2025, 2026): ChatGPT `conversations.json`, Claude
`conversations.json`, Open WebUI "Export chats", LM Studio `*.conversation.json`. Roles are the user's and the
assistant's only: system prompts become the chat's own, tools and everything else are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from app.services.conversations.portable import LAST_SECOND, PortableChat, PortableMessage
from app.services.llm.safe_json import mapping_of

_ROLES = {"user": "user", "human": "user", "assistant": "assistant", "model": "assistant"}


def read(value: Any) -> list[PortableChat] | None:
    """The chats of another program's export, None where it is none that is known."""
    chats = value if isinstance(value, list) else [value]
    for recognise, convert in _FORMATS:
        if chats and all(isinstance(one, dict) and recognise(one) for one in chats):
            return [convert(one) for one in chats]
    return None


class _Tree:
    """Messages of one chat as they are met; `key` and `parent` are the other program's own names for them."""

    def __init__(self) -> None:
        self._found: list[dict[str, Any]] = []
        #: Of a message that was left out the number of the one above it.
        self._numbers: dict[str, int | None] = {}
        self.system_prompt = ""

    def add(
        self, key: str, parent: str | None, role: Any, text: str, *, created_at: float, reasoning: str = "", **more: Any
    ) -> None:
        """One message. What follows one without words, or of a role that is no partner's, takes its place."""
        known = _ROLES.get(role) if isinstance(role, str) else None
        if role == "system" and text and not self.system_prompt:
            self.system_prompt = text
        above = self._numbers.get(parent) if parent is not None else None
        if known is None or not (text or reasoning):
            self._numbers.setdefault(key, above)
            return
        number = len(self._found) + 1
        if self._numbers.setdefault(key, number) != number:
            self._numbers[f"{key}#{number}"] = number  # a name that was given twice is the first one's
        about = {"number": number, "parent": above, "role": known, "created_at": created_at}
        self._found.append({**about, "text": text, "reasoning": reasoning, **more})

    def chat(self, shown: str | None, **about: Any) -> PortableChat:
        """`shown`: the last message of the branch that was shown; None for the newest one."""
        by_number = {one["number"]: one for one in self._found}
        number = self._numbers.get(shown) if shown is not None else None
        if number is None and self._found:
            number = self._found[-1]["number"]
        branch: set[int] = set()
        while number is not None:
            branch.add(number)
            number = by_number[number]["parent"]
        chosen_last = min(LAST_SECOND, 1.0 + max((one["created_at"] for one in self._found), default=0.0))
        messages = [
            PortableMessage(**one, chosen_at=chosen_last if one["number"] in branch else one["created_at"])
            for one in self._found
        ]
        return PortableChat(
            messages=tuple(one for one in messages if one.number in branch),
            other_versions=tuple(one for one in messages if one.number not in branch),
            system_prompt=self.system_prompt,
            **about,
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _key(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _seconds(value: Any) -> float:
    """A time in seconds or milliseconds, or as ISO 8601 writes it; 0 where it is none."""
    if isinstance(value, str):
        try:
            return max(0.0, datetime.fromisoformat(value).timestamp())
        except (ValueError, OverflowError, OSError):
            return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e14:
        return 0.0
    return float(value) / 1000 if value > 1e11 else float(value)


def _texts(parts: Any, kinds: Iterable[str] = ("text",)) -> str:
    """The texts among the parts of a content."""
    if isinstance(parts, str):
        return parts
    if not isinstance(parts, list):
        return ""
    wanted = tuple(kinds)
    found = [
        one if isinstance(one, str) else _text(mapping_of(one).get("text"))
        for one in parts
        if isinstance(one, str) or mapping_of(one).get("type") in wanted
    ]
    return "\n\n".join(text for text in found if text)


# -- ChatGPT: a tree of nodes by id


def _is_chatgpt(chat: dict[str, Any]) -> bool:
    return isinstance(chat.get("mapping"), dict)


def _from_chatgpt(chat: dict[str, Any]) -> PortableChat:
    nodes: dict[str, dict[str, Any]] = {key: mapping_of(node) for key, node in chat["mapping"].items()}
    tree = _Tree()
    for key in _parents_first(nodes, "parent"):
        node = nodes[key]
        message = mapping_of(node.get("message"))
        content, about = mapping_of(message.get("content")), mapping_of(message.get("metadata"))
        is_talk = (
            about.get("is_visually_hidden_from_conversation") is not True
            and content.get("content_type", "text") in ("text", "multimodal_text")
            and message.get("recipient", "all") == "all"  # not a call of a tool
        )
        tree.add(
            key,
            _key(node.get("parent")),
            mapping_of(message.get("author")).get("role") if is_talk else None,
            _texts(content.get("parts")),
            created_at=_seconds(message.get("create_time")),
            model=_key(about.get("model_slug")),
        )
    return tree.chat(
        _key(chat.get("current_node")),
        title=_text(chat.get("title")),
        created_at=_seconds(chat.get("create_time")),
        updated_at=_seconds(chat.get("update_time")),
    )


def _parents_first(nodes: dict[str, dict[str, Any]], name: str) -> list[str]:
    """The keys of a tree so that each comes behind its parent; those in a ring are left out."""
    below: dict[str | None, list[str]] = {}
    for key, node in nodes.items():
        parent = _key(node.get(name))
        below.setdefault(parent if parent in nodes else None, []).append(key)
    ordered: list[str] = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        key = waiting.pop()
        ordered.append(key)
        waiting += reversed(below.get(key, []))
    return ordered


# -- Claude: a list of messages


def _is_claude(chat: dict[str, Any]) -> bool:
    return isinstance(chat.get("chat_messages"), list)


def _from_claude(chat: dict[str, Any]) -> PortableChat:
    tree, before = _Tree(), None
    known: set[str] = set()
    for place, one in enumerate(chat["chat_messages"]):
        message = mapping_of(one)
        key = _key(message.get("uuid")) or f"#{place}"
        key = f"{key}#{place}" if key in known else key
        parent = _key(message.get("parent_message_uuid"))
        content = message.get("content")
        parts = [mapping_of(part) for part in content] if isinstance(content, list) else []
        thinking = [_text(part.get("thinking")) for part in parts if part.get("type") == "thinking"]
        tree.add(
            key,
            parent if parent in known else before,
            message.get("sender"),
            _texts(message.get("content")) or _text(message.get("text")),
            reasoning="\n\n".join(filter(None, thinking)),
            created_at=_seconds(message.get("created_at")),
        )
        known.add(key)
        before = key
    return tree.chat(
        before,
        title=_text(chat.get("name")),
        created_at=_seconds(chat.get("created_at")),
        updated_at=_seconds(chat.get("updated_at")),
    )


# -- Open WebUI: a history of messages by id, with the last one of the shown branch


def _is_open_webui(chat: dict[str, Any]) -> bool:
    return isinstance(mapping_of(mapping_of(chat.get("chat")).get("history")).get("messages"), dict)


def _from_open_webui(chat: dict[str, Any]) -> PortableChat:
    inner = chat["chat"]
    history = inner["history"]
    nodes: dict[str, dict[str, Any]] = {key: mapping_of(node) for key, node in history["messages"].items()}
    tree = _Tree()
    for key in _parents_first(nodes, "parentId"):
        message = nodes[key]
        tree.add(
            key,
            _key(message.get("parentId")),
            message.get("role"),
            _texts(message.get("content")),
            created_at=_seconds(message.get("timestamp")),
            model=_key(message.get("model")),
        )
    tree.system_prompt = tree.system_prompt or _text(inner.get("system"))
    return tree.chat(
        _key(history.get("currentId")),
        title=_text(chat.get("title")) or _text(inner.get("title")),
        created_at=_seconds(chat.get("created_at")),
        updated_at=_seconds(chat.get("updated_at")),
        pinned=chat.get("pinned") is True,
    )


# -- LM Studio: messages with versions, answers in steps


def _is_lm_studio(chat: dict[str, Any]) -> bool:
    messages = chat.get("messages")
    if not isinstance(messages, list) or not messages:
        return False
    return all(isinstance(mapping_of(one).get("versions"), list) for one in messages)


def _from_lm_studio(chat: dict[str, Any]) -> PortableChat:
    tree, before = _Tree(), None
    began = _seconds(chat.get("createdAt"))
    for place, one in enumerate(chat["messages"]):
        versions = [mapping_of(version) for version in mapping_of(one)["versions"]]
        selected = mapping_of(one).get("currentlySelected")
        chosen = selected if isinstance(selected, int) and 0 <= selected < len(versions) else len(versions) - 1
        for number, version in enumerate(versions):
            text, thinking = _steps(version)
            model = _key(mapping_of(version.get("senderInfo")).get("senderName"))
            key = f"{place}.{number}"
            tree.add(key, before, version.get("role"), text, reasoning=thinking, created_at=began, model=model)
        if versions:
            before = f"{place}.{chosen}"
    tree.system_prompt = _text(chat.get("systemPrompt")) or tree.system_prompt
    return tree.chat(before, title=_text(chat.get("name")), created_at=began, updated_at=began)


def _steps(version: dict[str, Any]) -> tuple[str, str]:
    """Text and thinking of one version: of a prompt its content, of an answer that of its steps."""
    texts: list[str] = []
    thinking: list[str] = []
    steps = version.get("steps")
    for step in steps if isinstance(steps, list) else [version]:
        found = _texts(mapping_of(step).get("content"))
        style = mapping_of(mapping_of(step).get("style")).get("type")
        (thinking if style == "thinking" else texts).append(found)
    return "\n\n".join(filter(None, texts)), "\n\n".join(filter(None, thinking))


_FORMATS: tuple[tuple[Callable[[dict[str, Any]], bool], Callable[[dict[str, Any]], PortableChat]], ...] = (
    (_is_chatgpt, _from_chatgpt),
    (_is_claude, _from_claude),
    (_is_open_webui, _from_open_webui),
    (_is_lm_studio, _from_lm_studio),
)
