"""The simulated model: starts our simulator of LM Studio on first use and speaks to it like to the real one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic import Field

from app.services.llm.models import Capabilities, ChatRequest, ModelConfig
from app.services.llm.providers._lm_studio_wire import LMStudioWireProvider
from app.services.llm.providers.base import BaseProvider, ProviderConfig
from app.services.llm.registry import register
from app.services.wording import later

if TYPE_CHECKING:
    from app.services.llm.wire_request import WireRequest
    from app.services.mock_server import MockServer


class MockConfig(ProviderConfig):
    base_url: str = Field("", description="Filled in when the simulator starts.")
    is_enabled: bool = Field(False, description="Only used when chosen.")
    priority: int = Field(99, description="Lower is tried first.")


@register("mock", aliases=("simulated",))
class MockProvider(LMStudioWireProvider):
    """Everything it says is marked as simulated."""

    display_name = later("Core", "Simulated model")
    Config = MockConfig
    capabilities = Capabilities(local=True, lists_models=True, json_schema=True, accepts_key=False)
    only_when_chosen = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._simulator: MockServer | None = None
        self._starting = asyncio.Lock()

    def is_simulated(self, model: str = "") -> bool:
        return True

    async def ensure_started(self) -> str:
        """Start the simulator on a free port of loopback, once. Returns its address."""
        async with self._starting:
            if self._simulator is None:
                from app.services.mock_server import MockServer  # here: only whoever chooses it pays for it

                simulator = MockServer()
                self.config.base_url = await simulator.start(port=0)
                self._simulator = simulator
        return self.base_url

    async def list_models(self) -> list[ModelConfig]:
        await self.ensure_started()
        return await super().list_models()

    async def fetch_raw(self) -> list[dict[str, Any]]:
        await self.ensure_started()
        return await super().fetch_raw()

    async def wire_request(self, request: ChatRequest) -> WireRequest:
        return await BaseProvider.wire_request(self, request)  # its address lasts as long as this program

    async def chat_root(self) -> str:
        return await self.ensure_started()

    async def aclose(self) -> None:
        simulator, self._simulator = self._simulator, None
        if simulator is not None:
            await simulator.aclose()
        await super().aclose()
