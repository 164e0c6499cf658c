"""What pydantic says about a value that was refused, in the language of the front; in English its own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Any

from app.services.wording import is_translated, later, say

#: pydantic 2's sentences about values of the kinds that our settings have, as they are in English.
_SENTENCES = (
    later("Core", "Input should be greater than or equal to {least}"),
    later("Core", "Input should be greater than {limit}"),
    later("Core", "Input should be less than or equal to {most}"),
    later("Core", "Input should be less than {limit}"),
    later("Core", "Input should be a valid integer, unable to parse string as an integer"),
    later("Core", "Input should be a valid integer, got a number with a fractional part"),
    later("Core", "Input should be a valid integer"),
    later("Core", "Input should be a valid number, unable to parse string as a number"),
    later("Core", "Input should be a valid number"),
    later("Core", "Input should be a finite number"),
    later("Core", "Input should be a valid boolean, unable to interpret input"),
    later("Core", "Input should be a valid boolean"),
    later("Core", "Input should be a valid string"),
    later("Core", "Input should be a valid list"),
    later("Core", "Input should be a valid tuple"),
    later("Core", "Input should be a valid dictionary or instance of {kind}"),
    later("Core", "Input should be a valid dictionary"),
    later("Core", "Input should be an object"),
    later("Core", "String should have at most {most} characters"),
    later("Core", "String should have at most {most} character"),
    later("Core", "String should have at least {least} characters"),
    later("Core", "String should have at least {least} character"),
    later("Core", "String should match pattern {pattern}"),
    later("Core", "Field required"),
    later("Core", "Extra inputs are not permitted"),
    later("Core", "Value error, {reason}"),
    later("Core", "Input should be {choices}"),
)


def value_words(error: Mapping[str, Any]) -> str:
    """One of `ValidationError.errors()` in words. A sentence that is not known here stays as pydantic says it."""
    told = str(error["msg"])
    if not is_translated():
        return told
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(told)
        if found is not None:
            return say(sentence, **found.groupdict())
    return told


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((one, _pattern_of(one)) for one in _SENTENCES)


def _pattern_of(sentence: str) -> re.Pattern[str]:
    """What matches a sentence with its values."""
    parts = (
        re.escape(text) + (f"(?P<{name}>.+)" if name is not None else "")
        for text, name, _spec, _conversion in Formatter().parse(sentence)
    )
    return re.compile("".join(parts), re.DOTALL)
