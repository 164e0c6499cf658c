"""Answers that go wrong before a single token: the faults every route shares."""

from __future__ import annotations

import asyncio
from typing import Any

from app.services.mock_server.http import ApiError, Connection, ConnectionCutError
from app.services.mock_server.models import no_models_loaded
from app.services.mock_server.script import Fault, Script

HTML_PAGE = b"<!DOCTYPE html><html><head><title>Router</title></head><body><h1>Welcome</h1></body></html>"
CRASHED = "The model has crashed without additional information. (Exit code: 18446744072635812000)"


def auth_refusal(token_given: str | None) -> ApiError:
    """LM Studio's two 401 bodies; the second one repeats a part of the token."""
    if not token_given:
        message = (
            "An LM Studio API token is required to make requests to this server, but none was provided using the "
            "Authorization header."
        )
    else:
        message = f"Malformed LM Studio API token provided: {token_given[:8]}… Ensure you are using a valid token."
    return ApiError(401, {"error": {"message": message, "type": "invalid_request", "code": "invalid_api_key"}})


async def apply_before_answer(fault: Fault, script: Script, connection: Connection, token: str | None) -> bool:
    """Do what `fault` does instead of an answer; whether the request is finished with it.

    Raises:
        ApiError: the fault is an error answer.
        ConnectionCutError: the connection ends without one.
    """
    if fault is Fault.HTML:
        await connection.send(200, HTML_PAGE, "text/html; charset=utf-8")
        return True
    if fault is Fault.NOT_JSON:
        await connection.send(200, b'{"object": "list", "data": [', "application/json")
        return True
    if fault is Fault.HANG:
        await asyncio.Event().wait()
    if fault is Fault.CLOSE:
        raise ConnectionCutError
    if fault in (Fault.CUT, Fault.RESET):
        connection.limit_body(script.cut_after_bytes, reset=fault is Fault.RESET)
        return False
    error = _error_answer(fault, script, token)
    if error is not None:
        raise error
    return False


def _error_answer(fault: Fault, script: Script, token: str | None) -> ApiError | None:
    match fault:
        case Fault.REFUSE_AUTH:
            return auth_refusal(token)
        case Fault.ERROR_200:
            return ApiError(200, {"error": "Unexpected endpoint or method. (POST /v1/chat/completions)"})
        case Fault.RATE_LIMITED:
            body = _openai("Rate limit reached.", "rate_limit_exceeded", "rate_limit_exceeded")
            return ApiError(429, body, {"Retry-After": script.retry_after})
        case Fault.OVERLOADED:
            body = _openai("The server is overloaded.", "server_error", None)
            return ApiError(503, body, {"Retry-After": script.retry_after})
        case Fault.SERVER_ERROR:
            return ApiError(500, _openai("Internal server error.", "internal_error", None))
        case Fault.BAD_REQUEST:
            return ApiError(400, _openai("'messages' field is required", "invalid_request_error", None))
        case Fault.CRASH:
            return ApiError(400, {"error": CRASHED})
        case Fault.NO_MODELS:
            return no_models_loaded()
        case Fault.REDIRECT:
            return ApiError(307, {"error": "Temporary Redirect"}, {"Location": script.redirect_to})
    return None


def _openai(message: str, kind: str, code: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
