"""The title a chat gets from its first prompt."""

from __future__ import annotations

import pytest

from app.services.conversations.context import title_from

ADDRESS = "https://github.com/someone/a-repository-with-a-long-name/blob/main/src/module/file.py"


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Say hello.", "Say hello."),
        ("\n```\n# Why does this fail?", "Why does this fail?"),
        (
            "Write a function that reads a file, line by line, and counts its words",
            "Write a function that reads a file, line by line, and…",
        ),
        (f"Explain {ADDRESS}", "Explain https://github.com/someone/a-repository-with-a-long-…"),
        (
            f"Explain in a few words what is meant by {ADDRESS}",
            "Explain in a few words what is meant by https://github.com/s…",
        ),
        (
            "Explain https://github.com/someone/a-repository/src/main.py and why it is",
            "Explain https://github.com/someone/a-repository/src/main.py…",
        ),
        (
            "Explain https://github.com/someone/a-repository/src/a/main.py now",
            "Explain https://github.com/someone/a-repository/src/a/main.p…",
        ),
        ("x" * 80, "x" * 60 + "…"),
        ("x" * 60 + " and more", "x" * 60 + "…"),
        ("ein zwei " * 20, "ein zwei ein zwei ein zwei ein zwei ein zwei ein zwei ein…"),
    ],
)
def test_a_title_is_cut_at_a_word_and_inside_one_that_is_too_long(prompt: str, title: str) -> None:
    found = title_from(prompt)
    assert found == title
    assert len(found) <= 61
