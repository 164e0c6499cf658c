"""The way to the newest line, shown where it is short; a longer one is a jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QVariantAnimation

if TYPE_CHECKING:
    from app.desktop.views.transcript.flow import Anchor
    from app.desktop.views.transcript.view import TranscriptView

TO_LATEST_MS = 160


class Glide:
    """Moves a view to its end within one screen. Whatever else moves the view meanwhile ends it."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._done = 0  # pixels
        self._left_at: tuple[Anchor, int] | None = None  # where the last step left the view, and how wide it was
        self._animation = QVariantAnimation(view)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.valueChanged.connect(self._step)
        self._animation.finished.connect(self._arrive)

    @property
    def is_running(self) -> bool:
        return self._animation.state() == QVariantAnimation.State.Running

    def start(self) -> None:
        view, flow = self._view, self._view.flow
        self._stop()
        duration = view.theme.motion.duration_ms(TO_LATEST_MS)
        page = view.viewport().height()
        distance = flow.total_height - flow.position() - page
        if not duration or not 0 < distance <= page or not view.isVisible():
            view.jump_to_latest()
            return
        self._done = 0
        self._left_at = self._place()
        self._animation.setDuration(duration)
        self._animation.setStartValue(0)
        self._animation.setEndValue(distance)
        self._animation.start()

    def _place(self) -> tuple[Anchor, int]:
        anchor = self._view.flow.anchor
        return type(anchor)(anchor.index, anchor.key, anchor.below), self._view.flow.width

    def _step(self, value: object) -> None:
        assert isinstance(value, int), "start and end value are whole pixels"
        if self._left_at is None or not value:
            return
        if self._place() != self._left_at:
            self._stop()
            return
        self._view.scroll_by(value - self._done)
        self._done = value
        self._left_at = self._place()

    def _arrive(self) -> None:
        if self._left_at is not None:
            self._left_at = None
            self._view.jump_to_latest()

    def _stop(self) -> None:
        self._left_at = None
        self._animation.stop()
