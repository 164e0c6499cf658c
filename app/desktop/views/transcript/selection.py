"""A selection across messages: two points, and what they mean as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.desktop.views.transcript.blocks.text import TextBlock
from app.desktop.views.transcript.document import BODY, Key, MessageDocument
from app.desktop.views.transcript.hostile import clipboard_text
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptModel
    from app.desktop.views.transcript.blocks.base import Block
    from app.desktop.views.transcript.flow import Flow

# (message, block, offset inside the block); tuples compare in reading order.
Point = tuple[int, Key, int]

END_OF_BLOCK = 1 << 60


@dataclass(frozen=True, slots=True)
class Selection:
    """From where the mouse went down to where it is; either may be first."""

    origin: Point
    head: Point

    @property
    def start(self) -> Point:
        return min(self.origin, self.head)

    @property
    def end(self) -> Point:
        return max(self.origin, self.head)

    @property
    def is_empty(self) -> bool:
        return self.origin == self.head

    def within(self, index: int, key: Key, block: Block) -> tuple[int, int] | None:
        """The selected offsets of one block, or None."""
        start, end = self.start, self.end
        if not block.selectable or (index, key) < start[:2] or (index, key) > end[:2]:
            return None
        first = start[2] if (index, key) == start[:2] else 0
        last = min(end[2], block.end_offset()) if (index, key) == end[:2] else block.end_offset()
        return (first, last) if last > first else None

    def touches(self, index: int) -> bool:
        return self.start[0] <= index <= self.end[0]


def everything(count: int) -> Selection | None:
    """All of a conversation of `count` messages; ends are resolved when they are used."""
    if not count:
        return None
    return Selection((0, (BODY, 0), 0), (count - 1, (BODY, END_OF_BLOCK), END_OF_BLOCK))


def missing_texts(model: TranscriptModel, selection: Selection) -> tuple[int, int] | None:
    """First and last selected message whose text is not in memory, or None: everything is at hand."""
    missing = [i for i in range(selection.start[0], selection.end[0] + 1) if model.text(i) is None]
    return (missing[0], missing[-1]) if missing else None


class Copier:
    """Turns a selection into text. Messages that were never laid out are copied from their source."""

    def __init__(self, flow: Flow, texts: dict[int, str] | None = None) -> None:
        self._flow = flow
        self._model = flow.model
        self._texts = texts or {}

    def rendered(self, selection: Selection) -> str:
        """What one sees: marks of emphasis gone, list marks kept, code exact."""
        return self._joined(selection, self._rendered_part)

    def markdown(self, selection: Selection) -> str:
        """The source of every block that is touched, character for character."""
        return self._joined(selection, self._markdown_part)

    def _joined(self, selection: Selection, part: Callable[[int, str, Selection], str]) -> str:
        first, last = selection.start[0], selection.end[0]
        pieces: list[str] = []
        for index in range(first, last + 1):
            text = self._source(index)
            if first < index < last and index not in self._flow.documents:
                pieces.append(text)
            else:
                pieces.append(part(index, text, selection))
        return clipboard_text("\n\n".join(piece for piece in pieces if piece))

    def _source(self, index: int) -> str:
        text = self._model.text(index)
        return text if text is not None else self._texts.get(index, "")

    def _document(self, index: int) -> MessageDocument | None:
        return self._flow.document(index) if self._model.message(index) is not None else None

    def _rendered_part(self, index: int, text: str, selection: Selection) -> str:
        document = self._document(index)
        if document is None:
            return text
        out = ""
        before: Block | None = None
        for number, block in enumerate(document.flat):
            chosen = selection.within(index, document.key_of(number), block)
            if chosen is None:
                continue
            if before is not None:
                out += _separator(before, block)
            out += block.plain(*chosen)
            before = block
        return out

    def _markdown_part(self, index: int, text: str, selection: Selection) -> str:
        document = self._document(index)
        if document is None:
            return text
        body = [(key, block) for n, block in enumerate(document.flat) if (key := document.key_of(n))[0] == BODY]
        if not body:
            return text if selection.touches(index) else ""
        touched = [
            block.source  # type: ignore[attr-defined]  # blocks of the body have one
            for key, block in body
            if selection.within(index, key, block)
        ]
        sources = document.body_sources()
        # Rules, and fences with nothing in them, have nothing to select, and belong to what goes beyond them.
        from_start = selection.start <= (index, body[0][0], 0) or bool(touched and touched[0] is sources[0])
        to_end = selection.end[:2] > (index, body[-1][0]) or bool(touched and touched[-1] is sources[-1])
        if not touched:
            return text if from_start and to_end else ""
        start = 0 if from_start else touched[0].start
        return text[start:] if to_end else text[start : touched[-1].end].rstrip("\n")


def _separator(before: Block, block: Block) -> str:
    """How two blocks are set apart in plain text."""
    if isinstance(block, TextBlock) and block.source.continues:
        return ""
    if getattr(getattr(block, "source", None), "continues", False):
        return "\n"
    if isinstance(before, TextBlock) and isinstance(block, TextBlock) and before.source.kind == "item":
        return "\n" if block.source.kind == "item" else "\n\n"
    return "\n\n"


def exact_code(text: str, block: Block) -> str:
    """The code of a fence exactly as it was written, without the line end before the closing fence."""
    source = block.source  # type: ignore[attr-defined]  # callers pass code blocks
    if source.quote or source.strip or not source.fence:
        return clipboard_text("\n".join(source.lines))
    code = text[source.body_start : source.body_end]
    return clipboard_text(code.removesuffix("\n").removesuffix("\r") if not source.open else code)
