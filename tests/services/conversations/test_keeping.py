"""Temporary chats: in memory alone, with the prompts and presets there are, and kept when that is wished after all."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.services.attachments.reading import attachment_of
from app.services.conversations import presets, queries, saved_prompts
from app.services.conversations.changes import NewAnswer
from app.services.conversations.keeping import keep_chat
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import ErrorKind, LLMError

pytestmark = pytest.mark.anyio


async def temporary_beside(store: ConversationStore) -> ConversationStore:
    made = ConversationStore(None, copy_of=store.path, without_chats=True)
    await made.open()
    return made


async def chat_with_a_file(store: ConversationStore) -> int:
    chat = await store.create_conversation(title="secret plan")
    file = await store.attach(chat, attachment_of("notes.txt", b"hello"))
    prompt = await store.add_user_message(chat, None, "what is this?", [file.id])
    answer = await store.begin_answer(chat, prompt, NewAnswer("lm_studio", "m", "M", True, False, {}, {}, "memory"))
    await store.finish_answer(answer, "complete", "a plan", "", metrics={}, finish_reason="stop")
    return chat


async def test_prompts_and_presets_are_there_and_chats_are_not(store: ConversationStore) -> None:
    await store.create_conversation(title="an old chat")
    await store.write(saved_prompts.save_prompt, "plan", "Plan {{input}}.")
    await store.write(presets.save_preset, "Careful", None, {"temperature": 0.1})
    temporary = await temporary_beside(store)
    assert await temporary.conversations() == []
    assert "plan" in [one.name for one in await temporary.read(saved_prompts.prompts)]
    assert [one.name for one in await temporary.read(presets.presets)] == ["Careful"]
    await temporary.aclose()


async def test_where_no_file_is_there_is_a_temporary_store_too(tmp_path: Path) -> None:
    temporary = ConversationStore(None, copy_of=tmp_path / "none.db", without_chats=True)
    await temporary.open()
    await temporary.create_conversation(title="x")
    await temporary.aclose()
    assert list(tmp_path.iterdir()) == []


async def test_what_is_kept_has_its_files_and_is_found(store: ConversationStore) -> None:
    temporary = await temporary_beside(store)
    chat = await chat_with_a_file(temporary)
    assert store.path is not None
    before = store.path.read_bytes()
    assert b"secret plan" not in before
    kept = await keep_chat(temporary, chat, store.path)
    messages = await store.messages(kept)
    assert [(m.role, m.text) for m in messages] == [("user", "what is this?"), ("assistant", "a plan")]
    assert [file.name for file in messages[0].attachments] == ["notes.txt"]
    found = await store.read(queries.conversation, kept)
    assert found is not None and found.title == "secret plan"
    await temporary.aclose()


async def test_what_cannot_be_kept_is_told_and_stays(store: ConversationStore, tmp_path: Path) -> None:
    temporary = await temporary_beside(store)
    chat = await chat_with_a_file(temporary)
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database" * 1000)
    with pytest.raises(LLMError, match="was not kept") as caught:
        await keep_chat(temporary, chat, broken)
    assert caught.value.kind is ErrorKind.CONFIG
    assert broken.read_bytes().startswith(b"not a database")
    assert len(await temporary.messages(chat)) == 2
    await temporary.delete_conversations([chat])
    assert store.path is not None
    with pytest.raises(LLMError, match="not there any more"):
        await keep_chat(temporary, chat, store.path)
    await temporary.aclose()
