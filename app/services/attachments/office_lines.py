"""The lines of text that come out of an Office document: paragraphs, and the rows of tables with tabs between cells."""

from __future__ import annotations

from app.services.attachments.office_package import Enough


class Lines:
    """Grows up to a number of characters, then raises `Enough`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: list[str] = []
        self._left = most

    @property
    def left(self) -> int:
        """Characters that are still wanted."""
        return self._left

    @property
    def text(self) -> str:
        """At most as many characters as were wanted, without blank lines at the ends."""
        return "\n".join(self._lines).strip("\n")[: self._most]

    def add(self, line: str) -> None:
        """Of several blank lines one is kept.

        Raises:
            Enough: this was the last one.
        """
        line = line.rstrip()
        if not line and (not self._lines or not self._lines[-1]):
            return
        self._lines.append(line)
        self._left -= len(line) + 1
        if self._left <= 0:
            raise Enough

    def heading(self, words: str) -> None:
        """What comes next, set apart from what was before."""
        self.add("")
        self.add(f"[{' '.join(words.split())}]")


class Flow:
    """Takes the events of running text; paragraphs go into lines, and those of a table's cell into its row."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._paragraphs: list[list[str]] = []
        self._rows = 0
        self._cells: list[list[str]] = []

    @property
    def in_paragraph(self) -> bool:
        return bool(self._paragraphs)

    def write(self, text: str) -> None:
        if self._paragraphs:
            self._paragraphs[-1].append(text)

    def paragraph_start(self) -> None:
        """One may begin within another: the text of a drawing."""
        self._paragraphs.append([])

    def paragraph_end(self) -> None:
        if not self._paragraphs:
            return
        text = "".join(self._paragraphs.pop())
        if self._rows:
            if self._cells and text.strip():
                self._cells[-1].append(" ".join(text.split()))
        else:
            self._lines.add(text)

    def row_start(self) -> None:
        """A table within a cell is part of that cell."""
        self._rows += 1

    def cell_start(self) -> None:
        if self._rows == 1:
            self._cells.append([])

    def row_end(self) -> None:
        self._rows -= 1
        if self._rows == 0:
            self._lines.add("\t".join(" ".join(cell) for cell in self._cells))
            self._cells = []
