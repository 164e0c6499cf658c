"""Joins what the open chat is asked with to the core: its own values, its preset, and the presets themselves."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.chat_controller import ChatController
    from app.desktop.controllers.chat_state import ChatState
    from app.desktop.controllers.models_controller import ModelsController
    from app.desktop.engine import Engine
    from app.services.conversations.chat_settings import EffectiveSettings
    from app.services.conversations.presets import DeletedPreset
    from app.services.conversations.records import Preset

#: Takes back what was just done.
Undo = Callable[[], None]


class ChatSettingsController(QObject):
    """What is shown is read from the store each time: presets may be others' work, too.

    Signals:
        changed(): `settings`, `presets` or `models_of` were read anew.
    """

    changed = Signal()

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
        self._tasks = TaskOwner(on_error)
        self._looks = 0
        self._closed = False
        self.settings: EffectiveSettings | None = None
        self.presets: list[Preset] = []
        self.models_of: dict[str, list[tuple[str, str]]] = {}
        """By uid, what each preset is the default of."""

    def look(self) -> None:
        """Read what is in force now; of several looks the last one counts. Servers change to the very end of a run."""
        if self._closed:
            return
        self._looks += 1
        self._tasks.start(self._look(self._looks), name="chat_settings.look")

    async def _look(self, number: int) -> None:
        from app.services.conversations import presets  # here and below: no start needs it

        store = self._engine.store
        prompt, parameters = self._own(self._chat.state)
        reading = self._engine.services.request_settings.of_new_chat(prompt, parameters, *self.model)
        settings = await self._engine.run(reading)
        found = await self._engine.run(store.read(presets.presets))
        models_of = await self._engine.run(store.read(presets.models_of_presets))
        if number == self._looks:
            self.settings, self.presets, self.models_of = settings, found, models_of
            self.changed.emit()

    @property
    def model(self) -> tuple[str, str]:
        """Provider and model that the next prompt goes to, "" while none is known."""
        chosen = self._models.chosen()
        return chosen.provider, chosen.model

    # -- the open chat

    def set_value(self, name: str, value: Any, state: ChatState | None = None) -> Undo:
        """Of this chat alone (None = the open one). Without a value the preset, the settings, the server decide."""
        prompt, parameters = self._own(state or self._chat.state)
        kept = {key: one for key, one in parameters.items() if key != name}
        return self._keep(prompt, kept if value is None else {**kept, name: value}, state)

    def set_prompt(self, text: str | None, state: ChatState | None = None) -> Undo:
        """As `set_value`, for the system prompt; an empty one is a choice."""
        from app.services.conversations.chat_settings import with_own_prompt, without_own_prompt

        _prompt, parameters = self._own(state or self._chat.state)
        if text is None:
            return self._keep(*without_own_prompt(parameters, self._settings_prompt()), state)
        return self._keep(*with_own_prompt(parameters, text), state)

    def choose_preset(self, chosen: Preset | None) -> Undo:
        """For this chat; None = none at all."""
        from app.services.conversations.chat_settings import with_preset

        return self._keep(*with_preset(*self._own(self._chat.state), chosen, self._settings_prompt()))

    def follow_model(self) -> Undo:
        """This chat has the preset of whatever model answers."""
        from app.services.conversations.chat_settings import PRESET, PRESET_NAME

        prompt, parameters = self._own(self._chat.state)
        return self._keep(prompt, {k: v for k, v in parameters.items() if k not in (PRESET, PRESET_NAME)})

    def loses_own_values(self, chosen: Preset) -> bool:
        """Whether choosing this preset puts values in the place of the chat's own."""
        values = self.settings.values if self.settings is not None else {}
        names = [*chosen.parameters, *(["system_prompt"] if chosen.system_prompt is not None else [])]
        return any(name in values and values[name].source == "chat" for name in names)

    def _own(self, state: ChatState) -> tuple[str, dict[str, Any]]:
        """System prompt and parameters of a chat, as they are stored or will be."""
        from app.services.conversations.chat_settings import prompt_from_settings

        if state.conversation is not None:
            return state.conversation.system_prompt, dict(state.parameters)
        if state.system_prompt is not None:
            return state.system_prompt, dict(state.parameters)
        prompt, said = prompt_from_settings(self._settings_prompt())
        return prompt, {**said, **state.parameters}

    def _keep(self, prompt: str, parameters: dict[str, Any], state: ChatState | None = None) -> Undo:
        chat = state or self._chat.state
        before = self._own(chat)
        self._chat.keep_settings(chat, prompt, parameters)
        return lambda: self._take_back(chat, _by_name(*before), _by_name(prompt, parameters))

    def _take_back(self, chat: ChatState, before: dict[str, Any], after: dict[str, Any]) -> None:
        """What a change made of the chat is as it was before; what was chosen since then stays."""
        now = _by_name(*self._own(chat))
        for name in before.keys() | after.keys():
            if now.get(name, ...) == after.get(name, ...):
                now.pop(name, None)
                now.update({name: before[name]} if name in before else {})
        prompt, said_from = now.pop(_PROMPT)
        self._chat.keep_settings(chat, prompt, {**now, **said_from})

    def _settings_prompt(self) -> str:
        return self._engine.services.settings.config.chat.system_prompt

    # -- presets

    async def save_as(self, name: str) -> tuple[Preset, Undo]:
        """Keep what the open chat chose under a name, and let it have that preset.

        Raises:
            LLMError: config, as `presets.save_preset`.
        """
        from app.services.conversations import presets
        from app.services.conversations.chat_settings import preset_values

        assert self.settings is not None, "nothing is saved before it is shown"
        values = preset_values(self.settings)
        kept, before = await self._written(presets.save_preset, name, *values)
        take_back = self.choose_preset(kept)

        def undo() -> None:
            take_back()
            if before is None:
                work = self._written(presets.delete_preset, kept.uid)
            else:
                work = self._written(presets.save_preset, before.name, before.system_prompt, before.parameters)
            self._tasks.start(work, name="chat_settings.undo_save")

        return kept, undo

    async def rename(self, uid: str, name: str) -> None:
        """Give a preset another name.

        Raises:
            LLMError: config, as `presets.rename_preset`.
        """
        from app.services.conversations import presets

        await self._written(presets.rename_preset, uid, name)

    async def delete(self, uid: str) -> DeletedPreset | None:
        """Take a preset away; `put_back` undoes it."""
        from app.services.conversations import presets

        deleted: DeletedPreset | None = await self._written(presets.delete_preset, uid)
        return deleted

    async def put_back(self, deleted: DeletedPreset) -> None:
        """Undo `delete`.

        Raises:
            LLMError: config, its name is another one's by now.
        """
        from app.services.conversations import presets

        await self._written(presets.put_back, deleted)

    def set_default(self, uid: str | None) -> None:
        """What every chat with the chosen model begins with; None = nothing."""
        self._tasks.start(self._set_default(uid), name="chat_settings.default")

    async def _set_default(self, uid: str | None) -> None:
        from app.services.conversations import presets

        await self._written(presets.set_preset_of_model, *self.model, uid)

    async def _written(self, change: Callable[..., Any], *arguments: Any) -> Any:
        work: Coroutine[Any, Any, Any] = self._engine.store.write(change, *arguments)
        result = await self._engine.run(work)
        self.look()
        return result

    async def aclose(self) -> None:
        self._closed = True
        await self._tasks.aclose()


#: No parameter is called that.
_PROMPT = ""


def _by_name(prompt: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """A chat's system prompt, with what says where it is from, among its parameters."""
    from app.services.conversations.chat_settings import PROMPT_FROM

    said_from = {PROMPT_FROM: parameters[PROMPT_FROM]} if PROMPT_FROM in parameters else {}
    return {**{name: one for name, one in parameters.items() if name != PROMPT_FROM}, _PROMPT: (prompt, said_from)}
