"""The fields of a load: template, window, graphics card, time in memory, batch. What cannot be had says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.desktop.models.load_facts import BATCH, CONTEXT, GPU, STAYS, TIMES_S, TTL, LoadFormFacts, time_words
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.token_counts import short_count
from app.desktop.views.settings.controls import ChoiceBox, NumberBox, text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme

LABEL_WIDTH, CONTROL_WIDTH, SHARE_WIDTH = 120, 184, 80
CONTEXT_STEP, MOST_CONTEXT = 1_024, 1 << 24
BATCH_STEP, MOST_BATCH = 128, 1 << 16
#: In place of a value: the server decides; a share of the graphics card is chosen beside.
DEFAULT, SHARE = "", "share"


class LoadFields(QWidget):
    """Signals:
    context_changed(): another window is chosen.
    changed(): anything else is.
    """

    context_changed = Signal()
    changed = Signal()

    def __init__(self, theme: Theme, facts: LoadFormFacts, template: QWidget, parent: QWidget | None = None) -> None:
        """`template`: the choice that stands first."""
        super().__init__(parent)
        self._theme = theme
        self._facts = facts
        self._make_context_and_batch()
        self._make_gpu()
        self._make_ttl()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(12))
        self._grid.setVerticalSpacing(theme.px(8))
        self._grid.setColumnMinimumWidth(0, theme.px(LABEL_WIDTH))
        self._grid.setColumnStretch(2, 1)
        most = self.tr("of {n} at most").format(n=short_count(facts.most_context)) if facts.most_context else ""
        self._add(self.tr("Template"), template, text_label(theme, "", "small", parent=self))
        self._add(self.tr("Context window"), self.context, text_label(theme, most, "small", "text3", parent=self))
        self._add(self.tr("GPU"), self.gpu, self.share)
        self._add(self.tr("Keep in memory"), self.ttl, text_label(theme, "", "small", parent=self))
        self._add(self.tr("Batch size"), self.batch, text_label(theme, "", "small", parent=self))

    def _make_context_and_batch(self) -> None:
        default = self.tr("Default")
        most = self._facts.most_context or MOST_CONTEXT
        self.context = _number(self._theme, CONTEXT_STEP, most, default, self)
        self.context.setAccessibleName(self.tr("Context window"))
        self.context.valueChanged.connect(lambda _value: self._on_context())
        self.batch = _number(self._theme, BATCH_STEP, MOST_BATCH, default, self)
        self.batch.setAccessibleName(self.tr("Batch size"))
        self.batch.valueChanged.connect(lambda _value: self._on_changed())

    def _make_gpu(self) -> None:
        self.gpu = ChoiceBox(self._theme, self)
        self.gpu.setAccessibleName(self.tr("GPU"))
        choices = ((self.tr("Default"), DEFAULT), (self.tr("Off"), "off"), (self.tr("Max"), "max"))
        for text, value in (*choices, (self.tr("A share"), SHARE)):
            self.gpu.addItem(text, value)
        self.share = NumberBox(self._theme, self)
        self.share.setAccessibleName(self.tr("GPU share"))
        self.share.setRange(1, 99)
        self.share.setValue(50)
        self.share.setSuffix(self.tr(" %"))
        self.share.setFixedWidth(self._theme.px(SHARE_WIDTH))
        self.gpu.currentIndexChanged.connect(lambda _index: self._on_changed())

    def _make_ttl(self) -> None:
        self.ttl = ChoiceBox(self._theme, self)
        self.ttl.setAccessibleName(self.tr("Keep in memory"))
        self.ttl.addItem(self.tr("Default"), DEFAULT)
        for seconds in TIMES_S:
            self.ttl.addItem(time_words(seconds), seconds)
        self.ttl.addItem(self.tr("Until it is unloaded"), STAYS)
        self.ttl.currentIndexChanged.connect(lambda _index: self._on_changed())

    def _add(self, label: str, control: QWidget, beside: QWidget) -> None:
        row = self._grid.rowCount()
        text = text_label(self._theme, label, "small", "text2", parent=self)
        text.setBuddy(control)
        control.setFixedWidth(self._theme.px(CONTROL_WIDTH))
        for column, widget in enumerate((text, control, beside)):
            self._grid.addWidget(widget, row, column)

    # -- filling and reading

    def fill(self, values: Mapping[str, Any]) -> None:
        """Show these options; one that the runtime does not take stays with its default."""
        taken = {name: value for name, value in values.items() if name not in self._facts.refused}
        blocked = [QSignalBlocker(control) for control in self._controls().values()]
        self.context.setValue(min(int(taken.get(CONTEXT, 0)), self.context.maximum()))
        self.batch.setValue(min(int(taken.get(BATCH, 0)), MOST_BATCH))
        self._show_gpu(taken.get(GPU, DEFAULT))
        self._show_ttl(taken.get(TTL, DEFAULT))
        for blocker in blocked:
            blocker.unblock()
        self._on_changed()
        self.context_changed.emit()

    def _show_gpu(self, value: Any) -> None:
        ends: dict[float, str] = {0: "off", 1: "max"}
        value = ends.get(value, value) if isinstance(value, int | float) else value
        if isinstance(value, float):
            self.share.setValue(max(1, min(99, round(value * 100))))
            value = SHARE
        self.gpu.setCurrentIndex(self.gpu.findData(value))

    def _show_ttl(self, value: Any) -> None:
        value = float(value) if isinstance(value, int | float) else value
        index = self.ttl.findData(value)
        if index < 0:  # a time of the terminal's, or of a template
            index = self.ttl.count() - 1
            self.ttl.insertItem(index, time_words(value), value)
        self.ttl.setCurrentIndex(index)

    def values(self) -> dict[str, Any]:
        """What was chosen, without what is left to the server."""
        return {name: value for name, value in self._chosen().items() if self._controls()[name].isEnabled()}

    def _chosen(self) -> dict[str, Any]:
        gpu = self.gpu.currentData()
        shown = {
            CONTEXT: self.context.value() or DEFAULT,
            GPU: self.share.value() / 100 if gpu == SHARE else gpu,
            TTL: self.ttl.currentData(),
            BATCH: self.batch.value() or DEFAULT,
        }
        return {name: value for name, value in shown.items() if value != DEFAULT}

    def _controls(self) -> dict[str, QWidget]:
        return {CONTEXT: self.context, GPU: self.gpu, TTL: self.ttl, BATCH: self.batch}

    def _on_context(self) -> None:
        self._on_changed()
        self.context_changed.emit()

    def _on_changed(self) -> None:
        """What cannot be had, or not together with what is chosen, is off."""
        reasons = self._reasons()
        for name, control in self._controls().items():
            why = reasons.get(name, "")
            control.setEnabled(not why)
            control.setToolTip(plain_tooltip(why))
            control.setAccessibleDescription(why)
        self.share.setVisible(self.gpu.currentData() == SHARE)
        self.share.setEnabled(self.gpu.isEnabled())
        self.changed.emit()

    def _reasons(self) -> dict[str, str]:
        reasons = dict(self._facts.refused)
        chosen = self._chosen()
        for name, (others, why) in self._facts.apart.items():
            if any(other in chosen for other in others if other not in reasons):
                reasons.setdefault(name, why)
            elif name in chosen:
                reasons |= {other: why for other in others if other not in reasons}
        return reasons


def _number(theme: Theme, step: int, most: int, default: str, parent: QWidget) -> NumberBox:
    """A number that may be left to the server: 0 reads as that."""
    box = NumberBox(theme, parent)
    box.setRange(0, most)
    box.setSingleStep(step)
    box.setSpecialValueText(default)
    box.setGroupSeparatorShown(True)
    return box
