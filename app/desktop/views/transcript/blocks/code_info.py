"""What a fence says of its code, and how wide the code is."""

from __future__ import annotations

import unicodedata

from app.desktop.views.transcript.hostile import MAX_LINE, label

_LANGUAGES = {
    "py": "Python", "python": "Python", "js": "JavaScript", "javascript": "JavaScript", "ts": "TypeScript",
    "typescript": "TypeScript", "tsx": "TSX", "jsx": "JSX", "c": "C", "cpp": "C++", "c++": "C++", "cs": "C#",
    "csharp": "C#", "java": "Java", "go": "Go", "rust": "Rust", "rs": "Rust", "sh": "Shell", "bash": "Bash",
    "zsh": "Shell", "shell": "Shell", "console": "Console", "json": "JSON", "yaml": "YAML", "yml": "YAML",
    "toml": "TOML", "html": "HTML", "xml": "XML", "css": "CSS", "scss": "SCSS", "sql": "SQL", "diff": "Diff",
    "md": "Markdown", "markdown": "Markdown", "dockerfile": "Dockerfile", "rb": "Ruby", "ruby": "Ruby", "php": "PHP",
    "kt": "Kotlin", "kotlin": "Kotlin", "swift": "Swift", "lua": "Lua", "ini": "INI", "text": "Text", "txt": "Text",
}  # fmt: skip


def split_info(info: str) -> tuple[str, str]:
    """Language and file name of a fence's info string: `python limiter.py`, `python:limiter.py`, `py title="a.py"`."""
    words = info.replace("{", " ").replace("}", " ").split()
    if not words:
        return "", ""
    language, _, name = words[0].partition(":")
    for word in words[1:]:
        value = word.split("=", 1)[-1].strip("\"'")
        if "=" not in word or word.split("=", 1)[0] in ("title", "file", "filename", "path", "name"):
            name = name or value
    return language.lstrip("."), name


def language_name(language: str) -> str:
    """The language as a person writes it; "" where the fence names none."""
    return _LANGUAGES.get(language.lower(), label(language))


def cells(line: str) -> int:
    """Width of a code line in character cells: tabs to the next multiple of four, wide characters two."""
    line = line[:MAX_LINE]
    if "\t" in line:
        line = line.expandtabs(4)
    if line.isascii():
        return len(line)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)
