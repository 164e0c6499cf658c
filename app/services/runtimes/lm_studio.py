"""LM Studio as a runtime: its server through `lms`, its models through REST v1 (LM Studio 0.4 and newer)."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from app.services import process
from app.services.engine import memory
from app.services.engine.footprint import Fit, judge, judge_estimate
from app.services.llm.address import is_loopback, port_of
from app.services.llm.errors import LM_STUDIO_NOT_INSTALLED, LM_STUDIO_NOT_RUNNING, ErrorKind, LLMError
from app.services.llm.http import HttpDoor, JsonAnswer
from app.services.runtimes import lms
from app.services.runtimes.base import (
    LOAD_TIMEOUT_S,
    PROBE_INTERVAL_S,
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    Runtime,
    quoted,
)
from app.services.runtimes.lm_studio_lists import (
    Entry,
    context_of,
    find_entry,
    from_v0,
    installed_model,
    instances_of,
    key_to_send,
    running_models,
    whole,
)
from app.services.runtimes.lm_studio_pull import Download
from app.services.runtimes.records import (
    NEVER,
    InstalledModel,
    LoadedModel,
    LoadOptions,
    LoadTerms,
    OnLoad,
    OnPull,
    RunningModel,
    context_notice,
)
from app.services.wording import later, say

#: `lms` has already probed the server itself when it ends; this is for one that is slower than its five tries.
SETTLE_S = 5.0
#: By door: who loads which model of which server.
_LOADING: WeakKeyDictionary[HttpDoor, dict[tuple[str, str], asyncio.Lock]] = WeakKeyDictionary()
_MEMORY_WORDS = re.compile(r"memory|insufficient system resources|vram", re.IGNORECASE)


class LmStudioRuntime(Runtime):
    backend = "lm_studio"
    product = "LM Studio"
    not_running_text = LM_STUDIO_NOT_RUNNING
    missing_model_hint = later("Core", "Download it in LM Studio or check MODEL_NAME.")
    cancelled_pull = later(
        "Core", "LM Studio goes on with the download; only LM Studio itself can cancel it (Downloads)."
    )
    cancelled_load = later("Core", "LM Studio may go on loading the model.")
    program_names = frozenset({"LM Studio", "lm-studio", "llmster"})

    @classmethod
    def last_used_address(cls) -> str | None:
        port = lms.server_settings().port
        return None if port is None else f"http://127.0.0.1:{port}/v1"

    @classmethod
    def models_folder(cls) -> Path | None:
        return lms.models_folder()

    async def installed(self) -> bool:
        return await asyncio.to_thread(lambda: lms.find_lms() is not None or lms.installed_somewhere())

    async def running(self) -> bool:
        greeting = await self.probe("/lmstudio-greeting")
        return isinstance(greeting, dict) and greeting.get("lmstudio") is True

    # --- the server ---

    async def start(self, timeout_s: float = START_TIMEOUT_S) -> str:
        if await self.running():
            return self.base_url
        self.require_local(to_start=True)
        program = await asyncio.to_thread(lms.find_lms)
        if program is None:
            raise self.failed(ErrorKind.NOT_INSTALLED, say(LM_STUDIO_NOT_INSTALLED))
        result = await lms.start_server(program, port_of(self.base_url), timeout_s)
        # Judged by state: `lms` has said both "success" and "failed" wrongly (lms issues 622, 1720).
        if await self._becomes(True, SETTLE_S if result.succeeded else 2 * PROBE_INTERVAL_S):
            return self.base_url
        said = quoted(process.without_terminal_codes(result.stderr or result.stdout))
        said = say(" lms said: “{said}”", said=said) if said else ""
        if result.timed_out:
            message = say("LM Studio did not start within {seconds:.0f} s.", seconds=timeout_s)
            raise self.failed(
                ErrorKind.TIMEOUT, message, say("Open LM Studio and start the server there.{said}", said=said)
            )
        raise self.failed(
            ErrorKind.NOT_RUNNING, say(LM_STUDIO_NOT_RUNNING), say("It could not be started.{said}", said=said)
        )

    async def stop(self) -> None:
        if not await self.running():
            return
        self.require_local(to_start=False)
        program = await asyncio.to_thread(lms.find_lms)
        if program is None:
            raise self.failed(ErrorKind.NOT_INSTALLED, say(LM_STUDIO_NOT_INSTALLED))
        port = await lms.server_port(program)
        if port is not None and port != port_of(self.base_url):
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                say(
                    "The server at {origin} is not the one that LM Studio manages (port {port}).",
                    origin=self.origin,
                    port=port,
                ),
                say("Stop it where it was started."),
            )
        result = await lms.stop_server(program)
        if not await self._becomes(False, STOP_TIMEOUT_S if result.succeeded else 2 * PROBE_INTERVAL_S):
            said = quoted(process.without_terminal_codes(result.stderr or result.stdout))
            raise self.failed(
                ErrorKind.SERVER_ERROR,
                say("LM Studio's server is still running."),
                say("Stop it in LM Studio (Developer, Status).")
                + (say(" lms said: “{said}”", said=said) if said else ""),
            )

    async def why_not_stoppable(self) -> str:
        found = await asyncio.to_thread(lms.find_lms)
        return "" if found is not None else say("Stop it in LM Studio: its lms command is not installed.")

    async def _becomes(self, running: bool, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while await self.running() != running:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(PROBE_INTERVAL_S)
        return True

    # --- models ---

    async def models(self) -> list[InstalledModel]:
        found = (installed_model(entry) for entry in await self._entries_of_any_version())
        return self.marked([model for model in found if model is not None])

    async def loaded(self) -> list[RunningModel]:
        entries = await self._entries_of_any_version()
        program = await self.own_lms() if any(instances_of(entry) for entry in entries) else None
        told = await lms.loaded(program) if program is not None else None
        return self.marked(running_models(entries, told or ()))

    async def estimated_memory(self, copy: RunningModel) -> int | None:
        program = await self.own_lms() if copy.context_length is not None else None
        if program is None or copy.context_length is None:
            return None
        return await lms.estimated_bytes(program, copy.name, copy.context_length)

    async def model_exists(self, model: str) -> bool:
        return find_entry(await self.entries(), model) is not None

    async def model_loaded(self, model: str) -> bool:
        return bool(instances_of(find_entry(await self.entries(), model)))

    async def load(
        self, model: str, options: LoadOptions = LoadOptions(), on_progress: OnLoad | None = None
    ) -> LoadedModel:
        async with await self._alone_with(model):
            return await self.load_alone(model, options, on_progress)

    async def _alone_with(self, model: str) -> asyncio.Lock:
        """Held while a model is loaded: a second load meanwhile would make a second copy of the weights. All that load
        through one door wait for each other.

        Raises:
            LLMError: model_not_found, and like `entries`.
        """
        key = str((await self._entry(model)).get("key"))
        return _LOADING.setdefault(self.door, {}).setdefault((self.origin, key), asyncio.Lock())

    async def _entry(self, model: str) -> Entry:
        entry = find_entry(await self.entries(), model)
        if entry is None:
            raise self.model_missing(model)
        return entry

    async def load_alone(self, model: str, options: LoadOptions, on_progress: OnLoad | None = None) -> LoadedModel:
        entry = await self._entry(model)
        wanted = options.context_length
        for instance in instances_of(entry):
            length = context_of(instance)
            if wanted is None or (length is not None and length >= wanted):
                return LoadedModel(str(instance["id"]), length, was_loaded=True, notices=_unchanged(options))
        options = _without_never(options)
        key = key_to_send(entry, model)
        if options.gpu is not None or options.ttl_s is not None:
            instance_id = await self._load_by_lms(key, options, instances_of(entry), on_progress)
        else:
            instance_id = await self._load_by_rest(key, options)
        return await self._really_loaded(model, instance_id, options, instances_of(entry))

    async def load_anew(self, model: str, options: LoadOptions, on_progress: OnLoad | None = None) -> LoadedModel:
        async with await self._alone_with(model):
            return await super().load_anew(model, options, on_progress)

    async def reload(self, model: str, context_length: int) -> LoadedModel:
        # Loading again without unloading would make a second copy of the weights (LM Studio docs, REST v1, 0.4).
        return await self.load_anew(model, LoadOptions(context_length))

    async def copies_of(self, model: str) -> list[RunningModel]:
        return running_models([await self._entry(model)])

    async def check_options(self, model: str, options: LoadOptions) -> None:
        await self._entry(model)
        options = _without_never(options)
        if options.gpu is not None or options.ttl_s is not None:
            await self._lms_for(options)

    async def _load_by_rest(self, key: str, options: LoadOptions) -> str:
        request: dict[str, Any] = {"model": key, "echo_load_config": True}
        if options.context_length is not None:
            request["context_length"] = options.context_length
        if options.batch is not None:
            request["eval_batch_size"] = options.batch
        answer = await self.call("POST", "/api/v1/models/load", purpose="load", json=request, timeout_s=LOAD_TIMEOUT_S)
        return str(self.checked(answer, "instance_id", key)["instance_id"])

    async def _load_by_lms(
        self, key: str, options: LoadOptions, before: list[Entry], on_progress: OnLoad | None
    ) -> str:
        program = await self._lms_for(options)
        result = await lms.load(program, key, options, LOAD_TIMEOUT_S, on_progress)
        known = {instance["id"] for instance in before}
        now = instances_of(find_entry(await self.entries(), key))
        new = [str(instance["id"]) for instance in now if instance["id"] not in known]
        if new:  # judged by state: neither its exit status nor its words prove anything
            return new[-1]
        said = quoted(process.without_terminal_codes(result.stderr or result.stdout))
        told = say("lms said: “{said}”", said=said) if said else say("lms gave no reason.")
        if result.timed_out:
            message = say(
                "Model {key!r} was not loaded within {load_seconds:.0f} s.", key=key, load_seconds=LOAD_TIMEOUT_S
            )
            raise self.failed(ErrorKind.TIMEOUT, message, told, model=key)
        kind = ErrorKind.OVERLOADED if _MEMORY_WORDS.search(said) else ErrorKind.SERVER_ERROR
        raise self.failed(kind, say("Model {key!r} could not be loaded.", key=key), told, model=key, retryable=False)

    async def _lms_for(self, options: LoadOptions) -> Path:
        """REST takes neither a share of the graphics card nor a time in memory: only the command does.

        Raises:
            LLMError: unsupported, there is none for this server, or it cannot set all of it together.
        """
        if options.batch is not None:
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                say("LM Studio cannot set the batch size together with the GPU share or the time in memory."),
                say("Leave one of them out."),
            )
        program = await self.own_lms()
        if program is None:
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                say("LM Studio takes the GPU share and the time in memory only through its lms command."),
                say("It is not installed here, or does not manage the server at {origin}.", origin=self.origin),
            )
        return program

    async def _really_loaded(
        self, model: str, instance_id: str, options: LoadOptions, before: list[Entry]
    ) -> LoadedModel:
        """What the list says of a copy that is said to be loaded; its window may be smaller than asked for."""
        copies = instances_of(find_entry(await self.entries(), model))
        copy = next((one for one in copies if one["id"] == instance_id), None)
        if copy is None:
            raise self.failed(
                ErrorKind.SERVER_ERROR,
                say("Model {model!r} could not be loaded.", model=model),
                say("LM Studio reported success, but does not list it as loaded."),
                model=model,
            )
        length = context_of(copy)
        notices = context_notice(options.context_length, length)
        if any(one["id"] != instance_id for one in before):  # LM Studio cannot change the window of a loaded model
            notices += (
                say(
                    "It is in memory a second time, as {instance_id}: the copy with the smaller window stays.",
                    instance_id=instance_id,
                ),
            )
        return LoadedModel(instance_id, length, notices=notices)

    async def load_terms(self) -> LoadTerms:
        fixed = say("LM Studio sets it when it loads a model.")
        if await self.own_lms() is not None:
            together = say("LM Studio cannot set the batch size together with the GPU share or the time in memory.")
            return LoadTerms(apart={"batch": (frozenset({"gpu", "ttl_s"}), together)}, keep_alive_fixed=fixed)
        there = say("that computer") if not is_loopback(self.base_url) else say("this computer, for this server")
        only = say("LM Studio takes it only through its lms command, on {there}.", there=there)
        return LoadTerms({"gpu": only, "ttl_s": only}, keep_alive_fixed=fixed)

    async def fit(self, model: str, context_length: int) -> Fit:
        """See `Runtime.fit`. `lms` estimates it for the settings that LM Studio would load with."""
        if not is_loopback(self.base_url):
            return await super().fit(model, context_length)
        entry = find_entry(await self._entries_of_any_version(), model)
        if entry is None:
            raise self.model_missing(model)
        free = await asyncio.to_thread(memory.available_bytes)
        program = await self.own_lms()
        if program is not None:
            estimated = await lms.estimated_bytes(program, key_to_send(entry, model), context_length)
            if estimated is not None:
                return judge_estimate(estimated, context_length, free)
        return judge(None, whole(entry.get("size_bytes")), context_length, free)

    async def window_cost_bytes(self, model: str, now: int, wanted: int) -> int | None:
        """`lms` estimates it, for the very settings that LM Studio would load with.

        Raises:
            LLMError: bad_request, what `lms` could take for an option.
        """
        program = await self.own_lms()
        if program is None:
            return None
        estimates = [await lms.estimated_bytes(program, model, window) for window in (now, wanted)]
        if estimates[0] is None or estimates[1] is None or estimates[1] <= estimates[0]:
            return None
        return estimates[1] - estimates[0]

    async def unload(self, model: str) -> None:
        entry = find_entry(await self.entries(), model)
        copies = instances_of(entry)
        # The id of one copy means that copy; a model's own name, which its first copy shares, means all of them.
        if entry is not None and model != entry.get("key") and any(copy["id"] == model for copy in copies):
            copies = [copy for copy in copies if copy["id"] == model]
        ended = {copy["id"] for copy in copies}
        for instance in copies:
            request = {"instance_id": instance["id"]}
            answer = await self.call("POST", "/api/v1/models/unload", purpose="unload", json=request)
            self.checked(answer, "instance_id", model)
        left = instances_of(find_entry(await self.entries(), model))
        if any(copy["id"] in ended for copy in left):
            raise self.failed(
                ErrorKind.SERVER_ERROR,
                say("Model {model!r} is still loaded.", model=model),
                say("Unload it in LM Studio."),
            )

    async def own_lms(self) -> Path | None:
        """The `lms` that manages the server at this address; None where it would speak of another one.

        Asked for only while the server runs: most commands of `lms` wake LM Studio up.
        """
        program = await asyncio.to_thread(lms.find_lms)
        if program is None or not is_loopback(self.base_url) or not await self.running():
            return None
        # What answers here may have come through a tunnel: this computer's own LM Studio may be off.
        return program if await lms.server_port(program) == port_of(self.base_url) else None

    async def busy(self, model: str) -> bool | None:
        program = await self.own_lms()
        return None if program is None else await lms.is_busy(program, model)

    async def pull(self, model: str, on_progress: OnPull | None = None) -> str:
        return await Download(self, model, on_progress or (lambda _progress: None)).run()

    async def entries(self) -> list[Entry]:
        """LM Studio's own list of what is downloaded, as it is.

        Raises:
            LLMError: not_running, auth, unsupported (before 0.4), protocol …
        """
        answer = await self.call("GET", "/api/v1/models", purpose="models")
        return _objects(self.checked(answer, "models", "")["models"])

    async def _entries_of_any_version(self) -> list[Entry]:
        try:
            return await self.entries()
        except LLMError as exc:
            if exc.kind is not ErrorKind.UNSUPPORTED:
                raise
        answer = await self.call("GET", "/api/v0/models", purpose="models")
        return [from_v0(item) for item in _objects(self.checked(answer, "data", "")["data"])]

    def checked(self, answer: JsonAnswer, expected: str, model: str) -> dict[str, Any]:
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
        said = say("LM Studio said: “{said}”", said=said) if said else ""
        if answer.status == 401:
            hint = say("Enter its API token (LM Studio: Developer, Server Settings, Manage Tokens).")
            return self.failed(ErrorKind.AUTH, say("LM Studio asks for an API token."), hint, status=401)
        if message.startswith("Unexpected endpoint") or kind_word == "not_implemented":
            hint = said if kind_word else say("This needs LM Studio 0.4 or newer.")
            return self.failed(ErrorKind.UNSUPPORTED, say("LM Studio cannot do this."), hint, status=answer.status)
        if kind_word in ("model_not_found", "job_not_found"):
            return self.model_missing(model)
        if error is None:
            return self.failed(
                ErrorKind.PROTOCOL,
                say("{origin} sent something that is not an answer.", origin=self.origin),
                say("Is another program on this port?"),
                status=answer.status,
                retryable=False,
            )
        if kind_word == "model_load_failed" or "failed to load" in message.lower():
            kind = ErrorKind.OVERLOADED if _MEMORY_WORDS.search(message) else ErrorKind.SERVER_ERROR
            hint = say("Try a smaller model or context, or unload another model. ") + said
            return self.failed(
                kind, say("Model {model!r} could not be loaded.", model=model), hint, model=model, retryable=False
            )
        kind = ErrorKind.BAD_REQUEST if answer.status < 500 else ErrorKind.SERVER_ERROR
        return self.failed(kind, say("LM Studio refused the request."), said, status=answer.status)


def _objects(value: Any) -> list[Entry]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _without_never(options: LoadOptions) -> LoadOptions:
    """A model that is loaded by REST or `lms load` without a time stays until it is unloaded (LM Studio docs)."""
    return replace(options, ttl_s=None) if options.ttl_s == NEVER else options


def _unchanged(options: LoadOptions) -> tuple[str, ...]:
    """The sentence about options that a model which is loaded already does not get."""
    asked = (
        (say("GPU share"), options.gpu),
        (say("time in memory"), options.ttl_s),
        (say("batch size"), options.batch),
    )
    names = [name for name, value in asked if value is not None]
    if not names:
        return ()
    return (
        say("It was loaded already and stays as it is; not applied: {names}. Unload it first.", names=", ".join(names)),
    )
