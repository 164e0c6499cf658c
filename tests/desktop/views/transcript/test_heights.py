"""Two-level sums say the same as plain addition."""

from __future__ import annotations

import random

import pytest

from app.desktop.views.transcript.heights import CHUNK, Heights


@pytest.mark.parametrize("count", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_find_top_and_total_agree_with_plain_addition(count: int) -> None:
    chance = random.Random(count)
    plain = [chance.randint(0, 300) for _ in range(count)]
    heights = Heights(plain)
    for _ in range(200):
        index, value = chance.randrange(count), chance.randint(1, 400)
        assert heights.set(index, value) == value - plain[index]
        plain[index] = value
    assert heights.total == sum(plain)
    for index in range(0, count, max(1, count // 17)):
        assert heights.top(index) == sum(plain[:index])
        if plain[index]:
            assert heights.find(heights.top(index)) == (index, 0)
            assert heights.find(heights.top(index) + plain[index] - 1) == (index, plain[index] - 1)


def test_growing_and_cutting_keep_the_sums() -> None:
    heights = Heights([10] * 1000)
    heights.truncate(700)
    assert (len(heights), heights.total) == (700, 7000)
    for _ in range(900):
        heights.append(3)
    assert (len(heights), heights.total, heights.top(701)) == (1600, 9700, 7003)
    heights.truncate(0)
    heights.append(5)
    assert (heights.total, heights.find(99)) == (5, (0, 99))
    with pytest.raises(IndexError):
        Heights().find(0)
