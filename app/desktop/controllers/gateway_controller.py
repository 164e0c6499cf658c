"""Joins the Gateway page to the gateway of the window: the child, its tokens and requests, the programs that use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QObject, QTimer, Signal

from app.desktop.glyphs import StateGlyph
from app.desktop.models.gateway_facts import ClientRow, GatewayFacts, TokenRow
from app.desktop.models.gateway_requests_model import GatewayRequestsModel, RequestRow
from app.services.gateway_clients import CLIENTS, settings_for
from app.services.gateway_log import WINDOW_TOKEN_VARIABLE
from app.services.llm import registry
from app.services.llm.errors import LLMError
from app.services.tasks import OnError, TaskOwner
from app.services.wording import say

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.container import Services
    from app.services.gateway_control import GatewayControl
    from app.services.gateway_log import LoggedRequest
    from app.services.gateway_process import GatewayState
    from app.services.shared_database.gateway_tokens import TokenInfo

#: The list of requests is looked at so often while somebody sees it.
LOOK_MS = 2_000


def tr(text: str) -> str:
    return QCoreApplication.translate("Gateway", text)


class GatewayController(QObject):
    """Signals:
    facts_changed(GatewayFacts): its state differs.
    failed_unseen(text): it failed while nobody looked at the page.
    tokens_changed(tuple of TokenRow), tokens_failed(text): what there is, or why that is not known.
    token_made(name, token): the only time that the token is told. token_refused(text).
    requests_failed(text): why the list stands still, "" when it goes on.
    """

    facts_changed = Signal(object)
    failed_unseen = Signal(str)
    tokens_changed = Signal(tuple)
    tokens_failed = Signal(str)
    token_made = Signal(str, str)
    token_refused = Signal(str)
    requests_failed = Signal(str)
    _state_told = Signal(object)  # from the engine's thread

    def __init__(
        self,
        engine: Engine,
        *,
        home: str | None = None,
        config_file: Path | None = None,
        others_host: Callable[[], str],
        parent: QObject | None = None,
        on_error: OnError | None = None,
    ) -> None:
        """`others_host`: by which other computers know this one."""
        super().__init__(parent)
        self._engine = engine
        self._home, self._config_file = home, config_file
        self._others_host = others_host
        self._tasks = TaskOwner(on_error)
        self._control: GatewayControl | None = None
        self._state: GatewayState | None = None
        self._refusal: LLMError | None = None
        self._watched = False
        self._looking = False
        self._newest_at = 0.0
        self.model = GatewayRequestsModel(self)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look_soon)
        self._state_told.connect(self._on_state)

    # -- the gateway

    def start(self) -> None:
        """As the settings say; `facts_changed` tells what becomes of it."""
        self._tasks.start(self._start(), name="gateway.start")

    async def _start(self) -> None:
        self._refusal = None
        try:
            await self._engine.run(self._own().start())
        except LLMError as exc:
            self._refusal = exc
            self._tell_failure(exc.message, exc.hint)
            self.refresh_facts()

    def stop(self) -> None:
        self._tasks.start(self._engine.run(self._own().process.stop()), name="gateway.stop")

    def restart(self) -> None:
        """With the settings in force now."""

        async def again() -> None:
            await self._engine.run(self._own().process.stop())
            await self._start()

        self._tasks.start(again(), name="gateway.restart")

    @property
    def is_running(self) -> bool:
        return self._state is not None and self._state.status in ("starting", "listening")

    def refresh_facts(self) -> None:
        """Tell the state again: settings were saved, or a page was made."""
        self.facts_changed.emit(self._facts())

    def _own(self) -> GatewayControl:
        """Made when it is first needed: most windows have no gateway."""
        if self._control is None:
            from app.services.gateway_control import GatewayControl

            self._control = GatewayControl(self._engine.services, home=self._home, config_file=self._config_file)
            self._control.process.changed.subscribe(self._state_told.emit)
        return self._control

    def _on_state(self, state: GatewayState) -> None:
        failed_now = state.status == "failed" and self._state != state
        self._state = state
        self.refresh_facts()
        self._look_soon()
        if failed_now:
            self._tell_failure(state.message, state.hint)

    def _tell_failure(self, message: str, hint: str) -> None:
        if not self._watched:
            self.failed_unseen.emit(f"{message} {hint}".strip())

    def _facts(self) -> GatewayFacts:
        state = self._state
        if self._refusal is not None:
            return GatewayFacts(
                StateGlyph.FAILED, tr("Not running"), message=self._refusal.message, hint=self._refusal.whole_hint
            )
        if state is None or state.status == "stopped":
            return GatewayFacts(StateGlyph.IDLE, tr("Not running"))
        if state.status == "failed":
            return GatewayFacts(
                StateGlyph.FAILED,
                tr("Not running"),
                message=state.message,
                hint=state.hint,
                free_port=state.free_port or 0,
            )
        if state.status != "listening":
            words = tr("Starting") if state.status == "starting" else tr("Stopping")
            return GatewayFacts(StateGlyph.BUSY, words, running=True)
        assert state.order is not None
        others = f"http://{self._others_host()}:{state.port}" if state.order.allow_lan else ""
        words = tr("Running, other computers may reach it") if others else tr("Running")
        outdated = self._engine.is_ready and self._own().wanted() != state.order
        return GatewayFacts(StateGlyph.LOADED, words, True, state.address, others, outdated=outdated)

    def clients(self, model: str) -> tuple[ClientRow, ...]:
        """The programs and their settings, for the address in force or the one that would be."""
        address = self._state.address if self._state is not None else ""
        if not address:
            port = self._engine.services.settings.config.gateway.port
            address = f"http://127.0.0.1:{port or 'PORT'}"
        return tuple(
            ClientRow(one.key, one.name, say(one.place), settings_for(one.key, address, model)) for one in CLIENTS
        )

    # -- tokens

    def refresh_tokens(self) -> None:
        self._tasks.start(self._read_tokens(), name="gateway.tokens")

    async def _read_tokens(self) -> None:
        try:
            tokens = await self._engine.run(self._own().tokens())
        except LLMError as exc:
            self.tokens_failed.emit(f"{exc.message} {exc.whole_hint}".strip())
        else:
            self.tokens_changed.emit(tuple(_token_row(one) for one in tokens))

    def create_token(self, name: str) -> None:
        async def create() -> None:
            try:
                token = await self._engine.run(self._own().create_token(name.strip()))
            except LLMError as exc:
                self.token_refused.emit(f"{exc.message} {exc.whole_hint}".strip())
                return
            await self._read_tokens()
            self.token_made.emit(name.strip(), token)

        self._tasks.start(create(), name="gateway.create_token")

    def revoke_token(self, name: str) -> None:
        async def revoke() -> None:
            try:
                await self._engine.run(self._own().revoke_token(name))
            except LLMError as exc:
                self.tokens_failed.emit(f"{exc.message} {exc.whole_hint}".strip())
                return
            await self._read_tokens()

        self._tasks.start(revoke(), name="gateway.revoke_token")

    # -- requests

    def watch(self, watching: bool) -> None:
        """Whether somebody looks at the page."""
        self._watched = watching
        if watching:
            self._timer.start()
            self.refresh_tokens()
            self._look_soon()
        else:
            self._timer.stop()

    def _look_soon(self) -> None:
        listening = self._state is not None and self._state.status == "listening"
        if self._watched and listening and not self._looking and self._engine.is_ready:
            self._looking = True
            self._tasks.start(self._look(), name="gateway.requests")

    async def _look(self) -> None:
        try:
            rows = await self._engine.run(_rows(self._engine.services, self._own()))
        except LLMError as exc:
            if self.is_running:  # else it is on its way out, and says so itself
                self.requests_failed.emit(f"{exc.message} {exc.whole_hint}".strip())
            return
        finally:
            self._looking = False
        self.requests_failed.emit("")
        self.model.set_rows(rows)
        newest_at = rows[0].at if rows else 0.0
        if newest_at != self._newest_at:
            self._newest_at = newest_at
            await self._read_tokens()  # one of them may have been used for the first time

    # -- closing

    async def aclose(self) -> None:
        """End the gateway, too."""
        self._timer.stop()
        if self._control is not None:
            await self._engine.run(self._control.aclose())
        await self._tasks.aclose()


async def _rows(services: Services, control: GatewayControl) -> list[RequestRow]:
    """On the engine's loop, where the catalogue is."""
    return [_row(services, one) for one in await control.requests()]


def _row(services: Services, one: LoggedRequest) -> RequestRow:
    state = services.catalogue.state(one.provider)
    found = services.catalogue.find(one.provider, one.model)
    cls = registry.all_classes().get(one.provider)
    simulated = bool(found is not None and found.simulated) or bool(cls is not None and cls.only_when_chosen)
    name = state.name if state is not None else one.provider
    times = (one.first_byte_ms, one.took_ms)
    token = tr("This window") if one.token == WINDOW_TOKEN_VARIABLE else one.token
    return RequestRow(
        *(one.id, one.at, one.method, one.path, token, name, one.model, one.status, one.error),
        *(one.input_tokens, one.output_tokens, *times),
        simulated=simulated,
    )


def _token_row(token: TokenInfo) -> TokenRow:
    used = tr("used {t}").format(t=_moment(token.last_used_at)) if token.last_used_at else tr("never used")
    return TokenRow(token.name, f"…{token.hint}", tr("made {t}").format(t=_moment(token.created_at)), used)


def _moment(at: datetime) -> str:
    """The time for today, else the day, as the locale writes them."""
    local = at.astimezone()
    if local.date() == datetime.now().astimezone().date():
        return tr("today {t}").format(t=local.strftime("%H:%M"))
    return QLocale().toString(QDate(local.year, local.month, local.day), QLocale.FormatType.ShortFormat)
