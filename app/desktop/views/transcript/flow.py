"""Where everything stands: which blocks are visible, what the viewport is anchored to, how it scrolls.

The position is kept as (message, block, pixels below the block's top), never as a distance from the beginning:
heights above are estimates, and putting them right must not move what is being read. Small scrolls walk from block
to block, laying out what they cross; only jumps go through estimates.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from app.desktop.models.transcript_model import LINES_MASK, USER_BIT, TranscriptModel
from app.desktop.views.transcript.blocks.code import CodeBlock
from app.desktop.views.transcript.blocks.text import TextBlock
from app.desktop.views.transcript.document import HEAD, Key, MessageDocument, PlaceholderDocument
from app.desktop.views.transcript.heights import Heights
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.views.transcript.blocks.base import Block
    from app.desktop.views.transcript.look import Look

MAX_DOCUMENTS = 48
LOAD_AROUND = 6  # messages before and after a missing one that are asked for with it


@dataclass(frozen=True, slots=True)
class Placed:
    """One visible block: `top` is where its gap starts in the viewport."""

    top: int
    index: int
    number: int
    block: Block


@dataclass(slots=True)
class Anchor:
    """The top edge of the viewport lies `below` pixels under the top of that block."""

    index: int = 0
    key: Key = (HEAD, 0)
    below: int = 0


class Flow:
    """Layout of a whole conversation in a viewport. Pure geometry: paints nothing, owns no widget."""

    def __init__(self, model: TranscriptModel, look: Look) -> None:
        self.model = model
        self.look = look
        self.width = look.column
        self.viewport_height = 0
        self.heights = Heights()
        self.documents: OrderedDict[int, MessageDocument] = OrderedDict()
        self.anchor = Anchor()
        self.sticking = True
        self.at_end = True
        self.visible: list[Placed] = []
        self._last_answer = -1
        #: Whether thinking of messages that are parsed from now on is open.
        self.open_thinking = False

    # -- data

    @property
    def end_padding(self) -> int:
        return self.look.px(16)

    def rebuild(self) -> None:
        """Another conversation: estimates for all, documents for none, at the end."""
        self.documents.clear()
        self.heights = Heights(self._estimates(0))
        self.sticking = True
        self.anchor = Anchor(max(0, self.model.count - 1))
        self.visible = []
        self._find_last_answer()

    def truncate(self, count: int) -> None:
        """Positions from `count` on are gone or different."""
        for index in [i for i in self.documents if i >= count]:
            del self.documents[index]
        self.heights.truncate(count)
        for height in self._estimates(count):
            self.heights.append(height)
        if self.anchor.index >= self.model.count:
            self.sticking = True
        self._find_last_answer()

    def appended(self) -> None:
        for height in self._estimates(len(self.heights)):
            self.heights.append(height)
        self._find_last_answer()

    def _find_last_answer(self) -> None:
        last = self.model.count - 1
        while last >= 0 and self.model.is_user(last) and last > self.model.count - 8:
            last -= 1
        if last != self._last_answer:
            for index, is_last in ((self._last_answer, False), (last, True)):
                document = self.documents.get(index)
                if document is not None:
                    document.set_last(is_last)
            self._last_answer = last

    def _estimates(self, start: int) -> list[int]:
        look = self.look
        line = look.line("reading") * look.column / max(1, self.width)
        user, answer = look.px(12 + 10 + 24 + 4 + 12), look.px(12 + 24 + 4 + 36)
        sizes = self.model.sizes
        return [
            (user if size & USER_BIT else answer) + int((size & LINES_MASK) * line)
            for size in (sizes[start:] if start else sizes)
        ]

    def document(self, index: int) -> MessageDocument:
        """The parsed message, or a placeholder while its text is not in memory."""
        found = self.documents.get(index)
        if found is not None:
            self.documents.move_to_end(index)
            return found
        message = self.model.message(index)
        if message is None:
            found = PlaceholderDocument(self.look, self.width, self.heights[index])
        else:
            self.model.text(index)  # puts what has streamed so far into message.text
            streaming = self.model.is_streaming(index)
            found = MessageDocument(
                self.look,
                self.width,
                message,
                streaming=streaming,
                last=index == self._last_answer,
                open_thinking=self.open_thinking,
            )
        self.documents[index] = found
        self.heights.set(index, found.height)
        return found

    def _lay(self, index: int, number: int) -> int:
        document = self.document(index)
        height = document.lay(number)
        self.heights.set(index, document.height)
        return height

    # -- geometry

    def set_geometry(self, look: Look, width: int, viewport_height: int) -> None:
        """Another size, zoom or theme. The line at the top stays at the top."""
        if look is self.look and width == self.width:
            self.viewport_height = viewport_height
            return
        place = self._reading_place()
        same_look = look is self.look
        self.look, self.width, self.viewport_height = look, width, viewport_height
        self.heights = Heights(self._estimates(0))
        if same_look:
            for index, document in self.documents.items():
                document.set_width(width)
                self.heights.set(index, document.height)
        else:
            self.documents.clear()
        self._restore_place(place)

    def _reading_place(self) -> tuple[int, Key, int, float] | None:
        """(message, block, text offset at the top, share of the block above) of the anchor."""
        document = self.documents.get(self.anchor.index)
        if document is None or not document.flat:
            return None
        block = document.flat[document.position_of(self.anchor.key)]
        offset = -1
        if isinstance(block, (TextBlock, CodeBlock)) and block.exact and self.anchor.below > block.gap:
            below = self.anchor.below
            offset = block.line_start(below) if isinstance(block, TextBlock) else block.offset_at(0, below)
        share = self.anchor.below / block.height if block.height else 0.0
        return self.anchor.index, self.anchor.key, offset, share

    def _restore_place(self, place: tuple[int, Key, int, float] | None) -> None:
        if place is None or self.sticking or place[0] >= self.model.count:
            return
        index, key, offset, share = place
        document = self.document(index)
        number = document.position_of(key)
        height = self._lay(index, number)
        block = document.flat[number]
        if offset >= 0 and isinstance(block, TextBlock):
            below = block.line_top(offset)
        else:
            below = int(share * height)
        self.anchor = Anchor(index, document.key_of(number), below)

    # -- arranging

    def arrange(self) -> None:
        """Lay out what is visible from the anchor (or from the end while sticking) and list it."""
        if not self.model.count or self.viewport_height <= 0:
            self.visible = []
            self.at_end = True
            return
        if self.sticking:
            self._anchor_at_end()
        else:
            self._normalise()
        bottom = self._walk_down()
        if bottom + self.end_padding < self.viewport_height and not self.sticking:
            self._anchor_at_end()
            bottom = self._walk_down()
        self.at_end = bottom + self.end_padding <= self.viewport_height
        self._forget_documents()
        self._ask_for_missing()

    def _anchor_at_end(self) -> None:
        index = self.model.count - 1
        number = len(self.document(index).flat) - 1
        y = self.viewport_height - self.end_padding
        while True:
            y -= self._lay(index, number)
            if y <= 0:
                break
            if number:
                number -= 1
            elif index:
                index -= 1
                number = len(self.document(index).flat) - 1
            else:
                y = 0  # everything fits: the beginning is at the top
                break
        self.anchor = Anchor(index, self.document(index).key_of(number), -y)

    def _normalise(self) -> None:
        """Move the anchor to the block that crosses the viewport's top, laying out what lies between."""
        anchor = self.anchor
        index = min(anchor.index, self.model.count - 1)
        number = self.document(index).position_of(anchor.key)
        below = anchor.below
        height = self._lay(index, number)
        while below < 0:
            if number:
                number -= 1
            elif index:
                index -= 1
                number = len(self.document(index).flat) - 1
            else:
                below = 0
                break
            below += self._lay(index, number)
        height = self._lay(index, number)
        while below >= height:
            if number + 1 < len(self.document(index).flat):
                number += 1
            elif index + 1 < self.model.count:
                index, number = index + 1, 0
            else:
                break
            below -= height
            height = self._lay(index, number)
        self.anchor = Anchor(index, self.document(index).key_of(number), below)

    def _walk_down(self) -> int:
        """List visible blocks; returns the bottom of the last one."""
        index, below = self.anchor.index, self.anchor.below
        document = self.document(index)
        number = document.position_of(self.anchor.key)
        y = -below
        visible: list[Placed] = []
        while y < self.viewport_height:
            if number >= len(document.flat):
                index += 1
                if index >= self.model.count:
                    break
                document, number = self.document(index), 0
                continue
            height = self._lay(index, number)
            if height:
                visible.append(Placed(y, index, number, document.flat[number]))
            y += height
            number += 1
        self.visible = visible
        return y

    def _forget_documents(self) -> None:
        if len(self.documents) <= MAX_DOCUMENTS:
            return
        shown = {placed.index for placed in self.visible}
        for index in list(self.documents):
            if len(self.documents) <= MAX_DOCUMENTS:
                break
            if index not in shown and not self.model.is_streaming(index):
                del self.documents[index]

    def _ask_for_missing(self) -> None:
        missing = {p.index for p in self.visible if isinstance(self.documents.get(p.index), PlaceholderDocument)}
        if missing:
            self.model.want(min(missing) - LOAD_AROUND, max(missing) + LOAD_AROUND)

    def arrived(self, first: int, last: int) -> None:
        """Texts came into memory: placeholders become messages and nothing visible moves."""
        replaced = [i for i in range(first, last + 1) if isinstance(self.documents.get(i), PlaceholderDocument)]
        if not replaced:
            return
        fixed = next(
            (p for p in self.visible if not isinstance(self.documents.get(p.index), PlaceholderDocument)), None
        )
        inside = self.anchor if fixed is None else None
        before = self.heights[self.anchor.index]
        for index in replaced:
            del self.documents[index]
            self.document(index)
        if self.sticking:
            return
        if fixed is not None:
            self.anchor = Anchor(fixed.index, self.document(fixed.index).key_of(fixed.number), -fixed.top)
        elif inside is not None and inside.index in replaced:
            document = self.document(inside.index)
            number, below = document.sums.find(inside.below * document.height // max(1, before))
            self.anchor = Anchor(inside.index, document.key_of(number), below)

    # -- scrolling

    def scroll_by(self, delta: int) -> None:
        """Move by `delta` pixels, positive is down. Any upward move lets go of the end."""
        if not self.model.count or not delta:
            return
        self.sticking = False
        self.anchor.below += delta
        self.arrange()
        self.sticking = self.at_end

    def jump_to_height(self, y: int) -> None:
        """Go to an estimated distance from the beginning: what dragging the scroll bar means."""
        if not self.model.count:
            return
        self.sticking = False
        index, offset = self.heights.find(max(0, y))
        before = self.heights[index]
        document = self.document(index)
        number, below = document.sums.find(offset * document.height // max(1, before))
        self.anchor = Anchor(index, document.key_of(number), below)
        self.arrange()
        self.sticking = self.at_end

    def jump_to_message(self, index: int) -> None:
        """Put the top of a message at the top of the viewport."""
        if self.model.count:
            self.sticking = False
            self.anchor = Anchor(max(0, min(index, self.model.count - 1)))
            self.arrange()
            self.sticking = self.at_end

    def jump_to_end(self) -> None:
        self.sticking = True
        self.arrange()

    def keep_in_place(self, index: int, number: int, top: int) -> None:
        """Arrange again so that this block's top stays at `top`; for blocks that open or fold."""
        document = self.document(index)
        self.sticking = False
        self.anchor = Anchor(index, document.key_of(number), -top)
        self.heights.set(index, document.height)
        self.arrange()
        self.sticking = self.at_end

    def reveal(self, index: int, number: int, *, margin: int = 0) -> None:
        """Scroll just so far that a block is visible, its beginning if it is higher than the viewport."""
        top = self.top_of(index, number)
        if top is None:
            document = self.document(index)
            self.sticking = False
            self.anchor = Anchor(index, document.key_of(number), -margin)
            self.arrange()
            self.sticking = self.at_end
            return
        bottom = top + self._lay(index, number)
        if top < margin:
            self.scroll_by(top - margin)
        elif bottom > self.viewport_height - margin:
            self.scroll_by(min(top - margin, bottom - self.viewport_height + margin))

    def top_of(self, index: int, number: int) -> int | None:
        """Where a visible block starts in the viewport; None: it is not visible."""
        return next((p.top for p in self.visible if p.index == index and p.number == number), None)

    # -- figures for the scroll bar

    @property
    def total_height(self) -> int:
        return self.heights.total + self.end_padding

    def position(self) -> int:
        """Estimated distance of the viewport's top from the beginning."""
        if not self.model.count:
            return 0
        document = self.document(self.anchor.index)
        number = document.position_of(self.anchor.key)
        return self.heights.top(self.anchor.index) + document.sums.top(number) + self.anchor.below
