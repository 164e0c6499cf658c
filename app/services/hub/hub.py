"""The model hub as the rest of the program uses it: look for models, judge and fetch them, keep and delete them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path

from app.lean_dataclass import dataclass
from app.services.hub.client import HubClient
from app.services.hub.downloads import Download, Downloads
from app.services.hub.filters import Result, Wanted, matching
from app.services.hub.judging import Judged, judged
from app.services.hub.library import FetchedModel, Library
from app.services.hub.listing import chosen
from app.services.hub.names import PUBLIC_HUB, HubName, split_name
from app.services.hub.records import HubItem, HubRepository
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.wording import say

logger = logging.getLogger(__name__)

MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Update:
    """A fetched model whose files the hub has in another version now."""

    model: FetchedModel
    repository: HubRepository
    item: HubItem


class Hub:
    """Belongs to one loop. Args: folder: where fetched models lie."""

    def __init__(self, door: HttpDoor, folder: Path, hub_url: str = PUBLIC_HUB) -> None:
        self.client = HubClient(door, hub_url)
        self.library = Library(folder)
        self.downloads = Downloads(self.client, self.library)

    async def search(self, text: str, wanted: Wanted = Wanted(), limit: int = 30) -> list[Result]:
        """Raises: LLMError: as `HubClient.search`."""
        return matching(await self.client.search(text, limit), wanted)

    async def show(self, name: str, context_length: int) -> Judged:
        """The table of a repository, judged for this computer. Raises: LLMError: as `HubClient.repository`."""
        return await judged(self.client, await self.client.repository(name), context_length)

    async def fetch(self, typed: str) -> Download:
        """Begin to fetch `user/repo@quant` (or `@FILE`); the download, which may be done already.

        Raises:
            LLMError: bad_request, it is no name of the hub or does not say which file; and as `repository`.
        """
        name = split_name(typed)
        repository = await self.client.repository(name.repository)
        item = chosen(repository.items, name.quantization)
        if item is None:
            raise _not_chosen(name, repository)
        return await self.downloads.add(repository, item)

    async def updates(self) -> list[Update]:
        """The fetched models of which the hub has another version; earlier ones stay until they are deleted.

        Raises:
            LLMError: as `HubClient.repository`.
        """
        models = await asyncio.to_thread(self.library.models)
        found = []
        repositories: dict[str, HubRepository | None] = {}
        for model in models:
            name = model.manifest.repository
            if name not in repositories:
                repositories[name] = await self._if_there(name)
            repository = repositories[name]
            items = repository.items if repository is not None else ()
            item = next((one for one in items if one.path == model.manifest.files[0].path), None)
            here = [one.manifest.files for one in models if one.manifest.repository == name]
            if repository is not None and item is not None and item.files not in here:
                found.append(Update(model, repository, item))  # else the newer one is here beside the earlier one
        return found

    async def _if_there(self, name: str) -> HubRepository | None:
        try:
            return await self.client.repository(name)
        except LLMError as exc:
            if exc.kind not in (ErrorKind.MODEL_NOT_FOUND, ErrorKind.AUTH):
                raise
            logger.info("%s has no newer version: %s", name, exc)
            return None

    async def delete(self, name: str, loaded: Collection[Path] = ()) -> int:
        """Delete a fetched model; the bytes that are free again. Raises: LLMError: as `Library.delete`."""
        return await asyncio.to_thread(self.library.delete, name, loaded)

    async def aclose(self) -> None:
        await self.downloads.aclose()


def _not_chosen(name: HubName, repository: HubRepository) -> LLMError:
    names = [item.quantization or item.path for item in repository.items if item.kind == "model" and item.complete]
    listed = ", ".join(dict.fromkeys(names[:MOST_NAMED])) + (" …" if len(names) > MOST_NAMED else "")
    if not names:
        hint = say("It has no GGUF file that could be fetched.")
    else:
        hint = say("It has {listed}. Write {name}@{first}.", listed=listed, name=repository.name, first=names[0])
    what = (
        say("no {quantization}", quantization=name.quantization)
        if name.quantization
        else say("several models, and none that is usually taken")
    )
    return LLMError(
        ErrorKind.MODEL_NOT_FOUND, say("{name} has {what}.", name=repository.name, what=what), hint, retryable=False
    )
