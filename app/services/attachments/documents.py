"""The text of a PDF or an Office document, read in a process of its own with limits of time and memory."""

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
from app.services.wording import later, say
from app.services.worker_command import worker_command

logger = logging.getLogger(__name__)

TIMEOUT_S = 30.0
#: Of the text; far more than is sent, so that it is known how much was left out.
MOST_CHARACTERS = 4_000_000
#: A frozen program has no Python to run a file with, so it starts itself (the entry points look for this).
FROZEN_ARGUMENT = "--document-worker"

PROBLEMS = {
    "locked": later(
        "Core", "is protected by a password, so it cannot be read. Take the password off, and attach it again"
    ),
    "damaged": later("Core", "is damaged, so it was not attached"),
    "empty": later("Core", "has no text that can be read; perhaps its pages are pictures"),
    "wordless": later("Core", "has no text that can be read"),
    "bomb": later("Core", "is unpacked larger than any document, so it was not attached"),
    "archive": later("Core", "is a ZIP archive. Unpack it, and attach the files in it"),
    "no_archive": later("Core", "begins like a ZIP archive or an Office document, and is damaged. It was not attached"),
    "binary_workbook": later("Core", "is a binary workbook (.xlsb). Save it as .xlsx, and attach that"),
}


def document_text(name: str, data: bytes, *, timeout_s: float = TIMEOUT_S) -> tuple[str, str]:
    """Text and media type. Blocking, in whatever thread it is called.

    Raises:
        NotAttachableError: locked, damaged, without text, no document at all, or it took too long.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="document") as thread:  # this one may run a loop already
        reply = thread.submit(lambda: asyncio.run(_asked(name, data, timeout_s))).result()
    if "text" not in reply:
        raise NotAttachableError(f"“{name}” {say(PROBLEMS.get(reply.get('problem', ''), PROBLEMS['damaged']))}.")
    return reply["text"], reply["kind"]


async def _asked(name: str, data: bytes, timeout_s: float) -> dict[str, str]:
    process = PipedProcess(Path(sys.executable), worker_command(FROZEN_ARGUMENT, document_worker), idle_s=timeout_s)
    request = json.dumps({"data": base64.b64encode(data).decode("ascii"), "most": MOST_CHARACTERS}).encode()
    try:
        reply: dict[str, str] = json.loads(await process.ask(request, timeout_s=timeout_s))
    except ChildEndedError as exc:
        logger.warning("a document was given up: %s", exc)
        raise NotAttachableError(
            say(
                "“{name}” could not be read within {seconds:g} s, so it was not attached.", name=name, seconds=timeout_s
            )
        ) from exc
    finally:
        await process.aclose()
    return reply
