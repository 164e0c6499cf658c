"""Building the core: what is wrong in the configuration is told and never keeps the rest from starting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.paths import Paths
from app.services.container import Overrides, load_settings, open_services
from app.services.llm.errors import ErrorKind, LLMError
from app.services.mock_server import MockServer
from app.services.provider_keys import ProviderKeys
from app.services.settings.store import Origin
from app.services.shared_database.settings_row import LlmSettings

pytestmark = pytest.mark.anyio

OFF = {"AICA_KEYRING": "off"}


def write(paths: Paths, providers: dict[str, Any]) -> None:
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(json.dumps({"provider_configurations": providers}), encoding="utf-8")


async def test_a_key_left_for_a_provider_this_version_does_not_have_is_a_notice(paths: Paths) -> None:
    write(paths, {"of_tomorrow": {"api_key": "sk-ant-secret-1234567890"}})
    async with await open_services(paths, Overrides(environment=OFF, keep_history=False)) as services:
        about_key = [n for n in services.notices if "holds a key for of_tomorrow" in n]
        assert len(about_key) == 1
        assert not any("secret" in n for n in services.notices)
        assert services.manager.provider("lm_studio").instance_id == "lm_studio"
    assert "sk-ant-secret" in paths.config_file.read_text(encoding="utf-8"), "what is not understood is left alone"


async def test_providers_that_cannot_be_used_are_told_at_the_start(paths: Paths) -> None:
    write(paths, {"box": {"type": "no_such_kind"}})
    async with await open_services(paths, Overrides(environment=OFF, keep_history=False)) as services:
        assert "box" in services.manager.unusable
        assert str(services.manager.unusable["box"]) in services.notices


async def test_a_key_that_could_not_be_moved_is_still_used(
    paths: Paths, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_args: object) -> object:
        raise LLMError(ErrorKind.CONFIG, "The key store is locked.")

    monkeypatch.setattr(ProviderKeys, "set", refuse)
    write(paths, {"lm_studio": {"base_url": simulator.base_url, "api_key": "the-key-1234567890"}})
    async with await open_services(paths, Overrides(environment=OFF, keep_history=False)) as services:
        provider = await services.manager.ready("lm_studio")
        assert provider.key is not None
        assert provider.key.get_secret_value() == "the-key-1234567890"


async def test_a_configuration_file_that_is_named_and_missing_stops_the_start(paths: Paths, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.json"
    with pytest.raises(LLMError, match=r"nowhere\.json") as caught:
        load_settings(paths, Overrides(config_file=missing, environment=OFF))
    assert caught.value.kind is ErrorKind.CONFIG
    assert not paths.config_file.exists()
    load_settings(paths, Overrides(environment=OFF))


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider_configurations": {"embedded": {"folders": ["~no-such-user/models"]}}},
        {"provider_configurations": {"embedded": {"executable": "~no-such-user/llama-server"}}},
        {"network": {"ca_file": "~no-such-user/company.pem"}},
    ],
)
async def test_a_mistyped_home_folder_in_a_path_never_keeps_the_program_from_starting(
    paths: Paths, wrong: dict[str, Any]
) -> None:
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(json.dumps(wrong), encoding="utf-8")
    async with await open_services(paths, Overrides(environment=OFF, keep_history=False)) as services:
        assert services.manager.provider("lm_studio").instance_id == "lm_studio"
        if "network" not in wrong:
            assert any("provider_configurations.embedded" in notice for notice in services.notices)
        else:
            with pytest.raises(LLMError, match="ca_file"):
                await services.door.request_json("GET", "https://127.0.0.1:9/", purpose="t")


async def test_a_plug_in_whose_settings_raise_anything_is_unusable_and_the_rest_starts(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.services.llm.providers.lm_studio import LMStudioProvider

    def broken(**_values: Any) -> None:
        raise RuntimeError("a validator's bug")

    monkeypatch.setattr(LMStudioProvider, "Config", broken)
    async with await open_services(paths, Overrides(environment=OFF, keep_history=False)) as services:
        assert services.manager.unusable["lm_studio"].kind is ErrorKind.CONFIG
        assert services.manager.provider("ollama").instance_id == "ollama"


async def test_a_shared_settings_row_is_handed_in_and_changed_while_it_runs(
    paths: Paths, simulator: MockServer
) -> None:
    write(paths, {"lm_studio": {"base_url": simulator.base_url}})
    row = LlmSettings(provider="ollama", ollama_model="of-the-row")
    overrides = Overrides(environment=OFF, keep_history=False)
    async with await open_services(paths, overrides, row=row) as services:
        assert services.settings.config.default_provider == "ollama"
        assert services.settings.origin("default_model") == Origin("database", "llmsettings")
        assert services.manager.named(None, None) == ("ollama", "of-the-row")
        provider = services.manager.provider("openai")
        await services.use_row(LlmSettings(provider="lm_studio", lmstudio_model="simulated/twin-1b"))
        resolved = await services.manager.resolve(None, None)
        assert (resolved.provider, resolved.model) == ("lm_studio", "simulated/twin-1b")
        assert services.manager.provider("openai") is provider, "what did not change stays as it is"
        await services.use_row(None)
        assert services.manager.named(None, None) == (None, None)
