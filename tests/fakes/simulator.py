"""The simulated LM Studio at the pace of tests."""

from __future__ import annotations

from app.services.mock_server import MockServer, Script


def quick_simulator() -> MockServer:
    """Fast enough that no test waits for words, slow enough that they come one by one."""
    return MockServer(Script(ttft=0.01, tokens_per_second=2_000.0))
