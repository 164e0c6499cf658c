"""The one parser of `text/event-stream` bytes, and the one splitter of newline-delimited JSON.

Bytes in, complete pieces out, wherever the network cut them (WHATWG HTML, section "Server-sent events", parsing an
event stream). Data stays bytes until an event is complete, so a character split between two chunks is no case of its
own. Never `str.splitlines`: it also splits at characters that are no line ends on the wire.
"""

from __future__ import annotations

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

_BOM = b"\xef\xbb\xbf"
_MAX_STRAY_BYTES = limits.MAX_ERROR_BODY_BYTES

#: Event type (empty for the default one) and data.
ServerEvent = tuple[str, bytes]


class EventStreamParser:
    """Incremental parser. `feed` returns the events completed by a chunk; `end` what an unfinished last one held.

    `stray` keeps lines that are no field of the format, which is where some servers put a bare error object; a line
    `error: …` counts as an event of type `error`.
    """

    __slots__ = ("_at_start", "_data", "_event", "_pending", "_pending_bytes", "_size", "_skip_line_feed", "stray")

    def __init__(self) -> None:
        self._at_start = True
        self._skip_line_feed = False
        self._pending: list[bytes] = []  # the beginning of a line that has not ended yet
        self._pending_bytes = 0
        self._data: list[bytes] = []
        self._size = 0
        self._event = ""
        self.stray = b""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Raises: LLMError: kind `too_large`, when a line or an event passes its limit."""
        if self._at_start:
            chunk = self._without_bom(chunk)
        if self._skip_line_feed and chunk:
            self._skip_line_feed = False
            if chunk[0] == 0x0A:
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._skip_line_feed = chunk[-1] == 0x0D
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if self._pending:
            if b"\n" not in chunk:
                self._keep(chunk)
                return []
            chunk = b"".join((*self._pending, chunk))
            self._pending.clear()
            self._pending_bytes = 0
        events: list[ServerEvent] = []
        if self._data or self._event:
            self._feed_lines(chunk, events)
            return events
        blocks = chunk.split(b"\n\n")
        rest = blocks.pop()
        for block in blocks:
            # The ordinary case, a block of one data line, costs two comparisons and a slice.
            if block.startswith(b"data: ") and b"\n" not in block:
                events.append(("", block[6:]))
            else:
                self._feed_lines(block + b"\n\n", events)
        if b"\n" in rest:
            self._feed_lines(rest, events)
        elif rest:
            self._keep(rest)
        return events

    def end(self) -> list[ServerEvent]:
        """The last event of a body that ended without its blank line, if any.

        The standard drops it; a finish reason or `[DONE]` in it is too useful to lose. The caller must expect it cut.
        """
        events: list[ServerEvent] = []
        rest = b"".join(self._pending)
        self._pending.clear()
        self._feed_lines(rest + b"\n\n", events)
        return events

    def _keep(self, piece: bytes) -> None:
        self._pending.append(piece)
        self._pending_bytes += len(piece)
        if self._pending_bytes > limits.MAX_LINE_BYTES:
            raise _too_large("line", limits.MAX_LINE_BYTES)

    def _without_bom(self, chunk: bytes) -> bytes:
        chunk = b"".join((*self._pending, chunk))
        self._pending.clear()
        self._pending_bytes = 0
        if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
            if chunk:
                self._keep(chunk)
            return b""
        self._at_start = False
        return chunk.removeprefix(_BOM)

    def _feed_lines(self, text: bytes, events: list[ServerEvent]) -> None:
        lines = text.split(b"\n")
        rest = lines.pop()
        for line in lines:
            if not line:
                if self._data:
                    events.append((self._event, b"\n".join(self._data)))
                    self._data = []
                    self._size = 0
                self._event = ""
            elif line[0] != 0x3A:  # a comment starts with a colon
                self._field(line)
        if rest:
            self._keep(rest)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if name == b"data":
            self._size += len(line) + 1
            if self._size > limits.MAX_EVENT_BYTES:
                raise _too_large("event", limits.MAX_EVENT_BYTES)
            self._data.append(value)
        elif name == b"error":
            # No field of the standard: older llama.cpp servers write `error: {…}` where an event should be.
            self._event = "error"
            self._data.append(value[: limits.MAX_ERROR_BODY_BYTES])
        elif name == b"event":
            self._event = value[:256].decode("utf-8", "replace")
        elif name not in (b"id", b"retry") and len(self.stray) < _MAX_STRAY_BYTES:
            self.stray += line[:_MAX_STRAY_BYTES] + b"\n"


class LineSplitter:
    """Splits a stream of one JSON text a line (Ollama). Empty lines are left out."""

    __slots__ = ("_pending", "_pending_bytes")

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._pending_bytes = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Raises: LLMError: kind `too_large`, when a line passes its limit."""
        if b"\n" not in chunk:
            self._keep(chunk)
            return []
        lines = b"".join((*self._pending, chunk)).split(b"\n")
        self._pending.clear()
        self._pending_bytes = 0
        rest = lines.pop()
        if rest:
            self._keep(rest)
        return [line for line in map(bytes.strip, lines) if line]

    def end(self) -> list[bytes]:
        """The last line, where no line end follows it."""
        rest = b"".join(self._pending).strip()
        self._pending.clear()
        return [rest] if rest else []

    def _keep(self, piece: bytes) -> None:
        self._pending.append(piece)
        self._pending_bytes += len(piece)
        if self._pending_bytes > limits.MAX_LINE_BYTES:
            raise _too_large("line", limits.MAX_LINE_BYTES)


def _too_large(what: str, limit: int) -> LLMError:
    return LLMError(
        ErrorKind.TOO_LARGE,
        say("The answer passed the limit of {limit:g} MB.", limit=limit / 1_000_000),
        say("What arrived is kept."),
        details=f"too_large: one {what} of the stream is longer than {limit} bytes",
    )
