"""What is asked again by itself, how often and after how long, counted where the requests arrive (reliability A12)."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message
from app.services.llm.network_log import NetworkLog
from app.services.llm.retries import RETRIED_KINDS, retry_after_s, retry_wait
from app.services.settings.schema import AppConfig
from tests.fakes.raw_http import (
    Exchange,
    RawServer,
    Reply,
    answer,
    cut,
    delta,
    events,
    head,
    in_turn,
    raw,
    refused_port,
    stall,
    stream,
)

TRIES = 3
CHAT = "/v1/chat/completions"
ASKED_AGAIN = {408, 409, 429}
REQUEST = ChatRequest(model="m", messages=(Message(role="user", content="hi"),))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BACKOFF_FIRST_S", 0.001)


async def outcome(url: str, **more: object) -> tuple[str, LLMError | None]:
    """The text that came of one request with the usual number of tries, and how it failed."""
    providers = {"lm_studio": {"base_url": url, "max_retries": TRIES - 1, **more}}
    config = AppConfig.model_validate({"default_provider": "lm_studio", "provider_configurations": providers})
    text = ""
    async with LLMManager(config) as manager:
        try:
            async for event in manager.stream(REQUEST, "lm_studio"):
                text += getattr(event, "text", "")
        except LLMError as exc:
            return text, exc
    return text, None


async def tries_of(reply: Reply, **more: object) -> tuple[int, str, LLMError | None]:
    async with RawServer(answer({}, 404), {CHAT: reply}) as server:
        text, error = await outcome(server.url, **more)
        return sum(seen.path == CHAT for seen in server.requests), text, error


@pytest.mark.anyio
@pytest.mark.parametrize("status", sorted({*range(400, 432), 451, *range(500, 509), 511, 520, 529}))
async def test_A12_of_all_refusals_only_those_that_pass_are_asked_again(status: int) -> None:
    count, _, error = await tries_of(answer({"error": {"message": "no"}}, status))
    assert error is not None and error.status == status
    passes = status in ASKED_AGAIN or (status >= 500 and status != 501)
    assert count == (TRIES if passes else 1), error.kind


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reply", "more", "count"),
    [
        (raw(b""), {}, TRIES),
        (cut(b"", 0, reset=True), {}, TRIES),
        (stall(), {"first_token_timeout": 0.1}, 1),
        (answer("<html>", content_type="text/html"), {}, 1),
        (answer("", 307, Location="http://127.0.0.1:9/"), {}, 1),
        (answer({}, 429, Retry_After="7200"), {}, 1),
        (answer({}, 429, Retry_After=formatdate(time.time() + 7_200, usegmt=True)), {}, 1),
        (answer({}, 503, Retry_After="soon"), {}, TRIES),
        (answer({}, 503, Retry_After="-5"), {}, TRIES),
        (answer({}, 503, Retry_After="1e999"), {}, TRIES),
        (answer({}, 503, Retry_After="9" * 20), {}, 1),
        (answer({}, 503, Retry_After=formatdate(0, usegmt=True)), {}, TRIES),
        (answer({"error": {"message": "no", "code": "insufficient_quota"}}, 429), {}, 1),
        (raw(head(200, "text/event-stream") + events(delta("so far"), done=False)), {}, 1),
        (raw(head(200, "text/event-stream") + b'event: error\ndata: {"message": "boom"}\n\n'), {}, TRIES),
    ],
    ids=lambda value: "" if callable(value) else str(value),
)
async def test_A12_it_is_counted_at_the_server_what_is_asked_again(
    reply: Reply, more: dict[str, object], count: int
) -> None:
    seen, text, error = await tries_of(reply, **more)
    assert error is not None and seen == count, error.details
    assert text in ("", "so far")


@pytest.mark.anyio
async def test_A12_who_refuses_connections_is_dialled_as_often() -> None:
    log = NetworkLog()
    door = HttpDoor(network_log=log)
    providers = {"lm_studio": {"base_url": f"http://127.0.0.1:{refused_port()}", "max_retries": TRIES - 1}}
    config = AppConfig.model_validate({"default_provider": "lm_studio", "provider_configurations": providers})
    async with LLMManager(config, door=door) as manager:
        with pytest.raises(LLMError):
            _ = [event async for event in manager.stream(REQUEST, "lm_studio")]
    await door.aclose()
    assert sum(entry.path == CHAT for entry in log.entries) == TRIES


@pytest.mark.anyio
async def test_A12_a_short_wait_that_a_server_asks_for_is_kept_to() -> None:
    moments: list[float] = []
    good = stream(events(delta("x", finish="stop")))
    busy = answer({}, 429, Retry_After="0.3")

    async def reply(exchange: Exchange) -> None:
        moments.append(time.monotonic())
        await (busy if len(moments) == 1 else good)(exchange)

    _, text, error = await tries_of(reply)
    assert error is None and text == "x"
    assert moments[1] - moments[0] >= 0.3


@pytest.mark.anyio
async def test_A12_after_as_many_tries_as_are_allowed_the_next_answer_is_not_fetched() -> None:
    broken = [answer({}, 500)] * TRIES
    count, text, error = await tries_of(in_turn(*broken, stream(events(delta("x", finish="stop")))))
    assert (count, text) == (TRIES, "") and error is not None


@given(st.sampled_from(sorted(RETRIED_KINDS)), st.integers(1, 60))
def test_A12_the_pauses_grow_to_a_limit_and_vary(kind: ErrorKind, attempt: int) -> None:
    error = LLMError(kind, "no", retryable=True)
    full = min(limits.BACKOFF_FIRST_S * 2 ** (attempt - 1), limits.BACKOFF_MAX_S)
    waits = [retry_wait(error, attempt) or 0.0 for _ in range(40)]
    assert all(0.7 * full <= one <= 1.3 * full for one in waits)
    assert max(waits) <= 1.3 * limits.BACKOFF_MAX_S
    assert len({round(one / full, 6) for one in waits}) > 10, "many who failed together do not come again together"


@given(st.text(max_size=40) | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(str))
def test_A12_whatever_a_server_writes_there_it_is_a_number_or_nothing(value: str) -> None:
    wait = retry_after_s({"retry-after": value})
    assert wait is None or 0 <= wait < float("inf")
    error = LLMError(ErrorKind.RATE_LIMITED, "no", retryable=True, retry_after_s=wait)
    slept = retry_wait(error, 1)
    assert slept is None or slept <= 1.3 * limits.BACKOFF_MAX_S
