"""A file that was read to go with a prompt, and the sentence for one that cannot."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import field
from typing import Literal

from app.lean_dataclass import dataclass
from app.services.wording import later

AttachmentKind = Literal["text", "image", "document"]

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_FILES = 20
LONGEST_NAME = 200
TOO_MANY = later("Core", "A prompt takes at most {most} files.")

#: They turn the reading direction, so that a name looks like another one.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class NotAttachableError(ValueError):
    """A file that cannot go with a prompt; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """What was read. `text` is what a model reads of it, None for a picture; `shown_lines` as in `excerpt.Excerpt`."""

    name: str
    kind: AttachmentKind
    media_type: str
    data: bytes = field(repr=False)
    text: str | None = field(default=None, repr=False)
    shown_lines: int | None = None
    hash: str = field(init=False)
    """SHA-256 of the data, in hexadecimal."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", hashlib.sha256(self.data).hexdigest())


def plain_name(name: str) -> str:
    """A file's name as it can be stored, shown and sent: one line, and what it looks like is what it is."""
    clean = "".join("\ufffd" if _is_odd(character) else character for character in name).strip()
    if len(clean) > LONGEST_NAME:
        half = LONGEST_NAME // 2
        clean = f"{clean[: half - 1]}…{clean[-half:]}"
    return clean or "file"


def _is_odd(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
