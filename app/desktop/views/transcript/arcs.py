"""Busy arcs that turn and seconds that count, while one of them is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QTimer

from app.desktop.motion import ARC_INTERVAL_MS
from app.desktop.views.transcript.blocks.frame import PhaseBlock, ThinkingBlock

if TYPE_CHECKING:
    from app.desktop.views.transcript.view import TranscriptView

STEPS = 12


class Arcs:
    """One clock for all of a view's arcs; `step` is where they stand."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self.step = 0
        self._timer = QTimer(view)
        self._timer.setInterval(ARC_INTERVAL_MS)
        self._timer.timeout.connect(self._turn)

    def look(self) -> None:
        """Start or stop, after what is visible."""
        wanted = any(
            isinstance(p.block, PhaseBlock) or (isinstance(p.block, ThinkingBlock) and p.block.running)
            for p in self._view.flow.visible
        )
        if wanted and self._view.isVisible():
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()

    def _turn(self) -> None:
        view = self._view
        if not view.theme.reduced_motion:
            self.step = (self.step + 1) % STEPS
        for placed in view.flow.visible:
            if isinstance(placed.block, ThinkingBlock) and placed.block.running:
                seconds = view.model.reasoning_elapsed(placed.index)
                if placed.block.seconds is None or int(seconds or 0) == int(placed.block.seconds):
                    continue
                placed.block.seconds = seconds
            elif not isinstance(placed.block, PhaseBlock):
                continue
            view.viewport().update(QRect(0, placed.top, view.viewport().width(), placed.block.height))
        self.look()
