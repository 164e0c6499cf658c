"""What a temporary window says above its message field, all the time: that nothing of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class TemporaryBar(QWidget):
    """Signals:
    keep_requested(): the open chat is to be kept after all.
    """

    keep_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        icon = QLabel(self)
        icon.setPixmap(theme.pixmap("clock", "text2", 16, self.devicePixelRatioF()))
        self._text = QLabel(self.tr("Temporary: nothing of this window is kept when it closes."), self)
        self._text.setProperty("tone", "text2")
        self._text.setFont(theme.font("small"))
        self._text.setWordWrap(True)
        self._keep = QPushButton(self.tr("Keep this chat"), self)
        self._keep.setProperty("small", True)
        self._keep.clicked.connect(self.keep_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._keep)
        self.allow_keeping(False)
        theme.changed.connect(lambda: icon.setPixmap(theme.pixmap("clock", "text2", 16, self.devicePixelRatioF())))

    def allow_keeping(self, allowed: bool) -> None:
        """Whether there is anything that could be kept now."""
        self._keep.setEnabled(allowed)
