"""What a graph of this computer's resources shows, ready to paint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from app.lean_dataclass import dataclass


def tr(text: str) -> str:
    return QCoreApplication.translate("Resources", text)


@dataclass(frozen=True, slots=True)
class Point:
    """A measured figure. `ago_s`: seconds before the newest sample."""

    ago_s: float
    value: float


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """One graph. `points`: oldest first, only what was measured.

    `most`: the value at the upper edge. `span_s`: seconds from the left edge to the right one. `gap_s`: two points
    further apart are not joined: nobody looked between them. `words`: a value as people read it. `note`: more about
    it, for the tooltip.
    """

    key: str
    name: str
    points: tuple[Point, ...]
    words: Callable[[float], str]
    most: float
    span_s: float
    gap_s: float
    note: str = ""

    @property
    def now(self) -> str:
        """The newest figure in words, "" where there is none."""
        return self.words(self.points[-1].value) if self.points and self.points[-1].ago_s == 0 else ""

    def nearest(self, ago_s: float) -> Point | None:
        """The point nearest to a time; None where nothing was measured about then."""
        found = min(self.points, key=lambda point: abs(point.ago_s - ago_s), default=None)
        return found if found is not None and abs(found.ago_s - ago_s) <= self.gap_s else None

    def spoken(self) -> str:
        """The graph in a sentence: now, least and most."""
        if not self.points:
            return ""
        values = [point.value for point in self.points]
        minutes = max(1, round(max(point.ago_s for point in self.points) / 60))
        range_words = tr("between {a} and {b} in the last {n} min").format(
            a=self.words(min(values)), b=self.words(max(values)), n=minutes
        )
        return tr("{now} now, {range}").format(now=self.now, range=range_words) if self.now else range_words


def ago_words(ago_s: float) -> str:
    """`1:20 ago`."""
    seconds = round(ago_s)
    if seconds < 2:
        return tr("now")
    return tr("{m}:{s} ago").format(m=seconds // 60, s=f"{seconds % 60:02d}")
