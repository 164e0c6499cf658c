"""Offers files that lie in a folder of ours to LM Studio, through its own `lms import`, so that both can load them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from app.services import process
from app.services.llm.errors import LM_STUDIO_NOT_INSTALLED, ErrorKind, LLMError
from app.services.llm.models import ProviderType
from app.services.runtimes import lms
from app.services.runtimes.base import quoted
from app.services.wording import say


async def offer_to_lm_studio(files: Sequence[Path], repository: str) -> None:
    """Link all files of a model into LM Studio's folder, under the same `user/repo`. They take no more of the disk, and
    deleting them at one place leaves the other's. Nothing is asked of the net, and LM Studio is not woken. Files that
    are there from an offer that broke off are passed over.

    Raises:
        LLMError: not_installed, there is no `lms`; server_error, it refused, with what it said; timeout.
    """
    program = await asyncio.to_thread(lms.find_lms)
    if program is None:
        raise LLMError(ErrorKind.NOT_INSTALLED, say(LM_STUDIO_NOT_INSTALLED), provider=ProviderType.LM_STUDIO)
    there = 0
    for file in files:
        result = await lms.import_file(program, file, repository)
        if result.timed_out:
            raise LLMError(
                ErrorKind.TIMEOUT,
                say("lms did not import {name} in time.", name=file.name),
                say("Look at it in LM Studio, under My Models."),
                provider=ProviderType.LM_STUDIO,
            )
        if not result.succeeded:
            said = quoted(process.without_terminal_codes(result.stderr or result.stdout))
            there += "already exists" in said
            if "already exists" in said and there < len(files):
                continue
            raise LLMError(
                ErrorKind.SERVER_ERROR,
                say("LM Studio did not take {name}.", name=file.name),
                say("lms said: “{said}”", said=said) if said else say("lms did not say why."),
                provider=ProviderType.LM_STUDIO,
            )
