"""A section of the help as Qt's document, made away from the window's thread: reading pictures takes time."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt, QThread, QUrl
from PySide6.QtGui import QFont, QImage, QTextBlockFormat, QTextCursor, QTextDocument, QTextTable

_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


def help_document(text: str, font: QFont, margin: int, width: int, pictures: Path, home: QThread) -> QTextDocument:
    """Blocks; called in a thread of its own.

    Args:
        margin, width: pixels around the text, and the most that a picture may take.
        pictures: the only folder from which pictures come.
        home: the window's thread, to which the document then belongs.
    """
    document = QTextDocument()
    document.setDocumentMargin(margin)
    document.setDefaultFont(font)
    found: dict[str, QImage] = {}

    def taken(link: re.Match[str]) -> str:
        """A picture that may be shown gets a name that is no path; Qt would open files that a text names."""
        picture = _picture(pictures, link[2], width)
        if picture is None:
            return link[1]
        name = f"help:{len(found)}"
        found[name] = picture
        return f"![{link[1]}]({name})"

    document.setMarkdown(_PICTURE.sub(taken, text), _FEATURES)
    _set_apart(document, margin // 2)
    for name, picture in found.items():  # behind it: a new text takes the resources of the old one away
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), picture)
    document.moveToThread(home)
    return document


def _set_apart(document: QTextDocument, pixels: int) -> None:
    """Room under paragraphs and around pictures and tables, which Qt puts one under the other without any."""
    spaced = QTextBlockFormat()
    spaced.setBottomMargin(pixels)
    spaced.setTopMargin(pixels / 2)
    block = document.begin()
    while block.isValid():
        cursor = QTextCursor(block)
        if cursor.currentTable() is None and not cursor.blockFormat().nonBreakableLines():
            cursor.mergeBlockFormat(spaced)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            looks = frame.format()
            looks.setBottomMargin(pixels)
            frame.setFormat(looks)


def _picture(pictures: Path, address: str, width: int) -> QImage | None:
    folder = pictures.resolve()
    path = (folder / Path(address).name).resolve()
    if path.parent != folder:
        return None
    picture = QImage(str(path))
    if picture.isNull():
        return None
    if picture.width() > width:
        picture = picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    return picture
