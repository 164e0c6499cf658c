"""A section of the help as Qt's document, made away from the window's thread: reading pictures takes time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QThread, QUrl
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)

from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme

_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


@dataclass(frozen=True, slots=True)
class HelpLook:
    """What the window's theme gives: fonts, colours, and pixels for a pixel of the design."""

    text: QFont
    code: QFont
    headings: tuple[QFont, ...]
    """Of the levels, the highest first; deeper ones look like the last."""
    code_fill: QColor
    line: QColor
    unit: float

    @classmethod
    def of(cls, theme: Theme) -> HelpLook:
        """On the window's thread."""
        return cls(
            theme.font("reading"),
            theme.font("code"),
            tuple(theme.font(role) for role in ("heading1", "heading1", "heading2", "heading3")),
            theme.color("sunken"),
            theme.color("line"),
            theme.px(100) / 100,
        )

    def px(self, pixels: float) -> int:
        return round(pixels * self.unit)


def help_document(text: str, look: HelpLook, width: int, pictures: Path, home: QThread) -> QTextDocument:
    """Blocks; called in a thread of its own.

    Args:
        width: the most pixels that a picture may take.
        pictures: the only folder from which pictures come.
        home: the window's thread, to which the document then belongs.
    """
    document = QTextDocument()
    document.setDocumentMargin(look.px(24))
    document.setIndentWidth(look.px(24))
    document.setDefaultFont(look.text)
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
    _style_blocks(document, look)
    _style_tables(document, look)
    for name, picture in found.items():  # behind it: a new text takes the resources of the old one away
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), picture)
    document.moveToThread(home)
    return document


def _style_blocks(document: QTextDocument, look: HelpLook) -> None:
    """Qt puts paragraphs, lists and code one under the other in one size, without room between them."""
    code: list[tuple[QTextBlock, QTextBlock]] = []
    block = document.begin()
    while block.isValid():
        if _is_code(block):
            _set_letters(block, look.code)
            goes_on = bool(code) and code[-1][1] == block.previous()
            code.append((code.pop()[0] if goes_on else block, block))
        elif level := block.blockFormat().headingLevel():
            _set_letters(block, look.headings[min(level, len(look.headings)) - 1])
            _set_shape(block, top=look.px(20) if block.position() else 0, bottom=look.px(8))
        else:
            _set_letters(block, look.code, look.code_fill, only_fixed=True)
            if QTextCursor(block).currentTable() is None:
                among_items = block.textList() is not None and block.next().textList() is not None
                _set_shape(block, bottom=look.px(4 if among_items else 12), least=look.px(24))
        block = block.next()
    for first, last in reversed(code):  # from the end: what stands before keeps its place
        _frame_code(document, first, last, look)


def _is_code(block: QTextBlock) -> bool:
    """A line of a block of code. Qt marks those between fences; indented ones have other letters, and nothing else."""
    if block.blockFormat().nonBreakableLines():
        return True
    inside = block.textList() is not None or QTextCursor(block).currentTable() is not None
    if inside or not block.text() or block.blockFormat().headingLevel():
        return False
    pieces = block.begin()
    while not pieces.atEnd():
        if not _is_fixed(pieces.fragment().charFormat()):
            return False
        pieces += 1
    return True


def _is_fixed(looks: QTextCharFormat) -> bool:
    """Whether it is code: Markdown sets no other letters than those of the fixed font."""
    return looks.hasProperty(QTextFormat.Property.FontFamilies.value)


def _set_shape(block: QTextBlock, *, top: int = 0, bottom: int, least: int = 0) -> None:
    """Room above and below, and the least height of a line."""
    shape = QTextBlockFormat()
    shape.setTopMargin(top)
    shape.setBottomMargin(bottom)
    if least:
        shape.setLineHeight(least, QTextBlockFormat.LineHeightTypes.MinimumHeight.value)
    QTextCursor(block).mergeBlockFormat(shape)


def _set_letters(block: QTextBlock, font: QFont, fill: QColor | None = None, *, only_fixed: bool = False) -> None:
    """`only_fixed`: of the words in it that are code."""
    pieces, spans = block.begin(), []
    while not pieces.atEnd():
        piece = pieces.fragment()
        if not only_fixed or _is_fixed(piece.charFormat()):
            spans.append((piece.position(), piece.length(), piece.charFormat()))
        pieces += 1
    for position, length, looks in spans:  # behind the walk, which changes would upset
        cursor = QTextCursor(block)
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        looks.clearProperty(QTextFormat.Property.FontSizeAdjustment.value)  # of Markdown's headings; it would win
        looks.setFont(font, QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesSpecifiedOnly)
        if fill is not None:
            looks.setBackground(QBrush(fill))
        cursor.setCharFormat(looks)


def _frame_code(document: QTextDocument, first: QTextBlock, last: QTextBlock, look: HelpLook) -> None:
    """Lines of code stand on a ground of their own."""
    frame = QTextFrameFormat()
    frame.setBackground(QBrush(look.code_fill))
    frame.setPadding(look.px(12))
    frame.setLeftMargin(first.blockFormat().indent() * document.indentWidth())
    frame.setBottomMargin(look.px(16))
    cursor = QTextCursor(document)
    end = last.position() + last.length() - 1
    if QTextCursor(last.next()).currentFrame() != document.rootFrame():  # it would grow into the table's first cell
        cursor.setPosition(end)
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
    cursor.setPosition(first.position())
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    made = cursor.insertFrame(frame)
    for place in (made.firstPosition() - 1, made.lastPosition() + 1):  # empty lines that Qt puts around a frame
        nothing = QTextBlockFormat()
        nothing.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        around = QTextCursor(document)
        around.setPosition(place)
        if not around.block().text():
            around.setBlockFormat(nothing)


def _style_tables(document: QTextDocument, look: HelpLook) -> None:
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            looks = frame.format()
            looks.setBorder(1)
            looks.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            looks.setBorderBrush(QBrush(look.line))
            looks.setBorderCollapse(True)
            looks.setCellSpacing(0)
            looks.setCellPadding(look.px(6))
            looks.setTopMargin(look.px(8))
            looks.setBottomMargin(look.px(16))
            looks.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            frame.setFormat(looks)
            _mend_head(frame)


def _mend_head(table: QTextTable) -> None:
    """Behind code Qt begins a table's first cell with an empty line, and forgets that the cell is a head."""
    cell = table.cellAt(0, 0)
    first = cell.firstCursorPosition()
    if first.block() != cell.lastCursorPosition().block() and not first.block().text():
        first.deleteChar()
        first.setPosition(cell.lastPosition(), QTextCursor.MoveMode.KeepAnchor)
        bold = QTextCharFormat()
        bold.setFontWeight(QFont.Weight.Bold)
        first.mergeCharFormat(bold)


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
