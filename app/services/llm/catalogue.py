"""The merged list of models: every enabled provider polled side by side, changes told as events.

A provider that is down delays nothing and empties nothing: its models stay, marked as not available.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Literal

from app.lean_dataclass import dataclass
from app.services.llm import limits, look_schedule
from app.services.llm.address import is_loopback
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.look_schedule import LookSchedule, SleepWatch
from app.services.llm.models import ModelConfig
from app.services.llm.providers.base import BaseProvider
from app.services.observe import Event
from app.services.tasks import TaskOwner
from app.services.wording import say

logger = logging.getLogger(__name__)

#: How often servers are asked while somebody looks at the list; pages name it.
WATCHED_INTERVAL_S = 2.0
#: A little before its time, so that with the answer's own time a change is on the screen within the interval.
EARLY = 0.85
#: Half an hour of looks, watched all the time.
HISTORY_SAMPLES = 1_000
SLOW_MS = 2_000.0
#: A server that was up and misses a look is looked at once more after this; only then it counts as down.
CONFIRM_AFTER_S = 2.0
CONFIRM_WATCHED_S = 0.2
#: What may pass by itself within seconds. A refused key does not.
_MAY_PASS = frozenset(
    {
        ErrorKind.NOT_RUNNING,
        ErrorKind.UNREACHABLE,
        ErrorKind.TIMEOUT,
        ErrorKind.INTERRUPTED,
        ErrorKind.SERVER_ERROR,
        ErrorKind.OVERLOADED,
        ErrorKind.PROTOCOL,
    }
)


@dataclass(frozen=True, slots=True)
class HealthSample:
    """One look at a server. `latency_ms` is None when it did not answer."""

    at: float
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class ProviderState:
    """What is known of one provider now. Times are seconds since the epoch."""

    instance_id: str
    name: str
    local: bool
    base_url: str
    status: Literal["unknown", "up", "down"] = "unknown"
    models: tuple[ModelConfig, ...] = ()
    simulated: bool = False
    since: float | None = None
    """When the present status began."""
    last_seen: float | None = None
    checked_at: float | None = None
    latency_ms: float | None = None
    error: LLMError | None = field(default=None, compare=False)
    error_kind: str | None = None

    @property
    def slow(self) -> bool:
        slow = self.latency_ms is not None and self.latency_ms > SLOW_MS
        return self.status == "up" and slow and bool(self.base_url)

    @property
    def here(self) -> bool:
        """Whether it answers on this computer: at an address of it, or by itself, without one."""
        return is_loopback(self.base_url) if self.base_url else self.local


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """One provider's state changed in a way that people see."""

    instance_id: str
    state: ProviderState | None
    """None when the provider is no longer enabled."""


class Catalogue:
    """Polls providers and keeps what they said. Runs on the loop of its manager."""

    def __init__(
        self, manager: LLMManager, *, interval_s: float = 30.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._manager = manager
        self.interval_s = interval_s
        self._clock = clock
        self._states: dict[str, ProviderState] = {}
        self._history: dict[str, deque[HealthSample]] = {}
        self._tasks = TaskOwner()
        self._refreshing: dict[str, asyncio.Task[None]] = {}
        self._watchers = 0
        self._wake = asyncio.Event()
        self._asked_now = False
        #: When each provider was last heard from in an answer (monotonic).
        self._heard_at: dict[str, float] = {}
        self._schedule = LookSchedule()
        self._hearing = manager.heard.subscribe(self._on_heard)
        self.changed: Event[CatalogueChange] = Event()
        self.polled: Event[None] = Event()

    # -- reading

    def states(self) -> dict[str, ProviderState]:
        """State by provider, in the order of priority."""
        return dict(self._states)

    def state(self, instance_id: str) -> ProviderState | None:
        return self._states.get(instance_id)

    def models(self) -> list[ModelConfig]:
        """All models, those of down providers included; see `available`."""
        return [model for state in self._states.values() for model in state.models]

    def available(self, instance_id: str) -> bool:
        state = self._states.get(instance_id)
        return state is not None and state.status == "up"

    def find(self, instance_id: str, model: str) -> ModelConfig | None:
        state = self._states.get(instance_id)
        return next((m for m in state.models if m.name == model), None) if state else None

    def history(self, instance_id: str) -> list[HealthSample]:
        """The newest looks at a server, oldest first."""
        return list(self._history.get(instance_id, ()))

    # -- heard of elsewhere

    def seen_up(self, instance_id: str) -> None:
        """The provider was heard from in another way than by a look, an answer for one: it is up.

        Where it counted as down it is asked again, since its models may differ by now.
        """
        before = self._states.get(instance_id)
        if before is None:
            return
        self._heard_at[instance_id] = time.monotonic()
        self._schedule.answered(instance_id)
        if before.status == "up":
            return
        now = self._clock()
        after = replace(before, status="up", since=now, last_seen=now, error=None, error_kind=None)
        self._states[instance_id] = after
        self.changed.emit(CatalogueChange(instance_id, after))
        self._tasks.start(self.refresh(instance_id), name=f"catalogue.heard.{instance_id}")

    def _on_heard(self, provider: BaseProvider) -> None:
        state = self._states.get(provider.instance_id)
        if state is not None and state.base_url == provider.config.base_url:
            self.seen_up(provider.instance_id)

    # -- polling

    def start(self) -> None:
        """Begin to poll in the background."""
        self._tasks.start(self._poll_for_ever(), name="catalogue.poll")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While the block runs changes show within two seconds (open picker, first-run page)."""
        self._watchers += 1
        self._wake.set()
        try:
            yield
        finally:
            self._watchers -= 1

    def look_now(self) -> None:
        """Ask all servers at the next turn of the loop."""
        self._asked_now = True
        self._wake.set()

    @property
    def asks_every_s(self) -> float:
        """Seconds from one look at the servers to the next, as it is now."""
        return min(WATCHED_INTERVAL_S, self.interval_s) if self._watchers else self.interval_s

    def asks_every_s_of(self, instance_id: str) -> float:
        """The same for one server: longer while it is down and nobody looks at the list."""
        return self.asks_every_s if self._watchers else self._schedule.pause_s(instance_id, self.interval_s)

    @property
    def _pause_s(self) -> float:
        return self.asks_every_s * (EARLY if self._watchers else 1.0)

    async def _poll_for_ever(self) -> None:
        sleep = SleepWatch(self._clock)
        while True:
            everything, self._asked_now = self._asked_now or self._watchers > 0, False
            began = time.monotonic()
            # Not awaited to its end: one server that hangs must not keep the others waiting for their next look.
            look = self._tasks.start(self._look_around(everything=everything), name="catalogue.look")
            await asyncio.wait({look}, timeout=self._pause_s)
            await self._wait_until_due(began, sleep)

    async def _look_around(self, *, everything: bool) -> None:
        """At all servers, or at those that are up and those whose pause is over."""
        enabled = await self._known_and_enabled()
        due = [p for p in enabled if everything or self._schedule.due(p.instance_id)]
        await self._refresh_all(due, CONFIRM_WATCHED_S if self._watchers else CONFIRM_AFTER_S)
        self.polled.emit(None)

    async def _wait_until_due(self, began: float, sleep: SleepWatch) -> None:
        """An interval after the last look began; shorter at once when somebody begins to watch, or asks now.

        After the system has slept everything is asked at once: the network may be another one.
        """
        while not self._asked_now and (left := began + self._pause_s - time.monotonic()) > 0:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, look_schedule.SLEEP_CHECK_S)):
                    await self._wake.wait()
            if sleep.has_slept():
                logger.info("the system has slept: all servers are asked")
                self._asked_now = True

    async def refresh(self, instance_id: str | None = None) -> None:
        """Ask one provider, or all enabled ones side by side, however long they are down. Never raises for one."""
        if instance_id is not None:
            await self._refresh_once(await self._manager.ready(instance_id), CONFIRM_WATCHED_S)
        else:
            await self._refresh_all(await self._known_and_enabled(), CONFIRM_WATCHED_S)

    async def _known_and_enabled(self) -> list[BaseProvider]:
        """The enabled providers; each has a state then, and no other one has."""
        enabled = await self._manager.enabled()
        for gone in set(self._states) - {p.instance_id for p in enabled}:
            del self._states[gone]
            self._schedule.answered(gone)
            self.changed.emit(CatalogueChange(gone, None))
        for provider in enabled:
            if provider.instance_id not in self._states:
                self._states[provider.instance_id] = self._first_state(provider)
        self._states = {p.instance_id: self._states[p.instance_id] for p in enabled}
        return enabled

    async def _refresh_all(self, providers: list[BaseProvider], confirm_after_s: float) -> None:
        await asyncio.gather(*(self._refresh_once(provider, confirm_after_s) for provider in providers))

    async def _refresh_once(self, provider: BaseProvider, confirm_after_s: float) -> None:
        """One look at a time per provider: a second caller waits for the first one's answer."""
        running = self._refreshing.get(provider.instance_id)
        if running is None:
            look = self._look(provider, confirm_after_s)
            running = self._tasks.start(look, name=f"catalogue.{provider.instance_id}")
            self._refreshing[provider.instance_id] = running
            running.add_done_callback(lambda _task: self._refreshing.pop(provider.instance_id, None))
        await asyncio.shield(running)

    async def _look(self, provider: BaseProvider, confirm_after_s: float) -> None:
        before = self._states.get(provider.instance_id)
        if before is None or before.base_url != provider.config.base_url:
            before = self._first_state(provider)  # what was seen at another address says nothing of this one
            self._history.pop(provider.instance_id, None)
            self._heard_at.pop(provider.instance_id, None)
            self._schedule.answered(provider.instance_id)
        provider.door.prepare()  # its import is no latency of the server
        began = time.monotonic()
        models, error, latency_ms = await self._asked(provider)
        if error is not None and error.kind in _MAY_PASS and before.status == "up":
            logger.info("%s missed a look and is asked once more: %s", provider.instance_id, error)
            await asyncio.sleep(confirm_after_s)
            models, error, latency_ms = await self._asked(provider)
        if error is not None and self._heard_at.get(provider.instance_id, -math.inf) >= began:
            logger.info("%s did not list its models while it answered: %s", provider.instance_id, error)
            return  # busy with the answer that was heard of meanwhile
        if error is None:
            self._schedule.answered(provider.instance_id)
        else:
            self._schedule.missed(provider.instance_id, self.interval_s, began=began)
        self._take(provider, before, models, error, latency_ms)

    async def _asked(self, provider: BaseProvider) -> tuple[list[ModelConfig], LLMError | None, float]:
        """One question: its models or what went wrong, and how long it took."""
        started = time.perf_counter()
        error: LLMError | None = None
        models: list[ModelConfig] = []
        try:
            async with asyncio.timeout(limits.LIST_TIMEOUT_S):
                models = await provider.list_models()
        except TimeoutError:
            error = LLMError(
                ErrorKind.TIMEOUT,
                say(
                    "{name} has been silent for {list_seconds:.0f} s.",
                    name=provider.name,
                    list_seconds=limits.LIST_TIMEOUT_S,
                ),
                say("It may be busy. It is asked again."),
                provider=provider.instance_id,
            )
        except LLMError as exc:
            error = exc
        return models, error, (time.perf_counter() - started) * 1000

    def _take(
        self,
        provider: BaseProvider,
        before: ProviderState,
        models: list[ModelConfig],
        error: LLMError | None,
        latency_ms: float,
    ) -> None:
        now = self._clock()
        status: Literal["up", "down"] = "up" if error is None else "down"
        after = replace(
            before,
            name=provider.name,
            base_url=provider.config.base_url,
            status=status,
            models=tuple(models) if error is None else before.models,
            simulated=any(m.simulated for m in models) if error is None else before.simulated,
            since=before.since if before.status == status else now,
            last_seen=now if error is None else before.last_seen,
            checked_at=now,
            latency_ms=latency_ms if error is None else None,
            error=error,
            error_kind=error.kind.value if error else None,
        )
        self._states[provider.instance_id] = after
        samples = self._history.setdefault(provider.instance_id, deque(maxlen=HISTORY_SAMPLES))
        samples.append(HealthSample(now, latency_ms if error is None else None))
        if _visible(after) != _visible(before):
            self.changed.emit(CatalogueChange(provider.instance_id, after))

    def _first_state(self, provider: BaseProvider) -> ProviderState:
        return ProviderState(provider.instance_id, provider.name, provider.capabilities.local, provider.config.base_url)

    async def aclose(self) -> None:
        self._hearing.close()
        await self._tasks.aclose()


def _visible(state: ProviderState) -> tuple[object, ...]:
    """What a person would see change; latency alone is not worth an event."""
    return (state.name, state.base_url, state.status, state.models, state.simulated, state.error_kind, state.slow)
