"""Run a command in a network of its own in which only this computer is there; whatever it sends elsewhere is told.

`python -m tests.tools.sealed_network COMMAND …`, on Linux, with the right to make a network namespace (root, or a user
namespace). All addresses but those of this computer lead into a tunnel that this program reads: nothing gets further
than here, and each packet is told with the process it is from. Name lookups are seen as well: those to other computers
in the tunnel, those to a resolver of this computer by whoever listens at its port. Ends with the command's status, with
`LEAKED` where something was sent, and with `NOT_ALLOWED` where there is no such network to be had; with `--or-without`
before the command it is run without one there.
"""

from __future__ import annotations

import ctypes
import ipaddress
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

if sys.platform != "win32":
    import fcntl

LEAKED, NOT_ALLOWED = 97, 98
OR_WITHOUT = "--or-without"
#: Set inside, so that tests can tell; also keeps this program from making a second network in the first.
MARK = "AICA_SEALED_NETWORK"
TUNNEL = "leaks0"
#: Of the tunnel's own end; documentation prefixes, which nobody has.
OWN_V4, OWN_V6 = "192.0.2.254", "2001:db8:ffff::1"

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCADDRT, _SIOCGIFFLAGS, _SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCGIFINDEX = 0x890B, 0x8913, 0x8914, 0x8916, 0x8933
_IFF_UP, _IFF_RUNNING, _RTF_UP = 0x1, 0x40, 0x1
_ICMP_V6 = 58
_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", _ICMP_V6: "ICMPv6"}


class _RouteV4(ctypes.Structure):
    """`struct rtentry`."""

    _fields_ = [
        ("pad1", ctypes.c_ulong),
        ("to", ctypes.c_char * 16),
        ("gateway", ctypes.c_char * 16),
        ("mask", ctypes.c_char * 16),
        ("flags", ctypes.c_ushort),
        ("pad2", ctypes.c_short),
        ("pad3", ctypes.c_ulong),
        ("pad4", ctypes.c_void_p),
        ("metric", ctypes.c_short),
        ("device", ctypes.c_char_p),
        ("mtu", ctypes.c_ulong),
        ("window", ctypes.c_ulong),
        ("irtt", ctypes.c_ushort),
    ]


# -- the network


def switch_on(name: str, family: int = socket.AF_INET) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sH14x", name.encode(), 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(control, _SIOCGIFFLAGS, asked))[1]
        changed = struct.pack("16sH14x", name.encode(), flags | _IFF_UP | _IFF_RUNNING)
        fcntl.ioctl(control, _SIOCSIFFLAGS, changed)


def open_tunnel() -> int:
    """A tunnel that all other computers seem to lie behind; what is sent into it can be read from the descriptor.

    Raises:
        OSError: it cannot be had here.
    """
    tunnel = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tunnel, _TUNSETIFF, struct.pack("16sH14x", TUNNEL.encode(), _IFF_TUN | _IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(OWN_V4))
        fcntl.ioctl(control, _SIOCSIFADDR, struct.pack("16s16s8x", TUNNEL.encode(), address))
        switch_on(TUNNEL)
        anywhere = struct.pack("HH4s8x", socket.AF_INET, 0, bytes(4))
        route = _RouteV4(to=anywhere, gateway=anywhere, mask=anywhere, flags=_RTF_UP, device=TUNNEL.encode())
        # A field of bytes ends at its first zero where it is set by name: the family is in the first two.
        for field in (_RouteV4.to, _RouteV4.gateway, _RouteV4.mask):
            ctypes.memmove(ctypes.addressof(route) + field.offset, anywhere, 16)
        fcntl.ioctl(control, _SIOCADDRT, route)
    _route_v6()
    return tunnel


def _route_v6() -> None:
    """The same for IPv6, where this kernel has it."""
    if not Path("/proc/net/if_inet6").exists():
        return
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        index = struct.unpack("16si12x", fcntl.ioctl(control, _SIOCGIFINDEX, struct.pack("16s16x", TUNNEL.encode())))[1]
        address = socket.inet_pton(socket.AF_INET6, OWN_V6)
        fcntl.ioctl(control, _SIOCSIFADDR, struct.pack("16sIi", address, 128, index))
        route = struct.pack("16s16s16sIHHILIi", *(bytes(16),) * 3, 0, 0, 0, 1, 0, _RTF_UP, index)
        fcntl.ioctl(control, _SIOCADDRT, route)


# -- what is sent elsewhere


class Recorder:
    """Reads the tunnel and the ports of this computer's resolvers in a thread; `seen`: what was sent where by whom."""

    def __init__(self, tunnel: int) -> None:
        self.seen: Counter[str] = Counter()
        self._tunnel = tunnel
        self._resolvers = [found for address in own_resolvers() if (found := listen_at(address)) is not None]
        self._end, self._ended = os.pipe()
        self._thread = threading.Thread(target=self._read, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take what has been sent until now, then end."""
        os.write(self._ended, b".")
        self._thread.join(10)

    def _read(self) -> None:
        ending = False
        while not ending:
            ready, _, _ = select.select([self._tunnel, self._end, *self._resolvers], [], [])
            ending = self._end in ready
            while (packet := self._next_packet()) is not None:
                self._take(packet)
            for resolver in self._resolvers:
                self._take_lookups(resolver)

    def _next_packet(self) -> bytes | None:
        try:
            return os.read(self._tunnel, 65_536)
        except BlockingIOError:
            return None

    def _take(self, packet: bytes) -> None:
        sent = told(packet)
        if sent is not None:
            self.seen[sent] += 1

    def _take_lookups(self, resolver: socket.socket) -> None:
        while True:
            try:
                asked, (_, port, *_more) = resolver.recvfrom(4_096)
            except BlockingIOError:
                return
            self.seen[f"a lookup of {name_in(asked)} by {owner_of(17, port)}"] += 1


def own_resolvers() -> list[str]:
    """Addresses of this computer at which names may be looked up."""
    found = {"127.0.0.53"}
    try:
        lines = Path("/etc/resolv.conf").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1]
    return sorted(found | {one for one in named or ["127.0.0.1"] if one.startswith("127.") or one == "::1"})


def listen_at(address: str) -> socket.socket | None:
    """A socket at the port of a resolver; None where somebody else listens there, whose packets are seen then."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    try:
        made.bind((address, 53))
    except OSError:
        made.close()
        return None
    return made


def told(packet: bytes) -> str | None:
    """What a packet is, in words; None for what the kernel says by itself when a device is switched on."""
    if packet[0] >> 4 == 4:
        protocol, body = packet[9], packet[(packet[0] & 15) * 4 :]
        target: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.IPv4Address(packet[16:20])
    else:
        protocol, body = packet[6], packet[40:]
        target = ipaddress.IPv6Address(packet[24:40])
        if protocol == 0:  # options for every hop; what follows them is named in their first byte
            protocol, body = body[0], body[(body[1] + 1) * 8 :]
    if target.is_multicast and protocol in (2, _ICMP_V6):  # groups and neighbours, asked for by the kernel
        return None
    name = _PROTOCOLS.get(protocol, f"protocol {protocol}")
    if protocol not in (6, 17):
        return f"{name} to {target}"
    source, port = struct.unpack("!HH", body[:4])
    what = f"{name} to {target} port {port}"
    if port == 53 and protocol == 17:
        what += f", a lookup of {name_in(body[8:])}"
    return f"{what}, by {owner_of(protocol, source)}"


def name_in(asked: bytes) -> str:
    """The name that a question to a resolver is about."""
    labels, at = [], 12
    while at < len(asked) and asked[at]:
        labels.append(asked[at + 1 : at + 1 + asked[at]].decode("ascii", "replace"))
        at += 1 + asked[at]
    return ".".join(labels) or "?"


def owner_of(protocol: int, port: int) -> str:
    """The process with a socket at this port, as its number and command line."""
    kind = "tcp" if protocol == 6 else "udp"
    sockets: set[str] = set()
    for table in (f"/proc/net/{kind}", f"/proc/net/{kind}6"):
        if Path(table).exists():
            rows = [line.split() for line in Path(table).read_text(encoding="ascii").splitlines()[1:]]
            sockets |= {f"socket:[{row[9]}]" for row in rows if int(row[1].rpartition(":")[2], 16) == port}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = {os.readlink(link) for link in (process / "fd").iterdir()}
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:  # it ended meanwhile, or is another user's
            continue
        if links & sockets:
            return f"process {process.name} ({command[:300]})"
    return "a process that has ended"


# -- running


def inside(command: list[str]) -> int:
    """Run the command in this network, which must be a new one."""
    switch_on("lo")
    recorder = Recorder(open_tunnel())
    recorder.start()
    try:
        status = subprocess.run(command, check=False).returncode
    finally:
        recorder.stop()
    for what, times in recorder.seen.items():
        print(f"[sealed] sent elsewhere, {times} time(s): {what}", file=sys.stderr, flush=True)
    if recorder.seen:
        return LEAKED
    print("[sealed] nothing was sent to any other computer", file=sys.stderr, flush=True)
    return status


def way_in() -> list[str] | None:
    """How a network of one's own is made here; None where it is not allowed, or not Linux."""
    unshare = shutil.which("unshare")
    for flags in (["-n"], ["-rn"]) if unshare and Path("/dev/net/tun").exists() else ():
        command = [str(unshare), *flags]
        probe = [*command, sys.executable, "-m", "tests.tools.sealed_network", "--probe"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    return None


def main(arguments: list[str]) -> int:
    if arguments == ["--probe"]:
        os.close(open_tunnel())
        return 0
    or_without = arguments[:1] == [OR_WITHOUT]
    command = arguments[1:] if or_without else arguments
    if os.environ.get(MARK):
        return inside(command)
    way = way_in()
    if way is None:
        what = "runs beside other computers" if or_without else "is skipped"
        print(f"[sealed] no network of its own can be made here, so this {what}", file=sys.stderr, flush=True)
        return subprocess.run(command, check=False).returncode if or_without else NOT_ALLOWED
    whole = [*way, sys.executable, "-m", "tests.tools.sealed_network", *command]
    return subprocess.run(whole, env={**os.environ, MARK: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
