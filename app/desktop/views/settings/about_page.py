"""Settings, About: version, where things lie, help, and whose work is inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.desktop.models.library_table_model import LibraryTableModel
from app.desktop.models.settings_form import AboutFacts, SettingsForm
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.settings.libraries_table import LibrariesTable
from app.desktop.views.settings.page import SettingsPage

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class AboutPage(SettingsPage):
    """Signals:
    folder_requested(path): open a folder in the system's file manager.
    shortcuts_requested(), help_requested().
    libraries_requested(): the table is looked at.
    """

    folder_requested = Signal(str)
    shortcuts_requested = Signal()
    help_requested = Signal()
    libraries_requested = Signal()

    def __init__(self, theme: Theme, libraries: LibraryTableModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._shown: AboutFacts | None = None
        self._version = text_label(theme, "", "body", "text2")
        self.section(self.tr("AI Coder Assistant"), self._version)
        self._folders = QWidget()
        folders = QVBoxLayout(self._folders)
        folders.setContentsMargins(0, 0, 0, 0)
        folders.setSpacing(theme.px(12))
        self.section(self.tr("Folders"), self._folders)
        self.section(self.tr("Help"), self._make_help())
        self.libraries = LibrariesTable(theme, libraries)
        licence = text_label(
            theme,
            self.tr("Under the MIT licence. It stands on the work of others, each under the licence it states:"),
            "body",
            "text2",
            wrap=True,
        )
        self.section(self.tr("Licences"), licence, self.libraries)
        self.finish()

    def _make_help(self) -> QWidget:
        theme = self.theme
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        self._doctor = text_label(theme, "", "body", "text2", wrap=True)
        column.addWidget(self._doctor)
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        guide = push_button(theme, self.tr("Open the guide"), icon="help")
        guide.clicked.connect(self.help_requested)
        keys = push_button(theme, self.tr("Show all shortcuts"), icon="keyboard")
        keys.clicked.connect(self.shortcuts_requested)
        copy = push_button(theme, self.tr("Copy command"), icon="copy")
        copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self._shown.doctor_command if self._shown else "")
        )
        row.addWidget(guide)
        row.addWidget(keys)
        row.addWidget(copy)
        row.addStretch(1)
        column.addLayout(row)
        return box

    @property
    def is_loaded(self) -> bool:
        return self.libraries.is_filled

    def opened(self) -> None:
        super().opened()
        self.libraries_requested.emit()

    def load(self, form: SettingsForm) -> None:
        """Show the facts; nothing of this page is a setting."""
        if form.about == self._shown:
            return
        self._shown = form.about
        doctor = self.tr("In a terminal, “{command}” checks every provider, the key store and the chats step by step.")
        self._doctor.setText(doctor.format(command=form.about.doctor_command))
        with QSignalBlocker(self):
            self._version.setText(self.tr("Version {v}").format(v=form.about.version))
            self._show_folders(form.about)

    def _show_folders(self, about: AboutFacts) -> None:
        theme = self.theme
        column = self._folders.layout()
        assert column is not None
        for label, path in about.folders:
            line = QWidget(self._folders)
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(theme.px(8))
            texts = QVBoxLayout()
            texts.setSpacing(0)
            texts.addWidget(text_label(theme, label, "body", parent=line))
            shown = PathLabel(theme, path, line)
            texts.addWidget(shown)
            row.addLayout(texts, 1)
            open_button = push_button(theme, self.tr("Open"), small=True, parent=line)
            open_button.setAccessibleName(self.tr("Open {folder}").format(folder=label))
            open_button.clicked.connect(lambda _checked=False, p=path: self.folder_requested.emit(p))
            copy_button = push_button(theme, self.tr("Copy path"), icon="copy", small=True, kind="quiet", parent=line)
            copy_button.setAccessibleName(self.tr("Copy path, {folder}").format(folder=label))
            copy_button.clicked.connect(lambda _checked=False, p=path: QGuiApplication.clipboard().setText(p))
            row.addWidget(open_button)
            row.addWidget(copy_button)
            column.addWidget(line)


class PathLabel(QLabel):
    """A path in mono, elided in the middle, whole in the tooltip."""

    def __init__(self, theme: Theme, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font("mono"))
        self.setProperty("tone", "text3")
        self.setToolTip(path)
        self.setMinimumWidth(theme.px(120))
        self.setAccessibleName(path)
        self.setText(path)

    def resizeEvent(self, event: object) -> None:
        self.setText(self.fontMetrics().elidedText(self._path, Qt.TextElideMode.ElideMiddle, self.width()))
