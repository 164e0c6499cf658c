"""Finding words within one chat, as they are typed: anywhere in a word, upper and lower case alike."""

from __future__ import annotations

import re
import sqlite3

from app.services.conversations.records import storable

LONGEST = 200
#: Between two words of the source may stand what Markdown puts there.
_BETWEEN = r"[\s*_`~|>#\[\]()\\-]+"


def needle(typed: str, *, in_source: bool = False) -> re.Pattern[str] | None:
    """What was typed as a pattern: its words in their order; None where there is none.

    `in_source`: for Markdown as it was written; without, for text as it is shown.
    """
    words = storable(typed[:LONGEST]).replace("\0", " ").split()
    if not words:
        return None
    between = _BETWEEN if in_source else r"\s+"
    return re.compile(between.join(re.escape(word) for word in words), re.IGNORECASE)


def positions_holding(
    db: sqlite3.Connection, conversation_id: int, pattern: re.Pattern[str], first: int, until: int
) -> list[int]:
    """Positions of the shown branch from `first` to before `until` whose text holds the pattern."""
    rows = db.execute(
        "SELECT p.position, m.text FROM path p JOIN message m ON m.id = p.message_id "
        "WHERE p.conversation_id = ? AND p.position >= ? AND p.position < ? ORDER BY p.position",
        (conversation_id, first, until),
    )
    return [position for position, text in rows if pattern.search(text)]
