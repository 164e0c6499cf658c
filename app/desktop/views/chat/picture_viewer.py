"""A picture that was attached, as large as the window allows. Esc closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from app.desktop.theme import Theme

SHARE = 0.9


def tr(text: str) -> str:
    return QCoreApplication.translate("Attachments", text)


class _Canvas(QWidget):
    def __init__(self, theme: Theme, image: QImage, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image = image
        self.setAccessibleName(name)
        self.setAccessibleDescription(tr("Picture, {w} × {h} pixels").format(w=image.width(), h=image.height()))
        self.setMinimumSize(theme.px(240), theme.px(160))

    def sizeHint(self) -> QSize:
        return self._image.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("sunken"))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._image.size()
        if size.width() > self.width() or size.height() > self.height():
            size = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        painter.drawImage(place, self._image)


class PictureViewer(QDialog):
    """Shows what is in memory already; it opens no file."""

    def __init__(self, theme: Theme, image: QImage, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("picture_viewer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(name)
        self.setAccessibleName(name)
        self.canvas = _Canvas(theme, image, name, self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.canvas, 1)
        column.addWidget(buttons)
        most = parent.window().size() * SHARE
        self.resize(self.sizeHint().boundedTo(most))
