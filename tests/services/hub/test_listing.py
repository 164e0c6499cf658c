"""The files of a repository as a table: quantizations, parts, projectors, and which one a person means."""

from __future__ import annotations

import time

import pytest

from app.services.hub.listing import chosen, items_of, quantization_in
from app.services.hub.records import HubFile


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Qwen3-8B-Q4_K_M.gguf", "Q4_K_M"),
        ("llama-3.2-1b-instruct.q8_0.gguf", "Q8_0"),
        ("model-IQ2_XXS.gguf", "IQ2_XXS"),
        ("model-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("UD-IQ1_S/model-UD-IQ1_S-00002-of-00004.gguf", "UD-IQ1_S"),
        ("Q6_K/model.gguf", "Q6_K"),
        ("gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("gpt-oss-120b-mxfp4-00001-of-00003.gguf", "MXFP4"),
        ("model.BF16.gguf", "BF16"),
        ("model-fp16.gguf", "F16"),
        ("model-NVFP4.gguf", "NVFP4"),
        ("model-TQ1_0.gguf", "TQ1_0"),
        ("Q-star-7B.gguf", None),
        ("model.gguf", None),
    ],
)
def test_the_quantization_is_read_from_the_name(path: str, name: str | None) -> None:
    assert quantization_in(path) == name


def test_parts_are_one_item_and_others_are_told_apart() -> None:
    parts = [HubFile(f"m-Q8_0-{number:05d}-of-00003.gguf", 100) for number in (3, 1, 2)]
    lone = HubFile("m-F16-00001-of-00002.gguf", 5)
    rest = [HubFile("m-Q4_K_M.gguf", 120), HubFile("mmproj-m-F16.gguf", 10), HubFile("m.imatrix.gguf", 1)]
    items = items_of([*parts, lone, *rest, HubFile("README.md", 1)])
    assert [(item.quantization, item.size_bytes, item.kind, item.complete) for item in items] == [
        ("F16", 5, "model", False),
        ("Q4_K_M", 120, "model", True),
        ("Q8_0", 300, "model", True),
        ("F16", 10, "projector", True),
    ]
    assert [file.path for file in items[2].files] == [f"m-Q8_0-{number:05d}-of-00003.gguf" for number in (1, 2, 3)]


def test_a_size_that_is_not_told_is_unknown_and_stands_last() -> None:
    items = items_of([HubFile("a-Q2_K.gguf"), HubFile("a-Q8_0.gguf", 8)])
    assert [item.size_bytes for item in items] == [8, None]


def test_a_person_means_a_quantization_a_file_or_the_usual_one() -> None:
    items = items_of([HubFile(f"sub/m-{name}.gguf", 1) for name in ("Q8_0", "Q4_K_M", "IQ1_S")])
    assert [chosen(items, wanted) for wanted in ("q8_0", "m-Q8_0", "sub/m-Q8_0.gguf", "M-q8_0.gguf")] == [
        next(item for item in items if item.quantization == "Q8_0")
    ] * 4
    usual = chosen(items, "")
    assert usual is not None
    assert usual.quantization == "Q4_K_M"
    assert chosen(items, "Q5_0") is None
    odd = items_of([HubFile("one.gguf", 1), HubFile("two.gguf", 1)])
    assert chosen(odd, "") is None, "which of two nobody can tell"
    assert chosen(odd[:1], "") == odd[0]


def test_names_that_claim_thousands_of_parts_cost_nothing() -> None:
    began = time.process_time()
    items = items_of(HubFile(f"a{number}-00001-of-99999.gguf", 1) for number in range(2_000))
    assert time.process_time() - began < 1.0, "each of them took two milliseconds"
    assert len(items) == 2_000 and not any(item.complete for item in items)
