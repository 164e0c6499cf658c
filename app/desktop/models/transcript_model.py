"""What the transcript shows: sizes of all messages, texts of those that were looked at, and the answer that arrives.

Nothing here knows how a message is painted, and nothing here reads a database: a message that is not in memory is
asked for through `needed` and comes back through `put`.
"""

from __future__ import annotations

import time
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.lean_dataclass import dataclass

Role = Literal["user", "assistant"]
Status = Literal["complete", "streaming", "interrupted", "stopped", "error"]

USER_BIT = 1 << 31
LINES_MASK = USER_BIT - 1
LINE_CHARACTERS = 84  # characters of reading text in one line of the full column
MAX_LOADED = 400  # messages kept in memory beside those on screen
MAX_LOADED_CHARACTERS = 24_000_000


@dataclass(frozen=True, slots=True)
class NoteAction:
    """A button of a note. `name` goes back through `TranscriptView.note_action`; `label` is shown."""

    name: str
    label: str
    primary: bool = False
    quiet: bool = False
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """An inline error or warning under a message: title, one or two sentences, at most three buttons, details."""

    level: Literal["info", "warn", "error"]
    title: str
    text: str = ""
    actions: tuple[NoteAction, ...] = ()
    details: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that went with a prompt; `detail` is for example "38 lines · 412 tokens · inlined"."""

    name: str
    detail: str = ""
    picture: str = ""
    """Of a picture the hash under which it can be had."""
    is_cut: bool = False
    """Not all of it was sent."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """Below this message begins what is sent to the model. `title` names the summary that goes in the place of what is
    above; both are empty where nothing does."""

    title: str = ""
    summary: str = ""


@dataclass(slots=True)
class TranscriptMessage:
    """One message as the transcript needs it. `time` and `metrics` are ready to show; `version` is (shown, of)."""

    message_id: int
    role: Role
    name: str
    runtime: str
    time: str
    text: str
    reasoning: str = ""
    reasoning_seconds: float | None = None
    status: Status = "complete"
    simulated: bool = False
    cloud: bool = False
    version: tuple[int, int] = (1, 1)
    metrics: str = ""
    phase: str = ""
    note: Note | None = None
    attachments: tuple[Attachment, ...] = field(default=())
    boundary: Boundary | None = None
    #: The model itself said that this is all: it would add nothing if it was asked to go on.
    is_whole: bool = False
    #: Whose it is stands beside the transcript, which shows the text alone: no header, no figures, no commands.
    alone: bool = False


def estimate_lines(text: str) -> int:
    """How many lines a text will about take; line breaks or length, whichever says more."""
    breaks = text.count("\n")
    return max(1, min(LINES_MASK, int(max(len(text) / LINE_CHARACTERS, breaks * 0.85)) + 1))


def packed_size(role: Role, lines: int) -> int:
    """One entry of the size array: top bit the role, the rest estimated lines."""
    return (USER_BIT if role == "user" else 0) | max(1, min(LINES_MASK, lines))


class TranscriptModel(QObject):
    """Messages of one conversation, by position.

    Signals:
        was_reset(): everything is different; the view goes to the end.
        appended(index): one message came at the end.
        loaded(first, last): texts of these positions came into memory.
        needed(first, last): texts of these positions are wanted (load them, then `put`).
        text_appended(index, text), reasoning_appended(index, text): the answer at `index` grew.
        message_changed(index): anything else of that message differs (phase, note, metrics, version).
        finished(index): the stream of that message is over.
        truncated(count): everything from position `count` on is gone.
        texts_needed(first, last): a copy reaches messages that are not loaded; answer with `put_texts`.
        texts_ready(first, texts): what `put_texts` brought.
    """

    was_reset = Signal()
    appended = Signal(int)
    loaded = Signal(int, int)
    needed = Signal(int, int)
    text_appended = Signal(int, str)
    reasoning_appended = Signal(int, str)
    message_changed = Signal(int)
    finished = Signal(int)
    truncated = Signal(int)
    texts_needed = Signal(int, int)
    texts_ready = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sizes: array[int] = array("I")
        self._messages: OrderedDict[int, TranscriptMessage] = OrderedDict()
        self._characters = 0
        self._streams: dict[int, _Stream] = {}
        self._asked: set[int] = set()

    # -- reading

    @property
    def count(self) -> int:
        return len(self._sizes)

    @property
    def sizes(self) -> array[int]:
        """The packed sizes; read only."""
        return self._sizes

    def is_user(self, index: int) -> bool:
        return bool(self._sizes[index] & USER_BIT)

    def estimated_lines(self, index: int) -> int:
        return self._sizes[index] & LINES_MASK

    def message(self, index: int) -> TranscriptMessage | None:
        """The message, or None while it is not in memory: call `want` for it."""
        found = self._messages.get(index)
        if found is not None:
            self._messages.move_to_end(index)
        return found

    def position_of(self, message_id: int) -> int | None:
        """Where a message stands; None while it is not in memory. Others may have written below a running answer."""
        return next((i for i, message in self._messages.items() if message.message_id == message_id), None)

    def text(self, index: int) -> str | None:
        """The whole source text of a message, the part that just arrived included; None: not in memory."""
        message = self._messages.get(index)
        if message is None:
            return None
        stream = self._streams.get(index)
        if stream is not None:
            stream.settle(message)
        return message.text

    def is_streaming(self, index: int) -> bool:
        return index in self._streams

    def streaming_index(self) -> int | None:
        """The last position that still receives text."""
        return max(self._streams, default=None)

    def want(self, first: int, last: int) -> None:
        """Ask for texts of positions first..last that are neither here nor already asked for."""
        missing = [
            i
            for i in range(max(0, first), min(self.count - 1, last) + 1)
            if i not in self._messages and i not in self._asked
        ]
        if missing:
            self._asked.update(missing)
            self.needed.emit(missing[0], missing[-1])

    # -- filling

    def reset(self, sizes: Iterable[int], messages: Mapping[int, TranscriptMessage] | None = None) -> None:
        """Another conversation: packed sizes of all its messages, and whatever messages are at hand."""
        self._sizes = sizes if isinstance(sizes, array) and sizes.typecode == "I" else array("I", sizes)
        self._messages.clear()
        self._streams.clear()
        self._asked.clear()
        self._characters = 0
        for index, message in (messages or {}).items():
            self._keep(index, message)
        self.was_reset.emit()

    def put(self, messages_by_index: Mapping[int, TranscriptMessage]) -> None:
        """Texts that were asked for. Positions that no longer exist and running answers are left alone."""
        arrived = [i for i in messages_by_index if i < self.count and i not in self._streams]
        for index in arrived:
            self._keep(index, messages_by_index[index])
        self._asked.difference_update(messages_by_index)
        if arrived:
            self.loaded.emit(min(arrived), max(arrived))

    def forget_request(self, first: int, last: int) -> None:
        """A load failed: these positions may be asked for again."""
        self._asked.difference_update(range(first, last + 1))

    def append(self, message: TranscriptMessage) -> int:
        """A new message at the end; returns its position."""
        index = self.count
        self._sizes.append(packed_size(message.role, estimate_lines(message.text)))
        self._keep(index, message)
        self.appended.emit(index)
        return index

    def replace_from(
        self,
        index: int,
        sizes: Iterable[int],
        messages: Mapping[int, TranscriptMessage] | None = None,
    ) -> None:
        """Another branch from position `index` on: `messages` are keyed by their position in the conversation."""
        self._truncate(index)
        self._sizes.extend(sizes)
        for position, message in (messages or {}).items():
            self._keep(position, message)
        self.truncated.emit(index)

    def remove_from(self, index: int) -> None:
        """Take away every message from position `index` on."""
        self._truncate(index)
        self.truncated.emit(index)

    def update_message(self, index: int, message: TranscriptMessage) -> None:
        """Another header, note, metrics or version for a message whose text may differ too."""
        if index < self.count:
            self._keep(index, message)
            self.message_changed.emit(index)

    # -- streaming

    def begin_stream(self, index: int) -> None:
        """The message at `index` will grow.

        Raises:
            KeyError: that message is not in memory.
        """
        message = self._messages[index]
        message.status = "streaming"
        self._streams[index] = _Stream()
        self.message_changed.emit(index)

    def append_text(self, index: int, text: str) -> None:
        """More of the answer; call once a flush, not once a token."""
        stream = self._streams.get(index)
        message = self._messages.get(index)
        if stream is None or message is None or not text:
            return
        stream.pieces.append(text)
        if stream.reasoning_since is not None and message.reasoning_seconds is None:
            message.reasoning_seconds = time.monotonic() - stream.reasoning_since
            self.message_changed.emit(index)
        if message.phase:
            message.phase = ""
            self.message_changed.emit(index)
        self.text_appended.emit(index, text)

    def append_reasoning(self, index: int, text: str) -> None:
        """More of the thinking; the time until the first text is measured here where nobody reported it."""
        stream = self._streams.get(index)
        message = self._messages.get(index)
        if stream is None or message is None or not text:
            return
        if stream.reasoning_since is None:
            stream.reasoning_since = time.monotonic()
        stream.reasoning.append(text)
        if message.phase:
            message.phase = ""
            self.message_changed.emit(index)
        self.reasoning_appended.emit(index, text)

    def reasoning_elapsed(self, index: int) -> float | None:
        """Seconds the message has been thinking for, or thought; None: it did not, or nobody knows."""
        message = self._messages.get(index)
        stream = self._streams.get(index)
        if message is not None and message.reasoning_seconds is not None:
            return message.reasoning_seconds
        if stream is not None and stream.reasoning_since is not None:
            return time.monotonic() - stream.reasoning_since
        return None

    def set_phase(self, index: int, phase: str) -> None:
        """The line shown in place of text before the first token; "" takes it away."""
        message = self._messages.get(index)
        if message is not None and message.phase != phase:
            message.phase = phase
            self.message_changed.emit(index)

    def finish(self, index: int, message: TranscriptMessage | None = None) -> None:
        """The stream is over. `message` is the stored form (status, metrics, note); its text is what counts."""
        thought = self.reasoning_elapsed(index)
        stream = self._streams.pop(index, None)
        streamed = self._messages.get(index)
        if streamed is None:
            return
        if stream is not None:
            stream.settle(streamed)
            streamed.reasoning_seconds = thought  # cut while it thought, no text ended that
        if message is not None:
            if message.reasoning_seconds is None:
                message.reasoning_seconds = streamed.reasoning_seconds
            self._keep(index, message)
        elif streamed.status == "streaming":
            streamed.status = "complete"
        streamed = self._messages[index]
        streamed.phase = ""
        self._sizes[index] = packed_size(streamed.role, estimate_lines(streamed.text))
        self.finished.emit(index)

    # -- texts for copying

    def put_texts(self, first: int, texts: Sequence[str]) -> None:
        """Source texts of positions first, first + 1, …, for a copy that asked through `texts_needed`."""
        self.texts_ready.emit(first, list(texts))

    # -- inside

    def _keep(self, index: int, message: TranscriptMessage) -> None:
        old = self._messages.pop(index, None)
        if old is not None:
            self._characters -= len(old.text) + len(old.reasoning)
        self._messages[index] = message
        self._characters += len(message.text) + len(message.reasoning)
        while len(self._messages) > MAX_LOADED or self._characters > MAX_LOADED_CHARACTERS:
            oldest = next((i for i in self._messages if i not in self._streams and i != index), None)
            if oldest is None:
                break
            dropped = self._messages.pop(oldest)
            self._characters -= len(dropped.text) + len(dropped.reasoning)

    def _truncate(self, index: int) -> None:
        del self._sizes[index:]
        for position in [i for i in self._messages if i >= index]:
            dropped = self._messages.pop(position)
            self._characters -= len(dropped.text) + len(dropped.reasoning)
        for position in [i for i in self._streams if i >= index]:
            del self._streams[position]
        self._asked = {i for i in self._asked if i < index}


@dataclass(slots=True)
class _Stream:
    """Pieces that arrived since the text was last put together; joining at each flush would cost its square."""

    pieces: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    reasoning_since: float | None = None

    def settle(self, message: TranscriptMessage) -> None:
        if self.pieces:
            message.text += "".join(self.pieces)
            self.pieces.clear()
        if self.reasoning:
            message.reasoning += "".join(self.reasoning)
            self.reasoning.clear()
