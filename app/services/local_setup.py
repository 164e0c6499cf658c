"""From a model server's program on this computer to its first answer, in one go.

Find it, start its server, pick or fetch a model, load it, save the address, test the connection. Each step first looks
whether there is anything to do, so it can be run again after a failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from app.lean_dataclass import dataclass
from app.services import runtimes
from app.services.engine.footprint import Verdict, preference
from app.services.hub.suggestions import Offer, look_up, suggestions
from app.services.hub.targets import ways_to_fetch
from app.services.llm.address import is_loopback
from app.services.llm.connection_check import check_connection
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ProviderType
from app.services.runtimes.records import InstalledModel, LoadOptions, PullProgress
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.settings.store import KeyPath

#: Installed models whose need of memory is asked for one by one; of more, those after are taken as unknown.
MOST_JUDGED = 12


class SetupStep(StrEnum):
    """The steps in their order."""

    FIND = "find"
    START = "start"
    MODEL = "model"
    LOAD = "load"
    ADDRESS = "address"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class SetupNews:
    """What is known of one step now."""

    step: SetupStep
    status: Literal["doing", "done", "failed"]
    what: str = ""
    """The address or the model it is about, where that is known."""
    was_so: bool = False
    """It was found as it should be: nothing was done."""
    offer: Offer | None = None
    """The model that is fetched, as the hub describes it."""
    progress: PullProgress | None = None
    share: float | None = None
    """How much of a load is done, 0 to 1."""
    error: LLMError | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A server that answers, and the model that it has in memory."""

    backend: str
    address: str
    model: str
    notices: tuple[str, ...] = ()
    """Sentences about what the model did not get of what was asked for."""


OnNews = Callable[[SetupNews], None]


async def set_up(services: Services, backend: str, on_news: OnNews) -> Ready:
    """Do what is missing until this server on this computer can answer. The hub is asked only where no model is there.

    Raises:
        LLMError: what stopped it, after `on_news` was told which step failed.
    """
    return await _Setup(services, backend, on_news).run()


class _Setup:
    """One run. `_where` are the keyword arguments of the functions in `runtimes`, with the address that is set up."""

    def __init__(self, services: Services, backend: str, on_news: OnNews) -> None:
        self._services = services
        self._backend = runtimes.known_backend(backend)
        self._on_news = on_news
        self._step = SetupStep.FIND
        self._where: dict[str, Any] = {}

    async def run(self) -> Ready:
        try:
            running = await self._find()
            address = await self._start(was_running=running)
            model = await self._pick() or await self._fetch()
            loaded = await self._load(model)
            await self._save(address)
            await self._test(address, model)
        except LLMError as exc:
            self._on_news(SetupNews(self._step, "failed", error=exc))
            raise
        return Ready(self._backend, address, model, loaded.notices)

    def _doing(self, step: SetupStep, what: str = "") -> None:
        self._step = step
        self._on_news(SetupNews(step, "doing", what))

    def _done(self, what: str, *, was_so: bool = False) -> None:
        self._on_news(SetupNews(self._step, "done", what, was_so))

    # -- the server

    async def _find(self) -> bool:
        """Where it runs, or where it is to be started; whether it runs."""
        self._doing(SetupStep.FIND)
        place = self._services.runtime_place(self._backend)
        saved = place["base_url"]
        if saved and not is_loopback(saved):  # somebody chose that: neither fill its disk nor put ours in its place
            raise LLMError(
                ErrorKind.UNSUPPORTED,
                say("The address in the settings, {address}, is on another computer.", address=saved),
                say("Setting up is for this computer. Enter an address of it first: Settings, Local Models."),
                provider=self._backend,
                retryable=False,
            )
        theirs = await asyncio.to_thread(runtimes.last_used_address, self._backend)
        usual = runtimes.backend_url(self._backend)
        candidates = [one for one in dict.fromkeys((saved, theirs, usual)) if one]
        for address in candidates:
            where = self._at(place, address)
            if await runtimes.check_backend_running(self._backend, **where):
                self._where = where
                self._done(address, was_so=True)
                return True
        start_at = next((one for one in candidates if is_loopback(one)), saved)
        self._where = self._at(place, start_at)
        if not await runtimes.check_backend_installed(self._backend, **self._where):
            # A start says in the product's own words how to get it.
            await runtimes.start_backend(self._backend, **self._where)
        self._done(start_at, was_so=True)
        return False

    @staticmethod
    def _at(place: dict[str, Any], address: str) -> dict[str, Any]:
        """The key goes to the address it was stored for, and nowhere else."""
        return place if address == place["base_url"] else place | {"base_url": address, "key": None}

    async def _start(self, *, was_running: bool) -> str:
        address = str(self._where["base_url"])
        self._step = SetupStep.START
        self._on_news(SetupNews(self._step, "doing", address, was_running))
        if not was_running:
            address = await runtimes.start_backend(self._backend, **self._where)
        self._done(address, was_so=was_running)
        return address

    # -- the model

    @property
    def _window(self) -> int:
        """Tokens of context that are judged and asked for: as the built-in engine would take."""
        config = self._services.manager.provider(ProviderType.EMBEDDED).config
        return int(config.model_dump()["context_length"])

    async def _pick(self) -> str | None:
        """The model that is there and runs here best; None where there is none of that kind."""
        self._doing(SetupStep.MODEL)
        listed = await runtimes.list_models(self._backend, **self._where)
        models = [one for one in listed if one.kind == "chat" and one.local]
        chosen = next((one for one in models if one.loaded), None) or await self._best(models)
        if chosen is not None:
            self._done(chosen.name, was_so=True)
        return chosen.name if chosen is not None else None

    async def _best(self, models: list[InstalledModel]) -> InstalledModel | None:
        """Of those that may run here, by verdict, then coders before others, then the larger where it fits."""
        ranked = []
        for number, model in enumerate(models):
            verdict = Verdict.UNKNOWN
            if number < MOST_JUDGED:
                verdict = (await runtimes.model_fit(self._backend, model.name, self._window, **self._where)).verdict
            if verdict is not Verdict.TOO_LARGE:
                by_verdict, by_size = preference(verdict, model.size_bytes)
                ranked.append(((by_verdict, "code" not in model.name.lower(), by_size), number))
        return models[min(ranked)[1]] if ranked else None

    async def _fetch(self) -> str:
        """The first suggestion that runs here, through the server's own interface; the name it has there."""
        listed = await asyncio.to_thread(suggestions)
        offers = await look_up(self._services.hub, listed, self._window)
        offer = next((one for one in offers if one.runs_here), None)
        if offer is None:
            raise LLMError(
                ErrorKind.OVERLOADED,
                say("No model is there, and none of those suggested fits into the memory that is free."),
                say("Close other programs and try again, or use a server on another computer."),
                provider=self._backend,
                retryable=False,
            )
        public = self._services.hub.client.is_public
        ways = ways_to_fetch(offer.repository, offer.item, public=public)
        way = next(one for one in ways if one.backend == self._backend)
        if not way.name:
            message = say("{product} cannot fetch {name}.", product=way.product, name=offer.suggestion.name)
            raise LLMError(ErrorKind.UNSUPPORTED, message, way.reason, provider=self._backend, retryable=False)
        news = SetupNews(SetupStep.MODEL, "doing", offer.suggestion.name, offer=offer)
        self._on_news(news)
        name = await runtimes.pull_model_with_progress(
            self._backend, way.name, lambda progress: self._on_news(replace(news, progress=progress)), **self._where
        )
        self._done(name)
        return name

    async def _load(self, model: str) -> runtimes.LoadedModel:
        self._doing(SetupStep.LOAD, model)
        runtime = runtimes.runtime_for(self._backend, **self._where)
        news = SetupNews(SetupStep.LOAD, "doing", model)
        # A model that is loaded stays as it is: somebody may be using it.
        wanted = LoadOptions() if await runtime.model_loaded(model) else LoadOptions(self._window)
        loaded = await runtime.load(model, wanted, lambda share: self._on_news(replace(news, share=share)))
        self._done(model, was_so=loaded.was_loaded)
        return loaded

    # -- the settings

    async def _save(self, address: str) -> None:
        self._doing(SetupStep.ADDRESS, address)
        settings = self._services.settings
        entry = settings.config.provider_configurations.get(self._backend)
        changes: dict[KeyPath, Any] = {}
        if self._in_force() != address:
            changes["provider_configurations", self._backend, "base_url"] = address
        if entry is not None and entry.is_enabled is False:
            changes["provider_configurations", self._backend, "is_enabled"] = True
        if changes:
            try:
                await asyncio.to_thread(settings.save, changes)
            except OSError as exc:
                message = say("{user_file} could not be written.", user_file=settings.user_file)
                raise LLMError(ErrorKind.CONFIG, message, f"{exc.strerror or exc}.") from exc
            await self._services.apply_settings()
        if self._in_force() != address:
            raise LLMError(
                ErrorKind.CONFIG,
                say(
                    "The server runs at {address}, but {in_force} is in force.",
                    address=address,
                    in_force=self._in_force(),
                ),
                say("It comes from the environment or the command line: change it there."),
                provider=self._backend,
            )
        self._done(address, was_so=not changes)

    def _in_force(self) -> str:
        return str(self._services.runtime_place(self._backend)["base_url"])

    async def _test(self, address: str, model: str) -> None:
        self._doing(SetupStep.TEST, address)
        services = self._services
        report = await check_connection(self._backend, address, door=services.door, key_source=services.keys.of)
        if report.finding is not None:
            finding = report.finding
            raise LLMError(finding.kind, finding.sentence, finding.why, provider=self._backend)
        await services.catalogue.refresh(self._backend)
        self._done(model)
