"""Settings, General, Chats: all chats into a file, and chats in from files, with how far that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, set_tone, text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ChatFilesSection(QWidget):
    """Signals: export_requested(), import_requested(), cancel_requested()."""

    export_requested = Signal()
    import_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        lead = text_label(
            theme,
            self.tr(
                "An export as JSON is whole and can be imported again. Import reads that, and what ChatGPT, Claude, "
                "Open WebUI and LM Studio export. Chats that are here already are left out."
            ),
            "small",
            "text2",
            wrap=True,
            parent=self,
        )
        self.export_button = push_button(theme, self.tr("Export all chats…"), icon="download", parent=self)
        self.export_button.clicked.connect(self.export_requested)
        self.import_button = push_button(theme, self.tr("Import chats…"), icon="upload", parent=self)
        self.import_button.clicked.connect(self.import_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(8))
        buttons.addWidget(self.export_button)
        buttons.addWidget(self.import_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(lead)
        column.addLayout(buttons)
        column.addWidget(self._make_progress())
        self.result = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self.result.hide()
        column.addWidget(self.result)

    def _make_progress(self) -> QWidget:
        theme = self._theme
        self._running = QWidget(self)
        self.progress = QProgressBar(self._running)
        self.progress.setAccessibleName(self.tr("How far the chats are"))
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(theme.px(160))
        self.progress_text = text_label(theme, "", "small", "text2", parent=self._running)
        self.cancel_button = push_button(theme, self.tr("Stop"), small=True, parent=self._running)
        self.cancel_button.setAccessibleName(self.tr("Stop the export or import"))
        self.cancel_button.clicked.connect(self.cancel_requested)
        row = QHBoxLayout(self._running)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self.progress)
        row.addWidget(self.progress_text)
        row.addWidget(self.cancel_button)
        row.addStretch(1)
        self._running.hide()
        return self._running

    def show_progress(self, text: str, done: int, total: int) -> None:
        """`total` 0: how many there are is not known yet."""
        self.result.hide()
        self._running.show()
        for button in (self.export_button, self.import_button):
            pass_focus(button, self.cancel_button)
            button.setEnabled(False)
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(done)
        counted = self.tr("{text}, {done} of {total}").format(text=text, done=done, total=total)
        self.progress_text.setText(counted if total else text)

    def show_result(self, text: str, *, failed: bool) -> None:
        """What became of it."""
        for button in (self.export_button, self.import_button):
            button.setEnabled(True)
        pass_focus(self.cancel_button, self.import_button)
        self._running.hide()
        self.result.setText(text)
        self.result.setAccessibleName(text)
        set_tone(self._theme, self.result, "error" if failed else "text2")
        self.result.show()
