"""The `lms` command of LM Studio: where it is and how its server is started and stopped.

Source of the facts: lmstudio-ai/lms and lmstudio-ai/lmstudio-js (findLMStudioHome, findOrStartLlmster), August 2026.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.lean_dataclass import dataclass
from app.services import process
from app.services.process import ProcessResult
from app.services.runtimes.records import LoadOptions, OnLoad

logger = logging.getLogger(__name__)

QUIET_TERMINAL = {"NO_COLOR": "1", "FORCE_COLOR": "0"}
STATUS_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 15.0
ESTIMATE_TIMEOUT_S = 10.0
MAX_FILE_BYTES = 64 * 1024
#: A download that draws nothing for so long is given up here; LM Studio may go on with it.
GET_SILENCE_S = 300.0
GET_TIMEOUT_S = 24 * 3600.0
#: A link takes no time, but `lms` copies where the disk can make none.
IMPORT_TIMEOUT_S = 600.0
#: Keys of models, as LM Studio's list spells them.
MODEL_KEY = re.compile(r"[\w.@:/ +()\[\]-]{1,400}")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
_ESTIMATE = re.compile(
    r"Estimated Total Memory:\s*(?P<number>[0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(?P<unit>Bytes|[KMGT]i?B)\b"
)
#: Of sizes that `lms` prints (its `formatSizeBytes1024`; with a thousand in versions before 2026).
_UNITS = {"Bytes": 1} | {
    f"{letter}{mark}B": base**power
    for power, letter in enumerate("KMGT", start=1)
    for mark, base in (("i", 1024), ("", 1000))
}
INSTALL_RECORDS = ("app-install-location.json", "llmster-install-location.json")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The last used settings of LM Studio's server; proof of nothing, it may not run."""

    port: int | None = None
    bind: str | None = None
    cors: bool = False


def lm_studio_home() -> Path:
    """LM Studio's folder, in the order its own programs look; nothing is ever written there."""
    user = Path.home()
    try:
        pointed = (user / ".lmstudio-home-pointer").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        pointed = ""
    if pointed and Path(pointed).is_absolute():
        return Path(pointed)
    old = user / ".cache" / "lm-studio"
    return old if old.is_dir() else user / ".lmstudio"


def models_folder() -> Path | None:
    """Where LM Studio keeps its model files, as its own settings say; None where there is no such folder."""
    chosen = _read_json(lm_studio_home() / "settings.json").get("downloadsFolder")
    folder = Path(chosen) if isinstance(chosen, str) and Path(chosen).is_absolute() else lm_studio_home() / "models"
    return folder if folder.is_dir() else None


def find_lms() -> Path | None:
    """The `lms` executable; often not on PATH, so LM Studio's own folder comes first."""
    return process.find_program("lms", [lm_studio_home() / "bin"])


def installed_somewhere() -> bool:
    """Whether the app or the headless service is installed, `lms` or not."""
    for name in INSTALL_RECORDS:
        record = _read_json(lm_studio_home() / ".internal" / name)
        path = record.get("path")
        if isinstance(path, str) and Path(path).exists():
            return True
    return False


def server_settings() -> ServerSettings:
    """What `http-server-config.json` says; fields of unknown shape are left out."""
    record = _read_json(lm_studio_home() / ".internal" / "http-server-config.json")
    port, bind = record.get("port"), record.get("networkInterface")
    try:
        bind = str(ipaddress.ip_address(bind)) if isinstance(bind, str) else None
    except ValueError:
        bind = None
    valid_port = isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65_536
    return ServerSettings(port if valid_port else None, bind, record.get("cors") is True)


async def start_server(lms: Path, port: int, timeout_s: float) -> ProcessResult:
    """`lms server start`. It wakes LM Studio where needed and returns; what it woke stays.

    The command always sends a bind address and the CORS switch, so the user's choice is passed on to it.
    """
    settings = server_settings()
    arguments = ["server", "start", "--port", str(port)]
    if settings.bind not in (None, "127.0.0.1"):
        arguments += ["--bind", str(settings.bind)]
    if settings.cors:
        arguments.append("--cors")
    return await process.run(lms, arguments, timeout_s=timeout_s, environment=QUIET_TERMINAL, keep_children=True)


async def stop_server(lms: Path) -> ProcessResult:
    return await process.run(lms, ["server", "stop"], timeout_s=STOP_TIMEOUT_S, environment=QUIET_TERMINAL)


async def server_port(lms: Path) -> int | None:
    """The port of the server that `lms` would stop, None when it says none. Wakes nothing."""
    result = await process.run(
        lms, ["server", "status", "--json"], timeout_s=STATUS_TIMEOUT_S, environment=QUIET_TERMINAL
    )
    try:
        status = json.loads(process.without_terminal_codes(result.stdout))
    except (ValueError, RecursionError):
        return None
    port = status.get("port") if isinstance(status, dict) else None
    return port if isinstance(port, int) else None


async def loaded(lms: Path) -> list[dict[str, Any]] | None:
    """What `lms ps` lists; None where it says nothing that can be read.

    Only for a server that runs: `lms ps` starts LM Studio where it does not.
    """
    result = await process.run(lms, ["ps", "--json"], timeout_s=STATUS_TIMEOUT_S, environment=QUIET_TERMINAL)
    try:
        found = json.loads(process.without_terminal_codes(result.stdout))
    except (ValueError, RecursionError):
        return None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else None


async def is_busy(lms: Path, model: str) -> bool | None:
    """Whether a loaded copy of `model` computes or has requests waiting; None where `lms` does not say."""
    found = await loaded(lms)
    if found is None:
        return None
    copies = [one for one in found if model in (one.get("identifier"), one.get("modelKey"))]
    if not all(isinstance(one.get("status"), str) for one in copies):
        return None
    return any(one["status"] != "idle" or one.get("queued") for one in copies)


async def load(
    lms: Path, key: str, options: LoadOptions, timeout_s: float, on_progress: OnLoad | None = None
) -> ProcessResult:
    """`lms load`, never asking. It takes the best match of a name, and makes a second copy of a model that is loaded:
    whoever calls it looks at the list before and after.

    Raises:
        LLMError: bad_request, a key that could be an option; not_installed.
    """
    arguments = ["load", process.safe_value(key, MODEL_KEY), "-y"]
    if options.context_length is not None:
        arguments += ["-c", str(options.context_length)]
    if options.gpu is not None:
        arguments += ["--gpu", options.gpu if isinstance(options.gpu, str) else f"{options.gpu:g}"]
    if options.ttl_s is not None:
        arguments += ["--ttl", str(max(1, round(options.ttl_s)))]

    def drawn(text: str) -> None:
        shares = _PERCENT.findall(text)
        if shares and on_progress is not None:
            on_progress(min(1.0, float(shares[-1]) / 100))

    return await process.run(lms, arguments, timeout_s=timeout_s, environment=QUIET_TERMINAL, on_output=drawn)


async def get(lms: Path, name: str, on_output: Callable[[str], None]) -> ProcessResult:
    """`lms get`, never asking. LM Studio does the work: ending the command does not end the download.

    Raises:
        LLMError: bad_request, a name that could be an option; not_installed.
    """
    arguments = ["get", process.safe_value(name, MODEL_KEY), "-y"]
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(GET_SILENCE_S) as silence:

            def heard(text: str) -> None:
                silence.reschedule(loop.time() + GET_SILENCE_S)
                on_output(text)

            return await process.run(
                lms, arguments, timeout_s=GET_TIMEOUT_S, environment=QUIET_TERMINAL, on_output=heard
            )
    except TimeoutError:
        return ProcessResult((str(lms), *arguments), None, "", "", timed_out=True)


async def import_file(lms: Path, file: Path, repository: str) -> ProcessResult:
    """`lms import` of one model file, as a hard link, never asking. It wakes nothing.

    `file` is absolute; `repository` is `user/repo`: without it `lms` would look the file up on the hub.

    Raises:
        LLMError: bad_request, a name that could be an option; not_installed.
    """
    owner = process.safe_value(repository, MODEL_KEY)
    arguments = ["import", str(file), "--user-repo", owner, "-L", "-y"]
    return await process.run(lms, arguments, timeout_s=IMPORT_TIMEOUT_S, environment=QUIET_TERMINAL)


async def estimated_bytes(lms: Path, model: str, context_length: int) -> int | None:
    """What a model would take of all memory if it were loaded with this window; None where `lms` does not say.

    Loads nothing. Only for a server that runs (LM Studio CLI, `lms load --estimate-only`, 0.3.27).

    Raises:
        LLMError: bad_request, a key that could be an option; not_installed.
    """
    arguments = ["load", process.safe_value(model, MODEL_KEY), "--estimate-only", "-y", "-c", str(context_length)]
    result = await process.run(lms, arguments, timeout_s=ESTIMATE_TIMEOUT_S, environment=QUIET_TERMINAL)
    found = _ESTIMATE.search(process.without_terminal_codes(result.stderr + "\n" + result.stdout))
    if found is None or not result.succeeded:
        return None
    return int(float(found["number"]) * _UNITS[found["unit"]]) or None


def _read_json(path: Path) -> dict[str, Any]:
    """A small JSON object, empty when the file is missing or unreadable."""
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(MAX_FILE_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as exc:
        logger.info("%s could not be read: %s", path.name, exc)
        return {}
    return value if isinstance(value, dict) else {}
