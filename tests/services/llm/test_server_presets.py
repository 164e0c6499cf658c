"""Keys that are made for servers whose owner named none."""

from __future__ import annotations

import pytest

from app.services.llm.server_presets import is_taken, key_for
from app.services.settings.schema import SERVER_KEY


@pytest.mark.parametrize(
    ("name", "address", "key"),
    [
        ("Workshop", "http://10.0.0.1:8080/v1", "workshop"),
        ("", "http://box.lan:8080/v1", "box-lan"),
        ("", "192.168.1.13:1234", "192-168-1-13"),
        ("日本", "[::1]:80", "1"),
        ("日本", "[::]:80", "server"),
        ("x" * 100, "", "x" * 40),
        ("Claude", "http://h", "claude-2"),
        ("LM Studio", "http://h", "lm-studio-2"),
    ],
)
def test_a_key_is_made_of_the_name_else_of_the_host(name: str, address: str, key: str) -> None:
    made = key_for(name, address, {"anthropic", "lm_studio"})
    assert made == key
    assert SERVER_KEY.fullmatch(made)


def test_a_key_that_is_there_gets_a_number() -> None:
    assert key_for("Box", "", {"box", "box-2"}) == "box-3"
    assert is_taken("claude", {"anthropic"}) and not is_taken("claude-2", {"anthropic"})
