"""Real model files, generated; the real engine where it is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

needs_generator = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("gguf", "numpy")), reason="gguf and numpy are not installed"
)
needs_engine = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("xllamacpp", "gguf", "numpy")),
    reason="xllamacpp, gguf and numpy are not installed",
)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that recites one sentence; copy it where a test needs another place."""
    from tests.fakes.tiny_gguf import write_tiny_model

    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    write_tiny_model(path)
    return path


@pytest.fixture(scope="session")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slower model that does not stop by itself."""
    from tests.fakes.tiny_gguf import Shape, write_tiny_model

    path = tmp_path_factory.mktemp("models") / "endless.gguf"
    shape = Shape(layers=8, width=256, heads=4, feed_forward=1024, context=16_384)
    write_tiny_model(path, shape=shape, endless=True)
    return path
