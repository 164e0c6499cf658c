"""From stored messages to what a model is sent. The same rows always give the same request."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from app.services.conversations.records import SentFiles, StoredMessage
from app.services.llm.models import ImagePart, Message

NO_FILES: Mapping[int, SentFiles] = MappingProxyType({})

#: Before a summary that goes in the place of earlier turns, and after it.
SUMMARY_BEGINS = "Summary of our conversation so far:"
SUMMARY_ENDS = "(End of the summary. The conversation goes on from here.)"


def request_messages(
    system_prompt: str, history: Iterable[StoredMessage], summary: str = "", files: Mapping[int, SentFiles] = NO_FILES
) -> tuple[Message, ...]:
    """System prompt, the summary of what is left out, then the turns in order.

    The summary is a user's message and not part of the system prompt: it repeats what files and models said.

    Reasoning is never sent back. An answer without text (it failed before the first token) is left out, and prompts
    that then stand side by side become one, since many chat templates demand that roles alternate. `files` by message:
    the texts stand before the prompt's own words, in every turn that sends it again.
    """
    messages: list[Message] = [Message(role="system", content=system_prompt)] if system_prompt.strip() else []
    if summary:
        messages.append(Message(role="user", content=f"{SUMMARY_BEGINS}\n\n{summary}\n\n{SUMMARY_ENDS}"))
    for stored in history:
        if stored.role == "assistant" and not stored.text:
            continue
        added = _with_files(stored, files.get(stored.id))
        last = messages[-1] if messages else None
        if last is not None and last.role == stored.role == "user":
            words = f"{last.content}\n\n{added.content}"
            messages[-1] = Message(role="user", content=words, images=(*last.images, *added.images))
        else:
            messages.append(added)
    return tuple(messages)


def _with_files(stored: StoredMessage, files: SentFiles | None) -> Message:
    if files is None:
        return Message(role=stored.role, content=stored.text)
    words = [stored.text] if stored.text.strip() else []
    images = tuple(
        ImagePart(media_type=media_type, data_base64=b64encode(data).decode("ascii"))
        for media_type, data in files.pictures
    )
    return Message(role=stored.role, content="\n\n".join([*files.texts, *words]), images=images)


def title_from(prompt: str, longest: int = 60) -> str:
    """A chat's first title: the first line with words in it, cut at a word.

    A word too long for that is cut inside: what is left without it would say little, "Explain" of an address.
    """
    line = next((line.strip() for line in prompt.split("\n") if any(c.isalnum() for c in line)), prompt.strip())
    line = " ".join(line.lstrip("#>*-` ").split())
    if len(line) <= longest:
        return line
    kept = line[:longest].rsplit(" ", 1)[0]
    cut = line[len(kept) :].split(maxsplit=1)[0] if len(kept) < longest else kept
    inside = len(cut) > longest or len(kept) < longest // 2
    return (line[:longest] if inside else kept).rstrip(" ,.;:") + "…"
