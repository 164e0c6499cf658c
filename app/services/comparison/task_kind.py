"""What kind of task a comparison was about, so that votes on code are told apart from others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum


class TaskKind(StrEnum):
    CODE = "code"
    OTHER = "other"


_FENCE = re.compile(r"^\s{0,3}(```|~~~)", re.MULTILINE)
_CODE_WORDS = re.compile(
    r"\b(bugs?|class(es)?|code|compil\w+|css|debug\w*|def|dockerfile|exception|functions?|git|golang|html|java|"
    r"javascript|json|kotlin|pytest|python|refactor\w*|regex\w*|rust|shell script|sql|stack ?trace|swift|traceback|"
    r"typescript|unit tests?|yaml)\b|c\+\+|c#",
    re.IGNORECASE,
)


def kind_of(prompt: str, answers: Iterable[str]) -> TaskKind:
    """Code where the prompt speaks of it, or a fence stands in the prompt or in any answer.

    Words in answers do not count: a model may speak of code whatever it was asked.
    """
    is_code = _CODE_WORDS.search(prompt) or any(_FENCE.search(text) for text in (prompt, *answers))
    return TaskKind.CODE if is_code else TaskKind.OTHER
