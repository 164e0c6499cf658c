"""Asking and answering inside a conversation: rows first, then the stream, then the numbers.

The answer's row exists before the first byte, its text is journaled while it arrives, and however the stream ends the
row says so. Desktop and terminal use this one path.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from app.services.conversations import changes, chat_settings, queries
from app.services.conversations.answer_figures import AnswerFigures
from app.services.conversations.answer_journal import AnswerJournal
from app.services.conversations.answer_requests import AnswerRequests
from app.services.conversations.changes import NewAnswer
from app.services.conversations.chat_settings import EffectiveParameters
from app.services.conversations.context import title_from
from app.services.conversations.continuing import Continuation, RepeatFilter, without_repeat
from app.services.conversations.records import StoredMessage
from app.services.conversations.routed import MODEL, Routed, Unanswered, record_passed_over
from app.services.conversations.running_answer import (
    Answer,
    AnswerBegan,
    AnswerEnded,
    AnswerEvent,
    Preparation,
    StopChecked,
)
from app.services.conversations.store import ConversationStore
from app.services.conversations.stored_request import note_left_out, stored_request
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import AUTO_MODEL, LLMManager, Resolved
from app.services.llm.metering import AnswerMeter
from app.services.llm.stream_events import (
    Finished,
    PassedOver,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    TextWasReasoning,
)
from app.services.observe import Event
from app.services.stop_check import StopCheck
from app.services.tasks import TaskOwner
from app.services.wording import say

logger = logging.getLogger(__name__)

NameOfModel = Callable[[str, str], str]
#: System prompt and parameters of a chat's next request, by its id, provider and model ("" = not chosen yet).
SettingsOf = Callable[[int, str, str], Awaitable[tuple[str, EffectiveParameters]]]


class ChatService:
    """All running answers of this process, at most one per conversation."""

    def __init__(
        self,
        store: ConversationStore,
        manager: LLMManager,
        *,
        name_of_model: NameOfModel = lambda _provider, model: model,
        person_present: bool = True,
        settings_of: SettingsOf | None = None,
    ) -> None:
        """`settings_of` None: of a chat its system prompt alone."""
        self._store = store
        self.settings_of = settings_of or self._prompt_alone
        self._manager = manager
        self.name_of_model = name_of_model
        self.person_present = person_present
        self._figures = AnswerFigures(store, manager)
        self._requests = AnswerRequests(self, store, manager)
        self._tasks = TaskOwner()
        self._closing = False
        self.running: dict[int, Answer] = {}
        #: Chats whose next answer is being prepared: from the call on, not from its first row on.
        self._reserved: set[int] = set()
        self._preparations: dict[int, Preparation] = {}
        self.events: Event[tuple[Answer, AnswerEvent]] = Event()
        self._stop_watches: dict[tuple[str, str], asyncio.Task[None]] = {}
        #: Asks servers whether they stopped; None = nobody wants to know.
        self.stop_check: StopCheck | None = None
        #: Chooses models for "auto"; None: the manager tries one provider after the other.
        self.route: Callable[[int], Awaitable[Routed]] | None = None

    # -- asking

    async def send(
        self,
        conversation_id: int,
        text: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        parameters: EffectiveParameters | None = None,
        attachments: Sequence[int] = (),
    ) -> Answer:
        """Add a prompt at the end of the shown branch and begin its answer. Returns when both rows exist.

        `attachments`: ids of those of the chat's draft that go with it. `parameters`: instead of the chat's own.
        `model` "auto": the one that `route` says; the next one is asked where it does not answer.

        Raises:
            LLMError: kind `config`: an answer is still being written here, or there is nothing to send.
        """
        if not text.strip() and not attachments:
            raise LLMError(ErrorKind.CONFIG, say("There is nothing to send."), say("Write a message first."))
        with self._preparing(conversation_id):
            last = await self._last_message_id(conversation_id)
            return await self._ask(conversation_id, last, text, provider, model, parameters, attachments)

    async def edit(
        self,
        message_id: int,
        text: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        parameters: EffectiveParameters | None = None,
        attachments: Sequence[int] | None = None,
    ) -> Answer:
        """Send a changed prompt as a sibling of the old one, which stays; begin its answer.

        `attachments`: ids of those that go with it, of the old one or of the chat's draft; None = all of the old one's.

        Raises:
            LLMError: kind `config`: busy, empty, or the message is gone.
        """
        stored = await self._stored(message_id, "user")
        if attachments is None:
            attachments = [one.id for one in stored.attachments]
        if not text.strip() and not attachments:
            raise LLMError(ErrorKind.CONFIG, say("There is nothing to send."), say("Write a message first."))
        with self._preparing(stored.conversation_id):
            return await self._ask(
                stored.conversation_id, stored.parent_id, text, provider, model, parameters, attachments
            )

    async def regenerate(
        self,
        message_id: int,
        *,
        provider: str | None = None,
        model: str | None = None,
        parameters: EffectiveParameters | None = None,
    ) -> Answer:
        """Answer the same prompt again as a sibling of the old answer, by its model unless another is named.

        Raises:
            LLMError: kind `config`: busy, or the message is gone.
        """
        stored = await self._stored(message_id, "assistant")
        prompt_id = _prompt_of(stored)
        with self._preparing(stored.conversation_id):
            return await self._begin(
                stored.conversation_id,
                prompt_id,
                provider or stored.provider,
                model or stored.model,
                parameters,
                new_prompt=False,
            )

    async def go_on(
        self,
        message_id: int,
        *,
        provider: str | None = None,
        model: str | None = None,
        parameters: EffectiveParameters | None = None,
    ) -> Answer:
        """Let an answer that broke off be written to its end, as a sibling that begins with what there is of it; by
        its model unless another is named.

        Raises:
            LLMError: kind `config`: busy, the message is gone, or nothing of it was written.
        """
        stored = await self._stored(message_id, "assistant")
        prompt_id = _prompt_of(stored)
        if not stored.text:
            raise LLMError(ErrorKind.CONFIG, say("There is nothing to go on with."), say("Regenerate the answer."))
        with self._preparing(stored.conversation_id):
            if model == AUTO_MODEL:  # whoever began it goes on
                provider, model = None, None
            provider, model = provider or stored.provider, model or stored.model
            asked = self._manager.providers.get(provider or "")
            prefilled = asked is not None and asked.capabilities.continues_last_message
            return await self._begin(
                stored.conversation_id,
                prompt_id,
                provider,
                model,
                parameters,
                new_prompt=False,
                begun=Continuation(stored.text, stored.reasoning, prefilled),
            )

    async def _ask(
        self,
        conversation_id: int,
        parent_id: int | None,
        text: str,
        provider: str | None,
        model: str | None,
        parameters: EffectiveParameters | None,
        attachments: Sequence[int],
    ) -> Answer:
        prompt_id = await self._store.add_user_message(conversation_id, parent_id, text, attachments)
        if parent_id is None:
            title = title_from(text) if text.strip() else await self._names_of_files(prompt_id)
            await self._store.rename(conversation_id, title, by_user=False)
        return await self._begin(conversation_id, prompt_id, provider, model, parameters, new_prompt=True)

    async def _begin(
        self,
        conversation_id: int,
        prompt_id: int,
        provider: str | None,
        model: str | None,
        parameters: EffectiveParameters | None,
        *,
        new_prompt: bool,
        begun: Continuation = Continuation(),
    ) -> Answer:
        preparation = self._preparations[conversation_id]
        routed, unroutable = await self._routed(preparation, prompt_id, model)
        if routed is not None:
            provider, model = routed.choices[0]
        system_prompt, of_chat = await self.settings_of(conversation_id, provider or "", model or "")
        effective = of_chat if parameters is None else parameters
        part = await self._store.read(queries.sent_part, prompt_id)
        row = NewAnswer(
            provider=provider or "",
            model=model or "",
            model_name=self.name_of_model(provider or "", model or ""),
            local=True,
            simulated=False,
            request=stored_request(
                prompt_id,
                system_prompt,
                model,
                effective.values.set_values(),
                part,
                begun.as_request() if begun else None,
            ),
            parameters={**effective.as_dict(), **({MODEL: routed.entry()} if routed is not None else {})},
            owner=self._store.owner_id,
            text=begun.text,
            reasoning=begun.reasoning,
        )
        answer = Answer(conversation_id, 0, prompt_id, row.provider, row.model, row.model_name, part=part, begun=begun)
        answer.routed, answer.unroutable = routed, unroutable
        self.running[conversation_id] = answer
        try:
            answer.message_id = await self._store.begin_answer(conversation_id, prompt_id, row)
        except BaseException:
            self.running.pop(conversation_id, None)
            raise
        answer.stop_asked = preparation.stop_asked
        self.events.emit((answer, AnswerBegan(answer, new_prompt)))
        answer.task = self._tasks.start(
            self._write_answer(answer, system_prompt, provider, model, effective), name=f"answer.{answer.message_id}"
        )
        await asyncio.sleep(0)  # it runs from here on: a task that is cancelled before it runs stores nothing
        return answer

    async def _routed(
        self, preparation: Preparation, prompt_id: int, model: str | None
    ) -> tuple[Routed | None, LLMError | None]:
        """What Auto chose, or why it could not: that is told where the answer would be. Neither where nobody is to be
        asked any more."""
        if model != AUTO_MODEL or self.route is None or preparation.ended.is_set():
            return None, None
        preparation.routing = asyncio.ensure_future(self.route(prompt_id))
        try:
            return await preparation.routing, None
        except LLMError as exc:
            return None, exc
        except asyncio.CancelledError:
            if not preparation.ended.is_set():
                raise
            return None, None

    async def _prompt_alone(self, conversation_id: int, provider: str, model: str) -> tuple[str, EffectiveParameters]:
        prompt = await self._store.read(chat_settings.system_prompt_of, conversation_id, provider, model)
        return prompt, EffectiveParameters()

    # -- stopping

    async def stop(self, conversation_id: int) -> None:
        """End the running answer, or the one that is being prepared, and wait until what arrived is stored; harmless
        when there is none."""
        preparation = self._preparations.get(conversation_id)
        if preparation is not None:
            preparation.stop_asked = True
            await preparation.end()
        answer = self.running.get(conversation_id)
        if answer is None or answer.task is None:
            return
        answer.stop_asked = True
        answer.task.cancel()
        await answer.wait()
        if self.stop_check is not None and answer.model and answer.request is not None and not self._closing:
            self._watch_stop(answer, self.stop_check)

    def _watch_stop(self, answer: Answer, check: StopCheck) -> None:
        """One question at a time for each model: of two answers that were stopped, the server's state says the same."""
        model = (answer.provider, answer.model)
        before = self._stop_watches.get(model)
        if before is not None:
            before.cancel()
        watch = self._tasks.start(self._check_stop(answer, check), name=f"stop_check.{answer.message_id}")
        self._stop_watches[model] = watch

    async def _check_stop(self, answer: Answer, check: StopCheck) -> None:
        def is_used_again() -> bool:
            return any((a.provider, a.model) == (answer.provider, answer.model) for a in self.running.values())

        in_doubt = False
        try:
            async for confirmed in check.watch(answer.provider, answer.model, is_used_again):
                in_doubt = not confirmed
                self.events.emit((answer, StopChecked(answer, confirmed)))
        finally:
            if in_doubt:  # nobody asks any more: nothing is claimed any more either
                self.events.emit((answer, StopChecked(answer, True)))

    async def aclose(self) -> None:
        """End all answers, keeping what arrived."""
        self._closing = True
        await asyncio.gather(*(one.end() for one in self._preparations.values()))
        await self._tasks.aclose()

    # -- writing one answer

    async def _write_answer(
        self,
        answer: Answer,
        system_prompt: str,
        provider: str | None,
        model: str | None,
        effective: EffectiveParameters,
    ) -> None:
        meter = AnswerMeter()
        journal = AnswerJournal(self._store, answer)
        journaling = asyncio.ensure_future(journal.run())
        repeated = RepeatFilter(answer.begun.text)
        try:
            if answer.stop_asked or self._closing:  # while it was prepared: nobody is asked
                raise asyncio.CancelledError
            async for event in self._requests.events(answer, system_prompt, provider, model, effective):
                meter.see(event)
                for new in without_repeat(event, repeated):
                    await self._take(answer, new)
            answer.status = "complete"
        except LLMError as exc:
            answer.error = exc
            answer.status = "interrupted" if answer.text or answer.reasoning else "error"
        except asyncio.CancelledError:
            answer.status = "stopped" if answer.stop_asked else "interrupted"
            if not answer.stop_asked:
                answer.error = LLMError(ErrorKind.INTERRUPTED, say("The app closed while this was being written."))
            raise
        except Exception as exc:  # a bug of ours must not lose the text that is there
            logger.exception("writing the answer %d failed", answer.message_id)
            answer.status = "interrupted" if answer.text else "error"
            what = say("Unexpected error: {kind}.", kind=type(exc).__name__)
            answer.error = LLMError(ErrorKind.SERVER_ERROR, what, say("The log has the details."))
        finally:
            if held := repeated.rest():
                answer.text_parts.append(held)
            meter.end()
            journaling.cancel()
            finishing = asyncio.ensure_future(self._finish(answer, meter, journaling))
            try:
                await asyncio.shield(finishing)
            except asyncio.CancelledError:  # stopped and closed at once: whoever waits for the end wants it stored
                await asyncio.wait({finishing})
                raise

    async def _take(self, answer: Answer, event: StreamEvent) -> None:
        if isinstance(event, TextDelta):
            answer.text_parts.append(event.text)
        elif isinstance(event, TextWasReasoning):
            answer.reasoning_parts += answer.text_parts
            answer.text_parts = []
            answer.rewritten += 1
        elif isinstance(event, ReasoningDelta):
            answer.reasoning_parts.append(event.text)
        elif isinstance(event, Started):
            await self._take_start(answer, event)
        elif isinstance(event, PassedOver):
            name = self.name_of_model(event.provider, event.model)
            failed = (answer.message_id, len(answer.unanswered), event, time.time())
            await self._store.write_soon(record_passed_over, *failed)
            answer.unanswered += (Unanswered(name, event.kind, event.message),)
        elif isinstance(event, Finished):
            answer.finish_reason = event.finish_reason
        self.events.emit((answer, event))

    async def identify(self, answer: Answer, asked: Resolved | Started) -> None:
        """From now on it is this model's answer."""
        answer.provider, answer.model = asked.provider, asked.model
        answer.local, answer.simulated = asked.local, asked.simulated
        answer.model_name = self.name_of_model(asked.provider, asked.model)
        named = (answer.provider, answer.model, answer.model_name, answer.local, answer.simulated)
        await self._store.write_soon(changes.identify_answer, answer.message_id, *named)

    async def _take_start(self, answer: Answer, event: Started) -> None:
        before, answer.started = answer.started, event
        await self.identify(answer, event)
        if event.left_out != (before.left_out if before else ()):
            await self._store.write_soon(note_left_out, answer.message_id, event.left_out)
        if before is None or (before.provider, before.model) != (event.provider, event.model):
            await self._store.record_model_use(event.provider, event.model)

    async def _finish(self, answer: Answer, meter: AnswerMeter, journaling: asyncio.Future[None]) -> None:
        await asyncio.gather(journaling, return_exceptions=True)
        try:
            answer.metrics = await self._figures.of(answer, meter)
            await self._store.finish_answer(
                answer.message_id,
                answer.status,
                answer.text,
                answer.reasoning,
                metrics=answer.metrics.as_dict(),
                finish_reason=answer.finish_reason,
                error=answer.error_row,
            )
        finally:
            self.running.pop(answer.conversation_id, None)
            self.events.emit((answer, AnswerEnded(answer)))

    # -- small things

    @contextmanager
    def reserved(self, conversation_id: int) -> Iterator[None]:
        """One answer a chat, and nothing beside it that changes what is sent.

        Raises:
            LLMError: `config`, the chat is taken; `cancelled`, the app is closing. Nothing was written then.
        """
        if self._closing:
            raise LLMError(ErrorKind.CANCELLED, say("The app is closing."), "")
        if conversation_id in self.running or conversation_id in self._reserved:
            hint = say("Stop it or wait for its end.")
            raise LLMError(ErrorKind.CONFIG, say("An answer is still being written in this chat."), hint)
        self._reserved.add(conversation_id)
        try:
            yield
        finally:
            self._reserved.discard(conversation_id)

    @contextmanager
    def _preparing(self, conversation_id: int) -> Iterator[None]:
        """As `reserved`, with the same errors; `stop` and `aclose` end what comes of it."""
        with self.reserved(conversation_id):
            preparation = self._preparations[conversation_id] = Preparation()
            try:
                yield
            finally:
                del self._preparations[conversation_id]
                preparation.over.set()

    async def _names_of_files(self, message_id: int) -> str:
        """A title for a prompt without words."""
        stored = await self._store.message(message_id)
        return title_from(", ".join(one.name for one in stored.attachments) if stored is not None else "")

    async def _last_message_id(self, conversation_id: int) -> int | None:
        length = await self._store.read(queries.path_length, conversation_id)
        last = await self._store.messages(conversation_id, max(0, length - 1), 1)
        return last[-1].id if last else None

    async def _stored(self, message_id: int, role: str) -> StoredMessage:
        stored = await self._store.message(message_id)
        if stored is None or stored.role != role:
            raise LLMError(ErrorKind.CONFIG, say("This message is no longer there."), say("Open the chat again."))
        return stored


def _prompt_of(answer: StoredMessage) -> int:
    """
    Raises:
        LLMError: config; other programs may have put an answer first.
    """
    if answer.parent_id is None:
        hint = say("It can be copied, but not asked for again.")
        raise LLMError(ErrorKind.CONFIG, say("This answer has no prompt."), hint)
    return answer.parent_id
