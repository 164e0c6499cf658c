"""When a failed request is sent again by itself, and after how long (contract: Timeouts)."""

from __future__ import annotations

import email.utils
import math
import random
import time
from collections.abc import Mapping

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError

#: Repeated by itself. A timeout is worth another try, but a person's: each starts the same long wait (and the same
#: prefill) again.
RETRIED_KINDS = frozenset(
    {
        ErrorKind.NOT_RUNNING,
        ErrorKind.UNREACHABLE,
        ErrorKind.INTERRUPTED,
        ErrorKind.RATE_LIMITED,
        ErrorKind.OVERLOADED,
        ErrorKind.SERVER_ERROR,
    }
)


def retry_wait(error: LLMError, attempt: int) -> float | None:
    """Seconds until the next try, None when the same request is not worth repeating for it. `attempt` counts from 1.

    A server that asks for a long wait is reported, not waited for (reliability A12).
    """
    if error.kind not in RETRIED_KINDS or not error.retryable:
        return None
    if error.status is not None and error.status < 500 and error.status not in (408, 409, 429):
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= limits.BACKOFF_MAX_S else None
    backoff: float = min(limits.BACKOFF_FIRST_S * 2 ** (attempt - 1), limits.BACKOFF_MAX_S)
    return backoff * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret


def retry_after_s(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Seconds a server asks to wait (`Retry-After` as seconds or date); None for nonsense."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value) if value.isascii() else math.nan
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - (time.time() if now is None else now)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
