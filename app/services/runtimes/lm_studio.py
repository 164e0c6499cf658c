"""LM Studio as a runtime: its server through `lms`, its models through REST v1 (LM Studio 0.4 and newer)."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.services import process
from app.services.llm.address import is_loopback, port_of
from app.services.llm.errors import LM_STUDIO_NOT_INSTALLED, LM_STUDIO_NOT_RUNNING, ErrorKind, LLMError
from app.services.llm.http import JsonAnswer
from app.services.runtimes import lms
from app.services.runtimes.base import (
    LOAD_TIMEOUT_S,
    PROBE_INTERVAL_S,
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    LoadedModel,
    OnPull,
    PullProgress,
    Runtime,
    quoted,
)

logger = logging.getLogger(__name__)

#: `lms` has already probed the server itself when it ends; this is for one that is slower than its five tries.
SETTLE_S = 5.0
POLL_S = 0.5
MAX_POLL_FAILURES = 5
_HUB_NAME = re.compile(
    r"(?:https://huggingface\.co/|hf\.co/|huggingface\.co/)(?P<repository>[^@\s]+)(?:@(?P<quant>\S+))?"
)
_MEMORY_WORDS = re.compile(r"memory|insufficient system resources|vram", re.IGNORECASE)


class LmStudioRuntime(Runtime):
    backend = "lm_studio"
    product = "LM Studio"
    not_running_text = LM_STUDIO_NOT_RUNNING
    missing_model_hint = "Download it in LM Studio or check MODEL_NAME."

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # A second load while the first runs would make a second copy of the weights.
        self._loading: dict[str, asyncio.Lock] = {}

    @classmethod
    def last_used_address(cls) -> str | None:
        port = lms.server_settings().port
        return None if port is None else f"http://127.0.0.1:{port}/v1"

    async def installed(self) -> bool:
        return await asyncio.to_thread(lambda: lms.find_lms() is not None or lms.installed_somewhere())

    async def running(self) -> bool:
        greeting = await self.probe("/lmstudio-greeting")
        return isinstance(greeting, dict) and greeting.get("lmstudio") is True

    # --- the server ---

    async def start(self, timeout_s: float = START_TIMEOUT_S) -> str:
        if await self.running():
            return self.base_url
        self.require_local("started")
        program = await asyncio.to_thread(lms.find_lms)
        if program is None:
            raise self.failed(ErrorKind.NOT_INSTALLED, LM_STUDIO_NOT_INSTALLED)
        result = await lms.start_server(program, port_of(self.base_url), timeout_s)
        # Judged by state: `lms` has said both "success" and "failed" wrongly (lms issues 622, 1720).
        if await self._becomes(True, SETTLE_S if result.succeeded else 2 * PROBE_INTERVAL_S):
            return self.base_url
        said = quoted(process.without_terminal_codes(result.stderr or result.stdout))
        said = f" lms said: “{said}”" if said else ""
        if result.timed_out:
            message = f"LM Studio did not start within {timeout_s:.0f} s."
            raise self.failed(ErrorKind.TIMEOUT, message, f"Open LM Studio and start the server there.{said}")
        raise self.failed(ErrorKind.NOT_RUNNING, LM_STUDIO_NOT_RUNNING, f"It could not be started.{said}")

    async def stop(self) -> None:
        if not await self.running():
            return
        self.require_local("stopped")
        program = await asyncio.to_thread(lms.find_lms)
        if program is None:
            raise self.failed(ErrorKind.NOT_INSTALLED, LM_STUDIO_NOT_INSTALLED)
        port = await lms.server_port(program)
        if port is not None and port != port_of(self.base_url):
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                f"The server at {self.origin} is not the one that LM Studio manages (port {port}).",
                "Stop it where it was started.",
            )
        result = await lms.stop_server(program)
        if not await self._becomes(False, STOP_TIMEOUT_S if result.succeeded else 2 * PROBE_INTERVAL_S):
            said = quoted(process.without_terminal_codes(result.stderr or result.stdout))
            raise self.failed(
                ErrorKind.SERVER_ERROR,
                "LM Studio's server is still running.",
                "Stop it in LM Studio (Developer, Status)." + (f" lms said: “{said}”" if said else ""),
            )

    async def why_not_stoppable(self) -> str:
        found = await asyncio.to_thread(lms.find_lms)
        return "" if found is not None else "Stop it in LM Studio: its lms command is not installed."

    async def _becomes(self, running: bool, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while await self.running() != running:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(PROBE_INTERVAL_S)
        return True

    # --- models ---

    async def model_exists(self, model: str) -> bool:
        return self._entry(await self._models(), model) is not None

    async def model_loaded(self, model: str) -> bool:
        return bool(_instances(self._entry(await self._models(), model)))

    async def load(self, model: str, *, context_length: int | None = None) -> LoadedModel:
        async with self._loading.setdefault(model, asyncio.Lock()):
            entry = self._entry(await self._models(), model)
            if entry is None:
                raise self.model_missing(model)
            for instance in _instances(entry):
                length = _context_length(instance)
                if context_length is None or (length is not None and length >= context_length):
                    return LoadedModel(str(instance["id"]), length, was_loaded=True)
            return await self._load(model, context_length)

    async def _load(self, model: str, context_length: int | None) -> LoadedModel:
        request: dict[str, Any] = {"model": model, "echo_load_config": True}
        if context_length is not None:
            request["context_length"] = context_length
        answer = await self.call("POST", "/api/v1/models/load", purpose="load", json=request, timeout_s=LOAD_TIMEOUT_S)
        value = self._checked(answer, "instance_id", model)
        config = value.get("load_config")
        length = config.get("context_length") if isinstance(config, dict) else None
        return LoadedModel(str(value["instance_id"]), length if isinstance(length, int) else None)

    async def reload(self, model: str, context_length: int) -> LoadedModel:
        # Loading again without unloading would make a second copy of the weights (LM Studio docs, REST v1, 0.4).
        async with self._loading.setdefault(model, asyncio.Lock()):
            entry = self._entry(await self._models(), model)
            if entry is None:
                raise self.model_missing(model)
            before = [_context_length(instance) for instance in _instances(entry)]
            await self.unload(model)
            try:
                return await self._load(model, context_length)
            except LLMError:
                if before:
                    await self._load_as_before(model, before[0])
                raise

    async def _load_as_before(self, model: str, context_length: int | None) -> None:
        try:
            await self._load(model, context_length)
        except LLMError as exc:
            logger.warning("%s could not be loaded as it was before: %s", model, exc)

    async def window_cost_bytes(self, model: str, now: int, wanted: int) -> int | None:
        """`lms` estimates it, for the very settings that LM Studio would load with."""
        program = await self._lms_of_this_server()
        if program is None:
            return None
        estimates = [await lms.estimated_bytes(program, model, window) for window in (now, wanted)]
        if estimates[0] is None or estimates[1] is None or estimates[1] <= estimates[0]:
            return None
        return estimates[1] - estimates[0]

    async def unload(self, model: str) -> None:
        for instance in _instances(self._entry(await self._models(), model)):
            request = {"instance_id": instance["id"]}
            answer = await self.call("POST", "/api/v1/models/unload", purpose="unload", json=request)
            self._checked(answer, "instance_id", model)
        if await self.model_loaded(model):
            raise self.failed(ErrorKind.SERVER_ERROR, f"Model {model!r} is still loaded.", "Unload it in LM Studio.")

    async def busy(self, model: str) -> bool | None:
        program = await self._lms_of_this_server()
        return None if program is None else await lms.is_busy(program, model)

    async def _lms_of_this_server(self) -> Path | None:
        """To be asked only while the server runs: otherwise `lms` would wake LM Studio up to answer."""
        program = await asyncio.to_thread(lms.find_lms)
        if program is None or not is_loopback(self.base_url) or not await self.running():
            return None
        if await lms.server_port(program) != port_of(self.base_url):
            return None  # what answers here came through a tunnel: this computer's own LM Studio may be off
        return program

    async def pull(self, model: str, on_progress: OnPull | None = None) -> None:
        """See `Runtime.pull`. The download belongs to LM Studio: it goes on when this call is cancelled."""
        request = {"model": model}
        if hub := _HUB_NAME.fullmatch(model):
            request["model"] = f"https://huggingface.co/{hub['repository']}"
            if hub["quant"]:
                request["quantization"] = hub["quant"]
        answer = await self.call("POST", "/api/v1/models/download", purpose="pull", json=request, timeout_s=60)
        job = self._checked(answer, "status", model)
        report = on_progress or (lambda _progress: None)
        if job["status"] == "already_downloaded":
            report(PullProgress("already_downloaded"))
            return
        await self._follow(str(job.get("job_id", "")), model, report)

    async def _follow(self, job_id: str, model: str, report: OnPull) -> None:
        seen, moved_at, failures = -1, time.monotonic(), 0
        while True:
            try:
                path = f"/api/v1/models/download/status/{quote(job_id, safe='')}"
                status = self._checked(await self.call("GET", path, purpose="pull"), "status", model)
                failures = 0
            except LLMError as exc:
                # One missed look is no failed download; the job goes on in LM Studio.
                failures += 1
                if not exc.retryable or failures >= MAX_POLL_FAILURES:
                    raise
                await asyncio.sleep(POLL_S)
                continue
            progress = _progress(status)
            if progress.completed_bytes != seen:
                seen, moved_at = progress.completed_bytes or 0, time.monotonic()
            stalled_s = time.monotonic() - moved_at
            report(
                PullProgress(
                    progress.status,
                    progress.completed_bytes,
                    progress.total_bytes,
                    progress.bytes_per_second,
                    stalled_s if stalled_s > 2 * POLL_S else 0.0,
                )
            )
            if progress.status == "completed":
                return
            if progress.status == "failed":
                why = quoted(str(status.get("error_message") or status.get("error") or ""))
                raise self.failed(
                    ErrorKind.SERVER_ERROR,
                    f"The download of {model!r} failed.",
                    f"LM Studio said: “{why}”" if why else "LM Studio gave no reason.",
                    model=model,
                )
            await asyncio.sleep(POLL_S)

    async def _models(self) -> list[dict[str, Any]]:
        answer = await self.call("GET", "/api/v1/models", purpose="models")
        models = self._checked(answer, "models", "")["models"]
        return [m for m in models if isinstance(m, dict)] if isinstance(models, list) else []

    @staticmethod
    def _entry(models: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
        """The model behind a key, a variant or the id of a running instance."""
        for model in models:
            variants = model.get("variants")
            names = [model.get("key"), *(i["id"] for i in _instances(model))]
            names += variants if isinstance(variants, list) else []
            if name in names:
                return model
        return None

    def _checked(self, answer: JsonAnswer, expected: str, model: str) -> dict[str, Any]:
        """The JSON object of a good answer: 2xx, no `error`, and the key that must be there (LM Studio answers
        unknown paths with 200).

        Raises:
            LLMError: what the answer says.
        """
        value = answer.value
        if isinstance(value, dict) and "error" not in value and expected in value and answer.status < 300:
            return value
        raise self._error_of(answer, model)

    def _error_of(self, answer: JsonAnswer, model: str) -> LLMError:
        """What an answer without the expected content means."""
        error = answer.value.get("error") if isinstance(answer.value, dict) else None
        kind_word = str(error.get("type", "")) if isinstance(error, dict) else ""
        message = str(error.get("message", "")) if isinstance(error, dict) else str(error or "")
        said = quoted(message)
        said = f"LM Studio said: “{said}”" if said else ""
        if answer.status == 401:
            hint = "Enter its API token (LM Studio: Developer, Server Settings, Manage Tokens)."
            return self.failed(ErrorKind.AUTH, "LM Studio asks for an API token.", hint, status=401)
        if message.startswith("Unexpected endpoint") or kind_word == "not_implemented":
            hint = said if kind_word else "This needs LM Studio 0.4 or newer."
            return self.failed(ErrorKind.UNSUPPORTED, "LM Studio cannot do this.", hint, status=answer.status)
        if kind_word in ("model_not_found", "job_not_found"):
            return self.model_missing(model)
        if error is None:
            return self.failed(
                ErrorKind.PROTOCOL,
                f"{self.origin} sent something that is not an answer.",
                "Is another program on this port?",
                status=answer.status,
                retryable=False,
            )
        if kind_word == "model_load_failed" or "failed to load" in message.lower():
            kind = ErrorKind.OVERLOADED if _MEMORY_WORDS.search(message) else ErrorKind.SERVER_ERROR
            hint = "Try a smaller model or context, or unload another model. " + said
            return self.failed(kind, f"Model {model!r} could not be loaded.", hint, model=model, retryable=False)
        kind = ErrorKind.BAD_REQUEST if answer.status < 500 else ErrorKind.SERVER_ERROR
        return self.failed(kind, "LM Studio refused the request.", said, status=answer.status)


def _instances(model: dict[str, Any] | None) -> list[dict[str, Any]]:
    instances = model.get("loaded_instances") if model else None
    if not isinstance(instances, list):
        return []
    return [i for i in instances if isinstance(i, dict) and isinstance(i.get("id"), str)]


def _context_length(instance: dict[str, Any]) -> int | None:
    config = instance.get("config")
    length = config.get("context_length") if isinstance(config, dict) else None
    return length if isinstance(length, int) else None


def _progress(status: dict[str, Any]) -> PullProgress:
    """A status with its figures clamped: they are the server's claim (reliability E8)."""
    total, completed, speed = (
        status.get(name) for name in ("total_size_bytes", "downloaded_bytes", "bytes_per_second")
    )
    total = total if isinstance(total, int) and total > 0 else None
    completed = max(0, completed) if isinstance(completed, int) else None
    if total is not None and completed is not None:
        completed = min(completed, total)
    speed = float(speed) if isinstance(speed, int | float) and speed >= 0 else None
    return PullProgress(quoted(str(status["status"])), completed, total, speed)
