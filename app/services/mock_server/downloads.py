"""Simulated model downloads: jobs that advance with the clock, no bytes move."""

from __future__ import annotations

import time
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.lean_dataclass import dataclass
from app.services.mock_server.http import ApiError
from app.services.mock_server.models import Collection
from app.services.mock_server.script import Script

#: Where a job that fails or stalls stops.
STOPS_AT = 0.4
HUB_LINK = "https://huggingface.co/"


@dataclass(slots=True)
class DownloadJob:
    job_id: str
    model: str
    started: float = field(default_factory=time.monotonic)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Downloads:
    """`POST /api/v1/models/download` and its status."""

    def __init__(self, script: Script, collection: Collection) -> None:
        self._script = script
        self._collection = collection
        self._jobs: dict[str, DownloadJob] = {}

    def begin(self, body: dict[str, Any]) -> dict[str, Any]:
        """Start a job, as LM Studio answers it.

        Raises:
            ApiError: no model named, a quantization with a catalogue id, or what the script says.
        """
        model = body.get("model")
        if not isinstance(model, str) or not model:
            raise _error(
                400, "invalid_request", "'model' is required", code="missing_required_parameter", param="model"
            )
        outcome = self._script.download_outcome
        if outcome == "not_implemented" or (body.get("quantization") and not model.startswith(HUB_LINK)):
            raise _error(501, "not_implemented", "Quantization can only be chosen for Hugging Face links.")
        if outcome == "model_not_found":
            message = f"No compatible download options found for hugging face URL {model}"
            raise _error(404, "model_not_found", message)
        if outcome == "already_downloaded" or self._collection.find(self._key(model)):
            return {"status": "already_downloaded"}
        job = DownloadJob(f"job_simulated{len(self._jobs) + 1}", model)
        self._jobs[job.job_id] = job
        answer = self.status(job.job_id)
        return {key: answer[key] for key in ("job_id", "status", "total_size_bytes", "started_at")}

    def status(self, job_id: str) -> dict[str, Any]:
        """The state of a job now.

        Raises:
            ApiError: `job_not_found`.
        """
        job = self._jobs.get(job_id)
        if job is None:
            raise _error(404, "job_not_found", f"Download job {job_id} not found")
        duration = max(self._script.download_seconds, 1e-6)
        share = min(1.0, (time.monotonic() - job.started) / duration)
        outcome, total = self._script.download_outcome, self._script.download_bytes
        stuck = outcome in ("failed", "stall", "paused") and share >= STOPS_AT
        share = STOPS_AT if stuck else share
        answer: dict[str, Any] = {
            "job_id": job.job_id,
            "status": "downloading",
            "total_size_bytes": total,
            "downloaded_bytes": int(total * share),
            "bytes_per_second": 0 if stuck else int(total / duration),
            "started_at": _timestamp(job.started_at),
        }
        if stuck and outcome != "stall":
            answer["status"] = outcome
            if outcome == "failed":
                answer["error_message"] = "Simulated download failure: connection lost."
        elif not stuck and share >= 1.0:
            answer |= {"status": "completed", "completed_at": _timestamp(datetime.now(UTC))}
            self._finish(job)
        elif not stuck:
            answer["estimated_completion"] = _timestamp(job.started_at + timedelta(seconds=duration))
        return answer

    def _finish(self, job: DownloadJob) -> None:
        if self._collection.find(self._key(job.model)) is None:
            self._collection.add(self._key(job.model))

    @staticmethod
    def _key(model: str) -> str:
        """Whatever was asked for, what arrives is marked as simulated."""
        name = model.removeprefix(HUB_LINK).rstrip("/").rpartition("/")[2]
        return f"simulated/{name.lower()}"


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(status: int, kind: str, message: str, **more: str) -> ApiError:
    return ApiError(status, {"error": {"type": kind, "message": message, **more}})
