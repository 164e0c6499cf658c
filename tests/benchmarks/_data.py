"""Seeded chat data: the same characters on every machine."""

from __future__ import annotations

import random
import re
from array import array
from functools import lru_cache

from app.desktop.models.transcript_model import TranscriptMessage, estimate_lines, packed_size

SEED = 42
STREAM_CHARACTERS = 200_000
KINDS = ("mixed", "paragraph", "code", "table", "list")


def _words_of(text: str) -> list[str]:
    return text.split()


_WORDS = _words_of(
    "answer buffer cache cursor deadline écoulé event façade frame height index kernel layout line message model naïve"
    " owner paint queue reader request row scroll server signal stream table thread timeout token über value view"
    " widget данные 数据 überall write yield zone"
)


def sentence(rng: random.Random, words: int) -> str:
    """A sentence with some emphasis, code and links in it."""
    made: list[str] = []
    for _ in range(words):
        word, roll = rng.choice(_WORDS), rng.random()
        if roll < 0.03:
            word = f"**{word}**"
        elif roll < 0.05:
            word = f"*{word}*"
        elif roll < 0.09:
            word = f"`{word}({rng.randrange(99)})`"
        elif roll < 0.10:
            word = f"[{word}](https://example.org/{word})"
        made.append(word)
    return " ".join(made).capitalize() + "."


def paragraph(rng: random.Random) -> str:
    return " ".join(sentence(rng, rng.randint(6, 18)) for _ in range(rng.randint(2, 6)))


def code(rng: random.Random, lines: int) -> str:
    """A Python fence without its closing line."""
    made = ["```python"]
    for number in range(lines):
        value = rng.randrange(10_000)
        if number % 4 == 0:
            made.append(f'def step_{value}(count: int, name: str = "{value}") -> float:  # step {number}')
        else:
            made.append(f"    total = total + count * {value} if name != 'x{value}' else self.reset({number})")
    return "\n".join(made)


def table(rng: random.Random, rows: int) -> str:
    lines = ["| Name | Time | Note | Size |", "|:--|--:|:-:|---|"]
    for _ in range(rows):
        lines.append(f"| `{rng.choice(_WORDS)}` | {rng.random():.3f} s | {rng.choice(_WORDS)} | {sentence(rng, 3)} |")
    return "\n".join(lines)


def bullets(rng: random.Random, items: int) -> str:
    made: list[str] = []
    for number in range(items):
        made.append(f"{number + 1}. {sentence(rng, rng.randint(5, 16))}")
        if rng.random() < 0.3:
            made.append(f"   - {sentence(rng, 6)}")
    return "\n".join(made)


def answer(rng: random.Random, characters: int) -> str:
    """A mixed markdown answer of about that length."""
    blocks: list[str] = []
    length = 0
    while length < characters:
        roll = rng.random()
        if roll < 0.12:
            block = "#" * rng.randint(1, 4) + " " + sentence(rng, 4)
        elif roll < 0.5:
            block = paragraph(rng)
        elif roll < 0.7:
            block = code(rng, rng.randint(5, 38)) + "\n```"
        elif roll < 0.85:
            block = bullets(rng, rng.randint(3, 9))
        elif roll < 0.94:
            block = table(rng, rng.randint(3, 12))
        else:
            block = "> " + sentence(rng, 12)
        blocks.append(block)
        length += len(block) + 2
    return "\n\n".join(blocks) + "\n"


@lru_cache(maxsize=8)
def stream_text(kind: str = "mixed") -> str:
    """200,000 characters of one kind.

    Raises:
        KeyError: no such kind.
    """
    rng = random.Random(SEED)
    made = {
        "mixed": lambda: answer(rng, STREAM_CHARACTERS),
        "paragraph": lambda: " ".join(paragraph(rng) for _ in range(900)),
        "code": lambda: code(rng, 3_600),
        "table": lambda: table(rng, 4_500),
        "list": lambda: bullets(rng, 2_600),
    }[kind]()
    return made[:STREAM_CHARACTERS]


_TOKEN = re.compile(r"\s?\w{1,4}|\s?[^\w\s]{1,3}|\s")


def tokens(text: str) -> list[str]:
    """Pieces of about four characters, as a tokenizer would cut; joined they are the text."""
    made: list[str] = []
    piece = ""
    for part in _TOKEN.findall(text):
        piece += part
        if len(piece) >= 3:
            made.append(piece)
            piece = ""
    if piece:
        made.append(piece)
    return made


class Conversation:
    """`count` messages, prompts and answers in turn, drawn from a seeded pool; about 2 KB an answer."""

    POOL = 400

    def __init__(self, count: int) -> None:
        rng = random.Random(SEED)
        self.count = count
        self._prompts = [sentence(rng, rng.randint(5, 40)) for _ in range(self.POOL)]
        self._answers = [answer(rng, min(60_000, int(rng.lognormvariate(7.4, 0.9)))) for _ in range(self.POOL)]
        lines = [
            (packed_size("user", estimate_lines(a)), packed_size("assistant", estimate_lines(b)))
            for a, b in zip(self._prompts, self._answers, strict=True)
        ]
        self.sizes = array("I", (lines[(i // 2) % self.POOL][i % 2] for i in range(count)))

    def text(self, index: int) -> str:
        pool = self._answers if index % 2 else self._prompts
        return pool[(index // 2) % self.POOL]

    def message(self, index: int) -> TranscriptMessage:
        if index % 2 == 0:
            return TranscriptMessage(index, "user", "You", "", "14:31", self.text(index))
        return TranscriptMessage(
            index,
            "assistant",
            "Qwen3 Coder 30B",
            "LM Studio",
            "14:32",
            self.text(index),
            metrics="46.2 tok/s · 538 tokens",
        )

    def messages(self, first: int, last: int) -> dict[int, TranscriptMessage]:
        return {i: self.message(i) for i in range(first, last + 1)}
