"""A settings store on the shipped file and a user's file of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.paths import bundled
from app.services.settings.store import KeyPath, SettingsStore
from app.services.shared_database.settings_row import LlmSettings

Open = Callable[..., SettingsStore]


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "config" / "llm_studio_config.json"


@pytest.fixture
def open_settings(user_file: Path) -> Open:
    """`open_settings(text_or_object, env={...}, flags={...}, row=…)`; without the first the file is left alone."""

    def opened(
        content: str | bytes | dict[str, Any] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        flags: Mapping[KeyPath, Any] | None = None,
        row: LlmSettings | None = None,
    ) -> SettingsStore:
        if content is not None:
            user_file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, dict):
                content = json.dumps(content, indent=2)
            user_file.write_bytes(content if isinstance(content, bytes) else content.encode())
        shipped = bundled("config", "llm_studio_config.json")
        store = SettingsStore(shipped, user_file, environment=env, flags=flags, row=row)
        store.load()
        return store

    return opened
