"""`aica`: finds the command, imports only that command's file, sets the exit status.

Nothing heavy is imported at module level: `aica --version` must cost as little as Python itself.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # type checkers take it as true; importing `typing` for it costs as much as Python's own start
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

#: Command → module below `app.cli`, and its line in the help.
COMMANDS = {
    "setup": (
        "setup",
        "from nothing to the first answer: find what runs models here, start it, or fetch a small model",
    ),
    "ask": ("ask", "ask once; the answer is streamed to standard output"),
    "chat": ("chat", "chat in the terminal; same history as the window"),
    "compare": ("compare", "the same prompt to several models, side by side, with their figures"),
    "models": ("models", "list the models of all providers"),
    "stats": ("stats", "how fast, how much, how dear and how reliable each model was here"),
    "recommend": ("recommend", "say which model a prompt would go to on Auto, and why"),
    "backend": ("backend", "show, start and stop the programs that run models here"),
    "ls": ("ls", "list the models that are downloaded"),
    "ps": ("ps", "list the models that are in memory"),
    "pull": ("pull", "download a model"),
    "hub": ("hub", "look for models of the hub, see what fits, delete what was fetched"),
    "load": ("load", "take a model into memory"),
    "unload": ("unload", "take a model out of memory"),
    "doctor": ("doctor", "check every provider step by step and say what to do"),
    "history": ("history", "list, show, search, export, import, order and delete chats"),
    "prompt": ("prompts", "keep prompts under names; /NAME sends one in a chat"),
    "preset": ("presets", "keep system prompts and parameters under names; for chats and for ask"),
    "config": ("config", "show and change the configuration"),
    "key": ("key", "keep API keys in the system's key store"),
    "serve": ("serve", "serve all models over HTTP, in OpenAI's and Anthropic's shapes"),
    "token": ("token", "make, list and revoke tokens of the gateway"),
    "mcp": ("mcp", "serve local models to other programs (Model Context Protocol)"),
    "mock-server": ("mock_server", "run the simulated LM Studio server"),
}
#: A frozen program starts itself with this argument where a checkout runs `worker.py`.
ENGINE_WORKER = "--engine-worker"
DOCUMENT_WORKER = "--document-worker"
#: The same in front of a command's words, where a checkout runs `-m app.cli.main`.
COMMAND = "--command"
VALUE_FLAGS = ("--home", "--config", "--log-level")
LOG_LEVELS = ("debug", "info", "warning", "error")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (contract §5)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == [ENGINE_WORKER]:
        from app.services.engine import worker

        return worker.main()
    if arguments == [DOCUMENT_WORKER]:
        from app.services.attachments import document_worker

        return document_worker.main()
    if arguments[:1] == [COMMAND]:
        del arguments[0]
    flags = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--version" in flags:
        from app import __version__

        print(f"aica {__version__}")
        return 0
    parser = _parser(_command_in(arguments))
    parsed = parser.parse_args(arguments)
    if not hasattr(parsed, "run"):
        parser.print_help()
        return 2
    from app.cli import running

    return running.run(parsed)


def _command_in(arguments: Sequence[str]) -> str | None:
    """The command among the arguments, so that only its file is imported; the global flags may stand before it."""
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in VALUE_FLAGS:
            skip = True
        elif not argument.startswith("-"):
            return argument
    return None


def _parser(command: str | None) -> argparse.ArgumentParser:
    import argparse
    from importlib import import_module

    from app.cli.command_parser import CommandParser

    common = CommandParser(add_help=False)
    group = common.add_argument_group("everywhere")
    # Without SUPPRESS the subcommand's defaults would overwrite what stood before it.
    group.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help="keep all state below DIR")
    group.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help="the configuration file to use")
    group.add_argument(
        "--log-level",
        metavar="LEVEL",
        choices=LOG_LEVELS,
        default=argparse.SUPPRESS,
        type=str.lower,
        help="log to standard error, too: debug, info, warning or error",
    )
    group.add_argument("--version", action="store_true", default=argparse.SUPPRESS, help="print the version")
    parser = CommandParser(prog="aica", description="Chat with language models you run yourself.", parents=[common])
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (module, line) in COMMANDS.items():
        one = commands.add_parser(name, help=line, description=line[0].upper() + line[1:] + ".", parents=[common])
        if name == command:
            import_module(f"app.cli.{module}").configure(one, common)
    return parser


if __name__ == "__main__":
    sys.exit(main())
