"""A saved prompt as its window shows it."""

from __future__ import annotations

from app.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PromptRow:
    """`own`: the user's. `shipped`: one of this name came with the program, whether or not it is in use."""

    name: str
    text: str
    own: bool
    shipped: bool
