"""Token counts, read once from the end of an answer; and the one event that only we had asked for."""

from __future__ import annotations

import json
import re

TAIL_BYTES = 8 * 1024
_JOIN_AT_BYTES = 64 * 1024
_decode = json.JSONDecoder().raw_decode
_FIELDS = re.compile(rb'"usage"\s*:\s*\{')
#: Names of OpenAI's chat completions, and of Responses and Messages.
_INPUT, _OUTPUT = ("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens")


#: How streams of each shape say that they are over, well or badly.
_ENDS = re.compile(
    rb'data: ?\[DONE\]|"finish_reason"\s*:\s*"'
    rb'|"type"\s*:\s*"(?:message_stop|response\.(?:completed|incomplete|failed)|error)"'
    rb'|"error"\s*:\s*[{"]|^event: ?error',
    re.MULTILINE,
)


class Tail:
    """The last bytes of a stream; joined only now and then, since it sees every token."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._pieces.append(chunk)
        self._size += len(chunk)
        if self._size > _JOIN_AT_BYTES:
            last = b"".join(self._pieces)[-TAIL_BYTES:]
            self._pieces, self._size = [last], len(last)

    def bytes(self) -> bytes:
        return b"".join(self._pieces)[-TAIL_BYTES:]

    def usage(self) -> tuple[int | None, int | None]:
        return usage_in(self.bytes())

    def is_complete(self) -> bool:
        """Whether the server said that the answer, or its failure, is whole; an end of bytes alone says nothing."""
        return _ENDS.search(self.bytes()) is not None

    def is_between_events(self) -> bool:
        return not self._size or self.bytes().endswith((b"\n\n", b"\r\n\r\n"))


def usage_in(tail: bytes) -> tuple[int | None, int | None]:
    """Tokens in and out of the last complete `usage` object; None where there is none."""
    for found in reversed(list(_FIELDS.finditer(tail))):
        try:
            value, _ = _decode(tail[found.end() - 1 :].decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
        return _count(value, _INPUT), _count(value, _OUTPUT)
    return None, None


def _count(usage: object, names: tuple[str, ...]) -> int | None:
    if isinstance(usage, dict):
        for name in names:
            if type(usage.get(name)) is int:
                return int(usage[name])
    return None


_BOUNDARY = re.compile(rb"\r?\n\r?\n")
_EMPTY_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\]')
#: An event larger than this is passed on before its end.
_MAX_HELD = 256 * 1024


class UsageEventFilter:
    """Takes the usage event out of a stream for a client that did not ask for one.

    Whole events pass at once; only the piece of an event that a packet cut is held until the rest comes.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def pass_on(self, chunk: bytes) -> bytes:
        if not self._held and chunk.endswith(b"\n\n") and b'"usage"' not in chunk:
            return chunk
        data = self._held + chunk if self._held else chunk
        if data.endswith(b"\n\n"):
            end = len(data)
        else:
            plain, with_returns = data.rfind(b"\n\n"), data.rfind(b"\r\n\r\n")
            end = max(plain + 2 if plain >= 0 else 0, with_returns + 4 if with_returns >= 0 else 0)
        if end == 0 and len(data) > _MAX_HELD:
            end = len(data)
        whole, self._held = data[:end], data[end:]
        return self._without_usage(whole) if b'"usage"' in whole else whole

    def rest(self) -> bytes:
        """What was held when the stream ended."""
        rest, self._held = self._held, b""
        return rest

    def _without_usage(self, events: bytes) -> bytes:
        kept, position = [], 0
        for boundary in _BOUNDARY.finditer(events):
            event = events[position : boundary.end()]
            position = boundary.end()
            if not (_FIELDS.search(event) and _EMPTY_CHOICES.search(event)):
                kept.append(event)
        return b"".join(kept) + events[position:]
