"""From nothing to a first model: what is suggested, what the hub says of it when it is asked, and its download."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.models.first_run_rows import FirstModelFacts, PlaceRow
from app.desktop.models.fit_words import GLYPHS, fit_words
from app.desktop.models.model_list_model import size_text
from app.services.hub.suggestions import Offer, Suggestion, look_up, suggestions
from app.services.llm.errors import LLMError
from app.services.llm.models import ProviderType
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.downloads_controller import DownloadsController
    from app.desktop.engine import Engine


def tr(text: str) -> str:
    return QCoreApplication.translate("FirstRun", text)


class FirstModelController(QObject):
    """The hub is asked when somebody presses the button, and never before.

    Signals:
        changed(FirstModelFacts).
    """

    changed = Signal(object)

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
        self._wanted: tuple[Suggestion, ...] = ()
        self._offers: list[Offer] = []
        self._looking = False
        self._trouble = ""
        downloads.changed.connect(self.tell)

    def watch(self, watching: bool) -> None:
        """Whether the page is shown: then the shipped list is read, and unfinished downloads are taken up."""
        if watching and self._engine.is_ready:
            self._downloads.begin()
            self._tasks.start(self._read(), name="first_model.read")

    async def _read(self) -> None:
        self._wanted = self._wanted or await asyncio.to_thread(suggestions)
        self.tell()

    def look_up(self) -> None:
        """Ask the hub for sizes and licences."""
        if not self._looking and self._engine.is_ready:
            self._looking, self._trouble = True, ""
            self.tell()
            self._tasks.start(self._look_up(), name="first_model.look_up")

    async def _look_up(self) -> None:
        try:
            self._offers = await self._engine.run(self._ask())
        except LLMError as exc:
            self._trouble = f"{exc.message} {exc.hint}".strip()
        finally:
            self._looking = False
        self.tell()

    async def _ask(self) -> list[Offer]:
        services = self._engine.services
        context = services.manager.provider(ProviderType.EMBEDDED).config.model_dump()["context_length"]
        return await look_up(services.hub, self._wanted, context)

    def fetch(self, key: str) -> None:
        """Fetch an offer, by the key of its row."""
        offer = next((one for one in self._offers if one.suggestion.typed == key), None)
        if offer is not None:
            self._trouble = ""
            self._tasks.start(self._fetch(offer), name="first_model.fetch")

    async def _fetch(self, offer: Offer) -> None:
        try:
            await self._downloads.add(offer.repository, offer.item)
        except LLMError as exc:
            self._trouble = f"{exc.message} {exc.hint}".strip()
        self.tell()

    # -- into words

    def tell(self) -> None:
        """Tell the page what is known now."""
        if self._engine.is_ready:
            self.changed.emit(self.facts())

    def facts(self) -> FirstModelFacts:
        """What the card shows; it is offered while the engine is there and has no model."""
        services = self._engine.services
        state = services.catalogue.state(ProviderType.EMBEDDED)
        downloads = tuple(self._downloads.facts())
        needs_model = state is not None and state.error_kind == "model_not_found"
        if not self._wanted or not (needs_model or downloads):
            return FirstModelFacts()
        place = services.hub.client.hub_url.partition("://")[2]
        rows = tuple(
            _row(one) for one in self._offers if not self._downloads.is_wanted(one.repository.name, one.item.path)
        )
        return FirstModelFacts(
            True,
            self._text(place),
            "" if self._offers else tr("Look again") if self._trouble else tr("Look up sizes"),
            self._looking,
            self._problem(),
            rows,
            downloads,
        )

    def _text(self, place: str) -> str:
        if self._looking:
            return tr("Asking {place}.").format(place=place)
        if self._offers:
            return tr("For the built-in engine, from {place}. Sizes and licences are those that it tells.").format(
                place=place
            )
        names = ", ".join(one.name for one in self._wanted)
        return tr(
            "For the built-in engine: {names}. Their sizes and licences are looked up at {place} when you press the "
            "button, and nothing is asked before."
        ).format(names=names, place=place)

    def _problem(self) -> str:
        if not self._trouble and self._offers and not any(one.runs_here for one in self._offers):
            return tr("None of them fits into the memory that is free now. Close other programs and look again.")
        return self._trouble

    async def aclose(self) -> None:
        await self._tasks.aclose()


def _row(offer: Offer) -> PlaceRow:
    licence = offer.repository.model.licence
    told = tr("{size}, {licence}. {fit}.").format(
        size=size_text(offer.item.size_bytes) or tr("Size unknown"),
        licence=tr("licence {name}").format(name=licence) if licence else tr("licence unknown"),
        fit=fit_words(offer.fit),
    )
    return PlaceRow(
        offer.suggestion.typed,
        offer.suggestion.name,
        GLYPHS[offer.fit.verdict.value],
        f"{offer.suggestion.good_for}\n{told}",
        offer.suggestion.typed,
        tr("Download") if offer.runs_here else "",
        "fetch",
        "download",
    )
