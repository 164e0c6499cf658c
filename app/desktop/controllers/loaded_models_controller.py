"""Models are loaded, let go and taken back from the page of local models, and their rows say how far that is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.controllers.memory_watch import MemoryWatch
from app.desktop.controllers.model_rows import LiveFacts
from app.desktop.models.model_list_model import size_text
from app.lean_dataclass import dataclass
from app.services import runtimes
from app.services.conversations.model_loads import keep_load, load_of_model
from app.services.llm.errors import LLMError
from app.services.runtimes import LoadedModel, LoadOptions, RunningModel
from app.services.runtimes.load_values import load_options, load_values
from app.services.runtimes.records import NEVER
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.local_models_controller import LocalModelsController
    from app.desktop.engine import Engine

#: (provider, model).
Key = tuple[str, str]
#: In the place of a model: what concerns all of them.
EVERYTHING: Key = ("", "")


def tr(text: str) -> str:
    return QCoreApplication.translate("LocalModels", text)


@dataclass(frozen=True, slots=True)
class Taken:
    """A copy that left memory, what loads it again, and the address of the server that had it."""

    instance_id: str
    model: str
    options: LoadOptions
    address: str

    @property
    def key(self) -> Key:
        return self.instance_id, self.model


class LoadedModelsController(QObject):
    """Made when the page is first opened.

    Signals:
        told(text, failed): what acts came to, in a sentence or more; "" for nothing that has to be said.
        undoable(text, undo): something left memory and can be loaded again.
        loaded_changed(count): how many models are in memory of runtimes that can let go.
    """

    told = Signal(str, bool)
    undoable = Signal(str, object)
    loaded_changed = Signal(int)
    _progressed = Signal(str, str, float)

    def __init__(
        self,
        engine: Engine,
        local: LocalModelsController,
        parent: QObject | None = None,
        *,
        on_error: OnError | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._local = local
        self._tasks = TaskOwner(on_error)
        self.watched = MemoryWatch(engine, self.backends, self, on_error=on_error)
        self.watched.changed.connect(self._tell)
        self._loading: dict[Key, float] = {}
        self._unloading: set[Key] = set()
        self._loads: dict[Key, asyncio.Task[Any]] = {}
        self._is_ejecting = False
        #: By model: what an act came to, and whether it failed. An act on another model does not take it away.
        self._notes: dict[Key, tuple[str, bool]] = {}
        self._closed = False
        #: Of providers: whether they delete models when told, and where their files lie.
        self._deletes: dict[str, bool] = {}
        self._folders: dict[str, Path | None] = {}
        self._tasks.start(self._look_at_files(), name="loaded_models.files")
        self._progressed.connect(self._on_progress)
        local.live_facts = self.facts_of

    # -- what is known

    def backends(self) -> list[str]:
        """The providers whose runtime can load and let go, in the order of priority."""
        return list(self._local.backends)

    def facts_of(self, instance_id: str, model: str) -> LiveFacts:
        """Of one row of the table."""
        key = (instance_id, model)
        return replace(
            self.watched.facts_of(instance_id, model),
            loading=self._loading.get(key),
            unloading=key in self._unloading,
            can_load=instance_id in self._local.backends,
            can_delete=self._deletes.get(instance_id, False),
            has_folder=self._folders.get(instance_id) is not None,
        )

    async def _look_at_files(self) -> None:
        for instance_id in self.backends():
            self._deletes[instance_id] = runtimes.deletes_models(instance_id)
            self._folders[instance_id] = await asyncio.to_thread(runtimes.models_folder, instance_id)
        self._local.refresh_rows()

    def folder_of(self, instance_id: str) -> Path | None:
        """Where a provider's model files lie."""
        return self._folders.get(instance_id)

    def look(self) -> None:
        """Ask what is in memory now."""
        self.watched.look()

    def _tell(self) -> None:
        self._local.refresh_rows()
        there = {(instance_id, one.name) for instance_id, one in self.watched.copies()}
        silent = self.watched.silent  # of them the list of models is all that is known
        there |= {row.key for row in self._local.table.all_rows if row.instance_id in silent and row.is_loaded}
        self.loaded_changed.emit(len(there))

    # -- what acts came to

    def _say(self, key: Key, text: str, *, failed: bool = False) -> None:
        self._notes.pop(key, None)
        if text:
            self._notes[key] = (text, failed)
        texts = dict.fromkeys(text for text, _failed in self._notes.values())
        self.told.emit(" ".join(texts), any(failed for _text, failed in self._notes.values()))

    def forget_notes(self) -> None:
        """The person goes on: what was told was read."""
        self._notes.clear()
        self.told.emit("", False)

    def _place(self, instance_id: str) -> dict[str, Any]:
        return self._engine.services.runtime_place(instance_id)

    # -- loading

    def load(self, instance_id: str, model: str, options: LoadOptions, *, anew: bool = False) -> None:
        """Load a model; the row shows how far it is. `anew`: in the place of its copies, which ends what they write;
        only where the person was told that it is loaded."""
        work = runtimes.load_model_anew if anew else _load
        self._start((instance_id, model), lambda: self._load(instance_id, model, options, work))

    def keep(self, instance_id: str, model: str, ttl_s: float) -> None:
        """A loaded model leaves when nobody asked it for so long; `NEVER`: it stays."""
        self._start((instance_id, model), lambda: self._keep(instance_id, model, ttl_s), shown=False)

    def cancel(self, instance_id: str, model: str) -> None:
        """Stop waiting for a load; what becomes of it is told."""
        task = self._loads.get((instance_id, model))
        if task is not None:
            task.cancel()

    def _start(
        self, key: Key, work: Callable[[], Coroutine[Any, Any, None]], *, shown: bool = True
    ) -> asyncio.Task[None] | None:
        """`shown`: the row says that it is being loaded, and offers to cancel that. None where it is busy."""
        if key in self._loads or key in self._unloading:
            return None
        if shown:
            self._loading[key] = -1.0
        self._local.refresh_rows()
        task = self._loads[key] = self._tasks.start(self._until_done(key, work), name="loaded_models.load")
        task.add_done_callback(lambda done: self._after(key, done))  # also of one that is cancelled before it begins
        return task

    async def _until_done(self, key: Key, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await work()
        await self._engine.run(self._engine.services.catalogue.refresh(key[0]))

    def _after(self, key: Key, task: asyncio.Task[None]) -> None:
        self._loading.pop(key, None)
        self._loads.pop(key, None)
        if self._closed:
            return
        self._local.refresh_rows()
        if task.cancelled():
            self._say(key, self._after_cancel(key[0]))
            self._tasks.start(self._refresh(key[0]), name="loaded_models.refresh")
        else:
            self.look()

    def _after_cancel(self, instance_id: str) -> str:
        return tr("Stopped. {what}").format(what=runtimes.cancelled_load(instance_id))

    async def _load(
        self, instance_id: str, model: str, options: LoadOptions, work: Callable[..., Coroutine[Any, Any, LoadedModel]]
    ) -> None:
        def report(share: float) -> None:  # on the engine's thread
            self._progressed.emit(instance_id, model, share)

        try:
            loaded = await self._engine.run(
                work(instance_id, model, options, on_progress=report, **self._place(instance_id))
            )
        except LLMError as exc:
            self._say((instance_id, model), _sentences(exc), failed=True)
            return
        await self._remember(instance_id, model, options, loaded.notices)

    async def _keep(self, instance_id: str, model: str, ttl_s: float) -> None:
        try:
            done = await self._engine.run(runtimes.keep_model(instance_id, model, ttl_s, **self._place(instance_id)))
            kept = load_options(await self.remembered(instance_id, model))
        except LLMError as exc:
            self._say((instance_id, model), _sentences(exc), failed=True)
            return
        options = LoadOptions(kept.context_length, kept.gpu, ttl_s, kept.batch)
        await self._remember(instance_id, model, options, done.notices)

    def _on_progress(self, instance_id: str, model: str, share: float) -> None:
        share = int(share * 100) / 100  # as the row shows it
        if (instance_id, model) in self._loads and self._loading.get((instance_id, model)) != share:
            self._loading[instance_id, model] = share
            self._local.refresh_rows()

    async def remembered(self, instance_id: str, model: str) -> dict[str, Any]:
        """What a model was loaded with last, by the names of `LoadOptions`."""
        return await self._engine.run(self._engine.store.read(load_of_model, instance_id, model))

    async def _remember(
        self, instance_id: str, model: str, options: LoadOptions, notices: tuple[str, ...] = ()
    ) -> None:
        """What it is loaded with now, for the next time; `notices` of the load are told."""
        told = list(notices)
        try:
            await self._engine.run(self._engine.store.write(keep_load, instance_id, model, load_values(options)))
        except LLMError as exc:  # it is loaded all the same
            told.append(tr("The options are not remembered for the next time: {why}").format(why=_sentences(exc)))
        self._say((instance_id, model), " ".join(told))

    # -- letting go

    def unload(self, instance_id: str, model: str) -> None:
        """Take every copy of a model out of memory; undo is offered."""
        key = (instance_id, model)
        if key not in self._loads and key not in self._unloading:
            self._unloading.add(key)
            self._local.refresh_rows()
            self._tasks.start(self._unload(instance_id, model), name="loaded_models.unload")

    async def _unload(self, instance_id: str, model: str) -> None:
        try:
            taken, forgot = await self._taken(
                [(instance_id, one) for one in self.watched.copies_of(instance_id, model)]
            )
            trouble = await self._local.unload(instance_id, model)
        finally:
            self._unloading.discard((instance_id, model))
            self._local.refresh_rows()
        self._say((instance_id, model), trouble or forgot, failed=bool(trouble))
        self.look()
        if taken and not trouble:
            self._offer_undo(tr("“{m}” unloaded").format(m=self._name_of(instance_id, model)), taken)

    def delete(self, instance_id: str, model: str) -> None:
        """Delete a downloaded model. This cannot be undone: the person was asked before."""
        self._tasks.start(self._delete(instance_id, model), name="loaded_models.delete")

    async def _delete(self, instance_id: str, model: str) -> None:
        name = self._name_of(instance_id, model)
        try:
            freed = await self._engine.run(runtimes.delete_model(instance_id, model, **self._place(instance_id)))
        except LLMError as exc:
            self._say((instance_id, model), _sentences(exc), failed=True)
            return
        text = tr("“{m}” is deleted, about {size} are free again.") if freed else tr("“{m}” is deleted.")
        self._say((instance_id, model), text.format(m=name, size=size_text(freed)))
        await self._refresh(instance_id)

    def unload_all(self) -> None:
        """Take everything out of memory, of every runtime that runs; undo is offered."""
        if not self._unloading and not self._is_ejecting:
            self._is_ejecting = True
            self._tasks.start(self._unload_all(), name="loaded_models.unload_all")

    async def _unload_all(self) -> None:
        gone: list[Taken] = []
        troubles: list[str] = []
        marked: set[Key] = set()
        try:
            await self.watched.look_at_copies()
            copies = self.watched.copies()
            taken, forgot = await self._taken(copies)
            names = [(instance_id, one.instance_id) for instance_id, one in copies]
            before = dict(zip(names, taken, strict=True))
            marked = {one.key for one in taken} - self._unloading
            self._unloading |= marked
            self._local.refresh_rows()
            there = [*(one.instance_id for one in taken), *self.watched.silent]
            for instance_id in dict.fromkeys(there):
                try:
                    done = await self._engine.run(runtimes.unload_all(instance_id, **self._place(instance_id)))
                except LLMError as exc:
                    troubles.append(_sentences(exc))
                    continue
                gone += [
                    before[instance_id, one.instance_id]
                    for one in done.unloaded
                    if (instance_id, one.instance_id) in before
                ]
                troubles += [_sentences(error) for _copy, error in done.failed]
                await self._engine.run(self._engine.services.catalogue.refresh(instance_id))
        finally:
            self._is_ejecting = False
            self._unloading -= marked
            self._local.refresh_rows()
        self._say(EVERYTHING, " ".join(dict.fromkeys(troubles)) or forgot, failed=bool(troubles))
        self.look()
        models = {one.key for one in gone}
        if len(models) == 1:
            self._offer_undo(tr("“{m}” unloaded").format(m=self._name_of(*models.pop())), gone)
        elif models:
            self._offer_undo(tr("{n} models unloaded").format(n=len(models)), gone)

    async def _taken(self, copies: list[tuple[str, RunningModel]]) -> tuple[list[Taken], str]:
        """Copies with what they were loaded with from here, and the window that they really had; a sentence where the
        store does not tell: memory is let go all the same."""
        found, forgot = [], ""
        for instance_id, copy in copies:
            kept = LoadOptions()
            try:
                kept = load_options(await self.remembered(instance_id, copy.name))
            except LLMError as exc:
                forgot = tr("Undo knows the window alone: {why}").format(why=_sentences(exc))
            ttl_s = NEVER if copy.stays and kept.ttl_s is None else kept.ttl_s
            options = LoadOptions(copy.context_length or kept.context_length, kept.gpu, ttl_s, kept.batch)
            found.append(Taken(instance_id, copy.name, options, self._address_of(instance_id)))
        return found, forgot

    def _address_of(self, instance_id: str) -> str:
        return self._engine.services.manager.base_url_of(instance_id)

    def _offer_undo(self, text: str, taken: list[Taken]) -> None:
        self.undoable.emit(text, lambda: self._load_again(taken))

    def _load_again(self, taken: list[Taken]) -> None:
        """One after the other: each needs to know what the one before it left free."""
        self._tasks.start(self._load_all(taken), name="loaded_models.undo")

    async def _load_all(self, taken: list[Taken]) -> None:
        for one in sorted(taken, key=lambda one: one.options.context_length or 0):
            name = self._name_of(*one.key)
            if self._address_of(one.instance_id) != one.address:
                text = tr("“{m}” is not loaded again: it was in memory of another server, {address}.")
                self._say(one.key, text.format(m=name, address=one.address), failed=True)
                continue
            task = self._start(one.key, partial(self._load, *one.key, one.options, _load))
            if task is None:
                self._say(one.key, tr("“{m}” is being loaded or unloaded already.").format(m=name))
            else:
                await asyncio.wait({task})

    # -- around

    async def _refresh(self, instance_id: str) -> None:
        await self._engine.run(self._engine.services.catalogue.refresh(instance_id))
        self.look()

    def _name_of(self, instance_id: str, model: str) -> str:
        found = self._engine.services.catalogue.find(instance_id, model)
        return found.display_name if found is not None else model

    async def aclose(self) -> None:
        self._closed = True
        await self.watched.aclose()
        await self._tasks.aclose()


async def _load(backend: str, model: str, options: LoadOptions, **more: Any) -> LoadedModel:
    """As `runtimes.load_model`, with the options as one."""
    return await runtimes.load_model(
        backend,
        model,
        context_length=options.context_length,
        gpu=options.gpu,
        ttl_s=options.ttl_s,
        batch=options.batch,
        **more,
    )


def _sentences(error: LLMError) -> str:
    return f"{error.message} {error.hint}".strip()
