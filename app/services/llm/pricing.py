"""What a call costs, from the prices of the configuration; unknown stays unknown."""

from __future__ import annotations

from collections.abc import Mapping

from app.services.llm.metering import AnswerMetrics
from app.services.settings.schema import Price


class PriceList:
    """USD per 1,000 tokens by provider and model; the entry `default` of a provider stands for all its models."""

    def __init__(self, prices: Mapping[str, Mapping[str, Price]]) -> None:
        self._prices = prices

    def price(self, provider: str, model: str) -> Price | None:
        models = self._prices.get(provider, {})
        return models.get(model) or models.get("default")

    def cost_usd(self, provider: str, model: str, metrics: AnswerMetrics, *, local: bool) -> float | None:
        """Cost of an answer; 0 on a local provider without a price, None where the price or a count is unknown."""
        if metrics.cost_usd is not None:
            return metrics.cost_usd
        price = self.price(provider, model)
        if price is None:
            return 0.0 if local else None
        if price.input == 0 and price.output == 0:
            return 0.0
        if metrics.input_tokens is None or metrics.output_tokens is None or metrics.estimated:
            return None
        return (metrics.input_tokens * price.input + metrics.output_tokens * price.output) / 1000
