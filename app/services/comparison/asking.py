"""Begins comparisons that are kept: a new one, another model in one that is there, an answer asked anew.

For fronts that show a comparison while it runs; each returns what they watch, and nothing was sent yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from secrets import SystemRandom
from typing import TYPE_CHECKING

from app.lean_dataclass import dataclass
from app.services.comparison.comparison import Comparison, contender, contenders
from app.services.comparison.held_memory import memory_of
from app.services.comparison.keeper import ComparisonKeeper
from app.services.comparison.prompt_set import ComparedPrompt, read_prompt_set
from app.services.comparison.prompt_set_run import PromptSetRun
from app.services.comparison.turns import Turns, turns_of
from app.services.conversations import comparison_rows
from app.services.conversations.chat_settings import SYSTEM_PROMPT, known_values
from app.services.conversations.comparison_rows import NewComparison
from app.services.conversations.kept_comparisons import KeptComparison, kept_comparison
from app.services.engine.memory import available_bytes
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, SamplingParameters
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.container import Services


@dataclass(frozen=True, slots=True)
class Begun:
    """`kept` as it is before the first token. `first`: the position of the first answer that `comparison` asks for."""

    kept: KeptComparison
    comparison: Comparison
    keeper: ComparisonKeeper
    first: int = 0


async def begin(
    services: Services,
    names: Sequence[tuple[str | None, str | None]],
    prompt: str,
    *,
    blind: bool,
    together: bool | None = None,
) -> Begun:
    """Ask models, as (provider, model), with the system prompt and the values of the settings.

    `blind` puts them into an order that nobody chose. `together` as `turns_of` has it.

    Raises:
        LLMError: no prompt, too few or too many models, or none of a name.
    """
    if not prompt.strip():
        raise LLMError(ErrorKind.CONFIG, say("There is no prompt."), say("Write what all models are to answer."))
    models = await contenders(services.manager, names)
    if blind:
        SystemRandom().shuffle(models)
    turns = turns_of(models, await asyncio.to_thread(available_bytes), together=together)
    defaults = services.request_settings.defaults()
    system_prompt, parameters = str(defaults[SYSTEM_PROMPT] or ""), known_values(defaults)
    request = _request(prompt, system_prompt, parameters)
    comparison = Comparison(services.manager, models, turns, request, memory_of(services))
    asked = NewComparison(prompt, system_prompt, parameters, blind, turns.reason)
    keeper = await ComparisonKeeper.begin(services.store, comparison, asked)
    return Begun(await _kept(services, keeper.uid), comparison, keeper)


async def begin_later(services: Services, uid: str, provider: str, model: str) -> Begun:
    """Ask one more model what the others were asked.

    Raises:
        LLMError: the comparison is gone, or there is no such model.
    """
    before = await _kept(services, uid)
    found = await contender(services.manager, provider, model)
    request = _request(before.prompt, before.system_prompt, before.parameters)
    comparison = Comparison(services.manager, [found], Turns(((0,),)), request, memory_of(services))
    first = len(before.answers)
    keeper = await ComparisonKeeper.join(services.store, comparison, uid, first)
    return Begun(await _kept(services, uid), comparison, keeper, first)


async def begin_again(services: Services, uid: str, position: int) -> Begun:
    """Ask for one answer anew; what was there of it is gone.

    Raises:
        LLMError: the comparison is gone, or its model is.
    """
    before = await _kept(services, uid)
    model = before.answers[position].model
    found = await contender(services.manager, model.provider, model.model)
    request = _request(before.prompt, before.system_prompt, before.parameters)
    comparison = Comparison(services.manager, [found], Turns(((0,),)), request, memory_of(services))
    await services.store.write(comparison_rows.ask_again, uid, position, services.store.owner_id)
    keeper = ComparisonKeeper(services.store, comparison, uid, first=position)
    return Begun(await _kept(services, uid), comparison, keeper, position)


def _request(prompt: str, system_prompt: str, parameters: dict[str, object]) -> ChatRequest:
    return ChatRequest(
        model="",
        messages=ComparedPrompt(prompt, system_prompt).messages,
        parameters=SamplingParameters.model_validate(parameters),
    )


async def _kept(services: Services, uid: str) -> KeptComparison:
    found = await services.store.read(kept_comparison, uid)
    if found is None:
        raise LLMError(
            ErrorKind.CONFIG, say("This comparison was deleted."), say("Start a new one with the same prompt.")
        )
    return found


async def begin_set(
    services: Services,
    names: Sequence[tuple[str | None, str | None]],
    file: Path,
    *,
    together: bool | None = None,
) -> PromptSetRun:
    """All prompts of a file, with the values of the settings; their system prompt where a line has none. Nothing is
    asked before it is run.

    Raises:
        LLMError: the file has no prompts, too few or too many models, or none of a name.
    """
    defaults = services.request_settings.defaults()
    prompts = await asyncio.to_thread(read_prompt_set, file, system=str(defaults[SYSTEM_PROMPT] or ""))
    models = await contenders(services.manager, names)
    turns = turns_of(models, await asyncio.to_thread(available_bytes), together=together)
    return PromptSetRun(
        services.manager,
        services.store,
        models,
        turns,
        prompts,
        parameters=known_values(defaults),
        memory_of=memory_of(services),
    )
