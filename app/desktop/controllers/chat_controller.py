"""Joins the chat pane to the core: opens conversations, sends, stops, and drains streamed text into the model."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from app.desktop.controllers.answer_feed import AnswerFeed, Running
from app.desktop.controllers.chat_state import AUTO, ChatState, QueuedPrompt, effort_choices, raise_window
from app.desktop.controllers.prompt_queues import PromptQueues
from app.desktop.controllers.provider_names import name_of_provider
from app.desktop.controllers.shown_branch import ShownBranch
from app.desktop.error_display import told_failure, unexpected
from app.desktop.models.transcript_model import TranscriptModel
from app.services.conversations import queries
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.conversations.records import OpenedConversation
    from app.services.conversations.running_answer import Answer

#: Messages fetched with a chat.
FIRST_PAGE = 50


class ChatController(QObject):
    """One per window.

    Signals:
        opened(conversation_id or 0): another conversation is shown.
        created(conversation_id): the open chat, new until now, has a row.
        busy_changed(bool): an answer is being written in the open conversation.
        title_changed(str): of the open conversation.
        conversation_changed(conversation_id): its row in the list differs (new, title, answering, unread).
        prompt_restored(text): a prompt could not be sent; put it back into the composer, and its files beside it.
        failed(str, str): message and hint of something that has no place in the transcript.
        answer_finished(conversation_id, status): for announcements.
        sending_failed(): a prompt became no answer.
        model_changed(provider, model): of the open conversation.
        settings_changed(): system prompt or parameters of the open conversation.
    """

    opened = Signal(int)
    created = Signal(int)
    busy_changed = Signal(bool)
    title_changed = Signal(str)
    conversation_changed = Signal(int)
    prompt_restored = Signal(str)
    failed = Signal(str, str)
    answer_finished = Signal(int, str)
    sending_failed = Signal()
    model_changed = Signal(str, str)
    settings_changed = Signal()

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self.transcript = TranscriptModel(self)
        self.state = ChatState()
        self._tasks = TaskOwner(self._on_task_error)
        name_of = partial(name_of_provider, engine)
        self.feed = AnswerFeed(engine, self.transcript, name_of, lambda: self.conversation_id, self)
        self.branch = ShownBranch(
            engine,
            self.transcript,
            name_of,
            lambda: self.conversation_id,
            self._stop,
            self._on_task_error,
            self,
        )
        self.branch.reloaded.connect(self.feed.attach)
        self.feed.stop_checked.connect(self.branch.show_stop)
        self.feed.began.connect(self._on_began)
        self.feed.ended.connect(lambda answer: self._tasks.start(self._show_ended(answer), name="chat.ended"))
        self._opening = self._opened = 0
        self._kept: asyncio.Task[None] | None = None
        self.queues = PromptQueues(engine, self._tasks, self.row_of, self._start_sending, self)
        #: Chats visited in this run: what is queued in one stays there while another is shown.
        self._states: dict[int, ChatState] = {}

    # -- what the window asks

    @property
    def conversation_id(self) -> int | None:
        return self.state.conversation.id if self.state.conversation else None

    @property
    def running(self) -> dict[int, Running]:
        """Answers that are being written, by conversation."""
        return self.feed.running

    @property
    def is_busy(self) -> bool:
        return self.state.sending or self.state.work is not None or self.conversation_id in self.running

    @property
    def is_opening(self) -> bool:
        """Whether another chat is being read, to be shown."""
        return self._opened != self._opening

    @property
    def is_answering(self) -> bool:
        """Whether an answer is being written, or about to be, in any chat."""
        return bool(self.running) or any(state.sending for state in (*self._states.values(), self.state))

    async def until_idle(self) -> None:
        """Wait until no answer is written any more and none is about to be."""
        ended = asyncio.Event()
        finished = self.answer_finished.connect(lambda _chat, _status: ended.set())
        failed = self.sending_failed.connect(ended.set)
        try:
            while self.is_answering:
                ended.clear()
                await ended.wait()
        finally:
            self.answer_finished.disconnect(finished)
            self.sending_failed.disconnect(failed)

    def open_new(self) -> None:
        """Show an empty chat; its row is made when the first message is sent."""
        self._opening = self._opened = self._opening + 1
        self.state = self.state.of_new_chat()
        self.transcript.reset(array("I"))
        self.opened.emit(0)
        self.title_changed.emit("")
        self.busy_changed.emit(False)
        self.queues.changed.emit()

    async def load(self, conversation_id: int) -> bool:
        """Show a conversation once it is read; False when it is no longer there."""
        self._opening += 1
        mine = self._opening
        try:
            opened = await self._engine.run(self._engine.store.open_conversation(conversation_id, FIRST_PAGE))
        finally:
            if mine == self._opening:
                self._opened = mine
        if opened is None or mine != self._opening:
            return False
        self._show(opened)
        if opened.conversation.unread:
            await self._engine.run(self._engine.store.set_unread(conversation_id, False))
            self.conversation_changed.emit(conversation_id)
        return True

    def _show(self, opened: OpenedConversation) -> None:
        conversation = opened.conversation
        state = self._states.get(conversation.id)
        if state is None or not state.is_of(conversation):
            waiting = [QueuedPrompt(text, held=True) for text in conversation.queued]
            state = self._states[conversation.id] = ChatState(queue=waiting, kept_queue=conversation.queued)
        if not state.waiting_with_files:  # else more than the draft is kept in its place
            state.draft = conversation.draft
        state.conversation = conversation
        state.provider, state.model = conversation.provider, conversation.model
        state.parameters = dict(conversation.parameters)
        self.state = state
        self.branch.show(opened)
        self.opened.emit(conversation.id)
        self.title_changed.emit(conversation.title)
        if conversation.provider and conversation.model:
            self.model_changed.emit(conversation.provider, conversation.model)
        self.busy_changed.emit(self.is_busy)
        self.queues.changed.emit()

    async def look_again(self) -> bool:
        """Take what another process changed about the open chat; False when it is no longer there."""
        before = self.state.conversation
        if before is None:
            return True
        found = await self._engine.run(self._engine.store.conversation(before.id))
        if self.state.conversation is None or self.conversation_id != before.id:
            return True
        if found is None or not self.state.is_of(found) or found.deleted_at is not None:
            self._states.pop(before.id, None)
            return False
        theirs, known = (found.system_prompt, found.parameters), (before.system_prompt, before.parameters)
        if self.state.conversation is before and theirs != known:
            self.state.parameters = dict(found.parameters)
            self.state.conversation = replace(before, system_prompt=theirs[0], parameters=theirs[1])
            self.settings_changed.emit()
        if found.title != self.state.conversation.title:
            self.state.conversation = replace(self.state.conversation, title=found.title)
            self.title_changed.emit(found.title)
        await self.branch.take_from_others()
        return True

    def forget(self, conversation_ids: Iterable[int]) -> None:
        """These chats are gone for good: their numbers will be those of others."""
        for conversation_id in conversation_ids:
            self._states.pop(conversation_id, None)

    def choose_model(self, provider: str, model: str) -> None:
        """Answer with this model from now on, in the open conversation."""
        self.switch_auto(False)
        self.state.provider, self.state.model = provider, model
        self.model_changed.emit(provider, model)
        if self.conversation_id is not None:
            self._tasks.start(
                self._engine.run(self._engine.store.set_model(self.conversation_id, provider, model)),
                name="chat.set_model",
            )

    def switch_auto(self, on: bool) -> None:
        """Whether a model is proposed for each message of the open conversation from now on."""
        if on != self.state.on_auto:
            others = {name: value for name, value in self.state.parameters.items() if name != AUTO}
            self.state.parameters = {**others, AUTO: True} if on else others
            self._keep_parameters()

    def effort_choices(self) -> tuple[str, ...]:
        """How the thinking of the open chat's model can be switched."""
        return effort_choices(self._engine.services, self.state) if self._engine.is_ready else ()

    def choose_effort(self, effort: str | None) -> None:
        """How much the model thinks in the open conversation from now on; None = as it does by itself."""
        self.state.parameters.pop("reasoning_effort", None)
        if effort is not None:
            self.state.parameters["reasoning_effort"] = effort
        self._keep_parameters()

    def choose_window(self, tokens: int) -> None:
        """The window that the open conversation asks its model for from now on, where the provider takes one."""
        raise_window(self.state, tokens)
        self._keep_parameters()

    def _keep_parameters(self) -> None:
        if self.state.conversation is not None:
            self.state.conversation = replace(self.state.conversation, parameters=dict(self.state.parameters))
            keeping = self._engine.store.set_parameters(self.state.conversation.id, dict(self.state.parameters))
            self._tasks.start(self._engine.run(keeping), name="chat.set_parameters")

    def keep_settings(self, state: ChatState, system_prompt: str, parameters: dict[str, Any]) -> None:
        """What this chat is asked with from now on; the parameters are named as in `chat_settings`."""
        if not any(known is state for known in (self.state, *self._states.values())):
            return  # gone for good: its number may be another chat's
        state.parameters, state.system_prompt = dict(parameters), system_prompt
        if state.conversation is not None:
            state.conversation = replace(state.conversation, system_prompt=system_prompt, parameters=dict(parameters))
            keeping = self._engine.store.set_chat_settings(state.conversation.id, system_prompt, dict(parameters))
            self._kept = self._tasks.start(self._engine.run(keeping), name="chat.keep_settings")
        if state is self.state:
            self.settings_changed.emit()

    async def settings_kept(self) -> None:
        """Wait until what `keep_settings` was last told is stored."""
        if self._kept is not None:
            await asyncio.wait({self._kept})

    def send(self, text: str, attachments: Sequence[int] = ()) -> None:
        """Send a prompt with these files of the draft, or queue it while an answer runs."""
        if not text.strip() and not attachments:
            return
        prompt = QueuedPrompt(text, attachments=tuple(attachments))
        self.state.draft = ""
        if self.is_busy:
            self.queues.add(self.state, prompt)
            return
        self._start_sending(self.state, prompt)

    def _start_sending(self, state: ChatState, prompt: QueuedPrompt) -> None:
        state.sending, state.sending_files = True, prompt.attachments
        state.draft_version += 1  # a draft that is still being written must not come back after this
        if state is self.state:
            self.busy_changed.emit(True)
        self._tasks.start(self._send(state, prompt), name="chat.send")

    async def _send(self, state: ChatState, prompt: QueuedPrompt) -> None:
        try:
            conversation_id = await self.row_of(state)
            await self._engine.run(
                self._engine.services.chats.send(
                    conversation_id,
                    prompt.text,
                    provider=state.asked_provider,
                    model=state.asked_model,
                    attachments=prompt.attachments,
                )
            )
        except Exception as exc:  # noqa: BLE001 - an edge: whatever went wrong is shown to the person
            state.sending = False
            if state is self.state:
                self.busy_changed.emit(self.is_busy)
                self.prompt_restored.emit(prompt.text)
            else:
                self.queues.put_back(state, prompt)
            self._tell_unsent(exc)
        # Only now: a prompt out of the queue is in the store, or back with the person.
        self.queues.keep_soon(state)

    async def row_of(self, state: ChatState) -> int:
        """The chat's id. The row of a new chat is made once, however many ask for it at the same time."""
        if state.conversation is None:
            if state.creating is None:
                state.creating = self._tasks.start(self._create(state), name="chat.create")
            await asyncio.shield(state.creating)
        assert state.conversation is not None
        return state.conversation.id

    async def _create(self, state: ChatState) -> None:
        store = self._engine.store
        if state.system_prompt is None and self._engine.is_ready:
            from app.services.conversations.chat_settings import prompt_from_settings  # here: it is loaded by now

            of_settings = self._engine.services.settings.config.chat.system_prompt
            state.system_prompt, said = prompt_from_settings(of_settings)
            state.parameters = {**said, **state.parameters}
        begun = (state.system_prompt or "", dict(state.parameters))
        new_id = await self._engine.run(
            store.create_conversation(
                provider=state.provider, model=state.model, system_prompt=begun[0], parameters=begun[1]
            )
        )
        while begun != (now := (state.system_prompt or "", dict(state.parameters))):  # changed meanwhile
            begun = now
            await self._engine.run(store.set_chat_settings(new_id, *begun))
        state.conversation = await self._engine.run(store.conversation(new_id))
        self._states[new_id] = state
        if self.state is state:
            self.created.emit(new_id)
        self.conversation_changed.emit(new_id)

    async def recent_prompts(self) -> list[str]:
        """The person's own prompts of the open chat, newest first."""
        if self.conversation_id is None:
            return []
        return await self._engine.run(self._engine.store.read(queries.recent_prompts, self.conversation_id, 20))

    # -- drafts

    @property
    def draft(self) -> str:
        """What was in the composer when the open chat was left."""
        return self.state.draft

    def save_draft(self, text: str) -> None:
        """Keep the composer's text with the open chat."""
        self._tasks.start(self.flush_draft(text), name="chat.draft")

    def flush_draft(self, text: str) -> Coroutine[Any, Any, None]:
        """As `save_draft`, to be awaited. Whose draft it is is settled now, not when the task first runs."""
        self.state.draft_version += 1
        self.state.draft = text
        return self._flush_draft(self.state, text, self.state.draft_version)

    async def _flush_draft(self, state: ChatState, text: str, version: int) -> None:
        """A chat without a row gets one once there is something worth keeping."""
        if state.conversation is None:
            if not text.strip() or not self._engine.has_store:
                return
            await self.row_of(state)
        if version != state.draft_version:
            return
        assert state.conversation is not None
        await self._engine.run(self._engine.store.set_draft(state.conversation.id, state.draft_to_keep))

    # -- ending

    async def keep_queues(self) -> None:
        """Before the end: whatever waits is in the store."""
        for state in [*self._states.values(), self.state]:
            await self.queues.keep(state)

    def stop(self) -> None:
        """End the answer of the open conversation; shown at once, confirmed when it is stored."""
        if self.state.work is not None:
            self.state.work.cancel()
        if self.conversation_id is not None and (self.state.sending or self.conversation_id in self.running):
            self.busy_changed.emit(False)
            self.stop_answers([self.conversation_id])

    def stop_answers(self, conversation_ids: Iterable[int | None]) -> None:
        """End the answers of these chats, open or not, also one whose model is being chosen."""
        for conversation_id in conversation_ids:
            if conversation_id is not None and self._engine.is_ready:
                self._tasks.start(self._stop(conversation_id), name="chat.stop")

    async def _stop(self, conversation_id: int) -> None:
        await self._engine.run(self._engine.services.chats.stop(conversation_id))

    def regenerate(self, message_id: int) -> None:
        """Ask for another version of an answer."""
        self._tasks.start(self._ask_again("regenerate", message_id), name="chat.regenerate")

    def go_on(self, message_id: int) -> None:
        """Let an answer that broke off be written to its end."""
        self._tasks.start(self._ask_again("go_on", message_id), name="chat.go_on")

    async def _ask_again(self, way: Literal["regenerate", "go_on"], message_id: int) -> None:
        ask = getattr(self._engine.services.chats, way)
        asked = {"provider": self.state.asked_provider, "model": self.state.asked_model}
        await self._prepared(ask(message_id, **asked), self._tell_unsent)

    async def _prepared(self, work: Coroutine[Any, Any, object], refused: Callable[[Exception], object]) -> None:
        """Busy until the answer begins: its model may still be chosen, which Stop ends, too."""
        state, is_first = self.state, not self.state.sending  # else it is refused, and the first one goes on
        if is_first:
            state.sending, state.sending_files = True, ()
        self.busy_changed.emit(True)
        try:
            await self._engine.run(work)
        except Exception as exc:  # noqa: BLE001 - an edge: whatever went wrong is shown to the person
            state.sending = state.sending and not is_first
            if not state.sending and not (state.conversation and state.conversation.id in self.running):
                self.queues.hold(state)  # no answer's end sends what waits
            if state is self.state:
                self.busy_changed.emit(self.is_busy)
            refused(exc)

    def edit(
        self, message_id: int, text: str, attachments: Sequence[int] | None, refused: Callable[[str, str], object]
    ) -> None:
        """Send a changed prompt as a new version of an old one, with its files or these; `refused` is told why it
        could not be, and what to do."""
        self._tasks.start(self._edit(message_id, text, attachments, refused), name="chat.edit")

    async def _edit(
        self, message_id: int, text: str, attachments: Sequence[int] | None, refused: Callable[[str, str], object]
    ) -> None:
        provider, model = self.state.asked_provider, self.state.asked_model
        edit = self._engine.services.chats.edit
        work = edit(message_id, text, provider=provider, model=model, attachments=attachments)
        await self._prepared(work, lambda exc: refused(*told_failure(exc)))

    async def rename(self, conversation_id: int, title: str) -> None:
        """Give a chat another title, whichever is open."""
        await self._engine.run(self._engine.store.rename(conversation_id, title))
        if conversation_id == self.conversation_id:
            self.title_changed.emit(title)
        self.conversation_changed.emit(conversation_id)

    async def aclose(self) -> None:
        self.feed.close()
        await self.branch.aclose()
        await self._tasks.aclose()

    # -- events from the core

    def _on_began(self, answer: Answer) -> None:
        state = self._states.get(answer.conversation_id)
        if state is not None:
            state.sending = False
            if state.draft.strip():  # the prompt that came into the store took its place there
                self._tasks.start(self._flush_draft(state, state.draft, state.draft_version), name="chat.draft")
        self._tasks.start(self._show_began(answer), name="chat.began")

    async def _show_began(self, answer: Answer) -> None:
        """The rows exist: show the prompt and the place where the answer will come."""
        self.conversation_changed.emit(answer.conversation_id)
        if answer.conversation_id != self.conversation_id:
            return
        store = self._engine.store
        place = await self._engine.run(store.read(queries.position_of, answer.prompt_id))
        if place is None or answer.conversation_id != self.conversation_id:
            return
        await self.branch.reload_from(min(place[1], self.transcript.count))
        self.busy_changed.emit(self.is_busy)
        found = await self._engine.run(store.conversation(answer.conversation_id))
        if found is not None and found.id == self.conversation_id:
            self.state.conversation = found
            self.title_changed.emit(found.title)

    async def _show_ended(self, answer: Answer) -> None:
        stored = await self._engine.run(self._engine.store.message(answer.message_id))
        running = self.feed.forget(answer)
        if running is None:
            return
        if answer.conversation_id == self.conversation_id:
            if running.position is not None and stored is not None:
                self.transcript.finish(running.position, self.branch.row(stored))
            else:  # its row was not at hand when the chat was opened
                await self.branch.refresh(answer.message_id)
            self.busy_changed.emit(self.is_busy)
            await self.branch.take_missed()
        else:
            await self._engine.run(self._engine.store.set_unread(answer.conversation_id, True))
        self.conversation_changed.emit(answer.conversation_id)
        self.answer_finished.emit(answer.conversation_id, answer.status)
        state = self._states.get(answer.conversation_id)
        if answer.status == "complete":
            self.queues.send_next(state)
        elif state is not None:
            self.queues.hold(state)

    # -- errors

    def _tell_unsent(self, exc: Exception) -> None:
        self.failed.emit(*told_failure(exc))
        self.sending_failed.emit()

    def _on_task_error(self, _name: str, error: BaseException) -> None:
        self.failed.emit(*unexpected(error))
