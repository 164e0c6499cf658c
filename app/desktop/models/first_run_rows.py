"""What the first-run page shows: a line for each place where a server was looked for, and a first model to fetch."""

from __future__ import annotations

from app.desktop.glyphs import StateGlyph
from app.desktop.models.download_facts import DownloadFacts
from app.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place. `action` is the name of what its button does; `busy` while that is being done."""

    key: str
    name: str
    glyph: StateGlyph
    found: str
    address: str
    button: str
    action: str
    icon: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class FirstRunState:
    """The whole page. `looked_at` is a time of day, "" before the first look."""

    title: str
    lead: str
    rows: tuple[PlaceRow, ...]
    looked_at: str = ""
    others: tuple[str, ...] = ()
    """Further servers of the user's that were asked, by name."""
    only_these: bool = True
    """Nothing but these places and `others` was contacted in this run."""
    look_again: bool = False
    """A server is there without a model: offer to look at once."""
    installed: tuple[str, str] = ("", "")
    """Id and name of the first server whose program is on this computer; empty where there is none."""

    @property
    def has_server_to_use(self) -> bool:
        """Whether one answers that only waits to be used."""
        return any(row.action == "use_other" for row in self.rows)


@dataclass(frozen=True, slots=True)
class FirstModelFacts:
    """A small model for somebody who has none. Not `offered`: there is nothing to show."""

    offered: bool = False
    text: str = ""
    button: str = ""
    """What asks the hub; "" where that is not to be asked."""
    busy: bool = False
    problem: str = ""
    """Why it could not be asked or fetched, and what to do."""
    rows: tuple[PlaceRow, ...] = ()
    """What it has; the first is the one to take."""
    downloads: tuple[DownloadFacts, ...] = ()
