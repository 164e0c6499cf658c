"""JSON from outside never surprises its reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.llm.safe_json import loads


@pytest.mark.parametrize(
    "text",
    ["", "{", "nul", "NaN", "[Infinity]", '{"a": -Infinity}', "[" * 100_000, '{"a":' * 100_000, "1" * 5_000,
     "[" * 200 + "]" * 200, b"\xff\xfe", "1 2", '"\x00'],
)  # fmt: skip
def test_what_is_no_acceptable_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        loads(text)


@pytest.mark.parametrize(
    "text, value",
    [
        ("null", None),
        ("\ufeff[1]", [1]),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'"a\xffb"', "a\ufffdb"),
        (r'"\ud83d"', "\ufffd"),
        (r'{"\udc00": ["\uD83D\uDE00", "x\ud800y"]}', {"\ufffd": ["😀", "x\ufffdy"]}),
        ('"\ud83d"', "\ufffd"),
        ('"' + "[" * 500 + '"', "[" * 500),
        (r'"\"[[[' + "[" * 200 + '"', '"[[[' + "[" * 200),
        ("[" * 128 + "]" * 128, None),
    ],
)
def test_odd_but_acceptable_json_is_read(text: str | bytes, value: object) -> None:
    got = loads(text)
    if value is not None:
        assert got == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        max_leaves=20,
    )
)
def test_every_value_that_was_written_as_json_comes_back_storable(value: object) -> None:
    text = json.dumps(value)
    assert loads(text) == loads(text.encode())
    json.dumps(loads(text), ensure_ascii=False).encode("utf-8")
