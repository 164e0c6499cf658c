"""Before a comparison: which models, the prompt, how; and the comparisons there were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import CheckBox, ChoiceBox, Column, push_button, text_label
from app.desktop.views.wrap_row import WrapRow
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme

PROMPT_HEIGHT, LIST_HEIGHT, ROW = 132, 216, 32


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """A comparison of the list; `detail` has models and time."""

    uid: str
    prompt: str
    detail: str


class SetupPage(QWidget):
    """Signals:
    add_requested(): another model. remove_requested(index): one of them less.
    start_requested(): ask them. set_requested(): all prompts of a file. edited(): the prompt differs.
    open_requested(uid), delete_requested(uid): an earlier comparison.
    """

    add_requested = Signal()
    remove_requested = Signal(int)
    start_requested = Signal()
    set_requested = Signal()
    edited = Signal()
    open_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        scroll = Column(theme, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        box = scroll.box
        box.setSpacing(theme.px(8))
        lead = self.tr("Ask two to four models the same, and see their answers and figures side by side.")
        box.addWidget(text_label(theme, lead, "body", "text2", wrap=True, parent=scroll.content))
        self._make_models(box, scroll.content)
        self._make_prompt(box, scroll.content)
        self._make_choices(box, scroll.content)
        self._make_earlier(box, scroll.content)
        box.addStretch(1)

    def _title(self, text: str, parent: QWidget) -> QWidget:
        label = text_label(self._theme, text, "small-medium", "text2", parent=parent)
        label.setContentsMargins(0, self._theme.px(8), 0, 0)
        return label

    def _make_models(self, box: QVBoxLayout, parent: QWidget) -> None:
        box.addWidget(self._title(self.tr("Models"), parent))
        self._chips = QWidget(parent)
        self._row = WrapRow(self._theme.px(8))
        self._row.setContentsMargins(0, 0, 0, 0)
        self._chips.setLayout(self._row)
        self.add_button = push_button(self._theme, self.tr("Add a model"), small=True, icon="plus", parent=self._chips)
        self.add_button.clicked.connect(self.add_requested)
        self._row.addWidget(self.add_button)
        box.addWidget(self._chips)

    def _make_prompt(self, box: QVBoxLayout, parent: QWidget) -> None:
        box.addWidget(self._title(self.tr("Prompt"), parent))
        self.prompt = QPlainTextEdit(parent)
        self.prompt.setAccessibleName(self.tr("Prompt"))
        self.prompt.setFont(self._theme.font("reading"))
        self.prompt.setPlaceholderText(self.tr("What all of them are to answer"))
        self.prompt.setTabChangesFocus(True)
        self.prompt.setFixedHeight(self._theme.px(PROMPT_HEIGHT))
        self.prompt.textChanged.connect(self.edited)
        self.prompt.installEventFilter(self)
        box.addWidget(self.prompt)
        self.hint = text_label(self._theme, "", "small", "text3", wrap=True, parent=parent)
        self.hint.hide()
        box.addWidget(self.hint)

    def _make_choices(self, box: QVBoxLayout, parent: QWidget) -> None:
        theme = self._theme
        row = WrapRow(theme.px(16))
        row.setContentsMargins(0, 0, 0, 0)
        inside = QWidget(parent)
        inside.setLayout(row)
        self.blind = CheckBox(theme, self.tr("Blind: names appear after the vote"), inside)
        self.order = ChoiceBox(theme, inside)
        self.order.setAccessibleName(self.tr("Order"))
        for words, value in (
            (self.tr("Order: by free memory"), None),
            (self.tr("Order: together"), True),
            (self.tr("Order: in turn, for figures that compare well"), False),
        ):
            self.order.addItem(words, value)
        self.set_button = push_button(theme, self.tr("Prompts from a file…"), icon="file", parent=inside)
        self.set_button.setToolTip(self.tr("A JSON Lines file: every prompt is asked, and the figures are summed up"))
        self.set_button.clicked.connect(self.set_requested)
        row.addWidget(self.order)
        row.addWidget(self.blind)
        row.addWidget(self.set_button)
        box.addWidget(inside)

    def _make_earlier(self, box: QVBoxLayout, parent: QWidget) -> None:
        self._earlier_title = self._title(self.tr("Earlier comparisons"), parent)
        box.addWidget(self._earlier_title)
        self.nothing = text_label(
            self._theme, self.tr("Nothing was compared yet."), "body", "text3", wrap=True, parent=parent
        )
        box.addWidget(self.nothing)
        self.list = QListWidget(parent)
        self.list.setAccessibleName(self.tr("Earlier comparisons"))
        self.list.setFont(self._theme.font("body"))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemActivated.connect(lambda item: self.open_requested.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.installEventFilter(self)
        box.addWidget(self.list)
        buttons = QHBoxLayout()
        self.open_button = push_button(self._theme, self.tr("Open"), small=True, parent=parent)
        self.open_button.clicked.connect(lambda: self._with_current(self.open_requested.emit))
        self.delete_button = push_button(self._theme, self.tr("Delete"), small=True, parent=parent)
        self.delete_button.clicked.connect(lambda: self._with_current(self.delete_requested.emit))
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.delete_button)
        buttons.addStretch(1)
        box.addLayout(buttons)
        self.show_earlier(())

    # -- what is shown

    def show_models(self, names: Sequence[str], *, can_add: bool) -> None:
        """Chips of the chosen models; each takes its model away."""
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self.add_button:
                pass_focus(widget, self.add_button, self.prompt)
                widget.hide()
                widget.deleteLater()
        for index, name in enumerate(names):
            chip = push_button(self._theme, name, small=True, kind="row", icon="close", parent=self._chips)
            chip.setAccessibleName(self.tr("Remove {name}, {n}").format(name=name, n=index + 1))
            chip.setToolTip(self.tr("Remove {name}").format(name=name))
            chip.clicked.connect(lambda _checked=False, i=index: self.remove_requested.emit(i))
            self._row.addWidget(chip)
            chip.show()
        self._row.addWidget(self.add_button)
        if not can_add:
            pass_focus(self.add_button, self.prompt)
        self.add_button.setVisible(can_add)
        self._row.invalidate()
        self._chips.updateGeometry()

    def show_hint(self, text: str) -> None:
        """About the prompt: where it is from."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def show_earlier(self, rows: Sequence[EarlierRow]) -> None:
        """The list keeps its place where it can."""
        current = self.list.currentItem()
        chosen = current.data(Qt.ItemDataRole.UserRole) if current is not None else ""
        self.list.clear()
        for row in rows:
            item = QListWidgetItem(f"{row.prompt}   {row.detail}")
            item.setData(Qt.ItemDataRole.UserRole, row.uid)
            item.setToolTip(f"{row.prompt}\n{row.detail}")
            item.setSizeHint(QSize(0, self._theme.px(ROW)))
            self.list.addItem(item)
            if row.uid == chosen:
                self.list.setCurrentItem(item)
        px = self._theme.px
        self.list.setFixedHeight(min(px(LIST_HEIGHT), px(ROW) * len(rows) + px(4)))
        for widget in (self.list, self.open_button, self.delete_button):
            if not rows:
                pass_focus(widget, self.prompt)
            widget.setVisible(bool(rows))
        self.nothing.setVisible(not rows)
        self._enable()

    def _enable(self) -> None:
        for button in (self.open_button, self.delete_button):
            button.setEnabled(self.list.currentItem() is not None)

    def _with_current(self, run: object) -> None:
        item = self.list.currentItem()
        if item is not None:
            run(item.data(Qt.ItemDataRole.UserRole))  # type: ignore[operator]  # a bound signal's emit

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if watched is self.prompt and control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.start_requested.emit()
                return True
            if watched is self.list and event.key() == Qt.Key.Key_Delete:
                self._with_current(self.delete_requested.emit)
                return True
        return super().eventFilter(watched, event)
