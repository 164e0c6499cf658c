"""The window's keys as Markdown, read from its table of commands."""

from __future__ import annotations

import re

from app.desktop.shortcuts import DEFAULT_KEYS, command_names
from tests.tools.collect_texts import Text
from tests.tools.markdown import table
from tests.tools.write_translations import read

_KEY_WORD = re.compile(r"[A-Za-z]{2,}")


def shortcuts() -> str:
    """Every command with its default keys."""
    return _table(("keys", "command"), command_names(), {})


def shortcuts_in_spanish() -> str:
    """The same in the words of the translation, and keys as Spanish keyboards have them."""
    translated = read("es")
    names = {command: translated[Text("Shortcuts", name, False)][0] for command, name in command_names().items()}
    keys = {text.source: forms[0] for text, forms in translated.items() if text.context == "QShortcut"}
    return _table(("teclas", "comando"), names, keys)


def _table(head: tuple[str, str], names: dict[str, str], key_words: dict[str, str]) -> str:
    def shown(keys: str) -> str:
        return _KEY_WORD.sub(lambda word: key_words.get(word[0], word[0]), keys)

    return table(head, [(f"`{shown(keys)}`" if keys else "", names[command]) for command, keys in DEFAULT_KEYS.items()])
