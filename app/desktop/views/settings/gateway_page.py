"""Settings, Gateway: its switch, where it listens, tokens, the programs that use it, and what they asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.models.gateway_facts import GatewayFacts
from app.desktop.models.gateway_requests_model import GatewayRequestsModel
from app.desktop.models.settings_form import SettingsForm
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.settings.fields import NumberField, OptionalNumberField, SwitchField
from app.desktop.views.settings.gateway_card import GatewayCard
from app.desktop.views.settings.gateway_clients import ClientSettings
from app.desktop.views.settings.gateway_requests import RequestsTable
from app.desktop.views.settings.gateway_tokens import TokenList
from app.desktop.views.settings.page import SettingsPage

if TYPE_CHECKING:
    from app.desktop.theme import Theme

MOST_REQUESTS = 1_000_000


class ReachField(SwitchField):
    """*Reachable from other computers*: cannot be switched on while nothing protects the gateway."""

    def __init__(self, theme: Theme, label: str, hint: str) -> None:
        super().__init__(theme, ("gateway", "allow_lan"), label, hint=hint)
        self._allowed = False
        self._fixed = False

    def set_read_only(self, read_only: bool) -> None:
        self._fixed = read_only
        self._apply()

    def allow(self, allowed: bool) -> None:
        self._allowed = allowed
        self._apply()

    def _apply(self) -> None:
        """Off can always be chosen."""
        self.box.setEnabled(not self._fixed and (self._allowed or self.box.isChecked()))


class GatewayPage(SettingsPage):
    """Signals:
    start_requested(), stop_requested(), restart_requested(), port_requested(port): of the card.
    create_token_requested(name), revoke_token_requested(name), tokens_requested().
    """

    start_requested = Signal()
    stop_requested = Signal()
    restart_requested = Signal()
    port_requested = Signal(int)
    create_token_requested = Signal(str)
    revoke_token_requested = Signal(str)
    tokens_requested = Signal()

    def __init__(self, theme: Theme, model: GatewayRequestsModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = model
        self.card = GatewayCard(theme, self.column.content)
        self.card.start_requested.connect(self.start_requested)
        self.card.stop_requested.connect(self.stop_requested)
        self.card.restart_requested.connect(self.restart_requested)
        self.card.port_requested.connect(self.port_requested)
        self.column.box.addWidget(self.card)
        self.tokens = TokenList(theme)
        self.tokens.create_requested.connect(self.create_token_requested)
        self.tokens.revoke_requested.connect(self.revoke_token_requested)
        self.tokens.refresh_requested.connect(self.tokens_requested)
        self.tokens.count_changed.connect(self._allow_reach)
        self.section("", self.tokens)
        self._make_fields()
        self.clients = ClientSettings(theme)
        lead = self.tr("Put a token where it says {token}.").format(token="YOUR_TOKEN")
        self.section(self.tr("Programs"), text_label(theme, lead, "body", "text2", wrap=True), self.clients)
        self._make_requests()
        self.finish()

    def _make_fields(self) -> None:
        theme, tr = self.theme, self.tr
        self.port = NumberField(
            theme,
            ("gateway", "port"),
            tr("Port"),
            least=0,
            most=65_535,
            name=tr("Gateway port"),
            hint=tr("0 takes any free one, another one at each start."),
        )
        warning = tr(
            "Whoever is in the same network can then try to reach it, and requests with their tokens cross that "
            "network in plain text. Switch it on only in a network you trust."
        )
        self.reach = ReachField(theme, tr("Reachable from other computers"), warning)
        self.needs_token = text_label(theme, tr("It needs a token first."), "small", "warn")
        self.first_token = push_button(theme, tr("Make a token"), kind="link")
        self.first_token.clicked.connect(self._on_first_token)
        self.rate = OptionalNumberField(
            theme,
            ("gateway", "rate_limit"),
            tr("Requests a minute"),
            least=0,
            most=MOST_REQUESTS,
            whole=True,
            placeholder=tr("Automatic"),
            hint=tr("For each token. Empty: no limit on this computer, 600 where others reach it. 0: no limit."),
        )
        start = SwitchField(theme, ("gateway", "start_with_window"), tr("Start the gateway with the window"))
        self.section(
            tr("Where it listens"),
            self.add(self.port),
            self._with_note(self.add(self.reach)),
            self.add(self.rate),
            self.add(start),
        )
        self.reach.edited.connect(self._allow_reach)

    def _with_note(self, field: QWidget) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(4))
        column.addWidget(field)
        row = QHBoxLayout()
        row.setSpacing(self.theme.px(8))
        row.addWidget(self.needs_token)
        row.addWidget(self.first_token)
        row.addStretch(1)
        column.addLayout(row)
        return box

    def _make_requests(self) -> None:
        theme, content, box = self.theme, self.column.content, self.column.box
        box.addWidget(text_label(theme, self.tr("Requests"), "section", parent=content))
        lead = self.tr("The newest requests since the gateway was started. Contents are not recorded.")
        box.addWidget(text_label(theme, lead, "body", "text2", wrap=True, parent=content))
        self._trouble = text_label(theme, "", "small", "error", wrap=True, parent=content)
        self._trouble.hide()
        box.addWidget(self._trouble)
        self._frame = QFrame(content)
        self._frame.setProperty("card", True)
        inner = QVBoxLayout(self._frame)
        inner.setContentsMargins(1, 1, 1, 1)
        self.table = RequestsTable(theme, self._model, self._frame)
        inner.addWidget(self.table)
        box.addWidget(self._frame)
        self._none = text_label(theme, self.tr("No requests yet."), "body", "text3", parent=content)
        box.addWidget(self._none)
        for signal in (self._model.rowsInserted, self._model.rowsRemoved, self._model.modelReset):
            signal.connect(self._show_table)
        self._show_table()

    # -- for the pane

    @property
    def is_loaded(self) -> bool:
        return self.tokens.is_read

    def load(self, form: SettingsForm) -> None:
        super().load(form)
        self._allow_reach()

    def follow(self, instance_id: str, form: SettingsForm) -> None:
        for field in self.fields:
            field.follow(form.field(field.path))
        self._allow_reach()

    def closed(self) -> None:
        """A token that is on show goes with the page."""
        self.tokens.forget()
        super().closed()

    # -- showing

    def show_facts(self, facts: GatewayFacts) -> None:
        self.card.show_facts(facts)

    def show_trouble(self, text: str) -> None:
        """Why the list of requests stands still, "" when it goes on."""
        self._trouble.setText(text)
        self._trouble.setVisible(bool(text))

    def _show_table(self) -> None:
        rows = self._model.rowCount()
        self._frame.setVisible(rows > 0)
        self._none.setVisible(rows == 0)

    def _allow_reach(self) -> None:
        has_token = bool(self.tokens.count)
        self.reach.allow(has_token)
        missing = self.tokens.count == 0
        if not missing:
            pass_focus(self.first_token, self.reach.control)
        self.needs_token.setVisible(missing)
        self.first_token.setVisible(missing)

    def _on_first_token(self) -> None:
        self.tokens.begin_new()
        self.column.show_widget(self.tokens)
