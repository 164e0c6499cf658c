"""What can go wrong between a server and us, each written down once for all wires.

A fault is a reply and what it must come to: which kinds of error (none: a whole answer), and how much of the text.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.services.llm.errors import ErrorKind as Kind
from tests.fakes.raw_http import Exchange, Reply, answer, chunk, cut, drip, head, raw, stall, stream
from tests.services.llm.faults.wires import PARTS, TEXT, Wire

#: Short enough for a test, long enough for a busy machine to send its bytes in.
SILENCE_S = 0.4
BROKEN_OFF = frozenset({Kind.INTERRUPTED, Kind.PROTOCOL})
GIVEN_UP = frozenset({Kind.TOO_LARGE, Kind.TIMEOUT})
NO_ANSWER = frozenset({Kind.PROTOCOL, Kind.INTERRUPTED, Kind.NOT_RUNNING, Kind.UNREACHABLE})


@dataclass(frozen=True)
class Fault:
    name: str
    reply: Callable[[Wire], Reply]
    kinds: frozenset[Kind] = frozenset()
    """Empty: the fault costs nothing, the answer is whole."""
    text: str | None = TEXT
    """What must have arrived; None: any beginning of the text."""
    options: dict[str, Any] = field(default_factory=dict)
    """Of the provider's configuration."""
    limits: dict[str, int] = field(default_factory=dict)
    """Constants of `limits` that are lowered, so that passing them takes milliseconds."""
    words: str = ""
    """Of the server, which the error must repeat."""


def _kinds(*kinds: Kind) -> frozenset[Kind]:
    return frozenset(kinds)


# -- before there is an answer


def _connection_faults() -> list[Fault]:
    def silent(_wire: Wire) -> Reply:
        return stall()

    def head_only(wire: Wire) -> Reply:
        return stall(head(200, wire.content_type))

    def header_without_end(_wire: Wire) -> Reply:
        return drip(b"HTTP/1.1 200 OK\r\n", b"X-Pad: " + b"x" * 4_000 + b"\r\n", every_s=0.001)

    patience: dict[str, Any] = {"first_token_timeout": SILENCE_S, "timeout": SILENCE_S}
    nothing = {"text": "", "kinds": NO_ANSWER}
    return [
        Fault("closes without a byte", lambda _w: raw(b""), **nothing),  # type: ignore[arg-type]  # fields of Fault
        Fault("resets without a byte", lambda _w: cut(b"", 0, reset=True), **nothing),  # type: ignore[arg-type]
        Fault("speaks no HTTP", lambda _w: raw(b"SSH-2.0-OpenSSH_9.9\r\n"), **nothing),  # type: ignore[arg-type]
        Fault("speaks TLS", lambda _w: raw(b"\x15\x03\x01\x00\x02\x02\x46"), **nothing),  # type: ignore[arg-type]
        Fault("half a status line", lambda _w: raw(b"HTTP/1.1 2"), **nothing),  # type: ignore[arg-type]
        Fault("half a header", lambda _w: raw(b"HTTP/1.1 200 OK\r\nContent-Ty"), **nothing),  # type: ignore[arg-type]
        Fault("unknown version of HTTP", lambda w: raw(b"HTTP/9.9 200 OK\r\n\r\n" + w.body)),
        Fault("body without a head", lambda w: raw(w.body), **nothing),  # type: ignore[arg-type]
        Fault("status that is none", lambda w: raw(b"HTTP/1.1 abc OK\r\n\r\n" + w.body), **nothing),  # type: ignore[arg-type]
        Fault("header without a colon", lambda w: raw(b"HTTP/1.1 200 OK\r\njunk\r\n\r\n" + w.body), **nothing),  # type: ignore[arg-type]
        Fault("says nothing", silent, _kinds(Kind.TIMEOUT), "", patience),
        Fault("sends headers and nothing more", head_only, _kinds(Kind.TIMEOUT), "", patience),
        Fault("headers without end", header_without_end, NO_ANSWER | GIVEN_UP, "", patience),
        Fault(
            "two lengths",
            lambda w: raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n" + w.body),
            **nothing,  # type: ignore[arg-type]
        ),
        Fault(
            "negative length",
            lambda w: raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + w.body),
            **nothing,  # type: ignore[arg-type]
        ),
        Fault(
            "chunk size that is none",
            lambda w: raw(head(200, w.content_type, chunked=True) + b"zz\r\n" + w.body),
            **nothing,  # type: ignore[arg-type]
        ),
    ]


_REFUSALS: list[tuple[int, str, frozenset[Kind]]] = [
    (400, "boom", _kinds(Kind.BAD_REQUEST)),
    (400, "the prompt exceeds the context length of 512 tokens", _kinds(Kind.CONTEXT_LENGTH)),
    (401, "who are you", _kinds(Kind.AUTH)),
    (403, "not for you", _kinds(Kind.AUTH)),
    (404, "model 'a-model' not found", _kinds(Kind.MODEL_NOT_FOUND)),
    (408, "too slow", _kinds(Kind.TIMEOUT, Kind.SERVER_ERROR, Kind.BAD_REQUEST, Kind.OVERLOADED)),
    (409, "not now", _kinds(Kind.SERVER_ERROR, Kind.BAD_REQUEST, Kind.OVERLOADED)),
    (413, "too much", _kinds(Kind.BAD_REQUEST, Kind.CONTEXT_LENGTH, Kind.TOO_LARGE)),
    (418, "I am a teapot", _kinds(Kind.BAD_REQUEST)),
    (422, "cannot be processed", _kinds(Kind.BAD_REQUEST)),
    (429, "slow down", _kinds(Kind.RATE_LIMITED)),
    (500, "boom", _kinds(Kind.SERVER_ERROR)),
    (501, "not implemented", _kinds(Kind.SERVER_ERROR, Kind.UNSUPPORTED)),
    (502, "bad gateway", _kinds(Kind.SERVER_ERROR, Kind.OVERLOADED)),
    (503, "overloaded", _kinds(Kind.OVERLOADED)),
    (504, "gateway timeout", _kinds(Kind.SERVER_ERROR, Kind.OVERLOADED, Kind.TIMEOUT)),
    (529, "overloaded", _kinds(Kind.OVERLOADED, Kind.SERVER_ERROR)),
]


def _refusal(status: int, words: str, kinds: frozenset[Kind]) -> Fault:
    return Fault(
        f"{status} as JSON: {words}", lambda _w: answer({"error": {"message": words}}, status), kinds, "", words=words
    )


def _refusals() -> list[Fault]:
    made = [_refusal(status, words, kinds) for status, words, kinds in _REFUSALS]
    page = "<html><head><title>Oops</title></head><body>" + "x" * 100_000 + "</body></html>"
    refused = _kinds(Kind.SERVER_ERROR, Kind.OVERLOADED, Kind.PROTOCOL)
    made += [
        Fault("502 as a page", lambda _w: answer(page, 502, content_type="text/html"), refused, ""),
        Fault("500 without a word", lambda _w: answer("", 500), refused, ""),
        Fault("500 that breaks off", lambda _w: raw(head(500, length=500) + b'{"err'), refused | NO_ANSWER, ""),
        Fault("500 without end", lambda _w: drip(head(500), b"x" * 50_000, every_s=0.0), refused, ""),
        Fault("429 with a wait", lambda _w: answer({}, 429, Retry_After="3"), _kinds(Kind.RATE_LIMITED), ""),
        Fault("429 with nonsense", lambda _w: answer({}, 429, Retry_After="soon"), _kinds(Kind.RATE_LIMITED), ""),
    ]
    return made


def _redirects() -> list[Fault]:
    elsewhere = "http://127.0.0.2:9/v1/chat/completions"
    return [
        Fault(f"{status} to another place", lambda _w, s=status: answer("", s, Location=elsewhere), NO_ANSWER, "")  # type: ignore[misc]
        for status in (301, 302, 303, 307, 308)
    ]


# -- a good status around something else


def _contents() -> list[Fault]:
    said = _kinds(Kind.SERVER_ERROR)
    none = _kinds(Kind.PROTOCOL)
    page = "<!doctype html><title>Router login</title>"
    return [
        Fault("an HTML page", lambda _w: answer(page, content_type="text/html"), none, ""),
        Fault("an HTML page as the stream", lambda w: answer(page, content_type=w.content_type), none, ""),
        Fault("nothing", lambda w: answer("", content_type=w.content_type), none, ""),
        Fault("no content", lambda _w: raw(b"HTTP/1.1 204 No Content\r\n\r\n"), none, ""),
        Fault("JSON that is no answer", lambda _w: answer({"hello": 1}), none, ""),
        Fault("JSON that breaks off", lambda w: answer(json.dumps(w.whole)[:-20]), BROKEN_OFF, None),
        Fault("a picture", lambda _w: answer(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, content_type="image/png"), none, ""),
        Fault("an error as JSON", lambda _w: answer({"error": {"message": "boom"}}), said, "", words="boom"),
        Fault("an error as text in JSON", lambda _w: answer({"error": "boom"}), said, "", words="boom"),
        Fault("an error as the first event", lambda w: stream(w.error("boom"), content_type=w.content_type), said, "",
              words="boom"),
        Fault("the whole answer at once", lambda w: answer(w.whole)),
        Fault("the stream as plain text", lambda w: stream(w.body, content_type="text/plain")),
        Fault("the stream without a type", lambda w: raw(b"HTTP/1.1 200 OK\r\n\r\n" + w.body)),
        Fault("the stream as one byte each", lambda w: _byte_by_byte(w)),
        Fault("compressed, though not asked for", lambda w: _compressed(w, w.body), BROKEN_OFF, ""),
        Fault("said to be compressed", lambda w: stream(w.body, content_type=w.content_type, Content_Encoding="gzip"),
              BROKEN_OFF, ""),
        Fault("a compressed bomb", lambda w: _compressed(w, b"\0" * 50_000_000), BROKEN_OFF | GIVEN_UP, ""),
    ]  # fmt: skip


def _byte_by_byte(wire: Wire) -> Reply:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(head(200, wire.content_type, chunked=True))
        for byte in wire.body:
            await exchange.write(chunk(bytes([byte])))
        await exchange.write(b"0\r\n\r\n")

    return reply


def _compressed(wire: Wire, body: bytes) -> Reply:
    return stream(gzip.compress(body), content_type=wire.content_type, Content_Encoding="gzip")


# -- in the middle of an answer


def _frames_between() -> list[Fault]:
    """Frames that say nothing, between frames that do: neither neighbour is lost."""
    odd = {
        "null": "null",
        "a number": "7",
        "a list": "[1, 2]",
        "a text": '"text"',
        "an empty object": "{}",
        "unknown fields": '{"of_tomorrow": {"x": [1]}}',
        "null fields": '{"choices": null, "delta": null, "message": null, "type": null, "usage": null}',
        "wrong types": '{"choices": "x", "delta": 7, "message": [], "usage": "many", "response": 1}',
        "broken JSON": '{"choices": [{"delta": {"content": "x',
        "deep nesting": "[" * 5_000 + "]" * 5_000,
        "a huge number": '{"n": ' + "9" * 10_000 + "}",
        "half a character": '{"x": "\\ud83d"}',
        "not a number": '{"x": NaN, "y": Infinity}',
        "odd counts": '{"usage": {"prompt_tokens": -3, "completion_tokens": 1e400, "total_tokens": "9"}}',
        "other line ends inside": '{"x": "a\u2028b\u0085c"}',
    }
    return [
        Fault(f"between: {name}", lambda w, t=text: _whole(w, *w.before, w.texts[0], w.junk(t), *w.texts[1:], *w.end))  # type: ignore[misc]
        for name, text in odd.items()
    ]


def _whole(wire: Wire, *frames: bytes) -> Reply:
    return stream(b"".join(frames), content_type=wire.content_type)


def _endings() -> list[Fault]:
    def begun(wire: Wire, *, chunked: bool = True) -> bytes:
        return head(200, wire.content_type, chunked=chunked)

    broken = {"kinds": _kinds(Kind.INTERRUPTED), "text": PARTS[0]}
    silence = {"timeout": SILENCE_S, "first_token_timeout": 10}

    def bad_bytes(wire: Wire) -> Reply:
        bad = wire.junk('{"x": "?"}').replace(b"?", b"\xff\xc3")
        return _whole(wire, *wire.before, wire.texts[0], bad, *wire.texts[1:], *wire.end)

    return [
        Fault("ends after some text", lambda w: stream(w.start, content_type=w.content_type), **broken),  # type: ignore[arg-type]
        Fault("closes after some text", lambda w: raw(begun(w, chunked=False) + w.start), **broken),  # type: ignore[arg-type]
        Fault("resets after some text", _resets_later, **broken),  # type: ignore[arg-type]
        Fault("breaks its chunks after some text", lambda w: raw(begun(w) + chunk(w.start) + b"zz\r\n"), **broken),  # type: ignore[arg-type]
        Fault("is shorter than it said", lambda w: raw(head(200, w.content_type, length=9_999) + w.start), **broken),  # type: ignore[arg-type]
        Fault("tells an error after some text", lambda w: _whole(w, w.start, w.error("boom")),
              _kinds(Kind.SERVER_ERROR), PARTS[0], words="boom"),
        Fault("falls silent after some text", lambda w: stall(begun(w, chunked=False) + w.start),
              _kinds(Kind.TIMEOUT), PARTS[0], silence),
        Fault("only says that it lives", lambda w: drip(begun(w, chunked=False) + w.start, w.heartbeat, every_s=0.02),
              _kinds(Kind.TIMEOUT), PARTS[0], {"timeout": 0.1, "first_token_timeout": 10}),
        Fault("drips one byte at a time", lambda w: drip(begun(w, chunked=False) + w.start, b"x", every_s=0.02),
              _kinds(Kind.TIMEOUT, Kind.PROTOCOL), PARTS[0], {"timeout": 0.1, "first_token_timeout": 10}),
        Fault("many broken frames", lambda w: _whole(w, w.start, *[w.junk('{"broken')] * 40, *w.texts[1:], *w.end),
              _kinds(Kind.PROTOCOL), PARTS[0]),
        Fault("a frame without end", lambda w: drip(begun(w, chunked=False) + w.start, b"x" * 50_000, every_s=0.0),
              _kinds(Kind.TOO_LARGE, Kind.PROTOCOL), PARTS[0],
              limits={"MAX_EVENT_BYTES": 400_000, "MAX_LINE_BYTES": 400_000}),
        Fault("text without end", lambda w: drip(begun(w, chunked=False) + w.start, w.texts[1] * 50, every_s=0.0),
              _kinds(Kind.TOO_LARGE), None, limits={"MAX_ANSWER_BYTES": 20_000}),
        Fault("stays open after the end", lambda w: stall(begun(w, chunked=False) + w.body)),
        Fault("goes on after the end", lambda w: _whole(w, w.body, w.texts[0])),
        Fault("ends twice", lambda w: _whole(w, w.body, *w.end)),
        Fault("begins with a byte order mark", lambda w: _whole(w, b"\xef\xbb\xbf", w.body)),
        Fault("ends its lines as Windows does", lambda w: _whole(w, w.body.replace(b"\n", b"\r\n"))),
        Fault("breathes between frames", lambda w: _whole(w, w.heartbeat, w.heartbeat.join(w.frames), w.heartbeat)),
        Fault("bytes that are no UTF-8 between frames", bad_bytes),
    ]  # fmt: skip


def _resets_later(wire: Wire) -> Reply:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(head(200, wire.content_type) + wire.start)
        await asyncio.sleep(0.05)  # what was sent is read before the reset throws it away
        exchange.reset()

    return reply


FAULTS = [
    *_connection_faults(),
    *_refusals(),
    *_redirects(),
    *_contents(),
    *_frames_between(),
    *_endings(),
]
