"""From words, standard input and files to one prompt. Everything that is not text is refused, never sent as noise."""

from __future__ import annotations

import base64
import codecs
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli import output
from app.cli.output import UsageError
from app.lean_dataclass import dataclass
from app.services.attachments.attachment import MAX_FILES, TOO_MANY, NotAttachableError
from app.services.attachments.pictures import MAX_SENT_BYTES
from app.services.attachments.reading import read_file

if TYPE_CHECKING:
    from app.services.llm.models import ImagePart

MAX_INPUT_BYTES = 64 * 1024 * 1024
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str
    images: tuple[ImagePart, ...] = ()


def read_prompt(words: Sequence[str], attachments: Sequence[str]) -> Prompt:
    """The prompt of a command line: files, its words, then standard input (`-`, or when it is not a terminal).

    Raises:
        UsageError: nothing to ask, input that is not text, a file that cannot be read, or more than 64 MB.
    """
    typed = " ".join(word for word in words if word != "-").strip()
    parts = [typed] if typed else []
    if "-" in words or (sys.stdin is not None and not sys.stdin.isatty()):
        piped = _standard_input().strip("\n")
        if piped.strip():
            parts.append(piped)
    files, images = _attached(attachments)
    text = "\n\n".join([*files, *parts])
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


def _attached(names: Sequence[str]) -> tuple[list[str], list[ImagePart]]:
    if len(names) > MAX_FILES:
        raise UsageError(TOO_MANY.format(most=MAX_FILES))
    read = [_attachment(Path(name)) for name in names]
    texts = [one for one in read if isinstance(one, str)]
    return texts, [one for one in read if not isinstance(one, str)]


def _attachment(path: Path) -> str | ImagePart:
    try:
        read = read_file(path)
    except NotAttachableError as exc:
        raise UsageError(str(exc)) from exc
    if read.text is not None:
        if read.shown_lines is not None:  # the model is told in the same words
            output.note(read.text.split("\n", 1)[0].removesuffix(":") + " is sent, the rest is not.")
        return read.text
    if len(read.data) > MAX_SENT_BYTES:
        size = f"{len(read.data) / 1_000_000:.0f} MB"
        raise UsageError(f"“{read.name}” has {size}; a picture may have {MAX_SENT_BYTES // 1024 // 1024} MB. Scale it.")
    from app.services.llm.models import ImagePart  # here: pydantic, which a refused file does not need

    return ImagePart(media_type=read.media_type, data_base64=base64.b64encode(read.data).decode("ascii"))
