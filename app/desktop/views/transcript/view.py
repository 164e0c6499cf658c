"""The transcript: paints the visible blocks of a conversation and keeps still what is being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.desktop.views.transcript import accessible, words
from app.desktop.views.transcript.actions import Actions
from app.desktop.views.transcript.announcer import SentenceAnnouncer
from app.desktop.views.transcript.arcs import Arcs
from app.desktop.views.transcript.blocks.base import PaintContext, ring
from app.desktop.views.transcript.blocks.code import CodeBlock
from app.desktop.views.transcript.blocks.table import TableBlock
from app.desktop.views.transcript.blocks.text import TextBlock
from app.desktop.views.transcript.deep_highlight import DeepHighlighter
from app.desktop.views.transcript.estimated_bar import EstimatedBar
from app.desktop.views.transcript.finder import Finder
from app.desktop.views.transcript.flow import Flow, Placed
from app.desktop.views.transcript.glide import Glide
from app.desktop.views.transcript.inline import preload
from app.desktop.views.transcript.inline_formulas import InlineFormulas
from app.desktop.views.transcript.keyboard import Keyboard
from app.desktop.views.transcript.look import Look
from app.desktop.views.transcript.moving import Moving
from app.desktop.views.transcript.pictures import Pictures
from app.desktop.views.transcript.pointer import Pointer
from app.desktop.views.transcript.prompt_ground import paint_prompts
from app.desktop.views.transcript.selection import Selection
from app.desktop.views.transcript.unfold import Unfold

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from app.desktop.models.transcript_model import TranscriptModel
    from app.desktop.theme import Theme

MIN_ZOOM, MAX_ZOOM = 0.8, 2.0
NARROW_PANE = 760  # below this the column is the pane less its margins
NARROW_MARGIN = 40
OVERSHOOT = 4  # pixels that the ring of the focus reaches beyond its block, and letters less


class TranscriptView(QAbstractScrollArea):
    """Shows a `TranscriptModel`.

    Signals:
        regenerate_requested(message_id), edit_requested(message_id), fork_requested(message_id),
        delete_requested(message_id), copy_link_requested(message_id): an action of that message.
        send_all_requested(message_id): what stands above the boundary under this message is to be sent again.
        version_requested(message_id, delta): show the version before (-1) or after (+1).
        note_action(message_id, name): a button of the message's note.
        answer_command(message_id, name): of an answer's menu: continue, other_model, request, compare, compare_models.
        link_activated(url): the reader asked for a link; it is http, https, mailto or a chat, and nothing was opened.
        link_hovered(text): the true target of the link under the pointer, "" when there is none.
        save_code_requested(code, language, file_name): Save on a code block.
        at_end_changed(at_end): the newest line came into or went out of view.
        picture_activated(hash, name): of a picture that was attached.
        copied(what): something was put on the clipboard ("code", "answer", "selection", "details").
    """

    regenerate_requested = Signal(int)
    edit_requested = Signal(int)
    fork_requested = Signal(int)
    delete_requested = Signal(int)
    copy_link_requested = Signal(int)
    send_all_requested = Signal(int)
    version_requested = Signal(int, int)
    note_action = Signal(int, str)
    answer_command = Signal(int, str)
    link_activated = Signal(str)
    link_hovered = Signal(str)
    save_code_requested = Signal(object, str, str)  # no str for the code: Qt takes a first U+FEFF away
    at_end_changed = Signal(bool)
    copied = Signal(str)
    picture_activated = Signal(str, str)

    def __init__(self, theme: Theme, model: TranscriptModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.theme = theme
        self.zoom = 1.0
        self.pictures = Pictures(self)
        self.formulas = InlineFormulas()
        self.look = Look(theme, self.formulas, picture=self.pictures.get)
        self.flow = Flow(model, self.look)
        self.selection: Selection | None = None
        self.highlighter = DeepHighlighter(self)
        self.actions_ = Actions(self)
        self.pointer = Pointer(self)
        self.keyboard = Keyboard(self)
        self.finder = Finder(self)
        self.leads = False  #: the column stands at the leading edge: what is shown belongs to something above it
        self._was_at_end = True
        self._bar = EstimatedBar(self)
        self._arcs = Arcs(self)
        self.glide = Glide(self)
        self.unfold = Unfold(self)
        self._moving = Moving(self)
        self.announcer = SentenceAnnouncer(lambda sentence: accessible.say(self, sentence))
        self._set_up()
        self._connect()
        if model.count:
            self._on_reset()

    def _set_up(self) -> None:
        self.setObjectName("transcript")
        self.setAccessibleName(words.tr("Transcript"))
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Made here: asked for a viewport of Qt's own, PySide looks through all its widget classes for what it may be.
        viewport = QWidget(self)
        self.setViewport(viewport)
        viewport.setAutoFillBackground(False)
        viewport.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        viewport.setMouseTracking(True)
        viewport.setCursor(Qt.CursorShape.ArrowCursor)
        accessible.install()
        preload()

    def _connect(self) -> None:
        model = self.model
        model.was_reset.connect(self._on_reset)
        model.appended.connect(self._on_appended)
        model.loaded.connect(self._on_loaded)
        model.truncated.connect(self._on_truncated)
        model.text_appended.connect(self._on_text_appended)
        model.reasoning_appended.connect(self._on_reasoning_appended)
        model.message_changed.connect(self._on_message_changed)
        model.finished.connect(self._on_finished)
        model.texts_ready.connect(self.actions_.on_texts_ready)
        self.pictures.arrived.connect(self.actions_.show_picture)
        self.theme.changed.connect(self._on_theme_changed)

    # -- what others call

    @property
    def at_end(self) -> bool:
        return self.flow.at_end

    def release(self) -> None:
        """Before the view is destroyed."""
        accessible.release(self)

    def set_reading(self, *, open_thinking: bool, announce_sentences: bool, line_numbers: bool = False) -> None:
        """What the reader wants: thinking open from now on; answers said sentence by sentence; numbers beside code."""
        self.flow.open_thinking = open_thinking
        self.announcer.is_on = announce_sentences
        if line_numbers != self.look.line_numbers:
            self._new_look(line_numbers=line_numbers)

    def jump_to_latest(self) -> None:
        """Go to the end and follow what arrives."""
        self.flow.jump_to_end()
        self.refresh()

    def scroll_to_message(self, index: int) -> None:
        """Put the beginning of a message at the top."""
        self.flow.jump_to_message(index)
        self.refresh()

    def set_zoom(self, zoom: float) -> None:
        """Scale text and column, 0.8 to 2.0."""
        zoom = max(MIN_ZOOM, min(MAX_ZOOM, zoom))
        if zoom != self.zoom:
            self.zoom = zoom
            self._new_look()

    def scroll_by(self, delta: int) -> None:
        """Scroll by pixels; positive is towards the end."""
        before = self.flow.visible
        self.flow.scroll_by(delta)
        self._settle()
        self._moving.repaint(before)

    def set_selection(self, selection: Selection | None) -> None:
        if selection != self.selection:
            self.selection = selection
            self.viewport().update()

    # -- geometry

    def column_left(self) -> int:
        """Left edge of the reading column: centred in the pane, so that it does not move when a scroll bar appears."""
        leading = self.width() if self.isRightToLeft() else 0
        wanted = leading if self.leads else (self.width() - self.flow.width) // 2
        return max(0, min(wanted, self.viewport().width() - self.flow.width))

    def column_width(self) -> int:
        """Outer width of the reading column."""
        pane = self.viewport().width()
        return max(self.look.px(160), min(self.look.column, pane - NARROW_MARGIN if pane < NARROW_PANE else pane - 16))

    def _new_look(self, *, line_numbers: bool | None = None) -> None:
        numbers = self.look.line_numbers if line_numbers is None else line_numbers
        self.look = Look(self.theme, self.formulas, self.zoom, self.pictures.get, line_numbers=numbers)
        self.highlighter.clear()
        self._fit()

    def _fit(self) -> None:
        self.flow.set_geometry(self.look, self.column_width(), self.viewport().height())
        self.flow.arrange()
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == event.Type.LanguageChange:
            before = words.tr("Transcript")
            words.forget()
            if self.accessibleName() == before:  # one of several is called otherwise by who shows them
                self.setAccessibleName(words.tr("Transcript"))
            self._new_look()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._fit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The blocks are painted where the anchor says; there are no contents to move."""

    def refresh(self) -> None:
        """After arranging: put the bar right, say whether the end is in view, repaint everything."""
        self._settle()
        self.viewport().update()

    def _settle(self) -> None:
        self.unfold.look_again()
        self._bar.place()
        if self.flow.at_end != self._was_at_end:
            self._was_at_end = self.flow.at_end
            self.at_end_changed.emit(self._was_at_end)
        self._arcs.look()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.pointer.wheel(event)

    # -- model

    def _on_reset(self) -> None:
        self.set_selection(None)
        self.highlighter.clear()
        self._bar.forget()
        self.keyboard.forget()
        self.pointer.forget()
        self.flow.rebuild()
        self.flow.set_geometry(self.look, self.column_width(), self.viewport().height())
        self.flow.arrange()
        self.refresh()
        accessible.reordered(self, 0)

    def _on_appended(self, index: int) -> None:
        self.flow.appended()
        self.flow.arrange()
        self.refresh()
        accessible.reordered(self, index)

    def _on_truncated(self, count: int) -> None:
        if self.selection is not None and self.selection.end[0] >= count:
            self.set_selection(None)
        self.keyboard.forget()
        self.flow.truncate(count)
        self.flow.arrange()
        self.refresh()
        accessible.reordered(self, count)

    def _on_loaded(self, first: int, last: int) -> None:
        self.flow.arrived(first, last)
        self.flow.arrange()
        self.refresh()

    def _on_text_appended(self, index: int, text: str) -> None:
        self.announcer.feed(text)
        document = self.flow.documents.get(index)
        if document is None:
            return  # far away: it is parsed as a whole when it is looked at
        before = self.flow.visible
        first = document.append_text(text)
        self._grew(index, document.height, before, first)

    def _on_reasoning_appended(self, index: int, text: str) -> None:
        document = self.flow.documents.get(index)
        if document is None:
            return
        before = self.flow.visible
        document.append_reasoning(text, self.model.reasoning_elapsed(index))
        self._grew(index, document.height, before, 0)

    def _grew(self, index: int, height: int, before: list[Placed], first: int) -> None:
        """A flush changed message `index` from block `first` on: arrange, and repaint what moved or differs."""
        self.flow.heights.set(index, height)
        if not self.flow.sticking and before and before[-1].index < index:
            self._bar.place()  # it grows out of sight
            return
        self.flow.arrange()
        self._settle()
        self._moving.repaint(before, (index, first))

    def _on_message_changed(self, index: int) -> None:
        document = self.flow.documents.get(index)
        message = self.model.message(index)
        self._bar.watch_stream()
        if document is None or message is None:
            return
        streaming = self.model.is_streaming(index)
        if streaming != document.streaming or (message.text != document.message.text and not streaming):
            del self.flow.documents[index]  # it begins to grow, or has another text: made anew
            self.flow.document(index)
        else:
            document.update_message(message)
        self.flow.heights.set(index, self.flow.document(index).height)
        self.flow.arrange()
        self.refresh()

    def _on_finished(self, index: int) -> None:
        document = self.flow.documents.get(index)
        message = self.model.message(index)
        self._bar.watch_stream()
        if message is None:
            return
        if document is not None:
            document.finish(message)
            self.flow.heights.set(index, document.height)
            self.flow.arrange()
        self.refresh()
        self.announcer.end()
        accessible.answer_finished(self, message)

    def _on_theme_changed(self) -> None:
        self._new_look()

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            self._paint(painter, event.rect())
        finally:
            painter.end()  # a painter that outlives its event, in a traceback, brings the process down

    def _paint(self, painter: QPainter, dirty: QRect) -> None:
        painter.setClipRect(dirty)
        painter.fillRect(dirty, self.look.color("base"))
        if self.unfold.is_running:
            self.unfold.paint(painter, dirty, self._paint_laid_out)
        else:
            self._paint_laid_out(painter, dirty)

    def _paint_laid_out(self, painter: QPainter, dirty: QRect) -> None:
        left = self.column_left()
        ratio = self.devicePixelRatioF()
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # all is read as its own words are
        context = PaintContext(painter, self.look, dirty.top(), dirty.bottom() + 1, ratio, step=self._arcs.step)
        paint_prompts(self, context, left)
        for placed in self.flow.visible:
            bottom = placed.top + placed.block.height
            if bottom + OVERSHOOT >= dirty.top() and placed.top - OVERSHOOT <= dirty.bottom():
                self._paint_block(context, placed, left)
        if self.keyboard.is_at_the_door:
            ring(context, self.viewport().rect().adjusted(4, 4, -4, -4), self.look.px(6))

    def _paint_block(self, context: PaintContext, placed: Placed, left: int) -> None:
        block = placed.block
        context.hovered = placed.index == self.pointer.message
        context.hover = self.pointer.control_key(placed)
        context.focus = self.keyboard.control_key(placed)
        context.pattern = self.finder.pattern
        context.current = self.finder.current_in(placed)
        context.selection = None
        selection = self.selection
        if selection is not None and selection.touches(placed.index) and block.selectable:
            key = self.flow.document(placed.index).key_of(placed.number)
            context.selection = selection.within(placed.index, key, block)
        block.paint(context, left, placed.top)
        if self.keyboard.is_current(placed) and not context.focus:
            frame = block.frame(self.flow.width).translated(left, placed.top)
            ring(context, frame.adjusted(0, 0, 0, -1), self.look.px(6))
        if isinstance(block, CodeBlock) and block.wants_deep_highlight:
            self.highlighter.add(block, self.actions_.after_highlight)
        elif isinstance(block, TextBlock | TableBlock) and block.shown_formulas():
            self.formulas.ask(block, self.highlighter, self.actions_.after_highlight)

    # -- input goes to those who know

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.pointer.double_click(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == event.Type.Leave:
            self.pointer.leave()
        elif event.type() == event.Type.ToolTip:
            return self.pointer.tool_tip(event)
        elif event.type() == event.Type.ContextMenu:
            self.actions_.context_menu(event)
            return True
        elif event.type() == event.Type.DevicePixelRatioChange:
            self.viewport().update()
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keyboard.press(event):
            event.ignore()

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.keyboard.tab(forward=forward) or super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.keyboard.focus_came(event.reason())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.keyboard.focus_lost(event.reason())
        super().focusOutEvent(event)

    def placed_at(self, point: QPoint) -> Placed | None:
        """The block under a viewport point."""
        for placed in self.flow.visible:
            if placed.top <= point.y() < placed.top + placed.block.height:
                return placed
        return None
