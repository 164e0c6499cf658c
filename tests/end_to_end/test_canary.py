"""One key, unique in the world: after using the product everywhere it is in none of the bytes that others may see."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.mock_server import Fault, MockServer, Script
from tests.end_to_end.conftest import Programs
from tests.end_to_end.traced import needs_strace, run_traced
from tests.fakes.hub import FakeHub

pytestmark = pytest.mark.anyio

#: As a person would get it from a provider; the second half is a word of its own so that a cut key is found, too.
CANARY = "sk-canary-b1946ac92492d2347c6235b4"
TRACES = (CANARY.encode(), b"canary-b1946ac9", b"92492d2347c6235b4")
#: In a line of strace: the path, and whether the file is opened to be written.
OPENED = re.compile(r'^(?:open|openat|creat)\((?:AT_FDCWD(?:<[^>]*>)?, |\d+, )?"((?:[^"\\]|\\.)*)"')
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|^creat")
#: What makes a file or a folder, and with which rights.
MADE = re.compile(
    r'^(?:open|openat|creat|mkdir|mkdirat)\((?:AT_FDCWD(?:<[^>]*>)?, |\d+, )?"(?P<path>(?:[^"\\]|\\.)*)"'
    r"(?:, [A-Z_|]*O_CREAT[A-Z_|]*)?, (?P<mode>0[0-7]*)\)"
)
#: Qt's own lock beside the socket of the window; it holds the number of a process.
NOT_OURS = {"launch.lock", "launch.lock.rmlock"}


def config_of(address: str) -> dict[str, object]:
    entry = {"type": "openai_compatible", "name": "Box", "base_url": address, "api_key": CANARY}
    return {"provider_configurations": {"box": entry}}


def traces_in(*texts: bytes | str) -> list[bytes]:
    whole = b"\n".join(text.encode() if isinstance(text, str) else text for text in texts)
    return [trace for trace in TRACES if trace in whole]


def files_with_traces(folder: Path) -> list[str]:
    return [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and traces_in(p.read_bytes())]


async def test_C2_a_key_of_the_environment_is_in_no_file_log_or_output(programs: Programs, tmp_path: Path) -> None:
    """`OPENAI_API_KEY` with OpenAI itself out of reach: every command, at the noisiest log level."""
    home = tmp_path / "home"
    environment = {"OPENAI_API_KEY": CANARY, "HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    seen: list[str] = []
    for command in (
        ("ask", "--provider", "openai", "--model", "gpt-5", "--json", "Hi"),
        ("models", "--provider", "openai"),
        ("doctor", "--provider", "lm_studio"),  # of OpenAI it would look the name up, which no test does
        ("key", "list"),
        ("config", "show"),
    ):
        ended = await programs.run(
            "-m", "app.cli.main", "--home", str(home), "--log-level", "debug", *command, environment=environment
        )
        seen += [ended.out, ended.err]
    assert traces_in(*seen) == []
    assert files_with_traces(home) == []
    assert (home / "logs").is_dir()


async def test_C2_a_key_that_works_is_in_no_file_log_output_or_child(programs: Programs, tmp_path: Path) -> None:
    """The key reaches the server it belongs to, in the header, and nothing else."""
    home = tmp_path / "home"
    paths = user_paths(home)
    async with MockServer(Script(ttft=0.3, tokens_per_second=0, token=CANARY)) as server:
        environment = {"LM_API_TOKEN": CANARY, "LMSTUDIO_BASE_URL": server.base_url}
        child = await programs.start(
            "-m", "app.cli.main", "--home", str(home), "--log-level", "debug",
            "ask", "--provider", "lm_studio", "Hi", environment=environment,
        )  # fmt: skip
        async with asyncio.timeout(20):
            while not server.stats.streams_open:
                await asyncio.sleep(0.01)
        assert traces_in(*command_lines_below(child.pid)) == []
        ended = await programs.end_of(child)
        assert ended.status == 0, ended.err
        assert traces_in(ended.out, ended.err) == []
        assert {r.headers.get("authorization") for r in server.stats.recorded} == {f"Bearer {CANARY}"}
        bodies = json.dumps([r.body for r in server.stats.recorded])
        assert traces_in(bodies) == []
        server.script.token = "another"  # and when it is refused, with LM Studio's words that repeat a part of it
        refused = await programs.run(
            "-m", "app.cli.main", "--home", str(home), "--log-level", "debug",
            "ask", "--provider", "lm_studio", "--json", "Hi", environment=environment,
        )  # fmt: skip
        assert refused.status == 5
        assert traces_in(refused.out, refused.err) == []
        assert CANARY[:8] not in refused.out, "not even the part that the server repeated"
    assert files_with_traces(home) == []
    assert paths.logs.is_dir()


async def test_C2_a_key_found_in_the_file_stays_out_of_everything_else(programs: Programs, tmp_path: Path) -> None:
    """Without a key store the file keeps its key; the window, its picture's folder, logs and store do not get it."""
    home = tmp_path / "home"
    paths = user_paths(home)
    paths.config.mkdir(parents=True, exist_ok=True)
    async with MockServer(Script(ttft=0, tokens_per_second=0, token=CANARY)) as server:
        paths.config_file.write_text(json.dumps(config_of(server.base_url)))
        picture = tmp_path / "picture.png"
        ended = await programs.run(
            "-m", "app", "--home", str(home), "--log-level", "DEBUG", "--provider", "box",
            "--prompt", "Hi", "--screenshot", str(picture),
        )  # fmt: skip
        assert ended.status == 0, ended.err
        shown = await programs.run("-m", "app.cli.main", "--home", str(home), "config", "show")
        got = await programs.run(
            "-m", "app.cli.main", "--home", str(home), "config", "get", "provider_configurations.box.api_key"
        )
        server.script.fault = Fault.SERVER_ERROR
        failed = await programs.run(
            "-m", "app.cli.main", "--home", str(home), "ask", "--provider", "box", "--json", "Hi"
        )
        assert failed.status == 5
    everything = [text for e in (ended, shown, got, failed) for text in (e.out, e.err)]
    assert traces_in(*everything) == []
    assert traces_in(picture.read_bytes()) == []
    assert files_with_traces(home) == [str(paths.config_file.relative_to(home))]


@needs_strace
async def test_C2_C4_a_window_in_use_writes_its_key_nowhere_and_everything_for_its_user_alone(
    programs: Programs, tmp_path: Path
) -> None:
    """Everything that it and its gateway write lies below one folder, which the system confirms, and is searched; so
    are the arguments and the environment of every program that is started. And though the umask allows
    everybody everything, the system is asked for no file that others could read, not for a moment."""
    folders = {name: tmp_path / name for name in ("home", "person", "temporary", "written", "looked", "traces")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    (folders["home"] / "config").mkdir(mode=0o700)
    values: dict[str, object] = {"provider_configurations": {"embedded": {"is_enabled": False}}, "gateway": {"port": 0}}
    async with MockServer(Script(ttft=0.01, tokens_per_second=0, token=CANARY)) as server, FakeHub() as hub:
        (folders["home"] / "config" / "llm_studio_config.json").write_text(
            json.dumps(values | {"network": {"hub_url": hub.url}}), encoding="utf-8"
        )
        (folders["home"] / "config" / "llm_studio_config.json").chmod(0o600)
        said, ended = await run_traced(
            programs,
            folders["traces"],
            ("-v", "-s", "100000", "-e", "trace=execve,open,openat,creat,mkdir,mkdirat"),
            *("tests.end_to_end.canary_child", str(folders["written"])),
            *("--home", str(folders["home"]), "--log-level", "DEBUG"),
            *("--provider", "lm_studio", "--model", "simulated/coder-7b"),
            environment={
                "LM_API_TOKEN": CANARY,
                "LMSTUDIO_BASE_URL": server.base_url,
                "HOME": str(folders["person"]),
                "XDG_CACHE_HOME": str(folders["person"] / ".cache"),
                "TMPDIR": str(folders["temporary"]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            umask=0,
        )
        assert {r.headers.get("authorization") for r in server.stats.recorded if r.path.endswith("completions")} == {
            f"Bearer {CANARY}"
        }
    assert traces_in(ended.err, *said) == []
    started, opened = programs_and_files(folders["traces"])
    ours = [folders[name] for name in ("home", "temporary", "written")]
    assert open_to_others(folders["traces"], ours) == []
    shutil.rmtree(folders["traces"])
    assert "canary_child" in started[0] and CANARY in started[0], "the key came this way, and was seen"
    assert any('"serve"' in one for one in started[1:]), "the gateway was among them"
    # The gateway is this program once more, with what it was started with: the help on security says so.
    arguments = [one.partition("], [")[0] for one in started[1:]]
    assert traces_in(*arguments) == []
    others = [one for one in started[1:] if '"serve"' not in one.partition("], [")[0]]
    assert len(others) > 0 and traces_in(*others) == [], "programs that got the key"
    system = ("/dev/", "/proc/")
    outside = [one for one in opened if not Path(one).is_relative_to(tmp_path) and not one.startswith(system)]
    # Of a fresh checkout: children that take no settings from the environment keep the byte code of its modules.
    assert [one for one in outside if "/__pycache__/" not in one] == []
    written = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert {"written/chats.json", "written/chats.html", "written/connections.csv", "looked/page0.png"} < written
    assert {"home/data/conversations.db", "home/data/gateway.db"} < written, written
    assert any(one.startswith("home/logs/reports/") for one in written)
    assert files_with_traces(tmp_path) == []
    made = [path for folder in ours for path in folder.rglob("*") if path.name not in NOT_OURS]
    assert [path for path in made if path.lstat().st_mode & 0o077 and not path.is_symlink()] == []


def open_to_others(folder: Path, below: list[Path]) -> list[str]:
    """Of the files of strace: each line that makes a file or folder below these which others may read or write."""
    found: dict[Path, list[str]] = {}
    private: set[Path] = set()
    for file in folder.iterdir():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            made = MADE.search(line)
            if made is None or " = -1 " in line:
                continue
            path = Path(made["path"])
            if int(made["mode"], 8) & 0o077 == 0:
                private.add(path)
            elif any(path.is_relative_to(one) for one in below) and path.name not in NOT_OURS:
                found.setdefault(path, []).append(line)
    # SQLite opens its file with the right to make it, which was made before it came.
    return [line for path, lines in found.items() if path.suffix != ".db" or path not in private for line in lines]


def programs_and_files(folder: Path) -> tuple[list[str], set[str]]:
    """Of the files of strace, one a thread: each start of a program, the first one first, and what was opened to be
    written."""
    started: list[str] = []
    opened: set[str] = set()
    for file in sorted(folder.iterdir(), key=lambda one: int(one.suffix[1:])):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("execve("):
                started.append(line)
            elif (found := OPENED.search(line)) and WRITES.search(line) and " = -1 " not in line:
                opened.add(found[1])
    return started, opened


def command_lines_below(pid: int) -> list[bytes]:
    """Arguments of a process and its children, and the environment of the children; empty where there is no /proc."""
    texts: list[bytes] = []
    for one in Path("/proc").glob("[0-9]*") if Path("/proc/self").exists() else ():
        try:
            parent = int((one / "stat").read_text().rpartition(")")[2].split()[1])
            if pid in (int(one.name), parent):
                texts.append((one / "cmdline").read_bytes())
            if parent == pid:
                texts.append((one / "environ").read_bytes())
        except (OSError, ValueError):
            continue  # it ended meanwhile
    assert texts or os.name == "nt" or not Path("/proc/self").exists()
    return texts
