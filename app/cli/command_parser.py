"""The parser of all commands: as argparse's, with help whose words stay whole."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any


class _Formatter(argparse.HelpFormatter):
    """argparse breaks lines at hyphens too, in the middle of `--cors-origin`, and cuts long names."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_long_words=False, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in self._split_lines(text, width - len(indent)))


class CommandParser(argparse.ArgumentParser):
    """Subcommands are made of the same class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", _Formatter)
        super().__init__(*args, **kwargs)
