"""The one command, as somebody without display and without terminal would meet it: the demo, and exit status 0."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.end_to_end.conftest import ROOT, Programs

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.name == "nt", reason="the prepared environment is made of symbolic links"),
]

SCRIPT = str(ROOT / "packaging" / "bootstrap.py")


def load_bootstrap() -> ModuleType:
    """The script as a module, to ask it what it would install."""
    spec = importlib.util.spec_from_file_location("bootstrap_of_the_checkout", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """An environment with everything in it already: the one these tests run in, with the stamp of the locks."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    here = Path(sys.prefix)
    (venv / "bin" / "python").symlink_to(sys.executable)
    for name in ("lib", "lib64", "pyvenv.cfg"):
        if (here / name).exists():
            (venv / name).symlink_to(here / name)
    bootstrap = load_bootstrap()
    stamps = [bootstrap.fingerprint(lock) for lock in bootstrap.LOCKS.values()]
    (venv / ".installed-locks").write_text("\n".join(stamps))
    return venv


async def test_without_display_and_terminal_the_demo_runs_and_says_that_it_is_simulated(
    programs: Programs, prepared: Path, tmp_path: Path
) -> None:
    environment = {name: value for name, value in programs.environment.items() if name != "QT_QPA_PLATFORM"}
    programs.environment = environment | {"AICA_VENV": str(prepared)}
    (tmp_path / "here").mkdir()
    ended = await programs.run(sys.executable, SCRIPT, "run", cwd=tmp_path / "here")
    assert ended.status == 0, ended.err
    assert "No model is running: the answer is simulated." in ended.out
    assert "cuts a text into pieces" in ended.out, "the question that the simulated code is an answer to"
    assert "def chunks(text: str, size: int)" in ended.out
    assert "no display here" in ended.err
    assert "installing" not in ended.err, "everything was there already"
    picture = tmp_path / "here" / "demo-screenshot.png"
    assert str(picture) in ended.out
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "home").exists(), "the demo touches nobody's chats and settings"


async def test_an_unknown_job_shows_the_usage(programs: Programs, prepared: Path) -> None:
    ended = await programs.run(sys.executable, SCRIPT, "dance", environment={"AICA_VENV": str(prepared)})
    assert ended.status == 2
    assert "bootstrap.py run" in ended.err


async def test_the_stamp_changes_with_the_lock_file(tmp_path: Path) -> None:
    bootstrap = load_bootstrap()
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1")
    before = bootstrap.fingerprint(lock)
    lock.write_text("a==2")
    assert bootstrap.fingerprint(lock) != before


def test_where_uv_cannot_be_used_one_line_says_that_pip_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap = load_bootstrap()
    uv, python, calls = tmp_path / "uv", tmp_path / "python", tmp_path / "calls"
    uv.write_text("#!/bin/sh\necho 'error: invalid certificate'\necho 'hint: set SSL_CERT_FILE'\nexit 2\n")
    python.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
    for program in (uv, python):
        program.chmod(0o755)
    monkeypatch.setattr(bootstrap, "PYTHON", python)
    command = [str(uv), "pip", "install", "--python", str(python), "--quiet", "-r", "some.lock"]
    bootstrap.install(command, "installing the packages")
    assert capfd.readouterr().err.splitlines() == [
        "[setup] installing the packages",
        "[setup] uv could not be used here; pip does it instead",
    ]
    assert calls.read_text().splitlines() == ["-m ensurepip --upgrade", "-m pip install --quiet -r some.lock"]
    python.write_text("#!/bin/sh\necho 'no network'\nexit 1\n")
    with pytest.raises(bootstrap.SetupError, match=r"(?s)no network.*invalid certificate"):
        bootstrap.install(command, "installing the packages")


APT_GET = """#!/bin/sh
echo "$@" >> {calls}
[ "$1" = install ] || exit 0
{effect}
"""


@pytest.fixture
def servers_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[ModuleType, Path]]:
    """The script on a computer with these servers, where `apt-get install` has this effect; and the calls of that."""

    def made(*servers: str, root: bool, apt: str | None) -> tuple[ModuleType, Path]:
        programs, calls = tmp_path / "programs", tmp_path / "calls"
        programs.mkdir()
        if apt is not None:
            (programs / "apt-get").write_text(APT_GET.format(calls=calls, effect=apt.format(programs=programs)))
        for name in servers:
            (programs / name).write_text("#!/bin/sh\n")
        for program in programs.iterdir():
            program.chmod(0o755)
        bootstrap = load_bootstrap()
        monkeypatch.setattr(bootstrap, "SERVER_FOLDERS", f"{tmp_path}/postgresql/*/bin")
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setenv("PATH", f"{programs}")
        return bootstrap, calls

    return made


Servers = Callable[..., tuple[ModuleType, Path]]
INSTALLS = "/bin/touch {programs}/redis-server && /bin/chmod 755 {programs}/redis-server"


@pytest.mark.skipif(sys.platform != "linux", reason="they are offered on Linux only")
def test_missing_test_servers_are_installed_when_root_on_debian(
    servers_of: Servers, capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap, calls = servers_of("postgres", root=True, apt=INSTALLS)
    bootstrap.offer_test_servers()
    assert calls.read_text().splitlines() == ["update -q", "install -y --no-install-recommends redis-server"]
    assert "skipped" not in capfd.readouterr().err
    bootstrap.offer_test_servers()
    assert len(calls.read_text().splitlines()) == 2, "the second time there is nothing to do"


@pytest.mark.skipif(sys.platform != "linux", reason="they are offered on Linux only")
@pytest.mark.parametrize(("root", "apt"), [(False, INSTALLS), (True, None), (True, "echo no network >&2; exit 100")])
def test_where_they_cannot_be_installed_one_line_says_what_is_skipped(
    servers_of: Servers, capfd: pytest.CaptureFixture[str], root: bool, apt: str | None
) -> None:
    bootstrap, calls = servers_of(root=root, apt=apt)
    bootstrap.offer_test_servers()
    said = capfd.readouterr().err.splitlines()
    assert said[-1] == (
        "[setup] not here, so the tests that need it are skipped: postgresql redis-server (Debian's names)"
    )
    assert (root and apt) or (len(said) == 1 and not calls.exists())


@pytest.mark.skipif(sys.platform != "linux", reason="they are offered on Linux only")
def test_a_postgresql_where_debian_keeps_it_is_found(
    servers_of: Servers, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap, _calls = servers_of("redis-server", root=False, apt=None)
    folder = tmp_path / "postgresql" / "15" / "bin"
    folder.mkdir(parents=True)
    (folder / "postgres").write_text("#!/bin/sh\n")
    (folder / "postgres").chmod(0o755)
    bootstrap.offer_test_servers()
    assert capfd.readouterr().err == ""


# -- the whole suite


def files_of(command: list[str]) -> set[Path]:
    """The files with tests that a command for pytest collects."""
    words = command[command.index("pytest") + 1 :]
    left_out = {ROOT / word.partition("=")[2] for word in words if word.startswith("--ignore=")}
    paths = [ROOT / word for word in words if not word.startswith("-")] or [ROOT / "tests"]
    assert all(path.exists() for path in (*paths, *left_out))
    found = {file for path in paths for file in (path.rglob("test_*.py") if path.is_dir() else [path])}
    return {file for file in found if not left_out & {file, *file.parents}}


def test_the_whole_suite_has_every_test_once_and_those_of_whole_programs_sealed() -> None:
    bootstrap = load_bootstrap()
    parts = [files_of(command) for command in bootstrap.commands_of_the_suite()]
    everything = [file for part in parts for file in part]
    assert len(everything) == len(set(everything)), "no file is in two parts"
    assert set(everything) == set((ROOT / "tests").rglob("test_*.py"))
    (sealed,) = [
        files_of(command)
        for command in bootstrap.commands_of_the_suite()
        if "tests.tools.sealed_network" in command and "--or-without" in command
    ]
    assert sealed >= set((ROOT / "tests" / "end_to_end").glob("test_*.py"))
    assert ROOT / "tests" / "desktop" / "test_walk.py" in sealed


def test_parts_of_the_suite_run_side_by_side_and_one_that_fails_fails_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one waits for the last one, which is begun when another has ended."""
    begun = tmp_path / "begun"
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    looks = f"import os, time\nfor _ in range(3_000):\n if os.path.exists({str(begun)!r}): break\n time.sleep(0.01)\n"
    waits = f"{looks}else: raise SystemExit('nothing came')\nprint('first')"
    begins = f"open({str(begun)!r}, 'w').close(); print('last')"
    commands = [[sys.executable, "-c", code] for code in (waits, "raise SystemExit('second')", begins)]
    assert load_bootstrap().run_beside_each_other(commands, dict(os.environ)) == 1
    assert capfd.readouterr().out.splitlines() == ["first", "second", "last"]


def test_ctrl_c_lets_the_parts_of_the_suite_end_what_they_began(tmp_path: Path) -> None:
    """A server that a test began is ended by that test alone."""
    part = tmp_path / "part.py"
    part.write_text(
        "import pathlib, sys, time\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "try:\n"
        "    (folder / 'begun').touch()\n"
        "    time.sleep(60)\n"
        "finally:\n"
        "    time.sleep(1)\n"
        "    (folder / 'tidied').touch()\n",
        encoding="utf-8",
    )
    folders = [tmp_path / "one", tmp_path / "two", tmp_path / "never"]
    for folder in folders:
        folder.mkdir()
    runs = tmp_path / "runs.py"
    runs.write_text(
        "import os, sys\n"
        "from tests.end_to_end.test_bootstrap import load_bootstrap\n"
        "os.cpu_count = lambda: 2\n"
        "commands = [[sys.executable, sys.argv[1], folder] for folder in sys.argv[2:]]\n"
        "load_bootstrap().run_beside_each_other(commands, dict(os.environ))\n",
        encoding="utf-8",
    )
    command = [sys.executable, str(runs), str(part), *map(str, folders)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    ) as suite:
        wait_for(lambda: all((folder / "begun").exists() for folder in folders[:2]))
        os.killpg(suite.pid, signal.SIGINT)  # as a terminal does
        _, complaints = suite.communicate(timeout=60)
    assert b"KeyboardInterrupt" in complaints and suite.returncode != 0
    assert [(folder / "tidied").exists() for folder in folders] == [True, True, False]
    assert not (folders[2] / "begun").exists(), "nothing was begun after that"


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    latest = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < latest
        time.sleep(0.02)
