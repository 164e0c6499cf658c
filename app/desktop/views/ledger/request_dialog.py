"""What an answer was asked with: model, settings with their origin, every message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.desktop.views.ledger.dialog import MOST_SHOWN, LedgerDialog, shown
from app.desktop.views.settings.controls import push_button, text_label
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """`problem`: why it cannot be repeated elsewhere, empty where it can."""

    model: str
    settings: Sequence[str]
    messages: Sequence[tuple[str, str]]
    curl: str = ""
    python: str = ""
    problem: str = ""


class RequestDialog(LedgerDialog):
    def __init__(self, theme: Theme, facts: RequestFacts, copy: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(theme, QCoreApplication.translate("RequestDialog", "Request"), parent)
        self._copy = copy
        self.column.addWidget(text_label(theme, facts.model, "section", parent=self, wrap=True))
        settings = "\n".join(facts.settings) or self.tr("No settings were sent: the model's own were used.")
        self.column.addWidget(text_label(theme, settings, "small", "text2", parent=self, wrap=True))
        text = self.add_text(self.tr("Messages sent"))
        whole = "\n\n".join(f"{role}\n{content}" for role, content in facts.messages)
        text.setPlainText(shown(whole))
        if len(whole) > MOST_SHOWN:
            cut = self.tr("Only its beginning is shown. Copies hold all of it.")
            self.column.addWidget(text_label(theme, cut, "small", "warn", parent=self, wrap=True))
        note = facts.problem or self.tr("Copies hold no key: they read it from an environment variable.")
        self.column.addWidget(
            text_label(theme, note, "small", "warn" if facts.problem else "text3", parent=self, wrap=True)
        )
        row = self.add_buttons()
        for label, copied in ((self.tr("Copy as curl"), facts.curl), (self.tr("Copy as Python"), facts.python)):
            button = push_button(theme, label, icon="copy", parent=self)
            button.setAutoDefault(False)
            button.setEnabled(bool(copied))
            button.clicked.connect(lambda _checked=False, what=copied: self._copy(what))
            row.insertWidget(row.count() - 2, button)
