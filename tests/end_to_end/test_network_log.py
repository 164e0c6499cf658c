"""The list on the Privacy page against what the system saw: no connection is missing in it, and none is made up."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from app.services.mock_server import MockServer, Script
from tests.end_to_end.conftest import Programs
from tests.end_to_end.traced import needs_strace, run_traced
from tests.fakes.hub import FakeHub
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio

#: In the files of strace, one a thread: what it connected to, and which threads and processes it started.
CONNECT = re.compile(
    r"connect\(\d+, \{sa_family=AF_INET6?, sin6?_port=htons\((\d+)\),"
    r'.*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"'
)
THREAD = re.compile(r"clone3?\(.*CLONE_THREAD.*= (\d+)$")
THREAD_AS_NUMBER = re.compile(r"clone3?\(.*=> \{parent_tid=\[(\d+)\]")


def connections_of(process_id: int, folder: Path) -> Counter[tuple[str, int]]:
    """Host and port of each connection that the threads of this process opened, not those of its children."""
    found: Counter[tuple[str, int]] = Counter()
    waiting, known = [process_id], {process_id}
    while waiting:
        for line in (folder / f"trace.{waiting.pop()}").read_text(encoding="utf-8", errors="replace").splitlines():
            if (thread := THREAD.search(line) or THREAD_AS_NUMBER.search(line)) and "CLONE_THREAD" in line:
                started = int(thread[1])
                waiting += [started] if started not in known else []
                known.add(started)
            if connected := CONNECT.search(line):
                found[connected[2], int(connected[1])] += 1
    return found


@needs_strace
async def test_E12_every_connection_of_the_window_is_in_its_own_list_and_nothing_else_is(
    programs: Programs, tmp_path: Path
) -> None:
    home, traces = tmp_path / "home", tmp_path / "traces"
    (home / "config").mkdir(parents=True)
    async with MockServer(Script(ttft=0.01, tokens_per_second=2_000.0)) as server, FakeHub() as hub:
        hub.add("maker/Tiny-1B-Coder-GGUF", {"tiny-Q4_K_M.gguf": b"GGUF" + bytes(1_000)})
        values = {
            "provider_configurations": {"embedded": {"is_enabled": False}},
            "network": {"hub_url": hub.url},
            "gateway": {"port": 0},
        }
        (home / "config" / "llm_studio_config.json").write_text(json.dumps(values), encoding="utf-8")
        said, _ended = await run_traced(
            programs,
            traces,
            ("-e", "trace=connect,clone,clone3,fork,vfork"),
            *("tests.end_to_end.network_child", "--home", str(home)),
            *("--provider", "lm_studio", "--model", "simulated/coder-7b"),
            environment={
                "LMSTUDIO_BASE_URL": server.base_url,
                "OLLAMA_HOST": f"http://127.0.0.1:{refused_port()}",
                "LMSTUDIO_POLLING_INTERVAL": "600s",
            },
        )
    listed = Counter((host, port) for host, port, _ in (json.loads(x[4:]) for x in said if x.startswith("log ")))
    window = min(int(file.suffix[1:]) for file in traces.glob("trace.*"))
    seen = connections_of(window, traces)
    assert listed == seen
    hosts = {f"http://{host}:{port}" for host, port in listed}
    assert {server.base_url, hub.url} < hosts and len(listed) >= 3, listed
    assert all(host == "127.0.0.1" for host, _port in seen)
