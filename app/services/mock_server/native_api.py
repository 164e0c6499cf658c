"""LM Studio's own REST: /api/v1 (models, load, unload, download, chat) and the older /api/v0 lists."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from app.services.mock_server import generation
from app.services.mock_server.downloads import Downloads
from app.services.mock_server.generation import Generation
from app.services.mock_server.http import ApiError, Connection, Request
from app.services.mock_server.models import Collection, Instance, SimulatedModel
from app.services.mock_server.script import Fault, Script
from app.services.mock_server.stats import Stats

PROGRESS_STEPS = 4


class NativeApi:
    """Routes below `/api`; `fault` is what this request was chosen to suffer."""

    def __init__(self, script: Script, stats: Stats, collection: Collection) -> None:
        self._script = script
        self._stats = stats
        self._collection = collection
        self._downloads = Downloads(script, collection)
        self._answers = 0

    # --- models ---

    async def v0_model(self, request: Request, connection: Connection, _fault: Fault) -> None:
        name = request.path.removeprefix("/api/v0/models/")
        known = self._collection.find(name)
        if known is None:
            raise ApiError(404, {"error": f"Model {name} not found"})
        await connection.send_json(200, known[0].as_v0())

    async def load(self, request: Request, connection: Connection, _fault: Fault) -> None:
        body = request.json_object()
        model = self._known_model(_required(body, "model"))
        context = body.get("context_length")
        if context is not None and (not isinstance(context, int) or isinstance(context, bool) or context < 1):
            raise _invalid("invalid_value", "context_length", "'context_length' must be a positive integer")
        began = time.monotonic()
        instance = await self._collection.load(model, context)
        answer: dict[str, Any] = {
            "type": model.kind,
            "instance_id": instance.instance_id,
            "load_time_seconds": round(time.monotonic() - began, 3),
            "status": "loaded",
        }
        if body.get("echo_load_config"):
            answer["load_config"] = {"context_length": instance.context_length}
        await connection.send_json(200, answer)

    async def unload(self, request: Request, connection: Connection, _fault: Fault) -> None:
        instance_id = _required(request.json_object(), "instance_id")
        if not self._collection.unload(instance_id):
            raise ApiError(404, _error("model_not_found", f"No loaded model with instance id {instance_id}"))
        await connection.send_json(200, {"instance_id": instance_id})

    async def download(self, request: Request, connection: Connection, _fault: Fault) -> None:
        await connection.send_json(200, self._downloads.begin(request.json_object()))

    async def download_status(self, request: Request, connection: Connection, _fault: Fault) -> None:
        job_id = request.path.rpartition("/")[2]
        await connection.send_json(200, self._downloads.status(job_id))

    def _known_model(self, key: str) -> SimulatedModel:
        known = self._collection.find(key)
        if known is None:
            raise ApiError(404, _error("model_not_found", f"Model {key} not found"))
        return known[0]

    # --- chat ---

    async def chat(self, request: Request, connection: Connection, fault: Fault) -> None:
        body = request.json_object()
        prompt = _read_input(body)
        model = self._known_model(_required(body, "model"))
        if not model.generates:
            raise ApiError(400, _error("invalid_request", f"Model {model.key} is not llm."))
        wanted = body.get("reasoning")
        if wanted is not None and wanted not in model.reasoning_options:
            raise _invalid("invalid_value", "reasoning", f"Model {model.key} does not support reasoning configuration")
        if body.get("stream"):
            with generation.counted(connection, self._stats, streaming=True):
                await self._stream(connection, model, prompt, body, fault)
            return
        with generation.counted(connection, self._stats, streaming=False):
            instance, load_seconds = await self._instance(model)
            planned = self._plan(model, instance, prompt, body, fault)
            if fault is Fault.CONTEXT_LENGTH:
                raise ApiError(400, _error("invalid_request", self._script.error_message))
            await asyncio.sleep(generation.whole_duration_s(self._script, planned))
            generation.note_tokens(self._stats, len(planned.pieces))
            await connection.send_json(200, self._result(planned, body, planned.pieces, load_seconds))

    async def _instance(self, model: SimulatedModel) -> tuple[Instance, float | None]:
        """The instance that answers and how long loading it took, None when it was there."""
        if model.instances:
            return model.instances[0], None
        began = time.monotonic()
        _, instance = await self._collection.for_generation(model.key)
        return instance, time.monotonic() - began

    def _plan(
        self, model: SimulatedModel, instance: Instance, prompt: str, body: dict[str, Any], fault: Fault
    ) -> Generation:
        as_openai = {"max_tokens": body.get("max_output_tokens"), "reasoning_effort": body.get("reasoning")}
        return generation.plan(self._script, model, instance.instance_id, prompt, as_openai, fault=fault)

    async def _stream(
        self, connection: Connection, model: SimulatedModel, prompt: str, body: dict[str, Any], fault: Fault
    ) -> None:
        connection.start_stream("text/event-stream; charset=utf-8")
        target = model.instances[0].instance_id if model.instances else model.key
        await _event(connection, "chat.start", model_instance_id=target)
        loading = not model.instances
        try:
            instance, load_seconds = await self._instance_with_progress(connection, model, target, loading)
        except ApiError as exc:
            await _event(connection, "error", error=_flat(exc.body))
            await _event(connection, "chat.end", result=self._failed(target))
            await connection.end()
            return
        planned = self._plan(model, instance, prompt, body, fault)
        await _event(connection, "prompt_processing.start")
        for step in range(1, PROGRESS_STEPS + 1):
            await asyncio.sleep(self._script.ttft / PROGRESS_STEPS)
            await _event(connection, "prompt_processing.progress", progress=step / PROGRESS_STEPS)
        await _event(connection, "prompt_processing.end")
        said = await self._tokens(connection, planned, fault)
        await _event(connection, "chat.end", result=self._result(planned, body, planned.pieces[:said], load_seconds))
        await connection.end()

    async def _instance_with_progress(
        self, connection: Connection, model: SimulatedModel, target: str, loading: bool
    ) -> tuple[Instance, float | None]:
        if not loading:
            return await self._instance(model)
        await _event(connection, "model_load.start", model_instance_id=target)
        work = asyncio.create_task(self._instance(model), name="simulator.load")
        try:
            for step in range(1, PROGRESS_STEPS):
                await asyncio.wait({work}, timeout=self._script.load_seconds / PROGRESS_STEPS)
                await _event(
                    connection, "model_load.progress", model_instance_id=target, progress=step / PROGRESS_STEPS
                )
            instance, load_seconds = await work
        finally:
            work.cancel()
        await _event(
            connection, "model_load.end", model_instance_id=instance.instance_id, load_time_seconds=load_seconds
        )
        return instance, load_seconds

    async def _tokens(self, connection: Connection, planned: Generation, fault: Fault) -> int:
        """Send the deltas; how many were sent before the end or the scripted error."""
        errors = fault in (Fault.ERROR_FIRST, Fault.ERROR_MID, Fault.CONTEXT_LENGTH)
        last = len(planned.pieces)
        if errors:
            last = min(last, self._script.fault_after_tokens) if fault is Fault.ERROR_MID else 0
        channel = ""
        async for batch in generation.paced(planned.pieces[:last], self._script.tokens_per_second):
            for piece in batch:
                name = "reasoning" if piece.channel == "reasoning" else "message"
                if name != channel:
                    if channel:
                        await _event(connection, f"{channel}.end")
                    await _event(connection, f"{name}.start")
                    channel = name
                await _event(connection, f"{name}.delta", content=piece.text)
            generation.note_tokens(self._stats, len(batch))
        if fault is Fault.STALL:
            await asyncio.Event().wait()
        if channel:
            await _event(connection, f"{channel}.end")
        if errors:
            error = {"type": "internal_error", "message": self._script.error_message}
            await _event(connection, "error", error=error)
        return last

    def _result(
        self, planned: Generation, body: dict[str, Any], pieces: tuple[Any, ...], load_seconds: float | None
    ) -> dict[str, Any]:
        reasoning = "".join(p.text for p in pieces if p.channel == "reasoning")
        content = "".join(p.text for p in pieces if p.channel == "content")
        output = [{"type": "reasoning", "content": reasoning}] if reasoning else []
        output += [{"type": "message", "content": content}] if content else []
        stats: dict[str, Any] = {
            "input_tokens": planned.prompt_tokens,
            "total_output_tokens": len(pieces),
            "reasoning_output_tokens": sum(p.channel == "reasoning" for p in pieces),
            "tokens_per_second": self._script.tokens_per_second,
            "time_to_first_token_seconds": self._script.ttft,
        }
        if load_seconds is not None:
            stats["model_load_time_seconds"] = load_seconds
        result: dict[str, Any] = {"model_instance_id": planned.model, "output": output, "stats": stats}
        if body.get("store", True):
            self._answers += 1
            result["response_id"] = f"resp_simulated{self._answers}"
        return result

    @staticmethod
    def _failed(target: str) -> dict[str, Any]:
        return {"model_instance_id": target, "output": [], "stats": {"input_tokens": 0, "total_output_tokens": 0}}


async def _event(connection: Connection, kind: str, **fields: Any) -> None:
    data = json.dumps({"type": kind, **fields})
    await connection.write(f"event: {kind}\ndata: {data}\n\n".encode())


def _read_input(body: dict[str, Any]) -> str:
    """The text of `input`: a string, or a list of `text` and `image` parts (the documented `message` is refused)."""
    value = body.get("input")
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value:
        raise _invalid("missing_required_parameter", "input", "'input' is required")
    texts = []
    for part in value:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in ("text", "image"):
            raise _invalid("invalid_union", "input", f"Invalid input type {kind!r}. Expected 'text' or 'image'.")
        if kind == "text":
            texts.append(str(part.get("content", "")))
    return "\n".join(texts)


def _required(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid("missing_required_parameter", name, f"'{name}' is required")
    return value


def _invalid(code: str, param: str, message: str) -> ApiError:
    return ApiError(400, {"error": {"type": "invalid_request", "message": message, "code": code, "param": param}})


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}


def _flat(body: Any) -> dict[str, Any]:
    """The inner error of an answer, in the shape of an `error` event."""
    inner = body.get("error") if isinstance(body, dict) else None
    return inner if isinstance(inner, dict) else {"type": "unknown", "message": str(inner)}
