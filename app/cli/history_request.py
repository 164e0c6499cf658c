"""`aica history request`: what an answer was asked with, to look at or to repeat elsewhere."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from app.cli import output
from app.cli.history_places import known_chat

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.replay import SentRequest

DESCRIPTION = (
    "Prints the exact messages and settings that an answer was asked with. As curl or python it can be run again; the "
    "key is read from an environment variable and never printed."
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = DESCRIPTION
    parser.add_argument("id", type=int, metavar="ID", help="number of the chat")
    parser.add_argument("--answer", type=int, metavar="N", help="the N-th answer of the chat (default: the last one)")
    parser.add_argument(
        "--as", dest="form", choices=("text", "json", "curl", "python"), default="text", help="form (default: text)"
    )


async def show(services: Services, arguments: argparse.Namespace) -> int:
    """
    Raises:
        UsageError: there is no such chat or answer.
        LLMError: config, its provider is gone.
    """
    from app.services.conversations.replay import sent_request, wire_request
    from app.services.llm.wire_request import as_curl, as_python

    await known_chat(services, arguments.id)
    answers = [m for m in await services.store.messages(arguments.id) if m.role == "assistant"]
    place = len(answers) if arguments.answer is None else arguments.answer
    if not 1 <= place <= len(answers):
        raise output.UsageError(f"Chat {arguments.id} has {len(answers)} answers; --answer counts from 1.")
    sent = await services.store.read(sent_request, answers[place - 1].id)
    if sent is None:
        raise output.UsageError("This answer was imported: it is not known what it was asked with.")
    if arguments.form == "text":
        _print(sent)
    elif arguments.form == "json":
        output.print_json(_as_json(sent))
    else:
        wire = await wire_request(services.manager, sent)
        sys.stdout.write((as_curl if arguments.form == "curl" else as_python)(wire))
    return 0


def _as_json(sent: SentRequest) -> dict[str, Any]:
    return {
        "provider": sent.answer.provider,
        "model": sent.model,
        "parameters": sent.parameters,
        "messages": [{"role": m.role, "content": m.content} for m in sent.messages],
    }


def _print(sent: SentRequest) -> None:
    print(output.one_line(f"{sent.answer.provider}:{sent.model}"))
    for name, entry in sent.parameters.items():
        said = entry if isinstance(entry, dict) else {}
        missing = "" if said.get("sent", True) else f", not sent: {said.get('reason', '')}"
        print(output.one_line(f"{name} = {said.get('value')} (from: {said.get('origin', 'chat')}{missing})"))
    for message in sent.messages:
        print("\n" + output.styled(message.role, output.DIM, sys.stdout))
        print(output.visible(message.content))
