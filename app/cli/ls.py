"""`aica ls`: what is downloaded."""

from __future__ import annotations

import argparse

from app.cli import model_lists


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    model_lists.add_arguments(parser)
    parser.set_defaults(run=model_lists.downloaded)
