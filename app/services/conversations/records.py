"""What the store returns: plain, slotted, read-only rows."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from app.lean_dataclass import dataclass

MessageRole = Literal["user", "assistant"]
MessageStatus = Literal["complete", "streaming", "interrupted", "stopped", "error"]

#: Top bit of a packed size estimate: set for a prompt.
USER_BIT = 0x8000_0000
#: Characters of reading text in one line of the full column.
LINE_CHARACTERS = 84


@dataclass(frozen=True, slots=True)
class Conversation:
    """A chat without its messages. Times are seconds since the epoch, UTC."""

    id: int
    uid: str
    title: str
    title_by_user: bool
    created_at: float
    updated_at: float
    provider: str | None
    model: str | None
    system_prompt: str
    parameters: dict[str, Any]
    draft: str
    unread: bool
    pinned: bool
    deleted_at: float | None
    message_count: int
    queued: tuple[str, ...] = ()
    """Prompts that waited for the end of an answer, the next one first."""
    folder_id: int | None = None
    archived_at: float | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryCut:
    """Stands at a message: from there up nothing is sent to a model any more, and a summary in its place if there is
    one."""

    summary: str = ""
    messages: int = 0
    """How many messages the summary is about."""
    model_name: str = ""
    """Who wrote the summary."""


@dataclass(frozen=True, slots=True)
class SentPart:
    """Which part of a branch a request holds: from position `first` on, and a summary of what is above."""

    first: int = 0
    summary: str = ""


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """A file that goes with a prompt, without what it holds. `lines` None: it has none, it is a picture."""

    id: int
    name: str
    kind: Literal["text", "image", "document"]
    media_type: str
    hash: str
    size_bytes: int
    tokens: int
    """Estimated."""
    lines: int | None = None
    shown_lines: int | None = None
    """How many of them are sent: None = all, 0 = a part of the first."""


@dataclass(frozen=True, slots=True)
class SentFiles:
    """What a model is given of the files of one prompt. Pictures are media type and data."""

    texts: tuple[str, ...] = ()
    pictures: tuple[tuple[str, bytes], ...] = ()
    picture_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with where it stands. `version` is (which, of how many) among its siblings, 1-based."""

    id: int
    conversation_id: int
    parent_id: int | None
    role: MessageRole
    status: MessageStatus
    text: str
    reasoning: str
    created_at: float
    finished_at: float | None
    provider: str | None
    model: str | None
    model_name: str | None
    local: bool | None
    simulated: bool
    finish_reason: str | None
    metrics: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    parameters: dict[str, Any] | None = None
    cut: HistoryCut | None = None
    version: tuple[int, int] = (1, 1)
    attachments: tuple[StoredAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedConversation:
    """What a view needs to draw a chat at once: its size estimates and its last messages."""

    conversation: Conversation
    sizes: bytes
    first_position: int
    messages: list[StoredMessage]
    cut_message_id: int | None = None
    """Where the part that is sent to a model begins: below this message. None = all of it is sent."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """`snippet` has \\x02 and \\x03 around each match."""

    conversation_id: int
    message_id: int
    title: str
    role: MessageRole
    created_at: float
    snippet: str


@dataclass(frozen=True, slots=True)
class ModelUse:
    provider: str
    model: str
    last_used_at: float | None
    uses: int
    favourite: bool


def estimate_lines(text: str) -> int:
    """Lines a text takes in the reading column, roughly: breaks or length, whichever says more; never 0."""
    return min(int(max(len(text) / LINE_CHARACTERS, text.count("\n") * 0.85)) + 1, USER_BIT - 1)


def packed_size(role: MessageRole, text: str) -> int:
    return estimate_lines(text) | (USER_BIT if role == "user" else 0)


def storable(text: str) -> str:
    """Any Python string as SQLite can hold it: lone surrogates become U+FFFD, everything else stays (C9)."""
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text


def storable_title(text: str) -> str:
    """As `storable`; without NUL, behind which LIKE looks at nothing."""
    return storable(text).replace("\0", "\ufffd")


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class CountedAnswer:
    """An answer on the shown branch with what its server reported; the text only by its length in UTF-8."""

    position: int
    text_bytes: int
    has_reasoning: bool
    metrics: dict[str, Any]
    system_prompt: str
    """Of its request, as are `part` and whether it went on with what was there of the answer."""
    part: SentPart = SentPart()
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens a request may hold; None = unknown. `at_most`: what the model could take, not what it is given."""

    tokens: int | None
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class ContextSegment:
    """One part of a request. `exact`: counted by the server, not estimated here."""

    name: Literal["system", "summary", "files", "history", "draft"]
    tokens: int
    exact: bool = False


@dataclass(frozen=True, slots=True)
class ContextUse:
    """What the next request would hold. Parts without tokens are left out. `window` None = unknown."""

    segments: tuple[ContextSegment, ...]
    total: int
    window: int | None
    exact: bool
    at_most: bool = False
    draft_files: int = 0
    """Of the tokens of files those that go with the prompt that is being written."""

    @property
    def fixed(self) -> int:
        """Tokens that no cut of the history takes away: the system prompt, and what is being written with its files."""
        return self.draft_files + self.tokens_of("system") + self.tokens_of("draft")

    def tokens_of(self, name: str) -> int:
        """Those of one kind of part."""
        return sum(segment.tokens for segment in self.segments if segment.name == name)

    @property
    def fits(self) -> bool | None:
        """None where the window is unknown."""
        return None if self.window is None else self.total <= self.window


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings that are kept under a name. `system_prompt` None: it says nothing about it."""

    uid: str
    name: str
    system_prompt: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    """Names of `SamplingParameters` and their values: only those that it sets."""
    load: dict[str, Any] = field(default_factory=dict)
    """How a model is loaded with it, by the names of `LoadOptions` (runtimes/load_values.py): only what it sets."""
