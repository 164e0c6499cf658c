"""Joins the chat's settings to the views: the window over them, the presets' control and list, the token bar."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, QObject

from app.desktop.controllers.chat_settings_controller import ChatSettingsController, Undo

if TYPE_CHECKING:
    from app.desktop.controllers.chat_state import ChatState
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.views.chat_settings.dialog import ChatSettingsDialog
    from app.desktop.views.library.presets_dialog import PresetsDialog
    from app.services.conversations.records import Preset


def tr(text: str) -> str:
    return QCoreApplication.translate("ChatSettings", text)


class ChatSettingsWiring(QObject):
    """One per window, with its core."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._chat = wiring.session.chat
        self._composer = wiring.window.chat.composer
        self.controller = ChatSettingsController(
            wiring.engine, self._chat, wiring.models, wiring.session.on_task_error, self
        )
        self.dialog: ChatSettingsDialog | None = None
        self.presets: PresetsDialog | None = None
        #: Whose settings the dialog shows, and what is typed there belongs to.
        self._shown: ChatState | None = None

    def begin(self) -> None:
        """Connect; the first look follows when the models are known."""
        controller, chat = self.controller, self._chat
        button = self._composer.add_preset_button()
        button.chosen.connect(self._choose)
        button.default_toggled.connect(self._set_default)
        button.save_requested.connect(self.save_as)
        button.manage_requested.connect(self.manage)
        button.settings_requested.connect(self.open)
        self._wiring.window.chat.header.settings_requested.connect(self.open)
        controller.changed.connect(self._show)
        chat.opened.connect(lambda _id: controller.look())
        chat.settings_changed.connect(controller.look)
        self._wiring.models.chosen_changed.connect(controller.look)
        self._wiring.session.store_watch.changed_elsewhere.connect(controller.look)
        controller.look()

    def take_settings(self) -> None:
        """Settings were saved: what they say may be others."""
        self.controller.look()

    # -- the window of the chat

    def open(self) -> None:
        """Show it, or bring it to the front."""
        dialog = self._made()
        self._show()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        dialog.prompt.edit.setFocus()

    def save_as(self) -> None:
        """Ask there for the name of a new preset."""
        self.open()
        dialog = self._made()
        if not dialog.is_right():
            return
        settings = self.controller.settings
        name = settings.preset.name if settings is not None and settings.preset is not None else ""
        dialog.name_bar.ask(tr("Name of the preset"), name, lambda typed: self._start(self._save(typed)))

    def _made(self) -> ChatSettingsDialog:
        if self.dialog is None:
            from app.desktop.views.chat_settings.dialog import ChatSettingsDialog  # here: no start needs it

            self.dialog = dialog = ChatSettingsDialog(self._wiring.theme, self._wiring.window)
            dialog.set_requested.connect(self._set)
            dialog.reset_requested.connect(self._reset)
            dialog.preset_chosen.connect(self._choose)
            dialog.save_requested.connect(self.save_as)
            dialog.manage_requested.connect(self.manage)
            dialog.prompt_typed.connect(self._count)
        return self.dialog

    def _count(self, text: str) -> None:
        from app.services.llm.metering import estimate_tokens  # here: as above

        assert self.dialog is not None, "it counts what is typed there"
        count = estimate_tokens(text) if text.strip() else 0
        words = tr("≈ {n} tokens, sent with every message").format(n=QLocale().toString(count))
        self.dialog.tokens.setText(words if count else tr("No system prompt is sent."))

    def _set(self, name: str, value: Any) -> None:
        from app.desktop.models.chat_settings_facts import STOP, SYSTEM_PROMPT
        from app.services.conversations.chat_settings import problem_of, read_stops

        assert self.dialog is not None, "it was typed there"
        if name == SYSTEM_PROMPT:
            self.controller.set_prompt(value, self._shown)
            return
        if name == STOP:
            value = read_stops(value or "") or None
        problem = problem_of(name, value) if value is not None else ""
        if problem:
            self.dialog.show_problem(name, problem)
        else:
            self.controller.set_value(name, value, self._shown)

    def _reset(self, name: str) -> None:
        from app.desktop.models.chat_settings_facts import SYSTEM_PROMPT

        assert self.dialog is not None, "it was reset there"
        if name == SYSTEM_PROMPT:
            undo = self.controller.set_prompt(None, self._shown)
        else:
            undo = self.controller.set_value(name, None, self._shown)
        self.dialog.undo_bar.offer(tr("{field} reset").format(field=self.dialog.fields[name].label), undo)

    # -- presets

    def _choose(self, key: str) -> None:
        """With undo where values of the chat's own give way."""
        from app.desktop.models.chat_settings_facts import NO_PRESET, OF_MODEL

        if key in (OF_MODEL, NO_PRESET):
            self.controller.follow_model() if key == OF_MODEL else self.controller.choose_preset(None)
            return
        chosen = next((one for one in self.controller.presets if one.uid == key), None)
        if chosen is None:
            return
        replaces = self.controller.loses_own_values(chosen)
        undo = self.controller.choose_preset(chosen)
        if replaces:
            self._offer(tr("Preset “{name}” replaced values of this chat").format(name=chosen.name), undo)

    def _set_default(self, wanted: bool) -> None:
        settings = self.controller.settings
        if settings is not None and settings.preset is not None:
            self.controller.set_default(settings.preset.uid if wanted else None)

    async def _save(self, name: str) -> None:
        from app.services.llm.errors import LLMError

        dialog = self._made()
        was_there = any(one.name.casefold() == " ".join(name.split()).casefold() for one in self.controller.presets)
        try:
            kept, undo = await self.controller.save_as(name)
        except LLMError as exc:
            dialog.name_bar.complain(f"{exc.message} {exc.hint}")
            return
        dialog.name_bar.close_bar()
        words = tr("Preset “{name}” has other values now") if was_there else tr("Preset “{name}” saved")
        self._offer(words.format(name=kept.name), undo)

    def manage(self) -> None:
        """The list of presets."""
        from app.desktop.views.library.presets_dialog import PresetsDialog  # here: no start needs it

        if self.presets is None:
            self.presets = PresetsDialog(self._wiring.theme, self._wiring.window)
            self.presets.rename_requested.connect(lambda uid, name: self._start(self._rename(uid, name)))
            self.presets.delete_requested.connect(lambda uid: self._start(self._delete(uid)))
            self.presets.save_requested.connect(self.save_as)
        self._show_presets()
        self.presets.show()
        self.presets.raise_()
        self.presets.activateWindow()
        self.presets.list.setFocus()

    async def _rename(self, uid: str, name: str) -> None:
        from app.services.llm.errors import LLMError

        assert self.presets is not None, "it was typed there"
        try:
            await self.controller.rename(uid, name)
        except LLMError as exc:
            self.presets.name_bar.complain(f"{exc.message} {exc.hint}")
        else:
            self.presets.name_bar.close_bar()

    async def _delete(self, uid: str) -> None:
        assert self.presets is not None, "it was chosen there"
        deleted = await self.controller.delete(uid)
        if deleted is not None:
            words = tr("Preset “{name}” deleted").format(name=deleted.preset.name)
            self.presets.undo_bar.offer(words, lambda: self._start(self._put_back(deleted)))

    async def _put_back(self, deleted: Any) -> None:
        from app.services.llm.errors import LLMError

        assert self.presets is not None, "it was deleted there"
        try:
            await self.controller.put_back(deleted)
        except LLMError as exc:
            self.presets.say(f"{exc.message} {exc.hint}")

    # -- showing

    def _show(self) -> None:
        settings = self.controller.settings
        if settings is None or self._composer.preset is None or not self._wiring.engine.is_ready:
            return
        from app.desktop.models.chat_settings_facts import chat_settings_facts, preset_choices

        model_name = self._wiring.models.chosen().name
        self._composer.preset.show_presets(preset_choices(settings, self.controller.presets, model_name))
        self._wiring.context.take_system_prompt(settings.system_prompt)
        self._show_presets()
        if self.dialog is None:
            return
        facts = chat_settings_facts(settings, self.controller.presets, model_name)
        state = self._chat.state
        anew = state is not self._shown
        if anew:
            self.dialog.apply()  # a program may open another chat while something is typed here
            self.dialog.undo_bar.forget()
        self._shown = state
        conversation = state.conversation
        title = conversation.title if conversation is not None and conversation.title else tr("New chat")
        self.dialog.show_facts(f"{title} · {model_name}" if model_name else title, facts, anew=anew)

    def _show_presets(self) -> None:
        if self.presets is None:
            return
        from app.desktop.models.chat_settings_facts import preset_summary

        self.presets.show_presets(
            [(one.uid, one.name, self._about(one, preset_summary)) for one in self.controller.presets]
        )

    def _about(self, preset: Preset, summary: Callable[[Preset], str]) -> str:
        models = [model for _provider, model in self.controller.models_of.get(preset.uid, [])]
        default = [tr("default of {models}").format(models=", ".join(models))] if models else []
        return " · ".join([summary(preset), *default])

    def _offer(self, words: str, undo: Undo) -> None:
        """Where the person looks: the window over the settings while it is open, else the chat."""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.undo_bar.offer(words, undo)
        else:
            self._wiring.window.chat.undo_bar.offer(words, undo, self._chat.conversation_id)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._wiring.start_task(work, "window.chat_settings")

    async def aclose(self) -> None:
        for dialog in (self.dialog, self.presets):
            if dialog is not None:
                dialog.close()  # what was typed in it is taken
        await self._chat.settings_kept()
        await self.controller.aclose()
