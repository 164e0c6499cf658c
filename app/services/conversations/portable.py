"""A chat outside the store: all of it, in a shape that a file can hold and another store can take.

Only values that the program can show and send are let in: what is read from a file was perhaps written by somebody
else. A message's `number` tells it apart within its chat.
"""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import asdict
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from app.services.conversations.folders import clean_name
from app.services.conversations.portable_attachment import PortableAttachment
from app.services.conversations.records import HistoryCut, storable
from app.services.conversations.tags import MAX_TAG, TagError, clean_tag, in_order
from app.services.llm.metering import AnswerMetrics
from app.services.wording import say

#: The last second of the year 9998: beyond it no calendar helps, wherever its clocks stand.
LAST_SECOND = 253_370_764_799
#: Above every count and every figure that means something.
_LARGEST = 2**31

Text = Annotated[str, BeforeValidator(lambda value: storable(value) if isinstance(value, str) else value)]
Moment = Annotated[float, Field(ge=0, le=LAST_SECOND)]
FolderName = Annotated[str, BeforeValidator(lambda value: clean_name(value) if isinstance(value, str) else value)]
Scalar = str | bool | int | float | None
_METRICS = TypeAdapter(AnswerMetrics)


def _known_metrics(value: Any) -> Any:
    """Figures of the right kinds and sizes; others could not be shown."""
    try:
        # As JSON, where strictness takes an object for the dataclass; among Python values only an instance would do.
        _METRICS.validate_json(json.dumps(value), strict=True)
    except (ValidationError, TypeError, ValueError):
        return {}
    numbers = [one for one in value.values() if isinstance(one, int | float)]
    return value if all(0 <= one < _LARGEST for one in numbers) else {}


def _known_parameters(value: Any) -> Any:
    """What can be set for a chat: values, lists of words, and the windows of its models."""
    if not isinstance(value, dict):
        return {}
    return {name: one for name, one in value.items() if _is_setting(one) or (name == "windows" and _is_windows(one))}


def _is_setting(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return isinstance(value, Scalar) and not (isinstance(value, float) and not math.isfinite(value))


def _is_windows(value: Any) -> bool:
    """Tokens by model by provider."""
    return isinstance(value, dict) and all(
        isinstance(models, dict) and all(type(size) is int and 0 < size < _LARGEST for size in models.values())
        for models in value.values()
    )


def _plain_error(value: Any) -> Any:
    return {k: v for k, v in value.items() if isinstance(v, Scalar)} if isinstance(value, dict) else None


Tags = Annotated[tuple[str, ...], BeforeValidator(lambda value: _usable_tags(value))]


class _Request(BaseModel):
    """What of a stored request is read again; anything else in it is kept as it is."""

    model_config = ConfigDict(extra="allow", strict=True)

    format: int
    prompt_id: int | None = None
    system_prompt: str
    model: str | None = None
    parameters: dict[str, Any] = {}
    first: Annotated[int, Field(ge=0)] = 0
    summary: str = ""
    left_out: list[str] = []
    unfinished: dict[Annotated[str, Field(pattern=r"^\d{1,9}$")], str] = {}


def _usable_tags(value: Any) -> Any:
    """Tags as they are stored, each once; what can be none is left out."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        return value
    found: dict[str, str] = {}
    for one in value:
        with contextlib.suppress(TagError):
            tag = clean_tag(one[:MAX_TAG] if len(one) > MAX_TAG else one)
            found.setdefault(tag.casefold(), tag)
    return in_order(found.values())


def _usable_request(value: Any) -> Any:
    try:
        _Request.model_validate(value)
    except ValidationError:
        return None
    return value


class PortableMessage(BaseModel):
    """As `StoredMessage`; `parent` is a number, too, and `request.prompt_id` as well."""

    model_config = ConfigDict(frozen=True)

    number: Annotated[int, Field(ge=1)] = 1
    parent: int | None = None
    role: Literal["user", "assistant"]
    text: Text = ""
    reasoning: Text = ""
    status: Literal["complete", "interrupted", "stopped", "error"] = "complete"
    created_at: Moment = 0.0
    provider: Text | None = None
    model: Text | None = None
    simulated: bool = False
    model_name: Text | None = None
    local: bool | None = None
    finished_at: Moment | None = None
    chosen_at: Moment | None = None
    finish_reason: Text | None = None
    parameters: dict[str, dict[str, Any]] | None = None
    metrics: Annotated[dict[str, Any], BeforeValidator(_known_metrics)] = {}
    error: Annotated[dict[str, Any] | None, BeforeValidator(_plain_error)] = None
    request: Annotated[dict[str, Any] | None, BeforeValidator(_usable_request)] = None
    history_cut: HistoryCut | None = None
    attachments: tuple[PortableAttachment, ...] = ()

    @field_validator("history_cut")
    @classmethod
    def _counts_something(cls, value: HistoryCut | None) -> HistoryCut | None:
        if value is not None and not 0 <= value.messages < _LARGEST:
            raise ValueError(say("a summary of so many messages cannot be"))
        return value


class PortableChat(BaseModel):
    """`messages` is the branch that is shown, `other_versions` everything else of the tree."""

    model_config = ConfigDict(frozen=True)

    uid: Text = ""
    title: Text = ""
    created_at: Moment = 0.0
    updated_at: Moment = 0.0
    provider: Text | None = None
    model: Text | None = None
    system_prompt: Text = ""
    messages: tuple[PortableMessage, ...] = ()
    other_versions: tuple[PortableMessage, ...] = ()
    title_by_user: bool = False
    pinned: bool = False
    parameters: Annotated[dict[str, Any], BeforeValidator(_known_parameters)] = {}
    draft: Text = ""
    queued: tuple[Text, ...] = ()
    folder: FolderName = ""
    """The name of the folder it is in."""
    tags: Tags = ()
    archived_at: Moment | None = None
    attachments: tuple[PortableAttachment, ...] = ()
    """Of the draft."""

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        numbers: set[int] = set()
        for message in self.in_order():
            if message.number in numbers or (message.parent is not None and message.parent not in numbers):
                raise ValueError(
                    say("message {number} has no place: its parent does not come before it", number=message.number)
                )
            numbers.add(message.number)
        return self

    def in_order(self) -> list[PortableMessage]:
        """Every message, each behind the one it follows."""
        return sorted((*self.messages, *self.other_versions), key=lambda message: message.number)

    @property
    def content(self) -> tuple[object, ...]:
        """What makes it the same chat as another; a title can be changed, so it counts only where nothing else is."""
        spoken = tuple((message.role, message.text) for message in self.messages)
        return (self.system_prompt, spoken, "" if spoken else self.title)


#: Left out of a file where they say nothing.
_OPTIONAL = frozenset(
    {
        *("parent", "model_name", "local", "finished_at", "chosen_at", "finish_reason", "parameters", "metrics"),
        *("error", "request", "history_cut", "other_versions", "title_by_user", "pinned", "draft", "queued"),
        *("folder", "tags", "archived_at", "attachments"),
    }
)


def as_json(value: PortableChat | PortableMessage) -> dict[str, Any]:
    """The object that stands for it in a file; `model_validate` reads it again."""
    found = {}
    for name, field in type(value).model_fields.items():
        one = getattr(value, name)
        if name in _OPTIONAL and one == field.default:
            continue
        if name in ("messages", "other_versions"):
            one = [as_json(message) for message in one]
        elif name == "attachments":
            one = [attachment.as_json() for attachment in one]
        elif isinstance(one, HistoryCut):
            one = asdict(one)
        found[name] = one
    return found
