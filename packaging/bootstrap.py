"""Set up and start AI Coder Assistant with nothing but Python 3.11 or newer.

    python3 packaging/bootstrap.py run  [arguments for the app]     the window; without a display the terminal chat;
                                                                    without a terminal either: a demo
    python3 packaging/bootstrap.py test                             sets up what the tests need and runs them all
    python3 packaging/bootstrap.py test [arguments for pytest]      some of them
    python3 packaging/bootstrap.py test --clients [arguments]       other people's clients against the HTTP gateway
    python3 packaging/bootstrap.py test --bundle [arguments]        builds the package that people install and tries it
                                                                    (--bundle=FOLDER: the one that is there)
    python3 packaging/bootstrap.py test --sealed [arguments]        whole programs, where there is no other computer

Standard library only. Everything it installs goes into `.venv` beside the code (AICA_VENV overrides), the clients into
`.clients` beside that, what builds packages into `build`; the second time there is nothing to do.
On Windows: py packaging\\bootstrap.py …
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("AICA_VENV") or ROOT / ".venv").absolute()
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
LOCKS = {"run": ROOT / "packaging" / "requirements.lock", "test": ROOT / "packaging" / "requirements-test.lock"}
STAMP = VENV / ".installed-locks"

# Clients that talk to the gateway in tests, each in an environment of its own, in the version that people get today.
CLIENTS = VENV.parent / ".clients"
PYTHON_CLIENTS = {"openai": "openai>=3,<4", "anthropic": "anthropic>=2,<3", "llm": "llm>=0.36"}
NODE_CLIENTS = {"openai-node": "openai@6"}
#: In the folder of a client that is complete: what was asked for.
CLIENT_STAMP = ".ready"

# Tests that use the whole program; they run in a network in which only this computer is there.
SEALED_TESTS = ["tests/end_to_end", "tests/desktop/test_walk.py", "tests/mcp_server/test_mcp.py"]
# The other tests, in parts that take about as long as those: two run at a time. What is not named is a part, too.
PARTS = (["tests/desktop"], ["tests/services"], ["tests/cli"])
#: Seconds for the parts to end what they began, once they are to end.
TIDY_S = 20.0
#: What `tests.tools.sealed_network` ends with where no such network can be made.
SEALED_NOT_ALLOWED = 98

EXIT_SETUP = 3

# What Qt opens at run time: library -> its package on (Debian, Fedora, Arch).
BASE_LIBRARIES = {
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libgssapi_krb5.so.2": ("libgssapi-krb5-2", "krb5-libs", "krb5"),
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
}
WAYLAND_LIBRARIES = {
    "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libwayland-egl.so.1": ("libwayland-egl1", "libwayland-egl", "wayland"),
}
# llama.cpp is built with OpenMP; without this library only the built-in engine is missing.
ENGINE_LIBRARIES = {"libgomp.so.1": ("libgomp1", "libgomp", "gcc-libs")}

# Servers that the tests of several gateways start for themselves; without them only those tests are skipped.
TEST_SERVERS = {
    "postgres": ("postgresql", "postgresql-server", "postgresql"),
    "redis-server": ("redis-server", "redis", "redis"),
}
# A screen that nobody sees, for the packaged window; and what takes names out of libraries.
BUNDLE_TOOLS = {"Xvfb": ("xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"), "strip": ("binutils",) * 3}
# Debian keeps PostgreSQL's server outside the PATH.
SERVER_FOLDERS = "/usr/lib/postgresql/*/bin"

PACKAGE_MANAGERS = (
    ("apt-get", 0, ["apt-get", "install", "-y", "--no-install-recommends"]),
    ("dnf", 1, ["dnf", "install", "-y"]),
    ("pacman", 2, ["pacman", "-S", "--needed", "--noconfirm"]),
)
Names = tuple[str, str, str]


def say(text: str) -> None:
    print(f"[setup] {text}", file=sys.stderr, flush=True)


class SetupError(Exception):
    """Setting up is not possible; the text says what to do."""


# -- system packages


def on_linux() -> bool:
    return sys.platform.startswith("linux")


def missing_libraries(table: dict[str, Names]) -> list[Names]:
    gone = []
    for soname, names in table.items():
        try:
            ctypes.CDLL(soname)
        except OSError:
            gone.append(names)
    return gone


def install_packages(rows: list[Names], why: str) -> bool:
    """Install system packages when root on Debian, else print the one line to paste. True when installed."""
    found = next((manager for manager in PACKAGE_MANAGERS if shutil.which(manager[0])), None)
    if found is None:
        say(f"{why}. Install these (Debian's names): {' '.join(sorted({row[0] for row in rows}))}")
        return False
    program, column, command = found
    packages = sorted({row[column] for row in rows})
    if program != "apt-get" or os.geteuid() != 0:
        say(f"{why}. Paste this line, then run the same command again:\n    sudo {' '.join([*command, *packages])}")
        return False
    say(f"{why}: installing {' '.join(packages)}")
    # With this run level a package's server is not started, unless systemd does it: nobody here asked for one.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update", "-q"], env=environment, stdout=subprocess.DEVNULL, check=False)
    done = subprocess.run([*command, *packages], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        say(f"apt-get failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return done.returncode == 0


def missing_programs(table: dict[str, Names]) -> list[Names]:
    folders = [str(folder) for folder in Path("/").glob(SERVER_FOLDERS.lstrip("/"))]
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *folders])
    return [names for program, names in table.items() if shutil.which(program, path=path) is None]


def offer_programs(table: dict[str, Names], why: str) -> None:
    """Install what is missing of these programs when root on Debian; else one line says what is left out."""
    gone = missing_programs(table) if on_linux() else []
    if gone and os.geteuid() == 0 and shutil.which("apt-get"):
        install_packages(gone, why)
        gone = missing_programs(table)
    if gone:
        packages = " ".join(names[0] for names in gone)
        say(f"not here, so the tests that need it are skipped: {packages} (Debian's names)")


def offer_test_servers() -> None:
    offer_programs(TEST_SERVERS, "The tests of several gateways need servers that are not here")


def wanted_libraries(job: str, with_display: bool) -> dict[str, Names]:
    table = dict(BASE_LIBRARIES)
    if job == "test":
        table |= ENGINE_LIBRARIES
    elif with_display:
        table |= WAYLAND_LIBRARIES if uses_wayland() else X11_LIBRARIES
    return table


def uses_wayland() -> bool:
    return bool(os.environ.get("WAYLAND_DISPLAY")) and not os.environ.get("DISPLAY")


def has_display() -> bool:
    return not on_linux() or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def qt_is_ready(job: str, with_display: bool) -> bool:
    if not on_linux():
        return True
    table = wanted_libraries(job, with_display)
    gone = missing_libraries(table)
    if not gone:
        return True
    return install_packages(gone, "Qt needs system libraries that are not here") and not missing_libraries(table)


# -- Python packages


def fingerprint(lock: Path) -> str:
    digest = hashlib.sha256(lock.read_bytes())
    digest.update(f"{sys.version}{platform.machine()}".encode())
    return digest.hexdigest()


def installed() -> set[str]:
    try:
        return set(STAMP.read_text(encoding="utf-8").split())
    except OSError:
        return set()


def run_quietly(command: list[str], what: str, *, announced: bool = False) -> None:
    """Run a set-up step; its output is shown only when it fails, a sign of life every ten seconds."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if not announced:
        say(what)
    started = time.monotonic()
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
    )
    while True:
        try:
            output, _ = child.communicate(timeout=10)
            break
        except subprocess.TimeoutExpired:
            say(f"… still at it, {time.monotonic() - started:.0f} s")
    if child.returncode:
        raise SetupError(f"{what} failed:\n{output.strip()}")


def ensure_environment(job: str) -> None:
    """Make `.venv` with the locked packages of this job. Nothing to do when its stamp says so."""
    lock = LOCKS[job]
    wanted = fingerprint(lock)
    done = installed()
    if PYTHON.exists() and wanted in done:
        return
    started = time.monotonic()
    uv = shutil.which("uv")
    if not is_usable():
        make_environment(uv)
        done = set()
    if not uv and subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        run_quietly([str(PYTHON), "-m", "ensurepip", "--upgrade"], "adding pip to the environment")
    pip = [uv, "pip", "install", "--python", str(PYTHON)] if uv else [str(PYTHON), "-m", "pip", "install"]
    size = "about 145 MB" if job == "run" else "about 200 MB"
    install(
        [*pip, "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)],
        f"installing the locked packages ({size} the first time)",
    )
    STAMP.write_text("\n".join(sorted(done | {wanted})), encoding="utf-8")
    say(f"ready in {time.monotonic() - started:.0f} s")


def install(command: list[str], what: str) -> None:
    """Install with uv where it is there; it obeys other settings than pip (certificates, mirrors), so pip is next."""
    try:
        run_quietly(command, what)
    except SetupError as exc:
        if command[1] != "pip":
            raise
        say("uv could not be used here; pip does it instead")
        try:
            run_quietly([str(PYTHON), "-m", "ensurepip", "--upgrade"], "adding pip", announced=True)
            pip = [str(PYTHON), "-m", "pip", "install", *command[command.index("--quiet") :]]
            run_quietly(pip, what, announced=True)
        except SetupError as second:
            raise SetupError(f"{second}\nBefore that, with uv: {exc}") from exc


def is_usable() -> bool:
    """Whether there is an environment whose Python starts and is new enough. One that we did not make is used, not
    replaced."""
    if not PYTHON.exists():
        return False
    probe = subprocess.run(
        [str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], capture_output=True, check=False
    )
    return probe.returncode == 0


def make_environment(uv: str | None) -> None:
    """A new environment. A folder that holds something else is left alone."""
    if VENV.exists() and any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").exists():
        raise SetupError(f"{VENV} is there and is no Python environment. Move it away, or set AICA_VENV.")
    if uv:
        run_quietly([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)], f"making {VENV}")
        return
    try:
        import ensurepip  # noqa: F401 - Debian leaves it out of its bare python3
    except ImportError:
        rows: list[Names] = [("python3-venv", "python3", "python")]
        if not install_packages(rows, "Python's venv module is not complete here"):
            raise SetupError("Python cannot make a virtual environment yet.") from None
    run_quietly([sys.executable, "-m", "venv", "--clear", str(VENV)], f"making {VENV}")


# -- other people's clients


def ensure_clients() -> None:
    """What is missing of the clients is installed; one that cannot be is left out, and a line says so."""
    for name, package in {**PYTHON_CLIENTS, **NODE_CLIENTS}.items():
        folder = CLIENTS / name
        stamp = folder / CLIENT_STAMP
        wanted = f"{package} {sys.version if name in PYTHON_CLIENTS else 'node'}"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            (python_client if name in PYTHON_CLIENTS else node_client)(folder, name, package)
        except (SetupError, OSError) as exc:
            shutil.rmtree(folder, ignore_errors=True)
            say(f"not here, so its tests are skipped: the client {name} ({str(exc).strip().splitlines()[-1]})")
        else:
            stamp.write_text(wanted, encoding="utf-8")


def python_client(folder: Path, name: str, package: str) -> None:
    """A virtual environment in `folder`."""
    what = f"installing the client {name}"
    python = folder / PYTHON.relative_to(VENV)
    wheels = ["--quiet", "--only-binary", ":all:", package]
    if uv := shutil.which("uv"):
        try:
            run_quietly([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], what)
            run_quietly([uv, "pip", "install", "--python", str(python), *wheels], what, announced=True)
            return
        except SetupError:
            say("uv could not be used here; pip does it instead")
    run_quietly([sys.executable, "-m", "venv", "--clear", str(folder)], what, announced=bool(uv))
    run_quietly([str(python), "-m", "pip", "install", "--retries", "1", *wheels], what, announced=True)


def node_client(folder: Path, name: str, package: str) -> None:
    """A package of Node's in `folder`; none of its scripts run."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise SetupError("there is no npm")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    quiet = ["--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries", "1"]
    run_quietly([npm, "install", "--prefix", str(folder), *quiet, package], f"installing the client {name}")


# -- jobs


def replace_process(arguments: list[str], environment: dict[str, str]) -> int:
    if not WINDOWS:
        os.execve(arguments[0], arguments, environment)
    return subprocess.run(arguments, env=environment, check=False).returncode


def child_environment() -> dict[str, str]:
    environment = dict(os.environ)
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{before}" if before else str(ROOT)
    return environment


def run(rest: list[str]) -> int:
    ensure_environment("run")
    environment = child_environment()
    display = has_display()
    window = display and qt_is_ready("run", with_display=True)
    if on_linux() and (gone := missing_libraries(ENGINE_LIBRARIES)):
        install_packages(gone, "The built-in engine needs a system library that is not here; all else works")
    if window:
        return replace_process([str(PYTHON), "-m", "app", *rest], environment)
    if not display:
        say("there is no display here")
    if sys.stdin.isatty():
        say("starting the terminal chat instead of the window")
        return replace_process([str(PYTHON), "-m", "app.cli.main", "chat", *rest], environment)
    say("no terminal to type in either: running the demo with a simulated model")
    if not qt_is_ready("run", with_display=False):
        return EXIT_SETUP
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    return replace_process([str(PYTHON), "-m", "app.desktop.demo", *rest], environment)


def test(rest: list[str]) -> int:
    clients, sealed = "--clients" in rest, "--sealed" in rest
    bundle = next((argument for argument in rest if argument.split("=")[0] == "--bundle"), None)
    rest = [argument for argument in rest if argument not in ("--clients", "--sealed", bundle)]
    ensure_environment("test")
    if not qt_is_ready("test", with_display=False):
        return EXIT_SETUP
    if clients:
        ensure_clients()
        rest = [f"--clients={CLIENTS}", *(rest or ["-q", "tests/clients"])]
    elif bundle:
        offer_programs(BUNDLE_TOOLS, "The packaged program is built and tried with programs that are not here")
        folder = bundle.partition("=")[2] or built_bundle()
        rest = [f"--bundle={folder}", *(rest or ["-q", "tests/bundle"])]
    else:
        offer_test_servers()
    environment = child_environment()
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.chdir(ROOT)
    if sealed:
        return run_sealed(rest or ["-q", *SEALED_TESTS], environment)
    if not rest:
        return run_beside_each_other(commands_of_the_suite(), environment)
    return replace_process([str(PYTHON), "-m", "pytest", *rest], environment)


def built_bundle() -> str:
    """The folder of the package, built anew with everything that can be in it."""
    command = [sys.executable, str(ROOT / "packaging" / "build.py"), "bundle", "--with-engine"]
    if subprocess.run(command, check=False).returncode:
        raise SetupError("The package could not be built.")
    return str(ROOT / "dist" / "ai-coder-assistant")


def in_sealed_network(command: list[str], *, or_without: bool) -> list[str]:
    """The command in a network of its own; it fails where anything is sent to another computer. Where no such network
    can be made one line says so, and it is run `or_without` one."""
    return [str(PYTHON), "-m", "tests.tools.sealed_network", *(["--or-without"] if or_without else []), *command]


def run_sealed(arguments: list[str], environment: dict[str, str]) -> int:
    """Tests in such a network; where there is none nothing fails."""
    alone = in_sealed_network([str(PYTHON), "-m", "pytest", *arguments], or_without=False)
    status = subprocess.run(alone, env=environment, check=False).returncode
    return 0 if status == SEALED_NOT_ALLOWED else status


def commands_of_the_suite() -> list[list[str]]:
    """Every test once, in parts of about the same length, the longest first: those of whole programs sealed."""
    pytest = [str(PYTHON), "-m", "pytest", "-q"]

    def but(*left_out: str) -> list[str]:
        return [f"--ignore={path}" for path in left_out]

    named = [path for part in PARTS for path in part]
    parts = [[*pytest, *part, *but(*SEALED_TESTS)] for part in PARTS]
    rest = [*pytest, *but(*named, *SEALED_TESTS)]
    return [*parts, in_sealed_network([*pytest, *SEALED_TESTS], or_without=True), rest]


def run_beside_each_other(commands: list[list[str]], environment: dict[str, str]) -> int:
    """Two at a time: tests wait more than they compute. Whichever ends first gives way to the next one.

    The first one says what it says at once, the others when they and all before them have ended; the status is that of
    the first one that failed.
    """
    children: list[subprocess.Popen[bytes]] = []
    is_over = False

    def run_one(command: list[str]) -> tuple[int, IO[bytes] | None]:
        said = None if command is commands[0] else tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was shown
        child = subprocess.Popen(command, env=environment, stdout=said, stderr=said and subprocess.STDOUT)
        children.append(child)
        if is_over:  # it was begun while the others were being ended
            child.kill()
        return child.wait(), said

    say(f"{len(commands)} parts, two at a time; what they say comes in their order")
    failed = 0
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as lanes:
        try:
            for status, said in lanes.map(run_one, commands):
                failed = failed or status
                if said is not None:
                    said.seek(0)
                    sys.stdout.flush()
                    shutil.copyfileobj(said, sys.stdout.buffer)
                    sys.stdout.flush()
                    said.close()
        finally:
            is_over = True
            lanes.shutdown(wait=False, cancel_futures=True)
            wait_for_the_end(children)
    return failed


def wait_for_the_end(children: list[subprocess.Popen[bytes]]) -> None:
    """Ctrl-C in a terminal reached them, too: they end the servers and windows that they began, which nobody else
    would. Those that do not end are ended."""
    latest = time.monotonic() + TIDY_S
    try:
        for child in list(children):
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, latest - time.monotonic()))
    finally:
        for child in list(children):
            child.kill()


JOBS = {"run": run, "test": test}


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is started by whatever Python the system has
        say(f"Python 3.11 or newer is needed; this is {platform.python_version()}.")
        return EXIT_SETUP
    job, *rest = arguments or ["run"]
    if job not in JOBS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return JOBS[job](rest)
    except SetupError as exc:
        say(str(exc))
        return EXIT_SETUP


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
