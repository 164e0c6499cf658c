"""The decorator behaves as the standard library's, except that no field is guarded at run time."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lean_dataclass import dataclass as lean

ROOT = Path(__file__).resolve().parent.parent


def place(decorator: Callable[..., Any], **options: bool) -> Any:
    class Place:
        host: str
        port: int = 1234
        key: str = dataclasses.field(default="", repr=False)
        tried: int = dataclasses.field(default=0, compare=False)
        names: tuple[str, ...] = ()

        def with_port(self) -> str:
            return f"{self.host}:{self.port}"

    Place.__annotations__ = {"host": str, "port": int, "key": str, "tried": int, "names": tuple}
    return decorator(**options)(Place)


VALUES = st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 2), st.sampled_from(["", "k"]), st.integers(0, 1))
OPTIONS = [{"frozen": True, "slots": True}, {"slots": True}, {"slots": True, "eq": False}, {"frozen": True}]


@pytest.mark.parametrize("options", OPTIONS)
@given(first=VALUES, second=VALUES)
def test_it_compares_hashes_and_shows_as_the_standard_one(
    options: dict[str, bool], first: tuple[Any, ...], second: tuple[Any, ...]
) -> None:
    ours, theirs = place(lean, **options), place(dataclasses.dataclass, **options)
    our_pair, their_pair = (ours(*first), ours(*second)), (theirs(*first), theirs(*second))
    assert (our_pair[0] == our_pair[1]) == (their_pair[0] == their_pair[1])
    assert repr(our_pair[0]) == repr(their_pair[0])
    assert (ours.__hash__ is None) == (theirs.__hash__ is None)
    if options.get("frozen"):
        assert hash(our_pair[0]) == hash(their_pair[0])
    assert ours.__match_args__ == theirs.__match_args__
    assert hasattr(ours, "__slots__") == hasattr(theirs, "__slots__")
    assert our_pair[0] != their_pair[0]


@lean(frozen=True, slots=True)
class Point:
    x: float
    y: float = 0.0


@lean(frozen=True, slots=True)
class Empty:
    pass


@lean(slots=True)
class Counted:
    seen: list[str] = dataclasses.field(default_factory=list)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counted) and len(self.seen) == len(other.seen)

    def __hash__(self) -> int:
        return len(self.seen)

    def __repr__(self) -> str:
        return "counted"


def test_what_the_library_does_with_dataclasses_works() -> None:
    point = Point(1.0)
    assert dataclasses.asdict(point) == {"x": 1.0, "y": 0.0}
    assert dataclasses.replace(point, y=2.0) == Point(1.0, 2.0)
    assert pickle.loads(pickle.dumps(point)) == point == copy.deepcopy(point)
    assert not hasattr(point, "__dict__")
    assert Empty() == Empty() and hash(Empty()) == hash(Empty())
    nan = float("nan")
    assert Point(nan) == Point(nan), "the same object is equal to itself, as in any tuple"


def test_methods_of_the_class_itself_stay() -> None:
    assert repr(Counted(["a"])) == "counted"
    assert Counted(["a"]) == Counted(["b"]) and hash(Counted(["a"])) == 1


def test_no_module_makes_the_dear_kind() -> None:
    """One that did would add to every start; the type checker sees the standard decorator in both cases."""
    direct = re.compile(r"^from dataclasses import .*\bdataclass\b|@dataclasses\.dataclass", re.MULTILINE)
    modules = (path for path in (ROOT / "app").rglob("*.py") if path.name != "lean_dataclass.py")
    assert [str(path) for path in modules if direct.search(path.read_text(encoding="utf-8"))] == []
