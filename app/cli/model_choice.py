"""Who answers in `aica chat`: the list, choosing by name, piece of a name or number, the ways out without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli import output
from app.cli.start_hints import fit_way_to_start
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.models import ModelConfig

SIMULATED = "mock"
WAYS_OUT = (
    "Ways out: start LM Studio's server or Ollama and send again; a server elsewhere: "
    f"{in_terminal('chat --base-url ADDRESS')}; or /model simulated for answers without a model."
)
#: More than these are not asked back for.
SHOWN_MATCHES = 6


class ModelChoice:
    """What was chosen; `provider` and `model` are what a message is sent with, None where nobody chose."""

    def __init__(self, services: Services, provider: str | None, model: str | None) -> None:
        self._services = services
        self.provider = provider
        self.model = model
        self.told_simulated: set[str] = set()
        """The providers that a person was told of as simulated."""
        self._listed: list[ModelConfig] = []

    async def show(self) -> None:
        """The numbered list; its last line is the simulated model, unless that one answers already."""
        await self._look()
        for number, model in enumerate(self._listed, 1):
            mark = " (simulated)" if model.simulated else ""
            print(f"{number:3}  {output.one_line(model.name)}  {output.one_line(model.provider)}{mark}")
        if not self._lists_simulated:
            print(f"{len(self._listed) + 1:3}  simulated  {SIMULATED} (simulated)")
        if not self._listed:
            output.note(f"No provider lists a model. “{in_terminal('doctor')}” says why. {WAYS_OUT}")

    async def choose(self, wanted: str) -> None:
        """Take what was typed: a model, a number of the list, a provider, or a piece of one model's name."""
        if not self._listed:
            await self._look()
        if wanted.isdecimal() and self._named(wanted) is None:
            await self._choose_number(int(wanted))
            return
        exact = self._named(wanted)
        if exact is not None:
            self._take(exact)
        elif self._services.manager.knows(wanted):
            await self._choose_provider(wanted)
        else:
            await self._choose_near(wanted)

    # --- the list ---

    @property
    def _lists_simulated(self) -> bool:
        return any(model.provider == SIMULATED for model in self._listed)

    async def _look(self) -> None:
        self._listed = await self._chat_models(self.provider)

    async def _chat_models(self, also: str | None) -> list[ModelConfig]:
        """The chat models of all enabled providers, and those of one that is asked only when chosen."""
        catalogue = self._services.catalogue
        await catalogue.refresh()
        if also is not None:
            await catalogue.refresh(self._services.manager.provider(also).instance_id)
        return [model for model in catalogue.models() if model.model_type == "chat"]

    def _named(self, wanted: str) -> ModelConfig | None:
        default = self._services.settings.config.default_provider
        order = sorted(self._listed, key=lambda m: m.provider != default)
        return next((m for m in order if wanted in (m.name, f"{m.provider}:{m.name}")), None)

    # --- choosing ---

    async def _choose_number(self, number: int) -> None:
        if number == len(self._listed) + 1 and not self._lists_simulated:
            await self._choose_provider(SIMULATED)
        elif not 0 < number <= len(self._listed):
            output.note(f"There is no model {number} in the list. /model shows it.")
        else:
            self._take(self._listed[number - 1])

    async def _choose_provider(self, name: str) -> None:
        """A provider alone: the model it would answer with. One that cannot say is not chosen."""
        from app.services.llm.errors import LLMError

        try:
            resolved = await self._services.manager.resolve(name, None)
        except LLMError as exc:
            await fit_way_to_start(self._services, exc)
            output.report(exc)
            return
        self._answers(resolved.provider, resolved.model, resolved.simulated)

    async def _choose_near(self, wanted: str) -> None:
        from app.services.llm.llm_manager import AUTO_MODEL, UNNAMED_MODELS
        from app.services.llm.near_names import near_names

        if wanted == AUTO_MODEL or wanted in UNNAMED_MODELS:
            self.provider, self.model = None, wanted
            output.note(f"{wanted} answers from now on.")
            return
        matches = self._holding(wanted)
        if not matches and (not self._listed or wanted.startswith("simulated/")):
            # Nothing else could be meant, and whoever chooses it is told that it is simulated.
            self._listed = await self._chat_models(SIMULATED)
            matches = self._holding(wanted)
        if len(matches) == 1:
            self._take(matches[0])
        elif matches:
            names = ", ".join(f"{m.provider}:{m.name}" for m in matches[:SHOWN_MATCHES])
            output.note(f"{len(matches)} models match {wanted!r}. Which one? /model NAME, of {names}.")
        else:
            self.provider, self.model = None, wanted
            near = near_names(wanted, [m.name for m in self._listed])
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            output.note(f"No provider lists {wanted!r}; asked for anyway.{meant}")

    def _holding(self, wanted: str) -> list[ModelConfig]:
        from app.services.llm.near_names import names_holding

        names = names_holding(wanted, [m.name for m in self._listed])
        found = [m for m in self._listed if m.name in names]
        return found or [m for m in self._listed if wanted.casefold() in f"{m.provider}:{m.name}".casefold()]

    def _take(self, model: ModelConfig) -> None:
        self._answers(model.provider, model.name, model.simulated)

    def _answers(self, provider: str, model: str, simulated: bool) -> None:
        self.provider, self.model = provider, model
        mark = " Simulated: no model is running." if simulated else ""
        if simulated:
            self.told_simulated.add(provider)
        output.note(f"{model} through {provider} answers from now on.{mark}")
