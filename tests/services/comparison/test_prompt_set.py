"""Files with prompts to compare models on."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.services.comparison.prompt_set import read_prompt_set
from app.services.llm.errors import ErrorKind, LLMError


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "prompts.jsonl"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_lines_are_strings_or_objects(tmp_path: Path) -> None:
    file = written(tmp_path, '\ufeff"one\\ntwo"\r\n\n{"prompt": "three", "system": "Short.", "id": 7, "more": []}\n')
    first, second = read_prompt_set(file, system="Long.")
    assert (first.text, first.system, first.name) == ("one\ntwo", "Long.", "")
    assert (second.text, second.system, second.name) == ("three", "Short.", "7")
    assert [m.role for m in second.messages] == ["system", "user"]


@pytest.mark.parametrize(
    "line", ["hello", "{}", '{"prompt": ""}', '{"prompt": 3}', "[]", '{"prompt": "x", "system": 1}', '"']
)
def test_a_line_that_is_no_prompt_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(LLMError, match=r"Line 2 of .*prompts\.jsonl is no prompt") as caught:
        read_prompt_set(written(tmp_path, f'"fine"\n{line}\n'))
    assert caught.value.kind is ErrorKind.CONFIG


@pytest.mark.parametrize(("content", "words"), [("\n\n", "has no prompts"), (b"\xff\xfe\x00", "not UTF-8")])
def test_a_file_without_prompts_says_so(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(LLMError, match=words):
        read_prompt_set(written(tmp_path, content))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(LLMError, match="cannot be read: No such file"):
        read_prompt_set(tmp_path / "none.jsonl")
