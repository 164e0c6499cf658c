"""What the local runtimes have in memory, looked at while somebody looks at the page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.controllers.model_rows import LiveFacts
from app.services import runtimes
from app.services.llm.errors import LLMError
from app.services.runtimes import RunningModel
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine

logger = logging.getLogger(__name__)

#: Between two looks: programs are asked for it.
LOOK_EVERY_MS = 10_000
#: Estimates of memory that are kept: one for each model and window.
MAX_ESTIMATES = 500


class MemoryWatch(QObject):
    """Signals:
    changed(): a look is over; times that are left have become less in any case.
    """

    changed = Signal()

    def __init__(
        self,
        engine: Engine,
        backends: Callable[[], list[str]],
        parent: QObject | None = None,
        *,
        on_error: OnError | None = None,
    ) -> None:
        """`backends`: the providers whose runtime can be asked."""
        super().__init__(parent)
        self._engine = engine
        self._backends = backends
        self._tasks = TaskOwner(on_error)
        self._copies: dict[str, list[RunningModel]] = {}
        #: Providers that answer, but did not say what is in memory.
        self.silent: frozenset[str] = frozenset()
        self._used: dict[tuple[str, str], float] = {}
        #: By address, model and window.
        self._estimates: dict[tuple[str, str, int | None], int | None] = {}
        #: By provider: why its time in memory cannot be changed once a model is loaded.
        self._keep_fixed: dict[str, str] = {}
        self._look: asyncio.Task[Any] | None = None
        self._look_again = False
        self._closed = False
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        engine.catalogue_changed.connect(lambda _id: self._on_catalogue())

    # -- what is known

    def copies(self) -> list[tuple[str, RunningModel]]:
        """(provider, copy) of all that is in memory, as it was looked at last."""
        return [(instance_id, one) for instance_id, found in self._copies.items() for one in found]

    def copies_of(self, instance_id: str, model: str) -> list[RunningModel]:
        return [one for one in self._copies.get(instance_id, ()) if model in (one.name, one.instance_id)]

    def facts_of(self, instance_id: str, model: str) -> LiveFacts:
        """Of one model; several copies of it together."""
        copies = self.copies_of(instance_id, model)
        sizes = [self._memory_of(instance_id, one) for one in copies]
        known = [size for size in sizes if size is not None]
        ends = [one.expires_at for one in copies if one.expires_at is not None]
        return LiveFacts(
            memory_bytes=sum(size for size, _estimated in known) if copies and len(known) == len(copies) else None,
            memory_estimated=any(estimated for _size, estimated in known),
            leaves_at=max(ends, default=None),
            stays=any(one.stays for one in copies),
            used_at=self._used.get((instance_id, model)),
            keep_fixed=self._keep_fixed.get(instance_id, ""),
        )

    def _memory_of(self, instance_id: str, copy: RunningModel) -> tuple[int, bool] | None:
        """Bytes, and whether they were estimated."""
        if copy.memory_bytes is not None:
            return copy.memory_bytes, copy.memory_estimated
        estimated = self._estimates.get(self._estimate_key(instance_id, copy))
        return None if estimated is None else (estimated, True)

    def _estimate_key(self, instance_id: str, copy: RunningModel) -> tuple[str, str, int | None]:
        address = self._engine.services.manager.base_url_of(instance_id)
        return f"{instance_id} {address}", copy.name, copy.context_length

    # -- looking

    @property
    def is_watching(self) -> bool:
        return self._timer.isActive()

    def watch(self, watching: bool) -> None:
        """Somebody looks at the page / no longer: only then is anything asked."""
        if watching:
            for key in [key for key, size in self._estimates.items() if size is None]:
                del self._estimates[key]  # what failed is tried again
            self._timer.start()
            self.look()
        else:
            self._timer.stop()

    def _on_catalogue(self) -> None:
        if self._timer.isActive():
            self.look()

    def look(self) -> None:
        """Ask what is in memory now; one look at a time."""
        if not self._engine.is_ready or self._closed:
            return
        if self._look is not None and not self._look.done():
            self._look_again = True
            return
        self._look = self._tasks.start(self._look_now(), name="memory_watch.look")

    async def _look_now(self) -> None:
        while True:
            self._look_again = False
            uses = await self._engine.run(self._engine.store.model_uses())
            self._used = {(use.provider, use.model): use.last_used_at for use in uses if use.last_used_at is not None}
            await self.look_at_copies()
            for instance_id in self._backends():
                await self._look_at_terms(instance_id)
            self.changed.emit()
            await self._estimate()
            if not self._look_again:
                return

    async def look_at_copies(self) -> None:
        """What is in memory this moment. A program that hangs keeps nobody from the others' models."""
        backends = self._backends()
        found = await asyncio.gather(*(self._in_memory(instance_id) for instance_id in backends))
        told = dict(zip(backends, found, strict=True))
        self._copies = {instance_id: copies or [] for instance_id, copies in told.items()}
        self.silent = frozenset(instance_id for instance_id, copies in told.items() if copies is None)

    async def _in_memory(self, instance_id: str) -> list[RunningModel] | None:
        """None where it does not say."""
        state = self._engine.services.catalogue.state(instance_id)
        if state is None or state.status != "up":
            return []
        try:
            return await self._engine.run(runtimes.list_loaded_models(instance_id, **self._place(instance_id)))
        except LLMError as exc:  # its card says what is wrong with it
            logger.info("what %s has in memory is not known: %s", instance_id, exc)
            return None

    async def _look_at_terms(self, instance_id: str) -> None:
        if not self._copies.get(instance_id):
            return
        try:
            terms = await self._engine.run(runtimes.load_terms(instance_id, **self._place(instance_id)))
        except LLMError as exc:
            logger.info("what %s takes is not known: %s", instance_id, exc)
            return
        self._keep_fixed[instance_id] = terms.keep_alive_fixed

    async def _estimate(self) -> None:
        """Ask for the memory of copies whose server reports none, once for each window."""
        for instance_id, copy in self.copies():
            wanted = self._estimate_key(instance_id, copy)
            if copy.memory_bytes is not None or wanted in self._estimates or len(self._estimates) >= MAX_ESTIMATES:
                continue
            try:
                asked = runtimes.estimated_memory(instance_id, copy, **self._place(instance_id))
                self._estimates[wanted] = await self._engine.run(asked)
            except LLMError as exc:
                logger.info("the memory of %s is not known: %s", copy.name, exc)
                self._estimates[wanted] = None
            self.changed.emit()

    def _place(self, instance_id: str) -> dict[str, Any]:
        return self._engine.services.runtime_place(instance_id)

    async def aclose(self) -> None:
        self._closed = True
        self._timer.stop()
        await self._tasks.aclose()
