"""What the Gateway page shows: plain values, so that it needs neither the gateway nor its database."""

from __future__ import annotations

from app.desktop.glyphs import StateGlyph
from app.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """The gateway now. `address` reaches it from here, `others_address` from other computers; both "" where not.

    `running`: there is something to stop. `message` and `hint` say why it failed; `free_port` may be taken then.
    `outdated`: settings were saved that it does not run with.
    """

    glyph: StateGlyph
    words: str
    running: bool = False
    address: str = ""
    others_address: str = ""
    message: str = ""
    hint: str = ""
    free_port: int = 0
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token that exists; never the token. `ending`: its last characters. The times are phrases."""

    name: str
    ending: str
    made: str
    used: str


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A program that can use the gateway, where its settings go, and what they are."""

    key: str
    name: str
    place: str
    text: str
