"""`aica serve`: the HTTP gateway."""

from __future__ import annotations

import argparse
import os
import re
import signal
import threading
import time
from pathlib import Path

from app.cli import output, running
from app.services.terminal_command import in_terminal

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 3000
#: Scheme, host and perhaps a port, without any path: what differs from it no page would ever have.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.\-]*://(\[[0-9a-f:.]+\]|[a-z0-9._\-]+)(:[0-9]{1,5})?")
#: Running answers get so long after the program that started this one has ended, or wants this one to.
PARENT_GRACE_S = 2


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default=DEFAULT_HOST, metavar="ADDRESS", help=f"address to listen on (default: {DEFAULT_HOST})"
    )
    port_help = f"port to listen on; 0 takes a free one (default: {DEFAULT_PORT})"
    parser.add_argument("--port", type=running.port, default=DEFAULT_PORT, metavar="N", help=port_help)
    parser.add_argument(
        "--workers", type=running.positive_number, default=1, metavar="N", help="processes (default: 1)"
    )
    parser.add_argument(
        "--cors-origin",
        action="append",
        default=[],
        type=_origin,
        metavar="ORIGIN",
        help="let pages of this origin ask; repeatable",
    )
    parser.add_argument("--dev", action="store_true", help="allow --cors-origin '*'")
    parser.add_argument("--allow-lan", action="store_true", help="listen beyond this computer; needs a token")
    parser.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="answer to this host name, too; repeatable"
    )
    parser.add_argument(
        "--rate-limit",
        type=running.number_from_zero,
        default=None,
        metavar="N",
        help="requests a minute and token; 0 = none (default: none on loopback, else 600)",
    )
    parser.add_argument(
        "--end-with-stdin",
        action="store_true",
        help="end when standard input is closed: for programs that start this one and must not leave it behind",
    )
    parser.set_defaults(run=run)


def _origin(text: str) -> str:
    """For argparse: an origin as browsers send it; `*` and `null` are judged with the other options."""
    origin = text.lower()
    port = origin.rpartition(":")[2]
    if origin not in ("*", "null") and (not _ORIGIN.fullmatch(origin) or (port.isdecimal() and int(port) > 65_535)):
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin, which is written like https://app.example:8443")
    return origin


def run(arguments: argparse.Namespace) -> int:
    if arguments.end_with_stdin:  # first of all: whoever started this may end at any time
        threading.Thread(target=_end_with_stdin, name="stdin", daemon=True).start()
    from app.gateway import run as gateway  # here: the web server is heavy, and only this command needs it

    paths = running.paths_of(arguments)
    options = gateway.GatewayOptions(
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        cors_origins=tuple(arguments.cors_origin),
        dev=arguments.dev,
        allow_lan=arguments.allow_lan,
        allowed_hosts=tuple(arguments.allowed_host),
        rate_limit=arguments.rate_limit,
        grace_s=PARENT_GRACE_S if arguments.end_with_stdin else gateway.GRACE_S,
    )
    overrides = running.overrides_of(arguments, **gateway.OVERRIDES)
    # Elsewhere the page needs a token, which browsers cannot send; and a program that starts this one reads no notes.
    say = _say_with_docs if options.loopback and not arguments.end_with_stdin else _say
    if options.workers == 1:
        gateway.run_until_ended(options, paths, overrides, say)
        return 0
    if options.requests_a_minute and not os.environ.get("REDIS_URL"):
        output.note("Each worker counts the rate limit by itself. Set REDIS_URL to count together.")
    home = getattr(arguments, "home", None)
    gateway.serve_with_workers(options, paths, overrides, str(Path(home).absolute()) if home else None, say)
    return 0


def _say(address: str) -> None:
    print(f"listening on {address}", flush=True)


def _say_with_docs(address: str) -> None:
    _say(address)
    output.note(f"Every route with an example: {address}/docs")
    if not os.environ.get("AICA_GATEWAY_TOKEN"):
        output.note(f"Requests need a token; this makes one: {in_terminal('token create NAME')}")


def _end_with_stdin() -> None:
    """Wait until nobody holds the other end, then ask this process to end, and see to it that it does."""
    while os.read(0, 1024):  # not `sys.stdin`, whose lock Python would miss at its own end
        continue
    signal.raise_signal(signal.SIGTERM)
    time.sleep(PARENT_GRACE_S + 2)
    os._exit(1)
