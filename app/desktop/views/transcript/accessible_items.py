"""The transcript's messages, their blocks, and the buttons and links in those, as a screen reader meets them.

Nothing here is made before somebody asks, and what was made is kept by its parent: Qt's table of interfaces has only
the C++ halves. `release` takes them out of that table, children first, before anything they speak of goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface

from app.desktop.views.transcript.accessible_item import Item
from app.desktop.views.transcript.blocks.base import Control, control_key
from app.desktop.views.transcript.blocks.boundary import BoundaryBlock
from app.desktop.views.transcript.blocks.frame import ThinkingBlock
from app.desktop.views.transcript.blocks.note import NoteBlock
from app.desktop.views.transcript.blocks.text import TextBlock
from app.desktop.views.transcript.spoken import (
    block_description,
    block_name,
    block_role,
    control_names,
    message_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.desktop.views.transcript.blocks.base import Block
    from app.desktop.views.transcript.document import Key, MessageDocument
    from app.desktop.views.transcript.view import TranscriptView


class MessageItem(Item):
    """One message: "You, 14:31. …". Its blocks are there while it is on the screen or has the keyboard."""

    def __init__(self, view: TranscriptView, index: int) -> None:
        super().__init__(view)
        self.index = index
        self._blocks: dict[Key, BlockItem] = {}

    @property
    def document(self) -> MessageDocument:
        return self.view.flow.document(self.index)

    def isValid(self) -> bool:
        return self.index < self.view.model.count

    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self.view)

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def text(self, kind: QAccessible.Text) -> str:
        if kind != QAccessible.Text.Name or not self.isValid():
            return ""
        return message_name(self.view, self.index)

    def describe(self, state: QAccessible.State) -> None:
        state.readOnly = True

    def place(self) -> QRect:
        places = [placed for placed in self.view.flow.visible if placed.index == self.index]
        if not places:
            return QRect()
        top = max(0, places[0].top)
        bottom = min(self.view.viewport().height(), places[-1].top + places[-1].block.height)
        return QRect(self.view.column_left(), top, self.view.flow.width, max(0, bottom - top))

    def has_keyboard(self) -> bool:
        keyboard = self.view.keyboard
        return keyboard.on_whole_message and keyboard.current is not None and keyboard.current[0] == self.index

    def take_keyboard(self) -> None:
        if self.isValid():
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
            self.view.keyboard.go_to_message(self.index)

    # -- blocks

    def _numbers(self) -> tuple[int, int]:
        """How many blocks there are to speak of, and the position of the one that is left out (-1: none)."""
        here = self.view.keyboard.current
        is_shown = any(placed.index == self.index for placed in self.view.flow.visible)
        if not self.isValid() or not (is_shown or (here is not None and here[0] == self.index)):
            return 0, -1
        flat = self.document.flat
        count = len(flat) - (flat[-1].kind in ("spacer", "placeholder"))
        absent = len(flat) > 1 and isinstance(flat[1], ThinkingBlock) and not flat[1].present
        return count - absent, 1 if absent else -1

    def childCount(self) -> int:
        return self._numbers()[0]

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        count, absent = self._numbers()
        if not 0 <= index < count:
            return None
        return self.block(self.document.key_of(index + (0 <= absent <= index)))

    def block(self, key: Key) -> BlockItem:
        found = self._blocks.get(key)
        if found is None:
            found = self._blocks[key] = BlockItem(self, key)
        return found

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if not isinstance(child, BlockItem) or child.number is None:
            return -1
        return child.number - (0 <= self._numbers()[1] < child.number)

    def release(self) -> None:
        while self._blocks:
            self._blocks.popitem()[1].release()
        super().release()


class BlockItem(Item):
    """A paragraph, a piece of code, a table, the line of figures: whatever the arrow keys stop at."""

    def __init__(self, message: MessageItem, key: Key) -> None:
        super().__init__(message.view)
        self.message, self.key = message, key
        self._controls: dict[str, ControlItem] = {}

    @property
    def number(self) -> int | None:
        """Its position in the message; None: it is gone."""
        if not self.message.isValid():
            return None
        document = self.message.document
        number = document.position_of(self.key)
        return number if document.key_of(number) == self.key else None

    @property
    def block(self) -> Block | None:
        number = self.number
        return None if number is None else self.message.document.flat[number]

    def isValid(self) -> bool:
        return self.number is not None

    def parent(self) -> QAccessibleInterface:
        return self.message

    def role(self) -> QAccessible.Role:
        block = self.block
        return QAccessible.Role.NoRole if block is None else block_role(block)

    def text(self, kind: QAccessible.Text) -> str:
        block = self.block
        if block is None:
            return ""
        if kind == QAccessible.Text.Name:
            return block_name(block)
        return block_description(block) if kind == QAccessible.Text.Description else ""

    def describe(self, state: QAccessible.State) -> None:
        state.readOnly = True

    def place(self) -> QRect:
        number, view = self.number, self.view
        top = None if number is None else view.flow.top_of(self.message.index, number)
        block = self.block
        if top is None or block is None:
            return QRect()
        frame = block.frame(view.flow.width).translated(view.column_left(), top)
        return frame.intersected(view.viewport().rect())

    def has_keyboard(self) -> bool:
        keyboard = self.view.keyboard
        is_here = keyboard.current == (self.message.index, self.number)
        return is_here and keyboard.control is None and not keyboard.on_whole_message

    def take_keyboard(self) -> None:
        number = self.number
        if number is not None:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
            self.view.keyboard.go_to(self.message.index, number)

    # -- buttons and links

    def controls(self) -> list[Control]:
        """Of the laid out block; text without a link is not laid out for this."""
        number, block = self.number, self.block
        if number is None or block is None or (isinstance(block, TextBlock) and not block.parsed().links):
            return []
        self.message.document.lay(number)
        return block.controls

    def childCount(self) -> int:
        return len(self.controls())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        controls = self.controls()
        return self.control(control_key(controls[index])) if 0 <= index < len(controls) else None

    def control(self, key: str) -> ControlItem:
        found = self._controls.get(key)
        if found is None:
            found = self._controls[key] = ControlItem(self, key)
        return found

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        keys = [control_key(control) for control in self.controls()]
        return keys.index(child.key) if isinstance(child, ControlItem) and child.key in keys else -1

    def release(self) -> None:
        while self._controls:
            self._controls.popitem()[1].release()
        super().release()


class ControlItem(Item):
    """A button or a link inside a block."""

    can_be_pressed = True

    def __init__(self, block: BlockItem, key: str) -> None:
        super().__init__(block.view)
        self._block, self.key = block, key

    def _find(self) -> Control | None:
        return next((c for c in self._block.controls() if control_key(c) == self.key), None)

    def isValid(self) -> bool:
        return self._find() is not None

    def parent(self) -> QAccessibleInterface:
        return self._block

    def role(self) -> QAccessible.Role:
        control = self._find()
        if control is None:
            return QAccessible.Role.NoRole
        return {"link": QAccessible.Role.Link, "more": QAccessible.Role.ButtonMenu}.get(
            control.action, QAccessible.Role.Button
        )

    def text(self, kind: QAccessible.Text) -> str:
        control, number = self._find(), self._block.number
        if control is None or number is None:
            return ""
        if kind == QAccessible.Text.Name:
            names = control_names(self._block.message.document, number)
            return names[self._block.controls().index(control)]
        is_target = kind == QAccessible.Text.Description and control.action == "link"
        return control.argument if is_target else ""

    def describe(self, state: QAccessible.State) -> None:
        control, block = self._find(), self._block.block
        if control is None:
            return
        state.disabled = not control.enabled
        state.hasPopup = control.action == "more"
        state.linked = control.action == "link"
        opened = isinstance(block, (ThinkingBlock, NoteBlock, BoundaryBlock)) and block.opened
        if control.action in ("thinking", "details", "summary"):
            state.expandable = True
            state.expanded, state.collapsed = opened, not opened

    def place(self) -> QRect:
        control, number, view = self._find(), self._block.number, self.view
        top = None if number is None else view.flow.top_of(self._block.message.index, number)
        if control is None or top is None:
            return QRect()
        seen = QRect()
        for rect in control.rects:
            seen = seen.united(rect.translated(view.column_left(), top).intersected(view.viewport().rect()))
        return seen

    def has_keyboard(self) -> bool:
        keyboard = self.view.keyboard
        is_here = keyboard.current == (self._block.message.index, self._block.number)
        return is_here and control_key(keyboard.control) == self.key

    def take_keyboard(self) -> None:
        control, number = self._find(), self._block.number
        if control is not None and number is not None:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
            self.view.keyboard.go_to(self._block.message.index, number, control)

    def deferred_press(self) -> Callable[[], None]:
        """The same as a click, for the message that is there now and no other one."""
        message_id = self._block.message.document.message.message_id

        def press() -> None:
            control, number, index = self._find(), self._block.number, self._block.message.index
            if control is None or number is None or not control.enabled:
                return
            if self.view.flow.document(index).message.message_id != message_id:
                return
            top = self.view.flow.top_of(index, number)
            if top is None or self.place().isEmpty():
                self.view.keyboard.show_control(index, number, control)  # a menu opens under its button
            self.view.actions_.run(index, number, control)

        return press
