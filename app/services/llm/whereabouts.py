"""Whether this program runs inside WSL or a container, where `localhost` is not the computer that people mean.

Facts: WSL 2 names itself in `/proc/version` (WSL 1 shares the network of Windows, so there is nothing to tell), Docker
leaves `/.dockerenv`, Podman `/run/.containerenv`. The default route's gateway is the computer around it.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from pathlib import Path

from app.lean_dataclass import dataclass
from app.services.llm.address import forbidden_reason

#: Where the files below are looked for; tests point it at a folder of their own.
ROOT_VARIABLE = "AICA_SYSTEM_ROOT"
#: Docker Desktop and Podman give the computer around a container this name.
CONTAINER_HOST_NAME = "host.docker.internal"
_MAX_READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`inside` is "WSL", "container" or "" on a computer of its own; `gateway` the address of the one around it."""

    inside: str = ""
    gateway: str | None = None

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names and addresses that the computer around this one may answer at."""
        names = (CONTAINER_HOST_NAME,) if self.inside == "container" else ()
        return (*((self.gateway,) if self.inside and self.gateway else ()), *names)


def look_around(root: Path | None = None) -> Whereabouts:
    """Read where this is from the files below `root`. Reads a few small files."""
    root = Path(os.environ.get(ROOT_VARIABLE) or "/") if root is None else root
    inside = ""
    if (root / ".dockerenv").exists() or (root / "run" / ".containerenv").exists():
        inside = "container"
    elif "microsoft-standard" in _text(root / "proc" / "version").lower():
        inside = "WSL"
    return Whereabouts(inside, _gateway(_text(root / "proc" / "net" / "route")) if inside else None)


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.read(_MAX_READ_BYTES)
    except OSError:
        return ""  # no such file: no such system


def _gateway(table: str) -> str | None:
    """The default route's gateway of `/proc/net/route`, whose numbers are in the byte order of the machine."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 4 or fields[1] != "00000000" or fields[2] == "00000000":
            continue
        try:
            address = socket.inet_ntoa(struct.pack("<I" if sys.byteorder == "little" else ">I", int(fields[2], 16)))
        except (ValueError, struct.error):
            return None
        # Some networks of containers have a link-local gateway, which is no server's address and is never used.
        return None if forbidden_reason(ipaddress.ip_address(address)) else address
    return None
