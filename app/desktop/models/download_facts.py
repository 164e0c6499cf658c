"""What a line of the downloads shows, ready to paint, whoever fetches: this program, Ollama or LM Studio."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from app.desktop.glyphs import StateGlyph
from app.desktop.models.model_list_model import size_text
from app.lean_dataclass import dataclass

MINUTE_S, HOUR_S = 60, 3_600


def tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)


@dataclass(frozen=True, slots=True)
class DownloadFacts:
    """One download. `share`: 0 to 1, None while unknown or where there is nothing to show.

    `actions`: of "pause", "resume", "cancel" and "dismiss", in the order of their buttons.
    """

    key: str
    name: str
    detail: str
    glyph: StateGlyph
    words: str
    share: float | None = None
    problem: str = ""
    """What went wrong, and what to do."""
    actions: tuple[str, ...] = ()
    is_over: bool = False


def progress_words(
    completed_bytes: int, total_bytes: int | None, bytes_per_second: float | None, seconds_left: float | None
) -> str:
    """`42 %, 3.1 of 7.4 GB, 48 MB/s, about 1 min left`; what is unknown is left out."""
    pieces = []
    if total_bytes:
        pieces.append(tr("{n} %").format(n=int(completed_bytes / total_bytes * 100)))
        pieces.append(bytes_of(completed_bytes, total_bytes))
    elif completed_bytes:
        pieces.append(size_text(completed_bytes))
    if bytes_per_second:
        pieces.append(tr("{size}/s").format(size=size_text(max(1, round(bytes_per_second)))))
    if seconds_left is not None:
        pieces.append(left_words(seconds_left))
    return ", ".join(pieces)


def bytes_of(completed_bytes: int, total_bytes: int) -> str:
    """`3.1 of 7.4 GB`, or with both units where they differ."""
    done, total = size_text(completed_bytes), size_text(total_bytes)
    number, _, unit = done.rpartition(" ")
    shown = number if unit and total.endswith(f" {unit}") else done or QLocale().toString(0)
    return tr("{done} of {total}").format(done=shown, total=total)


def left_words(seconds: float) -> str:
    """How long it will take still, no more exact than it is known."""
    if seconds < MINUTE_S:
        return tr("about {n} s left").format(n=max(1, round(seconds)))
    if seconds < HOUR_S:
        return tr("about {n} min left").format(n=round(seconds / MINUTE_S))
    return tr("about {n} h left").format(n=QLocale().toString(seconds / HOUR_S, "f", 1))
