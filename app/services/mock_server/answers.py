"""What the simulated model says. Deterministic: the same seed and prompt give the same answer."""

from __future__ import annotations

import hashlib
import math
import re
from typing import Any

from app.services.mock_server.script import Script

_TOKEN = re.compile(r"\s*[^\W_]{1,6}|\s*[^\w\s]+|\s*_+|\s+", re.UNICODE)
MAX_ECHO_CHARACTERS = 80
EMBEDDING_DIMENSIONS = 64
MAX_SCHEMA_DEPTH = 12

_GREETING = """## Simulated answer

You wrote: “{echo}”

No model is running: this text comes from the built-in **simulator**, so you can try the program before you install \
one. Everything around it is real, the streaming, the history and the cancel button included.

A few things that can be shown here:

- Lists, *emphasis* and `inline code`
- Links, quotes and headings
- Code blocks with a copy button

```python
def greet(name: str) -> str:
    \"\"\"Return a friendly greeting.\"\"\"
    return f"Hello, {{name}}!"


print(greet("world"))
```

| runtime | default address | needs a key |
|---|---|---|
| LM Studio | `localhost:1234` | no |
| Ollama | `localhost:11434` | no |
| Cloud services | their own | yes |

> Start LM Studio or Ollama, choose a model above, and real answers take the place of this one.
"""

_CODE = """### Simulated answer: a small function

You asked: “{echo}”

This is a **simulated** reply, so it does not know your code. It shows what an answer with code looks like:

```python
from collections.abc import Iterator


def chunks(text: str, size: int) -> Iterator[str]:
    \"\"\"Cut `text` into pieces of at most `size` characters.\"\"\"
    if size < 1:
        raise ValueError("size must be at least 1")
    for start in range(0, len(text), size):
        yield text[start : start + size]
```

1. `size` is checked once, before the first piece.
2. The generator keeps one piece in memory at a time.
3. The last piece may be shorter.

| call | result |
|---|---|
| `list(chunks("abcdef", 4))` | `["abcd", "ef"]` |
| `list(chunks("", 4))` | `[]` |
| `list(chunks("abc", 0))` | `ValueError` |

Run it with `python -i chunks.py` and try a few sizes. With a real model chosen, this space holds an answer to your \
own question.
"""

_EXPLAIN = """### Simulated answer: an explanation

Your question was: “{echo}”

The **simulator** answers in place of a model; nothing below is specific to what you asked. A good explanation \
usually goes through three steps:

1. **What it is.** One sentence without jargon.
2. **How it works.** The moving parts and the order they act in.
3. **When to use it.** And, as important, when not to.

For instance, a cache in four lines:

```python
from functools import lru_cache

@lru_cache(maxsize=256)
def slow_square(n: int) -> int: return n * n
```

| question | short answer |
|---|---|
| What does it keep? | results of earlier calls |
| What does it cost? | memory, at most 256 results |
| When is it wrong? | when the result depends on more than the arguments |

> Rule of thumb: measure first, cache second.

To hear from a real model, start LM Studio or Ollama and pick one from the list.
"""

_CODE_WORDS = re.compile(r"\b(code|function|class|write|implement|bug|fix|test|refactor|script|python|sql)\b", re.I)
_EXPLAIN_WORDS = re.compile(r"\b(explain|why|how|what|difference|describe|meaning)\b", re.I)


def tokenize(text: str) -> list[str]:
    """Pieces of about a token each; joined they are the text again."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """A server's figure for a prompt: about four characters a token, at least one."""
    return max(1, math.ceil(len(text) / 4))


def answer_tokens(script: Script, prompt: str) -> list[str]:
    """The tokens of the answer to `prompt`, as many as the script asks for."""
    tokens = tokenize(script.answer if script.answer is not None else canned_answer(prompt, script.seed))
    if script.tokens is None:
        return tokens
    source = tokens or ["word "]
    repeats = -(-script.tokens // len(source))
    return (source * repeats)[: script.tokens]


def canned_answer(prompt: str, seed: int = 0) -> str:
    """A demonstration answer in Markdown that names itself simulated and repeats the prompt's first line."""
    if _CODE_WORDS.search(prompt):
        template = _CODE
    elif _EXPLAIN_WORDS.search(prompt):
        template = _EXPLAIN
    elif seed:
        digest = hashlib.sha256(f"{seed}\0{prompt}".encode("utf-8", "surrogatepass")).digest()
        template = (_GREETING, _CODE, _EXPLAIN)[digest[0] % 3]
    else:
        template = _GREETING
    return template.format(echo=first_line(prompt))


def first_line(prompt: str) -> str:
    """The first line with text in it, without control characters, cut to `MAX_ECHO_CHARACTERS`."""
    lines = (line.strip() for line in prompt.split("\n"))
    line = next((line for line in lines if line), "(nothing)")
    line = "".join(c if c.isprintable() else " " for c in line)
    return line if len(line) <= MAX_ECHO_CHARACTERS else line[: MAX_ECHO_CHARACTERS - 1] + "…"


def embedding(text: str) -> list[float]:
    """A unit vector that depends on the text alone."""
    seed = text.encode("utf-8", "surrogatepass")
    raw = b"".join(hashlib.sha256(bytes([n]) + seed).digest() for n in range(EMBEDDING_DIMENSIONS // 32))
    values = [byte / 127.5 - 1.0 for byte in raw]
    length = math.sqrt(sum(v * v for v in values)) or 1.0
    return [round(v / length, 6) for v in values]


def example_for_schema(schema: Any, depth: int = 0) -> Any:
    """The plainest value a JSON Schema accepts; enough of the vocabulary for what clients send."""
    if not isinstance(schema, dict) or depth > MAX_SCHEMA_DEPTH:
        return None
    for keyword in ("const", "default"):
        if keyword in schema:
            return schema[keyword]
    if schema.get("enum"):
        return schema["enum"][0]
    for keyword in ("anyOf", "oneOf", "allOf"):
        if schema.get(keyword):
            return example_for_schema(_resolve(schema[keyword][0], schema), depth + 1)
    if "$ref" in schema:
        return example_for_schema(_resolve(schema, schema), depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example_for_schema(_resolve(part, schema), depth + 1) for name, part in properties.items()}
    if kind == "array":
        item = example_for_schema(_resolve(schema.get("items", {}), schema), depth + 1)
        return [item] * max(1, int(schema.get("minItems", 1)))
    plain: dict[Any, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
    if kind in plain:
        return schema.get("minimum", plain[kind]) if kind in ("integer", "number") else plain[kind]
    return "simulated"


def _resolve(part: Any, parent: dict[str, Any]) -> Any:
    """`part` with the definitions of its parent and a local `$ref` followed."""
    if not isinstance(part, dict):
        return part
    definitions = parent.get("$defs", {})
    reference = part.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        part = definitions.get(reference.removeprefix("#/$defs/"), {})
    return {**part, "$defs": definitions}
