"""The card of the built-in engine: its state, where its model files lie, and the user's own llama-server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.models.settings_form import EngineFacts, provider_path
from app.desktop.views.settings.controls import text_label
from app.desktop.views.settings.fields import Field, NumberField, PathField, PathsField
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme

FOLDER_LINES = 3
SIDE_BY_SIDE = 640


class EngineCard(QFrame):
    """Shows `EngineFacts`; its fields belong to the page."""

    def __init__(self, theme: Theme, instance_id: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("card", True)
        self._light = StateLight(theme, self)
        self._words = text_label(theme, "", "body", "text2", parent=self)
        self._trouble = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self._trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._trouble.hide()
        self.folders = PathsField(
            theme,
            provider_path(instance_id, "folders"),
            self.tr("Folders with GGUF files"),
            lines=FOLDER_LINES,
            hint=self.tr("One a line. Those of LM Studio, Ollama and Hugging Face are looked through anyway."),
        )
        self.executable = PathField(
            theme,
            provider_path(instance_id, "executable"),
            self.tr("Your own llama-server"),
            mono=True,
            hint=self.tr("Full path. Used in place of the library, for graphics cards."),
        )
        self.executable.edit.setMaximumWidth(16_777_215)
        self.idle = NumberField(
            theme,
            provider_path(instance_id, "idle_minutes"),
            self.tr("Unload a model nobody asked for"),
            least=1,
            most=10_080,
            unit="min",
            name=self.tr("Unload a model after, {name}").format(name=name),
        )
        self._arrange(name)

    @property
    def fields(self) -> tuple[Field, ...]:
        return (self.folders, self.executable, self.idle)

    def _arrange(self, name: str) -> None:
        theme = self._theme
        head = QHBoxLayout()
        head.setSpacing(theme.px(8))
        head.addWidget(self._light)
        head.addWidget(text_label(theme, name, "section", parent=self))
        head.addWidget(self._words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(16), theme.px(12), theme.px(16), theme.px(12))
        column.setSpacing(theme.px(12))
        column.addLayout(head)
        column.addWidget(self._trouble)
        right = QVBoxLayout()
        right.setSpacing(theme.px(12))
        right.addWidget(self.executable)
        right.addWidget(self.idle)
        right.addStretch(1)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._halves.setSpacing(theme.px(16))
        self._halves.addWidget(self.folders, 1, Qt.AlignmentFlag.AlignTop)
        self._halves.addLayout(right, 1)
        column.addLayout(self._halves)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self._theme.px(SIDE_BY_SIDE)
        directions = QBoxLayout.Direction
        self._halves.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)

    def show_facts(self, facts: EngineFacts) -> None:
        self._light.set_glyph(facts.glyph)
        self._words.setText(facts.words)
        self._trouble.setText(facts.trouble)
        self._trouble.setVisible(bool(facts.trouble))
