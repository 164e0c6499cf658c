"""Calls in threads that must not be left half done."""

from __future__ import annotations

import asyncio
import threading

import pytest

from app.services.blocking_call import uninterrupted

pytestmark = pytest.mark.anyio


async def test_a_task_that_is_ended_ends_after_the_thread() -> None:
    began, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        may_end.wait(5)
        done.set()

    task = asyncio.ensure_future(uninterrupted(work))
    async with asyncio.timeout(5):
        while not began.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        may_end.set()
        await asyncio.wait({task})
    assert task.cancelled()
    assert done.is_set()


async def test_results_and_failures_come_through() -> None:
    assert await uninterrupted(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await uninterrupted(divmod, 7, 0)


async def test_a_failure_after_the_end_of_the_task_is_no_complaint() -> None:
    began, may_end = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        may_end.wait(5)
        raise ValueError("too late")

    task = asyncio.ensure_future(uninterrupted(work))
    async with asyncio.timeout(5):
        while not began.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.sleep(0)
        may_end.set()
        await asyncio.wait({task})
    assert task.cancelled()
