"""What buttons, links and the context menu of the transcript do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QTimer
from PySide6.QtGui import QClipboard, QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QMenu

from app.desktop.views.transcript import accessible
from app.desktop.views.transcript.blocks.attachments import AttachmentsBlock
from app.desktop.views.transcript.blocks.base import Block, Control
from app.desktop.views.transcript.blocks.code import CodeBlock
from app.desktop.views.transcript.blocks.code_info import split_info
from app.desktop.views.transcript.blocks.formula import FormulaBlock
from app.desktop.views.transcript.blocks.note import NoteBlock
from app.desktop.views.transcript.document import BODY
from app.desktop.views.transcript.hostile import clipboard_text, label
from app.desktop.views.transcript.selection import Copier, Selection, exact_code, missing_texts
from app.desktop.views.transcript.words import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.desktop.models.transcript_model import TranscriptMessage
    from app.desktop.views.transcript.view import TranscriptView

COPIED_MS = 1_200  # how long a copy button shows its check mark


class Actions:
    """Carries out what the reader asks for. Opening, sending and deleting are only announced."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._waiting: tuple[Selection, bool] | None = None  # a copy that waits for texts, as markdown or not

    def run(self, index: int, number: int, control: Control) -> None:
        """Do what a control says."""
        view = self._view
        document = view.flow.document(index)
        block = document.flat[number]
        message_id = document.message.message_id
        simple: dict[str, Callable[[], None]] = {
            "link": lambda: view.link_activated.emit(control.argument),
            "regenerate": lambda: view.regenerate_requested.emit(message_id),
            "send_all": lambda: view.send_all_requested.emit(message_id),
            "fork": lambda: view.fork_requested.emit(message_id),
            "edit": lambda: view.edit_requested.emit(message_id),
            "copy": lambda: self.copy_message(index),
            "previous": lambda: self._version(index, -1),
            "next": lambda: self._version(index, 1),
            "note": lambda: view.note_action.emit(message_id, control.argument),
            "picture": lambda: self._picture(document.message, control.argument),
            "more": lambda: self._menu_under(index, number, control),
        }
        if control.action in simple:
            simple[control.action]()
        elif control.action == "thinking":
            view.unfold.run(index, number, lambda: self._toggle_thinking(index, number, block))
        elif control.action == "summary":
            view.unfold.run(index, number, lambda: self._toggle_summary(index, number, block))
        elif isinstance(block, CodeBlock):
            self._code(index, number, block, control)
        elif isinstance(block, NoteBlock):
            self._note(index, number, block, control)

    def _picture(self, message: TranscriptMessage, digest: str) -> None:
        name = next((one.name for one in message.attachments if one.picture == digest), "")
        self._view.picture_activated.emit(digest, label(name))

    def show_picture(self, digest: str) -> None:
        """A thumbnail arrived: it takes the place of its chip."""
        for index, document in list(self._view.flow.documents.items()):
            for number, block in enumerate(document.flat):
                if isinstance(block, AttachmentsBlock) and block.holds(digest):
                    block.exact = False
                    self._changed(index, number, block)

    def _version(self, index: int, delta: int) -> None:
        message = self._view.flow.document(index).message
        shown, count = message.version
        if 1 <= shown + delta <= count:
            self._view.version_requested.emit(message.message_id, delta)

    def _toggle_thinking(self, index: int, number: int, block: Block) -> None:
        self._view.flow.document(index).toggle_thinking()
        self._changed(index, number, block)

    def _toggle_summary(self, index: int, number: int, block: Block) -> None:
        self._view.flow.document(index).toggle_summary()
        self._changed(index, number, block)

    def _changed(self, index: int, number: int, block: Block) -> None:
        """A block folded, opened or wrapped: it stays where it is, what follows moves."""
        view = self._view
        top = view.flow.top_of(index, number)
        view.flow.document(index).relayout(number)
        if top is not None:
            view.flow.keep_in_place(index, number, top)
        else:
            view.flow.arrange()
        view.refresh()

    def after_highlight(self) -> None:
        """A block has its colours, or a picture in place of its source."""
        self._view.flow.arrange()
        self._view.viewport().update()

    # -- code and notes

    def _code(self, index: int, number: int, block: CodeBlock, control: Control) -> None:
        if control.action == "wrap":
            block.wrapped = not block.wrapped
            block.discard_layout()
            self._changed(index, number, block)
        elif control.action == "formula" and isinstance(block, FormulaBlock):
            block.shows_source = not block.shows_source
            self._changed(index, number, block)
        elif control.action == "unfold":
            block.folded = False
            self._changed(index, number, block)
        elif control.action == "copy_code":
            self.copy_code(index, block)
            self._flash(index, number, block)
        elif control.action == "save_code":
            language, name = split_info(block.source.info)
            self._view.save_code_requested.emit(self._exact(index, block), language, name)

    def _note(self, index: int, number: int, block: NoteBlock, control: Control) -> None:
        if control.action == "details":
            block.opened = not block.opened
            self._changed(index, number, block)
        elif control.action == "copy_details":
            self._to_clipboard(clipboard_text(block.note.details), "details")
            self._flash(index, number, block)

    def _flash(self, index: int, number: int, block: CodeBlock | NoteBlock) -> None:
        """Show the check mark for a moment."""
        block.copied = True
        self._changed(index, number, block)

        def back() -> None:
            block.copied = False
            block.exact = False
            self._view.flow.arrange()
            self._view.viewport().update()

        QTimer.singleShot(COPIED_MS, self._view, back)

    def _exact(self, index: int, block: CodeBlock) -> str:
        document = self._view.flow.document(index)
        text = self._view.model.text(index)
        in_body = any(
            block is other for other in document.flat if document.key_of(document.flat.index(other))[0] == BODY
        )
        if text is None or not in_body or isinstance(block, FormulaBlock):
            return clipboard_text("\n".join(block.source.lines))
        return exact_code(text, block)

    # -- copying

    def copy_code(self, index: int, block: CodeBlock) -> None:
        """The code of one fence, exactly as it was written."""
        self._to_clipboard(self._exact(index, block), "code")

    def copy_message(self, index: int) -> None:
        """The source text of a message."""
        text = self._view.model.text(index)
        if text is not None:
            self._to_clipboard(clipboard_text(text), "answer")

    def copy_selection(self, *, as_markdown: bool = False) -> None:
        """Rendered text, or the source of what is selected; texts that are not in memory are asked for first."""
        selection = self._view.selection
        if selection is None or selection.is_empty:
            return
        missing = missing_texts(self._view.model, selection)
        if missing is not None:
            self._waiting = (selection, as_markdown)
            self._view.model.texts_needed.emit(*missing)
            return
        self._finish_copy(selection, {}, as_markdown=as_markdown)

    def on_texts_ready(self, first: int, texts: list[str]) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            arrived = {first + number: text for number, text in enumerate(texts)}
            self._finish_copy(waiting[0], arrived, as_markdown=waiting[1])

    def _finish_copy(self, selection: Selection, texts: dict[int, str], *, as_markdown: bool) -> None:
        copier = Copier(self._view.flow, texts)
        text = copier.markdown(selection) if as_markdown else copier.rendered(selection)
        if text:
            self._to_clipboard(text, "selection")

    def _to_clipboard(self, text: str, what: str) -> None:
        if text.startswith("\ufeff"):
            text = "\ufeff" + text  # Qt takes a first one for a byte order mark, and away
        QGuiApplication.clipboard().setText(text, QClipboard.Mode.Clipboard)
        self._view.copied.emit(what)
        accessible.say(self._view, tr("Copied"))

    # -- menus

    def context_menu(self, event: QEvent) -> None:
        assert isinstance(event, QContextMenuEvent)
        placed = self._view.placed_at(event.pos())
        if placed is None:
            return
        control = placed.block.control_at(event.pos() - QPoint(self._view.column_left(), placed.top))
        self._popup(self.menu(placed.index, placed.number, control), event.globalPos())

    def menu(self, index: int, number: int, control: Control | None = None) -> QMenu:
        """The commands that make sense on a block; the caller shows and owns the menu."""
        view = self._view
        document = view.flow.document(index)
        block, message = document.flat[number], document.message
        menu = QMenu(view)
        selected = view.selection is not None and not view.selection.is_empty
        if control is not None and control.action == "link":
            menu.addAction(tr("Open link"), lambda: view.link_activated.emit(control.argument))
            menu.addAction(tr("Copy address"), lambda: self._to_clipboard(control.argument, "address"))
            menu.addSeparator()
        copy = menu.addAction(tr("Copy"), lambda: self.copy_selection() if selected else self.copy_block(index, number))
        copy.setShortcutVisibleInContextMenu(True)
        menu.addAction(
            tr("Copy as Markdown"),
            lambda: self.copy_selection(as_markdown=True) if selected else self.copy_message(index),
        )
        if isinstance(block, CodeBlock):
            menu.addAction(tr("Copy code"), lambda: self.copy_code(index, block))
        if not message.alone:
            menu.addSeparator()
            self._add_message_commands(menu, message)
        return menu

    def _add_message_commands(self, menu: QMenu, message: TranscriptMessage) -> None:
        view, message_id = self._view, message.message_id
        if message.role == "user":
            first = menu.addAction(tr("Edit"), lambda: view.edit_requested.emit(message_id))
        else:
            first = menu.addAction(tr("Regenerate"), lambda: view.regenerate_requested.emit(message_id))
            self._add_answer_commands(menu, message)
        fork = menu.addAction(tr("Fork"), lambda: view.fork_requested.emit(message_id))
        menu.addAction(tr("Copy link to this message"), lambda: view.copy_link_requested.emit(message_id))
        menu.addSeparator()
        delete = menu.addAction(tr("Delete"), lambda: view.delete_requested.emit(message_id))
        for action in (first, fork, delete):
            action.setEnabled(message.status != "streaming")

    def _add_answer_commands(self, menu: QMenu, message: TranscriptMessage) -> None:
        command, message_id = self._view.answer_command, message.message_id
        ended = message.status != "streaming"
        for text, name, usable in (
            (tr("Regenerate with another model…"), "other_model", ended),
            (tr("Continue"), "continue", ended and bool(message.text) and not message.is_whole),
            (tr("Show the request…"), "request", True),
            (tr("Compare versions…"), "compare", message.version[1] > 1),
            (tr("Compare with other models…"), "compare_models", ended),
        ):
            menu.addAction(text, partial(command.emit, message_id, name)).setEnabled(usable)

    def copy_block(self, index: int, number: int) -> None:
        """One block as it is shown, code exactly."""
        block = self._view.flow.document(index).flat[number]
        if isinstance(block, CodeBlock):
            self.copy_code(index, block)
        elif block.selectable:
            self._to_clipboard(clipboard_text(block.plain(0, block.end_offset())), "selection")
        else:
            self.copy_message(index)

    def _menu_under(self, index: int, number: int, control: Control) -> None:
        view = self._view
        top = view.flow.top_of(index, number) or 0
        corner = control.rects[0].bottomLeft() + QPoint(view.column_left(), top)
        self._popup(self.menu(index, number), view.viewport().mapToGlobal(corner))

    @staticmethod
    def _popup(menu: QMenu, at: QPoint) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)
