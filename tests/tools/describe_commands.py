"""The commands of `aica` and of the window as Markdown, read from their argument parsers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from app.cli import main as cli
from app.desktop import main as desktop
from tests.tools.markdown import table

#: Arguments that stand once, under "everywhere", instead of with every command.
_EVERYWHERE = {"-h", "--help", "--home", "--config", "--log-level", "--version"}


def overview() -> str:
    """One line a command."""
    return table(("command", "does"), [(f"`aica {name}`", line) for name, (_, line) in cli.COMMANDS.items()])


def everywhere() -> str:
    """The flags every command takes."""
    return _arguments(cli._parser(None), only=_EVERYWHERE - {"-h", "--help"})


def reference() -> str:
    """Every command and action with its arguments."""
    pieces = []
    for name, (_, line) in cli.COMMANDS.items():
        parser = subcommands(cli._parser(name))[name]
        pieces.append(f"### aica {name}\n\n{line[0].upper()}{line[1:]}.\n\n{_usage(parser)}")
        if own := _arguments(parser):
            pieces.append(own)
        for action, inner in subcommands(parser).items():
            said = _help_of(parser, action)
            pieces.append(f"**`aica {name} {action}`**: {said}.\n\n{_usage(inner)}")
            if own := _arguments(inner):
                pieces.append(own)
    return "\n\n".join(pieces)


def window() -> str:
    """The arguments of the window's command."""
    return _arguments(desktop.parser(), but={"-h", "--help"})


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers below a parser; empty where it has none."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _help_of(parser: argparse.ArgumentParser, name: str) -> str:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return next((str(choice.help) for choice in action._choices_actions if choice.dest == name), "")
    return ""


def _own_actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction) and not _EVERYWHERE & set(action.option_strings):
            yield action


def _usage(parser: argparse.ArgumentParser) -> str:
    """Our own usage line: argparse words and breaks its own differently in every version of Python."""
    words = [parser.prog]
    positional = []
    for action in _own_actions(parser):
        name = _shown(action)
        if not action.option_strings:
            positional.append(name)
        elif action.required:
            words.append(name)
        else:
            words.append(f"[{name}]" + (" …" if isinstance(action, argparse._AppendAction) else ""))
    if subcommands(parser):
        positional.append("|".join(subcommands(parser)))
    return f"    {' '.join([*words, *positional])}"


def _shown(action: argparse.Action) -> str:
    meta = str(action.metavar or (("|".join(map(str, action.choices))) if action.choices else action.dest.upper()))
    if action.option_strings:
        return action.option_strings[-1] + ("" if action.nargs == 0 else f" {meta}")
    return {"*": f"[{meta} …]", "+": f"{meta} …", "?": f"[{meta}]"}.get(str(action.nargs), meta)


def _arguments(parser: argparse.ArgumentParser, *, only: set[str] | None = None, but: set[str] | None = None) -> str:
    """A table of the arguments that say more than their name; empty where none does."""
    if only is not None:
        actions = [a for a in parser._actions if only & set(a.option_strings)]
    elif but is not None:
        actions = [a for a in parser._actions if not but & set(a.option_strings)]
    else:
        actions = list(_own_actions(parser))
    rows = [(f"`{_shown(action)}`", str(action.help)) for action in actions if action.help]
    return table(("argument", "meaning"), rows) if rows else ""
