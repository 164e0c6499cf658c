"""Joins the catalogue to the window: which model answers, what is known of it, where the words go."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.controllers.provider_states import down_since
from app.desktop.models.model_list_model import ModelRow, PickerEntry, ServerLine
from app.lean_dataclass import dataclass
from app.services.llm.address import host_of, is_private_network
from app.services.llm.models import ModelConfig, ModelState, ModelType, ProviderType
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.conversations.records import ModelUse
    from app.services.llm.catalogue import ProviderState


def tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """What the composer shows. `state` is a word of: loaded, loading, idle, down, gone, none."""

    provider: str = ""
    model: str = ""
    name: str = ""
    server: str = ""
    quantization: str = ""
    state: str = "none"
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the words of the next message go: an icon's name, a sentence, whether they leave the local network."""

    icon: str
    text: str
    cloud: bool = False


class ModelsController(QObject):
    """Signals:
    rows_changed(): the picker's rows differ.
    chosen_changed(): the chosen model, or what is known of it, differs.
    servers_changed(): the state of a provider differs.
    reachable_changed(bool): at least one provider answers / none does.
    """

    rows_changed = Signal()
    chosen_changed = Signal()
    servers_changed = Signal()
    reachable_changed = Signal(bool)

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._uses: dict[tuple[str, str], ModelUse] = {}
        self._provider = ""
        self._model = ""
        self._reachable: bool | None = None
        self._watch: AbstractContextManager[None] | None = None
        self._watchers = 0
        engine.catalogue_changed.connect(self._on_catalogue_changed)
        engine.catalogue_polled.connect(self._on_polled)

    async def begin(self) -> None:
        """Read what was used last; the catalogue's first answers follow as signals."""
        await self.reload_uses()
        self._on_catalogue_changed("")

    async def reload_uses(self) -> None:
        uses = await self._engine.run(self._engine.store.model_uses())
        self._uses = {(use.provider, use.model): use for use in uses}
        self.rows_changed.emit()

    # -- reading

    def states(self) -> dict[str, ProviderState]:
        """All polled providers by priority. The catalogue replaces whole states, so reading them here is safe."""
        return self._engine.services.catalogue.states()

    @property
    def any_reachable(self) -> bool:
        return any(state.status == "up" for state in self.states().values())

    @property
    def all_looked_at(self) -> bool:
        """Whether every provider was asked at least once."""
        return all(state.status != "unknown" for state in self.states().values())

    def rows(self) -> list[ModelRow]:
        """Chat models in the picker's order: servers by priority, loaded ones first inside a server."""
        rows: list[ModelRow] = []
        for instance_id, state in self.states().items():
            models = [m for m in state.models if m.model_type is ModelType.CHAT]
            models.sort(key=lambda m: m.state is not ModelState.LOADED)
            for model in models:
                use = self._uses.get((instance_id, model.name))
                rows.append(
                    ModelRow(
                        instance_id,
                        model.name,
                        model,
                        state.name,
                        model.local,
                        state.status == "up",
                        bool(use and use.favourite),
                        use.last_used_at if use else None,
                    )
                )
        return rows

    def chosen(self) -> ChosenModel:
        """The model the next message goes to."""
        if not self._provider:
            return ChosenModel()
        only_when_chosen = self._only_when_chosen()
        if only_when_chosen:
            return ChosenModel(self._provider, self._model, only_when_chosen, "", state="loaded", simulated=True)
        if not self._model:
            return ChosenModel()
        state = self._engine.services.catalogue.state(self._provider)
        found = self._engine.services.catalogue.find(self._provider, self._model)
        server = state.name if state else self._provider
        if found is None:
            known_gone = state is not None and state.status == "up"
            word = "gone" if known_gone else "down" if state is not None and state.status == "down" else "idle"
            return ChosenModel(self._provider, self._model, self._model, server, state=word)
        word = "down" if state is None or state.status == "down" else _state_word(found)
        return ChosenModel(
            self._provider,
            self._model,
            found.display_name,
            server,
            found.quantization or "",
            word,
            found.simulated,
        )

    def _only_when_chosen(self) -> str:
        """The name of the chosen provider when it is one that is never polled (the simulator), else ""."""
        manager = self._engine.services.manager
        provider = manager.providers.get(self._provider)
        if provider is None and self._provider not in self.states() and manager.knows(self._provider):
            provider = manager.provider(self._provider)
        return provider.name if provider is not None and provider.only_when_chosen else ""

    def destination(self) -> Destination:
        """Where the next message goes; claims no more than is known."""
        if self._only_when_chosen():
            return Destination("simulated", tr("Simulated answers. No model is running."))
        state = self._engine.services.catalogue.state(self._provider) if self._provider else None
        if state is None:
            return Destination("info", tr("No model chosen"))
        found = self._engine.services.catalogue.find(self._provider, self._model)
        if state.simulated or (found is not None and found.simulated):
            return Destination("simulated", tr("Simulated answers. No model is running."))
        host = host_of(state.base_url) if state.base_url else ""
        if found is not None and found.metadata.get("remote_host"):
            return Destination("cloud", tr("Goes to {host}").format(host=found.metadata["remote_host"]), cloud=True)
        if state.here:
            if self._engine.services.manager.provider(self._provider).capabilities.answers_on_its_host:
                return Destination("cpu", tr("Stays on this computer"))
            return Destination("cpu", tr("Goes to {server} on this computer").format(server=state.name))
        if is_private_network(state.base_url):
            return Destination("server", tr("Goes to {host} on your network").format(host=host))
        return Destination("cloud", tr("Goes to {host}").format(host=host), cloud=True)

    def server_lines(self) -> list[ServerLine]:
        """The picker's group lines, in the order of priority."""
        lines = []
        for instance_id, state in self.states().items():
            if state.status == "up" and not state.base_url:
                note = tr("loads files of this computer")
            elif state.status == "up" and state.latency_ms is not None:
                note = tr("answers in {n} ms").format(n=round(state.latency_ms))
            elif state.status == "down":
                reason = state.error.message if state.error is not None else tr("Not reachable")
                note = " · ".join(part for part in (reason, down_since(state)) if part)
            else:
                note = tr("Looking")
            here = state.here
            place = tr("this computer") if here else host_of(state.base_url) if state.local else tr("cloud")
            lines.append(ServerLine(instance_id, state.name, state.local, note, place, here))
        return lines

    def simulated_entry(self) -> PickerEntry:
        """The last line of the picker: the simulated model, always there."""
        return PickerEntry("model", "simulated", tr("Simulated model"), ProviderType.MOCK, state="simulated")

    # -- changing

    def choose(self, provider: str, model: str) -> None:
        """Show this model as the chosen one; without a name, the one that this provider would answer with."""
        if (provider, model) != (self._provider, self._model):
            self._provider, self._model = provider, model
            self._choose_by_itself()
            self.chosen_changed.emit()

    def toggle_favourite(self, provider: str, model: str) -> None:
        use = self._uses.get((provider, model))
        wanted = not (use and use.favourite)

        async def toggle() -> None:
            await self._engine.run(self._engine.store.set_favourite(provider, model, wanted))
            await self.reload_uses()

        self.start(toggle(), name="models.favourite")

    def refresh(self, then: Callable[[], None] | None = None) -> None:
        """Ask all servers now, and then …"""

        async def look() -> None:
            await self._engine.run(self._engine.services.catalogue.refresh())
            if then is not None:
                then()

        self.start(look(), name="models.refresh")

    def watch(self, watching: bool) -> None:
        """While somebody looks at the list, changes show within two seconds."""

        async def set_watch() -> None:  # made late: closing may cancel the task before it began
            await self._engine.run(self._set_watch(watching))

        self.start(set_watch(), name="models.watch")

    async def _set_watch(self, watching: bool) -> None:
        self._watchers = max(0, self._watchers + (1 if watching else -1))
        if self._watchers and self._watch is None:
            self._watch = self._engine.services.catalogue.watched()
            self._watch.__enter__()
        elif not self._watchers and self._watch is not None:
            watch, self._watch = self._watch, None
            watch.__exit__(None, None, None)

    def start(self, coro: Coroutine[Any, Any, Any], *, name: str) -> None:
        self._tasks.start(coro, name=name)

    async def aclose(self) -> None:
        await self._tasks.aclose()

    # -- inside

    def _on_catalogue_changed(self, _instance_id: str) -> None:
        if not self._engine.is_ready:
            return
        self._choose_by_itself()
        self.rows_changed.emit()
        self.chosen_changed.emit()
        self.servers_changed.emit()
        self._tell_reachable()

    def _on_polled(self) -> None:
        if self._engine.is_ready:
            self.servers_changed.emit()
            self._tell_reachable()

    def _tell_reachable(self) -> None:
        if not self.any_reachable and not self.all_looked_at:
            return
        if self._reachable != self.any_reachable:
            self._reachable = self.any_reachable
            self.reachable_changed.emit(self._reachable)

    def _choose_by_itself(self) -> None:
        """Nobody chose yet: the configured model, else the one used last, else a loaded one, else the first.

        A provider that was named without a model (`--provider`) is kept to.
        """
        if self._model or (self._provider and self._only_when_chosen()):
            return
        config = self._engine.services.settings.config
        rows = [row for row in self.rows() if row.available and self._provider in ("", row.provider)]
        if not rows:
            return
        default = self._provider or config.default_provider
        preferred = [row for row in rows if row.provider == default] or rows
        named = next((row for row in preferred if row.model == config.default_model), None)
        used = max((r for r in rows if r.last_used_at is not None), key=lambda r: r.last_used_at or 0.0, default=None)
        loaded = next((row for row in preferred if row.config.state is ModelState.LOADED), None)
        row = named or used or loaded or preferred[0]
        self._provider, self._model = row.provider, row.model


def _state_word(model: ModelConfig) -> str:
    return {ModelState.LOADED: "loaded", ModelState.LOADING: "loading"}.get(model.state, "idle")
