"""Settings, General: looks, motion, screen readers, what answers when nothing is chosen, chats out and in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.desktop.models.languages import LANGUAGES
from app.desktop.models.settings_form import SettingsForm
from app.desktop.views.settings.fields import ChoiceField, NumberField, OptionalNumberField, SwitchField
from app.desktop.views.settings.page import SettingsPage
from app.desktop.views.settings.suggestion_field import SuggestionField

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class GeneralPage(SettingsPage):
    """Signals:
    looked_at(): the page came to the front; what is no setting may have changed meanwhile.
    """

    looked_at = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._make_look()
        self._make_new_chats()
        self._make_auto()
        self._make_chats()
        self.finish()

    def _make_look(self) -> None:
        theme, tr = self.theme, self.tr
        self.section(
            tr("Look"),
            self.add(
                ChoiceField(
                    theme,
                    ("interface", "theme"),
                    tr("Theme"),
                    [("system", tr("As the system")), ("light", tr("Light")), ("dark", tr("Dark"))],
                )
            ),
            self.add(
                ChoiceField(
                    theme,
                    ("interface", "language"),
                    tr("Language"),
                    [("system", tr("As the system")), *LANGUAGES.items()],
                    hint=tr("The window is opened again in it. The terminal and the gateway speak English."),
                )
            ),
            self.add(
                NumberField(
                    theme,
                    ("interface", "zoom_percent"),
                    tr("Text size of chats"),
                    least=80,
                    most=200,
                    step=10,
                    unit="%",
                    hint=tr("Ctrl and + or − change it for the moment."),
                )
            ),
            self.add(
                ChoiceField(
                    theme,
                    ("interface", "motion"),
                    tr("Motion"),
                    [("system", tr("As the system")), ("reduced", tr("Reduced")), ("full", tr("Full"))],
                )
            ),
        )
        self.section(
            tr("Screen reader"),
            self.add(
                ChoiceField(
                    theme,
                    ("interface", "announce_answers"),
                    tr("Answers are announced"),
                    [("end", tr("Once, when they are finished")), ("sentences", tr("Sentence by sentence"))],
                )
            ),
        )

    def _make_new_chats(self) -> None:
        theme, tr = self.theme, self.tr
        self._provider = ChoiceField(theme, ("default_provider",), tr("Default provider"))
        self._model = SuggestionField(
            theme,
            ("default_model",),
            tr("Default model"),
            placeholder=tr("The one used last"),
            hint=tr("The model's id as its server spells it. Empty: the one used last, else a loaded one."),
        )
        self.section(
            tr("New chats"),
            self.add(self._provider),
            self.add(self._model),
        )

    def _make_auto(self) -> None:
        theme, tr = self.theme, self.tr
        self.section(
            tr("Auto"),
            self.add(
                SwitchField(
                    theme,
                    ("auto_may_use_cloud",),
                    tr("Auto may use the cloud"),
                    hint=tr("Off: Auto and fallback never go from a local to a cloud provider."),
                )
            ),
            self.add(
                OptionalNumberField(
                    theme,
                    ("auto_budget_usd",),
                    tr("Budget for Auto, in USD"),
                    least=0,
                    most=1_000_000,
                    placeholder=tr("No limit"),
                    hint=tr(
                        "Once answers have cost so much, Auto proposes only models that cost nothing. Counted are the "
                        "answers that are kept, by known prices: not those of chats deleted for good, of temporary "
                        "windows and of aica ask."
                    ),
                )
            ),
            self.add(
                ChoiceField(
                    theme,
                    ("auto_budget_period",),
                    tr("That budget is for"),
                    [("day", tr("A day")), ("month", tr("A month"))],
                )
            ),
        )

    def _make_chats(self) -> None:
        # Here: the page's class is known from the start on, its parts need not be.
        from app.desktop.views.settings.chat_files_section import ChatFilesSection
        from app.desktop.views.settings.links_section import LinksSection

        self.chat_files = ChatFilesSection(self.theme)
        self.section(self.tr("Chats"), self.chat_files)
        self.links = LinksSection(self.theme, self.chat_files.import_button)
        self.section(self.tr("Links"), self.links)

    def opened(self) -> None:
        super().opened()
        self.looked_at.emit()

    def load(self, form: SettingsForm) -> None:
        self._provider.set_choices([(p.instance_id, p.name) for p in form.providers])
        self._model.suggest(form.model_names)
        super().load(form)

    def show_models(self, names: Sequence[str]) -> None:
        """The models that are known now."""
        self._model.suggest(names)
