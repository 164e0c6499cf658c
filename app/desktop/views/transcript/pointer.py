"""The mouse in the transcript: hover, click, drag to select, wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from app.desktop.views.transcript.blocks.base import Control, control_key
from app.desktop.views.transcript.selection import Point, Selection

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from app.desktop.views.transcript.flow import Placed
    from app.desktop.views.transcript.view import TranscriptView

SCROLL_EDGE_MS = 30  # while a drag is beyond the edge
WHEEL_LINE = 20  # pixels a degree step of eighths: 120 units are three lines of 20


class Pointer:
    """State of the mouse over one view."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self.message = -1  # the message under the pointer
        self._block = (-1, -1)
        self._control: Control | None = None
        self._pressed: tuple[int, int, Control] | None = None
        self._origin: Point | None = None
        self._dragging = False
        self._at = QPoint()
        self._edge = QTimer(view)
        self._edge.setInterval(SCROLL_EDGE_MS)
        self._edge.timeout.connect(self._scroll_at_edge)

    def forget(self) -> None:
        """Another conversation: nothing is under the pointer any more."""
        self.message, self._block, self._control = -1, (-1, -1), None
        self._pressed, self._origin, self._dragging = None, None, False
        self._edge.stop()

    def control_key(self, placed: Placed) -> str:
        """The hovered control, for the block it belongs to."""
        return control_key(self._control) if (placed.index, placed.number) == self._block else ""

    # -- hover

    def move(self, event: QMouseEvent) -> None:
        self._at = event.position().toPoint()
        if self._dragging:
            self._drag_to(self._at)
            return
        self._hover(self._at)

    def leave(self) -> None:
        self._at = QPoint(-1, -1)
        self._hover(self._at)

    def _hover(self, point: QPoint) -> None:
        view = self._view
        placed = view.placed_at(point)
        control = self._control_at(placed, point)
        message = placed.index if placed is not None else -1
        block = (placed.index, placed.number) if placed is not None else (-1, -1)
        if (message, block, control_key(control)) == (self.message, self._block, control_key(self._control)):
            return
        self._repaint(self.message if message != self.message else -1, self._block)
        link_before = self._control is not None and self._control.action == "link"
        self.message, self._block, self._control = message, block, control
        self._repaint(message, block)
        if control is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif placed is not None and placed.block.selectable:
            shape = Qt.CursorShape.IBeamCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        view.viewport().setCursor(shape)
        is_link = control is not None and control.action == "link"
        if is_link or link_before:
            view.link_hovered.emit(control.argument if is_link and control is not None else "")

    def _repaint(self, message: int, block: tuple[int, int]) -> None:
        """Actions appear with their message: repaint its header and metrics, and the block itself."""
        viewport = self._view.viewport()
        for placed in self._view.flow.visible:
            if (placed.index, placed.number) == block or (
                placed.index == message and placed.block.kind in ("header", "metrics")
            ):
                viewport.update(QRect(0, placed.top, viewport.width(), placed.block.height + 1))

    def _control_at(self, placed: Placed | None, point: QPoint) -> Control | None:
        if placed is None:
            return None
        return placed.block.control_at(point - QPoint(self._view.column_left(), placed.top))

    def tool_tip(self, event: QEvent) -> bool:
        """The true target of a link, the name of a button. Plain text always."""
        assert isinstance(event, QHelpEvent)
        placed = self._view.placed_at(event.pos())
        control = self._control_at(placed, event.pos())
        if control is None or not control.hint:
            QToolTip.hideText()
            return True
        text = control.hint.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
        QToolTip.showText(event.globalPos(), f"<span>{text}</span>", self._view.viewport())
        return True

    # -- click and drag

    def press(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        placed = self._view.placed_at(point)
        control = self._control_at(placed, point)
        self._view.keyboard.leave()
        if placed is not None and control is not None:
            self._pressed = (placed.index, placed.number, control)
            return
        at = self.point_at(point)
        if at is None:
            self._view.set_selection(None)
            return
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if extend and self._view.selection is not None:
            self._origin = self._view.selection.origin
            self._view.set_selection(Selection(self._origin, at))
        else:
            self._origin = at
            self._view.set_selection(None)
        self._dragging = True

    def release(self, event: QMouseEvent) -> None:
        self._edge.stop()
        self._dragging = False
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        point = event.position().toPoint()
        placed = self._view.placed_at(point)
        control = self._control_at(placed, point)
        if placed is not None and control_key(control) == control_key(pressed[2]) and placed.index == pressed[0]:
            self._view.actions_.run(placed.index, placed.number, pressed[2])
            self._hover(point)

    def double_click(self, event: QMouseEvent) -> None:
        """Select a word; in a table a cell."""
        point = event.position().toPoint()
        placed = self._view.placed_at(point)
        if placed is None or not placed.block.selectable or self._control_at(placed, point) is not None:
            self.press(event)
            return
        at = self.point_at(point)
        if at is None:
            return
        start, end = placed.block.word_at(at[2])
        self._origin = (at[0], at[1], start)
        self._dragging = True
        self._view.set_selection(Selection(self._origin, (at[0], at[1], end)))

    def point_at(self, point: QPoint) -> Point | None:
        """The selection point nearest to a place in the viewport."""
        view = self._view
        best: Placed | None = None
        for placed in view.flow.visible:
            if not placed.block.selectable:
                continue
            if best is None or placed.top <= point.y():
                best = placed
        if best is None:
            return None
        offset = best.block.offset_at(point.x() - view.column_left(), point.y() - best.top)
        if point.y() >= best.top + best.block.height:
            offset = best.block.end_offset()
        return best.index, view.flow.document(best.index).key_of(best.number), offset

    def _drag_to(self, point: QPoint) -> None:
        view = self._view
        at = self.point_at(point)
        if at is not None and self._origin is not None:
            view.set_selection(Selection(self._origin, at))
        outside = point.y() < 0 or point.y() > view.viewport().height()
        if outside and not self._edge.isActive():
            self._edge.start()
        elif not outside:
            self._edge.stop()

    def _scroll_at_edge(self) -> None:
        height = self._view.viewport().height()
        beyond = self._at.y() if self._at.y() < 0 else self._at.y() - height
        self._view.scroll_by(max(-120, min(120, beyond)))
        self._drag_to(self._at)

    # -- wheel

    def wheel(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta(), event.angleDelta()
        sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # zooming is the window's business
            return
        dx, dy = (pixels.x(), pixels.y()) if not pixels.isNull() else (angle.x() // 2, angle.y() // 2)
        if sideways and not dx:
            dx, dy = dy, 0
        if abs(dx) > abs(dy):
            placed = self._view.placed_at(event.position().toPoint())
            if placed is not None and placed.block.scroll_sideways(-dx):
                self._view.viewport().update()
        elif dy:
            self._view.scroll_by(-dy)
            self._hover(event.position().toPoint())
        event.accept()
