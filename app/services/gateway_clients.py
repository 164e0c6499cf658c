"""What other programs need to be told to use the gateway: their own settings, with address and model filled in.

Sources: the programs' documentation in 2026 (Claude Code, LLM gateway configuration; Codex, configuration reference;
Continue, config.yaml; aider, OpenAI-compatible APIs; Zed, LLM providers; llm, extra-openai-models.yaml).
A model's id comes from a server, so it is quoted for whatever reads the text.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable

from app.lean_dataclass import dataclass
from app.services.wording import later

#: Stands where the token goes.
TOKEN = "YOUR_TOKEN"
#: Stands for the model where none is chosen.
MODEL = "MODEL"
_NAME = "AI Coder Assistant"
_WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Client:
    """A program. `place` says where the text goes; `text(address, model)` gives it."""

    key: str
    name: str
    place: str
    text: Callable[[str, str], str]


def _curl(address: str, model: str) -> str:
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Hello"}]})
    lines = (
        f"{'curl.exe' if _WINDOWS else 'curl'} {address}/v1/chat/completions",
        f'-H "Authorization: Bearer {TOKEN}"',
        '-H "Content-Type: application/json"',
        f"-d {_quoted(body)}",
    )
    return (" `\n  " if _WINDOWS else " \\\n  ").join(lines)


def _openai(address: str, model: str) -> str:
    return f"""from openai import OpenAI

client = OpenAI(base_url="{address}/v1", api_key="{TOKEN}")
answer = client.chat.completions.create(
    model={model!r},
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(answer.choices[0].message.content)"""


def _claude_code(address: str, model: str) -> str:
    variables = _variables(
        ANTHROPIC_BASE_URL=address,
        ANTHROPIC_AUTH_TOKEN=TOKEN,
        ANTHROPIC_MODEL=model,
        ANTHROPIC_DEFAULT_HAIKU_MODEL=model,
    )
    away = "Remove-Item Env:ANTHROPIC_API_KEY -ErrorAction Ignore" if _WINDOWS else "unset ANTHROPIC_API_KEY"
    return f"{away}\n{variables}\nclaude"


def _codex(address: str, model: str) -> str:
    return f"""model = {_string(model)}
model_provider = "aica"

[model_providers.aica]
name = "{_NAME}"
base_url = "{address}/v1"
env_key = "GATEWAY_TOKEN"
wire_api = "responses\""""


def _continue(address: str, model: str) -> str:
    return f"""name: {_NAME}
version: 1.0.0
schema: v1
models:
  - name: {_string(model)}
    provider: openai
    model: {_string(model)}
    apiBase: {address}/v1
    apiKey: {TOKEN}
    roles: [chat, edit, apply]"""


def _aider(address: str, model: str) -> str:
    variables = _variables(OPENAI_API_BASE=f"{address}/v1", OPENAI_API_KEY=TOKEN)
    return f"{variables}\naider --model {_quoted(f'openai/{model}')}"


def _zed(address: str, model: str) -> str:
    one = {"name": model, "display_name": model, "max_tokens": 32_768}
    provider = {"api_url": f"{address}/v1", "available_models": [one]}
    return json.dumps({"language_models": {"openai_compatible": {_NAME: provider}}}, indent=2, ensure_ascii=False)


def _llm(address: str, model: str) -> str:
    return f"""- model_id: gateway
  model_name: {_string(model)}
  api_base: {address}/v1
  api_key_name: aica"""


CLIENTS = (
    Client("curl", "curl", later("Core", "In a terminal:"), _curl),
    Client("openai", "openai (Python)", later("Core", "In a program:"), _openai),
    Client("claude_code", "Claude Code", later("Core", "In the terminal that starts it:"), _claude_code),
    Client(
        "codex",
        "Codex",
        later("Core", "In ~/.codex/config.toml; the token goes into the environment variable GATEWAY_TOKEN:"),
        _codex,
    ),
    Client("continue", "Continue", later("Core", "In ~/.continue/config.yaml:"), _continue),
    Client("aider", "aider", later("Core", "In the terminal that starts it:"), _aider),
    Client(
        "zed",
        "Zed",
        later("Core", "In settings.json; the token goes into its panel for providers, or AI_CODER_ASSISTANT_API_KEY:"),
        _zed,
    ),
    Client(
        "llm",
        "llm",
        later("Core", "In extra-openai-models.yaml beside its logs (llm logs path); the token by “llm keys set aica”:"),
        _llm,
    ),
)


def settings_for(key: str, address: str, model: str) -> str:
    """The text of one program. `address` without `/v1`; an empty `model` leaves a placeholder.

    Raises:
        KeyError: there is no such program.
    """
    return {client.key: client.text for client in CLIENTS}[key](address, model or MODEL)


def _variables(**values: str) -> str:
    form = "$env:{name} = {value}" if _WINDOWS else "export {name}={value}"
    return "\n".join(form.format(name=name, value=_quoted(value)) for name, value in values.items())


def _string(text: str) -> str:
    """For TOML and YAML, whose quoted strings are JSON's."""
    return json.dumps(text, ensure_ascii=False)


def _quoted(text: str) -> str:
    """For the shell a person has: PowerShell on Windows."""
    if _WINDOWS:
        return "'" + text.replace("'", "''") + "'"
    return shlex.quote(text)
