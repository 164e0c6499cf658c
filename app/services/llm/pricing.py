"""What a call costs: what the server says, else the configured price, else the price library's; else it is unknown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from app.lean_dataclass import dataclass
from app.services.llm.metering import AnswerMetrics
from app.services.settings.schema import Price

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PriceSource:
    """Where the library has a service's prices: under an id of its own, or by the service's address."""

    catalogue: str = ""
    base_url: str = ""


class PriceList:
    """USD per 1,000 tokens by provider and model; the entry `default` of a provider stands for all its models.

    The library is genai-prices: tables that came with it, nothing is fetched. It knows tiers for long prompts and
    what a service's cache saves.
    """

    def __init__(
        self,
        prices: Mapping[str, Mapping[str, Price]],
        source_of: Callable[[str], PriceSource | None] = lambda _provider: None,
    ) -> None:
        self._prices = prices
        self._source_of = source_of

    def price(self, provider: str, model: str) -> Price | None:
        models = self._prices.get(provider, {})
        return models.get(model) or models.get("default")

    async def cost_usd(self, provider: str, model: str, metrics: AnswerMetrics, *, local: bool) -> float | None:
        """Cost of an answer; 0 on a local provider without a price, None where the price or a count is unknown."""
        if metrics.cost_usd is not None:
            return metrics.cost_usd
        price = self.price(provider, model)
        if price is None and local:
            return 0.0
        if price is not None and price.input == 0 and price.output == 0:
            return 0.0
        if metrics.input_tokens is None or metrics.output_tokens is None or metrics.estimated:
            return None
        if price is not None:
            return (metrics.input_tokens * price.input + metrics.output_tokens * price.output) / 1000
        source = self._source_of(provider)
        if source is None:
            return None
        # Its first use imports and searches for a third of a second.
        return await asyncio.to_thread(_library_cost_usd, source, model, metrics)


def _library_cost_usd(source: PriceSource, model: str, metrics: AnswerMetrics) -> float | None:
    from genai_prices import Usage, calc_price  # here: only where a cloud answer is to be priced

    usage = Usage(
        input_tokens=metrics.input_tokens,
        cache_read_tokens=metrics.cached_tokens,
        cache_write_tokens=metrics.cache_written_tokens,
        output_tokens=metrics.output_tokens,
    )
    try:
        if source.catalogue:
            found = calc_price(usage, model_ref=model, provider_id=source.catalogue)
        else:
            found = calc_price(usage, model_ref=model, provider_api_url=source.base_url)
    except LookupError:
        return None
    except Exception as exc:  # noqa: BLE001 - counts that do not fit together, or the library's own bug: unknown
        logger.info("no price for %r: %s", model, exc)
        return None
    return float(found.total_price)
