"""Downloads of LM Studio: jobs of its REST v1, and `lms get` for a variant of the catalogue, which REST cannot name."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from app.services import process
from app.services.llm.errors import ErrorKind, LLMError
from app.services.runtimes import lms
from app.services.runtimes.base import quoted
from app.services.runtimes.lm_studio_lists import Entry, ModelName, find_entry
from app.services.runtimes.records import OnPull, PullProgress
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.runtimes.lm_studio import LmStudioRuntime

POLL_S = 0.5
#: LM Studio asks the hub before it answers.
BEGIN_TIMEOUT_S = 60.0
MAX_POLL_FAILURES = 5
#: After the last byte LM Studio reads the file's head and adds it to its list.
LIST_SETTLE_S = 10.0
_BAR = re.compile(
    r"(?P<percent>\d+(?:\.\d+)?)%\s*\|\s*(?P<done>[\d.]+)\s*(?P<done_unit>[kKMGT]?B)\s*/\s*"
    r"(?P<total>[\d.]+)\s*(?P<total_unit>[kKMGT]?B)\s*\|\s*(?P<speed>[\d.]+)\s*(?P<speed_unit>[kKMGT]?B)/s"
)
_UNITS = {"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}


class Download:
    """One download through one runtime. It belongs to LM Studio: it goes on when this call is cancelled."""

    def __init__(self, runtime: LmStudioRuntime, model: str, report: OnPull) -> None:
        self._runtime = runtime
        self._model = model
        self._name = ModelName(model)
        self._report = report

    async def run(self) -> str:
        """Fetch it; the key under which LM Studio lists it then.

        Raises:
            LLMError: model_not_found, unsupported, server_error, timeout, and what the list of models may raise.
        """
        before = await self._runtime.entries()
        try:
            await self._by_rest()
        except LLMError as exc:
            wanted = exc.kind in (ErrorKind.MODEL_NOT_FOUND, ErrorKind.UNSUPPORTED)
            program = await self._runtime.own_lms() if wanted and self._name.quant and not self._name.is_link else None
            if program is None:
                raise
            await self._by_lms(program)
        return await self._key_afterwards(before)

    async def _key_afterwards(self, before: list[Entry]) -> str:
        """Judged by the list: neither a status nor an exit code proves that a file is there. Other downloads may end at
        the same time, so what is merely new is not taken."""
        known = {entry.get("key") for entry in before}
        deadline = time.monotonic() + LIST_SETTLE_S
        while True:
            now = await self._runtime.entries()
            found = find_entry(now, self._model)
            new = [entry for entry in now if entry.get("key") not in known]
            fits = [found] if found is not None else self._best(now, new)
            late = time.monotonic() >= deadline
            # A name that only resembles the wanted one may be another download's, and the wanted one still come.
            if len(fits) == 1 and (late or fits[0] is found or self._name.names(fits[0])):
                return str(fits[0].get("key"))
            if late:
                raise self._not_told_apart(fits) if fits else self._not_there(new)
            await asyncio.sleep(POLL_S)

    def _best(self, now: list[Entry], new: list[Entry]) -> list[Entry]:
        """The entries that fit the wanted name best."""
        name = self._name
        fits = [
            entry
            for entry in now
            if (entry in new and name.resembles(entry)) or (name.names(entry) and name.fits_quantization(entry))
        ]
        for better in (name.fits_quantization, name.names, new.__contains__):
            fits = [entry for entry in fits if better(entry)] or fits
        return fits

    def _not_told_apart(self, fits: list[Entry]) -> LLMError:
        return self._runtime.failed(
            ErrorKind.SERVER_ERROR,
            say("{model!r} was downloaded, but which model it became cannot be told.", model=self._model),
            say("LM Studio lists {keys}. Choose the one you meant.", keys=_keys(fits)),
            model=self._model,
        )

    def _not_there(self, new: list[Entry]) -> LLMError:
        others = say(" New in its list: {keys}.", keys=_keys(new)) if new else ""
        return self._runtime.failed(
            ErrorKind.SERVER_ERROR,
            say("{model!r} is not there after its download.", model=self._model),
            say(
                "LM Studio reported success, but does not list it. Look at it in LM Studio (My Models).{others}",
                others=others,
            ),
            model=self._model,
        )

    # --- REST ---

    async def _by_rest(self) -> None:
        name = self._name
        if name.is_link or name.quant:
            await self._job({"model": name.link, **({"quantization": name.quant} if name.quant else {})})
            return
        try:
            await self._job({"model": self._model})
        except LLMError as exc:
            if exc.kind is not ErrorKind.MODEL_NOT_FOUND or not name.has_owner:
                raise
            await self._job({"model": name.link})  # not in the catalogue: the repository of that name

    async def _job(self, request: dict[str, str]) -> None:
        runtime = self._runtime
        answer = await runtime.call(
            "POST", "/api/v1/models/download", purpose="pull", json=request, timeout_s=BEGIN_TIMEOUT_S
        )
        job = runtime.checked(answer, "status", self._model)
        if job["status"] == "already_downloaded":
            self._report(PullProgress("already_downloaded"))
            return
        await self._follow(str(job.get("job_id", "")))

    async def _follow(self, job_id: str) -> None:
        runtime, seen, moved_at, failures = self._runtime, -1, time.monotonic(), 0
        path = f"/api/v1/models/download/status/{quote(job_id, safe='')}"
        while True:
            try:
                status = runtime.checked(await runtime.call("GET", path, purpose="pull"), "status", self._model)
                failures = 0
            except LLMError as exc:
                # One missed look is no failed download; the job goes on in LM Studio.
                failures += 1
                if not exc.retryable or failures >= MAX_POLL_FAILURES:
                    raise
                await asyncio.sleep(POLL_S)
                continue
            progress = _progress(status)
            if progress.completed_bytes != seen:
                seen, moved_at = progress.completed_bytes or 0, time.monotonic()
            stalled_s = time.monotonic() - moved_at
            self._report(
                PullProgress(
                    progress.status,
                    progress.completed_bytes,
                    progress.total_bytes,
                    progress.bytes_per_second,
                    stalled_s if stalled_s > 2 * POLL_S else 0.0,
                )
            )
            if progress.status == "completed":
                return
            if progress.status == "failed":
                raise self._failed(str(status.get("error_message") or status.get("error") or ""))
            await asyncio.sleep(POLL_S)

    # --- lms get ---

    async def _by_lms(self, program: Path) -> None:
        result = await lms.get(program, self._name.typed, self._drawn)
        if result.timed_out:
            raise self._runtime.failed(
                ErrorKind.TIMEOUT,
                say("The download of {model!r} made no progress.", model=self._model),
                say("Look at it in LM Studio."),
            )
        if not result.succeeded:
            said = process.without_terminal_codes(result.stderr or result.stdout)
            if "not find" in said.lower() or "not found" in said.lower():
                raise self._runtime.model_missing(self._model)
            raise self._failed(said)

    def _drawn(self, text: str) -> None:
        """The last state of the bar that `lms get` redraws."""
        bars = list(_BAR.finditer(text))
        if bars:
            bar = bars[-1]
            done, total, speed = (_bytes(bar[name], bar[f"{name}_unit"]) for name in ("done", "total", "speed"))
            self._report(PullProgress("downloading", min(done, total), total, float(speed)))

    def _failed(self, said: str) -> LLMError:
        why = quoted(said)
        return self._runtime.failed(
            ErrorKind.SERVER_ERROR,
            say("The download of {model!r} failed.", model=self._model),
            say("LM Studio said: “{why}”", why=why) if why else say("LM Studio gave no reason."),
            model=self._model,
        )


def _keys(entries: list[Entry]) -> str:
    return quoted(", ".join(sorted(str(entry.get("key")) for entry in entries)))


def _bytes(number: str, unit: str) -> int:
    try:
        return int(float(number) * _UNITS[unit.lower()])
    except ValueError:
        return 0


def _progress(status: dict[str, Any]) -> PullProgress:
    """A status with its figures clamped: they are the server's claim (reliability E8)."""
    total, completed, speed = (
        status.get(name) for name in ("total_size_bytes", "downloaded_bytes", "bytes_per_second")
    )
    total = total if isinstance(total, int) and total > 0 else None
    completed = max(0, completed) if isinstance(completed, int) else None
    if total is not None and completed is not None:
        completed = min(completed, total)
    speed = float(speed) if isinstance(speed, int | float) and speed >= 0 else None
    return PullProgress(quoted(str(status["status"])), completed, total, speed)
