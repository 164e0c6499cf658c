"""Settings, Local Models: the cards of LM Studio and Ollama, and the models they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.models.model_list_model import size_text
from app.desktop.models.model_table_model import Action, ModelTableModel, TableRow
from app.desktop.models.settings_form import CheckResult, EngineFacts, KeyFacts, RuntimeFacts, SettingsForm
from app.desktop.views.search_field import filter_field
from app.desktop.views.settings.controls import push_button, set_tone, text_label
from app.desktop.views.settings.engine_card import EngineCard
from app.desktop.views.settings.fields import Field
from app.desktop.views.settings.models_table import ModelsTable
from app.desktop.views.settings.page import NARROW_PANE, SettingsPage
from app.desktop.views.settings.resource_graphs import ResourceGraphs
from app.desktop.views.settings.runtime_card import RuntimeCard
from app.desktop.views.undo_bar import UndoBar

if TYPE_CHECKING:
    from app.desktop.models.load_facts import LoadFormFacts
    from app.desktop.theme import Theme
    from app.desktop.views.settings.load_form import LoadForm

CARD_LEAST, FOLDED_LEAST = 400, 760
#: Below this width of the page the heading of the models takes two lines.
ONE_LINE_HEADING = 920


class LocalModelsPage(SettingsPage):
    """Signals:
    test_requested(instance_id, address), start_requested(instance_id), stop_requested(instance_id).
    fix_requested(instance_id, action, value).
    refresh_requested(), get_models_requested().
    use_key_requested(instance_id, WithheldFacts), other_key_requested(instance_id): about a key of the old address.
    load_requested(row), unload_requested(row), cancel_requested(row): what the button of a model's row says.
    keep_requested(row, seconds): a loaded model stays in memory so long.
    folder_requested(row), delete_requested(row): of a model's files.
    unload_all_requested().
    """

    test_requested = Signal(str, str)
    start_requested = Signal(str)
    stop_requested = Signal(str)
    fix_requested = Signal(str, str, str)
    refresh_requested = Signal()
    get_models_requested = Signal()
    use_key_requested = Signal(str, object)
    other_key_requested = Signal(str)
    load_requested = Signal(object)
    unload_requested = Signal(object)
    cancel_requested = Signal(object)
    keep_requested = Signal(object, float)
    folder_requested = Signal(object)
    delete_requested = Signal(object)
    unload_all_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        runtimes: list[tuple[str, str]],
        model: ModelTableModel,
        *,
        with_window: frozenset[str] = frozenset(),
        engines: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`runtimes`: (instance id, name) of each local server; the first owns the bare names of the buttons.

        `with_window`: those that take the context window with each load. `engines`: those without a server.
        """
        super().__init__(theme, parent)
        self._model = model
        self.cards: dict[str, RuntimeCard] = {}
        self._side_by_side = False
        self._cards_place = QWidget(self.column.content)
        self._cards_place.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._grid = QGridLayout(self._cards_place)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for place, (instance_id, name) in enumerate(runtimes):
            self._add_card(instance_id, name, bare=place == 0, has_window=instance_id in with_window)
        self.column.box.addWidget(self._cards_place)
        self.graphs = ResourceGraphs(theme, self.column.content)
        self.column.box.addWidget(self.graphs)
        self.column.box.addLayout(self._make_heading())
        self.note = text_label(theme, "", "small", "text2", wrap=True, parent=self.column.content)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note.hide()
        self.column.box.addWidget(self.note)
        self.column.box.addWidget(self._make_table(), 1000)
        self.empty_label = text_label(theme, "", "body", "text3", wrap=True, parent=self.column.content)
        self.column.box.addWidget(self.empty_label)
        self.engine_cards: dict[str, EngineCard] = {}
        for instance_id, name in engines:
            made = self.engine_cards[instance_id] = EngineCard(theme, instance_id, name, self.column.content)
            for field in made.fields:
                self.add(field)
            self.column.box.addWidget(made)
        self.column.box.addStretch(1)
        model.modelReset.connect(self._show_counts)
        model.dataChanged.connect(self._show_counts)
        model.completed.connect(self._show_counts)
        self._show_counts()
        self._place_cards()
        self.undo_bar = UndoBar(theme, self)

    def _add_card(self, instance_id: str, name: str, *, bare: bool, has_window: bool) -> None:
        made = RuntimeCard(
            self.theme, instance_id, name, bare_names=bare, has_window=has_window, parent=self._cards_place
        )
        self.cards[instance_id] = made
        self.add(made.address)
        if made.window_field is not None:
            self.add(made.window_field)
        made.test_requested.connect(lambda text: self.test_requested.emit(instance_id, text))
        made.start_requested.connect(lambda: self.start_requested.emit(instance_id))
        made.stop_requested.connect(lambda: self.stop_requested.emit(instance_id))
        made.fix_requested.connect(lambda action, value: self.fix_requested.emit(instance_id, action, value))
        made.withheld.use_requested.connect(lambda shown: self.use_key_requested.emit(instance_id, shown))
        made.withheld.other_requested.connect(lambda: self.other_key_requested.emit(instance_id))
        made.failed_changed.connect(self._place_cards)

    def _make_heading(self) -> QBoxLayout:
        theme = self.theme
        self._counts = text_label(theme, "", "body", "text2", parent=self.column.content)
        name = self.tr("Filter local models")
        self.filter = filter_field(theme, name, 200, self._model.set_filter, self.column.content)
        self.refresh_button = push_button(
            theme, self.tr("Refresh models"), icon="regenerate", parent=self.column.content
        )
        self.refresh_button.setAccessibleName(self.tr("Refresh models"))
        self.refresh_button.clicked.connect(self.refresh_requested)
        self.get_button = push_button(theme, self.tr("Get models…"), icon="download", parent=self.column.content)
        self.get_button.clicked.connect(self.get_models_requested)
        self.eject_button = push_button(theme, self.tr("Eject all"), icon="eject", parent=self.column.content)
        self.eject_button.setEnabled(False)
        self.eject_button.clicked.connect(self.unload_all_requested)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(theme.px(12))
        first.addWidget(text_label(theme, self.tr("Models"), "section", parent=self.column.content))
        first.addWidget(self._counts)
        first.addStretch(1)
        first.addWidget(self.eject_button)
        second.addWidget(self.filter, 1)
        second.addStretch(0)
        second.addWidget(self.refresh_button)
        second.addWidget(self.get_button)
        self._heading = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._heading.setSpacing(theme.px(12))
        self._heading.addLayout(first, 1)
        self._heading.addLayout(second)
        return self._heading

    def _make_table(self) -> QWidget:
        self._frame = QFrame(self.column.content)
        self._frame.setProperty("card", True)
        box = QVBoxLayout(self._frame)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSizeConstraint(QLayout.SizeConstraint.SetMinAndMaxSize)  # no taller than its rows
        self.table = ModelsTable(self.theme, self._model, self._frame)
        box.addWidget(self.table)
        self.table.acted.connect(self._on_acted)
        self.table.options_requested.connect(self.load_requested)
        self.table.keep_requested.connect(self.keep_requested)
        self.table.folder_requested.connect(self.folder_requested)
        self.table.delete_requested.connect(self.delete_requested)
        return self._frame

    # -- for the pane

    @property
    def is_loaded(self) -> bool:
        return self._model.is_complete

    def load(self, form: SettingsForm) -> None:
        super().load(form)
        for instance_id, made in self.cards.items():
            made.forget_other_results()
            facts = form.provider(instance_id)
            made.show_key(facts.key if facts is not None else KeyFacts())

    def test(self, instance_id: str) -> None:
        """Look again at the address that is typed in a server's card."""
        self.test_requested.emit(instance_id, self.cards[instance_id].address.edit.text())

    def name_of(self, field: Field) -> str:
        return str(field.control.accessibleName())

    # -- showing

    def show_facts(self, facts: RuntimeFacts) -> None:
        if facts.instance_id in self.cards:
            self.cards[facts.instance_id].show_facts(facts)
            if self._fits_side_by_side() != self._side_by_side:  # its words may need more room now
                self._place_cards()

    def show_engine(self, facts: EngineFacts) -> None:
        if facts.instance_id in self.engine_cards:
            self.engine_cards[facts.instance_id].show_facts(facts)

    def show_result(self, instance_id: str, result: CheckResult) -> None:
        if instance_id in self.cards:
            self.cards[instance_id].show_result(result)

    def show_trouble(self, instance_id: str, text: str) -> None:
        if instance_id in self.cards:
            self.cards[instance_id].show_trouble(text)

    def show_key(self, instance_id: str, facts: KeyFacts) -> None:
        if instance_id in self.cards:
            self.cards[instance_id].show_key(facts)

    def show_key_error(self, instance_id: str, text: str) -> None:
        if instance_id in self.cards:
            self.cards[instance_id].withheld.show_error(text)

    def show_loaded(self, count: int) -> None:
        """So many models are in memory of runtimes that can let go."""
        self.eject_button.setEnabled(count > 0)
        self.eject_button.setToolTip("" if count else self.tr("Nothing is in memory."))

    def tell(self, text: str, failed: bool) -> None:
        """What an act on a model came to; "" takes away what stood there."""
        self.note.setText(text)
        set_tone(self.theme, self.note, "error" if failed else "text2")
        self.note.setVisible(bool(text))

    def open_load_form(self, facts: LoadFormFacts) -> LoadForm | None:
        """The form at the row of its model; None where that is not shown any more."""
        number = self.table.show_row(facts.key)
        if number < 0:
            return None
        self.column.show_widget(self.table)
        from app.desktop.views.settings.load_form import LoadForm  # here: few looks at the page open it

        form = LoadForm(self.theme, facts, self.table)
        button = self.table.button_of(number)
        corner = button.bottomLeft() if self.isRightToLeft() else button.bottomRight()
        form.open_at(self.table.viewport().mapToGlobal(corner + QPoint(0, self.theme.px(4))))
        return form

    def _on_acted(self, row: TableRow) -> None:
        asked = {
            Action.LOAD: self.load_requested,
            Action.UNLOAD: self.unload_requested,
            Action.CANCEL: self.cancel_requested,
        }
        if row.action is not None:
            asked[row.action].emit(row)

    def focus_address(self, instance_id: str) -> None:
        """Bring a server's address into focus, its text chosen; for an engine its folders."""
        if instance_id in self.engine_cards:
            folders = self.engine_cards[instance_id].folders
            self.column.show_widget(folders)
            folders.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        if instance_id in self.cards:
            edit = self.cards[instance_id].address.edit
            self.column.show_widget(edit)
            edit.setFocus(Qt.FocusReason.OtherFocusReason)
            edit.selectAll()

    def _show_counts(self) -> None:
        rows = self._model.all_rows
        size = sum(row.size_bytes for row in rows)
        parts = [self.tr("1 model") if len(rows) == 1 else self.tr("{n} models").format(n=len(rows))]
        if size and all(row.size_bytes for row in rows):
            parts.append(size_text(size))
        self._counts.setText(" · ".join(parts) if rows else "")
        shown = self._model.rowCount() > 0
        self._frame.setVisible(shown)
        self.empty_label.setVisible(not shown)
        if rows:
            self.empty_label.setText(self.tr("Nothing found for “{q}”.").format(q=self.filter.text()))
        elif self._model.is_complete:
            self.empty_label.setText(self.tr("No models yet."))
        else:
            self.empty_label.setText(self.tr("Looking for models."))

    # -- arranging

    def _room(self) -> int:
        """Pixels of the column's width."""
        px = self.theme.px
        return self.width() - px(2 * (24 if self.width() < px(NARROW_PANE) else 32))

    def _fits_side_by_side(self) -> bool:
        px = self.theme.px
        if any(made.has_failed for made in self.cards.values()):
            return False
        least = sum(max(px(CARD_LEAST), made.minimumSizeHint().width()) for made in self.cards.values())
        return self._room() >= least + px(16) * (len(self.cards) - 1)

    def _place_cards(self) -> None:
        """Side by side where both have room; a failed one takes the full width, the others stand under it."""
        px = self.theme.px
        failed = [made for made in self.cards.values() if made.has_failed]
        others = [made for made in self.cards.values() if not made.has_failed]
        room = self._room()
        side_by_side = self._side_by_side = self._fits_side_by_side()
        for made in self.cards.values():
            self._grid.removeWidget(made)
        for made in self.cards.values():
            made.set_folded(bool(failed) and made not in failed and room >= px(FOLDED_LEAST))
        for place, made in enumerate([*failed, *others]):
            self._grid.addWidget(made, 0 if side_by_side else place, place if side_by_side else 0)
        for column in range(len(self.cards)):
            self._grid.setColumnStretch(column, 1 if side_by_side or column == 0 else 0)
        self._grid.setSpacing(px(16 if side_by_side else 12))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        one_line = self.width() >= self.theme.px(ONE_LINE_HEADING)
        directions = QBoxLayout.Direction
        self._heading.setDirection(directions.LeftToRight if one_line else directions.TopToBottom)
        self.graphs.fit(self._room())
        self._place_cards()
