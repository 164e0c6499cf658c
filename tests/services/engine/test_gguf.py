"""The reader of model heads: what a good file tells, and that no other file does any harm."""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services.engine import gguf
from app.services.engine.gguf import GgufError, read_beginning, read_header
from app.services.engine.window_shape import WindowShape
from tests.services.engine.conftest import needs_generator
from tests.slowness import slowness

QUIET = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def head(*pairs: bytes, tensors: int = 0, keys: int | None = None, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, len(pairs) if keys is None else keys) + b"".join(pairs)


def said(key: str, value: str) -> bytes:
    return text(key) + struct.pack("<I", 8) + text(value)


def number(key: str, value: int) -> bytes:
    return text(key) + struct.pack("<II", 4, value)


def reason_for(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(GgufError) as caught:
        read_header(path)
    return str(caught.value)


@needs_generator
def test_a_model_tells_its_kind_size_and_window(tiny: Path) -> None:
    header = read_header(tiny)
    assert (header.architecture, header.kind, header.name) == ("llama", "model", "tiny")
    assert (header.context_length, header.quantization, header.parameter_count) == (512, "F32", 117_696)
    assert (header.has_template, header.takes_tools, header.thinks) == (True, False, False)
    assert (header.tokenizer, header.is_embedding, header.part, header.parts) == ("gpt2", False, 0, 1)
    assert header.cache_bytes_per_token == 2 * 2 * (32 + 32) * 2, "layers, heads, keys and values, two bytes each"


@needs_generator
def test_the_tables_of_types_are_those_of_the_formats_own_library() -> None:
    import gguf as library

    for known in library.LlamaFileType:
        name = known.name.removeprefix("MOSTLY_").removeprefix("ALL_").removesuffix("_MOE")
        if known.name != "GUESSED":
            assert gguf.FILE_TYPES[known.value] == name
    assert {kind.value: sizes for kind, sizes in library.GGML_QUANT_SIZES.items()} == gguf._BLOCKS


@needs_generator
def test_E9_a_file_cut_anywhere_is_refused_with_a_reason(tiny: Path, tmp_path: Path) -> None:
    whole = tiny.read_bytes()
    cut = tmp_path / "cut.gguf"
    cuts = [*range(700), *range(700, len(whole), 4_999), len(whole) - 1]
    for length in cuts:
        assert reason_for(cut, whole[:length])
    assert "bytes are missing" in reason_for(cut, whole[:-1])


@needs_generator
@QUIET
@given(data=st.data())
def test_E9_a_file_with_any_bytes_changed_is_read_or_refused(tiny: Path, tmp_path: Path, data: st.DataObject) -> None:
    damaged = bytearray(tiny.read_bytes())
    interesting = st.one_of(st.integers(0, 400), st.integers(0, 16_000))
    for position, value in data.draw(st.lists(st.tuples(interesting, st.integers(0, 255)), min_size=1, max_size=6)):
        damaged[position] = value
    path = tmp_path / "damaged.gguf"
    path.write_bytes(damaged)
    began = time.monotonic()
    with contextlib.suppress(GgufError):
        header = read_header(path)
        assert header.context_length is None or 0 < header.context_length < 1 << 48
    assert time.monotonic() - began < 2


@needs_generator
@QUIET
@given(position=st.integers(4, 16_000), value=st.sampled_from([2**16, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1]))
def test_E9_a_huge_count_anywhere_takes_neither_time_nor_memory(
    tiny: Path, tmp_path: Path, position: int, value: int
) -> None:
    damaged = bytearray(tiny.read_bytes())
    damaged[position : position + 8] = struct.pack("<Q", value)
    path = tmp_path / "huge.gguf"
    path.write_bytes(damaged)
    tracemalloc.start()
    began = time.monotonic()
    with contextlib.suppress(GgufError):
        read_header(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    assert time.monotonic() - began < 2


@QUIET
@given(data=st.binary(max_size=2_000), with_magic=st.booleans())
def test_E9_noise_is_refused(tmp_path: Path, data: bytes, with_magic: bool) -> None:
    path = tmp_path / "noise.gguf"
    path.write_bytes(head(keys=1) + data if with_magic else data)
    with contextlib.suppress(GgufError):
        read_header(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cut off"),
        (b"GGU", "cut off"),
        (b"PK\x03\x04 something else", "not a GGUF"),
        (head(version=1), "version 1"),
        (b"GGUF\x00\x00\x00\x03" + bytes(16), "byte order"),
        (head(keys=2**40), "beyond all measure"),
        (head(tensors=2**63), "beyond all measure"),
        (head(text("k") + struct.pack("<I", 99)), "no known kind"),
        (head(text("k") + struct.pack("<IIQ", 9, 4, 2**62)), "longer than the file"),
        (head(text("k") + struct.pack("<IIQ", 9, 8, 2**62)), "longer than the file"),
        (head(text("k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 9), "no known kind"),
        (head(struct.pack("<Q", 2**62)), "beyond all measure"),
        (head(said("general.name", "nobody")), "what kind of model"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in reason_for(tmp_path / "wrong.gguf", data)


def test_part_kinds_and_embeddings_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(head(said("general.architecture", "clip")))
    assert read_header(path).kind == "mmproj"
    path.write_bytes(head(said("general.architecture", "llama"), said("general.type", "adapter")))
    assert read_header(path).kind == "adapter"
    path.write_bytes(head(said("general.architecture", "nomic-bert")))
    assert read_header(path).is_embedding
    path.write_bytes(
        head(said("general.architecture", "llama"), number("split.no", 2), number("split.count", 3), number("x", 1))
    )
    assert (read_header(path).part, read_header(path).parts) == (2, 3)


def test_heads_of_layers_that_differ_are_counted_layer_by_layer(tmp_path: Path) -> None:
    heads = text("a.attention.head_count_kv") + struct.pack("<IIQ", 9, 4, 3) + struct.pack("<III", 0, 8, 4)
    path = tmp_path / "model.gguf"
    numbers = [
        number(f"a.{key}", value)
        for key, value in (("block_count", 3), ("embedding_length", 64), ("attention.head_count", 8))
    ]
    path.write_bytes(head(said("general.architecture", "a"), heads, *numbers))
    assert read_header(path).cache_bytes_per_token == (0 + 8 + 4) * 16 * 2


def test_the_first_bytes_tell_the_sizes(tmp_path: Path) -> None:
    """As a look at a file elsewhere gets them: the words of the vocabulary, and all behind them, are cut off."""
    words = listed("tokenizer.ggml.tokens", 1_024)
    numbers = [
        number(f"a.{key}", value)
        for key, value in (("block_count", 3), ("embedding_length", 64), ("attention.head_count", 4))
    ]
    whole = head(said("general.architecture", "a"), *numbers, words, said("tokenizer.chat_template", "{{ tools }}"))
    header = read_beginning(whole[: whole.index(b"tokenizer") + 40], 5_000_000)
    assert header.window == WindowShape(3 * 4 * 32)
    assert not header.has_template
    with pytest.raises(GgufError, match="cut off"):
        read_beginning(whole[:20], 5_000_000)
    with pytest.raises(GgufError, match="not a GGUF"):
        read_beginning(b"<!doctype html><title>Sign in</title>", 5_000_000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_with_a_models_name_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.gguf"
    os.mkfifo(pipe)
    answers: list[str] = []

    def look() -> None:
        try:
            read_header(pipe)
        except GgufError as exc:
            answers.append(str(exc))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(5)
    assert answers == ["It is not a file."]


def listed(key: str, count: int) -> bytes:
    """A list of 16-bit numbers."""
    return text(key) + struct.pack("<IIQ", 9, 2, count) + struct.pack("<H", 300) * count


@pytest.mark.parametrize("key", ["k{}", "{}.block_count", "general.name"])
def test_E9_many_lists_and_long_texts_take_little_memory(tmp_path: Path, key: str) -> None:
    path = tmp_path / "m.gguf"
    many = [listed(key.format(number_), 1_024) for number_ in range(8_000)]
    texts = [said(key.format(number_), "\U0001f600" + "a" * 1_000_000) for number_ in range(20)]
    path.write_bytes(head(said("general.architecture", "llama"), *many, *texts))
    tracemalloc.start()
    try:
        assert read_header(path).architecture == "llama"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_E9_nested_lists_are_refused_before_they_take_time(tmp_path: Path) -> None:
    inner = struct.pack("<IQ", 0, 0) * 1_000_000
    began = time.thread_time()
    why = reason_for(tmp_path / "m.gguf", head(text("k") + struct.pack("<IIQ", 9, 9, 1_000_000) + inner))
    assert "list" in why
    assert time.thread_time() - began < 0.5 * slowness()


def test_a_reader_whose_time_is_over_says_so(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(head(said("general.architecture", "llama"), number("a", 1)))
    with pytest.raises(TimeoutError):
        read_header(tmp_path / "m.gguf", until=time.monotonic() - 1)


def test_short_words_that_are_long_are_not_kept(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(head(said("general.architecture", "llama"), said("general.name", "A" * 100_000)))
    assert read_header(tmp_path / "m.gguf").name is None
