"""What an answer is asked with, and whom: the request is made of the shown branch at the moment it goes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from app.services.conversations import attached, queries
from app.services.conversations.chat_settings import EffectiveParameters
from app.services.conversations.context import request_messages
from app.services.conversations.continuing import continued
from app.services.conversations.records import SentFiles
from app.services.conversations.routed import note_other_model
from app.services.conversations.running_answer import Answer
from app.services.conversations.store import ConversationStore
from app.services.conversations.stored_request import note_unfinished, unfinished
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager, Resolved
from app.services.llm.models import ChatRequest
from app.services.llm.stream_events import StreamEvent
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.conversations.chat_service import ChatService

#: With a person present no request is ended for being slow: the note "Wait longer" is enough.
PATIENT_S = 7 * 86_400.0


class AnswerRequests:
    def __init__(self, service: ChatService, store: ConversationStore, manager: LLMManager) -> None:
        self._service = service
        self._store = store
        self._manager = manager

    async def events(
        self,
        answer: Answer,
        system_prompt: str,
        provider: str | None,
        model: str | None,
        effective: EffectiveParameters,
    ) -> AsyncIterator[StreamEvent]:
        """Ask for this answer: the model that was chosen, or those that Auto chose, one after the other.

        Raises:
            LLMError: of any kind; what was yielded stays valid.
        """
        if answer.unroutable is not None:
            raise answer.unroutable
        if answer.routed is None:
            answer.request = await self._request(answer, system_prompt, model, effective)
            async for event in self._manager.stream(answer.request, provider or None):
                yield event
            return

        async def request_for(asked: Resolved) -> ChatRequest:
            if not answer.unanswered:
                answer.request = await self._request(answer, system_prompt, asked.model, effective)
            else:
                answer.request = await self._request_for_other(answer, asked)
            return answer.request

        async for event in self._manager.stream_first_of(answer.routed.choices, request_for):
            yield event

    async def _request_for_other(self, answer: Answer, asked: Resolved) -> ChatRequest:
        """The model before it did not answer: this one is asked with settings of its own, and the answer is its own
        from here on, also where it fails before anything is sent."""
        await self._service.identify(answer, asked)
        system_prompt, own = await self._service.settings_of(answer.conversation_id, asked.provider, asked.model)
        await self._store.write_soon(
            note_other_model,
            *(answer.message_id, (asked.provider, asked.model), answer.unanswered),
            *(system_prompt, own.as_dict(), own.values.set_values()),
        )
        return await self._request(answer, system_prompt, asked.model, own)

    async def _request(
        self, answer: Answer, system_prompt: str, model: str | None, effective: EffectiveParameters
    ) -> ChatRequest:
        place = await self._store.read(queries.position_of, answer.prompt_id)
        assert place is not None, "the prompt of a running answer is on the shown branch"
        first = answer.part.first
        history = await self._store.messages(answer.conversation_id, first, place[1] + 1 - first)
        files = await self._store.read(attached.sent_with, history)
        if sum(len(m.text) for m in history) + _size_of(files.values()) > limits.MAX_PROMPT_BYTES:
            raise LLMError(
                ErrorKind.CONTEXT_LENGTH,
                say("This chat does not fit the model's window."),
                say("It is longer than 64 MB with its files. Begin a new chat."),
            )
        if growing := unfinished(history, first):  # of another process
            await self._store.write_soon(note_unfinished, answer.message_id, growing)
        return ChatRequest(
            model=model or "",
            messages=continued(
                await asyncio.to_thread(request_messages, system_prompt, history, answer.part.summary, files),
                answer.begun,
            ),
            parameters=effective.values,
            first_token_timeout_s=PATIENT_S if self._service.person_present else None,
        )


def _size_of(files: Iterable[SentFiles]) -> int:
    """Bytes that the files take in a request, about: pictures grow by a third there."""
    return sum(sum(map(len, one.texts)) + sum(len(data) * 4 // 3 for _type, data in one.pictures) for one in files)
