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
#: In which language it is written, in less.
LANGUAGE_CHARACTERS = 2_000


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
    answered_locally: bool = False
    """Local models answered in this chat: the cloud is only for it where that is allowed."""

    @property
    def tokens(self) -> int:
        """What has to fit into the window."""
        return self.prompt_tokens + self.answer_tokens


@dataclass(frozen=True, slots=True)
class ReadPrompt:
    """What the text of a prompt tells by itself; takes some milliseconds for a long one."""

    kind: TaskKind
    language: str | None
    tokens: int


def read_prompt(text: str) -> ReadPrompt:
    return ReadPrompt(
        kind_of(text[:READ_CHARACTERS], ()),
        language_of(text[:LANGUAGE_CHARACTERS]),
        estimate_tokens(text) if text.strip() else 0,
    )


def need_of(
    prompt: str | ReadPrompt,
    *,
    tokens_beside: int = 0,
    answer_tokens: int | None = None,
    pictures: bool = False,
    tools: bool = False,
    read_by: ModelKey | None = None,
    read_tokens: int = 0,
    answered_locally: bool = False,
) -> Need:
    """Of a prompt as it stands. `tokens_beside`: of what is sent beside it. `answer_tokens`: the longest answer
    that was asked for, where there is such a limit. The others: as in `Need`."""
    read = read_prompt(prompt) if isinstance(prompt, str) else prompt
    expected = EXPECTED_ANSWER_TOKENS if answer_tokens is None else min(answer_tokens, EXPECTED_ANSWER_TOKENS)
    return Need(
        read.kind,
        read.language,
        tokens_beside + read.tokens,
        expected,
        pictures,
        tools,
        read_by,
        read_tokens if read_by is not None else 0,
        answered_locally,
    )
