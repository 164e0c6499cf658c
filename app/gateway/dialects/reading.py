"""What all shapes have in common when a request is read: numbers, lists, pictures, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, ImagePart, Message, SamplingParameters

_DATA_URL = re.compile(r"data:(image/[a-z0-9.+-]+);base64,", re.IGNORECASE)


def bad(message: str, hint: str = "") -> LLMError:
    return LLMError(ErrorKind.BAD_REQUEST, message, hint, status=400)


def objects(value: Any, name: str) -> list[dict[str, Any]]:
    """A list of objects.

    Raises:
        LLMError: bad_request.
    """
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise bad(f"'{name}' is not a list of objects.")
    return value


def text_in(part: Mapping[str, Any], name: str) -> str:
    value = part.get("text")
    if not isinstance(value, str):
        raise bad(f"A text part of '{name}' has no text.")
    return value


def word_in(part: Mapping[str, Any], name: str, default: str = "") -> str:
    """The word in a field; "" for what is none, which no list of known ones holds."""
    value = part.get(name, default)
    return value if isinstance(value, str) else ""


def unknown_role(known: Iterable[str]) -> LLMError:
    return bad(f"A message has another 'role' than {', '.join(known)}.")


def unknown_type(field: str, known: Iterable[str]) -> LLMError:
    """What has a `type` that cannot be translated. What it was is not repeated: a client's words come from anybody."""
    hint = f"Those that can be are {', '.join(sorted(known))}."
    return bad(f"A part of '{field}' has a 'type' that cannot be translated for this provider.", hint)


def content_of(content: Any, texts: Collection[str], pictures: str) -> tuple[str, tuple[ImagePart, ...]]:
    """The text and the pictures of a turn. `texts`, `pictures`: the types of such parts.

    Raises:
        LLMError: bad_request.
    """
    if content is None or isinstance(content, str):
        return content or "", ()
    found: list[str] = []
    images: list[ImagePart] = []
    for part in objects(content, "content"):
        kind = word_in(part, "type")
        if kind in texts:
            found.append(text_in({"text": part.get("text", part.get("refusal"))}, "content"))
        elif kind == pictures:
            where = part.get("image_url")
            images.append(picture(where.get("url") if isinstance(where, dict) else where))
        else:
            raise unknown_type("content", [*texts, pictures])
    return "\n".join(found), tuple(images)


def picture(url: Any) -> ImagePart:
    """A picture that is in the request itself; nothing is fetched for a client.

    Raises:
        LLMError: bad_request.
    """
    found = _DATA_URL.match(url) if isinstance(url, str) else None
    if found is None:
        raise bad("Pictures are taken as data:image/…;base64,… only.", "This gateway fetches no addresses.")
    return ImagePart(media_type=found[1].lower(), data_base64=url[found.end() :])


def request_of(
    messages: list[Message],
    parameters: dict[str, Any],
    *,
    tools: tuple[dict[str, Any], ...] = (),
    schema: dict[str, Any] | None = None,
) -> ChatRequest:
    """The core's request. `parameters`: fields of `SamplingParameters`, None for what was not given.

    Raises:
        LLMError: bad_request, naming the field.
    """
    if not any(message.role != "system" for message in messages):
        raise bad("There is no message to answer.")
    set_ones = {name: value for name, value in parameters.items() if value is not None}
    try:
        sampling = SamplingParameters(**set_ones)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        raise bad(f"'{'.'.join(map(str, first['loc'][:1]))}' is not valid: {first['msg']}.") from exc
    return ChatRequest(model="", messages=tuple(messages), parameters=sampling, json_schema=schema, tools=tools)


def stop_words(value: Any, name: str = "stop") -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise bad(f"'{name}' is neither a text nor a list of texts.")


_EFFORTS = {"none": "off", "minimal": "low", "xhigh": "high", "max": "high"}


def effort(value: Any) -> Any:
    """OpenAI's words for how much is thought, as ours; what is no word stays, and is refused by its field."""
    return _EFFORTS.get(value, value) if isinstance(value, str) else value
