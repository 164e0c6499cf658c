"""The child process that reads PDF and Office documents: a request on stdin, an answer on stdout, each a line of JSON.

A document is hostile input: one that claims a million pages or refers to itself can keep a parser busy for ever, and
nothing in Python ends it from inside. So it happens here, where memory and time have an end. Standard library, pypdf
and the rooms beside it only: the file is also run by its path.

Request `{"data": "<base64>", "most": 4000000}`; answer `{"text": "…", "kind": "<media type>"}` or `{"problem": "…"}`, a
key of `documents.PROBLEMS`.
"""

from __future__ import annotations

import base64
import contextlib
import faulthandler
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

#: The parent gives up earlier; this is for when the parent is gone.
SECONDS = 60.0
MEMORY_BYTES = 1024 * 1024 * 1024
MOST_PAGES = 5_000


def text_of(data: bytes, most: int) -> dict[str, Any]:
    """The text of a document, known by how it begins, at most so many characters."""
    return _office(data, most) if data.startswith(b"PK") else _pdf(data, most)


def _office(data: bytes, most: int) -> dict[str, Any]:
    from app.services.attachments.office_package import UnreadableError
    from app.services.attachments.office_text import office_text

    try:
        read = office_text(data, most)
    except UnreadableError as exc:
        return {"problem": str(exc)}
    return {"text": read.text, "kind": read.kind}


def _pdf(data: bytes, most: int) -> dict[str, Any]:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"problem": "locked"}
        pages: list[str] = []
        length = 0
        for number, page in enumerate(reader.pages, start=1):
            text = page.extract_text().replace("\0", "").strip()
            if text:
                pages.append(f"[page {number}]\n{text}")
                length += len(pages[-1])
            if length > most or number >= MOST_PAGES:
                break
    except (DependencyError, NotImplementedError):  # a cipher that is not there
        return {"problem": "locked"}
    except PyPdfError:
        return {"problem": "damaged"}
    return {"text": "\n\n".join(pages)[:most], "kind": "application/pdf"} if pages else {"problem": "empty"}


def answer(request: bytes) -> dict[str, Any]:
    """A parser's bug is an answer, too."""
    try:
        asked = json.loads(request)
        return text_of(base64.b64decode(asked["data"]), asked["most"])
    except Exception:  # noqa: BLE001 - whatever a hostile document makes the parser do costs that document alone
        return {"problem": "damaged"}


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the parent's time limit holds there
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main() -> int:
    """The whole life of the child."""
    _limit_memory()
    sys.setrecursionlimit(2_000)
    nowhere = os.open(os.devnull, os.O_WRONLY)  # a window's child may have no stderr
    for request in sys.stdin.buffer:
        faulthandler.dump_traceback_later(SECONDS, exit=True, file=nowhere)
        sys.stdout.buffer.write(json.dumps(answer(request)).encode() + b"\n")
        sys.stdout.buffer.flush()
        faulthandler.cancel_dump_traceback_later()
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # run by its path: the rooms beside it are found, too
    sys.exit(main())
