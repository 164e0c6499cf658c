"""What goes out with a request, checked before anything is sent: headers and the JSON body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from app.lean_dataclass import dataclass
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say


@dataclass(frozen=True, slots=True)
class HeaderKey:
    """A key that goes into a header of its own instead of `Authorization` (Anthropic: `x-api-key`)."""

    header: str
    secret: SecretStr


Key = SecretStr | HeaderKey | str | None


def request_headers(key: Key, extra: Mapping[str, str] | None, has_body: bool) -> dict[str, str]:
    """The headers of a request; one for the key only where there is a key.

    Raises:
        LLMError: kind `config`, for a key or header that cannot be sent; its value is not shown.
    """
    headers = {"Accept-Encoding": "identity", "User-Agent": "ai-coder-assistant"}
    if has_body:
        headers["Content-Type"] = "application/json"
    headers.update(extra or {})
    key_header, secret = _key_header(key)
    if secret:
        headers[key_header] = secret
    for name, value in headers.items():
        # Checked here, because the library's own complaint would quote the value.
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise LLMError(
                ErrorKind.CONFIG,
                say("A setting is not valid: API key.")
                if name == key_header
                else say("The header {name!r} cannot be sent.", name=name),
                say("It holds characters that cannot be sent, for example a line break. Enter it again."),
            )
    return headers


def _key_header(key: Key) -> tuple[str, str]:
    """The header that carries a key, and its value; both empty without one."""
    if isinstance(key, HeaderKey):
        return key.header, key.secret.get_secret_value().strip()
    secret = (key.get_secret_value() if isinstance(key, SecretStr) else key or "").strip()
    return "Authorization", f"Bearer {secret}" if secret else ""


def encoded(value: Any) -> bytes:
    """A request's body.

    Raises:
        LLMError: bad_request, for what has no JSON form; too_large, above `limits.MAX_PROMPT_BYTES`.
    """
    try:
        body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError) as exc:
        raise LLMError(ErrorKind.BAD_REQUEST, say("The request cannot be written as JSON."), str(exc)) from exc
    encoded = body.encode("utf-8", "replace")  # half a surrogate pair has no UTF-8 form
    if len(encoded) > limits.MAX_PROMPT_BYTES:
        raise LLMError(
            ErrorKind.TOO_LARGE,
            say("The request passes the limit of {most:g} MB.", most=limits.MAX_PROMPT_BYTES / 1_000_000),
            say("Take attachments out or start a new chat."),
        )
    return encoded
