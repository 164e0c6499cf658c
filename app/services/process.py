"""The one launcher of child processes.

Argument lists only, never a shell; programs by absolute path; an environment without keys; every child in a group
of its own, killed as a whole; time and output bounded. What a child printed is data from outside: bounded here,
made printable by whoever shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

logger = logging.getLogger(__name__)

DEFAULT_TIMEOUT_S = 30.0
MAX_OUTPUT_BYTES = 1024 * 1024
#: A child that ignores the polite signal is killed after this.
TERMINATE_GRACE_S = 1.0
EXIT_POLL_S = 0.05
READ_BYTES = 64 * 1024

#: What a child may see of our environment: what programs need to find their files and the display, and no more.
PASSED_VARIABLES = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"}
    | {"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"}
    | {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"}
    | {"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH"}
    | {"APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432"}
    | {"NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"}
    | {"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"}
)
#: A frozen program points these at its own libraries and keeps the user's value beside them as `…_ORIG`.
LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """How a child ended.

    `exit_status` is None when it was killed for taking too long (`timed_out`) or by a signal of its own.
    `stdout` and `stderr` are decoded as UTF-8 with replacement and cut at the output limit (`truncated`).
    """

    arguments: tuple[str, ...]
    exit_status: int | None
    stdout: str
    stderr: str
    timed_out: bool = False
    truncated: bool = False

    @property
    def succeeded(self) -> bool:
        """The exit status alone; whether the work was done is judged by its effect."""
        return self.exit_status == 0


def find_program(name: str, folders: Iterable[Path] = ()) -> Path | None:
    """The absolute path of a program: in the known folders first, then on PATH; never in the current folder.

    On Windows `.exe` is added; scripts (`.bat`, `.cmd`) are not started, they would need a shell.
    """
    if not name or Path(name).name != name:
        raise ValueError(f"a program name is wanted, not {name!r}")
    file_name = f"{name}.exe" if sys.platform == "win32" and not name.lower().endswith(".exe") else name
    on_path = (Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry)
    for folder in (*folders, *on_path):
        if not folder.is_absolute():  # relative PATH entries mean "the current folder" in disguise
            continue
        candidate = folder / file_name
        with contextlib.suppress(OSError):  # an unreadable folder holds no program for us
            if candidate.is_file() and os.access(candidate, os.X_OK):
                return candidate
    return None


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A minimal environment: no keys, no proxies with credentials, no library paths of a frozen program."""
    environment = {
        name: value for name, value in os.environ.items() if name.upper() in PASSED_VARIABLES or name.startswith("LC_")
    }
    for name in LIBRARY_PATHS:
        original = os.environ.get(f"{name}_ORIG")
        if original is not None:
            environment[name] = original
        elif not getattr(sys, "frozen", False) and name in os.environ:
            environment[name] = os.environ[name]
    return environment | dict(extra or {})


def safe_value(value: str, pattern: re.Pattern[str]) -> str:
    """`value` if it may stand in an argument list: it matches the whole pattern and is no option.

    Raises:
        LLMError: kind `bad_request`.
    """
    if value.startswith("-") or not pattern.fullmatch(value):
        shown = value if len(value) <= 80 else value[:79] + "…"
        raise LLMError(
            ErrorKind.BAD_REQUEST, say("{shown!r} is not a valid name.", shown=shown), say("Check the spelling.")
        )
    return value


def without_terminal_codes(text: str) -> str:
    """Text as a person would have read it: no colour codes, a redrawn line as its last state."""
    plain = _ANSI.sub("", text)
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in plain.split("\n"))
    return "\n".join(lines)


async def run(
    program: Path,
    arguments: Sequence[str] = (),
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    max_output_bytes: int = MAX_OUTPUT_BYTES,
    environment: Mapping[str, str] | None = None,
    on_output: Callable[[str], None] | None = None,
    keep_children: bool = False,
) -> ProcessResult:
    """Run a program to its end, its standard input closed.

    Args:
        timeout_s: then the whole process group is killed and `timed_out` is set.
        max_output_bytes: of stdout and of stderr each; more is read and thrown away, so a flood cannot block it.
        environment: added to the minimal one.
        on_output: called with each piece of stdout as it arrives (progress bars).
        keep_children: what the program leaves running after a normal end is its purpose (`lms server start`).

    Raises:
        LLMError: `not_installed`, the program is not there or cannot be started.
    """
    child = await _spawn(program, arguments, environment)
    assert child.stdout is not None
    assert child.stderr is not None
    out, err = _BoundedText(max_output_bytes, on_output), _BoundedText(max_output_bytes)
    timed_out = False
    readers = asyncio.gather(_drain(child.stdout, out), _drain(child.stderr, err))
    try:
        async with asyncio.timeout(timeout_s):
            await _exited(child)
    except TimeoutError:
        timed_out = True
    finally:
        if child.returncode is None or not keep_children:
            await end_group(child.pid, lambda: child.returncode is not None)
        await _finish_readers(child, readers)
    return ProcessResult(
        arguments=(str(program), *arguments),
        exit_status=None if timed_out or child.returncode is None or child.returncode < 0 else child.returncode,
        stdout=out.text(),
        stderr=err.text(),
        timed_out=timed_out,
        truncated=out.truncated or err.truncated,
    )


class OwnedProcess:
    """A long-running child of ours. It outlives this object: only `aclose` ends it."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child

    @property
    def process_id(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    async def aclose(self) -> None:
        """End the whole group: politely, then not. Harmless when it has ended."""
        await end_group(self._child.pid, lambda: not self.running)

    def release(self) -> None:
        """Let it run on after this program; its process id is all that is left of it here."""
        if self._child.returncode is None:
            # Popen would warn about a child that runs on, which is the purpose here.
            self._child.returncode = 0


def start_detached(
    program: Path,
    arguments: Sequence[str] = (),
    *,
    environment: Mapping[str, str] | None = None,
    log_file: Path | None = None,
) -> OwnedProcess:
    """Start a server in a group of its own. Its output goes to `log_file` (made private, 0600) or nowhere.

    Raises:
        LLMError: `not_installed`, it could not be started.
        OSError: the log file cannot be written.
    """
    _check_start(program, arguments)
    output = subprocess.DEVNULL
    if log_file is not None:
        output = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        options = start_options(program, environment)
        return OwnedProcess(subprocess.Popen([str(program), *arguments], stdout=output, stderr=output, **options))
    except OSError as exc:
        raise _not_started(program, exc) from exc
    finally:
        if log_file is not None:
            os.close(output)


def process_exists(process_id: int) -> bool:
    """Whether any process has that id, ours or not."""
    if sys.platform == "win32":
        return _exists_on_windows(process_id)
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _exists_on_windows(process_id: int) -> bool:
    import ctypes  # here: signal 0 would end a process on Windows, so the system is asked itself

    query_limited_information, still_active = 0x1000, 259
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent in the stubs of other systems
    handle = kernel.OpenProcess(query_limited_information, False, process_id)
    if not handle:
        return False
    try:
        status = ctypes.c_ulong()
        return bool(kernel.GetExitCodeProcess(handle, ctypes.byref(status))) and status.value == still_active
    finally:
        kernel.CloseHandle(handle)


async def runs_program(process_id: int, program: Path) -> bool:
    """Whether that process still is that program: ids are used again, so a recorded one proves nothing."""
    if sys.platform == "win32":
        lister = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "tasklist.exe"
        result = await run(lister, ["/FO", "CSV", "/NH", "/FI", f"PID eq {process_id}"])
        return program.name.lower() in result.stdout.lower()
    if sys.platform == "darwin":
        result = await run(Path("/bin/ps"), ["-p", str(process_id), "-o", "command="])
        return str(program) in result.stdout
    return os.fsencode(program) in await asyncio.to_thread(_command_line, process_id)


def _command_line(process_id: int) -> list[bytes]:
    """The arguments of a process as Linux keeps them; empty when it is gone or not ours to read."""
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


class _BoundedText:
    """Keeps the first bytes of an output, counts the rest."""

    def __init__(self, limit: int, on_output: Callable[[str], None] | None = None) -> None:
        self._data = bytearray()
        self._limit = limit
        self._on_output = on_output
        self.truncated = False

    def add(self, data: bytes) -> None:
        room = self._limit - len(self._data)
        self._data += data[:room]
        self.truncated = self.truncated or len(data) > room
        if self._on_output is not None:
            self._on_output(data.decode("utf-8", "replace"))

    def text(self) -> str:
        return self._data.decode("utf-8", "replace")


async def _drain(stream: asyncio.StreamReader, into: _BoundedText) -> None:
    while data := await stream.read(READ_BYTES):
        into.add(data)


async def _exited(child: asyncio.subprocess.Process) -> None:
    """Wait for the child itself. `Process.wait()` of Python 3.11 also waits until every holder of the pipes is gone."""
    waiting = asyncio.ensure_future(child.wait())
    try:
        while child.returncode is None:
            await asyncio.wait({waiting}, timeout=EXIT_POLL_S)
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def _finish_readers(child: asyncio.subprocess.Process, readers: asyncio.Future[Any]) -> None:
    """Take what is left in the pipes; a grandchild that still holds them must not keep us waiting."""
    done, _ = await asyncio.wait({readers}, timeout=TERMINATE_GRACE_S)
    if not done:
        readers.cancel()
        await asyncio.gather(readers, return_exceptions=True)
    # Process offers no way to close pipes that others hold open; asyncio's own tests do it like this.
    child._transport.close()  # type: ignore[attr-defined]  # private, see above


def _check_start(program: Path, arguments: Sequence[str]) -> None:
    if not program.is_absolute():
        raise ValueError(f"programs are started by absolute path, not {program}")
    if any("\0" in argument for argument in arguments):
        raise LLMError(ErrorKind.BAD_REQUEST, say("A name contains a NUL character."), say("Check the spelling."))


def start_options(program: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What every child gets: no input, a minimal environment, a group of its own, never the user's current folder."""
    options: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "env": child_environment(environment),
        "cwd": program.anchor,
    }
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    return options


def _not_started(program: Path, exc: OSError) -> LLMError:
    return LLMError(
        ErrorKind.NOT_INSTALLED,
        say("{name} could not be started: {reason}.", name=program.name, reason=exc.strerror or exc),
        say("Check the installation at {parent}.", parent=program.parent),
    )


async def _spawn(
    program: Path, arguments: Sequence[str], environment: Mapping[str, str] | None
) -> asyncio.subprocess.Process:
    _check_start(program, arguments)
    try:
        return await asyncio.create_subprocess_exec(
            str(program),
            *arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **start_options(program, environment),
        )
    except OSError as exc:
        raise _not_started(program, exc) from exc


async def end_group(process_id: int, ended: Callable[[], bool]) -> None:
    """Terminate, wait a moment, kill: a child that leads its group, and everything in the group.

    Args:
        ended: tells whether the child itself has ended; the wait after the kill is bounded, too.
    """
    if sys.platform == "win32":
        if not ended():
            await _end_tree_windows(process_id)
        await _wait_for(ended)
        return
    _signal_group(process_id, signal.SIGTERM)
    await _wait_for(ended)
    _signal_group(process_id, signal.SIGKILL)
    await _wait_for(ended)


async def _wait_for(ended: Callable[[], bool]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TERMINATE_GRACE_S):
            while not ended():  # noqa: ASYNC110 - nothing tells when a process of another parent ends
                await asyncio.sleep(EXIT_POLL_S)


def _signal_group(group_id: int, number: int) -> None:
    # the group may have ended by itself; EPERM is macOS's word for a group of zombies
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group_id, number)


async def _end_tree_windows(process_id: int) -> None:
    system = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "taskkill.exe"
    try:
        killer = await asyncio.create_subprocess_exec(
            str(system), "/T", "/F", "/PID", str(process_id),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        await killer.wait()
    except OSError as exc:
        logger.warning("taskkill could not be started (%s); process %d is still running", exc, process_id)
