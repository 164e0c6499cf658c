"""Joins the transcript's closed code blocks to the highlighting process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.highlighting.code_highlighter import CodeHighlighter
    from app.services.highlighting.worker import Range


class HighlightController(QObject):
    """Signals:
    found(ranges): the answer to one `ask`; None keeps the colours that are there.
    """

    found = Signal(object)

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._highlighter: CodeHighlighter | None = None

    def ask(self, language: str, lines: list[str]) -> None:
        """Find the colours of a block; `found` follows, whatever happens."""
        self._tasks.start(self._ask(language, lines), name="highlight.ask")

    async def _ask(self, language: str, lines: list[str]) -> None:
        ranges: list[list[Range]] | None = None
        try:
            ranges = await self._engine.run(self._ranges(language, lines))
        finally:
            self.found.emit(ranges)

    async def _ranges(self, language: str, lines: list[str]) -> list[list[Range]] | None:
        """On the engine's thread."""
        if self._highlighter is None:
            from app.services.highlighting.code_highlighter import CodeHighlighter  # here: after first paint

            self._highlighter = CodeHighlighter()
        return await self._highlighter.ranges(language, lines)

    async def aclose(self) -> None:
        """Cancel what is asked and end the process."""
        await self._tasks.aclose()
        if self._highlighter is not None:
            await self._engine.run(self._highlighter.aclose())
