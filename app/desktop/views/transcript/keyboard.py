"""The keyboard in the transcript: by block, by message, by page; Tab into links and buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence

from app.desktop.views.transcript.blocks.base import Control, control_key
from app.desktop.views.transcript.document import Key
from app.desktop.views.transcript.selection import everything

if TYPE_CHECKING:
    from app.desktop.views.transcript.flow import Placed
    from app.desktop.views.transcript.view import TranscriptView

_SILENT = ("spacer", "placeholder")  # blocks the keyboard passes over


class Keyboard:
    """The block (and the control in it) that has the keyboard."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._current: tuple[int, Key] | None = None
        self._control: Control | None = None

    def forget(self) -> None:
        self._current, self._control = None, None

    def focus_lost(self) -> None:
        if self._current is not None:
            self.forget()
            self._view.viewport().update()

    def is_current(self, placed: Placed) -> bool:
        if self._current is None or self._current[0] != placed.index or not self._view.hasFocus():
            return False
        return self._view.flow.document(placed.index).position_of(self._current[1]) == placed.number

    def control_key(self, placed: Placed) -> str:
        return control_key(self._control) if self._control is not None and self.is_current(placed) else ""

    @property
    def current(self) -> tuple[int, int] | None:
        """(message, flat position) of the block with the keyboard."""
        if self._current is None or self._current[0] >= self._view.model.count:
            return None
        index, key = self._current
        return index, self._view.flow.document(index).position_of(key)

    @property
    def control(self) -> Control | None:
        return self._control

    # -- keys

    def press(self, event: QKeyEvent) -> bool:
        """Handle a key; False: it is somebody else's."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._view.actions_.copy_selection()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self._view.set_selection(everything(self._view.model.count))
        else:
            return self._plain_key(event)
        return True

    def _plain_key(self, event: QKeyEvent) -> bool:
        view, key = self._view, event.key()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        page = max(40, view.viewport().height() - view.look.px(48))
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = -1 if key == Qt.Key.Key_Up else 1
            self._by_message(step) if control else self._by_block(step)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            view.scroll_by(-page if key == Qt.Key.Key_PageUp else page)
        elif key == Qt.Key.Key_Space and self._control is None:
            view.scroll_by(-page if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else page)
        elif key == Qt.Key.Key_Home:
            view.scroll_to_message(0)
        elif key == Qt.Key.Key_End:
            view.jump_to_latest()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return self._sideways(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            return self._activate()
        elif key == Qt.Key.Key_Menu or (
            key == Qt.Key.Key_F10 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self._menu()
        elif key == Qt.Key.Key_Escape and view.selection is not None:
            view.set_selection(None)
        else:
            return False
        return True

    # -- moving

    def _by_block(self, step: int) -> None:
        view = self._view
        here = self.current or self._entry(step)
        if here is None:
            return
        if self._current is not None:
            moved = self._neighbour(*here, step)
            if moved is None:
                view.scroll_by(step * 40)
                return
            # A block higher than the viewport is read before it is left.
            if self._scroll_inside(here, step):
                return
            here = moved
        self._go(*here)

    def _scroll_inside(self, here: tuple[int, int], step: int) -> bool:
        view = self._view
        top = view.flow.top_of(*here)
        if top is None:
            return False
        height = view.flow.document(here[0]).lay(here[1])
        page = view.viewport().height()
        if step > 0 and top + height > page + 1:
            view.scroll_by(min(top + height - page, page - view.look.px(48)))
            return True
        if step < 0 and top < -1:
            view.scroll_by(max(top, -(page - view.look.px(48))))
            return True
        return False

    def _by_message(self, step: int) -> None:
        view = self._view
        here = self.current or self._entry(step)
        if here is None:
            return
        index = max(0, min(view.model.count - 1, here[0] + step))
        self._control = None
        self._current = (index, view.flow.document(index).key_of(0))
        view.scroll_to_message(index)

    def _entry(self, step: int) -> tuple[int, int] | None:
        """Where the keyboard comes in: the first visible block going down, the last one going up."""
        visible = [p for p in self._view.flow.visible if p.block.kind not in _SILENT and p.block.height]
        whole = [p for p in visible if p.top >= 0] or visible
        if not whole:
            return None
        placed = whole[0] if step > 0 else whole[-1]
        return placed.index, placed.number

    def _neighbour(self, index: int, number: int, step: int) -> tuple[int, int] | None:
        flow = self._view.flow
        while True:
            number += step
            document = flow.document(index)
            if number < 0 or number >= len(document.flat):
                index += step
                if not 0 <= index < self._view.model.count:
                    return None
                number = len(flow.document(index).flat) if step < 0 else -1
                continue
            block = document.flat[number]
            if block.kind not in _SILENT and document.lay(number):
                return index, number

    def _go(self, index: int, number: int, control: Control | None = None) -> None:
        view = self._view
        self._current = (index, view.flow.document(index).key_of(number))
        self._control = control
        view.flow.reveal(index, number, margin=view.look.px(8))
        view.refresh()

    def _sideways(self, step: int) -> bool:
        here = self.current
        if here is None:
            return False
        block = self._view.flow.document(here[0]).flat[here[1]]
        if block.scroll_sideways(step * 40):
            self._view.viewport().update()
        return block.widest_scroll > 0

    # -- controls

    def tab(self, *, forward: bool) -> bool:
        """Next link or button of what is visible; False lets the focus leave the transcript."""
        view = self._view
        stops = [
            (placed.index, placed.number, control)
            for placed in view.flow.visible
            for control in placed.block.controls
            if self._is_visible(placed, control)
        ]
        here = self.current
        position = -1 if forward else len(stops)
        if here is not None:
            position = next(
                (
                    n
                    for n, (index, number, control) in enumerate(stops)
                    if (index, number) == here and control_key(control) == control_key(self._control)
                ),
                self._place_before(stops, here, forward=forward),
            )
        position += 1 if forward else -1
        if not 0 <= position < len(stops):
            self.focus_lost()
            return False
        self._go(*stops[position])
        return True

    @staticmethod
    def _place_before(stops: list[tuple[int, int, Control]], here: tuple[int, int], *, forward: bool) -> int:
        """Where a block without a chosen control stands among the stops."""
        before = sum(1 for index, number, _ in stops if (index, number) < here)
        return before - 1 if forward else before

    def _is_visible(self, placed: Placed, control: Control) -> bool:
        rect = control.rects[0]
        top = placed.top + rect.y()
        return top >= 0 and top + rect.height() <= self._view.viewport().height()

    def _activate(self) -> bool:
        here = self.current
        if here is None or self._control is None:
            return False
        self._view.actions_.run(*here, self._control)
        block_controls = self._view.flow.document(here[0]).flat[here[1]].controls
        key = control_key(self._control)
        self._control = next((c for c in block_controls if control_key(c) == key), None)
        return True

    def _menu(self) -> None:
        view = self._view
        here = self.current or self._entry(1)
        if here is None:
            return
        top = view.flow.top_of(*here) or 0
        point = QPoint(view.column_left() + view.look.pad, max(0, top) + view.look.px(16))
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, point, view.viewport().mapToGlobal(point))
        view.actions_.context_menu(event)
