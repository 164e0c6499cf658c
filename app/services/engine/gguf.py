"""Reads the head of a GGUF model file: what it is, how large, how it was made; never the weights.

A model file is a stranger's data. Every length and count is compared with the file's size and a constant before it
is used, so that a file made to harm costs a sentence and not the process (llama.cpp's own readers had such holes:
CVE-2024-23605). Format: ggml, docs/gguf.md, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import io
import math
import stat
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from app.lean_dataclass import dataclass
from app.services.engine.window_shape import WindowShape, window_shape
from app.services.wording import say

MAX_KEYS = 16_384
MAX_TENSORS = 262_144
MAX_NAME_BYTES = 4_096
#: Longer texts are passed over; chat templates have some 20 kB, the others that are read are words.
MAX_TEMPLATE_BYTES = 1024 * 1024
MAX_WORDS_BYTES = 1024
#: A vocabulary of 260,000 words with its merges takes about 12 MB.
MAX_HEAD_BYTES = 128 * 1024 * 1024
#: Texts in lists are passed over one by one; this is about a second of that.
MAX_TEXTS_IN_LISTS = 4_000_000
MAX_LIST_DEPTH = 4
#: Lists in lists; no model that is known has any.
MAX_INNER_LISTS = 10_000
#: One number a layer is the longest list that says something here.
MAX_KEPT_NUMBERS = 1_024
#: A model has a handful of them.
MAX_KEPT_LISTS = 32
MAX_DIMENSIONS = 8
MAX_PARTS = 1_000
_READ_BYTES = 256 * 1024
#: How many pieces are read between two looks at the clock.
_PIECES = 4_096

_TEMPLATE = "tokenizer.chat_template"
#: What is read of a head; everything else is passed over. Those of the second line stand behind the architecture.
_KEPT = frozenset(
    {"general.architecture", "general.type", "general.name", "general.size_label", "general.file_type"}
    | {"general.alignment", "tokenizer.ggml.model", "split.no", "split.count", _TEMPLATE}
)
_KEPT_ENDS = (
    ".context_length", ".block_count", ".embedding_length", ".pooling_type", ".attention.causal",
    ".attention.head_count", ".attention.head_count_kv", ".attention.key_length", ".attention.value_length",
    ".attention.key_length_swa", ".attention.value_length_swa", ".attention.sliding_window",
    ".attention.sliding_window_pattern", ".attention.shared_kv_layers", ".full_attention_interval",
    ".feed_forward_length", ".expert_feed_forward_length", ".expert_used_count",
)  # fmt: skip

_MAGIC = b"GGUF"
_TEXT, _LIST, _BOOL = 8, 9, 7
#: Value type -> struct format of one value.
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", _BOOL: "<B", 10: "<Q", 11: "<q", 12: "<d"}
_SIZES = {kind: struct.calcsize(form) for kind, form in _NUMBERS.items()}
_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")

#: `general.file_type` -> the name people know it by (llama.h, llama_ftype).
FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS",
    20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M",
    28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
    39: "NVFP4", 40: "Q1_0",
}  # fmt: skip
#: Tensor type -> (values a block, bytes a block) (ggml.c, type_traits). A type that is not here is not measured.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
_EMBEDDING_ARCHITECTURES = ("bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "neo-bert")


class GgufError(Exception):
    """The file is no GGUF model that could be used; the text is a reason to show, without the file's name."""


class CutShortError(GgufError):
    """The head goes on beyond what there is of the file."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a model file says of itself. None: it does not say, or not within bounds."""

    architecture: str
    kind: str
    """`model`; others are no models to talk to: `mmproj`, `adapter`, `imatrix`, `vocab` …"""
    name: str | None
    context_length: int | None
    """Tokens it was trained for."""
    quantization: str | None
    parameter_count: int | None
    """Numbers in the tensors of this file; for a split model of this part only."""
    size_label: str | None
    """The maker's word for the size, such as `7B` or `8x7B`."""
    has_template: bool
    """Whether it says how a conversation is written."""
    takes_tools: bool
    """Whether its template speaks of tools; `thinks`: of thinking."""
    thinks: bool
    tokenizer: str | None
    is_embedding: bool
    part: int
    """From 0; `parts` is 1 for a whole model."""
    parts: int
    cache_bytes_per_token: int | None
    """Memory of the window, for each token of a short one (16-bit keys and values)."""
    window: WindowShape | None = None
    """What is kept for each token of the window."""
    embedding_length: int | None = None
    """Width of the layers; `inner_length`: of their feed-forward part, of all experts that run at a time."""
    inner_length: int | None = None
    block_count: int | None = None
    """Layers, without the one of the output."""


def read_header(path: Path, *, until: float = math.inf) -> GgufHeader:
    """Read the head of a model file. Blocks; about 0.1 s for a large vocabulary. `until`: of `time.monotonic`.

    Raises:
        TimeoutError: that time came.
        GgufError: it is no GGUF file, is damaged or cut, or of a form that cannot be used.
        OSError: it cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise GgufError(say("It is not a file."))
    with path.open("rb", buffering=_READ_BYTES) as file:
        size = file.seek(0, 2)
        file.seek(0)
        return _Reader(file, size, until).header()


def read_beginning(data: bytes, size_bytes: int) -> GgufHeader:
    """What the first bytes of a model file tell, such as those of a file elsewhere; `size_bytes`: of the whole file.

    What makes of a model comes before its words, so a few hundred kilobytes tell the sizes; what stands behind them
    (the template, say) counts as not said.

    Raises:
        GgufError: it is no GGUF file, or of a form that cannot be used; or they are too few to tell what it is.
    """
    return _Reader(io.BytesIO(data), size_bytes, math.inf).beginning()


def header_of(values: Mapping[str, Any]) -> GgufHeader:
    """The head of a model as a server tells it, by the keys of the format; lists of numbers may be JSON's.

    Raises:
        GgufError: it does not say what kind of model it is.
    """
    reader = _Reader(io.BytesIO(), 0, math.inf)
    return reader.told({key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


class _Reader:
    """One pass over the head. `_left` is what the file still has; nothing is read or skipped beyond it."""

    def __init__(self, file: BinaryIO, size: int, until: float) -> None:
        self._file = file
        self._size = size
        self._left = min(size, MAX_HEAD_BYTES)
        self._until = until
        self._pieces = 0
        self._texts_in_lists = 0
        self._inner_lists = 0
        self._kept_lists = 0
        self._values: dict[str, Any] = {}

    def header(self) -> GgufHeader:
        tensors = self._read_keys()
        parameters, data_bytes = self._tensors(tensors)
        self._check_data(data_bytes)
        return self._described(parameters if tensors else None)

    def told(self, values: dict[str, Any]) -> GgufHeader:
        self._values = values
        return self._described(None)

    def beginning(self) -> GgufHeader:
        try:
            self._read_keys()
        except CutShortError:
            if not self._values:
                raise
        return self._described(None)

    def _read_keys(self) -> int:
        """Take in what the head says; how many tensors it announces."""
        if self._take(4) != _MAGIC:
            raise GgufError(say("It is not a GGUF file."))
        version = self._u32()
        if version in (0x0200_0000, 0x0300_0000):
            raise GgufError(say("It was made for processors with another byte order."))
        if version not in (2, 3):
            raise GgufError(say("Its format is version {version}; versions 2 and 3 can be read.", version=version))
        tensors, keys = self._u64(), self._u64()
        if tensors > MAX_TENSORS or keys > MAX_KEYS:
            raise GgufError(say("Its counts are beyond all measure: it is damaged."))
        for _ in range(keys):
            self._check_time()
            key, kind = self._name(), self._u32()
            if key in _KEPT or key.endswith(_KEPT_ENDS):
                self._values[key] = self._value(kind, MAX_TEMPLATE_BYTES if key == _TEMPLATE else MAX_WORDS_BYTES)
            else:
                self._value(kind, 0)
        return tensors

    # -- pieces

    def _check_time(self) -> None:
        self._pieces -= 1
        if self._pieces < 0:
            self._pieces = _PIECES
            if time.monotonic() > self._until:
                raise TimeoutError(say("there was no time to read it"))

    def _take(self, count: int) -> bytes:
        if count > self._left:
            raise CutShortError(say("It ends in the middle of its head: it is cut off or damaged."))
        self._left -= count
        data = self._file.read(count)
        if len(data) != count:  # it shrank while it was read, or these are its first bytes only
            raise CutShortError(say("It ends in the middle of its head: it is cut off or damaged."))
        return data

    def _skip(self, count: int) -> None:
        if count <= _READ_BYTES:
            self._take(count)
            return
        if count > self._left:
            raise CutShortError(say("It ends in the middle of its head: it is cut off or damaged."))
        self._left -= count
        self._file.seek(count, 1)

    def _u32(self) -> int:
        number: int = _U32.unpack(self._take(4))[0]
        return number

    def _u64(self) -> int:
        number: int = _U64.unpack(self._take(8))[0]
        return number

    def _name(self) -> str:
        length = self._u64()
        if length > MAX_NAME_BYTES:
            raise GgufError(say("A name in its head is beyond all measure: it is damaged."))
        return self._take(length).decode("utf-8", "replace")

    def _text(self, most_bytes: int) -> str | None:
        length = self._u64()
        if length > most_bytes:
            self._skip(length)
            return None
        return self._take(length).decode("utf-8", "replace")

    def _value(self, kind: int, most_bytes: int, depth: int = 0) -> Any:
        """A number, a text of at most so many bytes or a short list of numbers; others are passed over."""
        if kind in _NUMBERS:
            number = struct.unpack(_NUMBERS[kind], self._take(_SIZES[kind]))[0]
            return bool(number) if kind == _BOOL else number
        if kind == _TEXT:
            return self._text(most_bytes)
        if kind == _LIST and depth < MAX_LIST_DEPTH:
            return self._list(most_bytes, depth)
        raise GgufError(say("A value in its head is of no known kind: it is damaged."))

    def _list(self, most_bytes: int, depth: int) -> tuple[int | float, ...] | None:
        kind, count = self._u32(), self._u64()
        if kind in _NUMBERS:
            if count > self._left // _SIZES[kind]:
                raise GgufError(say("A list in its head is longer than the file: it is damaged or cut off."))
            wanted = most_bytes and depth == 0 and count <= MAX_KEPT_NUMBERS  # layers may differ
            if wanted and self._kept_lists < MAX_KEPT_LISTS:
                self._kept_lists += 1
                return struct.unpack(f"<{count}{_NUMBERS[kind][1]}", self._take(count * _SIZES[kind]))
            self._skip(count * _SIZES[kind])
            return None
        self._texts_in_lists += count if kind == _TEXT else 0
        self._inner_lists += count if kind == _LIST else 0
        if self._texts_in_lists > MAX_TEXTS_IN_LISTS or self._inner_lists > MAX_INNER_LISTS or count > self._left // 8:
            raise GgufError(say("A list in its head is longer than the file: it is damaged or cut off."))
        for _ in range(count):
            self._check_time()
            if kind == _TEXT:
                self._skip(self._u64())
            else:
                self._value(kind, 0, depth + 1)
        return None

    def _tensors(self, count: int) -> tuple[int, int]:
        """Numbers in all tensors, and bytes from the first to the end of the last, as the head has them."""
        parameters = end = 0
        for _ in range(count):
            self._check_time()
            self._name()
            dimensions = self._u32()
            if dimensions > MAX_DIMENSIONS:
                raise GgufError(say("A tensor has more dimensions than there are: it is damaged."))
            numbers = math.prod(self._u64() for _ in range(dimensions))
            kind, offset = self._u32(), self._u64()
            block, block_bytes = _BLOCKS.get(kind, (1, 0))
            parameters += numbers
            end = max(end, offset + numbers // block * block_bytes)
        return parameters, end

    def _check_data(self, data_bytes: int) -> None:
        alignment = self._number("general.alignment") or 32
        head = self._file.tell()
        start = head + (-head % alignment)
        if data_bytes and start + data_bytes > self._size:
            missing = start + data_bytes - self._size
            raise GgufError(
                say(
                    "It is not complete: {missing:,} of {start:,} bytes are missing.",
                    missing=missing,
                    start=start + data_bytes,
                )
            )

    # -- meaning

    def _number(self, key: str) -> int | None:
        """A number above zero; of one number a layer the largest."""
        value = self._values.get(key)
        if isinstance(value, tuple):
            value = max((one for one in value if type(one) is int), default=None)
        return value if type(value) is int and 0 < value < 1 << 48 else None

    def _said(self, key: str) -> str | None:
        """A text of one line that can be shown."""
        value = self._values.get(key)
        return value if isinstance(value, str) and value.strip() and value.isprintable() else None

    def _described(self, parameters: int | None) -> GgufHeader:
        architecture = self._said("general.architecture")
        if architecture is None:
            raise GgufError(say("It does not say what kind of model it is."))
        kind = self._said("general.type") or ("mmproj" if architecture == "clip" else "model")
        file_type = self._values.get("general.file_type")
        said = self._values.get(_TEMPLATE)
        template = said if isinstance(said, str) else ""
        part, parts = self._values.get("split.no"), self._number("split.count") or 1
        causal = self._values.get(f"{architecture}.attention.causal")
        window = window_shape(architecture, lambda key: self._values.get(f"{architecture}.{key}"))
        return GgufHeader(
            architecture=architecture,
            kind=kind,
            name=self._said("general.name"),
            context_length=self._number(f"{architecture}.context_length"),
            quantization=FILE_TYPES.get(file_type) if type(file_type) is int else None,
            parameter_count=parameters if parameters and parameters < 1 << 60 else None,
            size_label=self._said("general.size_label"),
            has_template=bool(template),
            takes_tools="tools" in template,
            thinks="<think>" in template or "enable_thinking" in template,
            tokenizer=self._said("tokenizer.ggml.model"),
            is_embedding=architecture in _EMBEDDING_ARCHITECTURES
            or causal is False
            or f"{architecture}.pooling_type" in self._values,
            part=part if type(part) is int and part >= 0 else 0,
            parts=min(parts, MAX_PARTS),
            cache_bytes_per_token=window.bytes_per_token if window is not None else None,
            window=window,
            embedding_length=self._number(f"{architecture}.embedding_length"),
            inner_length=self._inner_length(architecture),
            block_count=self._number(f"{architecture}.block_count"),
        )

    def _inner_length(self, architecture: str) -> int | None:
        expert = self._number(f"{architecture}.expert_feed_forward_length") or 0
        experts = expert * (self._number(f"{architecture}.expert_used_count") or 1)
        return max(self._number(f"{architecture}.feed_forward_length") or 0, experts) or None
