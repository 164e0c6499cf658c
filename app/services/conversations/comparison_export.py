"""A comparison as a file for people (Markdown) or programs (JSON)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from app.services.conversations.comparison_rows import LETTERS
from app.services.conversations.readable import plain

if TYPE_CHECKING:
    from app.services.comparison.compared_answer import ComparedAnswer
    from app.services.conversations.kept_comparisons import KeptComparison

FORMATS = ("md", "json")
VOTE_WORDS = {"tie": "Tie", "bad": "All bad"}


def exported(kept: KeptComparison, ending: str) -> bytes:
    """UTF-8. `ending` is one of `FORMATS`.

    Raises:
        ValueError: its names must not be seen yet.
    """
    if kept.hidden:
        raise ValueError("the names are hidden until the vote")
    if ending == "json":
        text = json.dumps(kept.as_dict(), ensure_ascii=False, indent=2) + "\n"
    else:
        text = _markdown(kept)
    return text.encode("utf-8", "replace")


def _markdown(kept: KeptComparison) -> str:
    made = datetime.fromtimestamp(kept.created_at).strftime("%Y-%m-%d %H:%M")
    parts = [f"# Comparison of {made}", "## Prompt", kept.prompt]
    if kept.system_prompt:
        parts += ["## System prompt", kept.system_prompt]
    if kept.vote is not None:
        parts.append(f"Vote: {VOTE_WORDS.get(kept.vote, kept.vote)}{', blind' if kept.blind else ''}")
    parts += ["## Figures", _table(kept)]
    for letter, answer in zip(LETTERS, kept.answers, strict=False):
        parts += [f"## {letter}: {plain(answer.name)}", answer.text or f"({answer.state.value})"]
        if answer.error is not None:
            parts.append(plain(str(answer.error)))
    return "\n\n".join(parts) + "\n"


def _table(kept: KeptComparison) -> str:
    lines = [
        "| | model | state | first token | speed | tokens | total | memory | cost |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for letter, answer in zip(LETTERS, kept.answers, strict=False):
        asked = plain(f"{answer.model.provider}:{answer.model.model}")  # the others are words and figures of ours
        lines.append("| " + " | ".join((letter, asked, answer.state.value, *_figures(answer))) + " |")
    return "\n".join(lines)


def _figures(answer: ComparedAnswer) -> tuple[str, ...]:
    metrics = answer.metrics
    if metrics is None:
        return ("", "", "", "", "", "")
    about = "≈ " if metrics.estimated else ""
    return (
        "" if metrics.ttft_ms is None else f"{metrics.ttft_ms / 1000:.2f} s",
        "" if metrics.tokens_per_second is None else f"{about}{metrics.tokens_per_second:.1f} tok/s",
        "" if metrics.output_tokens is None else f"{about}{metrics.output_tokens}",
        "" if metrics.duration_ms is None else f"{metrics.duration_ms / 1000:.2f} s",
        "–" if metrics.memory_bytes is None else f"{metrics.memory_bytes / 1e9:.2f} GB",
        "unknown" if metrics.cost_usd is None else f"${metrics.cost_usd:.4f}",
    )
