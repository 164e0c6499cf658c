"""After a stop the server is asked until it is idle; what cannot be known is not claimed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from app.services.llm.errors import ErrorKind, LLMError
from app.services.stop_check import Busy, StopCheck

pytestmark = pytest.mark.anyio


def a_check(busy: Busy) -> StopCheck:
    return StopCheck(busy, confirm_within_s=0.05, look_every_s=0.01, later_look_every_s=0.01, give_up_after_s=0.3)


async def told(check: StopCheck, used_again: Callable[[], bool] = lambda: False) -> list[bool]:
    async with asyncio.timeout(5):
        return [confirmed async for confirmed in check.watch("lm_studio", "coder", used_again)]


def answers(*looks: bool | None) -> Busy:
    """The last one stands for all that follow."""
    left = list(looks)

    async def busy(_provider: str, _model: str) -> bool | None:
        return left.pop(0) if len(left) > 1 else left[0]

    return busy


async def test_a_server_that_stops_in_time_is_not_worth_a_word() -> None:
    assert await told(a_check(answers(True, False))) == []


async def test_a_server_that_goes_on_is_told_and_that_it_stopped_at_last_too() -> None:
    assert await told(a_check(answers(*[True] * 12, False))) == [False, True]


async def test_a_server_that_never_stops_is_given_up_after_a_while() -> None:
    assert await told(a_check(answers(True))) == [False]


async def test_where_nobody_can_tell_nothing_is_claimed() -> None:
    assert await told(a_check(answers(None))) == []


async def test_a_model_that_computes_for_us_again_is_not_taken_for_one_that_did_not_stop() -> None:
    looks = 0

    def used_again() -> bool:
        nonlocal looks
        looks += 1
        return looks > 4

    assert await told(a_check(answers(True)), used_again) == []


async def test_a_server_that_is_gone_computes_nothing() -> None:
    async def gone(_provider: str, _model: str) -> bool | None:
        raise LLMError(ErrorKind.NOT_RUNNING, "LM Studio server not running.", "Start it.")

    assert await told(a_check(gone)) == []
