"""What servers say when they refuse, in all its forms, and what it means: text and status → `LLMError`.

The forms (LM Studio 0.3-0.4, llama.cpp, vLLM, Ollama, OpenRouter, OpenAI; 2026): `{"error": {"message", "type",
"code", "param"}}`, `{"error": "text"}`, `{"object": "error", "message"}`, `{"detail": …}`, plain text, and an inner
server's JSON quoted inside the message. The status alone is never enough: LM Studio answers 200 to unknown paths
and 400 to nearly everything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm.address import host_of, origin_of
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.retries import retry_after_s
from app.services.llm.safe_json import loads
from app.services.terminal_command import in_terminal
from app.services.wording import capitalised, is_translated, later, say

_MAX_QUOTED = 300


@dataclass(frozen=True, slots=True)
class Server:
    """Who is spoken to, for messages. `url` is the address of the call."""

    name: str
    provider: str
    url: str
    not_running: str = ""
    """The product's fixed sentence where it has one."""
    start_hint: str = ""
    """How to start it at its address."""
    missing_model_hint: str = later("Core", "Check the name of the model.")


@dataclass(frozen=True, slots=True)
class Said:
    """A server's own words, cleaned: one line, no markup, no keys."""

    message: str
    code: str = ""
    kind: str = ""
    param: str = ""
    status: int | None = None
    used_tokens: int | None = None
    window_tokens: int | None = None


def error_in(value: Any) -> Said | None:
    """The error a JSON value tells of, None where it is no error."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]  # Gemini's compatible address puts its error into an array
    if not isinstance(value, Mapping):
        return None
    error = value.get("error")
    if error:
        return _said(error, value)
    if value.get("object") == "error" or value.get("type") == "error":
        return _said(value, value)
    if "choices" not in value and "detail" in value:
        return _said(value["detail"], value)
    return None


def words_of(text: str) -> Said:
    """What an error body says, whether it is JSON, text or a page."""
    try:
        value = loads(text)
    except ValueError:
        return Said(_page_title(text) if "<" in text[:200] else clean(text))
    return error_in(value) or _said(value, {})


def clean(text: str) -> str:
    """The first line that says something: printable, bounded, without tokens the server echoes."""
    text = text[:20_000]
    line = next((line for line in text.replace("\r", "\n").split("\n") if line.strip()), "")
    line = "".join(c if c.isprintable() else " " for c in line).strip()
    return redacted(line)[:_MAX_QUOTED]


def redacted(text: str) -> str:
    """Without anything that looks like a key."""
    text = re.sub(r"(?i)\b(bearer\s+|token provided:\s*|api[ _-]?key(?: provided)?:\s*)\S+", r"\1…", text)
    return re.sub(r"\b(sk|xai|gsk|hf|key|AIza)[-_][A-Za-z0-9_:\-*]{6,}", "…", text)


def refusal(
    server: Server,
    said: Said,
    *,
    status: int | None,
    model: str | None = None,
    headers: Mapping[str, str] | None = None,
    mid_stream: bool = False,
) -> LLMError:
    """The error for a server's own words. `status` is None (or 200) for errors inside an answer."""
    status = said.status if status in (None, 200) and said.status else status
    kind = kind_of(said, status, mid_stream=mid_stream)
    wait_s = retry_after_s(headers or {})
    message, hint = _texts(kind, server, said, status, model, wait_s)
    wants_key = kind is ErrorKind.AUTH and _NO_KEY_GIVEN.search(said.message) is not None
    no_credit = status == 402 or "insufficient_quota" in (said.code, said.kind)
    return LLMError(
        kind,
        message,
        hint,
        provider=server.provider,
        model=model,
        retryable=_retryable(kind, said) and not no_credit,
        status=None if status == 200 else status,
        retry_after_s=wait_s,
        details=f"POST {server.url}\n{kind.value}: {f'HTTP {status}, ' if status else ''}{said.message or 'no words'}",
        wants_key=wants_key,
    )


def adopt(error: LLMError, server: Server, model: str | None = None) -> LLMError:
    """Put the product's name on an error of the connection; the same object."""
    error.provider = error.provider or server.provider
    error.model = error.model or model
    if error.kind is ErrorKind.NOT_RUNNING:
        error.message = say(server.not_running) or say("{name} is not running.", name=server.name)
        # Only a known product can be recognised at another address.
        error.terminal_hint = (
            _doctor("looks for it", "If it runs at another address, ") if server.not_running else _doctor()
        )
        error.hint = say(
            "Nothing answers at {address}. {start_hint}", address=origin_of(server.url), start_hint=server.start_hint
        ).rstrip()
    elif error.kind is ErrorKind.UNREACHABLE:
        error.terminal_hint = _doctor()
    elif error.kind in (ErrorKind.TIMEOUT, ErrorKind.PROTOCOL):
        host = host_of(server.url)
        # Where the host stands is the language's choice; in English it begins the sentence.
        if error.message.startswith(host) or is_translated():
            own = rf"(?<![\w.-]){re.escape(host)}(?![\w-])"
            error.message = re.sub(own, lambda _host: server.name, error.message, count=1)
    error.args = (error.message,)
    return error


def _doctor(does: str = "looks at it step by step", begin: str = "") -> str:
    """What a terminal offers in the place of the window's *Test connection*."""
    return f"{begin}“{in_terminal('doctor')}” {does}."


def not_an_answer(server: Server, what: str, model: str | None = None, *, status: int | None = None) -> LLMError:
    """Something came back, but no answer. `what`: HTML page, empty, not JSON …"""
    return LLMError(
        ErrorKind.PROTOCOL,
        say("{name} sent something that is not an answer.", name=server.name),
        say(
            "{what} at {address}. Is another program on this port?",
            what=capitalised(what),
            address=origin_of(server.url),
        ),
        provider=server.provider,
        model=model,
        status=status,
        details=f"{server.url}\nprotocol: {what}",
    )


# -- what the words mean

_CONTEXT = re.compile(
    r"context[ _-]?(length|size|window)|n_keep|exceed_context_size|maximum context|prompt is too long|"
    r"input token count|too many tokens|context the overflows|exceeds? the available context|input length.*exceeds",
    re.IGNORECASE,
)
_NO_KEY_GIVEN = re.compile(r"none was provided|no (api )?key|key is missing|provide an api key", re.IGNORECASE)
_MEMORY = re.compile(
    r"out of memory|insufficient (system )?(memory|resources)|not enough (memory|vram|ram)|more system memory|"
    r"\boom\b|failed to allocate|cudamalloc",
    re.IGNORECASE,
)
_LOAD_FAILED = re.compile(r"failed to load|model_load_failed|no lm runtime|error loading model", re.IGNORECASE)
_CRASHED = re.compile(r"has crashed|exit code|channel error|llama runner process", re.IGNORECASE)
_UNLOADED = re.compile(r"model is unloaded|model was unloaded|\bterminated\b|operation canceled", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"invalid model identifier|no models loaded|no compatible download options|model not found|"
    r"model ['\"`]?[^'\"`]{0,200}['\"`]? (was )?(not found|does not exist)|no such model|"
    r"not a valid model|unknown model|model_not_found",
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(
    r"unexpected endpoint|not_implemented|not implemented|does not support (thinking|tools|images|vision|chat|"
    r"generate|insert|embed)|is not embedding|is not llm|no endpoints found that support|image input is not supported|"
    r"mmproj|not a multimodal",
    re.IGNORECASE,
)
_AUTH = re.compile(
    r"invalid_api_key|api key not valid|api token is required|malformed .*token|incorrect api key|authentication",
    re.IGNORECASE,
)
_FILTER = re.compile(r"content_filter|content_policy|content management policy|safety system", re.IGNORECASE)
_BUSY = re.compile(r"overloaded|queue (is )?full|server busy|too many requests in queue|loading model", re.IGNORECASE)
_SYNTAX = re.compile(r"invalid_request|bad_request|invalid_value|missing_required|invalid '", re.IGNORECASE)


def kind_of(said: Said, status: int | None, *, mid_stream: bool = False) -> ErrorKind:
    """Which kind a refusal is: the words first, because statuses differ from server to server, then the status."""
    text = f"{said.message} {said.code} {said.kind}"
    by_words = (
        (_CONTEXT.search(text) is not None and status not in (401, 403, 429), ErrorKind.CONTEXT_LENGTH),
        (_LOAD_FAILED.search(text) and not _MEMORY.search(text), ErrorKind.SERVER_ERROR),
        (_MEMORY.search(text), ErrorKind.OVERLOADED),
        (_UNLOADED.search(text), ErrorKind.INTERRUPTED),
        (_CRASHED.search(text), ErrorKind.INTERRUPTED if mid_stream else ErrorKind.SERVER_ERROR),
        (status == 401 or _AUTH.search(text), ErrorKind.AUTH),
        (_FILTER.search(text), ErrorKind.CONTENT_FILTER),
        (_NO_MODEL.search(text), ErrorKind.MODEL_NOT_FOUND),
        (_UNSUPPORTED.search(text), ErrorKind.UNSUPPORTED),
    )
    for matched, kind in by_words:
        if matched:
            return kind
    return _kind_of_status(status, said, text)


def _kind_of_status(status: int | None, said: Said, text: str) -> ErrorKind:
    if status == 403:
        return ErrorKind.AUTH
    if status in (402, 429) or "insufficient_quota" in text or "rate_limit" in text:
        return ErrorKind.RATE_LIMITED
    if status in (503, 529) or _BUSY.search(text):
        return ErrorKind.OVERLOADED
    if status == 404:
        return ErrorKind.MODEL_NOT_FOUND if "model" in text.lower() else ErrorKind.UNSUPPORTED
    if status in (405, 501):
        return ErrorKind.UNSUPPORTED
    if status in (408, 409, 425) or (status is not None and status >= 500):
        return ErrorKind.SERVER_ERROR
    if (status is not None and 400 <= status < 500) or _SYNTAX.search(text):
        return ErrorKind.BAD_REQUEST
    return ErrorKind.SERVER_ERROR


def _retryable(kind: ErrorKind, said: Said) -> bool:
    if kind is ErrorKind.SERVER_ERROR and _LOAD_FAILED.search(f"{said.message} {said.kind}"):
        return False  # the same load fails the same way
    if kind is ErrorKind.OVERLOADED and _MEMORY.search(said.message):
        return False
    return kind in (ErrorKind.RATE_LIMITED, ErrorKind.OVERLOADED, ErrorKind.SERVER_ERROR, ErrorKind.INTERRUPTED)


def _texts(
    kind: ErrorKind, server: Server, said: Said, status: int | None, model: str | None, wait_s: float | None
) -> tuple[str, str]:
    """Title and text of the design's table of errors."""
    name, quoted = (
        server.name,
        say("It said: “{message}”", message=said.message) if said.message else say("It gave no reason."),
    )
    if kind is ErrorKind.MODEL_NOT_FOUND:
        hint = say(server.missing_model_hint)
        if re.search("no models loaded", said.message, re.IGNORECASE):
            hint = say("No model is loaded, and loading on demand is off in {name}. Load one there.", name=name)
        return say("Model '{model}' not found.", model=model or ""), hint
    if kind is ErrorKind.CONTEXT_LENGTH:
        known = said.used_tokens is not None and said.window_tokens is not None
        hint = (
            say(
                "{used_tokens} of {window_tokens} tokens.",
                used_tokens=said.used_tokens,
                window_tokens=said.window_tokens,
            )
            if known
            else quoted
        )
        return say("This chat does not fit the model's window."), hint
    if kind is ErrorKind.AUTH and _NO_KEY_GIVEN.search(said.message):
        return (
            say("{name} asks for a key.", name=name),
            say(
                "Enter one in Settings, Providers, or run: {command}", command=in_terminal(f"key set {server.provider}")
            ),
        )
    if kind is ErrorKind.AUTH:
        hint = (
            say("It answered {status}. Enter a new key; the old one is kept until then.", status=status)
            if status
            else quoted
        )
        return say("{name} refused the key.", name=name), hint
    if kind is ErrorKind.RATE_LIMITED:
        hint = say("It asks to wait {wait_seconds:.0f} s.", wait_seconds=wait_s) if wait_s is not None else quoted
        return say("{name} allows no more requests for now.", name=name), hint
    if kind is ErrorKind.OVERLOADED:
        reason = said.message.rstrip(".") or say("It answered {status}", status=status)
        return say("{name} is out of memory or overloaded.", name=name), say(
            "{reason}. Unload another model or take a smaller window.", reason=reason
        )
    if kind is ErrorKind.CONTENT_FILTER:
        return say("{name} blocked this answer.", name=name), say("Its own filter stopped it. Other models may answer.")
    if kind is ErrorKind.UNSUPPORTED:
        if re.search("unexpected endpoint", said.message, re.IGNORECASE) or not said.message:
            return say("{name} does not offer this.", name=name), say(
                "A newer version may, or the address may be wrong."
            )
        return say("{model} cannot do this.", model=model or name), quoted
    if kind is ErrorKind.INTERRUPTED:
        return say("Interrupted."), say("{quoted} What arrived is kept.", quoted=quoted)
    if kind is ErrorKind.BAD_REQUEST:
        return say("{name} did not accept the request.", name=name), quoted
    return say("{name} failed while answering.", name=name), quoted


# -- taking the words out of their shapes


def _said(error: Any, around: Mapping[str, Any]) -> Said:
    if isinstance(error, str):
        return _unwrapped(error, Said(clean(error)))
    if isinstance(error, list):
        return _said(error[0] if error else "", around)
    if not isinstance(error, Mapping):
        return Said(clean(str(error)))
    text = next((error[key] for key in ("message", "msg", "detail", "error") if isinstance(error.get(key), str)), "")
    metadata = error.get("metadata")
    if isinstance(metadata, Mapping) and isinstance(metadata.get("raw"), str):
        text = f"{text}: {metadata['raw']}" if text else metadata["raw"]  # OpenRouter: the upstream's own words
    code = error.get("code", around.get("code"))
    said = Said(
        message=clean(text),
        code=clean(str(code)) if code is not None else "",
        kind=clean(str(error.get("type") or "")),
        param=clean(str(error.get("param") or "")),
        status=code if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600 else None,
        used_tokens=_count(error.get("n_prompt_tokens")),
        window_tokens=_count(error.get("n_ctx")),
    )
    return _unwrapped(text, said)


def _unwrapped(text: str, outer: Said) -> Said:
    """`Engine protocol predict request returned 400: {"error": …}` (LM Studio 0.4.19+) → the inner words."""
    start = text.find("{", 0, 2_000)
    if start >= 0:
        try:
            inner = error_in(loads(text[start:]))
        except ValueError:
            inner = None
        if inner is not None and inner.message:
            return inner
    if outer.used_tokens is None:
        return _with_token_counts(outer)
    return outer


_COUNTS = (
    re.compile(r"\((\d{1,9}) tokens\) exceeds the available context size \((\d{1,9}) tokens\)"),
    re.compile(r"n_keep \((\d{1,9})\) >= n_ctx \((\d{1,9})\)"),
    re.compile(r"first (\d{1,9}) tokens .* context length of only (\d{1,9}) tokens"),
)


def _with_token_counts(said: Said) -> Said:
    for pattern in _COUNTS:
        match = pattern.search(said.message)
        if match:
            return Said(said.message, said.code, said.kind, said.param, said.status, int(match[1]), int(match[2]))
    return said


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 else None


def _page_title(text: str) -> str:
    """What an HTML page calls itself; raw markup is never shown."""
    match = re.search(r"<title[^>]*>([^<]{1,200})", text[:20_000], re.IGNORECASE)
    return clean(match[1]) if match else say("an HTML page")
