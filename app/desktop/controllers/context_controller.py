"""Joins the token bar to the core: what the next request of the open chat would hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.desktop.controllers.chat_state import raised_window_of
from app.lean_dataclass import dataclass
from app.services.conversations.context_use import (
    StoredUse,
    answer_use,
    context_use,
    empty_chat,
    is_left_to_server,
    raised_window,
    stored_use,
    usual_window,
    window_of,
)
from app.services.conversations.records import ContextUse, Window
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.chat_controller import ChatController
    from app.desktop.controllers.models_controller import ModelsController
    from app.desktop.engine import Engine


@dataclass(frozen=True, slots=True)
class RaisedWindow:
    """A larger window: what more it takes, None = unknown, and whether the model has to be loaded anew for it."""

    tokens: int
    cost_bytes: int | None
    by_loading: bool
    is_first: bool = False
    """It is not loaded yet: there is no window to compare with."""


#: Chat, provider, model, the prompt that is being edited, and how often the transcript changed.
Place = tuple[int | None, str, str, int | None, int]


class ContextController(QObject):
    """The stored part is read off the UI thread, once for each state of the chat; the draft is only measured.

    Signals:
        changed(): `use` was counted anew.
        settled(): a reading of the store ended, even where it failed.
    """

    changed = Signal()
    settled = Signal()

    def __init__(
        self,
        engine: Engine,
        chat: ChatController,
        models: ModelsController,
        on_error: OnError,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._chat = chat
        self._models = models
        self._on_error = on_error
        self._tasks = TaskOwner(self._on_task_error)
        self._draft = ""
        self._editing: int | None = None
        self._file_tokens = 0
        self._revision = 0
        self._prompt: str | None = None
        self._stored: StoredUse | None = None
        self._place: Place | None = None
        self._reading: Place | None = None
        self._closed = False
        self.use: ContextUse | None = None
        """What the bar shows; None while no model is chosen or nothing was counted yet."""
        transcript = chat.transcript
        for signal in (transcript.was_reset, transcript.appended, transcript.truncated, transcript.finished):
            signal.connect(self._on_transcript_changed)

    def _on_transcript_changed(self) -> None:
        self._revision += 1

    def look(self, draft: str, editing: int | None = None, file_tokens: int = 0) -> None:
        """Count with this draft and its files; `editing` is the old prompt that it would replace."""
        self._draft, self._editing, self._file_tokens = draft, editing, file_tokens
        if self._closed or not self._engine.is_ready:
            return
        place = self._wanted()
        if place is not None and place != self._place and self._chat.transcript.count > 0:
            if place != self._reading:
                self._reading = place
                self._tasks.start(self._read(place), name="context.read")
            return
        if place is None:
            self._show(None)
        else:
            if place != self._place:
                self._stored, self._place = empty_chat(self._system_prompt()), place
            self._count()
        self._settle()

    def forget(self) -> None:
        """Settings changed: nothing counted before holds."""
        self._place = None

    @property
    def is_settled(self) -> bool:
        """Whether `use` is about the chat and the model as they were at the last look."""
        return self._reading is None

    def window(self) -> Window:
        """Of the chosen model, as the catalogue saw it last."""
        chosen = self._models.chosen()
        services = self._engine.services
        provider = services.manager.providers.get(chosen.provider)
        if provider is None:
            return Window(None)
        asked = raised_window_of(self._chat.state, chosen.provider, chosen.model)
        return window_of(provider, services.catalogue.find(chosen.provider, chosen.model), asked)

    def doubts(self, use: ContextUse | None) -> bool:
        """Whether it is not known to fit: the model is not loaded, and its server would choose the window."""
        if use is None:
            return False
        chosen = self._models.chosen()
        provider = self._engine.services.manager.providers.get(chosen.provider)
        model = self._engine.services.catalogue.find(chosen.provider, chosen.model)
        return provider is not None and is_left_to_server(provider, model, use.total)

    def needs_question(self, use: ContextUse | None) -> bool:
        """Whether it is not to be sent unasked: it does not fit, or nobody can say that it does."""
        return use is not None and (use.fits is False or self.doubts(use))

    def raised(self, use: ContextUse) -> RaisedWindow | None:
        """A window in which this would fit; None without one."""
        chosen = self._models.chosen()
        services = self._engine.services
        provider = services.manager.providers.get(chosen.provider)
        model = services.catalogue.find(chosen.provider, chosen.model)
        tokens = raised_window(provider, model, use.total) if provider is not None else None
        if provider is None or model is None or tokens is None:
            return None
        if self.doubts(use):
            return RaisedWindow(tokens, None, provider.capabilities.window_by_loading, is_first=True)
        if tokens <= (use.window or 0):
            return None
        cost = provider.window_cost_bytes(model, tokens - (use.window or 0))
        return RaisedWindow(tokens, cost, provider.capabilities.window_by_loading)

    def lowered(self) -> int | None:
        """The window that a raised one of this chat and its model can be lowered to; None where it is not raised."""
        chosen = self._models.chosen()
        services = self._engine.services
        provider = services.manager.providers.get(chosen.provider)
        if provider is None:
            return None
        asked = raised_window_of(self._chat.state, chosen.provider, chosen.model)
        return usual_window(provider, services.catalogue.find(chosen.provider, chosen.model), asked)

    def look_at_answer(
        self, message_id: int, then: Callable[[ContextUse | None], None], *, going_on: bool = False
    ) -> None:
        """Count what asking for this answer again, or for its rest, would send; `then` gets it, None where it cannot be
        known. What the bar shows stays about the draft."""
        self._tasks.start(self._look_at_answer(message_id, then, going_on), name="context.answer")

    async def _look_at_answer(self, message_id: int, then: Callable[[ContextUse | None], None], going_on: bool) -> None:
        chosen = self._models.chosen()
        use = None
        try:
            reading = answer_use(self._engine.store, message_id, chosen.provider, chosen.model, going_on=going_on)
            stored = await self._engine.run(reading)
            use = None if stored is None else context_use(stored, "", self.window())
        finally:
            then(use)

    async def aclose(self) -> None:
        """Answers that are stopped behind this still change the transcript; nobody is there to see it counted."""
        self._closed = True
        await self._tasks.aclose()

    # -- inside

    def _wanted(self) -> Place | None:
        chosen = self._models.chosen()
        if chosen.state == "none":
            return None
        return (self._chat.conversation_id, chosen.provider, chosen.model, self._editing, self._revision)

    def take_system_prompt(self, prompt: str) -> None:
        """What the open chat is asked with became known, or changed."""
        if prompt != self._prompt:
            self._prompt = prompt
            self.forget()

    def _system_prompt(self) -> str:
        if self._prompt is not None:
            return self._prompt
        conversation = self._chat.state.conversation
        if conversation is not None:
            return conversation.system_prompt
        return self._engine.services.settings.config.chat.system_prompt

    async def _read(self, place: Place) -> None:
        conversation_id, provider, model, editing, _revision = place
        assert conversation_id is not None, "a chat with messages has a row"
        try:
            reading = stored_use(self._engine.store, conversation_id, provider, model, before=editing)
            stored = await self._engine.run(reading)
        except BaseException:
            if self._reading == place:
                self._reading = None
            raise
        if self._reading == place:
            self._stored, self._place = stored, place
            self._count()
            self._settle()

    def _settle(self) -> None:
        if self._reading is not None:
            self._reading = None
            self.settled.emit()

    def _count(self) -> None:
        assert self._stored is not None, "a place is known together with what is stored there"
        self._show(context_use(self._stored, self._draft, self.window(), self._file_tokens))

    def _show(self, use: ContextUse | None) -> None:
        if use != self.use:
            self.use = use
            self.changed.emit()

    def _on_task_error(self, name: str, error: BaseException) -> None:
        self._on_error(name, error)
        self._show(None)
        self.settled.emit()
