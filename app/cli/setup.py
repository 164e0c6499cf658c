"""`aica setup`: from nothing to the first answer. Finds what runs models here, starts it, or fetches a small model."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from app.cli import local_backends, output
from app.cli.start_hints import missing_program
from app.lean_dataclass import dataclass
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.hub.suggestions import Offer, Suggestion
    from app.services.llm.errors import LLMError
    from app.services.runtimes import BackendStatus

BACKEND = "embedded"
NEITHER = "Nothing was started or fetched."
_VERDICTS = {"fits": "fits", "tight": "tight", "too_large": "too large", "unknown": "unknown"}


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.description = (
        "Find LM Studio, Ollama and model files on this computer. Where nothing can answer yet, offer to start what is "
        "installed, or to fetch a small coder model for the built-in engine, and make it the default. Each step is "
        "asked for; the model hub is asked only then. Without a terminal it only reports, unless --yes is given."
    )
    parser.add_argument(
        "backend",
        nargs="?",
        metavar="BACKEND",
        type=local_backends.backend_name,
        help="lm_studio or ollama: this one from beginning to end: start its server, take or fetch a model, load it, "
        "save the address, test the connection",
    )
    parser.add_argument("--yes", "-y", action="store_true", help="do what would be asked for")
    parser.add_argument("--json", action="store_true", help="one JSON object a line; asks nothing")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def set_up(services: Services) -> int:
        chosen = _Setup(arguments, services)
        return await (chosen.run() if arguments.backend is None else chosen.run_one())

    return local_backends.told(arguments, set_up)


@dataclass(frozen=True, slots=True)
class _Found:
    """One backend, and the models of it that chat."""

    status: BackendStatus
    models: tuple[str, ...] = ()
    problem: LLMError | None = None
    """Why its models could not be listed."""

    @property
    def can_be_started(self) -> bool:
        return self.status.installed and bool(self.status.address) and not self.status.running


class _Setup:
    """One run of the command."""

    def __init__(self, arguments: argparse.Namespace, services: Services) -> None:
        self._arguments = arguments
        self._services = services
        at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
        self._can_ask = at_terminal and not arguments.json

    async def run(self) -> int:
        found = await self._look()
        ready = self._answering(found)
        if ready is None:
            ready = await self._start_one([one.status for one in found if one.can_be_started])
        if ready is None:
            ready = await self._fetch_one()
        backend, model = ready
        if self._arguments.yes or self._can_ask:
            await self._choose(backend)
        product = next(one.status.product for one in found if one.status.backend == backend)
        sentence = f"Ready: {model} ({product}). {in_terminal('chat')} begins a chat."
        return local_backends.done(self._arguments, sentence, backend=backend, model=model)

    async def run_one(self) -> int:
        """The backend that was named, from its program to a model in memory."""
        from app.cli.setup_steps import set_up_one
        from app.services.llm.errors import ErrorKind, LLMError

        what = "Start its server where it is off, and let it download a small model where it has none?"
        if not self._arguments.yes and not self._can_ask:
            hint = f"{in_terminal(f'setup {self._arguments.backend} --yes')} does it without asking."
            raise LLMError(ErrorKind.CANCELLED, f"Nobody is there to ask. {NEITHER}", hint)
        if not await self._wants(what):
            raise LLMError(ErrorKind.CANCELLED, NEITHER)
        status = await set_up_one(self._arguments, self._services)
        await self._choose(self._arguments.backend)
        return status

    @property
    def _default(self) -> str:
        from app.services.llm.models import canonical_provider_id

        return canonical_provider_id(self._services.settings.config.default_provider)

    def _answering(self, found: Sequence[_Found]) -> tuple[str, str] | None:
        """Backend and name of a model that could answer now, the default provider's before others'."""
        ready = [(one.status.backend, model) for one in found for model in one.models]
        return next((one for one in ready if one[0] == self._default), ready[0] if ready else None)

    async def _choose(self, backend: str) -> None:
        """Let commands that name no provider ask this one, where the default is a local one that cannot answer."""
        from app.services import runtimes
        from app.services.llm.errors import ErrorKind, LLMError

        settings = self._services.settings
        if self._default == backend or self._default not in runtimes.BACKENDS:
            return
        if not await self._wants(f"Make {backend} the default provider?"):
            return
        try:
            await asyncio.to_thread(settings.save, {("default_provider",): backend, ("default_model",): None})
        except OSError as exc:
            message = f"{settings.user_file} could not be written."
            raise LLMError(ErrorKind.CONFIG, message, f"{exc.strerror or exc}.") from exc
        if not self._arguments.json:
            output.note(f"The default provider is {backend} now: {in_terminal('config get default_provider')}.")

    # -- what there is

    async def _look(self) -> list[_Found]:
        """Look at all of them and tell what is there."""
        from app.services import runtimes

        found = await asyncio.gather(*(self._look_at(name) for name in runtimes.BACKENDS))
        for one in found:
            if self._arguments.json:
                output.json_line(_found_object(one))
            else:
                output.say(f"{one.status.product}: {await self._words(one)}")
            problem = one.status.problem or one.problem
            if problem is not None and not self._arguments.json:
                output.note(f"{one.status.product}: {problem}")
        return found

    async def _look_at(self, name: str) -> _Found:
        from app.services import runtimes
        from app.services.llm.errors import ErrorKind, LLMError
        from app.services.llm.models import ModelType

        await self._services.manager.ready(name)
        status = await runtimes.backend_status(name, **self._services.runtime_place(name, lasting=False))
        if not status.running or status.problem is not None:
            return _Found(status)
        try:
            listed = await self._services.manager.list_models(name)
        except LLMError as exc:  # that there is no model file yet is what this command is for
            return _Found(status, problem=None if exc.kind is ErrorKind.MODEL_NOT_FOUND else exc)
        return _Found(status, tuple(model.name for model in listed if model.model_type is ModelType.CHAT))

    async def _words(self, one: _Found) -> str:
        status = one.status
        if status.running:
            count = "1 model" if len(one.models) == 1 else f"{len(one.models) or 'no'} models"
            return f"runs at {status.address}, {count}" if status.address else f"ready, {count}"
        if status.installed:
            return f"installed; nothing answers at {status.address}"
        return await missing_program(self._services, status.backend) or "not installed"

    # -- starting

    async def _start_one(self, startable: Sequence[BackendStatus]) -> tuple[str, str] | None:
        """Start those that are wanted until one has a model."""
        from app.services.llm.errors import ErrorKind, LLMError

        if startable and not self._arguments.yes and not self._can_ask:
            names = " and ".join(one.product for one in startable)
            raise LLMError(
                ErrorKind.NOT_RUNNING,
                f"{names}: installed, and not running.",
                f"{in_terminal('setup --yes')} does all that is missing.",
                provider=startable[0].backend,
            )
        for one in startable:
            if not await self._wants(f"Start {one.product}?"):
                continue
            output.note(f"Starting {one.product} …")
            runtime = await local_backends.runtime_of(self._services, one.backend)
            try:
                await runtime.start()
            except LLMError as exc:  # the next one, or a model of our own, may do
                output.report(exc)
                continue
            ready = self._answering(await self._look())
            if ready is not None:
                return ready
            output.note(f"{one.product} runs, and has no model yet.")
        return None

    # -- fetching

    async def _fetch_one(self) -> tuple[str, str]:
        from app.cli.pull import fetched
        from app.services.hub.suggestions import suggestions

        engine = await local_backends.runtime_of(self._services, BACKEND)
        await engine.start()  # says how to install it where it is missing
        listed = await asyncio.to_thread(suggestions)
        hub = self._services.hub
        place = hub.client.hub_url.partition("://")[2]
        names = ", ".join(one.name for one in listed)
        if not self._arguments.json:
            output.say(f"No model can answer yet. Small coder models for the built-in engine: {names}.")
        if not self._arguments.yes and not self._can_ask:
            raise _no_model(place)
        if not await self._wants(f"Look up their sizes and licences at {place}?"):
            raise _no_model(place)
        offer = await self._chosen(await self._looked_up(listed))
        name = await fetched(self._arguments, engine, offer.suggestion.typed)
        if not self._arguments.json and offer.has_checksum:
            output.note("What came has the SHA-256 that the hub names.")
        return BACKEND, name

    async def _looked_up(self, listed: Sequence[Suggestion]) -> list[Offer]:
        from app.services.hub.suggestions import look_up

        context = self._services.manager.provider(BACKEND).config.model_dump()["context_length"]
        offers = await look_up(self._services.hub, listed, context)
        if self._arguments.json:
            for one in offers:
                output.json_line(_offer_object(one))
        else:
            rows = [_row(number, one) for number, one in enumerate(offers, 1)]
            print(output.table(rows, ("", "MODEL", "SIZE", "HERE", "LICENCE", "GOOD FOR")))
        return offers

    async def _chosen(self, offers: Sequence[Offer]) -> Offer:
        """The first that runs here, or the one whose number was typed."""
        from app.services.llm.errors import ErrorKind, LLMError

        usual = next((number for number, one in enumerate(offers, 1) if one.runs_here), None)
        if usual is None:
            raise LLMError(
                ErrorKind.OVERLOADED,
                "None of them fits into the memory that is free.",
                "Close other programs and try again, or use a server on another computer.",
                retryable=False,
            )
        if self._arguments.yes:
            return offers[usual - 1]
        while True:
            typed = await _line(f"Which one to download into {self._services.hub.library.folder}? [{usual}, n] ")
            if typed in ("", "y", "yes"):
                return offers[usual - 1]
            if typed.isdecimal() and 1 <= int(typed) <= len(offers):
                return offers[int(typed) - 1]
            if typed in ("n", "no"):
                raise LLMError(ErrorKind.CANCELLED, NEITHER)
            output.note(f"A number from 1 to {len(offers)}, or n.")

    async def _wants(self, question: str) -> bool:
        if self._arguments.yes:
            return True
        return await _line(f"{question} [Y/n] ") in ("", "y", "yes")


async def _line(question: str) -> str:
    """What a person types, in lower case; the end of the input is a no."""
    from prompt_toolkit import PromptSession  # here: most runs ask nothing
    from prompt_toolkit.output import create_output

    session: PromptSession[str] = PromptSession(output=create_output(sys.stderr))
    try:
        return (await session.prompt_async(question)).strip().lower()
    except EOFError:
        return "n"


def _no_model(place: str) -> LLMError:
    from app.services.llm.errors import ErrorKind, LLMError

    return LLMError(
        ErrorKind.MODEL_NOT_FOUND,
        f"No model can answer yet. {NEITHER}",
        f"{in_terminal('setup --yes')} looks one up at {place} and fetches it. Or start LM Studio or Ollama.",
        retryable=False,
    )


def _found_object(one: _Found) -> dict[str, Any]:
    return {
        "type": "found",
        "backend": one.status.backend,
        "installed": one.status.installed,
        "running": one.status.running,
        "address": one.status.address or None,
        "models": list(one.models),
    }


def _row(number: int, offer: Offer) -> tuple[str, ...]:
    size = output.size_text(offer.item.size_bytes) or "?"
    licence = offer.repository.model.licence or "unknown"
    verdict = _VERDICTS[offer.fit.verdict.value]
    return (str(number), offer.suggestion.name, size, verdict, licence, offer.suggestion.good_for)


def _offer_object(offer: Offer) -> dict[str, Any]:
    return {
        "type": "offer",
        "name": offer.suggestion.name,
        "model": offer.suggestion.typed,
        "size_bytes": offer.item.size_bytes,
        "licence": offer.repository.model.licence,
        "verdict": offer.fit.verdict.value,
        "revision": offer.repository.revision,
    }
