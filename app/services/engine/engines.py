"""The loaded models: started when they are asked, shared by those who ask, ended when nobody has for a while."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.lean_dataclass import dataclass
from app.services.engine.engine_process import EngineOrder, EngineProcess
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.tasks import TaskOwner
from app.services.wording import say

logger = logging.getLogger(__name__)

#: Models in memory at a time; the one that has been idle longest makes room.
MOST_LOADED = 2
#: From here on a time is as good as none: event loops do not take longer waits.
_LONGEST_S = 3e7


@dataclass(slots=True, eq=False)
class _Loaded:
    """One model's child. `users`: answers that run on it."""

    process: EngineProcess
    users: int = 0
    used_at: float = 0.0
    idle: asyncio.TimerHandle | None = None
    idle_s: float | None = None
    """Seconds nobody asks until it is unloaded; None: as many as for all of them."""


class Engines:
    """Belongs to one loop."""

    def __init__(self, door: HttpDoor, *, idle_s: float, command: tuple[str, ...] | None = None) -> None:
        """`idle_s`: a model that nobody asked for so long is unloaded. `command`: see `EngineProcess`."""
        self.key = secrets.token_urlsafe(32)
        """What requests to any of them carry; made anew in each run, written nowhere."""
        self._door = door
        self._idle_s = idle_s
        self._command = command
        self._loaded: dict[Path, _Loaded] = {}
        self._loading = asyncio.Lock()
        self._tasks = TaskOwner()
        self._closed = False
        self._retired = False

    def loaded(self, model: Path) -> EngineOrder | None:
        """What a loaded model was loaded with, None for one that is not."""
        one = self._loaded.get(model)
        return one.process.order if one is not None and one.process.ready else None

    def files(self) -> list[Path]:
        """Those of the models that are loaded, or being loaded."""
        return list(self._loaded)

    def in_use(self, model: Path) -> bool:
        """Whether an answer runs on it, or waits for its load."""
        one = self._loaded.get(model)
        return one is not None and one.users > 0

    def idle(self) -> list[EngineOrder]:
        """The loaded models that nobody uses, the one idle longest first."""
        resting = [one for one in self._loaded.values() if not one.users]
        return [one.process.order for one in sorted(resting, key=lambda one: one.used_at)]

    def keep(self, model: Path, idle_s: float | None) -> None:
        """From now on a loaded model is unloaded when nobody asked it for so long; infinity: it stays."""
        one = self._loaded.get(model)
        if one is None:
            return
        one.idle_s = idle_s
        if one.idle is not None:
            one.idle.cancel()
            one.idle = None
        if one.process.ready:
            self._rest(one)

    def leaves_in(self, model: Path) -> float | None:
        """Seconds until it is unloaded if nobody asks it; infinity for one that stays; None while it is used."""
        one = self._loaded.get(model)
        if one is None or one.users or not one.process.ready:
            return None
        if one.idle is None:
            return math.inf
        return max(0.0, one.idle.when() - asyncio.get_running_loop().time())

    def process_ids(self) -> list[int]:
        """Of the children that run."""
        found = (one.process.process_id for one in self._loaded.values())
        return [process_id for process_id in found if process_id is not None]

    async def let_go(self, model: Path) -> None:
        """Unload a model, unless somebody uses it."""
        if not self.in_use(model):
            await self._unload(model)

    def process_of(self, model: Path) -> EngineProcess | None:
        """The child of a model that is loaded or being loaded."""
        one = self._loaded.get(model)
        return one.process if one is not None else None

    @asynccontextmanager
    async def using(self, order: EngineOrder, timeout_s: float) -> AsyncIterator[EngineProcess]:
        """The model's process, loaded first where it is not; it stays while the block runs.

        Raises:
            LLMError: as `EngineProcess.start`; overloaded when as many models as may be are answering.
        """
        one = self._fitting(order)
        if one is None:
            async with self._loading:  # one at a time: two that load at once take longer than one after the other
                one = self._fitting(order)
                if one is None:
                    one = await self._load(order, timeout_s)
                else:
                    one.users += 1
        else:
            one.users += 1
        if one.idle is not None:
            one.idle.cancel()
            one.idle = None
        try:
            yield one.process
        finally:
            one.users -= 1
            self._rest(one)

    def _fitting(self, order: EngineOrder) -> _Loaded | None:
        """The child that serves this order. One that answers others serves it with the window it has."""
        one = self._loaded.get(order.model)
        if one is None or not one.process.ready:
            return None
        return one if one.users or one.process.order == order else None

    async def _load(self, order: EngineOrder, timeout_s: float) -> _Loaded:
        """A new child, with whoever asked as its user from the beginning: then nobody ends it while it loads."""
        before = self._loaded.get(order.model)
        await self._unload(order.model)
        await self._make_room()
        self._check_open()
        one = _Loaded(EngineProcess(order, self._door, key=self.key, command=self._command), users=1)
        one.idle_s = before.idle_s if before is not None else None  # another window, and as long as was wished
        self._loaded[order.model] = one
        try:
            await one.process.start(timeout_s)
        except LLMError:
            self._check_open()  # the child did not fail, we ended it
            raise
        finally:
            if not one.process.ready and self._loaded.get(order.model) is one:
                del self._loaded[order.model]
        try:
            self._check_open()
        except LLMError:
            await one.process.aclose()  # closed meanwhile, before there was a child to end
            raise
        return one

    def _check_open(self) -> None:
        if self._closed:
            raise LLMError(ErrorKind.CANCELLED, say("The program is closing."))

    async def _make_room(self) -> None:
        for model, one in list(self._loaded.items()):
            if not one.process.ready:
                await self._unload(model)
        if len(self._loaded) < MOST_LOADED:
            return
        idle = sorted((one.used_at, model) for model, one in self._loaded.items() if not one.users)
        if not idle:
            raise LLMError(
                ErrorKind.OVERLOADED,
                say("{most} models are answering already.", most=MOST_LOADED),
                say("Wait for one of them, or stop it."),
                retryable=False,
            )
        await self._unload(idle[0][1])

    async def _unload(self, model: Path) -> None:
        one = self._loaded.pop(model, None)
        if one is not None:
            if one.idle is not None:
                one.idle.cancel()
            await one.process.aclose()

    def _rest(self, one: _Loaded) -> None:
        loop = asyncio.get_running_loop()
        one.used_at = loop.time()
        if one.users or self._closed:
            return
        idle_s = self._idle_s if one.idle_s is None or self._retired else one.idle_s
        if idle_s < _LONGEST_S:
            one.idle = loop.call_later(idle_s, self._unload_idle, one)

    def _unload_idle(self, one: _Loaded) -> None:
        model = one.process.order.model
        if not one.users and self._loaded.get(model) is one:
            logger.info("%s is unloaded, nobody asked it for a while", one.process.order.name)
            del self._loaded[model]  # now: whoever asks from here on gets a new one
            self._tasks.start(one.process.aclose(), name="engine.idle")

    def retire(self) -> None:
        """Others take over: unload what nobody uses now, and the rest as soon as it is done."""
        self._idle_s, self._retired = 0.0, True
        for one in list(self._loaded.values()):
            self._unload_idle(one)

    async def aclose(self) -> None:
        """End all children; answers that run on them break off."""
        self._closed = True
        for model in list(self._loaded):
            await self._unload(model)
        while self._tasks.running:  # noqa: ASYNC110 - those that end already are not to be cancelled in the middle of it
            await asyncio.sleep(0.01)
