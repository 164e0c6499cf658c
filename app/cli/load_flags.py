"""The flags that say how a model is loaded, the same for `load` and for presets, and their values as words."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from app.cli import running

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Name of an option → the flag's place in the arguments.
_FLAGS = {"context_length": "context", "gpu": "gpu", "ttl_s": "ttl", "batch": "batch"}
_STAYS = "never"


def add_load_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--context", metavar="N", type=_tokens, help="tokens of window")
    parser.add_argument("--gpu", metavar="SHARE", type=_gpu, help="off, max, or a share from 0 to 1")
    parser.add_argument("--ttl", metavar="S", type=_ttl, help="seconds without a request until it leaves, or never")
    parser.add_argument("--batch", metavar="N", type=_tokens, help="tokens of a prompt read at a time")


def load_flag_values(arguments: argparse.Namespace) -> dict[str, Any]:
    """Those that were given, as `runtimes.load_values` has them."""
    return {name: value for name, flag in _FLAGS.items() if (value := getattr(arguments, flag)) is not None}


def load_words(values: Mapping[str, Any]) -> list[str]:
    """`context 32768`: as the flags are called."""
    return [
        f"{_FLAGS[name]} {value if isinstance(value, str) else json.dumps(value)}" for name, value in values.items()
    ]


def _gpu(text: str) -> float | str:
    if text in ("off", "max"):
        return text
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither off, max nor a number from 0 to 1")
    return share


def _ttl(text: str) -> float | str:
    if text == _STAYS:
        return _STAYS
    seconds = running.positive(text)
    from app.services.runtimes.records import MOST_TTL_S  # here: only where a time is named

    if seconds > MOST_TTL_S:
        raise argparse.ArgumentTypeError(f"{text} is more than ten years; “never” keeps the model until it is unloaded")
    return seconds


def _tokens(text: str) -> int:
    count = running.positive_number(text)
    from app.services.runtimes.records import MOST_TOKENS  # here: as above

    if count > MOST_TOKENS:
        raise argparse.ArgumentTypeError(f"{text} is more than any model takes")
    return count
