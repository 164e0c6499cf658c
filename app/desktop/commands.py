"""What every command does, whether keys, the palette or a menu run it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.pane_names import GENERAL

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring

CODE_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n(.*?)(?:^ {0,3}\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


class Commands:
    """Of one window, once its core is open."""

    def __init__(self, wiring: CoreWiring) -> None:
        self._wiring = wiring
        self._session = wiring.session
        self._window = wiring.window

    def by_name(self) -> dict[str, Callable[[], object]]:
        """Command, as in `DEFAULT_KEYS`, → what it does."""
        return {**self._of_the_window(), **self._of_the_chat()}

    def _of_the_window(self) -> dict[str, Callable[[], object]]:
        wiring, session, window = self._wiring, self._session, self._window
        return {
            "new_chat": session.new_chat,
            "new_folder": session.organise.ask_for_folder,
            "palette": wiring.palette.toggle,
            "search": window.search,
            "settings": wiring.panes.toggle_settings,
            "get_models": wiring.hub.open_get_models,
            "shortcuts": lambda: wiring.panes.open_settings("Shortcuts"),
            "sidebar": window.toggle_sidebar,
            "trash": self._show_trash,
            "import_chats": lambda: self._in_settings(wiring.chat_files.import_chats),
            "export_all": lambda: self._in_settings(wiring.chat_files.export_all),
            "presets": wiring.chat_settings.manage,
            "prompts": wiring.prompts.manage,
            "stop": session.on_escape,
            "undo": session.undo,
            "zoom_in": lambda: wiring.set_zoom(wiring.zoom + 10),
            "zoom_out": lambda: wiring.set_zoom(wiring.zoom - 10),
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
            "copy_answer": self._copy_last_answer,
            "copy_code": self._copy_last_code,
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
        self._wiring.panes.open_settings(GENERAL)
        act()

    def _show_trash(self) -> None:
        self._window.show_sidebar()
        self._window.sidebar.trash_requested.emit(True)

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

    # -- the last answer

    def _last_answer_id(self) -> int | None:
        transcript = self._session.chat.transcript
        for index in range(transcript.count - 1, max(-1, transcript.count - 3), -1):
            message = transcript.message(index)
            if message is not None and message.role == "assistant":
                return message.message_id
        return None

    def _regenerate_last(self) -> None:
        message_id = self._last_answer_id()
        if message_id is not None and not self._session.chat.is_busy:
            self._wiring.context.regenerate(message_id)

    def _copy_last_answer(self) -> None:
        transcript = self._session.chat.transcript
        for index in range(transcript.count - 1, -1, -1):
            if not transcript.is_user(index):
                QGuiApplication.clipboard().setText(transcript.text(index) or "")
                return

    def _copy_last_code(self) -> None:
        """The last fenced block of the newest message that has one."""
        transcript = self._session.chat.transcript
        for index in range(transcript.count - 1, max(-1, transcript.count - 20), -1):
            blocks = CODE_FENCE.findall(transcript.text(index) or "")
            if blocks:
                QGuiApplication.clipboard().setText(blocks[-1][1])
                return


def _within(widget: QWidget, pane: QWidget) -> bool:
    return widget is pane or pane.isAncestorOf(widget)
