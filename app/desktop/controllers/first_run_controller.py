"""Looks for a server while the first-run page is shown: the local runtimes, and the usual port of other servers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.desktop.glyphs import StateGlyph
from app.desktop.models.first_run_rows import FirstRunState, PlaceRow
from app.services import runtimes
from app.services.llm.address import host_of, port_of
from app.services.llm.catalogue import EARLY, WATCHED_INTERVAL_S
from app.services.llm.connection_check import website_of
from app.services.llm.errors import LLMError
from app.services.llm.models import ModelType
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.local_models_controller import LocalModelsController
    from app.desktop.engine import Engine
    from app.services.llm.catalogue import ProviderState

#: The page names it; the catalogue asks the servers as often while the page is watched.
LOOK_INTERVAL_S = WATCHED_INTERVAL_S
#: The port that llama-server and many others take unless told otherwise.
OTHER_SERVER = "http://127.0.0.1:8080/v1"
OTHER_TIMEOUT_S = 1.0


def tr(text: str) -> str:
    return QCoreApplication.translate("FirstRun", text)


class FirstRunController(QObject):
    """Signals:
    changed(FirstRunState).
    website_requested(address): the installer's page is to be shown.
    """

    changed = Signal(object)
    website_requested = Signal(str)

    def __init__(
        self,
        engine: Engine,
        local_models: LocalModelsController,
        other_server: str | None = None,
        parent: QObject | None = None,
        *,
        on_error: OnError | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._local_models = local_models
        self._tasks = TaskOwner(on_error)
        self.other_server = other_server or OTHER_SERVER
        self._other_answers: bool | None = None
        self._installed: dict[str, bool] = {}
        self._starting: set[str] = set()
        self._trouble: dict[str, str] = {}
        self._looked_at = ""
        self._looking = False
        #: Once somewhere else is somewhere else for the whole run; the log keeps the newest connections only.
        self._went_elsewhere = False
        self._timer = QTimer(self, interval=round(LOOK_INTERVAL_S * EARLY * 1_000))
        self._timer.timeout.connect(self.look)
        local_models.trouble.connect(self._on_trouble)
        engine.catalogue_polled.connect(self._emit_while_watched)

    # -- looking

    def watch(self, watching: bool) -> None:
        """Whether the page is shown: then it looks again and again."""
        if watching:
            self._timer.start()
            self._emit()
            self.look()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Look for programs, and at the usual port of other servers, now; the catalogue looks at the servers."""
        if not self._looking and self._engine.is_ready:
            self._looking = True
            self._tasks.start(self._look(), name="first_run.look")

    def look_now(self) -> None:
        """The person does not want to wait: all that, and the servers too."""
        if self._engine.is_ready:
            self._tasks.start(self._engine.run(self._engine.services.catalogue.refresh()), name="first_run.servers")
        self.look()

    async def _look(self) -> None:
        try:
            await self._engine.run(self._look_on_engine())
        finally:
            self._looking = False
        self._looked_at = time.strftime("%H:%M:%S")
        self._emit()

    async def _look_on_engine(self) -> None:
        services = self._engine.services
        for instance_id, _name in self._local_models.runtimes():
            self._installed[instance_id] = await runtimes.check_backend_installed(instance_id, door=services.door)
        if not await services.manager.enabled():  # a person who switched everything off wants nothing looked for
            self._other_answers = False
            return
        try:
            answer = await services.door.request_json(
                "GET", f"{self.other_server}/models", purpose="first run", timeout_s=OTHER_TIMEOUT_S
            )
        except LLMError:
            self._other_answers = False
        else:
            self._other_answers = isinstance(answer.value, dict) and isinstance(answer.value.get("data"), list)

    # -- acting

    def start(self, instance_id: str) -> None:
        """Start a runtime's server; the page goes on by itself when it answers."""
        if instance_id in self._starting:
            return
        self._starting.add(instance_id)
        self._trouble.pop(instance_id, None)
        self._emit()

        async def run() -> None:
            try:
                await self._local_models.start_and_wait(instance_id)
            finally:
                self._starting.discard(instance_id)
                self._emit()

        self._tasks.start(run(), name="first_run.start")

    def _on_trouble(self, instance_id: str, text: str) -> None:
        self._trouble[instance_id] = text
        self._emit()

    # -- into words

    def state(self) -> FirstRunState:
        """The page as it is known now."""
        services = self._engine.services
        states = services.catalogue.states()
        rows = [self._runtime_row(i, name, states.get(i)) for i, name in self._local_models.runtimes()]
        engines = [engine for engine in self._local_models.engines() if self._local_models.is_on(engine[0])]
        rows.append(self._other_row())
        rows += [self._engine_row(i, name, states.get(i)) for i, name in engines]
        local = {instance_id for instance_id, _name in self._local_models.runtimes()}
        others = tuple(s.name for instance_id, s in states.items() if instance_id not in local and s.base_url)
        self._went_elsewhere = self._went_elsewhere or self._is_elsewhere_in_log()
        only = not self._went_elsewhere
        installed = next((one for one in self._local_models.runtimes() if self._installed.get(one[0])), ("", ""))
        without_model = next((s for s in states.values() if s.status == "up" and not has_chat_model(s)), None)
        if without_model is not None:
            title = tr("{name} is running, but has no model yet.").format(name=without_model.name)
            lead = tr("Download one there, or from here. This page goes on by itself when it is listed.")
            return FirstRunState(title, lead, tuple(rows), self._looked_at, others, only, True, installed)
        title = tr("No model server is running yet")
        lead = tr("AI Coder Assistant needs a model to talk to. It looked in these places on this computer:")
        return FirstRunState(title, lead, tuple(rows), self._looked_at, others, only, installed=installed)

    def _is_elsewhere_in_log(self) -> bool:
        """Whether a connection went to a place that the page does not name."""
        services = self._engine.services
        urls = [services.manager.base_url_of(instance_id) for instance_id, _name in self._local_models.runtimes()]
        urls += [state.base_url for state in services.catalogue.states().values()]
        named = {_place(url) for url in [*urls, self.other_server] if url}
        entries = list(services.network_log.entries)
        return any(f"{_shown_host(entry.host)}:{entry.port}" not in named for entry in entries)

    def _emit_while_watched(self) -> None:
        if self._timer.isActive():
            self._emit()

    def _emit(self) -> None:
        if self._engine.is_ready:
            self.changed.emit(self.state())

    def _runtime_row(self, instance_id: str, name: str, state: ProviderState | None) -> PlaceRow:
        services = self._engine.services
        url = state.base_url if state else services.manager.base_url_of(instance_id)
        where = f"{_place(url)} · {_short_word(state)}"
        installed = self._installed.get(instance_id)
        busy = instance_id in self._starting
        glyph = StateGlyph.BUSY if busy or installed is None else StateGlyph.IDLE if installed else StateGlyph.GONE
        if state is not None and state.status == "up":
            glyph, found = StateGlyph.LOADED, tr("Running, without a chat model.")
        elif busy:
            found = tr("Starting. This can take a minute.")
        elif instance_id in self._trouble:
            glyph, found = StateGlyph.FAILED, self._trouble[instance_id]
        elif installed is None:
            found = tr("Looking.")
        elif not installed:
            found = tr("Not installed.")
        elif state is None or state.error_kind in (None, "not_running"):
            found = tr("Installed. Its server is off.")
        else:
            found = state.error.message if state.error is not None else tr("Not reachable.")
        runs = state is not None and state.status == "up"
        text, action, icon = ("", "", "") if runs else self._runtime_button(instance_id, name, installed)
        return PlaceRow(instance_id, name, glyph, found, where, text, action, icon, busy)

    def _runtime_button(self, instance_id: str, name: str, installed: bool | None) -> tuple[str, str, str]:
        if installed:
            return tr("Start {name}").format(name=name), "start", "play"
        first = self._local_models.runtimes()[0][0]
        if instance_id == first:
            return tr("Get {name}").format(name=name), "website", "external"
        return tr("I use {name}").format(name=name), "address", ""

    def _engine_row(self, instance_id: str, name: str, state: ProviderState | None) -> PlaceRow:
        kind = state.error_kind if state is not None else None
        where = tr("folders of LM Studio, Ollama and Hugging Face")
        if kind == "not_installed":
            return PlaceRow(
                instance_id, name, StateGlyph.GONE, tr("Not installed."), "", tr("How to install"), "address"
            )
        if kind == "model_not_found":
            found, glyph = tr("Ready. It needs a model file (GGUF)."), StateGlyph.IDLE
        elif state is not None and state.status == "up":
            found, glyph = tr("Ready."), StateGlyph.LOADED
        else:
            found, glyph = tr("Looking."), StateGlyph.BUSY
        return PlaceRow(instance_id, name, glyph, found, where, tr("Name a folder"), "address")

    def _other_row(self) -> PlaceRow:
        where = _place(self.other_server)
        if self._other_answers:
            return PlaceRow(
                "other",
                tr("Another server"),
                StateGlyph.LOADED,
                tr("A server that speaks OpenAI's interface answers."),
                f"{where} · {tr('answers')}",
                tr("Use it"),
                "use_other",
            )
        known = self._other_answers is not None
        return PlaceRow(
            "other",
            tr("Another server"),
            StateGlyph.GONE if known else StateGlyph.BUSY,
            tr("Nothing answers on the usual port.") if known else tr("Looking."),
            f"{where} · {tr('refused')}" if known else where,
            tr("Enter address"),
            "address",
        )

    def website(self, instance_id: str) -> str:
        return website_of(instance_id)

    async def aclose(self) -> None:
        self._timer.stop()
        await self._tasks.aclose()


def has_chat_model(state: ProviderState) -> bool:
    return any(model.model_type is ModelType.CHAT for model in state.models)


def _place(url: str) -> str:
    return f"{_shown_host(host_of(url))}:{port_of(url)}"


def _shown_host(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host


def _short_word(state: ProviderState | None) -> str:
    if state is None:
        return tr("off")
    if state.status == "up":
        return tr("answers")
    words = {
        None: tr("not asked yet"),
        "not_running": tr("refused"),
        "timeout": tr("silent"),
        "auth": tr("asks for a key"),
        "protocol": tr("another program"),
    }
    return words.get(state.error_kind, tr("not reachable"))
