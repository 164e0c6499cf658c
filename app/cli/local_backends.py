"""What the commands for local backends share: which one is meant, its runtime, and how a failure is told."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from app.cli import output, running
from app.cli.start_hints import fit_way_to_start
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.runtimes import Runtime

Action = Callable[["Runtime", str], Awaitable[int]]


def backend_name(text: str) -> str:
    """For argparse: the id of a backend, aliases understood."""
    from app.services.llm.models import canonical_provider_id
    from app.services.runtimes import BACKENDS

    name = canonical_provider_id(text)
    if name not in BACKENDS:
        raise argparse.ArgumentTypeError(f"there is no backend {text!r}; it is one of {', '.join(BACKENDS)}")
    return name


def add_backend(parser: argparse.ArgumentParser, what: str) -> None:
    """The optional positional BACKEND; `what`: which ones without it."""
    parser.add_argument(
        "backend", metavar="BACKEND", nargs="?", type=backend_name, help=f"lm_studio, ollama or embedded; {what}"
    )


def _model_name(text: str) -> str:
    """For argparse: the name of a model, perhaps behind a backend's."""
    if not text.rpartition(":")[2].strip():
        raise argparse.ArgumentTypeError("the model's name is empty")
    return text


def add_model(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """MODEL and the flags that go with it; `optional`: there is a way to mean all of them."""
    # Not `model`: that would choose who answers in this run.
    what = "as the backend spells it; BACKEND:MODEL names both"
    parser.add_argument("name", metavar="MODEL", type=_model_name, nargs="?" if optional else None, help=what)
    parser.add_argument(
        "--backend",
        metavar="B",
        type=backend_name,
        help="lm_studio, ollama or embedded; without it the default provider, else the one that has the model",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, as it happens")


async def on_model(arguments: argparse.Namespace, action: Action) -> int:
    """Run an action on the backend that is meant; failures and Ctrl-C are told here."""
    return await told(arguments, lambda services: act_on_model(services, arguments, action))


async def on_backend(arguments: argparse.Namespace, action: Callable[[Runtime], Awaitable[int]]) -> int:
    """The same for an action that concerns no model."""

    async def act(services: Services) -> int:
        return await action(await runtime_of(services, await _meant(services, arguments.backend)))

    return await told(arguments, act)


async def runtime_of(services: Services, backend: str) -> Runtime:
    """The runtime of a backend as it is configured. This process ends with the command: it keeps no model."""
    from app.services import runtimes

    await services.manager.ready(backend)  # its key
    return runtimes.runtime_for(backend, **services.runtime_place(backend, lasting=False))


async def act_on_model(services: Services, arguments: argparse.Namespace, action: Action) -> int:
    """The same inside an action that needs more of the core."""
    from app.cli.missing_model import suggest_names
    from app.services.llm.errors import LLMError

    backend, model = _split(arguments.name) if arguments.backend is None else (arguments.backend, arguments.name)
    backend = await _meant(services, backend, model)
    try:
        return await action(await runtime_of(services, backend), model)
    except LLMError as exc:
        await suggest_names(services, exc, in_terminal(f"ls {backend}"), of_any_kind=True)
        raise


def _split(typed: str) -> tuple[str | None, str]:
    """`ollama:llama3` → both parts; the part before the first colon counts only if it names a backend."""
    from app.services.llm.models import canonical_provider_id
    from app.services.runtimes import BACKENDS

    first, _, rest = typed.partition(":")
    backend = canonical_provider_id(first)
    return (backend, rest) if rest and backend in BACKENDS else (None, typed)


async def _meant(services: Services, named: str | None, model: str | None = None) -> str:
    """The one that was named, else the default provider, else the first that runs and has the model.

    Raises:
        LLMError: kind `config`, none of them.
    """
    from app.services import runtimes
    from app.services.llm.errors import ErrorKind, LLMError
    from app.services.llm.models import canonical_provider_id

    if named is not None:
        return named
    default = canonical_provider_id(services.settings.config.default_provider)
    if default in runtimes.BACKENDS:
        return default
    for backend in runtimes.BACKENDS:
        runtime = await runtime_of(services, backend)
        if await runtime.running() and (model is None or await _has(runtime, model)):
            return backend
    what = "No local backend runs" if model is None else f"No local backend that runs has {model!r}"
    raise LLMError(ErrorKind.CONFIG, f"{what}.", f"Name one of {', '.join(runtimes.BACKENDS)}.")


async def _has(runtime: Runtime, model: str) -> bool:
    from app.services.llm.errors import LLMError

    try:
        return await runtime.model_exists(model)
    except LLMError:  # one that cannot be asked is not the one that is meant
        return False


async def told(
    arguments: argparse.Namespace, act: Callable[[Services], Awaitable[int]], *, with_presets: bool = False
) -> int:
    """Run an action on the core; what fails is one JSON object where `--json` asks for it.

    `with_presets`: those that are stored can be read. Nothing of this run is stored in any case.
    """
    from app.services.llm.errors import ErrorKind, LLMError

    try:
        kept = {"temporary": True} if with_presets else {"keep_history": False}
        async with await running.services_of(arguments, quiet=arguments.json, **kept) as services:
            try:
                return await act(services)
            except LLMError as exc:
                await fit_way_to_start(services, exc, of_runtime=True)
                raise
    except LLMError as exc:
        if not arguments.json:
            raise
        output.json_line(output.error_object(exc))
        return output.exit_status(exc)
    except asyncio.CancelledError:
        if arguments.json:
            output.json_line(output.error_object(LLMError(ErrorKind.CANCELLED, "Stopped.")))
        raise


def done(arguments: argparse.Namespace, sentence: str, **values: Any) -> int:
    """The end of an action: a sentence for a person, an object for a program."""
    if arguments.json:
        output.json_line({"type": "done", **values})
    else:
        output.say(sentence)
    return 0
