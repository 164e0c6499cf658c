"""The text of a PDF, read in a process of its own with limits of time and memory."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.services.attachments import document_worker
from app.services.attachments.attachment import NotAttachableError
from app.services.piped_process import ChildEndedError, PipedProcess

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/pdf"
TIMEOUT_S = 30.0
#: Of the text; far more than is sent, so that it is known how much was left out.
MOST_CHARACTERS = 4_000_000
#: A frozen program has no Python to run a file with, so it starts itself (the entry points look for this).
FROZEN_ARGUMENT = "--document-worker"

_PROBLEMS = {
    "locked": "is protected by a password, so it cannot be read",
    "damaged": "is a damaged PDF, so it was not attached",
    "empty": "has no text that can be read; perhaps its pages are pictures",
}


def pdf_text(name: str, data: bytes, *, timeout_s: float = TIMEOUT_S) -> str:
    """Blocking, in whatever thread it is called.

    Raises:
        NotAttachableError: locked, damaged, without text, or it took too long.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="document") as thread:  # this one may run a loop already
        reply = thread.submit(lambda: asyncio.run(_asked(name, data, timeout_s))).result()
    if "text" not in reply:
        raise NotAttachableError(f"“{name}” {_PROBLEMS.get(reply.get('problem', ''), _PROBLEMS['damaged'])}.")
    return str(reply["text"])


async def _asked(name: str, data: bytes, timeout_s: float) -> dict[str, str]:
    process = PipedProcess(Path(sys.executable), _arguments(), idle_s=timeout_s)
    request = json.dumps({"data": base64.b64encode(data).decode("ascii"), "most": MOST_CHARACTERS}).encode()
    try:
        reply: dict[str, str] = json.loads(await process.ask(request, timeout_s=timeout_s))
    except ChildEndedError as exc:
        logger.warning("a PDF was given up: %s", exc)
        raise NotAttachableError(f"“{name}” could not be read within {timeout_s:g} s, so it was not attached.") from exc
    finally:
        await process.aclose()
    return reply


def _arguments() -> tuple[str, ...]:
    if getattr(sys, "frozen", False):
        return (FROZEN_ARGUMENT,)
    # Isolated: nothing from the current folder or from PYTHON* variables is imported.
    return ("-I", str(Path(document_worker.__file__).resolve()))
