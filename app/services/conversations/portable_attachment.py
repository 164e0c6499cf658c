"""A file of a prompt as it stands in an export, and back. What comes from a file is checked as if it were new."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.services.attachments import pictures
from app.services.attachments.attachment import MAX_FILE_BYTES, Attachment, NotAttachableError, plain_name
from app.services.conversations.records import storable
from app.services.wording import say

_MOST_LINES = 2**31


def _storable(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    return plain_name(value) if isinstance(value, str) else value


class PortableAttachment(BaseModel):
    """`data` is in base64, `text` what a model reads of it."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, BeforeValidator(_plain)]
    kind: Literal["text", "image", "document"]
    media_type: Annotated[str, BeforeValidator(_storable), Field(max_length=200)] = ""
    data: Annotated[str, Field(max_length=MAX_FILE_BYTES * 4 // 3 + 4, repr=False)]
    text: Annotated[str | None, BeforeValidator(_storable), Field(repr=False)] = None
    shown_lines: Annotated[int, Field(ge=0, lt=_MOST_LINES)] | None = None

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        try:
            data = self.content
        except (binascii.Error, ValueError) as exc:
            raise ValueError(say("{name} is not base64", name=self.name)) from exc
        if (self.text is None) != (self.kind == "image"):
            raise ValueError(say("{name}: a picture has no text, and anything else has some", name=self.name))
        if self.kind == "image":
            if pictures.media_type_of(data) != self.media_type:
                raise ValueError(say("{name} is not the picture that it is said to be", name=self.name))
            try:
                pictures.checked(self.name, data, self.media_type)
            except NotAttachableError as exc:
                raise ValueError(str(exc)) from exc
        return self

    @property
    def content(self) -> bytes:
        return base64.b64decode(self.data, validate=True)

    def attachment(self) -> Attachment:
        """As it goes into a store; its hash is made here, whatever a file says."""
        return Attachment(self.name, self.kind, self.media_type, self.content, self.text, self.shown_lines)

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in self.model_dump().items() if value is not None}


def portable(attachment: Attachment) -> PortableAttachment:
    values = asdict(attachment)
    values.pop("hash")
    return PortableAttachment(**{**values, "data": base64.b64encode(attachment.data).decode("ascii")})
