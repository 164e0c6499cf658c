"""The tools that look after the backend: make it ready, list its models, say how it is."""

from __future__ import annotations

import asyncio

from pydantic import Field

from app.mcp_server.backend import Backend
from app.mcp_server.tool import Arguments, NoArguments, ReportProgress, Tool, told_while_it_runs
from app.services import runtimes
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ModelConfig
from app.services.runtimes import BackendStatus, InstalledModel, PullProgress, Runtime
from app.services.tasks import TaskOwner

#: Of the way to a model that is ready, in hundredths.
STARTED, PULLED, READY = 10.0, 80.0, 100.0
PROGRESS_EVERY_S = 0.5
SIMULATED = "Simulated answers: no model is running."


class StatusArguments(Arguments):
    backend: str | None = Field(None, description="lm_studio, ollama or embedded; the configured one without it.")


# --- init_llm ---


async def _init(backend: Backend, _arguments: NoArguments, progress: ReportProgress) -> str:
    if not backend.has_runtime:
        return await _look_at_service(backend)
    runtime = await backend.runtime()
    if await runtime.running():
        await progress(0, READY, f"{runtime.product} runs")
        address = await runtime.start()  # which gives the address and does nothing else
    else:
        await progress(0, READY, f"Starting {runtime.product}")
        async with told_while_it_runs(progress, f"Starting {runtime.product}", _nearly_started, READY):
            address = await runtime.start()
        await progress(STARTED, READY, f"{runtime.product} runs")
    model = backend.model or await _model_to_load(backend, runtime)
    if not await runtime.model_exists(model):
        model = await _pull(runtime, model, progress)
    await progress(PULLED, READY, f"Loading {model}")
    options = runtimes.LoadOptions(await _window(backend, model))
    async with told_while_it_runs(progress, f"Loading {model}", _nearly_ready, READY):
        loaded = await runtime.load(model, options)
    backend.model = model
    await progress(READY, READY, f"{model} is ready")
    window = f" with {loaded.context_length:,} tokens of context" if loaded.context_length is not None else ""
    at = f" at {address}" if address else ""
    said = [f"{runtime.product} runs{at}. Model {model} is loaded{window}.", *loaded.notices]
    return " ".join([*said, SIMULATED] if runtime.simulated else said)


def _nearly_started(elapsed_s: float) -> float:
    """Grows, and stays below what follows, however long it takes."""
    return STARTED * elapsed_s / (elapsed_s + 60)


def _nearly_ready(elapsed_s: float) -> float:
    return PULLED + (READY - PULLED) * elapsed_s / (elapsed_s + 60)


async def _look_at_service(backend: Backend) -> str:
    """A service without a program here: there is nothing to start, only to reach."""
    provider = await backend.provider()
    provider.check_key()
    models = await provider.list_models()
    said = f"{provider.name} answers and lists {len(models)} models. There is nothing to start on this computer."
    return f"{said} {SIMULATED}" if provider.is_simulated() else said


async def _model_to_load(backend: Backend, runtime: Runtime) -> str:
    """Without MODEL_NAME: the loaded one, else the first to chat with.

    Raises:
        LLMError: model_not_found, there is none.
    """
    chat = [model for model in await runtime.models() if model.kind == "chat"]
    chosen = next((model for model in chat if model.loaded), chat[0] if chat else None)
    if chosen is None:
        raise LLMError(
            ErrorKind.MODEL_NOT_FOUND, f"{runtime.product} has no model yet.", "Set MODEL_NAME: it is downloaded then."
        )
    return chosen.name


async def _window(backend: Backend, model: str) -> int | None:
    """The window that the first question would ask for: with another one the model would be loaded twice."""
    provider = await backend.provider()
    if not provider.capabilities.native_context_option:
        return None
    described: ModelConfig | None = next((m for m in await provider.list_models() if m.name == model), None)
    if described is None:
        described = ModelConfig(name=model, provider=backend.id, metadata={"local": True})
    return provider.window_for(described)


async def _pull(runtime: Runtime, model: str, progress: ReportProgress) -> str:
    """Download it; progress is told now and then, and never goes back."""
    seen: list[PullProgress] = []
    furthest = STARTED

    async def tell() -> None:
        nonlocal furthest
        while True:
            if seen:
                last = seen[-1]
                seen.clear()
                furthest = max(furthest, _done(last))
                await progress(furthest, READY, f"Downloading {model}: {_words(last)}")
            await asyncio.sleep(PROGRESS_EVERY_S)

    await progress(STARTED, READY, f"Downloading {model}")
    tasks = TaskOwner()
    tasks.start(tell(), name="mcp.pull_progress")
    try:
        return await runtime.pull(model, seen.append)
    finally:
        await tasks.aclose()


def _done(progress: PullProgress) -> float:
    if not progress.total_bytes or progress.completed_bytes is None:
        return STARTED
    return STARTED + (PULLED - STARTED) * progress.completed_bytes / progress.total_bytes


def _words(progress: PullProgress) -> str:
    if not progress.total_bytes or progress.completed_bytes is None:
        return progress.status
    words = f"{progress.completed_bytes / 1e9:.2f} of {progress.total_bytes / 1e9:.2f} GB"
    return f"{words}, no progress for {progress.stalled_s:.0f} s" if progress.stalled_s >= 5 else words


# --- looking ---


async def _list(backend: Backend, _arguments: NoArguments, _progress: ReportProgress) -> str:
    if not backend.has_runtime:
        provider = await backend.provider()
        provider.check_key()
        return "\n".join(map(_listed_line, await provider.list_models()))
    runtime = await backend.runtime()
    models = await runtime.models()
    return "\n".join(map(_line, models)) if models else f"{runtime.product} has no models yet."


def _shown(name: str) -> str:
    """A server's name for a model, on one line: it could pass for another entry."""
    return "".join(c if c.isprintable() else "?" for c in name)


def _listed_line(model: ModelConfig) -> str:
    return f"{_shown(model.name)} ({model.model_type.value}{', simulated' if model.simulated else ''})"


def _line(model: InstalledModel) -> str:
    facts = [model.kind, f"{model.size_bytes / 1e9:.1f} GB" if model.size_bytes else "", model.quantization or ""]
    facts += ["loaded" if model.loaded else "", "" if model.local else "computed elsewhere"]
    facts.append("simulated" if model.simulated else "")
    return f"{_shown(model.name)} ({', '.join(fact for fact in facts if fact)})"


async def _status(backend: Backend, arguments: StatusArguments, _progress: ReportProgress) -> str:
    name = arguments.backend or backend.id
    if arguments.backend is None and not backend.has_runtime:
        return await _look_at_service(backend)
    known = runtimes.known_backend(name)
    status = await runtimes.backend_status(known, **await backend.place(known))
    return "\n".join(_status_lines(status, backend.model if known == backend.id else None))


def _status_lines(status: BackendStatus, model: str | None) -> list[str]:
    lines = [f"Backend: {status.backend} ({status.product})", f"Installed: {_yes(status.installed)}"]
    lines.append(f"Running: {_yes(status.running)}")
    if status.address:
        lines.append(f"Address: {status.address}")
    if status.simulated:
        lines.append("Simulated: yes, no model is running")
    if model:
        lines.append(f"Model: {model}")
    loaded = [
        _shown(one.instance_id) + (f" ({one.context_length:,} tokens of context)" if one.context_length else "")
        for one in status.loaded
    ]
    lines.append(f"Loaded: {', '.join(loaded) or 'none'}")
    return [*lines, f"Problem: {status.problem}"] if status.problem is not None else lines


def _yes(value: bool) -> str:
    return "yes" if value else "no"


TOOLS = (
    Tool(
        "init_llm",
        "Make the local model ready: check that its backend is installed, start it, download and load MODEL_NAME. May "
        "take minutes the first time; progress is reported.",
        _init,
    ),
    Tool("list_models", "List the models that the backend has downloaded.", _list, changes_nothing=True),
    Tool(
        "backend_status",
        "Say whether a backend is installed and runs, and which models it has in memory. Starts nothing.",
        _status,
        StatusArguments,
        changes_nothing=True,
    ),
)
