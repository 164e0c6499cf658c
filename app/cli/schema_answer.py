"""`aica ask --schema`: one JSON value that fits, printed when it does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import output
from app.services.llm import stream_events as kinds
from app.services.llm.metering import AnswerMeter, AnswerMetrics
from app.services.llm.pricing import PriceList
from app.services.llm.safe_json import loads
from app.services.llm.structured import StructuredAnswers, schema_checker

if TYPE_CHECKING:
    from app.cli.ask import Printer
    from app.services.container import Services
    from app.services.llm.models import ChatRequest

MAX_SCHEMA_BYTES = 1_000_000


def read_schema(name: str) -> dict[str, Any]:
    """The JSON Schema in a file."""
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_SCHEMA_BYTES + 1)
    except OSError as exc:
        raise output.UsageError(f"{name!r} cannot be read: {exc.strerror or exc}.") from exc
    try:
        schema = loads(data)
    except ValueError as exc:
        raise output.UsageError(f"{name!r} is not JSON: {exc}.") from exc
    if not isinstance(schema, dict):
        raise output.UsageError(f"{name!r} holds no JSON Schema object.")
    return schema


class _Attempts:
    """Shows what happens before there is a value, and counts what all attempts took."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._meters: list[AnswerMeter] = []
        self.begun: kinds.Started | None = None

    def see(self, event: kinds.StreamEvent) -> None:
        if isinstance(event, kinds.Started):
            if self._meters and not self._meters[-1].has_begun:
                self._meters.pop()  # the same attempt: tried again, or without a field that was refused
            self._meters.append(AnswerMeter())
            if self.begun is None or self.begun.left_out != event.left_out:
                self._printer.event(event)
            self.begun = event
        self._meters[-1].see(event)
        if isinstance(event, kinds.Finished | kinds.ReasoningDelta):
            self._printer.event(event)

    async def metrics(self, prices: PriceList) -> AnswerMetrics:
        """Of all attempts; a sum is unknown where a part of it is. Times are those of the last one."""
        assert self.begun is not None
        found = [meter.metrics() for meter in self._meters]
        begun = self.begun
        costs = [await prices.cost_usd(begun.provider, begun.model, one, local=begun.local) for one in found]
        return replace(
            found[-1],
            input_tokens=_sum([one.input_tokens for one in found]),
            output_tokens=_sum([one.output_tokens for one in found]),
            reasoning_tokens=_sum([one.reasoning_tokens for one in found]),
            estimated=any(one.estimated for one in found),
            cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        )


def _sum(values: list[int | None]) -> int | None:
    return None if None in values else sum(value for value in values if value is not None)


async def answer(
    services: Services, request: ChatRequest, schema: dict[str, Any], provider: str | None, printer: Printer
) -> int:
    """Ask, check, correct; print the value. Errors of any kind are raised."""
    check = schema_checker(schema)
    attempts = _Attempts(printer)
    found = await StructuredAnswers(services.manager).ask(
        request, schema, check, provider=provider, on_event=attempts.see
    )
    printer.event(kinds.TextDelta(json.dumps(found.value, ensure_ascii=False, indent=2)))
    metrics = await attempts.metrics(PriceList(services.settings.config.pricing, services.manager.price_source))
    printer.ended(request, metrics, {"mode": found.mode, "repairs": found.repairs})
    return 0
