"""The keyboard in the transcript: by block, by message, by page; Tab into links and buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence

from app.desktop.views.transcript import accessible
from app.desktop.views.transcript.blocks.base import Control, control_key
from app.desktop.views.transcript.blocks.text import TextBlock
from app.desktop.views.transcript.document import HEAD, TAIL, Key
from app.desktop.views.transcript.selection import everything

if TYPE_CHECKING:
    from app.desktop.views.transcript.flow import Placed
    from app.desktop.views.transcript.view import TranscriptView

_SILENT = ("spacer", "placeholder")  # blocks the keyboard passes over
_RING = 8  # around a control that comes into view: its ring and a little air
_LAST = 1 << 30  # number of a block behind all others of its section

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
_RETURNS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)

Stop = tuple[int, int, Control | None]  # message, block, control; None: a message that is not in memory yet


class Keyboard:
    """The block (and the control in it) that has the keyboard."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._current: tuple[int, Key] | None = None
        self._control: Control | None = None
        self.on_whole_message = False  # came by message: that is what is read, not its header alone
        self._came_by_key = False
        self._is_behind = False  # came from below to a message that was not in memory

    def forget(self) -> None:
        self._current, self._control = None, None
        self.on_whole_message = self._is_behind = False

    def leave(self) -> None:
        """Nothing has the keyboard any more."""
        if self._current is not None:
            self.forget()
            self._view.viewport().update()

    def focus_lost(self, reason: Qt.FocusReason) -> None:
        """The focus went elsewhere; from a menu or another window it comes back to the same place."""
        self._view.viewport().update()
        if reason not in _RETURNS:
            self.leave()

    def focus_came(self, reason: Qt.FocusReason) -> None:
        if reason not in _RETURNS:
            self._came_by_key = reason in _BY_KEY
        self._view.viewport().update()
        if self._current is not None:
            accessible.focus_moved(self._view)

    @property
    def is_at_the_door(self) -> bool:
        """Whether the keyboard is here, but at no block yet: then the whole transcript wears the ring."""
        return self._came_by_key and self._current is None and self._view.hasFocus()

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
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._to_end(-1 if key == Qt.Key.Key_Home else 1)
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
        self.go_to(*here)

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
        self.go_to_message(max(0, min(view.model.count - 1, here[0] + step)))

    def go_to_message(self, index: int) -> None:
        """The beginning of a message goes to the top, and the keyboard to the message as a whole."""
        view = self._view
        self._settle((index, view.flow.document(index).key_of(0)), None, on_whole_message=True)
        view.scroll_to_message(index)
        accessible.focus_moved(view)

    def _to_end(self, step: int) -> None:
        """The beginning or the end of the chat; the keyboard comes along where it was among the blocks."""
        view = self._view
        view.scroll_to_message(0) if step < 0 else view.jump_to_latest()
        if self._current is None or not view.model.count:
            return
        index = 0 if step < 0 else view.model.count - 1
        self._settle((index, (HEAD, 0) if step < 0 else (TAIL, _LAST)), None, on_whole_message=True)
        accessible.focus_moved(view)

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

    def go_to(self, index: int, number: int, control: Control | None = None) -> None:
        """A block, or a control in it, gets the keyboard and comes into view."""
        view = self._view
        self._settle((index, view.flow.document(index).key_of(number)), control)
        if control is not None:
            self.show_control(index, number, control)
        else:
            view.flow.reveal(index, number, margin=view.look.px(8))
            view.refresh()
        accessible.focus_moved(view)

    def _settle(self, place: tuple[int, Key], control: Control | None, *, on_whole_message: bool = False) -> None:
        self._current, self._control = place, control
        self.on_whole_message, self._is_behind = on_whole_message, False

    def show_control(self, index: int, number: int, control: Control) -> None:
        """Scroll just so far that a control and its ring are in view."""
        view, flow = self._view, self._view.flow
        if flow.top_of(index, number) is None:
            flow.reveal(index, number, margin=view.look.px(8))
        top = (flow.top_of(index, number) or 0) + control.rects[0].top() - _RING
        bottom = (flow.top_of(index, number) or 0) + control.rects[-1].bottom() + _RING
        page = view.viewport().height()
        if top < 0 or bottom - top > page:
            flow.scroll_by(top)
        elif bottom > page:
            flow.scroll_by(bottom - page)
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
        """Next link or button of the chat, shown or not; False lets the focus leave the transcript."""
        stop = self._next_stop(1 if forward else -1)
        if stop is None:
            self.leave()
            return False
        index, number, control = stop
        if control is not None:
            self.go_to(index, number, control)
            return True
        # Not in memory: to be shown is to be loaded, and the next Tab goes into it.
        self.go_to(index, number)
        self._current = (index, (HEAD, 0) if forward else (TAIL, _LAST))
        self._is_behind = not forward
        return True

    def _next_stop(self, step: int) -> Stop | None:
        """The stop after (or before) the place of the keyboard; without one, after the top of what is visible."""
        flow, count = self._view.flow, self._view.model.count
        here = self.current or self._entry(step)
        if here is None:
            return None
        index, number = here
        controls = self._controls(index, number)
        at = self._place_among(controls, step)
        while True:
            if 0 <= at < len(controls):
                return index, number, controls[at]
            number += step
            if not 0 <= number < len(flow.document(index).flat):
                index += step
                if not 0 <= index < count:
                    return None
                flat = flow.document(index).flat
                number = 0 if step > 0 else len(flat) - 1
                if flat[number].kind == "placeholder":
                    return index, number, None
            controls = self._controls(index, number)
            at = 0 if step > 0 else len(controls) - 1

    def _place_among(self, controls: list[Control], step: int) -> int:
        """Which of the controls of the present block is the next one; it may be none of them."""
        keys = [control_key(control) for control in controls]
        if self._control is not None and control_key(self._control) in keys:
            return keys.index(control_key(self._control)) + step
        if step > 0:
            return 0
        # Going up from a block its own controls lie behind; coming in from below they do not.
        return len(controls) - 1 if self._current is None or self._is_behind else -1

    def _controls(self, index: int, number: int) -> list[Control]:
        """Of a laid out block; text without a link is not laid out for this."""
        document = self._view.flow.document(index)
        block = document.flat[number]
        if isinstance(block, TextBlock) and not block.parsed().links:
            return []
        document.lay(number)
        return [control for control in block.controls if control.enabled]

    def _activate(self) -> bool:
        here = self.current
        if here is None or self._control is None:
            return False
        self._view.actions_.run(*here, self._control)
        block_controls = self._view.flow.document(here[0]).flat[here[1]].controls
        key = control_key(self._control)
        self._control = next((c for c in block_controls if control_key(c) == key), None)
        if self._control is None:
            accessible.focus_moved(self._view)
        else:
            accessible.pressed(self._view)
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
