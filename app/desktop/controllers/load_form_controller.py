"""Fills the form for loading a model: what its runtime takes, what it was loaded with, whether a window fits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.models.chat_settings_facts import sent_words
from app.desktop.models.fit_words import fit_words
from app.desktop.models.load_facts import CONTEXT, FitFacts, LoadFormFacts, TemplateFacts
from app.desktop.models.token_counts import short_count
from app.services import runtimes
from app.services.conversations import presets
from app.services.conversations.model_loads import load_of_model
from app.services.engine.footprint import Verdict
from app.services.llm.errors import LLMError
from app.services.runtimes import LoadTerms
from app.services.runtimes.load_values import known_load_values
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.conversations.records import Preset
    from app.services.engine.footprint import Fit

logger = logging.getLogger(__name__)


def tr(text: str) -> str:
    return QCoreApplication.translate("LoadForm", text)


class LoadFormController(QObject):
    """Made when the page is first opened.

    Signals:
        ready(LoadFormFacts): the form can be shown.
        judged(context_length, FitFacts): of the model that was asked for last.
        saved(TemplateFacts), refused(text): what saving a template came to.
        presets_changed(): a preset, or that of a model, is another one.
    """

    ready = Signal(object)
    judged = Signal(int, object)
    saved = Signal(object)
    refused = Signal(str)
    presets_changed = Signal()

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._judging: asyncio.Task[Any] | None = None

    def ask(self, instance_id: str, model: str) -> None:
        """Find out what the form needs; `ready` follows."""
        if self._judging is not None:
            self._judging.cancel()
        self._tasks.start(self._ask(instance_id, model), name="load_form.ask")

    async def _ask(self, instance_id: str, model: str) -> None:
        services = self._engine.services
        found = services.catalogue.find(instance_id, model)
        state = services.catalogue.state(instance_id)
        if found is None or state is None:
            return  # it went meanwhile: its row goes, too
        place = services.runtime_place(instance_id)
        try:
            terms = await self._engine.run(runtimes.load_terms(instance_id, **place))
        except LLMError as exc:  # loading says what is wrong
            logger.info("what %s takes is not known: %s", instance_id, exc)
            terms = LoadTerms()
        kept = known_load_values(await self._engine.run(self._engine.store.read(load_of_model, instance_id, model)))
        window = found.loaded_context_length
        if window is None and CONTEXT not in kept:
            window = await self._engine.run(
                asyncio.to_thread(services.manager.provider(instance_id).usual_window, found)
            )
        values = {**({CONTEXT: window} if window else {}), **kept}
        if found.loaded_context_length:
            values[CONTEXT] = found.loaded_context_length
        self.ready.emit(
            LoadFormFacts(
                instance_id,
                model,
                found.display_name,
                state.name,
                {name: value for name, value in values.items() if name not in terms.refused},
                found.context_length or 0,
                dict(terms.refused),
                dict(terms.apart),
                loaded=found.loaded_context_length is not None or found.state == "loaded",
                keep_fixed=terms.keep_alive_fixed,
                templates=await self._templates(),
            )
        )

    async def _templates(self) -> tuple[TemplateFacts, ...]:
        kept: list[Preset] = await self._engine.run(self._engine.store.read(presets.presets))
        found = (template_facts(one) for one in kept)
        return tuple(one for one in found if one.values)

    # -- does it fit

    def judge(self, instance_id: str, model: str, context_length: int) -> None:
        """Judge a window; one that was asked for before is not judged any more."""
        if self._judging is not None:
            self._judging.cancel()
        self._judging = self._tasks.start(self._judge(instance_id, model, context_length), name="load_form.judge")

    async def _judge(self, instance_id: str, model: str, context_length: int) -> None:
        try:
            asked = runtimes.model_fit(
                instance_id, model, context_length, **self._engine.services.runtime_place(instance_id)
            )
            facts = fit_facts(await self._engine.run(asked))
        except LLMError as exc:
            facts = FitFacts(Verdict.UNKNOWN.value, f"{exc.message} {exc.hint}".strip())
        self.judged.emit(context_length, facts)

    # -- templates

    def save(self, name: str, values: Mapping[str, Any], instance_id: str, model: str) -> None:
        """Keep these values under a name."""
        self._tasks.start(self._save(name, dict(values), instance_id, model), name="load_form.save")

    async def _save(self, name: str, values: dict[str, Any], instance_id: str, model: str) -> None:
        work = self._engine.store.write(presets.save_template, name, values, instance_id, model)
        try:
            kept, _before = await self._engine.run(work)
        except LLMError as exc:
            self.refused.emit(f"{exc.message} {exc.hint}".strip())
            return
        self.saved.emit(template_facts(kept))
        self.presets_changed.emit()

    def use_for_chats(self, uid: str, instance_id: str, model: str) -> None:
        """Chats with this model begin with the template's prompt and values."""

        async def use() -> None:
            work = self._engine.store.write(presets.set_preset_of_model, instance_id, model, uid)
            await self._engine.run(work)
            self.presets_changed.emit()

        self._tasks.start(use(), name="load_form.use")

    async def aclose(self) -> None:
        await self._tasks.aclose()


def template_facts(preset: Preset) -> TemplateFacts:
    """A preset as the form offers it."""
    return TemplateFacts(preset.uid, preset.name, known_load_values(preset.load), ", ".join(sent_words(preset)))


def fit_facts(fit: Fit) -> FitFacts:
    """The verdict in sentences."""
    words = fit_words(fit)
    more = []
    if fit.largest_context is not None and fit.verdict is not Verdict.FITS:
        largest = fit.largest_context
        more.append(
            tr("The largest window that fits: {n} tokens.").format(n=short_count(largest))
            if largest
            else tr("No window of use fits.")
        )
    if fit.fits_graphics is not None:
        more.append(
            tr("It fits into the graphics card's free memory.")
            if fit.fits_graphics
            else tr("It does not fit into the graphics card's free memory as a whole.")
        )
    return FitFacts(fit.verdict.value, words, " ".join(more))
