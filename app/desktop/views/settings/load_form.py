"""The form for loading a model, at its row: window, graphics card, time in memory, batch, and whether it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.models.fit_words import GLYPHS
from app.desktop.models.load_facts import (
    CONTEXT,
    STAYS,
    TTL,
    FitFacts,
    LoadFormFacts,
    TemplateFacts,
    option_words,
)
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.views.raised_popup import RaisedPopup
from app.desktop.views.settings.controls import CheckBox, ChoiceBox, push_button, set_tone, text_label
from app.desktop.views.settings.load_fields import LoadFields
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme

WIDTH = 480
#: After the last change of the window the verdict is asked for.
JUDGE_AFTER_MS = 250


class LoadForm(RaisedPopup):
    """A popup. Esc closes it and changes nothing.

    Signals:
        load_requested(values, uid): load with these options; `uid` of the template whose values the model's chats get,
            "" for none.
        keep_requested(seconds): a loaded model stays so long.
        fit_wanted(context_length): `show_fit` is expected.
        save_requested(name, values): keep them as a template.
    """

    load_requested = Signal(object, str)
    keep_requested = Signal(float)
    fit_wanted = Signal(int)
    save_requested = Signal(str, object)

    def __init__(self, theme: Theme, facts: LoadFormFacts, opener: QWidget) -> None:
        super().__init__(theme, QCoreApplication.translate("LoadForm", "Load {name}").format(name=facts.name), opener)
        self.facts = facts
        self.setFixedWidth(theme.px(WIDTH))
        self._corner = QPoint()
        self._templates: dict[str, TemplateFacts] = {}
        self._judge = QTimer(self, singleShot=True, interval=JUDGE_AFTER_MS)
        self._judge.timeout.connect(self._ask_fit)
        self._make_template()
        self.fields = LoadFields(theme, facts, self.template, self)
        self.fields.context_changed.connect(self._on_context)
        self.fields.changed.connect(self._on_changed)
        self._make_verdict()
        self._make_buttons()
        self._arrange()
        for template in facts.templates:
            self._offer(template)
        self.fields.fill(facts.values)

    # -- parts

    def _make_template(self) -> None:
        theme = self._theme
        self.template = ChoiceBox(theme, self)
        self.template.addItem(self.tr("None"), "")
        self.template.setAccessibleName(self.tr("Template"))
        self.template.activated.connect(lambda _index: self._on_template())
        self.for_chats = CheckBox(theme, "", self)
        self.for_chats.hide()
        self.not_taken = text_label(theme, "", "small", "text3", wrap=True, parent=self)
        self.not_taken.hide()

    def _make_verdict(self) -> None:
        theme = self._theme
        self._light = StateLight(theme, self)
        self.verdict = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self.verdict.setAccessibleName(self.tr("Whether it fits"))
        self.error = text_label(theme, "", "small", "error", wrap=True, parent=self)
        self.error.hide()

    def _make_buttons(self) -> None:
        theme = self._theme
        loaded = self.facts.loaded
        self.save_button = push_button(theme, self.tr("Save as template…"), small=True, parent=self)
        self.save_button.clicked.connect(self._open_name)
        self.name = QLineEdit(self)
        self.name.setFont(theme.font("body"))
        self.name.setAccessibleName(self.tr("Name of the template"))
        self.name.setPlaceholderText(self.tr("Name of the template"))
        self.keep_button = push_button(theme, self.tr("Save"), small=True, parent=self)
        self.keep_button.setAccessibleName(self.tr("Save template"))
        self.keep_button.clicked.connect(self._on_save)
        self._name_row = QWidget(self)
        row = QHBoxLayout(self._name_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(self.name, 1)
        row.addWidget(self.keep_button)
        self._name_row.hide()
        self.stay_button = push_button(theme, self.tr("Set the time only"), small=True, parent=self)
        self.stay_button.setVisible(loaded and not self.facts.keep_fixed)
        self.stay_button.clicked.connect(self._on_stay)
        text = self.tr("Load anew") if loaded else self.tr("Load")
        self.load_button = push_button(theme, text, kind="primary", small=True, parent=self)
        self.load_button.clicked.connect(self._on_load)
        self.cancel_button = push_button(theme, self.tr("Cancel"), small=True, parent=self)
        self.cancel_button.clicked.connect(self.close)

    def _arrange(self) -> None:
        theme, px = self._theme, self._theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(12))
        head = QVBoxLayout()
        head.setSpacing(px(2))
        head.addWidget(text_label(theme, self.facts.name, "body-medium", parent=self))
        under = self.facts.runtime
        if self.facts.loaded:
            under += " · " + self.tr("loaded now: loading anew ends what it writes")
        head.addWidget(text_label(theme, under, "small", "text3", wrap=True, parent=self))
        column.addLayout(head)
        column.addWidget(self.fields)
        column.addWidget(self.for_chats)
        column.addWidget(self.not_taken)
        verdict = QHBoxLayout()
        verdict.setSpacing(px(8))
        verdict.addWidget(self._light, 0, Qt.AlignmentFlag.AlignTop)
        verdict.addWidget(self.verdict, 1)
        column.addLayout(verdict)
        column.addWidget(self.error)
        column.addWidget(self._name_row)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self.save_button)
        buttons.addStretch(1)
        for button in (self.stay_button, self.cancel_button, self.load_button):
            buttons.addWidget(button)
        column.addLayout(buttons)

    # -- templates

    def _offer(self, template: TemplateFacts) -> None:
        if template.uid not in self._templates:
            self.template.addItem(template.name, template.uid)
        self._templates[template.uid] = template
        self.template.setItemText(self.template.findData(template.uid), template.name)

    def _on_template(self) -> None:
        template = self._templates.get(self.template.currentData())
        if template is not None:
            window = {CONTEXT: self.fields.context.value()} if self.fields.context.value() else {}
            self.fields.fill({**window, **template.values})  # one that says nothing of the window leaves it
        asks = template.asks if template is not None else ""
        self.for_chats.setVisible(bool(asks))
        self.for_chats.setChecked(bool(asks))
        shown = asks.replace("&", "&&")  # a sign of its own in buttons
        self.for_chats.setText(self.tr("Chats with this model begin with it: {what}").format(what=shown))
        self.for_chats.setToolTip(plain_tooltip(asks))
        names = ", ".join(option_words(name) for name in self._not_taken_of(template))
        self.not_taken.setText(self.tr("Not taken here: {names}.").format(names=names) if names else "")
        self.not_taken.setVisible(bool(names))
        self._fit_size()

    def _not_taken_of(self, template: TemplateFacts | None) -> dict[str, Any]:
        """What a template says and this runtime does not take."""
        values = template.values if template is not None else {}
        return {name: value for name, value in values.items() if name in self.facts.refused}

    def _open_name(self) -> None:
        self._name_row.show()
        template = self._templates.get(self.template.currentData())
        self.name.setText(template.name if template is not None else "")
        self.name.setFocus()
        self.name.selectAll()
        self._fit_size()

    def _on_save(self) -> None:
        self.error.hide()
        # What this runtime does not take could not be changed here: the template keeps it for others.
        template = self._templates.get(self.template.currentData())
        same = template is not None and template.name.casefold() == self.name.text().strip().casefold()
        kept = self._not_taken_of(template) if same else {}
        self.save_requested.emit(self.name.text(), {**kept, **self.fields.values()})

    def show_saved(self, template: TemplateFacts) -> None:
        """It is kept, and chosen."""
        self._offer(template)
        self.template.setCurrentIndex(self.template.findData(template.uid))
        self._name_row.hide()
        self.error.hide()
        self.save_button.setFocus()
        self._fit_size()

    def show_error(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))
        self._fit_size()

    # -- does it fit

    def _on_changed(self) -> None:
        self.stay_button.setEnabled(TTL in self.fields.values())

    def _on_context(self) -> None:
        """The verdict on another window does not stand any more."""
        if self.fields.context.value():
            self._show_verdict("unknown", self.tr("Looking whether it fits."))
        self._judge.start()

    def _ask_fit(self) -> None:
        if self.fields.context.value():
            self.fit_wanted.emit(self.fields.context.value())
        else:
            self._show_verdict("unknown", self.tr("Choose a window to see what it takes."))

    def show_fit(self, context_length: int, fit: FitFacts) -> None:
        """The verdict for a window; one for another window than is shown now is out of date."""
        if context_length == self.fields.context.value():
            self._show_verdict(fit.verdict, f"{fit.words}. {fit.more}".strip() if fit.words else fit.more)

    def _show_verdict(self, verdict: str, text: str) -> None:
        self._light.set_glyph(GLYPHS[verdict])
        self.verdict.setText(text)
        set_tone(self._theme, self.verdict, "warn" if verdict == "tight" else "text2")
        self._fit_size()

    # -- acting

    def _on_load(self) -> None:
        uid = str(self.template.currentData()) if self.for_chats.isVisible() and self.for_chats.isChecked() else ""
        values = self.fields.values()
        self.close()
        self.load_requested.emit(values, uid)

    def _on_stay(self) -> None:
        ttl = self.fields.values()[TTL]
        self.close()
        self.keep_requested.emit(float("inf") if ttl == STAYS else float(ttl))

    # -- as a popup

    def open_at(self, place: QPoint) -> None:
        """Under a place on the screen, moved so that it stays on it."""
        self._corner = place
        self._fit_size()
        self.show()
        self.fields.context.setFocus()

    def _fit_size(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))
        screen = self._opener.screen().availableGeometry()
        left = min(self._corner.x() - self.width(), screen.right() + 1 - self.width())
        top = min(self._corner.y(), screen.bottom() + 1 - self.height())
        self.move(max(screen.left(), left), max(screen.top(), top))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_enter()
            return
        super().keyPressEvent(event)

    def _on_enter(self) -> None:
        """The button that has the focus; in a field what the field is for (Qt does that in dialogs only)."""
        pressed = self.focusWidget()
        if isinstance(pressed, QPushButton):
            pressed.click()
        elif pressed is self.name:
            self.keep_button.click()
        else:
            self.load_button.click()
