"""One message as blocks: what stands around the text, the text itself, and how high each block is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.desktop.views.transcript.blocks.attachments import AttachmentsBlock
from app.desktop.views.transcript.blocks.base import Block
from app.desktop.views.transcript.blocks.boundary import BoundaryBlock
from app.desktop.views.transcript.blocks.code import FOLD_OVER, CodeBlock
from app.desktop.views.transcript.blocks.formula import FormulaBlock
from app.desktop.views.transcript.blocks.frame import (
    CutBlock,
    HeaderBlock,
    MetricsBlock,
    PhaseBlock,
    PlaceholderBlock,
    SpacerBlock,
    ThinkingBlock,
)
from app.desktop.views.transcript.blocks.note import NoteBlock
from app.desktop.views.transcript.blocks.table import TableBlock, TableShape
from app.desktop.views.transcript.blocks.text import RuleBlock, TextBlock
from app.desktop.views.transcript.heights import Heights
from app.desktop.views.transcript.scanner import Scanner, Source

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptMessage
    from app.desktop.views.transcript.look import Look

# Where a block is inside its message: (section, number). Sections keep their numbers when others grow or close.
Key = tuple[int, int]
HEAD, REASONING, BODY, TAIL, SUMMARY = 0, 1, 2, 3, 4

MAX_BLOCKS = 12_000  # of one text; about 4 MB of prose. What is behind them is in the copy and said to be there.
SCAN_PIECE = 65_536  # characters between two looks at that bound


class Section:
    """The blocks of one text: a message's answer or its thinking."""

    def __init__(self, look: Look, *, style: str = "reading", hard_breaks: bool = False) -> None:
        self._look = look
        self._style = style
        self._hard_breaks = hard_breaks
        self._scanner = Scanner()
        self.blocks: list[Block] = []
        self._settled = 0  # blocks before this one are closed and stay as they are
        self._fold = False
        self._finished = False
        self._unshown = 0  # characters beyond the bound

    def load(self, text: str, *, complete: bool) -> None:
        """A text that is there already. Long code is folded only then: what streamed by does not shrink."""
        self._fold = complete
        self._scan(text)
        if complete:
            self._scanner.finish()
            self._finished = True
        self.sync()

    def _scan(self, text: str) -> None:
        """Feed the scanner up to the bound; the rest is only counted."""
        for at in range(0, len(text), SCAN_PIECE):
            if len(self._scanner.blocks) >= MAX_BLOCKS:
                self._unshown += len(text) - at
                return
            self._scanner.feed(text[at : at + SCAN_PIECE])

    def feed(self, text: str) -> int:
        """More text; returns the number of the first block that differs."""
        self._scan(text)
        return self.sync()

    def finish(self) -> int:
        """No more text; returns the number of the first block that differs."""
        if self._finished:
            return len(self.blocks)
        self._finished = True
        self._scanner.finish()
        return self.sync()

    def sources(self) -> list[Source]:
        return self._scanner.blocks

    def sync(self) -> int:
        """Bring `blocks` up to the scanner; cost is that of the open block and what came after it."""
        committed = self._scanner.blocks
        first = max(0, min(self._settled, len(committed)) - 1)
        extended, preview = self._scanner.preview() if not self._finished else (False, [])
        del self.blocks[len(committed) :]  # earlier previews
        for number in range(first, len(committed)):
            source = committed[number]
            shown = preview[0] if extended and number == len(committed) - 1 else source
            if number < len(self.blocks) and self._fits(self.blocks[number], shown):
                block = self.blocks[number]
                if isinstance(block, (TextBlock, CodeBlock, TableBlock)):
                    block.source = shown
            else:
                block = self._make(shown, committed[number - 1] if number else None)
                self.blocks[number : number + 1] = [block]
            if isinstance(block, CodeBlock):
                block.tail = self._scanner.partial_code() if source.open else None
            block.exact = False
        for source in preview[1 if extended else 0 :]:
            self.blocks.append(self._make(source, self._source_before(source)))
        if self._unshown:
            self.blocks.append(CutBlock(gap=self._look.px(12), characters=self._unshown))
        self._settled = len(committed)
        return first

    def _source_before(self, source: Source) -> Source | None:
        if not self.blocks:
            return None
        return getattr(self.blocks[-1], "source", None) or Source("rule", 0, 0)

    @staticmethod
    def _fits(block: Block, source: Source) -> bool:
        kind = {"code": "code", "table": "table", "rule": "rule"}.get(source.kind, "text")
        return block.kind == kind

    def _make(self, source: Source, before: Source | None) -> Block:
        gap = self._gap(before, source)
        if source.kind == "code":
            folded = self._fold and len(source.lines) > FOLD_OVER
            made = FormulaBlock if source.is_formula else CodeBlock
            return made(gap=gap, source=source, folded=folded)
        if source.kind == "table":
            return TableBlock(gap=gap, source=source, shape=self._shape(source))
        if source.kind == "rule":
            return RuleBlock(gap=gap)
        joined = min(before.quote, source.quote) if before is not None else 0
        return TextBlock(gap=gap, source=source, style=self._style, hard_breaks=self._hard_breaks, joined_bars=joined)

    def _shape(self, source: Source) -> TableShape:
        if source.head is not None:
            for block in reversed(self.blocks):
                if isinstance(block, TableBlock) and block.shape.source is source.head:
                    return block.shape
        return TableShape(source.head or source)

    def _gap(self, before: Source | None, source: Source) -> int:
        px = self._look.px
        if before is None or source.continues:
            return 0
        if before.kind == "heading":
            return px(8)
        if source.kind == "heading":
            return px(20)
        if source.kind == "item" and (before.kind == "item" or source.indent > 1):
            return px(4)
        if "code" in (before.kind, source.kind) or "table" in (before.kind, source.kind):
            return px(16 if before.kind in ("code", "table") else 12)
        return px(8 if source.kind == "item" or source.indent else 12)


class MessageDocument:
    """All blocks of one message in order, with their heights; exact once laid out."""

    def __init__(
        self,
        look: Look,
        width: int,
        message: TranscriptMessage,
        *,
        streaming: bool,
        last: bool,
        open_thinking: bool = False,
    ) -> None:
        """`open_thinking`: the reader wants to see thinking without a click."""
        self.look, self.width = look, width
        self._open_thinking = open_thinking
        self.message = message
        self._head: list[Block] = [HeaderBlock(message=message), ThinkingBlock()]
        self._body = Section(look, hard_breaks=message.role == "user")
        self._reasoning: Section | None = None
        self._reasoning_text: list[str] = [message.reasoning] if message.reasoning else []
        self.streaming = streaming
        self._tail: list[Block] = []
        self._summary: Section | None = None
        self.flat: list[Block] = []
        self.sums = Heights()
        self._body.load(message.text, complete=not streaming)
        self._last = last
        self._make_tail()
        self._sync_thinking()
        self._rebuild(0)
        if open_thinking and self.thinking.present:
            self.toggle_thinking()

    # -- order and keys

    @property
    def height(self) -> int:
        return self.sums.total

    def _sections(self) -> tuple[list[Block], ...]:
        reasoning = self._reasoning.blocks if self._reasoning is not None and self.thinking.opened else []
        boundary = self.boundary
        summary = self._summary.blocks if self._summary is not None and boundary is not None and boundary.opened else []
        return self._head, reasoning, self._body.blocks, self._tail, summary

    @property
    def boundary(self) -> BoundaryBlock | None:
        """The line below which messages are sent to the model, where it stands under this one."""
        last = self._tail[-1] if self._tail else None
        return last if isinstance(last, BoundaryBlock) else None

    def key_of(self, number: int) -> Key:
        """Section and number of a flat position."""
        for section, blocks in enumerate(self._sections()):
            if number < len(blocks):
                return section, number
            number -= len(blocks)
        return TAIL, max(0, len(self._tail) - 1)

    def position_of(self, key: Key) -> int:
        """Flat position of a key; the nearest one where that block is gone."""
        sections = self._sections()
        before = sum(len(blocks) for blocks in sections[: key[0]])
        return max(0, min(before + min(key[1], max(0, len(sections[key[0]]) - 1)), len(self.flat) - 1))

    def body_sources(self) -> list[Source]:
        return self._body.sources()

    @property
    def thinking(self) -> ThinkingBlock:
        block = self._head[1]
        assert isinstance(block, ThinkingBlock)
        return block

    def find(self, kind: type[Block]) -> Block | None:
        return next((block for block in self.flat if isinstance(block, kind)), None)

    # -- heights

    def _rebuild(self, start: int) -> None:
        """Flat positions from `start` on are new or differ."""
        self.flat[start:] = [block for blocks in self._sections() for block in blocks][start:]
        self.sums.truncate(min(start, len(self.sums)))
        for block in self.flat[len(self.sums) :]:
            if not block.exact:
                block.height = block.estimate(self.look, self.width)
            self.sums.append(block.height)

    def lay(self, number: int) -> int:
        """Make one block exact; returns its height."""
        block = self.flat[number]
        if not block.exact:
            self.sums.set(number, block.layout(self.look, self.width))
        return block.height

    def relayout(self, number: int) -> None:
        """The block at `number` changed by itself (folded, opened, wrapped)."""
        self.flat[number].exact = False
        self.lay(number)

    def set_width(self, width: int) -> None:
        """Another column width: everything is an estimate again."""
        self.width = width
        for block in self.flat:
            block.discard_layout()
        self._rebuild(0)

    # -- growing

    def append_text(self, text: str) -> int:
        """More of the answer; returns the flat position of the first block that differs."""
        if self.thinking.running:
            self._sync_thinking()
            self._rebuild(0)
        return self._changed_from(self._body.feed(text), BODY)

    def append_reasoning(self, text: str, seconds: float | None) -> None:
        self._reasoning_text.append(text)
        thinking = self.thinking
        thinking.tail = " ".join((thinking.tail + text)[-160:].split())
        was_present = thinking.present
        thinking.present, thinking.running, thinking.seconds = True, True, seconds
        thinking.layout(self.look, self.width)
        if self._reasoning is not None:
            first = self._reasoning.feed(text)
            if thinking.opened:
                self._changed_from(first, REASONING)
        if not was_present:
            self._rebuild(0)
            if self._open_thinking and not thinking.opened:
                self.toggle_thinking()

    def _changed_from(self, number: int, section: int) -> int:
        position = number + sum(len(blocks) for blocks in self._sections()[:section])
        self._rebuild(position)
        return position

    def finish(self, message: TranscriptMessage) -> None:
        """The stream ended; what is shown stays, header, note and metrics are made anew."""
        self.streaming = False
        if self._reasoning is not None:
            self._reasoning.finish()
        first = self._body.finish()
        self.update_message(message)
        self._changed_from(first, BODY)

    def update_message(self, message: TranscriptMessage) -> None:
        """Header, phase, note or metrics differ; the text does not."""
        self.message = message
        header = self._head[0]
        assert isinstance(header, HeaderBlock)
        header.message = message
        header.exact = False
        self._make_tail()
        self._sync_thinking()
        self._rebuild(0)

    def set_last(self, last: bool) -> None:
        """Only the last answer shows its actions without being pointed at."""
        self._last = last
        for block in self._tail:
            if isinstance(block, MetricsBlock):
                block.last = last

    def _sync_thinking(self) -> None:
        thinking, message = self.thinking, self.message
        thinking.present = bool(message.reasoning or self._reasoning_text)
        thinking.seconds = message.reasoning_seconds
        thinking.running = self.streaming and thinking.present and message.reasoning_seconds is None
        thinking.exact = False

    def _make_tail(self) -> None:
        message, px = self.message, self.look.px
        opened = next((block.opened for block in self._tail if isinstance(block, NoteBlock)), False)
        before = self.boundary
        self._tail = []
        has_text = bool(self._body.blocks)
        if message.phase:
            self._tail.append(PhaseBlock(text=message.phase))
        if message.attachments:
            self._tail.append(AttachmentsBlock(message=message))
        if message.note is not None:
            self._tail.append(NoteBlock(gap=px(12 if has_text else 0), note=message.note, opened=opened))
        if message.role == "assistant" and not message.is_page:
            self._tail.append(MetricsBlock(message=message, last=self._last))
        else:
            self._tail.append(SpacerBlock())
        if message.boundary is not None:
            same = before is not None and before.boundary == message.boundary
            self._summary = self._summary if same else None
            self._tail.append(
                BoundaryBlock(boundary=message.boundary, opened=before is not None and same and before.opened)
            )

    def toggle_summary(self) -> None:
        """Open or close the summary of what is not sent any more."""
        boundary = self.boundary
        if boundary is None:
            return
        boundary.opened = not boundary.opened
        if self._summary is None:
            self._summary = Section(self.look, style="thinking")
            self._summary.load(boundary.boundary.summary, complete=True)
        boundary.exact = False
        self._rebuild(0)

    # -- thinking

    def toggle_thinking(self) -> None:
        """Open or close the thinking; its text is parsed when it is opened for the first time."""
        thinking = self.thinking
        thinking.opened = not thinking.opened
        if thinking.opened and self._reasoning is None:
            self._reasoning = Section(self.look, style="thinking")
            self._reasoning.load("".join(self._reasoning_text), complete=not self.streaming)
        if self._reasoning is not None and self._body.blocks:
            first = self._body.blocks[0]
            first.gap = self.look.px(12) if thinking.opened else 0
            first.exact = False
            first.discard_layout()
        thinking.exact = False
        self._rebuild(0)


class PlaceholderDocument(MessageDocument):
    """Stands for a message whose text is not in memory: one empty block of the estimated height."""

    def __init__(self, look: Look, width: int, height: int) -> None:
        self.look, self.width = look, width
        self._head = [PlaceholderBlock(height=height, exact=True)]
        self._tail = []
        self.flat = list(self._head)
        self.sums = Heights([height])
        self.streaming = False

    def _sections(self) -> tuple[list[Block], ...]:
        return self._head, [], [], [], []

    def set_width(self, width: int) -> None:
        self.width = width

    def set_last(self, last: bool) -> None:
        return
