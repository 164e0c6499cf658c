"""`aica setup BACKEND`: one server from its program to a model in memory, each step told."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from app.cli import local_backends, output
from app.cli.progress import ProgressLine, share_of, words_of
from app.services.llm.errors import ErrorKind, LLMError
from app.services.local_setup import SetupNews, SetupStep, set_up
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services

_DONE = {
    (SetupStep.FIND, True): "found.",
    (SetupStep.START, False): "its server answers at {what}.",
    (SetupStep.START, True): "its server runs already at {what}.",
    (SetupStep.MODEL, False): "downloaded {what}.",
    (SetupStep.MODEL, True): "has {what}.",
    (SetupStep.LOAD, False): "{what} is in memory.",
    (SetupStep.LOAD, True): "{what} was in memory already.",
    (SetupStep.ADDRESS, False): "address saved: {what}.",
    (SetupStep.ADDRESS, True): "the address was set already.",
    (SetupStep.TEST, False): "connected.",
}


async def set_up_one(arguments: argparse.Namespace, services: Services) -> int:
    """The command for one backend, already asked for by a person."""
    from app.services import runtimes

    backend = arguments.backend
    runtime = await local_backends.runtime_of(services, backend)
    if not runtime.base_url:
        message = f"{runtime.product} has no server to set up."
        raise LLMError(ErrorKind.BAD_REQUEST, message, f"{in_terminal('setup')} fetches a model for it.")
    told = _Told(arguments, runtime.product)
    try:
        ready = await set_up(services, backend, told.take)
    finally:
        told.end()
    for notice in ready.notices:
        output.note(notice)
    sentence = f"Ready: {ready.model} ({runtime.product}). {in_terminal('chat')} begins a chat."
    return local_backends.done(arguments, sentence, backend=runtimes.known_backend(backend), model=ready.model)


class _Told:
    """Steps as lines on standard output, or as JSON; what takes long as a line that is redrawn."""

    def __init__(self, arguments: argparse.Namespace, product: str) -> None:
        self._json = bool(arguments.json)
        self._product = product
        self._line: ProgressLine | None = None

    def take(self, news: SetupNews) -> None:
        if self._json:
            output.json_line(_news_object(news))
        elif news.status == "done":
            self.end()
            output.say(f"{self._product}: {_DONE[news.step, news.was_so].format(what=news.what)}")
        elif news.status == "doing":
            self._show(news)

    def _show(self, news: SetupNews) -> None:
        if news.progress is not None:
            self._shown(f"Downloading {news.what}").show(share_of(news.progress), words_of(news.progress))
        elif news.offer is not None:
            licence = news.offer.repository.model.licence or "unknown"
            size = output.size_text(news.offer.item.size_bytes) or "size unknown"
            output.note(f"Downloading {news.what}, {size}, licence {licence} …")
        elif news.share is not None:
            self._shown(f"Loading {news.what}").show(news.share)
        elif news.step is SetupStep.START and not news.was_so:
            output.note(f"Starting {self._product} …")

    def _shown(self, title: str) -> ProgressLine:
        if self._line is None:
            self._line = ProgressLine(title)
        return self._line

    def end(self) -> None:
        if self._line is not None:
            self._line.end()
            self._line = None


def _news_object(news: SetupNews) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "step", "step": news.step.value, "status": news.status, "what": news.what or None}
    if news.status == "done":
        made["was_so"] = news.was_so
    if news.progress is not None:
        made |= {"completed_bytes": news.progress.completed_bytes, "total_bytes": news.progress.total_bytes}
    if news.share is not None:
        made["share"] = news.share
    return made
