"""A request as it goes over the wire, to be looked at and repeated by other programs. It never holds a key."""

from __future__ import annotations

import json
import pprint
import shlex
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from app.lean_dataclass import dataclass

#: Where the gateway listens unless told otherwise, for what has no address of its own.
GATEWAY_URL = "http://127.0.0.1:3000/v1/chat/completions"
GATEWAY_TOKEN_VARIABLE = "AICA_GATEWAY_TOKEN"


#: No line of JSON is this.
_END = "END_OF_REQUEST"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A POST of JSON.

    `key_header`, `key_variable`: where the key goes and the environment variable it is to be read from; both empty
    where none is sent.
    """

    url: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    key_header: str = ""
    key_variable: str = ""

    @property
    def key_prefix(self) -> str:
        return "Bearer " if self.key_header.lower() == "authorization" else ""


def as_curl(request: WireRequest) -> str:
    """A command for a POSIX shell. All that is not ASCII is written as JSON escapes: nothing in it can hide."""
    lines = [f"curl -N {shlex.quote(request.url)}", "-H 'Content-Type: application/json'"]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers.items()]
    if request.key_header:
        lines.append(f'-H "{request.key_header}: {request.key_prefix}${request.key_variable}"')
    # On standard input: an argument of a command has an end on most systems, and a picture is longer.
    lines.append(f"--data-binary @- <<'{_END}'")
    return " \\\n  ".join(lines) + f"\n{json.dumps(request.body, indent=2)}\n{_END}\n"


def as_python(request: WireRequest) -> str:
    """A program for Python's standard library alone that prints the answer as it comes."""
    headers = {"Content-Type": "application/json", **request.headers}
    key = ""
    if request.key_header:
        key = f'headers[{request.key_header!r}] = {request.key_prefix!r} + os.environ["{request.key_variable}"]\n'
    return (
        "import json\n"
        + ("import os\n" if key else "")
        + "import urllib.request\n\n"
        + f"url = {request.url!r}\n"
        + f"headers = {_literal(headers)}\n"
        + key
        + f"body = {_literal(request.body)}\n\n"
        + "request = urllib.request.Request(url, json.dumps(body).encode(), headers)\n"
        + "with urllib.request.urlopen(request) as answer:\n"
        + "    for line in answer:\n"
        + '        print(line.decode(), end="")\n'
    )


def _literal(value: Any) -> str:
    """As Python writes it, with escapes for what is not ASCII."""
    text = pprint.pformat(value, width=100, sort_dicts=False)
    return "".join(c if c.isascii() else c.encode("unicode_escape").decode() for c in text)
