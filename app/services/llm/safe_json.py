"""JSON from outside: bounded depth, no surprises in what comes back (reliability, facts measured).

`json.loads` alone raises `RecursionError` for deep nesting, accepts `NaN`, and turns escaped half surrogate pairs
into strings that nothing can store or send.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from app.services.llm import limits

_SURROGATE = re.compile("[\ud800-\udfff]")
_MENDED = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_PIECE = 65_536


def refuse_constant(name: str) -> NoReturn:
    """For a decoder's `parse_constant`: NaN and infinities.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=refuse_constant).decode


def loads(
    data: bytes | bytearray | str,
    *,
    max_depth: int = limits.MAX_JSON_DEPTH,
    max_containers: float = limits.MAX_JSON_CONTAINERS,
) -> Any:
    """The value of a JSON text; bad UTF-8 becomes U+FFFD, half surrogate pairs too.

    Raises:
        ValueError: not JSON, nested deeper than `max_depth`, of more lists and objects than `max_containers`, or an
            integer of thousands of digits.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    if text.startswith("\ufeff"):
        text = text[1:]
    # Brackets within strings count too, which only makes the exact check below run once in a while for nothing.
    if text.count("[") + text.count("{") > max_depth:
        _check_containers(text, max_depth, max_containers)
    try:
        value = _decode(text)
    except RecursionError as exc:
        raise ValueError("nested too deep") from exc
    if "\\ud" in text or "\\uD" in text or (isinstance(data, str) and not _encodable(text)):
        return _without_surrogates(value)
    return value


def mapping_of(value: Any) -> dict[str, Any]:
    """A JSON object as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def _encodable(text: str) -> bool:
    return text.isascii() or _SURROGATE.search(text) is None


# Nothing is taken back once it matched: for a string of megabytes, ways back would take a hundred bytes a character.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|[\[{]|[\]}]', re.DOTALL)


def _check_containers(text: str, max_depth: int, max_containers: float) -> None:
    """How deep, and how many, they are outside strings: three bytes may become an object of two hundred.

    Raises:
        ValueError: too deep, or too many.
    """
    depth = count = 0
    for match in _TOKEN.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            count += 1
            if depth > max_depth:
                raise ValueError(f"nested deeper than {max_depth}")
            if count > max_containers:
                raise ValueError(f"more than {max_containers} lists and objects")
        elif first in "]}":
            depth -= 1


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        # In pieces, so that another thread may run in between: megabytes of them take a second.
        return "".join(value[at : at + _PIECE].translate(_MENDED) for at in range(0, len(value), _PIECE))
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(item) for name, item in value.items()}
    return value
