"""The models that this program fetched: what there is, which have a newer revision, deleting."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.models.hub_rows import FetchedRow
from app.desktop.models.model_list_model import size_text
from app.services.llm.errors import LLMError
from app.services.llm.models import ProviderType
from app.services.runtimes.lms import find_lms
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.downloads_controller import DownloadsController
    from app.desktop.engine import Engine
    from app.services.hub.hub import Update
    from app.services.hub.library import FetchedModel

REVISION_CHARACTERS = 8


def tr(text: str) -> str:
    return QCoreApplication.translate("Hub", text)


class FetchedController(QObject):
    """Looks at the folder by itself, and asks the hub only when somebody wants to know about newer revisions.

    Signals:
        changed(tuple of FetchedRow, words): what there is; the words say what came of the last act.
        busy_changed(bool): the hub is being asked.
    """

    changed = Signal(object, str)
    busy_changed = Signal(bool)

    def __init__(
        self,
        engine: Engine,
        downloads: DownloadsController,
        parent: QObject | None = None,
        *,
        on_error: OnError | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._downloads = downloads
        self._tasks = TaskOwner(on_error)
        self._models: list[FetchedModel] = []
        self._updates: dict[str, Update] = {}
        self._problems: dict[str, str] = {}
        self._asking = False
        self._has_lm_studio = False

    def look(self, words: str = "") -> None:
        """Read the folder anew; `changed` follows."""
        if self._engine.is_ready:
            self._tasks.start(self._look(words), name="fetched.look")

    async def _look(self, words: str = "") -> None:
        library = self._engine.services.hub.library
        self._models = await asyncio.to_thread(library.models)
        self._has_lm_studio = await asyncio.to_thread(find_lms) is not None
        self._tell(words)

    def _tell(self, words: str = "") -> None:
        self.changed.emit(tuple(self._row(one) for one in self._models), words)

    def look_for_updates(self) -> None:
        """Ask the hub about each of them."""
        if not self._asking and self._engine.is_ready:
            self._asking = True
            self.busy_changed.emit(True)
            self._tasks.start(self._look_for_updates(), name="fetched.updates")

    async def _look_for_updates(self) -> None:
        words = ""
        try:
            found = await self._engine.run(self._engine.services.hub.updates())
            self._updates = {one.model.name: one for one in found}
            words = "" if found else tr("No fetched model has a newer revision.")
        except LLMError as exc:
            words = f"{exc.message} {exc.hint}".strip()
        finally:
            self._asking = False
            self.busy_changed.emit(False)
        await self._look(words)

    def update(self, name: str) -> None:
        """Fetch the newer revision; the earlier one stays until it is deleted."""
        found = self._updates.get(name)
        if found is not None:
            self._tasks.start(self._update(name, found), name="fetched.update")

    async def _update(self, name: str, found: Update) -> None:
        try:
            await self._downloads.add(found.repository, found.item)
            self._updates.pop(name, None)
        except LLMError as exc:
            self._problems[name] = f"{exc.message} {exc.hint}".strip()
        self._tell()

    def delete(self, name: str) -> None:
        """Delete a model's files. This cannot be undone: the person was asked before."""
        self._tasks.start(self._delete(name), name="fetched.delete")

    async def _delete(self, name: str) -> None:
        services = self._engine.services
        self._problems.pop(name, None)
        words = ""
        try:
            freed = await self._engine.run(services.delete_fetched_model(name))
            words = tr("{name} is deleted, {size} are free again.").format(name=name, size=size_text(freed))
        except LLMError as exc:
            self._problems[name] = f"{exc.message} {exc.hint}".strip()
        await self._look(words)
        await self._engine.run(services.catalogue.refresh(ProviderType.EMBEDDED))

    def offer(self, name: str) -> None:
        """Let LM Studio load it, too."""
        self._tasks.start(self._offer(name), name="fetched.offer")

    async def _offer(self, name: str) -> None:
        services = self._engine.services
        self._problems.pop(name, None)
        words = ""
        try:
            await self._engine.run(services.offer_to_lm_studio(name))
            words = tr("LM Studio has {name} in its list now.").format(name=name)
        except LLMError as exc:
            self._problems[name] = f"{exc.message} {exc.hint}".strip()
        await self._look(words)
        await self._engine.run(services.catalogue.refresh(ProviderType.LM_STUDIO))

    def size_of(self, name: str) -> str:
        """What deleting would free, in words."""
        return next((size_text(one.size_bytes) for one in self._models if one.name == name), "")

    def _row(self, one: FetchedModel) -> FetchedRow:
        manifest, update = one.manifest, self._updates.get(one.name)
        revision = (manifest.revision or "")[:REVISION_CHARACTERS]
        parts = [
            manifest.quantization or "",
            size_text(one.size_bytes),
            manifest.licence or tr("licence unknown"),
            tr("revision {id}").format(id=revision) if revision else "",
        ]
        newer = (update.repository.revision or "")[:REVISION_CHARACTERS] if update is not None else ""
        facts = " · ".join(part for part in parts if part)
        return FetchedRow(
            one.name,
            facts,
            size_text(one.size_bytes),
            newer,
            self._problems.get(one.name, ""),
            str(one.path.parent),
            self._has_lm_studio,
        )

    async def aclose(self) -> None:
        await self._tasks.aclose()
