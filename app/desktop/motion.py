"""How long things move: as long as designed, or not at all where the person wants less motion."""

from __future__ import annotations

_reduced = False


def set_reduced(reduced: bool) -> None:
    """What Settings say; called when they are read and when they change."""
    global _reduced
    _reduced = reduced


def duration_ms(full: int) -> int:
    """`full` milliseconds, or 0 when motion is reduced."""
    return 0 if _reduced else full
