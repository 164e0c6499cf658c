"""What the window remembers: a damaged file keeps nothing from opening."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.settings.window_state import MAX_BYTES, read_window_state, write_window_state

WHOLE: dict[str, Any] = {
    "size": [1200, 800],
    "position": [-40, 10],
    "frame": [0, 30, 0, 0],
    "sidebar_width": 264,
    "sidebar": True,
    "maximized": False,
    "theme": "dark",
    "language": "es",
    "conversation": 7,
    "folded": ["archive"],
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "window.json"
    assert read_window_state(file) == {}
    write_window_state(file, WHOLE)
    assert read_window_state(file) == WHOLE


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"x"', "[" * 5_000, " " * (MAX_BYTES + 1)])
def test_a_file_that_is_none_is_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "window.json"
    file.write_text(text)
    assert read_window_state(file) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("size", one) for one in ("x", 5, [1], [0, 5], [1, 10**12], [1.5, 2], [True, 2], None)),
        *(("position", one) for one in (5, "ab", [1, 2, 3], [10**9, 0])),
        *(("frame", one) for one in ([1], [1, 2, 3, "a"], [-1, 0, 0, 0], [99_999, 0, 0, 0])),
        *(("sidebar_width", one) for one in ("a", None, [264], -1)),
        *(("theme", one) for one in (9, [9], {}, "red")),
        ("language", 1),
        ("maximized", 7),
        ("sidebar", "yes"),
    ],
)
def test_a_value_that_is_none_is_left_out_and_the_others_stay(tmp_path: Path, name: str, value: object) -> None:
    file = tmp_path / "window.json"
    file.write_text(json.dumps({**WHOLE, name: value}))
    assert read_window_state(file) == {key: one for key, one in WHOLE.items() if key != name}


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), VALUES))
def test_whatever_stands_there_is_of_the_kind_that_the_window_takes(values: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "window.json"
        file.write_text(json.dumps(values))
        found = read_window_state(file)
    for name in ("size", "position", "frame"):
        assert all(type(one) is int for one in found.get(name, []))
    assert isinstance(found.get("sidebar_width", 0), int) and isinstance(found.get("language", ""), str)
