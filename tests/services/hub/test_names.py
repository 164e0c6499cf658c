"""Names from outside: what may become a repository's name or a path, and what may not."""

from __future__ import annotations

import pytest

from app.services.hub.names import HubName, is_repository, safe_path, split_name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("user/repo@Q4_K_M", HubName("user/repo", "Q4_K_M")),
        ("user/repo", HubName("user/repo")),
        ("hf.co/user/repo:Q4_K_M", HubName("user/repo", "Q4_K_M", is_link=True)),
        ("https://huggingface.co/user/repo@f/x.gguf", HubName("user/repo", "f/x.gguf", is_link=True)),
        (" HF.co/user/repo ", HubName("user/repo", is_link=True)),
        ("https://huggingface.co/user/repo/", HubName("user/repo", is_link=True)),
        ("https://huggingface.co/user/repo/tree/main", HubName("user/repo", is_link=True)),
        ("https://huggingface.co/user/repo?show_file_info=a.gguf", HubName("user/repo", is_link=True)),
        ("https://huggingface.co/user/repo/blob/main/f/x%2By.gguf", HubName("user/repo", "f/x+y.gguf", is_link=True)),
        ("hf.co/user/repo/resolve/main/x.gguf?download=true", HubName("user/repo", "x.gguf", is_link=True)),
    ],
)
def test_the_spellings_of_a_name_mean_the_same(typed: str, meant: HubName) -> None:
    assert split_name(typed) == meant
    assert meant.valid


@pytest.mark.parametrize(
    "name",
    ["", "one", "a/b/c", "../x", "a/..", "a/.b", "-a/b", "a/b c", "a/b?x", "a/b\n", "CON/b", "a/nul.gguf", "a/b."],
)
def test_E8_no_other_name_is_a_repository(name: str) -> None:
    assert not is_repository(name)


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd.gguf", "/etc/x.gguf", "a/../b.gguf", "a//b.gguf", ".hidden.gguf", "a\\b.gguf", "C:x.gguf",
        "con.gguf", "a/LPT1.gguf", "a\0.gguf", "a\n.gguf", "ü.gguf", "a/b/c/d/e/f.gguf", "x" * 300, "-rf.gguf", "",
    ],
)  # fmt: skip
def test_E8_hostile_names_of_files_become_no_path(path: str) -> None:
    assert safe_path(path) is None


def test_usual_names_of_files_become_paths() -> None:
    for path in ("model-Q4_K_M.gguf", "UD-Q4_K_XL/Model.v1.5-00001-of-00003.gguf"):
        made = safe_path(path)
        assert made is not None
        assert made.as_posix() == path
