"""Ollama as a runtime: `ollama serve` as a server of ours, models through its own API.

Source of the facts: ollama/ollama (api/types.go, server/routes.go, envconfig), its FAQ.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from app.services import process
from app.services.atomic_file import write_atomically
from app.services.engine import graphics_memory, memory
from app.services.engine.footprint import Fit, judge
from app.services.engine.gguf import GgufError, header_of
from app.services.llm import limits
from app.services.llm.address import is_loopback
from app.services.llm.errors import OLLAMA_NOT_INSTALLED, OLLAMA_NOT_RUNNING, ErrorKind, LLMError
from app.services.llm.http import JsonAnswer
from app.services.llm.providers._ollama_names import full_name, wire_name
from app.services.runtimes.base import (
    LOAD_TIMEOUT_S,
    PROBE_INTERVAL_S,
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    UNLOAD_LIMIT_S,
    Runtime,
    quoted,
)
from app.services.runtimes.load_values import layers_of
from app.services.runtimes.ollama_answers import (
    Layers,
    context_length_of,
    entry_name,
    error_in,
    installed_model,
    installed_size,
    lines_of,
    running_model,
)
from app.services.runtimes.records import (
    NEVER,
    GpuShare,
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

logger = logging.getLogger(__name__)

RECORD_NAME = "ollama-server.json"
LOG_NAME = "ollama-server.log"
#: A manifest of a slow registry, or a layer being verified: minutes without a line.
PULL_SILENCE_S = 300.0
#: Of what a server wrote before it ended.
MAX_TAIL_BYTES = 8192
#: The user's own settings of Ollama that a server we start must keep; nothing that holds a key.
PASSED_SETTINGS = (
    "OLLAMA_MODELS", "OLLAMA_CONTEXT_LENGTH", "OLLAMA_KEEP_ALIVE", "OLLAMA_NUM_PARALLEL", "OLLAMA_MAX_LOADED_MODELS",
    "OLLAMA_MAX_QUEUE", "OLLAMA_LOAD_TIMEOUT", "OLLAMA_FLASH_ATTENTION", "OLLAMA_KV_CACHE_TYPE", "OLLAMA_NO_CLOUD",
    "OLLAMA_ORIGINS", "OLLAMA_LLM_LIBRARY", "OLLAMA_GPU_OVERHEAD", "HSA_OVERRIDE_GFX_VERSION",
)  # fmt: skip


def find_ollama() -> Path | None:
    """The `ollama` executable: where its installers put it, then PATH."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        folders = [Path(local) / "Programs" / "Ollama"] if local else []
    elif sys.platform == "darwin":
        app = Path("Applications") / "Ollama.app" / "Contents" / "Resources"
        folders = [Path("/usr/local/bin"), Path("/opt/homebrew/bin"), Path("/") / app, Path.home() / app]
    else:
        folders = [Path("/usr/local/bin"), Path("/usr/bin"), Path.home() / ".local" / "bin"]
    return process.find_program("ollama", folders)


class OllamaRuntime(Runtime):
    backend = "ollama"
    product = "Ollama"
    deletes_models = True
    tells_memory = True
    not_running_text = OLLAMA_NOT_RUNNING
    missing_model_hint = later("Core", "Check MODEL_NAME.")
    cancelled_pull = later("Core", "The download is stopped; what came is kept, and the next one goes on from there.")
    cancelled_load = later("Core", "Ollama may go on loading the model.")
    program_names = frozenset({"ollama"})

    async def installed(self) -> bool:
        return await asyncio.to_thread(find_ollama) is not None

    async def running(self) -> bool:
        answer = await self.probe("/api/version")
        return isinstance(answer, dict) and isinstance(answer.get("version"), str)

    # --- the server ---

    async def start(self, timeout_s: float = START_TIMEOUT_S) -> str:
        if await self.running():
            return self.base_url
        self.require_local(to_start=True)
        program = await asyncio.to_thread(find_ollama)
        if program is None:
            raise self.failed(ErrorKind.NOT_INSTALLED, say(OLLAMA_NOT_INSTALLED))
        environment = {name: os.environ[name] for name in PASSED_SETTINGS if name in os.environ}
        environment["OLLAMA_HOST"] = self.origin.partition("://")[2]
        log_file = self._log_file()
        child = process.start_detached(program, ["serve"], environment=environment, log_file=log_file)
        try:
            await self._wait_until_up(child, timeout_s, log_file)
            self._remember(child.process_id, program)
        except BaseException:
            await child.aclose()
            raise
        child.release()
        return self.base_url

    async def _wait_until_up(self, child: process.OwnedProcess, timeout_s: float, log_file: Path | None) -> None:
        deadline = time.monotonic() + timeout_s
        while not await self.running():
            if not child.running:
                said = quoted(_tail(log_file))
                hint = (
                    say("It ended at once. It said: “{said}”", said=said)
                    if said
                    else say("It ended at once, without a word.")
                )
                raise self.failed(ErrorKind.NOT_RUNNING, say(OLLAMA_NOT_RUNNING), hint)
            if time.monotonic() >= deadline:
                message = say("Ollama did not answer within {seconds:.0f} s of its start.", seconds=timeout_s)
                raise self.failed(ErrorKind.TIMEOUT, message, say("Try “ollama serve” in a terminal to see why."))
            await asyncio.sleep(PROBE_INTERVAL_S)

    async def stop(self) -> None:
        """See `Runtime.stop`. Ollama has no command that stops its server: only one we started is ours to end."""
        if not await self.running():
            self._forget()
            return
        self.require_local(to_start=False)
        record = await self._started_by_us()
        if record is None:
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                say("Ollama was not started by this program, so it is not stopped by it."),
                say("Quit the Ollama app, or on Linux run “sudo systemctl stop ollama”."),
            )
        await process.end_group(record[0], lambda: not process.process_exists(record[0]))
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while await self.running():
            if time.monotonic() >= deadline:
                raise self.failed(ErrorKind.SERVER_ERROR, say("Ollama is still running."), say("Quit the Ollama app."))
            await asyncio.sleep(PROBE_INTERVAL_S)
        self._forget()

    async def why_not_stoppable(self) -> str:
        return "" if await self._started_by_us() is not None else say("Stop it where it was started.")

    async def _started_by_us(self) -> tuple[int, Path] | None:
        record = self._recorded()
        return record if record is not None and await process.runs_program(*record) else None

    def _log_file(self) -> Path | None:
        if self.state_folder is None:
            return None
        self.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.state_folder / LOG_NAME

    def _remember(self, process_id: int, program: Path) -> None:
        if self.state_folder is not None:
            record = {"process_id": process_id, "program": str(program)}
            write_atomically(self.state_folder / RECORD_NAME, json.dumps(record).encode())

    def _recorded(self) -> tuple[int, Path] | None:
        if self.state_folder is None:
            return None
        try:
            record = json.loads((self.state_folder / RECORD_NAME).read_text(encoding="utf-8"))
            return int(record["process_id"]), Path(record["program"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):  # a damaged record: then it is not known to be ours
            return None

    def _forget(self) -> None:
        if self.state_folder is not None:
            (self.state_folder / RECORD_NAME).unlink(missing_ok=True)

    # --- models ---

    async def models(self) -> list[InstalledModel]:
        loaded = {full_name(entry_name(one)) for one in await self._list("/api/ps")}
        found = (installed_model(one, loaded) for one in await self._list("/api/tags"))
        return self.marked([model for model in found if model is not None])

    async def loaded(self) -> list[RunningModel]:
        return self.marked([running_model(one) for one in await self._list("/api/ps") if entry_name(one)])

    async def model_exists(self, model: str) -> bool:
        return await self._entry("/api/tags", model) is not None

    async def model_loaded(self, model: str) -> bool:
        return await self._entry("/api/ps", model) is not None

    async def _list(self, path: str) -> list[dict[str, Any]]:
        answer = await self.call("GET", path, purpose="loaded models" if path == "/api/ps" else "models")
        found = self._checked(answer, "").get("models")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    async def _entry(self, path: str, model: str) -> dict[str, Any] | None:
        wanted = full_name(self.wire_name(model))
        return next((one for one in await self._list(path) if full_name(entry_name(one)) == wanted), None)

    def wire_name(self, model: str) -> str:
        """What Ollama calls the model that a person typed."""
        return wire_name(model, str(self.settings.get("model_source", "ollama")))

    async def load(
        self, model: str, options: LoadOptions = LoadOptions(), on_progress: OnLoad | None = None
    ) -> LoadedModel:
        """See `Runtime.load`. Options that differ from those of a loaded model make Ollama load it anew."""
        name = self.wire_name(model)
        before = await self._entry("/api/ps", name)
        had = context_length_of(before) if before is not None else None
        enough = before is not None and (options.context_length is None or (had or 0) >= options.context_length)
        stays = enough and options.gpu is None and options.batch is None
        if stays and options.ttl_s is None:
            return LoadedModel(name, had, was_loaded=True)
        # A window that is large enough is asked for again as it is: another one would load the model anew.
        context = had if enough and had is not None else options.context_length
        wanted = {"num_ctx": context, "num_batch": options.batch, "num_gpu": await self._layers(name, options.gpu)}
        request: dict[str, Any] = {"options": {key: value for key, value in wanted.items() if value is not None}}
        if options.ttl_s is not None:
            request["keep_alive"] = -1 if options.ttl_s == NEVER else f"{max(1, round(options.ttl_s))}s"
        await self._touch(name, {key: value for key, value in request.items() if value}, "load", LOAD_TIMEOUT_S)
        after = await self._entry("/api/ps", name)
        if after is None:
            raise self.failed(
                ErrorKind.SERVER_ERROR,
                say("Model {model!r} could not be loaded.", model=model),
                say("Ollama reported success, but does not list it as loaded."),
                model=model,
            )
        got = context_length_of(after)
        refused = (await self.load_terms()).refused
        forgotten = [why for option, why in refused.items() if getattr(options, option) is not None]
        notices = (*context_notice(options.context_length, got), *forgotten)
        return LoadedModel(name, got, was_loaded=stays, notices=notices)

    async def _touch(self, name: str, more: dict[str, Any], purpose: str, timeout_s: float) -> None:
        """A request without a prompt: it loads the model, or lets it go, and generates nothing."""
        request = {"model": name, "stream": False, **more}
        answer = await self.call("POST", "/api/generate", purpose=purpose, json=request, timeout_s=timeout_s)
        if answer.status == 400 and "does not support generate" in error_in(answer.text):  # an embedding model
            request = {"model": name, "input": "", **more}
            answer = await self.call("POST", "/api/embed", purpose=purpose, json=request, timeout_s=timeout_s)
        self._checked(answer, name)

    async def copies_of(self, model: str) -> list[RunningModel]:
        entry = await self._entry("/api/ps", model)
        return [] if entry is None else self.marked([running_model(entry)])

    async def check_options(self, model: str, options: LoadOptions) -> None:
        await super().check_options(model, options)
        await self._layers(self.wire_name(model), options.gpu)

    async def _layers(self, name: str, share: GpuShare | None) -> int | None:
        """Ollama counts layers of the model; all of them and the output are one more than its blocks.

        Raises:
            LLMError: unsupported, a share of a model that does not tell its layers.
        """
        if share is None:
            return None
        known = layers_of(share, None)
        if known is not None:
            return known
        info = await self._model_info(name)
        blocks = info.get(f"{info.get('general.architecture')}.block_count")
        if not isinstance(blocks, int) or blocks < 1:
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                say("Ollama does not tell how many layers {name!r} has, so it takes no share of the GPU.", name=name),
                say("Use off or max."),
                model=name,
            )
        return layers_of(share, blocks)

    async def _model_info(self, name: str) -> dict[str, Any]:
        """What the file's head says, by its own keys."""
        answer = await self.call("POST", "/api/show", purpose="model details", json={"model": name})
        info = self._checked(answer, name).get("model_info")
        return info if isinstance(info, dict) else {}

    async def load_terms(self) -> LoadTerms:
        """See `Runtime.load_terms`. A request that names no batch size makes Ollama load the model anew with its own
        (server/sched.go, needsReload), so one that was chosen here would last until the next message."""
        set_for_all = self.settings.get("keep_alive")
        fixed = (
            say("The setting keep_alive says {set_for_all} with every message.", set_for_all=set_for_all)
            if set_for_all
            else ""
        )
        batch = say("Ollama goes back to its own batch size with the next message.")
        return LoadTerms({"batch": batch, **({"ttl_s": fixed} if fixed else {})}, keep_alive_fixed=fixed)

    async def fit(self, model: str, context_length: int) -> Fit:
        """See `Runtime.fit`. Ollama tells the head of its file; what it has of the model in memory makes room."""
        if not is_loopback(self.base_url):
            return await super().fit(model, context_length)
        name = self.wire_name(model)
        entry = await self._entry("/api/tags", name)
        if entry is None:
            raise self.model_missing(model)
        try:
            header = header_of(await self._model_info(name))
        except GgufError as exc:
            logger.debug("the head of %s says too little: %s", name, exc)
            header = None
        in_memory = await self._entry("/api/ps", name)
        held, held_on_card = _held(running_model(in_memory)) if in_memory is not None else (0, 0)
        free, graphics = await asyncio.gather(asyncio.to_thread(memory.available_bytes), graphics_memory.free_bytes())
        room = None if free is None else free + held
        on_card = None if graphics is None else graphics + held_on_card
        return judge(header, installed_size(entry), context_length, room, graphics_bytes=on_card)

    async def unload(self, model: str) -> None:
        name = self.wire_name(model)
        if not await self.model_loaded(name):
            return
        await self._touch(name, {"keep_alive": 0}, "unload", limits.LIST_TIMEOUT_S)
        deadline = time.monotonic() + UNLOAD_LIMIT_S
        while await self.model_loaded(name):  # it answers first and lets go afterwards
            if time.monotonic() >= deadline:
                raise self.failed(
                    ErrorKind.SERVER_ERROR,
                    say("Model {model!r} is still loaded.", model=model),
                    say("It may be answering somebody else."),
                )
            await asyncio.sleep(PROBE_INTERVAL_S)

    async def delete(self, model: str) -> int:
        name = self.wire_name(model)
        entry = await self._entry("/api/tags", name)
        if entry is None:
            raise self.model_missing(model)
        if await self.model_loaded(name):
            raise self.failed(
                ErrorKind.OVERLOADED,
                say("Model {model!r} is loaded.", model=model),
                say("Unload it first."),
                model=model,
            )
        answer = await self.call("DELETE", "/api/delete", purpose="delete", json={"model": name})
        if answer.status >= 300:
            raise self._error_of(error_in(answer.text), answer.status, model)
        if await self.model_exists(name):
            raise self.failed(
                ErrorKind.SERVER_ERROR,
                say("Model {model!r} is still there.", model=model),
                say("Look into Ollama's log."),
            )
        size = entry.get("size")
        return size if isinstance(size, int) and size > 0 else 0

    async def pull(self, model: str, on_progress: OnPull | None = None) -> str:
        """See `Runtime.pull`. Cancelling closes the connection, which cancels the download; a later one resumes."""
        name = self.wire_name(model)
        report = on_progress or (lambda _progress: None)
        layers = Layers()
        succeeded = False
        try:
            async with self.door.stream(
                "POST",
                f"{self.origin}/api/pull",
                purpose="pull",
                json={"model": name, "stream": True},
                first_byte_timeout_s=PULL_SILENCE_S,
                silence_timeout_s=PULL_SILENCE_S,
            ) as stream:
                if stream.status >= 400:
                    text = await stream.read_text()
                    raise self._error_of(error_in(text), stream.status, name)
                async with asyncio.timeout(PULL_SILENCE_S) as silence:
                    async for line in lines_of(stream):
                        silence.reschedule(asyncio.get_running_loop().time() + PULL_SILENCE_S)
                        if "error" in line:
                            raise self._error_of(str(line["error"]), stream.status, name)
                        succeeded = succeeded or line.get("status") == "success"
                        report(layers.take(line))
        except TimeoutError as exc:  # bytes may have come, but no line
            message = say(
                "The download of {name!r} made no progress for {seconds:.0f} s.", name=name, seconds=PULL_SILENCE_S
            )
            raise self.failed(ErrorKind.TIMEOUT, message, say("Start it again, it resumes."), model=name) from exc
        except LLMError as exc:
            raise self.named(exc) from exc
        if not succeeded:
            raise self.failed(
                ErrorKind.INTERRUPTED,
                say("The download of {name!r} broke off.", name=name),
                say("Start it again, it resumes."),
                model=name,
            )
        if not await self.model_exists(name):
            raise self.failed(
                ErrorKind.SERVER_ERROR,
                say("{name!r} is not there after its download.", name=name),
                say("Ollama reported success, but does not list it."),
                model=name,
            )
        return name

    def _checked(self, answer: JsonAnswer, model: str) -> dict[str, Any]:
        if isinstance(answer.value, dict) and "error" not in answer.value and answer.status < 300:
            return answer.value
        raise self._error_of(error_in(answer.text), answer.status, model)

    def _error_of(self, said: str, status: int, model: str) -> LLMError:
        """What an error text of Ollama's means; texts differ by route and version, so words decide."""
        lowered = said.lower()
        missing = "not found" in lowered or "does not exist" in lowered or "file does not exist" in lowered
        if model and missing and (status == 404 or "model" in lowered or "manifest" in lowered):
            return self.model_missing(model)
        shown = say("Ollama said: “{said}”", said=quoted(said)) if said.strip() else ""
        if "memory" in lowered:
            message = say("Model {model!r} could not be loaded.", model=model)
            hint = say("Try a smaller model or context. {shown}", shown=shown)
            return self.failed(ErrorKind.OVERLOADED, message, hint, model=model, retryable=False)
        if status == 503:
            return self.failed(ErrorKind.OVERLOADED, say("Ollama is busy."), shown, status=status)
        if 400 <= status < 500:
            return self.failed(ErrorKind.BAD_REQUEST, say("Ollama refused the request."), shown, status=status)
        if not said and status < 400:
            return self.failed(
                ErrorKind.PROTOCOL,
                say("{origin} sent something that is not an answer.", origin=self.origin),
                say("Is another program on this port?"),
                retryable=False,
            )
        return self.failed(ErrorKind.SERVER_ERROR, say("Ollama reported an error."), shown, status=status)


def _held(copy: RunningModel) -> tuple[int, int]:
    """Bytes that a copy takes of this computer's memory, and of the graphics card's."""
    whole = copy.memory_bytes or 0
    on_card = min(copy.vram_bytes or 0, whole)
    return whole - on_card, on_card


def _tail(log_file: Path | None) -> str:
    if log_file is None:
        return ""
    try:
        with log_file.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - MAX_TAIL_BYTES))
            return process.without_terminal_codes(file.read().decode("utf-8", "replace"))
    except OSError:
        return ""
