"""Whether a model sees is taken from what its server says, and is unknown where it says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from app.services.llm.providers import _lm_studio_wire as wire


@pytest.mark.parametrize(
    ("abilities", "sees"), [({"vision": True}, True), ({"vision": False}, False), ({}, None), (None, None)]
)
def test_lm_studio_names_the_ability(abilities: Any, sees: bool | None) -> None:
    model = wire._from_v1({"key": "m", "type": "llm", "capabilities": abilities})
    assert model is not None
    assert model.sees_pictures is sees
    assert ("vision" in model.capabilities) is bool(sees)


@pytest.mark.parametrize(("kind", "sees"), [("vlm", True), ("llm", False)])
def test_an_older_lm_studio_names_the_kind(kind: str, sees: bool) -> None:
    model = wire._from_v0({"id": "m", "type": kind})
    assert model is not None
    assert model.sees_pictures is sees


def test_a_bare_list_says_nothing() -> None:
    model = wire._from_openai({"id": "m"})
    assert model is not None
    assert model.sees_pictures is None
