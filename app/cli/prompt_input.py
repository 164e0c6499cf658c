"""From words, standard input and files to one prompt. Everything that is not text is refused, never sent as noise."""

from __future__ import annotations

import base64
import codecs
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.output import UsageError

if TYPE_CHECKING:
    from app.services.llm.models import ImagePart

MAX_INPUT_BYTES = 64 * 1024 * 1024
MAX_IMAGE_BYTES = 20 * 1024 * 1024
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str
    images: tuple[ImagePart, ...] = ()


def read_prompt(words: Sequence[str], attachments: Sequence[str]) -> Prompt:
    """The prompt of a command line: its words, then standard input (`-`, or when it is not a terminal), then files.

    Raises:
        UsageError: nothing to ask, input that is not text, a file that cannot be read, or more than 64 MB.
    """
    typed = " ".join(word for word in words if word != "-").strip()
    parts = [typed] if typed else []
    if "-" in words or (sys.stdin is not None and not sys.stdin.isatty()):
        piped = _standard_input().strip("\n")
        if piped.strip():
            parts.append(piped)
    images: list[ImagePart] = []
    for name in attachments:
        attached = _attachment(Path(name))
        if isinstance(attached, str):
            parts.append(attached)
        else:
            images.append(attached)
    text = "\n\n".join(parts)
    if not text.strip() and not images:
        raise UsageError("there is no prompt. Write it behind the command, or pipe it in.")
    if len(text) > MAX_INPUT_BYTES:
        raise UsageError("the prompt is longer than 64 MB.")
    return Prompt(text, tuple(images))


def _standard_input() -> str:
    if sys.stdin is None:  # started without any, as by some schedulers
        return ""
    data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    if len(data) > MAX_INPUT_BYTES:
        raise UsageError("standard input is longer than 64 MB.")
    return as_text(data, "standard input")


def as_text(data: bytes, source: str) -> str:
    """UTF-8 (or UTF-16 with its mark) as text with plain newlines.

    Raises:
        UsageError: it is binary or in another encoding.
    """
    encoding = "utf-16" if data.startswith(UTF_16_MARKS) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise UsageError(f"{source} is not UTF-8 text, so it was not sent. Convert it first.") from None
    if "\0" in text:
        raise UsageError(f"{source} is binary, not text, so it was not sent.")
    return text.replace("\r\n", "\n")


def _attachment(path: Path) -> str | ImagePart:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as exc:
        raise UsageError(f"{str(path)!r} cannot be read: {exc.strerror or exc}.") from exc
    if len(data) > MAX_INPUT_BYTES:
        raise UsageError(f"{str(path)!r} is longer than 64 MB.")
    media_type = _image_type(data)
    if media_type is None:
        text = as_text(data, repr(str(path)))
        fence = _fence(text)
        return f"File {path.name!r}:\n{fence}\n{text.rstrip(chr(10))}\n{fence}"
    if len(data) > MAX_IMAGE_BYTES:
        raise UsageError(f"{str(path)!r} is longer than 20 MB, too large for a picture.")
    from app.services.llm.models import ImagePart

    return ImagePart(media_type=media_type, data_base64=base64.b64encode(data).decode("ascii"))


def _image_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _IMAGES if data.startswith(magic)), None)


def _fence(text: str) -> str:
    """A fence longer than any run of backticks in the text, so the text cannot end it."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return "`" * max(3, longest + 1)
