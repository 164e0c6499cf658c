"""The settings that other programs are shown."""

from __future__ import annotations

import ast
import json
import shlex
import subprocess
import tomllib

import pytest

from app.services.gateway_clients import CLIENTS, MODEL, TOKEN, settings_for

ADDRESS = "http://127.0.0.1:3000"
#: As a hostile server might call its model.
NASTY = 'x\'; touch /tmp/owned; $(reboot) "`id`"'


@pytest.mark.parametrize("key", [client.key for client in CLIENTS])
def test_each_program_is_told_address_and_model_and_a_place_for_the_token(key: str) -> None:
    text = settings_for(key, ADDRESS, "qwen/coder-7b")

    assert f"{ADDRESS}/v1" in text or key == "claude_code"
    assert "qwen/coder-7b" in text
    assert TOKEN in text or key in ("codex", "zed", "llm"), "those read the token from elsewhere, as their line says"
    assert MODEL in settings_for(key, ADDRESS, "")


def test_a_model_cannot_break_out_of_the_form_it_stands_in() -> None:
    assert tomllib.loads(settings_for("codex", ADDRESS, NASTY))["model"] == NASTY
    zed = json.loads(settings_for("zed", ADDRESS, NASTY))
    (provider,) = zed["language_models"]["openai_compatible"].values()
    assert provider["available_models"][0]["name"] == NASTY
    called = ast.parse(settings_for("openai", ADDRESS, NASTY))
    assert NASTY in [node.value for node in ast.walk(called) if isinstance(node, ast.Constant)]
    words = shlex.split(settings_for("curl", ADDRESS, NASTY).replace("\\\n", ""))
    assert json.loads(words[-1])["model"] == NASTY
    assert shlex.split(settings_for("aider", ADDRESS, NASTY).splitlines()[-1])[-1] == f"openai/{NASTY}"


def test_a_shell_takes_the_variables_as_they_are() -> None:
    script = settings_for("claude_code", ADDRESS, NASTY).replace("\nclaude", '\nprintf %s "$ANTHROPIC_MODEL"')
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == NASTY
