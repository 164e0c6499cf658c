"""The configuration and the providers as Markdown, read from the pydantic models and the registry."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.services.llm import registry
from app.services.llm.errors import RETRYABLE_KINDS, ErrorKind, exit_status_of
from app.services.llm.providers.base import ProviderConfig
from app.services.settings.schema import (
    AppConfig,
    ChatSettings,
    GatewaySettings,
    InterfaceSettings,
    ModelEntry,
    NetworkSettings,
    Price,
    ProviderEntry,
)
from tests.tools.markdown import table

ROOT = Path(__file__).resolve().parents[2]

#: Key prefix → the model behind it. `<…>` is a name the user chooses.
_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", AppConfig),
    ("interface.", InterfaceSettings),
    ("chat.", ChatSettings),
    ("network.", NetworkSettings),
    ("gateway.", GatewaySettings),
    ("provider_configurations.<id>.", ProviderEntry),
    ("model_configurations.<name>.", ModelEntry),
    ("pricing.<provider>.<model>.", Price),
)
_HELD_ELSEWHERE = {
    *("interface", "chat", "network", "gateway"),
    *("provider_configurations", "model_configurations", "pricing"),
}
_MODEL_ENTRY_MEANINGS = {
    "provider": "Provider of this model.",
    "model_type": "What the model does.",
    "max_tokens": "Prefills a form; never sent.",
    "temperature": "Prefills a form; never sent.",
    "context_length": "Prefills a form; never sent.",
    "cost_per_1k_tokens": "Prefills a form; prices are in `pricing`.",
    "supported_features": "Words such as chat, tools, vision; `capabilities` is read as a synonym.",
    "is_default": "Chosen where no other model is.",
    "is_enabled": "Offered at all.",
    "metadata": "Anything else you want to note.",
}
_PRICE_MEANINGS = {"input": "USD per 1,000 tokens read.", "output": "USD per 1,000 tokens written."}

_KIND_MEANINGS = {
    ErrorKind.NOT_INSTALLED: "The program that runs the model is not on this computer.",
    ErrorKind.NOT_RUNNING: "Nothing listens at the address.",
    ErrorKind.UNREACHABLE: "The host cannot be reached: name, network, certificate.",
    ErrorKind.TIMEOUT: "The server was silent for too long.",
    ErrorKind.AUTH: "The key is missing or was refused.",
    ErrorKind.MODEL_NOT_FOUND: "The server has no such model, or none at all.",
    ErrorKind.RATE_LIMITED: "The service allows no more requests for now.",
    ErrorKind.OVERLOADED: "The server is busy or out of memory.",
    ErrorKind.CONTEXT_LENGTH: "The chat does not fit into the model's window.",
    ErrorKind.BAD_REQUEST: "The server did not accept the request.",
    ErrorKind.CONTENT_FILTER: "The service's own filter stopped the answer.",
    ErrorKind.PROTOCOL: "What came is not an answer: a web page, broken JSON, a redirect, nothing at all.",
    ErrorKind.INTERRUPTED: "The stream ended before the server said that it was done. The text that came is kept.",
    ErrorKind.SERVER_ERROR: "The server failed while it answered.",
    ErrorKind.CANCELLED: "You stopped it.",
    ErrorKind.CONFIG: "A setting, flag or address is not valid.",
    ErrorKind.TOO_LARGE: "The answer or the request passed a limit.",
    ErrorKind.UNSUPPORTED: "The model or server cannot do what was asked: pictures, a schema, a call it does not know.",
}
#: Of kinds that are worth another try, when one is not.
_NOT_AGAIN = {
    ErrorKind.UNREACHABLE: "; no where the certificate is not trusted",
    ErrorKind.TIMEOUT: "; no where a file was not loaded in time",
    ErrorKind.RATE_LIMITED: "; no where the credit is used up",
    ErrorKind.OVERLOADED: "; no where memory ran out",
    ErrorKind.INTERRUPTED: "; no where the built-in engine crashed",
    ErrorKind.SERVER_ERROR: "; no where the model could not be loaded",
}
_STATUS_MEANINGS = {
    0: "answered",
    1: "an unexpected error; the log has the details",
    2: "the command line makes no sense",
    3: "configuration",
    4: "the provider could not be reached",
    5: "the provider refused",
    6: "the answer broke off; what came was printed",
    130: "cancelled (Ctrl-C)",
    141: "whoever read the output left, as `head` does: what a shell shows for any program that this ends",
}


def settings() -> str:
    """Every key of the configuration file."""
    rows = []
    unused = _names_without_use()
    for prefix, model in _SECTIONS:
        properties = model.model_json_schema()["properties"]
        for name, field in properties.items():
            if model is AppConfig and name in _HELD_ELSEWHERE:
                continue
            meaning = str(field.get("description") or _meaning_of(model, name))
            if name in unused or prefix.partition(".")[0] in unused:
                meaning += " Kept, without effect in this version."
            default = _shown(model.model_fields[name].get_default(call_default_factory=True))
            rows.append((f"`{prefix}{name}`", _type(field), default, meaning))
    return table(("key", "value", "default", "meaning"), rows)


def _names_without_use() -> set[str]:
    """Settings that no code reads but the schema itself and the form: they must not be sold as working."""
    names = {name for _, model in _SECTIONS for name in model.model_fields}
    form = ("app/services/settings/schema.py", "app/desktop/views/settings/")
    sources = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "app").rglob("*.py")
        if not path.relative_to(ROOT).as_posix().startswith(form)
    ]
    text = "\n".join(sources)
    return {name for name in names if not re.search(rf"(?:\.|\"){name}\b", text)}


def _meaning_of(model: type[BaseModel], name: str) -> str:
    return (_MODEL_ENTRY_MEANINGS if model is ModelEntry else _PRICE_MEANINGS)[name]


def provider_settings() -> str:
    """The fields that single providers add to `provider_configurations.<id>`, and defaults that differ.

    A class has its default on its own; the file that comes with the program may say something else for an entry.
    """
    shipped = json.loads((ROOT / "config" / "llm_studio_config.json").read_text(encoding="utf-8"))
    common = ProviderConfig.model_fields
    rows = []
    for provider_id, cls in sorted(registry.all_classes().items()):
        properties = cls.Config.model_json_schema()["properties"]
        for name, field in cls.Config.model_fields.items():
            default = field.get_default(call_default_factory=True)
            if name in common and default == common[name].get_default(call_default_factory=True):
                continue
            meaning = str(field.description or "")
            in_file = _shown(shipped["provider_configurations"].get(provider_id, {}).get(name))
            rows.append((provider_id, f"`{name}`", _type(properties[name]), _shown(default), in_file, meaning))
    return table(("provider", "key", "value", "class default", "shipped file", "meaning"), rows)


def providers() -> str:
    """The registered providers."""
    registry.load_all()
    aliases: dict[str, list[str]] = {}
    for alias, provider_id in registry._aliases.items():
        aliases.setdefault(provider_id, []).append(alias)
    rows = []
    for provider_id, cls in sorted(registry.all_classes().items()):
        can = cls.capabilities
        place = "by its address" if provider_id == "openai_compatible" else "yes" if can.local else "no"
        key = "needed" if can.needs_key else "where the server asks for one" if can.accepts_key else "none"
        variables = ", ".join(f"`{name}`" for name in cls.key_environment)
        spelled = ", ".join(f"`{alias}`" for alias in sorted(aliases.get(provider_id, [])))
        address = str(cls.Config.model_fields["base_url"].get_default() or "")
        rows.append((f"`{provider_id}`", cls.display_name, spelled, place, key, variables, address))
    return table(("id", "name", "also", "local", "API key", "key from", "address unless set"), rows)


def errors() -> str:
    """Every kind of error with what it means for scripts."""
    rows = []
    for kind in ErrorKind:
        status = str(exit_status_of(kind))
        began = str(exit_status_of(kind, began=True))
        shown = status if began == status else f"{status}, after the first token {began}"
        again = f"yes{_NOT_AGAIN.get(kind, '')}" if kind in RETRYABLE_KINDS else "no"
        rows.append((f"`{kind.value}`", _KIND_MEANINGS[kind], again, shown))
    return table(("kind", "what happened", "`retryable`", "exit status"), rows)


def exit_statuses() -> str:
    """Exit statuses of all commands, with the kinds of errors that lead there."""
    kinds: dict[int, list[str]] = {status: [] for status in _STATUS_MEANINGS}
    for kind in ErrorKind:
        kinds[exit_status_of(kind)].append(f"`{kind.value}`")
        if (after := exit_status_of(kind, began=True)) != exit_status_of(kind):
            kinds[after].append(f"`{kind.value}` after the first token")
    rows = [(str(status), meaning, ", ".join(kinds[status])) for status, meaning in _STATUS_MEANINGS.items()]
    return table(("status", "means", "error kinds"), rows)


def _type(field: dict[str, Any]) -> str:
    """A JSON-schema property in words."""
    options = field.get("anyOf", [field])
    words = [_one_type(option) for option in options if option.get("type") != "null"]
    return " or ".join(words) + (" or empty" if len(words) < len(options) else "")


def _one_type(option: dict[str, Any]) -> str:
    if "enum" in option:
        return ", ".join(f"`{value}`" for value in option["enum"])
    names = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
        "array": "list",
        "object": "object",
    }
    word = names[option["type"]]
    least = option.get("minimum", option.get("exclusiveMinimum"))
    most = option.get("maximum", option.get("exclusiveMaximum"))
    if least is None and most is None:
        return word
    if most is None:
        return (
            f"{word}, above {_figure(least)}" if "exclusiveMinimum" in option else f"{word}, {_figure(least)} or more"
        )
    return f"{word}, {_figure(least)} to {_figure(most)}"


def _figure(value: float) -> str:
    return f"{value:g}"


def _shown(default: Any) -> str:
    if default is None or default == "" or str(default) == "PydanticUndefined":
        return "–"
    text = json.dumps(f"{default:g}" if isinstance(default, float) else default)
    return f"`{text.strip(chr(34))}`"
