"""Chats in a network of its own, which it switches off in the middle of an answer, and on again; says what came of it.

`python -m tests.end_to_end.lost_network_child HOME`; one JSON object. Ends with `NOT_ALLOWED` where no network can be
made. Linux.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
import threading

import psutil

from app.paths import user_paths
from app.services.container import Overrides, Services, open_services
from tests.tools.sealed_network import _SIOCGIFFLAGS, _SIOCSIFFLAGS, NOT_ALLOWED, switch_on

CLONE_NEWNET, IFF_UP = 0x4000_0000, 0x1


def switch_off(name: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sH14x", name.encode(), 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(control, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), flags & ~IFF_UP))


async def ask(services: Services, chat: int, text: str, *, lose: bool) -> dict[str, object]:
    """What the answer was in the store and in memory."""
    answer = await services.chats.send(chat, text, provider="lm_studio", model="simulated/coder-7b")
    if lose:
        async with asyncio.timeout(20):
            while len(answer.text_parts) < 10:
                await asyncio.sleep(0.01)
        switch_off("lo")
    async with asyncio.timeout(20):
        await answer.wait()
    stored = await services.store.message(answer.message_id)
    assert stored is not None
    return {
        "status": stored.status,
        "whole": stored.text == answer.text,
        "length": len(stored.text),
        "error": stored.error,
    }


async def main(home: str) -> dict[str, object]:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli.main", "mock-server", "--port", "0", "--ttft", "0", "--rate", "100"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    address = (await server.stdout.readline()).decode().removeprefix("listening on ").strip()
    found: dict[str, object] = {}
    overrides = Overrides(provider="lm_studio", base_url=address, environment={"AICA_KEYRING": "off"})
    async with await open_services(user_paths(home), overrides) as services:
        chat = await services.store.create_conversation()
        found["lost"] = await ask(services, chat, "Write for long", lose=True)
        switch_on("lo")
        found["again"] = await ask(services, chat, "Once more", lose=False)
    server.terminate()
    await server.communicate()
    me = psutil.Process()
    found["threads"] = [one.name for one in threading.enumerate() if not one.name.startswith(("MainThread", "asyncio"))]
    found["children"] = [one.cmdline() for one in me.children()]
    found["sockets"] = [str(one) for one in me.net_connections() if one.status != psutil.CONN_NONE]
    return found


if __name__ == "__main__":
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        print(os.strerror(ctypes.get_errno()), file=sys.stderr)
        sys.exit(NOT_ALLOWED)
    switch_on("lo")
    print(json.dumps(asyncio.run(main(sys.argv[1]))))
