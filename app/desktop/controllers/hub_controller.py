"""Asks the hub for the pane “Get models”: a search, one repository. Nothing is asked before somebody does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Signal

from app.desktop.controllers.learned_speeds import LearnedSpeeds
from app.desktop.models.fit_words import verdict_word
from app.desktop.models.hub_rows import FileRow, RepositoryFacts, ResultRow, SearchWish, WayFacts
from app.desktop.models.model_list_model import size_text
from app.desktop.models.token_counts import short_count
from app.services.hub.filters import Result, Wanted
from app.services.hub.listing import chosen
from app.services.hub.targets import Way, ways_to_fetch
from app.services.llm.errors import LLMError
from app.services.llm.models import ProviderType
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.engine.footprint import Fit
    from app.services.hub.judging import Judged, JudgedItem
    from app.services.hub.records import HubItem, HubModel, HubRepository

MOST_RESULTS = 60
#: Of a card; the page has the rest.
MOST_CARD_CHARACTERS = 60_000
REVISION_CHARACTERS = 8


def tr(text: str) -> str:
    return QCoreApplication.translate("Hub", text)


class HubController(QObject):
    """A later question takes the place of an earlier one that is still being answered.

    Signals:
        busy_changed(str): what is being asked, "" for nothing.
        found(tuple of ResultRow, words), shown(RepositoryFacts): the answers.
        failed(str): the last question could not be answered: why, and what to do.
    """

    busy_changed = Signal(str)
    found = Signal(object, str)
    shown = Signal(object)
    failed = Signal(str)

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._asking: asyncio.Task[None] | None = None
        self._judged: Judged | None = None
        self._card = ""
        self._speeds = LearnedSpeeds(engine, self, on_error=on_error)

    @property
    def place(self) -> str:
        """The hub's host, as people know it."""
        return self._engine.services.hub.client.hub_url.partition("://")[2]

    def search(self, wish: SearchWish) -> None:
        """Look for repositories; `found` or `failed` follows."""
        self._ask(lambda: self._search(wish), tr("Searching {place}").format(place=self.place))

    async def _search(self, wish: SearchWish) -> None:
        results = await self._engine.run(self._search_on_engine(wish))
        if not results:
            words = tr("{place} has nothing for “{q}” with these conditions.").format(place=self.place, q=wish.text)
        elif len(results) == 1:
            words = tr("1 repository at {place}").format(place=self.place)
        else:
            words = tr("{n} repositories at {place}, those fetched most first").format(n=len(results), place=self.place)
        self.found.emit(tuple(_result_row(one) for one in results), words)

    async def _search_on_engine(self, wish: SearchWish) -> list[Result]:
        wanted = Wanted(
            *(wish.most_billion, wish.quantization, wish.licence, wish.least_context),
            *(wish.coder, wish.vision, wish.tools),
        )
        return await self._engine.services.hub.search(wish.text, wanted, MOST_RESULTS)

    def show(self, repository: str) -> None:
        """Look at one repository: its files, judged for this computer, and its card."""
        self._ask(
            lambda: self._show(repository), tr("Asking {place} about {name}").format(place=self.place, name=repository)
        )

    async def _show(self, repository: str) -> None:
        await self._speeds.learn()
        self._judged, self._card = await self._engine.run(self._show_on_engine(repository))
        self.refresh()

    async def _show_on_engine(self, repository: str) -> tuple[Judged, str]:
        services = self._engine.services
        context = services.manager.provider(ProviderType.EMBEDDED).config.model_dump()["context_length"]
        judged = await services.hub.show(repository, context)
        try:
            card = await services.hub.client.readme(judged.repository)
        except LLMError as exc:  # the files matter more than what is said about them
            card = tr("The card could not be read. {reason}").format(reason=exc)
        return judged, card_text(card)

    def refresh(self) -> None:
        """Tell the repository that is looked at once more: a program may run now that did not before."""
        if self._judged is not None and self._engine.is_ready:
            self.shown.emit(self._facts(self._judged))

    def forget(self) -> None:
        """Nobody looks at a repository any more."""
        self._judged = None

    def item(self, path: str) -> tuple[HubRepository, HubItem] | None:
        """What a row of the repository that is looked at stands for."""
        if self._judged is None:
            return None
        repository = self._judged.repository
        found = next((row.item for row in self._judged.rows if row.item.path == path), None)
        return (repository, found) if found is not None else None

    def _ask(self, question: Callable[[], Awaitable[None]], words: str) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._asking = self._tasks.start(self._answered(question, words), name="hub.ask")

    async def _answered(self, question: Callable[[], Awaitable[None]], words: str) -> None:
        self.busy_changed.emit(words)
        try:
            await question()
        except LLMError as exc:
            self.failed.emit(f"{exc.message} {exc.hint}".strip())
        finally:
            if self._asking is asyncio.current_task():
                self._asking = None
                self.busy_changed.emit("")

    # -- into words

    def _facts(self, judged: Judged) -> RepositoryFacts:
        repository = judged.repository
        usual = chosen(repository.items, "")
        files = tuple(self._file_row(repository, row) for row in judged.rows)
        place = next((number for number, row in enumerate(judged.rows) if row.item is usual), -1)
        return RepositoryFacts(
            repository.name, _facts_of(repository), files, place, tuple(_notes_of(judged)), self._card
        )

    def _file_row(self, repository: HubRepository, row: JudgedItem) -> FileRow:
        item, fit = row.item, row.fit
        public = self._engine.services.hub.client.is_public
        ways = tuple(self._way(way) for way in ways_to_fetch(repository, item, public=public))
        parts = "" if len(item.files) == 1 else " " + tr("({n} parts)").format(n=len(item.files))
        return FileRow(
            item.path,
            item.quantization or "?",
            size_text(item.size_bytes) or "?",
            fit.verdict.value if fit is not None else "",
            _fit_text(row),
            size_text(fit.footprint.total) if fit is not None and fit.footprint is not None else "",
            _window_text(fit),
            item.path + parts,
            ways,
            "" if fit is None else self._speed(repository, item, ways),
        )

    def _speed(self, repository: HubRepository, item: HubItem, ways: Sequence[WayFacts]) -> str:
        """Expected in the programs that could take it, the first one first."""
        name = f"{repository.name}/{item.path}"
        return self._speeds.of_file([way.backend for way in ways], name, item.size_bytes)

    def _way(self, way: Way) -> WayFacts:
        state = self._engine.services.catalogue.state(way.backend)
        reason = way.reason
        needs_server = self._engine.services.manager.provider(way.backend).capabilities.needs_address
        if not reason and needs_server and (state is None or state.status != "up"):
            reason = tr("It is not running.")
        label = tr("Fetch with {product}").format(product=way.product) if needs_server else tr("Download")
        return WayFacts(way.backend, way.product, way.name, label, reason)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        await self._speeds.aclose()


def card_text(readme: str) -> str:
    """A card without the facts in front of it, which are for machines; cut where it is very long."""
    text = readme.replace("\r\n", "\n").lstrip("\ufeff")
    if text.startswith("---\n"):
        _, _, rest = text[4:].partition("\n---")
        text = rest.partition("\n")[2] if rest else text
    text = text.strip()
    if len(text) > MOST_CARD_CHARACTERS:
        text = text[:MOST_CARD_CHARACTERS] + "\n\n" + tr("The rest is on the page of the hub.")
    return text


def _result_row(one: Result) -> ResultRow:
    model, traits = one.model, one.traits
    words = [name for name, has in ((tr("coder"), traits.coder), (tr("vision"), traits.vision),
                                    (tr("tools"), traits.tools)) if has]  # fmt: skip
    words += [tr("asks for its terms")] if model.gated else []
    words += [tr("unknown: {names}").format(names=", ".join(one.unknown))] if one.unknown else []
    return ResultRow(
        model.repository,
        _billions(traits.parameters_billion),
        short_count(model.context_length),
        model.licence or "",
        QLocale().toString(model.downloads) if model.downloads is not None else "",
        ", ".join(words),
    )


def _billions(number: float | None) -> str:
    return tr("{n} B").format(n=QLocale().toString(number, "g", 3)) if number is not None else ""


def _facts_of(repository: HubRepository) -> str:
    model: HubModel = repository.model
    parts = [tr("licence {name}").format(name=model.licence) if model.licence else tr("licence unknown")]
    if model.context_length is not None:
        parts.append(tr("trained for {n} tokens").format(n=short_count(model.context_length)))
    if model.downloads is not None:
        parts.append(tr("{n} downloads a month").format(n=QLocale().toString(model.downloads)))
    if repository.revision:
        parts.append(tr("revision {id}").format(id=repository.revision[:REVISION_CHARACTERS]))
    return " · ".join(parts)


def _notes_of(judged: Judged) -> list[str]:
    notes = []
    if judged.repository.model.gated:
        notes.append(tr("Its maker asks for its terms to be accepted on the hub's page, with an account."))
    if not judged.rows:
        notes.append(tr("It has no GGUF file."))
    elif judged.problem:
        notes.append(tr("What fits is not known: {reason}").format(reason=judged.problem))
    if judged.repository.refused:
        count = judged.repository.refused
        notes.append(tr("{n} files have names that are not taken over, and are not offered.").format(n=count))
    return notes


def _fit_text(row: JudgedItem) -> str:
    if row.fit is None:
        return tr("For pictures")
    if not row.item.complete:
        return tr("Parts are missing")
    word = verdict_word(row.fit.verdict.value)
    return tr("{verdict}, graphics card too").format(verdict=word) if row.fit.fits_graphics and word else word


def _window_text(fit: Fit | None) -> str:
    if fit is None or fit.largest_context is None:
        return ""
    return short_count(fit.largest_context) or tr("none")
