"""Whom a secure connection believes: the authorities of the operating system, and those of the user's file."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Callable
from pathlib import Path

from app.services.blocking_call import BlockingCall
from app.services.llm.errors import LLMError, invalid_setting
from app.services.wording import say

#: For the user's file, which may lie on a share that does not answer.
READ_TIMEOUT_S = 5.0

#: What an error about it names.
CA_FILE_SETTING = "network.ca_file"


class Trust:
    """Read once, when the first secure connection asks."""

    def __init__(self, make_context: Callable[[], ssl.SSLContext], ca_file: Path | None) -> None:
        """`make_context`: one that trusts what the system trusts. `ca_file`: further authorities (PEM)."""
        self._make_context = make_context
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        self._reading = BlockingCall(self.read, name="read certificate file")

    async def context(self) -> ssl.SSLContext:
        """What `read` returns, without holding up the loop.

        Raises:
            LLMError: as `read`, and where it takes too long.
        """
        if self._context is not None or self._ca_file is None:
            return self.read()
        try:
            return await self._reading.result(READ_TIMEOUT_S)
        except TimeoutError as exc:
            raise self._refused(say("cannot be read: its folder does not answer.")) from exc

    def read(self) -> ssl.SSLContext:
        """The context. May block on the user's file.

        Raises:
            LLMError: kind `config`: the file cannot be read or holds no certificate.
        """
        if self._context is None:
            context = self._make_context()
            if self._ca_file is not None:
                self._add_file(context, self._ca_file)
            self._context = context
        return self._context

    def _add_file(self, context: ssl.SSLContext, file: Path) -> None:
        try:
            if not stat.S_ISREG(file.stat().st_mode):  # a pipe would be waited for without end
                raise self._refused(say("is not a file."))
            context.load_verify_locations(cafile=file)
        except (OSError, ValueError) as exc:  # ValueError: a name that no file can have
            raise self._refused(say("cannot be read or holds no certificate.")) from exc

    def _refused(self, why: str) -> LLMError:
        return invalid_setting(CA_FILE_SETTING, f"{str(self._ca_file)!r} {why}")
