"""What a prompt needs of the model that answers it."""

from __future__ import annotations

from app.lean_dataclass import dataclass
from app.services.comparison.task_kind import TaskKind, kind_of
from app.services.llm.metering import estimate_tokens
from app.services.routing.language import language_of
from app.services.routing.preferences import ModelKey

#: Of an answer whose length nothing tells.
EXPECTED_ANSWER_TOKENS = 600
#: What a task is about stands at its start; a pasted log of a megabyte is not searched while somebody types.
READ_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Need:
    """Tokens are estimates. `prompt_tokens`: of the whole request, system prompt, history and files included."""

    kind: TaskKind = TaskKind.OTHER
    language: str | None = None
    """ISO 639-1; None where it is not plain."""
    prompt_tokens: int = 0
    answer_tokens: int = EXPECTED_ANSWER_TOKENS
    pictures: bool = False
    tools: bool = False
    read_by: ModelKey | None = None
    """Who answered last in this chat: it has read what is above the prompt, and most servers keep that."""
    read_tokens: int = 0

    @property
    def tokens(self) -> int:
        """What has to fit into the window."""
        return self.prompt_tokens + self.answer_tokens


def need_of(
    prompt: str,
    *,
    tokens_beside: int = 0,
    answer_tokens: int | None = None,
    pictures: bool = False,
    tools: bool = False,
    read_by: ModelKey | None = None,
    read_tokens: int = 0,
) -> Need:
    """Of a prompt as it stands. `tokens_beside`: of what is sent beside it. `answer_tokens`: the longest answer
    that was asked for, where there is such a limit. `read_by`, `read_tokens`: as in `Need`."""
    start = prompt[:READ_CHARACTERS]
    expected = EXPECTED_ANSWER_TOKENS if answer_tokens is None else min(answer_tokens, EXPECTED_ANSWER_TOKENS)
    return Need(
        kind_of(start, ()),
        language_of(start),
        tokens_beside + (estimate_tokens(prompt) if prompt.strip() else 0),
        expected,
        pictures,
        tools,
        read_by,
        read_tokens if read_by is not None else 0,
    )
