"""Joins what a chat is answered with to the settings and to what its model can be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.services.conversations import chat_settings, presets
from app.services.conversations.chat_settings import EFFORT, EffectiveParameters, EffectiveSettings
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import LLMError

if TYPE_CHECKING:
    from app.services.llm.llm_manager import LLMManager
    from app.services.llm.models import ModelConfig
    from app.services.settings.schema import ChatSettings


class RequestSettings:
    """One for all chats of a process. `defaults`: the section of the settings, as it is at the moment."""

    def __init__(
        self,
        store: ConversationStore,
        manager: LLMManager,
        defaults: Callable[[], ChatSettings],
        find_model: Callable[[str, str], ModelConfig | None],
    ) -> None:
        self._store = store
        self._manager = manager
        self._defaults = defaults
        self._find_model = find_model

    def defaults(self) -> dict[str, Any]:
        """Of the settings, by the names of `chat_settings`; None for what is not set."""
        chat = self._defaults()
        names = (chat_settings.SYSTEM_PROMPT, *chat_settings.SETTABLE)
        return {name: getattr(chat, name, None) for name in names}

    async def of_chat(self, conversation_id: int, provider: str, model: str) -> EffectiveSettings:
        """What is in force in a chat when this model answers."""
        return await self._store.read(chat_settings.settings_of_chat, self.defaults(), conversation_id, provider, model)

    async def of_new_chat(
        self, system_prompt: str, parameters: dict[str, Any], provider: str, model: str
    ) -> EffectiveSettings:
        """The same for a chat without a row."""
        return await self._store.read(
            chat_settings.effective_settings, self.defaults(), system_prompt, parameters, provider, model
        )

    async def for_request(self, conversation_id: int, provider: str, model: str) -> tuple[str, EffectiveParameters]:
        """System prompt and parameters of a chat's next request, with what its model can be told beside them."""
        provider, model = await self._asked(provider, model)
        found = await self.of_chat(conversation_id, provider, model)
        chat = await self._store.conversation(conversation_id)
        own = self._of_model(chat.parameters if chat is not None else {}, provider, model)
        return found.system_prompt, found.for_request().with_values(own, "chat")

    async def _asked(self, provider: str, model: str) -> tuple[str, str]:
        """Who will answer, where that decides about a preset; what cannot be known yet stays as it is."""
        is_exact = provider in self._manager.providers and self._find_model(provider, model) is not None
        if is_exact or not await self._store.read(presets.models_of_presets):
            return provider, model
        try:
            resolved = await self._manager.resolve(provider or None, model or None)
        except LLMError:
            return provider, model  # asking for the answer says what is wrong
        return resolved.provider, resolved.model

    def _of_model(self, parameters: dict[str, Any], provider: str, model: str) -> dict[str, Any]:
        """How much to think and which window, where this model and its provider take that with a request."""
        asked, about = self._manager.providers.get(provider), self._find_model(provider, model)
        found: dict[str, Any] = {}
        if asked is not None and about is not None and parameters.get(EFFORT) in asked.effort_choices(about):
            found[EFFORT] = parameters[EFFORT]
        window = chat_settings.raised_window(parameters, provider, model)
        if window is not None and asked is not None and asked.capabilities.native_context_option:
            found["context_length"] = window
        return found
