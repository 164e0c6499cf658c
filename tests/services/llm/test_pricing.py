from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from app.services.llm.llm_manager import LLMManager
from app.services.llm.metering import AnswerMetrics
from app.services.llm.pricing import PriceList, PriceSource
from app.services.settings.schema import AppConfig, Price

pytestmark = pytest.mark.anyio

USED = AnswerMetrics(input_tokens=1_200, output_tokens=300, estimated=False)


def prices(**models: Price) -> PriceList:
    return PriceList({"attic": models}, lambda _provider: PriceSource(catalogue="openai"))


async def test_what_the_server_charged_counts_before_any_table() -> None:
    told = replace(USED, cost_usd=0.5)
    assert await prices(m=Price(input=1, output=1)).cost_usd("attic", "m", told, local=False) == 0.5


async def test_the_users_price_counts_before_the_library() -> None:
    listed = prices(default=Price(input=1, output=2))
    assert await listed.cost_usd("attic", "gpt-5.5", USED, local=False) == pytest.approx(1.8)
    free = prices(default=Price(input=0, output=0))
    assert await free.cost_usd("attic", "anything", AnswerMetrics(), local=False) == 0.0


async def test_a_model_of_this_computer_costs_nothing_unless_the_user_says_so() -> None:
    assert await prices().cost_usd("attic", "gpt-5.5", USED, local=True) == 0.0
    assert await prices(m=Price(input=1, output=0)).cost_usd("attic", "m", USED, local=True) == pytest.approx(1.2)


async def test_the_library_knows_models_caches_and_addresses() -> None:
    listed = prices()
    whole = await listed.cost_usd("attic", "gpt-5.5", USED, local=False)
    cached = await listed.cost_usd("attic", "gpt-5.5", replace(USED, cached_tokens=1_000), local=False)
    assert whole is not None and cached is not None and 0 < cached < whole
    by_address = PriceList({}, lambda _provider: PriceSource(base_url="https://openrouter.ai/api/v1"))
    assert await by_address.cost_usd("attic", "openai/gpt-5.5", USED, local=False)


@pytest.mark.parametrize(
    "model, metrics",
    [
        ("a-model-that-is-not-listed", USED),
        ("gpt-5.5", AnswerMetrics(input_tokens=10, output_tokens=5, estimated=True)),
        ("gpt-5.5", AnswerMetrics(output_tokens=5, estimated=False)),
        ("gpt-5.5", replace(USED, cached_tokens=999_999)),
    ],
)
async def test_what_is_not_known_is_unknown_and_never_zero(model: str, metrics: AnswerMetrics) -> None:
    assert await prices().cost_usd("attic", model, metrics, local=False) is None
    nowhere = PriceList({}, lambda _provider: PriceSource(base_url="https://example.invalid/v1"))
    assert await nowhere.cost_usd("attic", "gpt-5.5", USED, local=False) is None
    assert await PriceList({}).cost_usd("attic", "gpt-5.5", USED, local=False) is None


async def test_the_manager_says_where_prices_are_and_local_servers_have_none() -> None:
    entry = {"type": "openai_compatible", "base_url": "https://openrouter.ai/api/v1"}
    config = AppConfig.model_validate({"provider_configurations": {"router": entry, "anthropic": {}, "lm_studio": {}}})
    async with LLMManager(config) as manager:
        assert manager.price_source("router") == PriceSource(base_url="https://openrouter.ai/api/v1")
        assert manager.price_source("anthropic") == PriceSource("anthropic")
        assert manager.price_source("lm_studio") is None
        assert manager.price_source("removed-meanwhile") is None
    elsewhere = {"provider_configurations": {"anthropic": {"base_url": "https://proxy.example/v1"}}}
    async with LLMManager(AppConfig.model_validate(elsewhere)) as manager:
        assert manager.price_source("anthropic") is None, "somebody else's prices are not known"


async def test_what_a_service_wrote_to_its_cache_has_its_own_price() -> None:
    listed = PriceList({}, lambda _provider: PriceSource(catalogue="anthropic"))
    plain = await listed.cost_usd("claude", "claude-sonnet-5-5", USED, local=False)
    written = await listed.cost_usd(
        "claude", "claude-sonnet-5-5", replace(USED, cache_written_tokens=1_000), local=False
    )
    assert plain is not None and written is not None and written > plain


async def test_a_bug_of_the_library_costs_the_price_and_not_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    import genai_prices

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr(genai_prices, "calc_price", broken)
    assert await prices().cost_usd("attic", "gpt-5.5", USED, local=False) is None


async def test_E12_pricing_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import genai_prices

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the price library must not update itself")

    monkeypatch.setattr(genai_prices.UpdatePrices, "start", refuse)
    assert await prices().cost_usd("attic", "gpt-5.5", USED, local=False)
    assert "genai_prices" in sys.modules
