"""Joins the command palette to everything it can open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QKeySequence

from app.desktop.pane_names import PROVIDERS, TABS
from app.desktop.shortcuts import command_names
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.palette_controller import PaletteController
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.models.palette_model import PaletteEntry
    from app.desktop.views.command_palette.command_palette import CommandPalette

ICONS = {
    "new_chat": "new-chat",
    "temporary_window": "clock",
    "new_folder": "folder",
    "search": "search",
    "find": "search",
    "find_next": "arrow-down",
    "find_previous": "arrow-up",
    "choose_model": "cpu",
    "get_models": "download",
    "statistics": "chart",
    "settings": "settings",
    "shortcuts": "keyboard",
    "help": "help",
    "sidebar": "sidebar",
    "rename": "edit",
    "stop": "stop",
    "regenerate": "regenerate",
    "copy_answer": "copy",
    "copy_code": "copy",
    "copy_link": "link",
    "export_chat": "download",
    "compare": "compare",
    "chat_settings": "sliders",
    "presets": "sliders",
    "prompts": "edit",
    "delete_chat": "trash",
    "pin_chat": "pin",
    "archive_chat": "archive",
    "tag_chat": "tag",
    "trash": "trash",
    "import_chats": "upload",
    "export_all": "download",
    "undo": "undo",
    "quit": "power",
}


def tr(text: str) -> str:
    return QCoreApplication.translate("Palette", text)


class PaletteWiring(QObject):
    """Makes view and controller when somebody first asks for them."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._session = wiring.session
        self._tasks = TaskOwner(wiring.session.on_task_error)
        self.view: CommandPalette | None = None
        self.controller: PaletteController | None = None
        #: Enter was pressed before everything for the typed text was there.
        self._opens_first = False

    def toggle(self) -> None:
        """Open, or close again."""
        if self.view is None:
            self._make()
        assert self.view is not None
        if not self.view.close_palette():
            self.view.open()

    def close(self) -> bool:
        """Whether there was something to close."""
        return self.view is not None and self.view.close_palette()

    def _make(self) -> None:
        # Here: no start needs them.
        from app.desktop.controllers.palette_controller import PaletteController
        from app.desktop.views.command_palette.command_palette import CommandPalette
        from app.services.conversations.search_query import FILTERS

        session = self._session
        controller = self.controller = PaletteController(
            session.engine, self._commands, self._settings, session.on_task_error, self
        )
        view = self.view = CommandPalette(session.theme, controller.model, FILTERS, session.window)
        view.typed.connect(self._on_typed)
        view.chosen.connect(self._run)
        view.entered.connect(self._on_entered)
        view.closed.connect(controller.stop)
        controller.settled.connect(self._on_settled)

    # -- what there is

    def _commands(self) -> list[PaletteEntry]:
        from app.desktop.models.palette_model import PaletteEntry  # here: no start needs it

        keys = self._wiring.shortcuts
        native = QKeySequence.SequenceFormat.NativeText
        return [
            PaletteEntry("command", name, keys.sequence(command).toString(native), icon=icon, command=command)
            for command, name in command_names().items()
            if command != "palette" and keys.has(command)
            for icon in (ICONS.get(command, "terminal"),)
        ]

    def _settings(self) -> list[PaletteEntry]:
        """Pages, then fields, then each provider's card."""
        # Here: as above.
        from app.desktop.models.palette_model import PaletteEntry
        from app.desktop.models.settings_form import provider_path
        from app.desktop.models.settings_places import settings_places, tab_words

        words = tab_words()
        pages = [PaletteEntry("setting", words[tab], tr("Settings"), icon="settings", tab=tab) for tab in TABS]
        fields = [
            PaletteEntry("setting", label, words[tab], icon="settings", tab=tab, path=path)
            for tab, path, label in settings_places()
        ]
        cards = [
            PaletteEntry(
                "setting",
                state.name,
                words[PROVIDERS],
                icon="settings",
                tab=PROVIDERS,
                path=provider_path(name, "is_enabled"),
            )
            for name, state in self._wiring.models.states().items()
        ]
        return pages + fields + cards

    # -- what choosing does

    def _on_typed(self, text: str) -> None:
        assert self.controller is not None
        self._opens_first = False
        self.controller.look_for(text)

    def _on_entered(self) -> None:
        """Enter: the row that was moved to, else the first one of what was found for this text, not for an earlier."""
        assert self.view is not None
        assert self.controller is not None
        if self.controller.is_looking and not self.view.has_moved:
            self._opens_first = True
            return
        entry = self.view.current()
        if entry is not None:
            self._run(entry)

    def _on_settled(self, words: str) -> None:
        assert self.view is not None
        self.view.announce(words)
        if self._opens_first:
            self._opens_first = False
            self._on_entered()

    def _run(self, entry: PaletteEntry) -> None:
        assert self.view is not None
        assert self.controller is not None
        if entry.kind == "more":
            self.controller.show_all_messages()
            return
        typed = self.controller.text
        self.view.close_palette()
        if entry.kind == "link":
            self._session.links.follow(typed.strip())
        elif entry.kind in ("message", "chat"):
            self._session.open_chat(entry.conversation_id, entry.message_id)
        elif entry.kind == "command":
            self._wiring.shortcuts.run(entry.command)
        else:
            self._tasks.start(self._show_setting(entry), name="palette.setting")

    async def _show_setting(self, entry: PaletteEntry) -> None:
        """The tab, with the keyboard at the field."""
        panes = self._wiring.panes
        pane = panes.open_settings(entry.tab)
        if entry.path:
            if not pane.has_changes:
                await panes.settings.reload_now()  # the field must be filled before it can be shown
            pane.page(entry.tab).focus_field(entry.path)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        if self.controller is not None:
            await self.controller.aclose()
