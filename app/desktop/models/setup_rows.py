"""What the card that sets a server up shows: what it is for, and a line for each step once it runs."""

from __future__ import annotations

from app.desktop.glyphs import StateGlyph
from app.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SetupRow:
    """One step, as far as it came."""

    key: str
    glyph: StateGlyph
    text: str
    problem: str = ""
    """Why it ended here, and what to do."""


@dataclass(frozen=True, slots=True)
class SetupFacts:
    """Not `offered`: there is nothing that can be set up. `rows` are empty before the first click."""

    offered: bool = False
    title: str = ""
    text: str = ""
    button: str = ""
    busy: bool = False
    rows: tuple[SetupRow, ...] = ()
