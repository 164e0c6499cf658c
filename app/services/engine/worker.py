"""The child process of one loaded model: llama.cpp's own HTTP server, as a library or as the user's executable.

A hostile model file, a bug of the native code or too little memory ends this process and nothing else. Standard
library and xllamacpp only: the file is also run by its path.

One line of JSON comes on stdin, `{"model": PATH, "context": N, "prompt_cache_mib": N, "batch": N or null,
"gpu_layers": N or null, "key": KEY, "executable": PATH or null, "library": FOLDER or null, "parent": PROCESS ID}`;
one goes to stdout, `{"address": URL}` or `{"error": …, "reason": …}`. Stdin stays open: its end is the parent's word,
or death, and the end of this process. What the native code has to say goes to stderr.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from typing import Any

#: The system ends this process before others when memory runs out (Linux, -1000 to 1000).
OUT_OF_MEMORY_SCORE = 700
#: An answer takes all processors there are; the window comes first.
NICENESS = 5
_PR_SET_PDEATHSIG = 1
_LISTENING = re.compile(rb"listening (?:on|at) (http://127\.0\.0\.1:\d+)")


def main() -> int:
    """The whole life of the child."""
    wanted = json.loads(sys.stdin.buffer.readline())
    _step_back()
    if wanted["executable"]:
        return _run_executable(wanted)
    _end_with_parent(wanted["parent"])
    return _run_library(wanted)


def _tell(**answer: str) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


def _end_with_parent(parent: int) -> None:
    """Loading holds Python's lock, so the end of stdin would only be seen after it; on Linux the kernel sees to it."""
    if sys.platform == "linux":
        _kill_me_with_parent()
        if os.getppid() != parent:
            os._exit(1)


def _kill_me_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _step_back() -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123 - pathlib costs this process more than all else
            score.write(str(OUT_OF_MEMORY_SCORE))
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.nice(NICENESS)


# -- as a library


def _run_library(wanted: dict[str, Any]) -> int:
    folder = wanted["library"]
    if folder and folder not in sys.path:
        sys.path.append(folder)  # where the parent found it: `-I` leaves the user's own packages out
    try:
        import xllamacpp  # type: ignore[import-untyped]  # ships no types
    except ImportError as exc:  # not there, or a library of the system that it needs is not
        _tell(error="not_installed", reason=str(exc))
        return 1
    try:
        server = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), wanted))
    except RuntimeError as exc:  # the same words for everything; stderr has the reason
        _tell(error="not_loaded", reason=str(exc))
        return 1
    _tell(address=server.listening_address)
    sys.stdin.buffer.read()
    os._exit(0)  # not by taking the server down, which would wait for a running answer


def _parameters(parameters: Any, wanted: dict[str, Any]) -> Any:
    """llama-server's options. Names follow llama.cpp and change now and then; one that is gone is left out."""
    values: dict[str, Any] = {
        "hostnames": ["127.0.0.1"],
        "port": 0,
        "api_keys": [wanted["key"]],
        "n_ctx": wanted["context"],
        "n_parallel": 1,
        "cache_ram_mib": wanted["prompt_cache_mib"],  # of itself it keeps 8 GiB of windows of other chats
        "verbosity": 1,  # errors
        "offline": True,
        "ui": False,
        "endpoint_slots": True,  # whether it computes; behind the key
        "endpoint_props": False,
        "cors_origins": "",
        "use_jinja": True,
    }
    chosen = {"n_batch": wanted["batch"], "n_gpu_layers": wanted["gpu_layers"]}
    values |= {name: value for name, value in chosen.items() if value is not None}
    parameters.model.path = wanted["model"]
    for name, value in values.items():
        if hasattr(parameters, name):
            setattr(parameters, name, value)
    return parameters


# -- as the user's executable


def _run_executable(wanted: dict[str, Any]) -> int:
    """Run llama-server and watch over it: it knows nothing of this program, and would outlive it.

    The kernel must not end this process with its parent: what stands behind a wrapper script is only reached by it.
    """
    arguments = ["--host", "127.0.0.1", "--port", "0", "-c", str(wanted["context"]), "-np", "1", "-m", wanted["model"]]
    for flag, value in (("-b", wanted["batch"]), ("-ngl", wanted["gpu_layers"])):
        arguments += [flag, str(value)] if value is not None else []
    try:
        server = subprocess.Popen(
            [wanted["executable"], *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LLAMA_API_KEY": wanted["key"]},  # arguments can be read by everybody
            preexec_fn=_kill_me_with_parent if sys.platform == "linux" else None,
        )
    except OSError as exc:
        _tell(error="not_installed", reason=exc.strerror or str(exc))
        return 1

    def watch() -> None:
        sys.stdin.buffer.read()
        if sys.platform != "win32" and os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)  # the server may be a child of a wrapper script; this process is of the group
        server.kill()
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    assert server.stdout is not None
    told = False
    for line in server.stdout:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        found = None if told else _LISTENING.search(line)
        if found is not None:
            told = True
            _tell(address=found[1].decode())
    status = server.wait()
    if not told:
        _tell(error="not_loaded", reason=f"it ended with status {status}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
