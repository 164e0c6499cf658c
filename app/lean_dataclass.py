"""`dataclass` of the standard library, made for less at the start: to the type checker it is that one.

The standard one writes and compiles source for each method of each class: 0.45 ms for a frozen class with slots, and a
start to the first chat makes a hundred. Here one piece of code compares, hashes and shows all of them, and only
`__init__` is compiled: 0.1 ms, less memory, and instances are made twice as fast. What is given up: an assignment to a
field of a frozen object is an error of the type checker alone, no longer one at run time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # with its own name, so that it is known by it
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True) -> Any:
        """As `dataclasses.dataclass`, with the arguments that are used here."""
        if cls is None:
            return lambda decorated: _made(decorated, frozen, slots, eq)
        return _made(cls, frozen, slots, eq)


def _made(cls: type, frozen: bool, slots: bool, eq: bool) -> type:
    own = cls.__dict__
    if not cls.__doc__:
        cls.__doc__ = cls.__name__  # it would be made of the signature, which costs as much as all the rest
    shows_itself, compares_itself, hashes_itself = "__repr__" in own, "__eq__" in own, "__hash__" in own
    made: Any = dataclasses.dataclass(repr=False, eq=False, slots=slots)(cls)
    fields = dataclasses.fields(made)
    if not shows_itself:
        made.__repr__ = _repr_of([field.name for field in fields if field.repr])
    if eq:
        compared = [field.name for field in fields if field.compare]
        values = _values(compared)
        if not compares_itself:
            made.__eq__ = _eq_of(values)
        if not hashes_itself:
            made.__hash__ = _hash_of(values) if frozen else None
    return made  # type: ignore[no-any-return]


def _values(names: list[str]) -> Callable[[Any], Any]:
    """What is compared and hashed of an object."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple(getattr(instance, name) for name in names)


def _repr_of(names: list[str]) -> Callable[[Any], str]:
    def repr_of_fields(self: Any) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({told})"

    return repr_of_fields


def _eq_of(values: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
    def eq_of_fields(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return eq_of_fields


def _hash_of(values: Callable[[Any], Any]) -> Callable[[Any], int]:
    def hash_of_fields(self: Any) -> int:
        return hash(values(self))

    return hash_of_fields
