"""What a model keeps for each token of its window, from the numbers of its head: grouped heads, sliding windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.lean_dataclass import dataclass

#: Bytes a kept number takes, by the type of the cache (ggml: `q8_0` has 34 bytes for 32 numbers).
BYTES_PER_VALUE = {"f16": 2.0, "q8_0": 34 / 32}
#: Tokens of a prompt that llama.cpp reads at a time; a sliding window holds as many more.
READ_TOKENS = 512
#: It rounds a sliding window up to this.
_PADDING = 256
MAX_LAYERS = 1_024
#: llama-server's `checkpoint_min_step` and `ctx_checkpoints` where nobody sets them (xllamacpp 2026.10).
_CHECKPOINT_TOKENS = 8_192
_MOST_CHECKPOINTS = 32
#: In a model of these, every nth layer looks at the whole window, the others slide (llama.cpp, `set_swa_pattern`).
#: An architecture that is neither here nor says so itself is counted as if every layer looked at the whole window.
_SLIDING_UNLESS_NTH = {"gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "cohere2": 4}

#: A number of the head by the end of its key; None where it is not there. Lists are tuples.
Said = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class WindowShape:
    """Numbers kept for each token: in layers that look at the whole window, and in those that slide."""

    values_per_token: int
    sliding_values_per_token: int = 0
    sliding_tokens: int | None = None
    """How far back the sliding layers look; None where there are none."""

    def size_bytes(self, context_length: int, cache: str = "f16") -> int:
        """Of a window of so many tokens. `cache`: one of `BYTES_PER_VALUE`."""
        values = self.values_per_token * context_length
        if self.sliding_tokens is not None:
            held = -(-(self.sliding_tokens + READ_TOKENS) // _PADDING) * _PADDING
            values += self.sliding_values_per_token * min(context_length, held)
        return round(values * BYTES_PER_VALUE[cache])

    def checkpoint_bytes(self, context_length: int) -> int:
        """Of the copies of the sliding layers that llama-server keeps, so that a prompt can be changed at its end: two
        at the ends of prompts, and one every `_CHECKPOINT_TOKENS` before them."""
        if self.sliding_tokens is None:
            return 0
        copies = min(2 + context_length // _CHECKPOINT_TOKENS, _MOST_CHECKPOINTS)
        return copies * self.sliding_values_per_token * min(context_length, self.sliding_tokens) * 2

    @property
    def bytes_per_token(self) -> int:
        """For a token of a short window, where the sliding layers hold it too; 16-bit numbers."""
        return (self.values_per_token + self.sliding_values_per_token) * 2


def window_shape(architecture: str, said: Said) -> WindowShape | None:
    """The shape that a head describes, None where it does not say enough."""
    layers, heads, width = (
        _count(said("block_count")),
        _largest(said("attention.head_count")),
        _count(said("embedding_length")),
    )
    if layers is None or heads is None or width is None or layers > MAX_LAYERS:
        return None
    key = _count(said("attention.key_length")) or width // heads
    value = _count(said("attention.value_length")) or width // heads
    sliding_key = _count(said("attention.key_length_swa")) or key
    sliding_value = _count(said("attention.value_length_swa")) or value
    sliding_tokens = _count(said("attention.sliding_window"))
    slides = _sliding(architecture, said("attention.sliding_window_pattern")) if sliding_tokens else _never
    kept = layers - (_count(said("attention.shared_kv_layers")) or 0)
    every = _count(said("full_attention_interval")) or 1
    whole = sliding = 0
    for layer, kv_heads in enumerate(_by_layer(said("attention.head_count_kv"), layers, heads)):
        if layer >= kept or (layer + 1) % every:  # it shares another one's, or remembers in a state of fixed size
            continue
        if slides(layer):
            sliding += kv_heads * (sliding_key + sliding_value)
        else:
            whole += kv_heads * (key + value)
    return WindowShape(whole, sliding, sliding_tokens if sliding else None)


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 1 << 32 else None


def _largest(value: Any) -> int | None:
    """Of a number or of one number a layer."""
    if isinstance(value, tuple):
        return max((one for one in map(_count, value) if one is not None), default=None)
    return _count(value)


def _by_layer(value: Any, layers: int, otherwise: int) -> list[int]:
    """Heads of keys and values in each layer; a layer without any (0) keeps nothing."""
    if isinstance(value, tuple) and len(value) >= layers:
        return [_count(one) or 0 for one in value[:layers]]
    return [_largest(value) or otherwise] * layers


def _never(_layer: int) -> bool:
    return False


def _sliding(architecture: str, pattern: Any) -> Callable[[int], bool]:
    if isinstance(pattern, tuple):
        return lambda layer: layer < len(pattern) and bool(pattern[layer])
    period = _count(pattern) or _SLIDING_UNLESS_NTH.get(architecture)
    return _never if period is None else lambda layer: layer % period < period - 1
