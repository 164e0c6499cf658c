"""What every command does, whether keys, the palette or a menu run it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.last_answer import LastAnswer

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring


class Commands:
    """Of one window, once its core is open."""

    def __init__(self, wiring: CoreWiring) -> None:
        self._wiring = wiring
        self._session = wiring.session
        self._window = wiring.window
        self._last_answer = LastAnswer(wiring.session.chat.transcript)

    def by_name(self) -> dict[str, Callable[[], object]]:
        """Command, as in `DEFAULT_KEYS`, → what it does."""
        return {**self._of_the_window(), **self._of_the_chat()}

    def _of_the_window(self) -> dict[str, Callable[[], object]]:
        wiring, session, window = self._wiring, self._session, self._window
        return {
            "new_chat": session.new_chat,
            "temporary_window": wiring.temporary.open_window,
            "new_folder": session.organise.ask_for_folder,
            "palette": wiring.palette.toggle,
            "search": window.search,
            "settings": wiring.panes.toggle_settings,
            "get_models": wiring.hub.open_get_models,
            "statistics": wiring.statistics.open,
            "help": wiring.help.open,
            "shortcuts": lambda: wiring.panes.open_settings("Shortcuts"),
            "sidebar": window.toggle_sidebar,
            "trash": self._show_trash,
            "import_chats": lambda: self._in_settings(wiring.chat_files.import_chats),
            "export_all": lambda: self._in_settings(wiring.chat_files.export_all),
            "presets": wiring.chat_settings.manage,
            "prompts": wiring.prompts.manage,
            "stop": session.on_escape,
            "undo": session.undo,
            "zoom_in": lambda: wiring.set_zoom(round(wiring.zoom * 100) + 10),
            "zoom_out": lambda: wiring.set_zoom(round(wiring.zoom * 100) - 10),
            "zoom_reset": lambda: wiring.set_zoom(100),
            "next_pane": lambda: self._go_to_pane(1),
            "previous_pane": lambda: self._go_to_pane(-1),
            "quit": window.close,
        }

    def _of_the_chat(self) -> dict[str, Callable[[], object]]:
        wiring, session = self._wiring, self._session
        organise = session.organise
        return {
            "find": wiring.find.open,
            "find_next": lambda: wiring.find.step(forward=True),
            "find_previous": lambda: wiring.find.step(forward=False),
            "choose_model": wiring.open_picker,
            "chat_settings": wiring.chat_settings.open,
            "rename": self._rename,
            "focus_composer": self._window.chat.composer.focus,
            "regenerate": self._regenerate_last,
            "copy_answer": self._last_answer.copy,
            "copy_code": self._last_answer.copy_code,
            "compare": wiring.compare.open,
            "copy_link": session.links.copy_open_chat,
            "export_chat": wiring.chat_files.export_open_chat,
            "pin_chat": lambda: self._with_open_chat(organise.turn_pin),
            "archive_chat": lambda: self._with_open_chat(organise.turn_archive),
            "tag_chat": lambda: self._with_open_chat(lambda chat: organise.ask_for_tags([chat])),
            "delete_chat": lambda: self._with_open_chat(lambda chat: session.delete_chats([chat])),
        }

    def _with_open_chat(self, act: Callable[[int], object]) -> None:
        """Nothing where the chat was not begun yet."""
        conversation_id = self._session.chat.conversation_id
        if conversation_id is not None:
            act(conversation_id)

    def _in_settings(self, act: Callable[[], None]) -> None:
        """Where the progress and the result of acts on all chats are shown."""
        self._wiring.panes.show_chat_files()
        act()

    def _show_trash(self) -> None:
        self._window.show_sidebar()
        self._window.sidebar.open_trash()

    def _rename(self) -> None:
        """F2: what is chosen in the list while the list has the focus, else the open chat."""
        if not self._window.sidebar.rename_chosen():
            self._window.chat.header.begin_rename()

    def _go_to_pane(self, step: int) -> None:
        """F6: sidebar, transcript (or whatever takes its place), composer, and round again."""
        window = self._window
        main = window.chat.transcript if window.panes.currentWidget() is window.chat else window.panes.currentWidget()
        wanted = (window.sidebar.list, main, window.chat.composer.edit)
        panes: list[QWidget] = [pane for pane in wanted if pane is not None and pane.isVisible()]
        focused = QApplication.focusWidget()
        here = next((i for i, pane in enumerate(panes) if focused is not None and _within(focused, pane)), -1)
        panes[(here + step) % len(panes)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _regenerate_last(self) -> None:
        message_id = self._last_answer.message_id()
        if message_id is not None and not self._session.chat.is_busy:
            self._wiring.context.regenerate(message_id)


def _within(widget: QWidget, pane: QWidget) -> bool:
    return widget is pane or pane.isAncestorOf(widget)
