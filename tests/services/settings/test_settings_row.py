"""The shared settings row among the layers: above the file, below the environment and the flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.services.settings.store import Origin, SettingsStore
from app.services.shared_database.settings_row import LlmSettings

Open = Callable[..., SettingsStore]
FILE = {"default_provider": "ollama", "default_model": "of-the-file", "chat": {"temperature": 0.9}}


def chosen(store: SettingsStore) -> tuple[str, str | None]:
    return store.config.default_provider, store.config.default_model


def test_an_empty_row_changes_nothing(open_settings: Open) -> None:
    assert open_settings(FILE, row=LlmSettings()).config == open_settings(FILE).config


def test_the_row_wins_over_the_file_and_says_so(open_settings: Open) -> None:
    row = LlmSettings(provider="lm_studio", lmstudio_model="of-the-row", temperature=0.1, max_tokens=77)
    store = open_settings(FILE, row=row)
    assert chosen(store) == ("lm_studio", "lm_studio:of-the-row")
    assert (store.config.chat.temperature, store.config.chat.max_tokens) == (0.1, 77)
    assert store.origin("default_provider") == Origin("database", "llmsettings")
    assert store.origin("default_model") == Origin("database", "llmsettings")
    assert store.origin("provider_configurations", "lm_studio", "default_model").kind == "database"
    assert store.origin("provider_configurations", "lm_studio", "base_url").kind == "shipped"


def test_environment_and_flags_win_over_the_row(open_settings: Open) -> None:
    row = LlmSettings(provider="lm_studio", lmstudio_model="l", ollama_model="o", openai_model="a")
    store = open_settings(FILE, row=row, env={"LLM_PROVIDER": "ollama"})
    assert chosen(store) == ("ollama", "ollama:o"), "the model is that of the provider that was chosen in the end"
    store = open_settings(FILE, row=row, env={"LLM_PROVIDER": "ollama"}, flags={("default_provider",): "openai"})
    assert chosen(store) == ("openai", "openai:a")
    store = open_settings(FILE, row=row, flags={("default_model",): "of-the-flag"})
    assert chosen(store) == ("lm_studio", "of-the-flag")


@pytest.mark.parametrize("variable", ["LMSTUDIO_MODEL", "MODEL_NAME"])
def test_the_model_of_the_environment_is_used_where_neither_file_nor_row_names_one(
    open_settings: Open, variable: str
) -> None:
    env = {variable: "of-the-environment"}
    assert chosen(open_settings({}, row=LlmSettings(), env=env))[1] == "of-the-environment"
    assert chosen(open_settings({}, row=LlmSettings(provider="ollama"), env=env)) == ("ollama", "of-the-environment")
    row = LlmSettings(lmstudio_model="of-the-row")
    assert chosen(open_settings({}, row=row, env=env)) == ("lm_studio", "lm_studio:of-the-row")
    assert chosen(open_settings(FILE, row=LlmSettings(), env=env)) == ("ollama", "of-the-file")


@pytest.mark.parametrize(
    ("file", "row", "expected"),
    [
        # The file's model is of the file's provider; it must not lead back there.
        (FILE, {"provider": "lm_studio"}, ("lm_studio", None)),
        ({"default_model": "ollama:qwen"}, {"provider": "lm_studio"}, ("lm_studio", None)),
        ({"default_model": "openai:gpt"}, {"provider": "lm_studio", "ollama_model": "x"}, ("lm_studio", None)),
        (FILE, {"provider": "ollama"}, ("ollama", "of-the-file")),
        ({"default_model": "lmstudio:m"}, {"provider": "lm_studio"}, ("lm_studio", "lmstudio:m")),
        ({"default_model": "qwen2.5:7b"}, {"provider": "lm_studio"}, ("lm_studio", "qwen2.5:7b")),
        (FILE, {"ollama_model": "qwen2.5-coder:7b"}, ("ollama", "ollama:qwen2.5-coder:7b")),
        (FILE, {"lmstudio_model": "not asked"}, ("ollama", "of-the-file")),
        ({}, {"provider": "mock"}, ("mock", None)),
        ({}, {"provider": "gemini", "google_gemini_model": "g"}, ("google_gemini", "google_gemini:g")),
    ],
)
def test_the_model_belongs_to_the_provider(
    open_settings: Open, file: dict[str, Any], row: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    assert chosen(open_settings(file, row=LlmSettings(**row))) == expected


def test_a_named_server_of_the_row(open_settings: Open) -> None:
    servers = {"provider_configurations": {"gpu-box": {"type": "openai_compatible", "base_url": "http://box:1"}}}
    row = LlmSettings(provider="gpu-box", openai_compatible_model="big")
    store = open_settings(servers, row=row)
    assert chosen(store) == ("gpu-box", "gpu-box:big")
    assert store.config.provider_configurations["gpu-box"].default_model == "big"
    assert chosen(open_settings({}, row=row)) == ("gpu-box", None), "it is not of this computer: the use of it says so"


def test_a_changed_row_is_taken_into_use_and_saving_keeps_it(open_settings: Open) -> None:
    store = open_settings(FILE, row=LlmSettings(provider="lm_studio"))
    store.use_row(LlmSettings(provider="openai", openai_model="gpt"))
    assert chosen(store) == ("openai", "openai:gpt")
    store.save({("chat", "top_p"): 0.5})
    assert chosen(store) == ("openai", "openai:gpt")
    assert "gpt" not in store.user_file.read_text(encoding="utf-8"), "the row is not written into the file"
    store.use_row(None)
    assert chosen(store) == ("ollama", "of-the-file")


def test_with_a_broken_file_the_row_s_provider_is_on_and_other_clouds_are_off(open_settings: Open) -> None:
    store = open_settings("{ broken", row=LlmSettings(provider="anthropic", openai_model="gpt"))
    entries = store.config.provider_configurations
    assert (entries["anthropic"].is_enabled, entries["openai"].is_enabled) == (None, False)
