"""Model names that a misspelt or shortened one was probably meant to be."""

from __future__ import annotations

from collections.abc import Sequence


def names_holding(part: str, names: Sequence[str]) -> list[str]:
    """The names that `part` is a piece of, whatever the case; in their order."""
    wanted = part.casefold()
    return [name for name in names if wanted in name.casefold()]


def near_names(wanted: str, names: Sequence[str], limit: int = 3) -> list[str]:
    """At most `limit` names that hold what was written, else those spelt much like it; the likeliest first."""
    holding = names_holding(wanted, names)
    if holding:
        return holding[:limit]
    by_spelling: dict[str, str] = {}
    for name in names:
        by_spelling.setdefault(name.casefold(), name)
        by_spelling.setdefault(name.casefold().rpartition("/")[2], name)  # nobody writes the publisher
    from difflib import get_close_matches  # here: only a name that is not known needs it

    close = get_close_matches(wanted.casefold(), by_spelling, n=2 * limit, cutoff=0.7)
    return list(dict.fromkeys(by_spelling[spelling] for spelling in close))[:limit]
