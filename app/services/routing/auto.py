"""Auto on the running core: what is known of all models now, as candidates of a proposal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from app.services.conversations.context_use import window_of
from app.services.conversations.routed import Routed
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.limits import AUTO_TRIES
from app.services.llm.metering import AnswerMetrics
from app.services.llm.models import ModelConfig, ModelState, ModelType
from app.services.llm.pricing import PriceList
from app.services.observe import Event, Subscription
from app.services.routing.candidate import FREE, Candidate, Price
from app.services.routing.chat_need import need_of_prompt
from app.services.routing.evidence import Evidence, EvidenceReader, Measured, start_of
from app.services.routing.need import Need
from app.services.routing.preferences import ModelKey
from app.services.routing.proposing import Barrier, Proposal, Rules, propose
from app.services.routing.words import nobody_words, reason_line
from app.services.wording import later, say

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore
    from app.services.llm.catalogue import Catalogue, ProviderState
    from app.services.llm.llm_manager import LLMManager
    from app.services.llm.providers.base import BaseProvider
    from app.services.settings.schema import AppConfig

#: Evidence may be so old, but not what was spent of a budget; the window has it read again after answers and votes.
FRESH_S = 60.0
NOBODY = later("Core", "Auto found no model for this message.")
WAY_OUT = later("Core", "Choose a model yourself.")
#: What the person could allow.
_ALLOWANCES = frozenset({Barrier.CLOUD, Barrier.BUDGET, Barrier.PRICE})
#: A price a token is asked for so many at once: prices are rounded, and tiers begin far above.
_PRICED_TOKENS = 10_000


class Auto:
    """Proposes from what was read before: `refresh` reads it, changes of the catalogue are taken in as they come, and
    `propose` only computes.

    Belongs to the core's loop, but for `propose`: candidates are replaced whole, so any thread may ask for it.
    """

    def __init__(
        self,
        store: ConversationStore,
        manager: LLMManager,
        catalogue: Catalogue,
        settings: Callable[[], AppConfig],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._manager = manager
        self._catalogue = catalogue
        self._settings = settings
        self._clock = clock
        self._reader = EvidenceReader(store)
        self._evidence = Evidence()
        self._read_at: float | None = None
        self._candidates: tuple[Candidate, ...] = ()
        self._watching: Subscription | None = None
        self._prices: dict[ModelKey, Price | None] = {}
        self._reading = asyncio.Lock()
        #: How often a reading was asked for, and up to which of these calls the last one counts.
        self._asked = self._answered = 0
        self.changed: Event[None] = Event()
        """A proposal may be another now."""

    async def refresh(self) -> None:
        """Read the evidence again. Of many calls at once one reads for all that came before it began."""
        self._asked += 1
        mine = self._asked
        async with self._reading:
            if self._answered >= mine:
                return
            covered = self._asked
            settings = self._settings()
            period = None if settings.auto_budget_usd is None else settings.auto_budget_period
            self._evidence = await self._reader.read(self._clock(), period)
            await self._read_prices()
            self._answered, self._read_at = covered, self._clock()
            if self._watching is None:
                self._watching = self._catalogue.changed.subscribe(lambda _change: self._gather())
        self._gather()

    async def _read_prices(self) -> None:
        """Of models elsewhere, once each; those of this computer cost nothing."""
        if self.rules().local_only:
            return
        prices = PriceList(self._settings().pricing, self._manager.price_source)
        read: dict[ModelKey, Price | None] = {}
        for model in self._catalogue.models():
            key = (model.provider, model.name)
            if not model.local and model.model_type is ModelType.CHAT:
                read[key] = self._prices[key] if key in self._prices else await _price(prices, model)
        self._prices = read

    async def route(self, prompt_id: int) -> Routed:
        """Whom to ask for the answer to a prompt of a chat.

        Raises:
            LLMError: no model can take it: `unsupported`, or `config` where that is a matter of what is allowed.
        """
        return await self.route_need(await need_of_prompt(self._store, prompt_id))

    async def route_need(self, need: Need) -> Routed:
        """The same for any need, from evidence that is not older than a minute.

        Raises:
            LLMError: as `route`.
        """
        await self.look()
        proposal = self.propose(need)
        barriers = {one.barrier for one in proposal.excluded}
        if proposal.chosen is None and barriers and barriers <= _ALLOWANCES:
            await self._look_for_local_servers()
            proposal = self.propose(need)
            barriers = {one.barrier for one in proposal.excluded}
        # What is not allowed is no reason to leave alone what may be reachable by now.
        may_be_there = not barriers or barriers - _ALLOWANCES == {Barrier.UNREACHABLE}
        if proposal.chosen is None and may_be_there:
            return await self._any_provider(need)
        return routed(proposal)

    async def _look_for_local_servers(self) -> None:
        """At those that were down: only what is not allowed is known, and one of them may be there by now."""
        states = self._catalogue.states().values()
        down = [state.instance_id for state in states if state.local and state.status != "up"]
        await asyncio.gather(*(self._catalogue.refresh(one) for one in down))

    async def _any_provider(self, need: Need) -> Routed:
        """Nobody was reachable when last looked at: asking says what is wrong, or that one is there by now."""
        enabled = await self._manager.enabled()
        if not enabled:
            raise LLMError(
                ErrorKind.CONFIG, say("No provider is switched on."), say("Switch one on in Settings, Providers.")
            )
        rules = self.rules(need)
        allowed = [one for one in enabled if one.capabilities.local or not rules.local_only]
        if not allowed:
            raise LLMError(
                ErrorKind.CONFIG, say(NOBODY), say("Auto may not use the cloud. {way_out}", way_out=say(WAY_OUT))
            )
        free = [one for one in allowed if rules.budget_left_usd is None or self._costs_nothing(one)]
        if not free:
            why = say("No model that costs nothing was reachable a moment ago, and there is a budget.")
            raise LLMError(ErrorKind.CONFIG, say(NOBODY), f"{why} {say(WAY_OUT)}")
        return Routed(tuple((one.instance_id, "") for one in free), say("no model was reachable a moment ago"))

    def _costs_nothing(self, provider: BaseProvider) -> bool:
        """Whichever of its models answers: it is asked for none by name."""
        state = self._catalogue.state(provider.instance_id)
        prices = self._settings().pricing.get(provider.instance_id, {}).values()
        all_local = provider.capabilities.local and all(one.local for one in (state.models if state else ()))
        return all_local and not any(one.input or one.output for one in prices)

    async def look(self) -> None:
        """Make sure that models and evidence are known: both are read where they were not, or long ago."""
        if not self._catalogue.states():
            await self._catalogue.refresh()
        if self._read_at is None or self._clock() - self._read_at > FRESH_S:
            await self.refresh()
        else:
            await self._read_spending()

    async def _read_spending(self) -> None:
        """Answers of the last minute, of other programs, too, used up some of the budget."""
        settings = self._settings()
        if settings.auto_budget_usd is None:
            return
        async with self._reading:
            spent = await self._reader.spent_usd(start_of(settings.auto_budget_period, self._clock()))
            self._evidence = replace(self._evidence, spent_usd=spent)

    def forget_prices(self) -> None:
        """The configured prices may be others."""
        self._prices = {}

    def propose(self, need: Need) -> Proposal:
        """For this need, from what is known now."""
        return propose(need, self._candidates, self.rules(need))

    def rules(self, need: Need = Need()) -> Rules:
        """From a local provider Auto goes to the cloud only where that is allowed (contract, Providers), also when
        that provider is switched off by now, or its settings are wrong."""
        settings = self._settings()
        any_local = any(state.local for state in self._catalogue.states().values())
        entries = self._manager.config.provider_configurations
        any_unknown = any(entries[one].is_enabled is not False for one in self._manager.unusable)
        budget = settings.auto_budget_usd
        left = None if budget is None else max(0.0, budget - self._evidence.spent_usd)
        was_local = any_local or any_unknown or need.answered_locally
        return Rules(was_local and not settings.auto_may_use_cloud, left)

    def _gather(self) -> None:
        """Every chat model of the catalogue: providers by priority, the loaded ones first in each."""
        found: list[Candidate] = []
        prices = PriceList(self._settings().pricing)
        for state in self._catalogue.states().values():
            models = [one for one in state.models if one.model_type is ModelType.CHAT]
            models.sort(key=lambda one: one.state is not ModelState.LOADED)
            found += [self._candidate(state, one, prices) for one in models]
        self._candidates = tuple(found)
        self.changed.emit(None)

    def close(self) -> None:
        """Nothing is taken in any more."""
        if self._watching is not None:
            self._watching.close()

    def _price(self, prices: PriceList, model: ModelConfig) -> Price | None:
        """The configured one; else nothing on this computer, elsewhere what was read before."""
        configured = prices.price(model.provider, model.name)
        if configured is not None:
            return Price(configured.input / 1_000, configured.output / 1_000)
        return FREE if model.local else self._prices.get((model.provider, model.name))

    def _candidate(self, state: ProviderState, model: ModelConfig, prices: PriceList) -> Candidate:
        provider = self._manager.providers.get(state.instance_id)
        key = (state.instance_id, model.name)
        measured = self._evidence.measured.get(key, Measured())
        return Candidate(
            *key,
            name=model.display_name,
            server=state.name,
            local=model.local,
            available=state.status == "up",
            loaded=_is_loaded(model),
            window=None if provider is None else window_of(provider, model).tokens,
            pictures=model.sees_pictures,
            tools=True if "tools" in model.capabilities else None,
            size_bytes=model.size_bytes,
            priority=0 if provider is None else provider.config.priority,
            favourite=key in self._evidence.favourites,
            price=self._price(prices, model),
            pace=measured.pace,
            answered=measured.answered,
            failed=measured.failed,
            preferences=self._evidence.preferences,
        )


def routed(proposal: Proposal) -> Routed:
    """The proposed model, and those to ask where it does not answer.

    Raises:
        LLMError: as `Auto.route`.
    """
    if proposal.chosen is None:
        allowed = {one.barrier for one in proposal.excluded} & _ALLOWANCES
        raise LLMError(
            ErrorKind.CONFIG if allowed else ErrorKind.UNSUPPORTED,
            say(NOBODY),
            f"{nobody_words(proposal)} {say(WAY_OUT)}",
        )
    return Routed(_choices(proposal), reason_line(proposal))


def _choices(proposal: Proposal) -> tuple[ModelKey, ...]:
    """The best of each server in their order, then the rest: of one that does not answer the server may be down."""
    keys = [one.candidate.key for one in proposal.ranked]
    best = {provider: (provider, model) for provider, model in reversed(keys)}
    firsts = [key for key in keys if best[key[0]] == key]
    return tuple([*firsts, *(key for key in keys if key not in firsts)][:AUTO_TRIES])


def _is_loaded(model: ModelConfig) -> bool | None:
    if model.state is ModelState.UNKNOWN:
        return None
    return model.state is ModelState.LOADED


async def _price(prices: PriceList, model: ModelConfig) -> Price | None:
    async def usd(prompt: int, answer: int) -> float | None:
        metrics = AnswerMetrics(input_tokens=prompt, output_tokens=answer, estimated=False)
        return await prices.cost_usd(model.provider, model.name, metrics, local=model.local)

    of_prompt, of_answer = await usd(_PRICED_TOKENS, 0), await usd(0, _PRICED_TOKENS)
    if of_prompt is None or of_answer is None:
        return None
    return Price(of_prompt / _PRICED_TOKENS, of_answer / _PRICED_TOKENS)
