"""Around every command: the state folder, logging, and what failures mean to the shell."""

from __future__ import annotations

import argparse
import asyncio
import errno
import inspect
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from app.cli import output
from app.paths import Paths, expanded, user_paths

if TYPE_CHECKING:
    from app.services.container import Overrides, Services
    from app.services.llm.errors import LLMError

#: What writing meets on a disk that is full, beyond a quota or broken.
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
logger = logging.getLogger(__name__)


def run(arguments: argparse.Namespace) -> int:
    """Run the chosen command to its end; the outermost edge of the program."""
    _prepare_streams()
    try:
        result = arguments.run(arguments)
        status = asyncio.run(result) if inspect.iscoroutine(result) else result
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a reader that left is understood; Python's own flush at the end says 120
    except KeyboardInterrupt:
        status = output.CANCELLED
    except output.UsageError as exc:
        status = _misused(arguments, str(exc))
    except BrokenPipeError:
        _drop_what_is_not_taken()
        status = output.READER_LEFT
    except Exception as exc:  # noqa: BLE001 - the outermost edge: a person gets a sentence, the log the traceback
        status = _failed(arguments, exc)
    return int(status)


def _drop_what_is_not_taken() -> None:
    """Python would complain once more, or end with 120, when it flushes at the end what its reader did not take."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _misused(arguments: argparse.Namespace, what: str) -> int:
    """Usage that only the command itself finds wrong."""
    if _ends_with_a_line(arguments):
        from app.services.llm.errors import ErrorKind, LLMError

        _write_line(LLMError(ErrorKind.BAD_REQUEST, what))
    output.complain(what)
    return output.USAGE


def _ends_with_a_line(arguments: argparse.Namespace) -> bool:
    """Whether a program reads standard output and waits for the line that tells of a failure (contract §5)."""
    return getattr(arguments, "error_line", False) and arguments.json


def _write_line(error: LLMError) -> None:
    try:
        output.json_line(output.error_object(error))
    except OSError:  # who reads it left, or the disk is full; the exit status tells of the failure
        _drop_what_is_not_taken()


def _failed(arguments: argparse.Namespace, exc: Exception) -> int:
    from app.services.llm.errors import LLMError

    if isinstance(exc, OSError) and exc.errno in _UNWRITABLE and exc.filename is None:
        _drop_what_is_not_taken()
        output.complain(f"the output could not be written: {exc.strerror}.")
        return output.UNEXPECTED
    if isinstance(exc, LLMError):
        if _ends_with_a_line(arguments):
            _write_line(exc)
        output.report(exc)
        return output.exit_status(exc)
    logger.error("unexpected error", exc_info=exc)
    output.complain(f"unexpected error: {type(exc).__name__}. The log has the details.")
    return output.UNEXPECTED


def _prepare_streams() -> None:
    """No character may break a print: what the terminal cannot show becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace", **({} if stream.isatty() else {"encoding": "utf-8"}))


def paths_of(arguments: argparse.Namespace) -> Paths:
    """The folders of this run, with logging set up in them."""
    from app import log

    paths = user_paths(getattr(arguments, "home", None))
    level = getattr(arguments, "log_level", None)
    log.set_up(paths.logs, level or "INFO", stderr=level is not None)
    return paths


def overrides_of(arguments: argparse.Namespace, **more: Any) -> Overrides:
    """The flags that change the configuration of one run."""
    from app.services.container import Overrides

    config = getattr(arguments, "config", None)
    return Overrides(
        provider=getattr(arguments, "provider", None),
        model=getattr(arguments, "model", None),
        base_url=getattr(arguments, "base_url", None),
        timeout_s=getattr(arguments, "timeout", None),
        config_file=expanded(config).absolute() if config else None,
        **more,
    )


async def services_of(arguments: argparse.Namespace, *, quiet: bool = False, **more: Any) -> Services:
    """The core for a command; what people must know about its start is said on standard error.

    Raises:
        LLMError: kind `config`.
    """
    from app.services.container import open_services

    services = await open_services(paths_of(arguments), overrides_of(arguments, **more))
    if not quiet:
        for notice in services.notices:
            output.note(notice)
    return services


def positive(text: str) -> float:
    """For argparse: a number above zero."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def positive_number(text: str) -> int:
    """For argparse: a whole number above zero."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def add_choice_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that choose who answers, the same for `ask` and `chat`."""
    parser.add_argument("--provider", metavar="P", help="provider id or alias, such as lm_studio, ollama, mock")
    parser.add_argument("--model", metavar="M", help="model id as the provider spells it, or PROVIDER:MODEL")
    parser.add_argument("--base-url", metavar="URL", help="address of the provider's server")
    parser.add_argument("--timeout", metavar="S", type=positive, help="seconds of silence tolerated")


def names_a_model(model: str | None) -> bool:
    """Whether this names the one model that answers; `auto` and none leave that open."""
    from app.services.llm.llm_manager import AUTO_MODEL, UNNAMED_MODELS

    return model is not None and model.rpartition(":")[2] not in {AUTO_MODEL, *UNNAMED_MODELS}


def _number_between(text: str, most: float, otherwise: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value <= most:
        raise argparse.ArgumentTypeError(otherwise)
    return value


def number_from_zero(text: str) -> int:
    """For argparse: a whole number from zero."""
    return _number_between(text, float("inf"), "it is a whole number from 0")


def port(text: str) -> int:
    """For argparse: a port to listen on; 0 takes any free one."""
    return _number_between(text, 65_535, "a port is a number from 0 to 65535")
