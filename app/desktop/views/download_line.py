"""One download: what, how far, what went wrong, and its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.desktop.models.download_facts import DownloadFacts
from app.desktop.views.chat.header import ElidedLabel
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme

FINE = 1_000
"""Steps of the bar."""


def tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)


class DownloadLine(QWidget):
    """Signals:
    acted(key, action): one of `DownloadFacts.actions`.
    """

    acted = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: DownloadFacts | None = None
        px = theme.px
        self._light = StateLight(theme, self)
        self._name = ElidedLabel(self)
        self._name.setFont(theme.font("body-medium"))
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, FINE)
        self.words = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self.words.setFont(theme.font("small", tabular=True))
        self.problem = text_label(theme, "", "small", "error", wrap=True, parent=self)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.buttons: dict[str, QPushButton] = {}
        theme.changed.connect(self._show_name)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self._light)
        head.addWidget(self._name, 1)
        for action, text in self._button_texts().items():
            button = self.buttons[action] = push_button(theme, text, small=True, parent=self)
            button.clicked.connect(lambda _checked=False, a=action: self._on_clicked(a))
            head.addWidget(button)
        under = QVBoxLayout()
        under.setContentsMargins(px(24), 0, 0, 0)
        under.setSpacing(px(4))
        for widget in (self.bar, self.words, self.problem):
            under.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(8), px(12), px(8))
        column.setSpacing(px(4))
        column.addLayout(head)
        column.addLayout(under)

    @staticmethod
    def _button_texts() -> dict[str, str]:
        return {"pause": tr("Pause"), "resume": tr("Resume"), "cancel": tr("Cancel"), "dismiss": tr("Done")}

    def show_facts(self, facts: DownloadFacts) -> None:
        if facts == self._facts:
            return
        self._facts = facts
        self._light.set_glyph(facts.glyph)
        self._show_name()
        self.bar.setVisible(facts.share is not None)
        self.bar.setValue(round((facts.share or 0.0) * FINE))
        self.bar.setAccessibleName(tr("Progress of {name}").format(name=facts.name))
        self.words.setText(facts.words)
        self.problem.setText(facts.problem)
        self.problem.setVisible(bool(facts.problem))
        wanted = [self.buttons[action] for action in facts.actions]
        for action, button in self.buttons.items():
            if action not in facts.actions:
                pass_focus(button, *wanted)
            button.setVisible(action in facts.actions)
            button.setAccessibleName(f"{button.text()} {facts.name}")
            button.setAccessibleDescription(facts.words)

    def _show_name(self) -> None:
        """Its note is painted in a colour of the theme."""
        if self._facts is not None:
            self._name.setText(self._facts.name)
            self._name.set_note(self._facts.detail, self._theme.font("mono-small"), self._theme.color("text3"))
            self._name.setToolTip(self._facts.detail)

    def _on_clicked(self, action: str) -> None:
        if self._facts is not None:
            self.acted.emit(self._facts.key, action)


class DownloadLines(QWidget):
    """All of them, one under the other; lines keep their widgets, so the focus stays where it is.

    Signals:
        acted(key, action).
    """

    acted = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.lines: dict[str, DownloadLine] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    def height_at(self, width: int) -> int:
        """Pixels that all of them take where they are so wide."""
        return self._column.totalHeightForWidth(width) if self._column.hasHeightForWidth() else self.sizeHint().height()

    def show_downloads(self, downloads: Sequence[DownloadFacts]) -> None:
        """Take what there is now."""
        keys = {one.key for one in downloads}
        for key in [key for key in self.lines if key not in keys]:
            line = self.lines.pop(key)
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        for facts in downloads:
            if facts.key not in self.lines:
                line = self.lines[facts.key] = DownloadLine(self._theme, self)
                line.acted.connect(self.acted)
                self._column.addWidget(line)
                line.show()
            self.lines[facts.key].show_facts(facts)
        self.setVisible(bool(downloads))
