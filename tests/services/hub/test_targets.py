"""Which programs can take a file, and by which name."""

from __future__ import annotations

from app.services.hub.listing import items_of
from app.services.hub.records import HubFile, HubModel, HubRepository
from app.services.hub.targets import Way, ways_to_fetch


def ways(*paths: str, public: bool = True) -> dict[str, Way]:
    """For the first of the files of a repository."""
    items = items_of([HubFile(path, number) for number, path in enumerate(paths, 1)])
    found = HubRepository(HubModel("user/repo"), None, None, items)
    return {way.backend: way for way in ways_to_fetch(found, items[0], public=public)}


def test_every_program_is_asked_in_its_own_spelling() -> None:
    assert {name: way.name for name, way in ways("m-Q4_K_M.gguf").items()} == {
        "embedded": "user/repo@Q4_K_M",
        "ollama": "hf.co/user/repo:Q4_K_M",
        "lm_studio": "https://huggingface.co/user/repo@Q4_K_M",
    }


def test_who_cannot_take_it_says_why() -> None:
    parts = ways("m-Q8_0-00001-of-00002.gguf", "m-Q8_0-00002-of-00002.gguf")
    assert (parts["ollama"].name, "parts" in parts["ollama"].reason) == ("", True)
    assert parts["lm_studio"].name and parts["embedded"].name
    nameless = ways("model.gguf")
    assert nameless["embedded"].name == "user/repo@model.gguf"
    assert "quantization" in nameless["ollama"].reason
    elsewhere = ways("m-Q8_0.gguf", public=False)
    assert elsewhere["embedded"].name and "public hub" in elsewhere["lm_studio"].reason
    missing = ways("m-Q8_0-00001-of-00002.gguf")
    assert all(not way.name and "parts" in way.reason for way in missing.values())
    assert all("no model" in way.reason for way in ways("mmproj-F16.gguf").values())


def test_two_files_of_one_quantization_are_named_by_their_path() -> None:
    assert ways("a/m-Q8_0.gguf", "b/m-Q8_0.gguf")["embedded"].name == "user/repo@a/m-Q8_0.gguf"
