"""What a model keeps for each token, by the numbers of its head."""

from __future__ import annotations

from typing import Any

import pytest

from app.services.engine.window_shape import WindowShape, window_shape

PLAIN = {"block_count": 4, "embedding_length": 64, "attention.head_count": 4}


def shape(architecture: str = "llama", **more: Any) -> WindowShape | None:
    numbers = PLAIN | {key.replace("__", "."): value for key, value in more.items()}
    return window_shape(architecture, numbers.get)


def test_grouped_heads_and_lengths_of_their_own_count() -> None:
    assert shape() == WindowShape(4 * 4 * 32)
    assert shape(attention__head_count_kv=1) == WindowShape(4 * 1 * 32)
    assert shape(attention__key_length=40, attention__value_length=8) == WindowShape(4 * 4 * 48)


def test_layers_that_keep_nothing_are_not_counted() -> None:
    assert shape(attention__head_count_kv=(4, 0, 2, 0)) == WindowShape(6 * 32)
    assert shape(full_attention_interval=4) == WindowShape(4 * 32)
    assert shape(attention__shared_kv_layers=3) == WindowShape(4 * 32)


def test_sliding_layers_hold_no_more_than_their_window() -> None:
    sliding = shape(attention__sliding_window=1_024, attention__sliding_window_pattern=(1, 1, 1, 0))
    assert sliding == WindowShape(1 * 128, 3 * 128, 1_024)
    assert sliding.size_bytes(512) == 4 * 128 * 512 * 2
    held = 1_536  # the window and what is read at a time
    assert sliding.size_bytes(8_192) == (128 * 8_192 + 3 * 128 * held) * 2


def test_copies_of_sliding_layers_are_counted_and_bounded() -> None:
    sliding = shape(attention__sliding_window=1_024, attention__sliding_window_pattern=(1, 1, 1, 0))
    plain = shape()
    assert sliding is not None
    assert plain is not None
    one = 3 * 128 * 1_024 * 2
    assert [sliding.checkpoint_bytes(tokens) // one for tokens in (4_096, 8_192, 32_768, 10**6)] == [2, 3, 6, 32]
    assert plain.checkpoint_bytes(32_768) == 0


@pytest.mark.parametrize(
    ("architecture", "pattern", "sliding"),
    [("gemma2", None, 2), ("gemma3", None, 4), ("gpt-oss", None, 2), ("qwen3", 4, 3), ("qwen3", None, 0)],
)
def test_which_layers_slide_is_said_or_known(architecture: str, pattern: int | None, sliding: int) -> None:
    made = shape(architecture, attention__sliding_window=512, attention__sliding_window_pattern=pattern)
    assert made is not None
    assert made.sliding_values_per_token == sliding * 128
    assert made.values_per_token == (4 - sliding) * 128


def test_eight_bits_take_a_little_more_than_half() -> None:
    made = shape()
    assert made is not None
    assert made.size_bytes(4_096, "q8_0") == made.size_bytes(4_096) * 17 // 32


@pytest.mark.parametrize("hostile", [0, -1, 1 << 60, "many", None, True, (1, 2)])
def test_numbers_that_cannot_be_are_not_counted_with(hostile: Any) -> None:
    assert shape(block_count=hostile) is None
