"""Commands and their keys: the defaults, what the user changed, and conflicts by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence

from app.services.wording import later

if TYPE_CHECKING:
    from app.desktop.window import MainWindow
    from app.services.settings.schema import AppConfig

#: Command → default keys in portable form (Ctrl is Cmd on macOS); "" for none.
DEFAULT_KEYS: dict[str, str] = {
    "new_chat": "Ctrl+N",
    "temporary_window": "Ctrl+Shift+P",
    "new_folder": "Ctrl+Shift+N",
    "palette": "Ctrl+K",
    "search": "Ctrl+Shift+F",
    "find": "Ctrl+F",
    "find_next": "F3",
    "find_previous": "Shift+F3",
    "choose_model": "Ctrl+L",
    "get_models": "",
    "statistics": "",
    "settings": "Ctrl+,",
    "shortcuts": "Ctrl+/",
    "help": "F1",
    "sidebar": "Ctrl+B",
    "rename": "F2",
    "focus_composer": "Shift+Esc",
    "stop": "Esc",
    "regenerate": "Ctrl+R",
    "copy_answer": "Ctrl+Shift+C",
    "copy_code": "Ctrl+Shift+;",
    "copy_link": "",
    "export_chat": "",
    "pin_chat": "",
    "archive_chat": "",
    "tag_chat": "",
    "compare": "",
    "chat_settings": "",
    "presets": "",
    "prompts": "",
    "delete_chat": "Ctrl+Shift+Backspace",
    "undo": "Ctrl+Z",
    "trash": "",
    "import_chats": "",
    "export_all": "",
    "zoom_in": "Ctrl++",
    "zoom_out": "Ctrl+-",
    "zoom_reset": "Ctrl+0",
    "next_pane": "F6",
    "previous_pane": "Shift+F6",
    "quit": "Ctrl+Q",
}

_ALSO = {"zoom_in": ["Ctrl+="]}

#: Words of Qt's own for keys, which our files can say as the keyboard does, in place of Qt's longer ones.
KEY_WORDS = (
    *(later("QShortcut", "Ctrl"), later("QShortcut", "Shift"), later("QShortcut", "Alt"), later("QShortcut", "Esc")),
    *(later("QShortcut", "Del"), later("QShortcut", "Return"), later("QShortcut", "Enter")),
    *(later("QShortcut", "Backspace"), later("QKeySequenceEdit", "Press shortcut")),
)

_KEY = Qt.Key
#: Below it keys are letters and signs.
_FIRST_WITHOUT_LETTER = 0x0100_0000
_CLIPBOARD_KEYS = (_KEY.Key_C, _KEY.Key_V, _KEY.Key_X, _KEY.Key_A)
_TEXT_KEYS = (
    *(_KEY.Key_Return, _KEY.Key_Enter, _KEY.Key_Tab, _KEY.Key_Backtab, _KEY.Key_Backspace, _KEY.Key_Delete),
    *(_KEY.Key_Insert, _KEY.Key_Home, _KEY.Key_End, _KEY.Key_PageUp, _KEY.Key_PageDown),
    *(_KEY.Key_Left, _KEY.Key_Right, _KEY.Key_Up, _KEY.Key_Down),
)


def tr(text: str) -> str:
    return QCoreApplication.translate("Shortcuts", text)


def command_names() -> dict[str, str]:
    """Command → its name for people."""
    return {
        "new_chat": tr("New chat"),
        "temporary_window": tr("New temporary window"),
        "new_folder": tr("New folder"),
        "palette": tr("Search everything"),
        "search": tr("Search the chats"),
        "find": tr("Find in chat"),
        "find_next": tr("Find the next place"),
        "find_previous": tr("Find the previous place"),
        "choose_model": tr("Choose a model"),
        "get_models": tr("Get models"),
        "statistics": tr("Statistics"),
        "settings": tr("Settings"),
        "shortcuts": tr("Show shortcuts"),
        "help": tr("Help"),
        "sidebar": tr("Show or hide the sidebar"),
        "rename": tr("Rename the chat"),
        "focus_composer": tr("Go to the message field"),
        "stop": tr("Stop the answer"),
        "regenerate": tr("Regenerate the last answer"),
        "copy_answer": tr("Copy the last answer"),
        "copy_code": tr("Copy the last code block"),
        "copy_link": tr("Copy a link to the chat"),
        "export_chat": tr("Export the chat"),
        "pin_chat": tr("Pin or unpin the chat"),
        "archive_chat": tr("Archive or unarchive the chat"),
        "tag_chat": tr("Tags of the chat"),
        "compare": tr("Compare models"),
        "chat_settings": tr("Chat settings"),
        "presets": tr("Manage presets"),
        "prompts": tr("Manage prompts"),
        "delete_chat": tr("Delete the chat"),
        "undo": tr("Undo"),
        "trash": tr("Show the trash"),
        "import_chats": tr("Import chats"),
        "export_all": tr("Export all chats"),
        "zoom_in": tr("Larger text"),
        "zoom_out": tr("Smaller text"),
        "zoom_reset": tr("Normal text size"),
        "next_pane": tr("Go to the next pane"),
        "previous_pane": tr("Go to the previous pane"),
        "quit": tr("Quit"),
    }


def effective_keys(changed: Mapping[str, str]) -> dict[str, str]:
    """Keys of every command, the user's changes applied; an empty string takes a command's keys away."""
    return {name: changed.get(name, keys) for name, keys in DEFAULT_KEYS.items()}


def conflicts(keys: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(key sequence, command, other command) for every sequence that two commands claim."""
    found = []
    owner: dict[str, str] = {}
    for command, sequence in keys.items():
        if not sequence:
            continue
        portable = _portable(sequence)
        if portable in owner:
            found.append((portable, owner[portable], command))
        owner.setdefault(portable, command)
    return found


def owner_of(sequence: str, keys: Mapping[str, str], other_than: str = "") -> str | None:
    """The command that has a key sequence, its second keys included; None where it is free."""
    wanted = _portable(sequence)
    for command, own in keys.items():
        also = _ALSO.get(command, []) if own == DEFAULT_KEYS.get(command) else []
        if command != other_than and wanted and wanted in [_portable(one) for one in (own, *also)]:
            return command
    return None


def why_refused(sequence: str) -> str:
    """Why no command may have these keys, in a sentence; "" where one may."""
    parsed = QKeySequence(sequence)
    if parsed.isEmpty():
        return ""
    combination = parsed[0]  # type: ignore[index]  # missing in the stubs
    key, held = combination.key(), combination.keyboardModifiers()
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    text = ""
    if not held & ~shift and (key.value < _FIRST_WITHOUT_LETTER or key in _TEXT_KEYS):
        text = tr("{keys} is needed for typing. Hold Ctrl or Alt with it, or take a function key.")
    elif held == control and key in _CLIPBOARD_KEYS:
        text = tr("{keys} copies, pastes, cuts or selects in every text field.")
    elif held == control and key in _TEXT_KEYS:
        text = tr("{keys} is needed in every text field.")
    return text.format(keys=parsed.toString(QKeySequence.SequenceFormat.NativeText))


def _portable(sequence: str) -> str:
    return QKeySequence(sequence).toString(QKeySequence.SequenceFormat.PortableText)


class Shortcuts:
    """The window's actions, by command. A command without something to run has no action."""

    def __init__(self, window: MainWindow, commands: Mapping[str, object], config: AppConfig) -> None:
        self._actions: dict[str, QAction] = {}
        for name, run in commands.items():
            action = QAction(window)
            action.setObjectName(f"command.{name}")
            action.triggered.connect(lambda _checked=False, r=run: r())
            window.addAction(action)
            self._actions[name] = action
        self.apply(config)

    def apply(self, config: AppConfig) -> None:
        """Take the keys of a configuration."""
        keys = effective_keys(config.interface.shortcuts)
        for name, action in self._actions.items():
            sequences = [keys[name]] if keys.get(name) else []
            if keys.get(name) == DEFAULT_KEYS.get(name):
                sequences += _ALSO.get(name, [])
            action.setShortcuts([QKeySequence(s) for s in sequences])

    def words(self, name: str) -> str:
        """The keys of a command as people read them, in brackets after a space; "" where it has none."""
        keys = self.sequence(name).toString(QKeySequence.SequenceFormat.NativeText)
        return f" ({keys})" if keys else ""

    def sequence(self, name: str) -> QKeySequence:
        """The keys of a command, for menus and tooltips."""
        action = self._actions.get(name)
        return action.shortcut() if action is not None else QKeySequence()

    def has(self, name: str) -> bool:
        """Whether there is something to run for a command."""
        return name in self._actions

    def run(self, name: str) -> None:
        """Run a command as its keys would."""
        if name in self._actions:
            self._actions[name].trigger()
