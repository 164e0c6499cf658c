"""Asks the child process for pictures of formulas, and lets through what is a drawing and nothing else."""

from __future__ import annotations

import json
import logging
import re

from app.lean_dataclass import dataclass
from app.services.highlighting.child import highlighting_process
from app.services.piped_process import ChildEndedError

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 2_000
#: The child's own start with its font is the larger part of it.
TIMEOUT_S = 10.0
#: Formulas that ended the child, after which none is asked for again in this run.
PATIENCE = 3
#: A drawing larger than this, in units of a 16 px letter's picture or in bytes, is not shown.
MAX_WIDTH, MAX_HEIGHT, MAX_BYTES = 4_000.0, 2_000.0, 400_000
#: Stands in a drawing for the colour of the text around it.
INK = "#010203"

_NUMBERS = r"[-+0-9eE., ]*"
_ATTRIBUTE = (
    r'(?: xmlns(?::xlink)?="http://www\.w3\.org/[0-9a-z/]+"'
    rf'|(?: (?:width|height|viewBox|x|y|x1|x2|y1|y2|rx|stroke-width|stroke-dasharray)="{_NUMBERS}")'
    r'|(?: (?:fill|stroke)="[#A-Za-z0-9]*")'
    r'|(?: d="[-+0-9eE., A-Za-z\n]*")'
    r'|(?: transform="[-+0-9eE., a-z()]*"))*'
)
#: Every element a drawing may have. Qt's renderer would load what an <image> or a url() names.
_TAG = re.compile(rf"<(?:(?:svg|g|path|rect|line){_ATTRIBUTE} ?/?|/(?:svg|g|path|rect|line))>|\s+")
_SIZE = re.compile(r'<svg[^>]*? width="([0-9.]+)" height="([0-9.]+)" viewBox="[-0-9.]+ ([-0-9.]+) ')


@dataclass(frozen=True, slots=True)
class Drawing:
    """SVG whose letters have the colour `ink`; measures in the units of a letter of 16 px, `baseline` from its top."""

    svg: str
    width: float
    height: float
    baseline: float
    ink: str = INK

    @property
    def depth(self) -> float:
        """How far it reaches below the base of the line."""
        return self.height - self.baseline


class FormulaRenderer:
    """Owns its child process; used on one event loop."""

    def __init__(self) -> None:
        self._process = highlighting_process()
        self._failures = 0

    async def drawing(self, source: str, *, inline: bool = False) -> Drawing | None:
        """The picture of a formula in LaTeX, `inline` low enough for a line; None where its source is to be shown."""
        if not source.strip() or len(source) > MAX_CHARACTERS or self._failures >= PATIENCE:
            return None
        request = json.dumps({"formula": source, "ink": INK, "inline": inline}, separators=(",", ":")).encode()
        try:
            reply = json.loads(await self._process.ask(request, timeout_s=TIMEOUT_S))
        except ChildEndedError as exc:
            self._failures += 1
            logger.warning("a formula of %d characters was given up: %s", len(source), exc)
            return None
        if "error" in reply:
            logger.info("a formula cannot be drawn: %s", reply["error"])
            return None
        return checked(reply.get("svg"))

    async def aclose(self) -> None:
        """End the child."""
        await self._process.aclose()


def checked(svg: object) -> Drawing | None:
    """A drawing that refers to nothing, runs nothing and has a size that can be shown; None for anything else."""
    if not isinstance(svg, str) or len(svg) > MAX_BYTES:
        return None
    at = 0
    while at < len(svg):
        found = _TAG.match(svg, at)
        if found is None or found.end() == at:
            return None
        at = found.end()
    size = _SIZE.match(svg)
    if size is None or not (0 < float(size[1]) <= MAX_WIDTH and 0 < float(size[2]) <= MAX_HEIGHT):
        return None
    return Drawing(svg, float(size[1]), float(size[2]), baseline=-float(size[3]))
