"""The card of a local server: state, start and stop, address, connection test, the last half hour."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.settings_form import CheckResult, KeyFacts, RuntimeFacts, provider_path
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.check_view import SIDE_BY_SIDE, CheckRows, FindingView
from app.desktop.views.settings.controls import push_button, set_tone, text_label
from app.desktop.views.settings.fields import ChoiceField, TextField
from app.desktop.views.settings.health_strip import HealthStrip
from app.desktop.views.settings.withheld_note import WithheldKeyNote
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Tokens; models take what they can of it.
CONTEXT_WINDOWS = (4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144)


class RuntimeCard(QFrame):
    """One of LM Studio, Ollama. The first card of the pane owns the bare names of the buttons.

    Signals:
        edited(): the address was typed.
        test_requested(address), start_requested(), stop_requested().
        fix_requested(action, value): a button of a failed check.
        failed_changed(): whether a failed check is shown differs, so the cards are laid out anew.
    """

    edited = Signal()
    test_requested = Signal(str)
    start_requested = Signal()
    stop_requested = Signal()
    fix_requested = Signal(str, str)
    failed_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        instance_id: str,
        name: str,
        *,
        bare_names: bool,
        has_window: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`has_window`: the server takes the context window with each load, so there is one to choose."""
        super().__init__(parent)
        self._theme = theme
        self.instance_id = instance_id
        self.name = name
        self._suffix = "" if bare_names else f", {name}"
        self._result: CheckResult | None = None
        self._facts: RuntimeFacts | None = None
        self._busy = ""
        self._folded = False
        self.setProperty("card", True)
        self._make_head()
        self._make_address()
        self.withheld = WithheldKeyNote(theme, name, self)
        self.window_field = self._make_window() if has_window else None
        self._make_result()
        self._make_history()
        self._arrange()

    # -- parts

    def _make_head(self) -> None:
        theme = self._theme
        self._light = StateLight(theme, self)
        self._title = text_label(theme, self.name, "section", parent=self)
        self._words = text_label(theme, "", "body", "text2", parent=self)
        self._badge = text_label(theme, self.tr("Simulated"), "badge", parent=self)
        self._badge.setProperty("badge", "simulated")
        self._badge.hide()
        self.start_button = push_button(theme, self.tr("Start server"), small=True, icon="play", parent=self)
        self.start_button.setAccessibleName(self.tr("Start server") + self._suffix)
        self.start_button.clicked.connect(self.start_requested)
        self.get_button = push_button(theme, self.tr("Get {name}").format(name=self.name), small=True, parent=self)
        self.get_button.clicked.connect(self._on_get)
        self.get_button.hide()
        self.stop_button = push_button(theme, self.tr("Stop server"), small=True, parent=self)
        self.stop_button.setAccessibleName(self.tr("Stop server") + self._suffix)
        self.stop_button.clicked.connect(self.stop_requested)
        self.stop_button.hide()
        self.why_no_stop = text_label(theme, "", "small", "text3", wrap=True, parent=self)
        self.why_no_stop.hide()

    def _make_address(self) -> None:
        theme = self._theme
        label = self.tr("{name} server URL").format(name=self.name)
        self.address = TextField(theme, provider_path(self.instance_id, "base_url"), label)
        self.address.edit.setMaximumWidth(16_777_215)
        self.address.edit.returnPressed.connect(self._on_test)
        self.address.edited.connect(self.edited)
        self.test_button = push_button(theme, self.tr("Test connection"), parent=self)
        self.test_button.setAccessibleName(self.tr("Test connection") + self._suffix)
        self.test_button.clicked.connect(self._on_test)
        self.address.beside(self.test_button)

    def _make_window(self) -> ChoiceField:
        field = ChoiceField(
            self._theme,
            provider_path(self.instance_id, "context_length"),
            self.tr("Context window for new loads"),
            [(size, f"{size // 1024}k") for size in CONTEXT_WINDOWS],
            name=self.tr("Context window, {name}").format(name=self.name),
            hint=self.tr("{name}'s own default of 4k cuts long chats without saying so.").format(name=self.name),
        )
        field.box.setMinimumWidth(0)
        field.box.setMaximumWidth(self._theme.px(120))
        field.edited.connect(self.edited)
        return field

    def _make_result(self) -> None:
        theme = self._theme
        self._result_icon = QLabel(self)
        self._result_text = text_label(theme, "", "small", parent=self, wrap=True)
        self._result_text.setAccessibleName(self.tr("Connection result") + self._suffix)
        self._show_button = push_button(theme, self.tr("Show"), kind="link", parent=self)
        self._show_button.setAccessibleName(self.tr("Show checks") + self._suffix)
        self._show_button.clicked.connect(self._toggle_rows)
        self._result_row = QWidget(self)
        row = self._result_line = QHBoxLayout(self._result_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(self._result_icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._result_text)
        row.addWidget(self._show_button)
        row.addStretch(1)
        self._result_row.hide()
        self.rows = CheckRows(theme, self)
        self.rows.setAccessibleName(self.tr("Checks") + self._suffix)
        self.rows.hide()
        self.finding = FindingView(theme, self._suffix or f", {self.name}", self)
        self.finding.fix_requested.connect(self._on_fix)
        self.finding.again_requested.connect(self._on_test)
        self.finding.copy_requested.connect(self._on_copy)
        self.finding.hide()

    def _make_history(self) -> None:
        theme = self._theme
        self.strip = HealthStrip(theme, self)
        self.strip.setAccessibleName(self.tr("Last half hour") + self._suffix)
        self._history = text_label(theme, "", "caption", "text3", parent=self)
        self._history_row = QWidget(self)
        row = QHBoxLayout(self._history_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self.strip)
        row.addWidget(self._history)
        row.addStretch(1)

    def _arrange(self) -> None:
        px = self._theme.px
        head = self._head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self._light)
        head.addWidget(self._title)
        head.addWidget(self._words)
        head.addWidget(self._badge)
        head.addStretch(1)
        self._place_in_head = head.count()
        head.addWidget(self.start_button)
        head.addWidget(self.get_button)
        head.addWidget(self.stop_button)
        left = self._left = QVBoxLayout()
        left.setSpacing(px(8))
        left.addWidget(self.address)
        left.addWidget(self.withheld)
        left.addWidget(self._result_row)
        left.addWidget(self.rows)
        if self.window_field is not None:
            left.addWidget(self.window_field)
        left.addWidget(self._history_row)
        left.addWidget(self.why_no_stop)
        left.addStretch(1)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(px(32))
        self._body.addLayout(left, 1)
        self._body.addWidget(self.finding, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(12))
        column.addLayout(head)
        column.addLayout(self._body, 1)
        buttons = [self.start_button, self.get_button, self.stop_button]
        stops = [self.address.edit, self.test_button, *buttons, self._show_button]
        for first, second in pairwise(stops):
            self.setTabOrder(first, second)

    # -- showing

    def show_facts(self, facts: RuntimeFacts) -> None:
        """State, buttons and history; the address stays as it is typed."""
        self._busy = facts.busy
        self._facts = facts
        self._show_state()
        # Not switched off while busy: that would throw the focus of whoever just pressed one into another place.
        for button in (self.start_button, self.stop_button):
            button.setEnabled(facts.startable)
            button.setToolTip(plain_tooltip(facts.why_not))
        self._show_start_or_stop(facts)
        spoken = ", ".join(facts.history)
        self.strip.set_bars(facts.bars, facts.median_ms, spoken)
        self.strip.setVisible(any(bar is not None and bar.latency_ms is not None for bar in facts.bars))
        self._history.setText("\n".join(facts.history))
        self._history_row.setVisible(self._shows_history)

    def _show_start_or_stop(self, facts: RuntimeFacts) -> None:
        """One of both; where its program is not here, the way to get it; where stopping could not work, a line says
        so."""
        why = facts.why_not_stoppable if facts.running else self._why_not_here(facts)
        start = self.get_button if facts.website else self.start_button
        shown = start if not facts.running else self.stop_button if why == "" else None
        if shown is not None:
            shown.show()
        for button in (self.start_button, self.get_button, self.stop_button):
            if button is not shown:
                pass_focus(button, shown, self.test_button)
                button.hide()
        self.why_no_stop.setText(why or "")
        self.why_no_stop.setVisible(bool(why) and not self._folded)

    def _why_not_here(self, facts: RuntimeFacts) -> str:
        return self.tr("{name} is not installed on this computer.").format(name=self.name) if facts.website else ""

    def show_key(self, facts: KeyFacts) -> None:
        """Whether a key stayed with the old address."""
        if facts.withheld is None:
            pass_focus(self.withheld, self.address.edit)
        self.withheld.show_facts(facts.withheld)

    def _show_state(self) -> None:
        """The light and its words; while a failed check is on show they tell of the tested address."""
        facts = self._facts
        if facts is None:
            return
        busy = {"starting": self.tr("Starting"), "stopping": self.tr("Stopping"), "testing": self.tr("Testing")}
        failed_row = next((r for r in self._result.rows if r.status == "failed"), None) if self._result else None
        tested_badly = failed_row is not None and not facts.busy
        glyph = StateGlyph.FAILED if tested_badly else facts.glyph
        words = failed_row.text if failed_row is not None and tested_badly else busy.get(facts.busy, facts.words)
        self._light.set_glyph(glyph)
        self._words.setText(words)
        set_tone(self._theme, self._words, "error" if glyph is StateGlyph.FAILED else "text2")
        self._badge.setVisible(facts.simulated and not tested_badly)

    @property
    def has_failed(self) -> bool:
        """Whether a failed check is on show."""
        return self._result is not None and not self._result.ok

    def set_folded(self, folded: bool) -> None:
        """One line, while the card above tells of a failure."""
        if folded == self._folded:
            return
        self._folded = folded
        if folded:
            self._head.insertWidget(self._place_in_head, self.address, 1000)
        else:
            self._left.insertWidget(0, self.address)
        self.address.set_compact(folded)
        if self.window_field is not None:
            self.window_field.setVisible(not folded)
        self._history_row.setVisible(self._shows_history)
        self._result_row.setVisible(self._shows_summary)
        self.why_no_stop.setVisible(bool(self.why_no_stop.text()) and not folded)

    @property
    def _shows_history(self) -> bool:
        return bool(self._history.text()) and not self.has_failed and not self._folded

    @property
    def _shows_summary(self) -> bool:
        return bool(self._result_text.text()) and not self.has_failed and not self._folded

    def show_result(self, result: CheckResult | None) -> None:
        """What the test found; None takes an earlier result away."""
        failed_before = self.has_failed
        self._result = result
        if not self.has_failed:
            pass_focus(self.finding, self.test_button)
        self._say_result("")
        self.rows.setVisible(self.has_failed)
        self.finding.setVisible(self.has_failed)
        self._history_row.setVisible(self._shows_history)
        if result is not None:
            self.rows.set_rows(result.rows)
            self._show_line("check", "ok", result.summary)
            self._show_button.setText(self.tr("Show"))
            self._show_button.setVisible(True)
            if self.has_failed:
                self.finding.show_result(result, focus_to=self.test_button)
        self._result_row.setVisible(self._shows_summary)
        self._show_state()
        self.address.control.setProperty("invalid", self.has_failed)
        self._theme.restyle(self.address.control)
        if self.has_failed != failed_before:
            self._place_finding()
            self.failed_changed.emit()

    def forget_other_results(self) -> None:
        """The address in force was filled in: what was found at another one goes."""
        if self._result is None or self._result.address != self.address.edit.text():
            self.show_result(None)

    def show_trouble(self, text: str) -> None:
        """Starting or stopping did not work; one line says why."""
        self.show_result(None)
        self._show_line("error", "error", text)
        self._show_button.setVisible(False)
        self._result_row.setVisible(self._shows_summary)

    def _show_line(self, icon: str, token: str, text: str) -> None:
        size = self._theme.px(14)
        self._result_icon.setPixmap(self._theme.pixmap(icon, token, size, self.devicePixelRatioF()))
        long = icon == "error"  # a summary stays on its line, with its link behind it; a reason may wrap
        self._result_text.setWordWrap(long)
        self._result_line.setStretchFactor(self._result_text, 1000 if long else 0)
        self._say_result(text)

    def _say_result(self, text: str) -> None:
        """Its name says what it is; a screen reader reads the words as its description."""
        self._result_text.setText(text)
        self._result_text.setAccessibleDescription(text)

    # -- acting

    def _on_get(self) -> None:
        if self._facts is not None and self._facts.website:
            self.fix_requested.emit("open_website", self._facts.website)

    def _on_test(self) -> None:
        if not self._busy:
            self.test_requested.emit(self.address.edit.text())

    def _on_fix(self, action: str, value: str) -> None:
        if action == "use_address":
            self.address.edit.setText(value)
            self.address.on_edited()
            self.test_requested.emit(value)
        else:
            self.fix_requested.emit(action, value)

    def _on_copy(self) -> None:
        if self._result is not None:
            QGuiApplication.clipboard().setText(self._result.as_text())

    def _toggle_rows(self) -> None:
        self.rows.setVisible(self.rows.isHidden())
        self._show_button.setText(self.tr("Show") if self.rows.isHidden() else self.tr("Hide"))

    def _place_finding(self) -> None:
        wide = self.width() >= self._theme.px(SIDE_BY_SIDE)
        directions = QBoxLayout.Direction
        self._body.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        self._body.setSpacing(self._theme.px(32 if wide else 12))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_finding()
