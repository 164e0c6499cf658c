"""A computer without a model server, and without the programs of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.raw_http import refused_port


def make_bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lm_studio_port: int | None = None, hub_url: str = ""
) -> Path:
    """Make this computer one, and return its state folder: nothing is on the PATH, and the settings name ports that
    refuse. LM Studio is looked for at `lm_studio_port`, models at `hub_url`."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    port = lm_studio_port if lm_studio_port is not None else refused_port()
    providers = {
        "lm_studio": {"base_url": f"http://127.0.0.1:{port}/v1"},
        "ollama": {"base_url": f"http://127.0.0.1:{refused_port()}"},
    }
    settings = {"provider_configurations": providers, **({"network": {"hub_url": hub_url}} if hub_url else {})}
    (home / "config" / "llm_studio_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return home
