"""Tells the system that `aica://` links open with this program. Only ever on demand, never at a start.

Linux and other systems of freedesktop.org: a desktop entry in the user's folder, named to `xdg-mime`. Windows: keys of
the current user in the registry (untested). macOS reads the schemes of a program from its bundle, so there is nothing
to be told.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Literal

from app.services import process
from app.services.atomic_file import write_atomically
from app.services.conversations.chat_links import SCHEME
from app.services.llm.errors import LLMError
from app.services.window_command import folder_of, window_command
from app.services.wording import say

Registration = Literal["here", "elsewhere", "unknown"]
NAME = "ai-coder-assistant"
DESKTOP_ENTRY = f"{NAME}.desktop"
MIME_TYPE = f"x-scheme-handler/{SCHEME}"
_ASK_S = 10.0
#: Of a desktop entry's command, within quotes (Desktop Entry Specification 1.5, "The Exec key").
_QUOTED = str.maketrans({'"': r"\"", "`": r"\`", "$": r"\$", "\\": r"\\"})
_KEY = rf"Software\Classes\{SCHEME}"


class RegistrationError(Exception):
    """It did not work; the text says why, and what to do."""


async def registration() -> Registration:
    """Where links lead now; "unknown" where this system cannot be asked or told."""
    if sys.platform == "win32":
        return await asyncio.to_thread(_registered_on_windows)
    tool = process.find_program("xdg-mime") if sys.platform != "darwin" else None
    if tool is None:
        return "unknown"
    try:
        answer = await process.run(tool, ["query", "default", MIME_TYPE], timeout_s=_ASK_S)
    except LLMError:
        return "unknown"
    is_ours = answer.stdout.strip() == DESKTOP_ENTRY and await asyncio.to_thread(_entry_is_ours)
    return "here" if is_ours else "elsewhere"


async def register() -> None:
    """Let links open with this program.

    Raises:
        RegistrationError: the system did not take it.
    """
    if sys.platform == "win32":
        await asyncio.to_thread(_register_on_windows)
        return
    tool = process.find_program("xdg-mime")
    if tool is None:
        raise RegistrationError(say("There is no xdg-mime here. Install the package xdg-utils."))
    try:
        await asyncio.to_thread(
            write_atomically, _entry_file(), desktop_entry(window_command()).encode(), private=False
        )
        await process.run(tool, ["default", DESKTOP_ENTRY, MIME_TYPE], timeout_s=_ASK_S)
    except OSError as exc:
        raise RegistrationError(
            say("{entry_file} could not be written: {reason}.", entry_file=_entry_file(), reason=exc.strerror or exc)
        ) from exc
    except LLMError as exc:
        raise RegistrationError(f"{exc.message} {exc.hint}".strip()) from exc
    if await registration() != "here":  # its exit status says nothing
        raise RegistrationError(say("xdg-mime did not take it. Choose the program in the system's settings."))


def desktop_entry(command: list[str], folder: Path | None = None) -> str:
    """The text of the entry. `folder`: where the command runs, None for anywhere."""
    folder = folder if folder is not None else folder_of(command)
    path = f"Path={folder}\n" if folder is not None else ""
    return (
        "[Desktop Entry]\nType=Application\nName=AI Coder Assistant\nGenericName=Chat with language models\n"
        "GenericName[es]=Chat con modelos de lenguaje\n"
        "Comment=A native assistant for people who write code and run their own models\n"
        "Comment[es]=Un asistente nativo para quien programa y usa sus propios modelos\n"
        f"Exec={' '.join(_quoted(word) for word in command)} %u\n{path}"
        f"Icon={NAME}\nStartupWMClass={NAME}\nTerminal=false\nCategories=Development;\n"
        f"Keywords=LLM;AI;chat;code;LM Studio;Ollama;llama.cpp;\nMimeType={MIME_TYPE};\n"
    )


def _quoted(word: str) -> str:
    """As the Exec key wants it: quoted where it holds more than plain letters, then as a string of the file."""
    word = word.replace("%", "%%")
    if all(c.isalnum() or c in "-_./:" for c in word):
        return word
    return f'"{word.translate(_QUOTED)}"'.replace("\\", "\\\\")


def _entry_file() -> Path:
    data = Path(os.environ.get("XDG_DATA_HOME", ""))  # a relative one is not valid
    return (data if data.is_absolute() else Path.home() / ".local" / "share") / "applications" / DESKTOP_ENTRY


def _entry_is_ours() -> bool:
    """An entry of a copy of this program that is gone leads nowhere."""
    try:
        return _entry_file().read_text(encoding="utf-8") == desktop_entry(window_command())
    except (OSError, UnicodeDecodeError):
        return False


def _windows_command() -> str:
    return " ".join(f'"{word}"' if " " in word else word for word in window_command()) + ' "%1"'


# The registry is known to the type checker on Windows only, hence the conditions.
def _registered_on_windows() -> Registration:
    if sys.platform == "win32":
        import winreg

        try:
            found = winreg.QueryValue(winreg.HKEY_CURRENT_USER, rf"{_KEY}\shell\open\command")
        except OSError:
            return "elsewhere"
        return "here" if found == _windows_command() else "elsewhere"
    return "unknown"


def _register_on_windows() -> None:
    if sys.platform == "win32":
        import winreg

        user, command = winreg.HKEY_CURRENT_USER, rf"{_KEY}\shell\open\command"
        try:
            with winreg.CreateKey(user, _KEY) as key:
                winreg.SetValueEx(key, "", 0, winreg.REG_SZ, "URL:AI Coder Assistant")
                winreg.SetValueEx(key, "URL Protocol", 0, winreg.REG_SZ, "")
            winreg.SetValue(user, command, winreg.REG_SZ, _windows_command())
        except OSError as exc:
            raise RegistrationError(say("The registry did not take it: {reason}.", reason=exc.strerror or exc)) from exc
