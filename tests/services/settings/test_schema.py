"""The published JSON schema: equal to the code, and it describes the shipped file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.paths import bundled
from app.services.settings.schema import AppConfig, NetworkSettings, json_schema
from tests.tools.write_schema import SCHEMA_FILE, schema_text


def test_the_published_schema_is_the_one_of_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m tests.tools.write_schema"


def test_every_setting_a_form_shows_has_a_description() -> None:
    definitions: dict[str, Any] = json_schema()["$defs"]
    for section in ("ChatSettings", "NetworkSettings", "InterfaceSettings", "ProviderEntry"):
        for name, field in definitions[section]["properties"].items():
            assert field.get("description"), f"{section}.{name}"


def test_unknown_keys_are_allowed_everywhere_as_the_contract_says() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is True
    for name, definition in schema["$defs"].items():
        if definition.get("type") == "object":
            assert definition["additionalProperties"] is True, name


def test_the_shipped_file_is_valid_and_holds_no_key() -> None:
    text = bundled("config", "llm_studio_config.json").read_text(encoding="utf-8")
    config = AppConfig.model_validate(json.loads(text))
    assert config.default_provider in config.provider_configurations
    assert "api_key" not in text


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("HF-Mirror.example/", "https://hf-mirror.example"),
        ("https://hub.example:8443", "https://hub.example:8443"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_the_address_of_a_hub_is_taken_in_any_spelling(typed: str, url: str) -> None:
    assert NetworkSettings(hub_url=typed).hub_url == url


@pytest.mark.parametrize("typed", ["http://hub.example", "https://user:pass@hub.example", "", "ftp://hub.example"])
def test_a_hub_is_reached_by_https_and_without_a_name(typed: str) -> None:
    with pytest.raises(ValidationError):
        NetworkSettings(hub_url=typed)
