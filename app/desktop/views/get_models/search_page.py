"""Where models are looked for: a field, conditions, and the repositories that were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.models.hub_rows import ResultTableModel, SearchWish
from app.desktop.views.get_models.tables import ResultsTable
from app.desktop.views.search_field import SearchField
from app.desktop.views.settings.controls import CheckBox, ChoiceBox, push_button, text_label
from app.desktop.views.wrap_row import WrapRow

if TYPE_CHECKING:
    from app.desktop.theme import Theme

SIZES = (2, 4, 8, 15, 35, 80)
QUANTIZATIONS = ("Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "Q4_0", "IQ4_XS", "MXFP4", "F16")
LICENCES = ("apache", "mit", "llama", "gemma", "qwen")
CONTEXTS = (8_192, 32_768, 131_072)


class SearchPage(QWidget):
    """Signals:
    searched(SearchWish), opened(repository).
    """

    searched = Signal(object)
    opened = Signal(str)

    def __init__(self, theme: Theme, model: ResultTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        px = theme.px
        self.field = SearchField(theme, "search", parent=self)
        self.field.setAccessibleName(self.tr("Search for models"))
        self.field.setPlaceholderText(self.tr("Words of a name, such as coder"))
        self.field.setFont(theme.font("body"))
        self.field.returnPressed.connect(self._search)
        self.button = push_button(theme, self.tr("Search"), kind="primary", parent=self)
        self.button.setAccessibleName(self.tr("Search the hub"))
        self.button.clicked.connect(self._search)
        first = QHBoxLayout()
        first.setSpacing(px(8))
        first.addWidget(self.field, 1)
        first.addWidget(self.button)
        self.words = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self._frame = QFrame(self)
        self._frame.setProperty("card", True)
        inner = QVBoxLayout(self._frame)
        inner.setContentsMargins(1, 1, 1, 1)
        self.table = ResultsTable(theme, model, self._frame)
        self.table.opened.connect(self.opened)
        inner.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addLayout(first)
        column.addWidget(self._make_conditions())
        column.addWidget(self.words)
        column.addWidget(self._frame, 1)
        column.addStretch(0)
        self.setFocusProxy(self.field)
        self._frame.hide()

    def _make_conditions(self) -> QWidget:
        billions = [(self.tr("Any size"), None), *((self.tr("Up to {n} B").format(n=n), float(n)) for n in SIZES)]
        self.size_choice = self._choice(self.tr("Parameters at most"), billions)
        quants: list[tuple[str, Any]] = [(self.tr("Any quantization"), None), *((name, name) for name in QUANTIZATIONS)]
        self.quant_choice = self._choice(self.tr("Quantization"), quants)
        licences: list[tuple[str, Any]] = [(self.tr("Any licence"), None), *((name, name) for name in LICENCES)]
        self.licence_choice = self._choice(self.tr("Licence"), licences)
        windows = [(self.tr("Any context"), None), *((self.tr("From {n}k").format(n=n // 1_024), n) for n in CONTEXTS)]
        self.context_choice = self._choice(self.tr("Context at least"), windows)
        self.coder = CheckBox(self._theme, self.tr("Coder"), self)
        self.vision = CheckBox(self._theme, self.tr("Vision"), self)
        self.tools = CheckBox(self._theme, self.tr("Tools"), self)
        for box in (self.coder, self.vision, self.tools):
            box.setFixedHeight(self.size_choice.sizeHint().height())
        widgets = [
            *(self.size_choice, self.quant_choice, self.licence_choice, self.context_choice),
            *(self.coder, self.vision, self.tools),
        ]
        host = QWidget(self)
        row = WrapRow(self._theme.px(8))
        row.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            row.addWidget(widget)
        host.setLayout(row)
        return host

    def _choice(self, name: str, options: list[tuple[str, Any]]) -> ChoiceBox:
        box = ChoiceBox(self._theme, self)
        box.setAccessibleName(name)
        box.setToolTip(name)
        for text, value in options:
            box.addItem(text, value)
        return box

    def _search(self) -> None:
        self.searched.emit(
            SearchWish(
                self.field.text().strip(),
                self.size_choice.currentData(),
                self.quant_choice.currentData(),
                self.licence_choice.currentData(),
                self.context_choice.currentData(),
                self.coder.isChecked(),
                self.vision.isChecked(),
                self.tools.isChecked(),
            )
        )

    def show_words(self, text: str) -> None:
        """Whom it asks, or what came of it."""
        self.words.setText(text)

    def show_results(self, rows: tuple[object, ...], words: str) -> None:
        """Take what was found; the keyboard goes to it."""
        self._model.set_rows(rows)
        self._frame.setVisible(bool(rows))
        self.show_words(words)
        if rows:
            self.table.selectRow(0)
            if self.field.hasFocus() or self.button.hasFocus():
                self.table.setFocus(Qt.FocusReason.OtherFocusReason)
