"""Which dotted keys are settings, and which one a misspelt key resembles."""

from __future__ import annotations

from typing import Any

import pytest

from app.services.settings.schema import AppConfig
from app.services.settings.setting_names import default_of, resembling, unknown_names
from tests.services.settings.conftest import Open


@pytest.fixture
def config(open_settings: Open) -> AppConfig:
    server = {"type": "openai_compatible", "base_url": "http://127.0.0.1:8080"}
    return open_settings({"provider_configurations": {"workshop": server}, "mine": {"kept": 1}}).config


@pytest.mark.parametrize(
    "name",
    [
        "default_provider",
        "chat",
        "chat.temperature",
        "interface.shortcuts.send",
        "provider_configurations.ollama.keep_alive",
        "provider_configurations.openai.organization",
        "provider_configurations.workshop.name",
        "provider_configurations.new-server.type",
        "model_configurations.any/name.capabilities",
        "model_configurations.x.metadata.whatever",
        "pricing.openai.gpt-5.input",
    ],
)
def test_settings_are_known(config: AppConfig, name: str) -> None:
    assert unknown_names(config, name.split(".")) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("chat.temprature", "chat.temperature"),
        ("temperature", "chat.temperature"),
        ("chat.temperature.x", None),
        ("chat.foo", None),
        ("lm_studio.base_url", "provider_configurations.lm_studio.base_url"),
        ("provider_configurations.lm_studio.baseurl", "provider_configurations.lm_studio.base_url"),
        ("provider_configurations.lm_studi.timeout", "provider_configurations.lm_studio.timeout"),
        ("provider_configurations.lm_studio.keep_alive", "provider_configurations.ollama.keep_alive"),
        ("provider_configurations.workshop.organization", "provider_configurations.openai.organization"),
        ("some.unknown.key", None),
        ("mine.kept", None),
    ],
)
def test_what_is_no_setting_is_told_with_the_one_it_resembles(config: AppConfig, name: str, meant: str | None) -> None:
    assert unknown_names(config, name.split(".")) == [name]
    assert resembling(config, name) == meant


def test_names_inside_a_section_given_whole_are_looked_at_too(config: AppConfig) -> None:
    value = {"temperature": 1, "tempo": 2}
    assert unknown_names(config, ["chat"], value) == ["chat.tempo"]
    assert unknown_names(config, ["interface"], {"shortcuts": {"anything": "Ctrl+K"}}) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("provider_configurations.ollama.context_length", (True, 16384)),
        ("provider_configurations.openai.organization", (True, None)),
        ("interface.shortcuts", (True, {})),
        ("chat.tempo", (False, None)),
        ("pricing.openai.gpt-5", (False, None)),
    ],
)
def test_default_holds_where_no_layer_has_the_setting(config: AppConfig, name: str, expected: tuple[bool, Any]) -> None:
    assert default_of(config, name.split(".")) == expected
