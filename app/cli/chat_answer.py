"""An answer of `aica chat`: printed as it arrives, ended by Ctrl-C or because nobody reads it any more."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.cli import output

if TYPE_CHECKING:
    from app.services.conversations.chat_service import ChatService
    from app.services.conversations.running_answer import Answer


class AnswerPrinter:
    """Prints the answer of one conversation from the events of all.

    `on_reader_left` is called once when nobody reads what is printed; `finish` raises it then.
    """

    def __init__(self, conversation_id: int, show_reasoning: bool, on_reader_left: Callable[[], object]) -> None:
        self._conversation_id = conversation_id
        self._show_reasoning = show_reasoning
        self._on_reader_left = on_reader_left
        self._reader_left: BrokenPipeError | None = None
        self._told_model = ""
        self.told_simulated: set[str] = set()
        """Providers whose answers somebody knows to be simulated."""
        self._text = output.StreamWriter(sys.stdout)
        self._reasoning = output.StreamWriter(sys.stderr, output.DIM)

    def see(self, pair: tuple[Answer, Any]) -> None:
        answer, event = pair
        if answer.conversation_id != self._conversation_id or self._reader_left is not None:
            return
        try:
            self._show(answer, event)
        except BrokenPipeError as exc:  # an observer's exceptions end in the log, once a token
            self._reader_left = exc
            self._on_reader_left()

    def _show(self, answer: Answer, event: Any) -> None:
        from app.services.llm.stream_events import ReasoningDelta, Started, TextDelta

        if isinstance(event, TextDelta):
            if self._reasoning.last:
                self._reasoning.finish()
            self._text.write(event.text)
        elif isinstance(event, ReasoningDelta) and self._show_reasoning:
            self._reasoning.write(event.text)
        elif isinstance(event, Started):
            if event.simulated and event.provider not in self.told_simulated:
                self.told_simulated.add(event.provider)
                output.note("Simulated answers. No model is running.")
            self._tell_choice(answer)
            output.note_left_out(event)

    def _tell_choice(self, answer: Answer) -> None:
        """Where Auto chose: whom, and why; or who was asked before and did not answer."""
        if answer.routed is None or answer.model == self._told_model:
            return
        self._told_model = answer.model
        if answer.unanswered:
            output.note(f"{answer.unanswered[-1].name}: {answer.unanswered[-1].message} {answer.model_name} is asked.")
        else:
            output.note(f"{answer.model_name} is asked, chosen by Auto: {answer.routed.why}.")

    def finish(self) -> None:
        """The end of the answer.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        if self._reader_left is not None:
            raise self._reader_left
        if self._reasoning.last:
            self._reasoning.finish()
        self._text.finish()


class Stopping:
    """Ends the running answer of one conversation from where nothing can be awaited; what arrived is kept."""

    def __init__(self, chats: ChatService, conversation_id: int) -> None:
        from app.services.tasks import TaskOwner

        self._chats = chats
        self._conversation_id = conversation_id
        self._tasks = TaskOwner()

    def stop(self) -> None:
        self._tasks.start(self._chats.stop(self._conversation_id), name="chat.stop")


@contextmanager
def interrupts(stop: Callable[[], object]) -> Iterator[None]:
    """Ctrl-C calls `stop` on the loop instead of ending the program."""
    loop = asyncio.get_running_loop()
    before = signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(stop))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
