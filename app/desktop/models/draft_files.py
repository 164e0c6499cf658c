"""Files beside the prompt that is being written, and what is said of a file wherever it is shown."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.services.conversations.records import StoredAttachment

_keys = count(1)
_SI = QLocale.DataSizeFormat.DataSizeSIFormat
#: What a long paste is called.
PASTED_TEXT, PASTED_PICTURE = "pasted text.txt", "pasted picture.png"


def tr(text: str) -> str:
    return QCoreApplication.translate("Attachments", text)


@dataclass(slots=True, eq=False)
class DraftFile:
    """One chip. Without `stored` and `problem` it is still being read."""

    name: str
    stored: StoredAttachment | None = None
    problem: str = ""
    """Why it cannot be attached, a sentence."""
    of_message: bool = False
    """It belongs to the prompt that is being edited: taking it off leaves that one as it is."""
    key: int = 0

    def __post_init__(self) -> None:
        self.key = next(_keys)

    @property
    def is_reading(self) -> bool:
        return self.stored is None and not self.problem


@dataclass(frozen=True, slots=True)
class ChipLook:
    """A chip as it is shown: `tone` is the colour of the detail, `spoken` what a screen reader says after the name."""

    key: int
    name: str
    icon: str
    detail: str
    spoken: str
    tone: str = "text3"
    tip: str = ""
    is_reading: bool = False
    is_pasted: bool = False


def icon_of(stored: StoredAttachment | None) -> str:
    return "image" if stored is not None and stored.kind == "image" else "file"


def details(stored: StoredAttachment, *, mark: str = "≈ ") -> list[str]:
    """ "38 lines", "≈ 412 tokens"; of a picture its type and size."""
    locale = QLocale()
    tokens = tr("{n} tokens").format(n=f"{mark}{locale.toString(stored.tokens)}")
    if stored.kind == "image":
        kind = stored.media_type.removeprefix("image/").upper()
        return [kind, locale.formattedDataSize(stored.size_bytes, 1, _SI), tokens]
    return [cut_text(stored) or _lines(stored.lines or 0), tokens]


def cut_text(stored: StoredAttachment) -> str:
    """ "first 400 of 2,310 lines"; "" where all of it is sent."""
    if stored.shown_lines is None:
        return ""
    if stored.shown_lines == 0:
        return tr("cut within its first line")
    locale = QLocale()
    numbers = {"n": locale.toString(stored.shown_lines), "all": locale.toString(stored.lines or 0)}
    return tr("first {n} of {all} lines").format(**numbers)


def detail_text(stored: StoredAttachment) -> str:
    """What stands beside a name: "38 lines · ≈ 412 tokens"."""
    return " · ".join(details(stored))


def chip_look(file: DraftFile, blind: str) -> ChipLook:
    """`blind`: why no picture can be sent now, "" where one can."""
    stored = file.stored
    if file.problem or (stored is not None and stored.kind == "image" and blind):
        problem = file.problem or blind
        return ChipLook(file.key, file.name, icon_of(stored), problem, problem, "error", problem)
    if stored is None:
        words = tr("reading")
        return ChipLook(file.key, file.name, "file", words, words, is_reading=True)
    ending = [] if stored.kind == "image" else [tr("inlined")]
    return ChipLook(
        file.key,
        file.name,
        icon_of(stored),
        " · ".join([*details(stored), *ending]),
        ", ".join([*details(stored, mark=""), *ending]),
        "warn" if stored.shown_lines is not None else "text3",
        f"{file.name}\n{detail_text(stored)}",
        is_pasted=file.name == PASTED_TEXT,
    )


def _lines(lines: int) -> str:
    form = tr("{n} line") if lines == 1 else tr("{n} lines")
    return form.format(n=QLocale().toString(lines))
