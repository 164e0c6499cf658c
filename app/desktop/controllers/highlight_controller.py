"""Joins the transcript's closed code blocks and formulas to the process that looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.desktop.views.transcript.blocks.formula import FORMULA
from app.desktop.views.transcript.inline_formulas import INLINE_FORMULA
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.desktop.engine import Engine
    from app.desktop.views.transcript.view import TranscriptView
    from app.services.highlighting.code_highlighter import CodeHighlighter
    from app.services.highlighting.formulas import Drawing, FormulaRenderer
    from app.services.highlighting.worker import Range


class HighlightController(QObject):
    """Signals:
    found(answer): to one `ask`: the colours of each line, or the drawing of a formula; None keeps what is there.
    """

    found = Signal(object)

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._highlighter: CodeHighlighter | None = None
        self._formulas: FormulaRenderer | None = None

    def ask(self, language: str, lines: list[str]) -> None:
        """Find the colours of a block, or its picture; `found` follows, whatever happens."""
        self._tasks.start(self._ask(language, lines), name="highlight.ask")

    def serve(self, view: TranscriptView) -> None:
        """Another transcript asks, too, and gets its own answers."""
        take = view.highlighter.take
        view.highlighter.wanted.connect(
            lambda language, lines: self._tasks.start(self._ask(language, lines, take), name="highlight.ask")
        )

    async def _ask(self, language: str, lines: list[str], take: Callable[[object], None] | None = None) -> None:
        answer: list[list[Range]] | Drawing | None = None
        try:
            if language in (FORMULA, INLINE_FORMULA):
                answer = await self._engine.run(self._drawing(lines, inline=language == INLINE_FORMULA))
            else:
                answer = await self._engine.run(self._ranges(language, lines))
        finally:
            (take or self.found.emit)(answer)

    async def _drawing(self, lines: list[str], *, inline: bool) -> Drawing | None:
        """On the engine's thread."""
        if self._formulas is None:
            from app.services.highlighting.formulas import FormulaRenderer  # here: most chats hold none

            self._formulas = FormulaRenderer()
        return await self._formulas.drawing("\n".join(lines), inline=inline)

    async def _ranges(self, language: str, lines: list[str]) -> list[list[Range]] | None:
        """On the engine's thread."""
        if self._highlighter is None:
            from app.services.highlighting.code_highlighter import CodeHighlighter  # here: after first paint

            self._highlighter = CodeHighlighter()
        return await self._highlighter.ranges(language, lines)

    async def aclose(self) -> None:
        """Cancel what is asked and end the processes."""
        await self._tasks.aclose()
        for one in (self._highlighter, self._formulas):
            if one is not None:
                await self._engine.run(one.aclose())
