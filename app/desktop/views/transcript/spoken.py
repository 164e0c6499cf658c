"""What a screen reader says about messages, blocks, buttons and links: names, descriptions, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible

from app.desktop.views.transcript.blocks.code import CodeBlock
from app.desktop.views.transcript.blocks.frame import MetricsBlock
from app.desktop.views.transcript.blocks.note import NoteBlock
from app.desktop.views.transcript.blocks.table import TableBlock
from app.desktop.views.transcript.blocks.text import TextBlock
from app.desktop.views.transcript.hostile import label, reveal, utf16_slice
from app.desktop.views.transcript.words import number as in_digits
from app.desktop.views.transcript.words import tr

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptMessage
    from app.desktop.views.transcript.blocks.base import Block
    from app.desktop.views.transcript.document import MessageDocument
    from app.desktop.views.transcript.view import TranscriptView

MAX_SPOKEN = 4_000  # characters of a message or of one block
MAX_LINK = 120  # characters of a link's own text
LOOKED_BACK = 500  # blocks that are searched for links and code of the same name

_ROLES = {
    "code": QAccessible.Role.Grouping,
    "table": QAccessible.Role.Grouping,
    "header": QAccessible.Role.Grouping,
    "metrics": QAccessible.Role.Grouping,
    "thinking": QAccessible.Role.Grouping,
    "note": QAccessible.Role.Note,
    "boundary": QAccessible.Role.Grouping,
    "rule": QAccessible.Role.Separator,
    "text": QAccessible.Role.Paragraph,
}


def message_name(view: TranscriptView, index: int) -> str:
    """ "You, 14:31. …": who, when, what it is marked with, then its blocks."""
    message = view.model.message(index)
    if message is None:
        view.model.want(index, index)
        return tr("You, not loaded yet") if view.model.is_user(index) else tr("Answer, not loaded yet")
    parts: list[str] = []
    length = 0
    for block in view.flow.document(index).flat:
        if block.kind in ("header", "metrics", "spacer"):
            continue
        part = block.accessible_name()
        if part:
            parts.append(part)
            length += len(part)
        if length > MAX_SPOKEN:
            break
    return f"{_who(message)}. {_bounded(' '.join(parts))}"


def _who(message: TranscriptMessage) -> str:
    is_prompt = message.role == "user"
    marks = [tr("You") if is_prompt else label(message.name) or tr("Answer"), message.time]
    marks += [tr("Simulated")] if message.simulated else []
    marks += [{"interrupted": tr("interrupted"), "stopped": tr("stopped")}.get(message.status, "")]
    return ", ".join(mark for mark in marks if mark)


def _bounded(text: str) -> str:
    return reveal(text[:MAX_SPOKEN])[0]


def block_role(block: Block) -> QAccessible.Role:
    if isinstance(block, TextBlock) and block.source.kind == "heading":
        return QAccessible.Role.Heading
    return _ROLES.get(block.kind, QAccessible.Role.StaticText)


def block_name(block: Block) -> str:
    if isinstance(block, MetricsBlock) and not block.message.metrics:
        return tr("Being written") if block.message.status == "streaming" else tr("Actions")
    return _bounded(block.accessible_name())


def block_description(block: Block) -> str:
    """The text of a block whose name only says what it is."""
    if isinstance(block, (CodeBlock, TableBlock)):
        return _bounded(block.plain(0, block.end_offset()))
    return ""


# -- buttons and links: no two of one message have the same name


def control_names(document: MessageDocument, number: int) -> list[str]:
    """Names of the controls of a laid out block, in their order."""
    block = document.flat[number]
    if isinstance(block, CodeBlock):
        what = _code_name(document, number, block)
        return [", ".join(part for part in (control.name, what) if part) for control in block.controls]
    if isinstance(block, TextBlock):
        names = _link_names(document, number, block)
        return [names[control.serial] for control in block.controls]
    names_ = [control.name for control in block.controls]
    if isinstance(block, NoteBlock):
        others = {c.name for other in document.flat if isinstance(other, MetricsBlock) for c in other.controls}
        title = label(block.note.title).rstrip(".")
        return [f"{name}, {title}" if name in others else name for name in names_]
    return names_


def _code_name(document: MessageDocument, number: int, block: CodeBlock) -> str:
    """ "Python, limiter.py"; the second one of the same kind in its message is "Python, 2"."""
    same = 1
    for other in document.flat[max(0, number - LOOKED_BACK) : number]:
        if isinstance(other, CodeBlock) and _kind_of(other) == _kind_of(block):
            same += 1
    parts = [*_kind_of(block), in_digits(same) if same > 1 else ""]
    return ", ".join(part for part in parts if part)


def _kind_of(block: CodeBlock) -> tuple[str, str]:
    return block.language_name(), block.file_name()


def _link_names(document: MessageDocument, number: int, block: TextBlock) -> dict[int, str]:
    """Link number → its text and, where the text does not say it, its true host."""
    taken: dict[str, int] = {}
    for other in document.flat[max(0, number - LOOKED_BACK) : number]:
        if isinstance(other, TextBlock):
            for name in _own_link_names(other).values():
                taken[name] = taken.get(name, 0) + 1
    names: dict[int, str] = {}
    for serial, name in _own_link_names(block).items():
        taken[name] = taken.get(name, 0) + 1
        names[serial] = f"{name}, {in_digits(taken[name])}" if taken[name] > 1 else name
    return names


def _own_link_names(block: TextBlock) -> dict[int, str]:
    content = block.parsed()
    names: dict[int, str] = {}
    for serial, link in enumerate(content.links):
        spans = [span for span in content.spans if span.link == serial]
        if not spans or not link.opens:
            continue
        text = utf16_slice(content.text, spans[0].start, spans[-1].start + spans[-1].length)
        text = " ".join(text.split())
        text = text if len(text) <= MAX_LINK else text[: MAX_LINK - 1] + "…"
        host = link.shown.split("\n")[0]
        names[serial] = text if host in text else f"{text}, {host}"
    return names
