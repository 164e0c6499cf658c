"""Starts the window: arguments, one instance per user, the shell on the screen first, everything heavy after it."""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from pathlib import Path
from types import ModuleType

from app import __version__
from app.desktop.pane_names import tab_named
from app.paths import expanded

EXIT_USAGE, EXIT_NO_DISPLAY = 2, 3
#: A frozen program starts itself with this argument where a checkout runs `worker.py`.
HIGHLIGHT_WORKER = "--highlight-worker"
ENGINE_WORKER = "--engine-worker"
DOCUMENT_WORKER = "--document-worker"
#: The same in front of a command of `aica`: the gateway that the window runs.
COMMAND = "--command"


def parser() -> argparse.ArgumentParser:
    """The arguments of `ai-coder-assistant`."""
    parse = argparse.ArgumentParser(prog="ai-coder-assistant", description="AI Coder Assistant, the desktop window.")
    parse.add_argument("link", metavar="URL", nargs="?", type=_link, help="open the chat of an aica:// link")
    parse.add_argument("--home", metavar="DIR", help="keep configuration, chats, cache and logs below DIR")
    parse.add_argument("--config", metavar="FILE", help="use this configuration file")
    parse.add_argument("--log-level", metavar="LEVEL", default="INFO", help="DEBUG, INFO, WARNING or ERROR")
    parse.add_argument("--provider", metavar="P", help="ask this provider, for this run")
    parse.add_argument("--model", metavar="M", help="ask this model, for this run")
    parse.add_argument("--base-url", metavar="URL", help="address of the provider, for this run")
    parse.add_argument("--theme", choices=("light", "dark", "system"), help="colours, for this run")
    parse.add_argument("--language", choices=("system", "en", "es"), help="of the window, for this run")
    temporary = "a window of its own, of whose chats nothing is kept"
    parse.add_argument("--temporary", action="store_true", help=temporary)
    safe = "open no chat, start nothing by itself, colour no code; taken by itself after three starts that ended early"
    parse.add_argument("--safe-mode", action="store_true", help=safe)
    parse.set_defaults(safe_mode_by_itself=False)
    parse.add_argument("--screenshot", metavar="FILE", help="write a picture of the window as PNG and exit")
    sent = "with --screenshot: send TEXT and wait for the answer first; the chat is not kept"
    parse.add_argument("--prompt", metavar="TEXT", help=sent)
    parse.add_argument("--size", metavar="WxH", type=_size, help="with --screenshot: size of the window")
    pane = "with --screenshot: chat, Statistics, or a tab of Settings (Settings/General)"
    parse.add_argument("--pane", metavar="NAME", type=_tab_named, help=pane)
    parse.add_argument("--version", action="version", version=f"AI Coder Assistant {__version__}")
    return parse


def _tab_named(text: str) -> str:
    """What `--pane` says, its error in argparse's own terms."""
    try:
        return tab_named(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


def _link(text: str) -> str:
    """What has the scheme of our links. Whether it leads anywhere the window says, since a browser shows no errors."""
    if not text.lower().startswith("aica:"):
        raise argparse.ArgumentTypeError(f"an aica:// link is wanted, not {text!r}")
    return text


def _size(text: str) -> tuple[int, int]:
    """What `--size` says, its error in argparse's own terms."""
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"a size is written like 1200x800, not {text!r}")
    return int(match[1]), int(match[2])


def _no_place_for(picture: str) -> str | None:
    """Why the picture could not be written; asked before anything is sent."""
    path = expanded(picture).absolute()
    if path.is_dir():
        return f"{path} is a folder."
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}."
    return None if os.access(path.parent, os.W_OK) else f"the folder {path.parent} cannot be written to."


def has_display() -> bool:
    """Whether a window can be shown; asked before Qt, which aborts the process without one."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the window; returns the exit status of contract §5."""
    given = sys.argv[1:] if arguments is None else arguments
    if given == [HIGHLIGHT_WORKER]:
        from app.services.highlighting import worker  # here: this process is the child and opens no window

        return worker.main()
    if given == [ENGINE_WORKER]:
        from app.services.engine import worker as engine_worker  # here: as above

        return engine_worker.main()
    if given == [DOCUMENT_WORKER]:
        from app.services.attachments import document_worker  # here: as above

        return document_worker.main()
    if given[:1] == [COMMAND]:
        from app.cli.main import main as run_command  # here: as above

        return run_command(given[1:])
    options = parser().parse_args(arguments)
    problem = _no_place_for(options.screenshot) if options.screenshot else None
    if problem:
        print(f"ai-coder-assistant: no screenshot: {problem}", file=sys.stderr)  # noqa: T201 - a command's answer
        return EXIT_USAGE
    if not has_display():
        if not options.screenshot:
            from app.services.terminal_command import in_terminal  # here: hardly ever needed

            said = f"There is no display here. Use the terminal: {in_terminal('chat')}"
            print(said, file=sys.stderr)  # noqa: T201 - a command's answer
            return EXIT_NO_DISPLAY
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    status: int = load_application().run(options)
    return status


def load_application() -> ModuleType:
    """The window's modules. Qt may only be loaded once a display is known to be there.

    Importing makes thousands of objects and no garbage, so nothing is collected until the session takes that over.
    """
    gc.disable()
    from app.desktop import application  # here: see above

    return application


def user_config(options: argparse.Namespace) -> Path | None:
    """The file given with --config."""
    return expanded(options.config).absolute() if options.config else None


if __name__ == "__main__":
    sys.exit(main())
