"""An append-only scanner: markdown text in any pieces to blocks. A closed block is never looked at again.

The blocks are the same however the text was cut. Only the last block may be open; the unfinished line is shown
through `preview`, and long text is closed softly every `SOFT` characters, so that showing a little more of it never
costs more than one such piece.
"""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import Literal

from app.desktop.views.transcript.hostile import MAX_LIST_DEPTH, MAX_QUOTE_DEPTH
from app.lean_dataclass import dataclass

Kind = Literal["paragraph", "heading", "item", "code", "table", "rule"]

SOFT = 2_000  # longest stretch of prose that is laid out again while it grows
TABLE_ROWS = 48  # rows of one table block; a longer table goes on in further blocks of the same shape
HEAD = 4_096  # characters of an unfinished code line that can be shown

# Every pattern is linear: no two neighbouring parts can match the same characters.
_FENCE = re.compile(r"^( *)(`{3,}|~{3,})([^`]*)$")
_MATH = re.compile(r"^ *(\$\$|\\\[)[ \t]*$")
_MATH_LINE = re.compile(r"^ *(?:(\$\$)((?:[^$\\]|\\.)+)\$\$|(\\\[)((?:[^\\]|\\[^\]])+)\\\])[ \t]*$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?=[ \t]|$)")
_ITEM = re.compile(r"^( *)([-*+]|\d{1,9}[.)])(?:([ \t]+)(.*))?$")
_TASK = re.compile(r"^\[([ xX])\][ \t]+(.*)$")
_RULE = re.compile(r"^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_DELIMITER = re.compile(r"(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?")
_QUOTE = re.compile(r"^ {0,3}>[ \t]?")
_UNDECIDED = re.compile(r"[-*_+=|:#~`$\\\[\s>]*|\d{1,9}[.)]?")
_MATH_END = {"$$": "$$", "\\[": "\\]"}


@dataclass(slots=True)
class Source:
    """One block of source. `start` and `end` are code points in the message; `lines` have lost their container."""

    kind: Kind
    start: int
    end: int
    lines: list[str] = field(default_factory=list)
    level: int = 0  # of a heading: 1-6
    marker: str = ""  # of an item: "-", "3.", "☐", "☑"
    info: str = ""  # of code: what stands after the fence
    quote: int = 0  # how many quote bars
    indent: int = 0  # how many lists it is in
    fence: str = ""  # what closes it; "" for indented code
    open: bool = True
    revision: int = 0
    continues: bool = False  # the rest of a softly closed block: no space above
    strip: int = 0  # columns of container indentation taken off code lines
    head: Source | None = None  # of a continued table: the block with its header
    body_start: int = 0  # of code: where its first line starts in the message
    body_end: int = 0
    size: int = 0  # characters in `lines`

    @property
    def is_formula(self) -> bool:
        return self.fence in _MATH_END.values()


class Scanner:
    """feed() text, read `blocks`; finish() once at the end."""

    def __init__(self) -> None:
        self.blocks: list[Source] = []
        self._open: Source | None = None
        self._lists: list[tuple[int, int]] = []  # (marker column, content column), outermost first
        self._depth = 0  # quote bars of the last line
        self._resume: Source | None = None  # prose that was closed softly and may go on
        self._after_blank = True
        self._pieces: list[str] = []  # the unfinished line
        self._partial_length = 0
        self._glued = False  # the unfinished line is the rest of a line that was cut
        self._at = 0  # code points before the unfinished line
        self._line_start = 0  # start of the last line that went into an open paragraph

    @property
    def length(self) -> int:
        """Code points received."""
        return self._at + self._partial_length

    # -- feeding

    def feed(self, text: str) -> None:
        """Append text; any cut is fine."""
        if not text:
            return
        first, newline, rest = text.partition("\n")
        self._pieces.append(first)
        self._partial_length += len(first)
        if not newline:
            self._cut_long()
            return
        self._end_line()
        lines = rest.split("\n")
        last = lines.pop()
        for line in lines:
            self._pieces.append(line)
            self._partial_length = len(line)
            self._end_line()
        if last:
            self._pieces.append(last)
            self._partial_length = len(last)
            self._cut_long()

    def finish(self) -> None:
        """No more text comes: the unfinished line counts as a line."""
        if self._partial_length:
            self._cut_long()
            line = self._take()
            self._line(line, self._at, self._at + len(line), glued=self._glued)
            self._at += len(line)
        self._glued = False
        self._close()

    def _take(self) -> str:
        line = self._pieces[0] if len(self._pieces) == 1 else "".join(self._pieces)
        self._pieces.clear()
        self._partial_length = 0
        return line

    def _end_line(self) -> None:
        self._cut_long()
        line = self._take()
        start, self._at = self._at, self._at + len(line) + 1
        if line or not self._glued:
            self._line(line[:-1] if line.endswith("\r") else line, start, self._at, glued=self._glued)
        self._glued = False

    def _cut_long(self) -> None:
        """Commit pieces of an endless line of prose; code and table rows are bounded where they are drawn."""
        if self._partial_length <= SOFT or self._keeps_lines():
            return
        line = self._take()
        while len(line) > SOFT and not self._keeps_lines():
            cut = line.rfind(" ", SOFT // 2, SOFT) + 1 or SOFT
            self._line(line[:cut], self._at, self._at + cut, glued=self._glued)
            if not self._keeps_lines():
                self._close_softly()
            self._glued = True
            self._at += cut
            line = line[cut:]
        self._pieces = [line] if line else []
        self._partial_length = len(line)

    def _keeps_lines(self) -> bool:
        block = self._open
        return block is not None and (block.kind == "table" or (block.kind == "code" and bool(block.fence)))

    # -- the unfinished line

    def partial_code(self) -> str | None:
        """The beginning of the unfinished line inside an open fence; None outside one or where it may close it."""
        block = self._open
        if block is None or not block.fence or not self._partial_length:
            return None
        line = "".join(self._pieces)[:HEAD] if self._partial_length <= HEAD else self._head()
        bare = line.strip()
        if bare and block.fence.startswith(bare[: len(block.fence)]) and not bare.strip(block.fence[0]):
            return None
        return _strip_container(line, block)

    def _head(self) -> str:
        if len(self._pieces) > 1 and len(self._pieces[0]) < HEAD:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0][:HEAD]

    def preview(self) -> tuple[bool, list[Source]]:
        """What the unfinished prose line looks like now: (it extends the open block, blocks to show).

        With True the first of the blocks stands for the open one. Nothing is shown while the line could still
        become a different thing.
        """
        block = self._open
        if not self._partial_length or self._keeps_lines():
            return False, []
        line = "".join(self._pieces)
        if not self._glued and _UNDECIDED.fullmatch(line.strip(" \t\r>")):
            return False, []
        trial = Scanner()
        trial._lists, trial._depth = list(self._lists), self._depth
        trial._resume, trial._after_blank = self._resume, self._after_blank
        copy: Source | None = None
        if block is not None:
            copy = trial._open = replace(block, lines=list(block.lines))
        trial._line(line.rstrip("\r"), self._at, self._at + len(line), glued=self._glued)
        extended = copy is not None and block is not None and copy.revision != block.revision and copy.end != block.end
        shown = ([copy] if extended and copy is not None else []) + trial.blocks
        for source in shown:
            source.open = True
        return extended, shown

    # -- lines to blocks

    def _start(self, block: Source) -> Source:
        self._close()
        block.quote, block.indent = self._depth, min(len(self._lists), MAX_LIST_DEPTH)
        self.blocks.append(block)
        self._open = block
        self._resume = None
        self._after_blank = False
        return block

    def _close(self) -> None:
        block = self._open
        if block is None:
            return
        block.open = False
        block.revision += 1
        if block.kind == "code" and not block.fence:
            while block.lines and not block.lines[-1].strip():
                block.lines.pop()
        self._open = None

    def _close_softly(self) -> None:
        block = self._open or (self.blocks[-1] if self.blocks else None)
        self._close()
        self._resume = block

    def _append(self, text: str, start: int, end: int) -> None:
        block = self._open
        assert block is not None
        block.lines.append(text)
        block.size += len(text) + 1
        block.end = end
        block.revision += 1
        self._line_start = start
        self._after_blank = False

    def _prose(self, text: str, start: int, end: int) -> None:
        """A line of running text: it goes on with what is open, or starts a paragraph."""
        block = self._open
        if block is not None and block.kind in ("paragraph", "item"):
            self._append(text, start, end)
        else:
            resumed = self._resume
            block = self._start(Source("paragraph", start, start))
            if resumed is not None:
                block.continues, block.quote, block.indent = True, resumed.quote, resumed.indent
            self._append(text, start, end)
        if block.size > SOFT:
            self._close_softly()

    def _line(self, line: str, start: int, end: int, *, glued: bool = False) -> None:
        block = self._open
        if block is not None and block.kind == "code" and block.fence and self._code_line(block, line, start, end):
            return
        if glued:
            self._prose(line, start, end)
            return
        body, depth = _unquote(line, MAX_QUOTE_DEPTH)
        if not body.strip():
            self._blank(body, end)
            return
        if depth != self._depth and self._change_depth(body, depth, start, end):
            return
        self._block_line(body, start, end)

    def _blank(self, body: str, end: int) -> None:
        block = self._open
        self._resume = None
        self._after_blank = True
        if block is not None and block.kind == "code":
            block.lines.append(body[4:])
            return
        self._close()

    def _change_depth(self, body: str, depth: int, start: int, end: int) -> bool:
        """Quote bars came or went. True: the line goes on with the quoted paragraph all the same (lazily)."""
        block = self._open
        lazy = block is not None and block.kind == "paragraph" and depth < self._depth and not _starts_block(body)
        if lazy:
            self._prose(body.strip(), start, end)
            return True
        self._close()
        self._resume = None
        self._lists.clear()
        self._depth = depth
        return False

    def _block_line(self, body: str, start: int, end: int) -> None:
        spaces = body.expandtabs(4)
        column = len(spaces) - len(spaces.lstrip(" "))
        block = self._open
        if block is not None and block.kind == "code" and column >= 4 + block.strip:  # indented code goes on
            block.lines.append(spaces[4 + block.strip :])
            block.end = block.body_end = end
            block.revision += 1
            return
        if self._fence(spaces, column, start, end) or self._heading_or_rule(body, start, end):
            return
        if self._formula(spaces, column, start, end):
            return
        if self._item(spaces, start, end) or self._table(body, start, end):
            return
        block = self._open
        if block is None or block.kind == "code":
            self._leave_lists(column)
            inside = self._lists[-1][1] if self._lists else 0
            if self._after_blank and column >= inside + 4 and self._resume is None:
                self._start(
                    Source("code", start, end, [spaces[inside + 4 :]], body_start=start, body_end=end, strip=inside)
                )
                return
        self._prose(body.strip(" \t") if block is not None else body.lstrip(" \t"), start, end)

    def _leave_lists(self, column: int) -> None:
        while self._lists and column < self._lists[-1][0] + 2:
            self._lists.pop()

    def _fence(self, spaces: str, column: int, start: int, end: int) -> bool:
        found = _FENCE.match(spaces) or _MATH.match(spaces)
        if found is None or (column >= 4 and not self._lists):
            return False
        if self._after_blank or self._open is None:
            self._leave_lists(column)
        math = found.re is _MATH
        fence, info = (_MATH_END[found[1]], "LaTeX") if math else (found[2], found[3].strip())
        block = Source("code", start, end, info=info, fence=fence, strip=column, body_start=end, body_end=end)
        self._start(block)
        return True

    def _formula(self, spaces: str, column: int, start: int, end: int) -> bool:
        """A line that is nothing but a formula between its two marks."""
        found = _MATH_LINE.match(spaces)
        if found is None or (column >= 4 and not self._lists):
            return False
        if self._after_blank or self._open is None:
            self._leave_lists(column)
        text, opening = (found[2] or found[4]).strip(), found[1] or found[3]
        fence = _MATH_END[opening]
        block = Source("code", start, end, [text], info="LaTeX", fence=fence, strip=column, size=len(text))
        block.body_start, block.body_end = start, end
        self._start(block)
        self._close()
        return True

    def _code_line(self, block: Source, line: str, start: int, end: int) -> bool:
        body, depth = _unquote(line, block.quote)
        if depth < block.quote:
            self._close()
            return False
        bare = body.strip()
        block.revision += 1
        block.end = end
        if bare.startswith(block.fence) and not bare.strip(block.fence[0] if block.fence[0] in "`~" else block.fence):
            self._close()
            self._after_blank = True
            return True
        block.lines.append(_unindent(body, block.strip))
        block.size += len(body) + 1
        block.body_end = end
        return True

    def _heading_or_rule(self, body: str, start: int, end: int) -> bool:
        block = self._open
        if block is not None and block.kind == "paragraph" and _SETEXT.match(body) and len(block.lines) == 1:
            block.kind, block.level, block.end = "heading", 1 if "=" in body else 2, end
            self._close()
            return True
        found = _HEADING.match(body)
        if found is not None:
            self._leave_lists(0)
            title = body[found.end() :].strip(" \t")
            bare = title.rstrip("#")
            title = bare.rstrip(" \t") if not bare or bare[-1] in " \t" else title
            self._start(Source("heading", start, end, [title], level=len(found[1]), size=len(title)))
        elif _RULE.match(body):
            self._lists.clear()
            self._start(Source("rule", start, end))
        else:
            return False
        self._close()
        return True

    def _item(self, spaces: str, start: int, end: int) -> bool:
        found = _ITEM.match(spaces)
        if found is None:
            return False
        lead, marker, gap, text = len(found[1]), found[2], found[3] or " ", found[4] or ""
        block = self._open
        if (
            block is not None
            and block.kind == "paragraph"
            and not self._lists
            and (not text or (marker[0].isdigit() and marker[:-1] != "1"))
        ):
            return False  # "… in\n1984. It was": a number may not cut a paragraph in two
        if not self._lists and lead >= 4 and (block is not None or self._after_blank):
            return False
        self._close()
        self._leave_lists(lead)
        task = _TASK.match(text)
        if task is not None:
            marker, text = "☐" if task[1] == " " else "☑", task[2]
        self._lists.append((lead, lead + len(found[2]) + (len(gap) if len(gap) <= 4 else 1)))
        self._start(Source("item", start, start, marker=marker))
        self._append(text, start, end)
        return True

    def _table(self, body: str, start: int, end: int) -> bool:
        block = self._open
        if block is not None and block.kind == "table":
            if len(block.lines) >= TABLE_ROWS:
                head = block.head or block
                block = self._start(Source("table", start, start, head=head, continues=True))
            self._append(body, start, end)
            return True
        if block is None or block.kind != "paragraph" or not _DELIMITER.fullmatch(body.strip()) or "-" not in body:
            return False
        header = block.lines[-1]
        if "|" not in header or len(split_row(header)) != len(split_row(body)):
            return False
        if len(block.lines) > 1:  # the header is the last line of a paragraph: the rest stays one
            block.lines.pop()
            block.size -= len(header) + 1
            header_start = block.end = self._line_start
            block = self._start(Source("table", header_start, header_start))
            block.lines.append(header)
        block.kind = "table"
        block.size = 0
        self._append(body, start, end)
        return True


def _starts_block(body: str) -> bool:
    return any(pattern.match(body) for pattern in (_FENCE, _HEADING, _RULE, _ITEM, _MATH))


def _unquote(line: str, limit: int) -> tuple[str, int]:
    """Take up to `limit` quote marks off: (the rest, how many there were)."""
    depth = 0
    while depth < limit:
        found = _QUOTE.match(line)
        if found is None:
            break
        line = line[found.end() :]
        depth += 1
    return line, depth


def _unindent(line: str, columns: int) -> str:
    if not columns:
        return line
    taken = 0
    while taken < columns and taken < len(line) and line[taken] == " ":
        taken += 1
    return line[taken:]


def _strip_container(line: str, block: Source) -> str:
    return _unindent(_unquote(line, block.quote)[0], block.strip)


_CELL = re.compile(r"(?<!\\)\|")


def split_row(line: str) -> list[str]:
    """Cells of a table row; an escaped bar belongs to its cell."""
    line = line.strip()
    line = line.removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)]


def scan(text: str) -> list[Source]:
    """Blocks of a whole text."""
    scanner = Scanner()
    scanner.feed(text)
    scanner.finish()
    return scanner.blocks
