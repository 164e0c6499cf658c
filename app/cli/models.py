"""`aica models`: the merged catalogue of all providers."""

from __future__ import annotations

import argparse
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import output, running
from app.cli.start_hints import fit_way_to_start

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.catalogue import ProviderState
    from app.services.llm.errors import LLMError
    from app.services.llm.models import ModelConfig

HEAD = ("MODEL", "PROVIDER", "TYPE", "STATE", "CONTEXT NOW", "CONTEXT MAX", "QUANT", "SIZE", "")


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.add_argument("--provider", metavar="P", help="only this provider, also when it is switched off")
    parser.add_argument("--base-url", metavar="URL", help="address of the provider's server")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="ask every server now (which this command always does: nothing is cached)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    return _list(arguments)


async def _list(arguments: argparse.Namespace) -> int:
    async with await running.services_of(arguments, quiet=arguments.json, keep_history=False) as services:
        states = await _states(services, arguments.provider)
        failed = [state for state in states if state.error is not None]
        for state in failed:
            assert state.error is not None
            await fit_way_to_start(services, state.error)
    if arguments.json:
        output.print_json(
            {
                "models": [_model_object(m, s) for s in states for m in s.models],
                "providers": [_provider_object(s) for s in states],
            }
        )
    else:
        _print_table(states)
        # A built-in engine without files is merely not used, unless there is nothing else to tell.
        told = [s for s in failed if s.base_url or arguments.provider] or (failed if len(failed) == len(states) else [])
        for state in told:
            assert state.error is not None
            _report(state.name, state.error)
    if failed and len(failed) == len(states):
        assert failed[0].error is not None
        return output.exit_status(failed[0].error)
    return 0


def _report(name: str, error: LLMError) -> None:
    """Why a provider lists nothing; a remark, since the others' models are printed."""
    output.note(error.message if name in error.message else f"{name}: {error.message}")
    output.hint(error.whole_hint)


async def _states(services: Services, provider: str | None) -> list[ProviderState]:
    """One look at every provider asked for.

    Raises:
        LLMError: kind `config`, there is no such provider.
    """
    if provider is None:
        await services.catalogue.refresh()
        return list(services.catalogue.states().values())
    chosen = services.manager.provider(provider)
    await services.catalogue.refresh(chosen.instance_id)
    state = services.catalogue.state(chosen.instance_id)
    return [state] if state is not None else []


def _print_table(states: list[ProviderState]) -> None:
    rows = [_row(model, state) for state in states for model in state.models]
    if rows:
        print(output.table(rows, HEAD))
    elif any(state.status == "up" for state in states):
        output.note("No models yet. Download one in the provider's own program.")


def _row(model: ModelConfig, state: ProviderState) -> tuple[str, ...]:
    known_state = "" if model.state == "unknown" else model.state.replace("_", " ")
    return (
        model.name,
        state.instance_id,
        model.model_type,
        known_state if state.status == "up" else "not reachable",
        str(model.loaded_context_length or ""),
        str(model.context_length or ""),
        model.quantization or "",
        output.size_text(model.size_bytes),
        "simulated" if model.simulated else "",
    )


def _model_object(model: ModelConfig, state: ProviderState) -> dict[str, Any]:
    return {
        "id": model.name,
        "name": model.display_name,
        "provider": state.instance_id,
        "type": model.model_type.value,
        "available": state.status == "up",
        "state": model.state.value,
        "context_length": model.context_length,
        "loaded_context_length": model.loaded_context_length,
        "quantization": model.quantization,
        "parameters": model.parameters,
        "size_bytes": model.size_bytes,
        "capabilities": list(model.capabilities),
        "local": model.local,
        "simulated": model.simulated,
    }


def _provider_object(state: ProviderState) -> dict[str, Any]:
    error = output.error_object(state.error) if state.error is not None else None
    return {
        "id": state.instance_id,
        "name": state.name,
        "base_url": state.base_url,
        "local": state.local,
        "status": state.status,
        "latency_ms": None if state.latency_ms is None else round(state.latency_ms, 1),
        "error": error,
    }
