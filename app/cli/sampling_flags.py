"""The flags for what every server knows: temperature, top_p, seed and the longest answer."""

from __future__ import annotations

import argparse
from typing import Any

NAMES = ("temperature", "top_p", "seed", "max_tokens")


def add_sampling_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--temperature", metavar="T", type=float)
    parser.add_argument("--top-p", metavar="P", type=float)
    parser.add_argument("--seed", metavar="N", type=int)
    parser.add_argument("--max-tokens", metavar="N", type=int, help="longest answer, in tokens")


def sampling_values(arguments: argparse.Namespace) -> dict[str, Any]:
    """Those that were given, by name of `SamplingParameters`."""
    return {name: value for name in NAMES if (value := getattr(arguments, name)) is not None}
