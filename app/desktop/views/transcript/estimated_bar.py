"""The scroll bar of a transcript: it shows estimates, since blocks that nobody looked at are not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractSlider

if TYPE_CHECKING:
    from app.desktop.views.transcript.view import TranscriptView

STEP = 40


class EstimatedBar:
    """Puts a view's bar where the view is, and moves the view where the bar is pulled."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._is_placing = False
        self._last_value = 0
        #: Of the handle in its groove while an answer streams, else None.
        self._handle_ratio: float | None = None
        bar = view.verticalScrollBar()
        bar.setSingleStep(STEP)
        bar.valueChanged.connect(self._on_value_changed)
        bar.actionTriggered.connect(self._on_action)

    def forget(self) -> None:
        """Another conversation is shown."""
        self._handle_ratio = None

    def watch_stream(self) -> None:
        """An answer may have begun or ended."""
        if self._view.model.streaming_index() is None:
            self._handle_ratio = None
        elif self._handle_ratio is None:
            bar = self._view.verticalScrollBar()
            self._handle_ratio = bar.pageStep() / max(1, bar.pageStep() + bar.maximum())

    def place(self) -> None:
        """After arranging: the bar says what the flow says."""
        flow, bar = self._view.flow, self._view.verticalScrollBar()
        page = max(1, self._view.viewport().height())
        maximum = max(0, flow.total_height - page)
        step = page
        if self._handle_ratio is not None and maximum:  # the handle does not shrink while an answer streams
            step = max(page, int(maximum * self._handle_ratio / max(0.02, 1 - self._handle_ratio)))
        value = maximum if flow.sticking else min(maximum, flow.position())
        if (bar.maximum(), bar.pageStep(), bar.value()) == (maximum, step, value):
            return
        self._is_placing = True
        bar.setRange(0, maximum)
        bar.setPageStep(step)
        bar.setValue(value)
        self._last_value = value
        self._is_placing = False

    def _on_action(self, action: int) -> None:
        view = self._view
        page = max(40, view.viewport().height() - view.look.px(48))
        steps = {
            QAbstractSlider.SliderAction.SliderSingleStepAdd.value: STEP,
            QAbstractSlider.SliderAction.SliderSingleStepSub.value: -STEP,
            QAbstractSlider.SliderAction.SliderPageStepAdd.value: page,
            QAbstractSlider.SliderAction.SliderPageStepSub.value: -page,
        }
        if action in steps:
            view.verticalScrollBar().setSliderPosition(self._last_value)
            view.scroll_by(steps[action])

    def _on_value_changed(self, value: int) -> None:
        if self._is_placing:
            return
        view = self._view
        delta = value - self._last_value
        self._last_value = value
        if value >= view.verticalScrollBar().maximum():
            view.jump_to_latest()
        elif abs(delta) < view.viewport().height():
            view.scroll_by(delta)
        else:
            view.flow.jump_to_height(value)
            view.refresh()
