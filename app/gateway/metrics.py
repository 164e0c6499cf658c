"""Figures for Prometheus. Labels are routes and providers, never models or tokens of clients: both may be many."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.gateway.context import RequestContext

if TYPE_CHECKING:
    from app.services.llm.catalogue import ProviderState

#: Where the workers of one gateway put their figures together.
SHARED_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
_OTHER = "other"


class Metrics:
    """The figures of one process, or of all workers where they share a folder."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, routes: frozenset[str]) -> None:
        self._routes = routes
        self._children: dict[tuple[Any, ...], Any] = {}
        self._registry = registry = CollectorRegistry()
        names = ("route", "status")
        self._requests = Counter("aica_requests_total", "Requests answered.", names, registry=registry)
        self._seconds = Histogram(
            "aica_request_seconds",
            "From a request to the end of its answer.",
            ("route",),
            registry=registry,
            buckets=_SECONDS,
        )
        self._first_byte = Histogram(
            "aica_first_byte_seconds",
            "From a request to the first byte of its answer.",
            ("route",),
            registry=registry,
            buckets=_SECONDS,
        )
        self._tokens = Counter(
            "aica_tokens_total", "Tokens as servers reported them.", ("provider", "kind"), registry=registry
        )
        self._failures = Counter(
            "aica_failures_total", "Answers that failed, by kind.", ("provider", "kind"), registry=registry
        )
        self._in_flight = Gauge(
            "aica_requests_in_flight", "Requests being answered.", registry=registry, multiprocess_mode="livesum"
        )
        self._up = Gauge(
            "aica_provider_up",
            "Whether a provider answered at the last look.",
            ("provider",),
            registry=registry,
            multiprocess_mode="livemax",
        )

    def began(self) -> None:
        self._in_flight.inc()

    def ended(self, context: RequestContext) -> None:
        self._in_flight.dec()
        route = context.path if context.path in self._routes else _OTHER
        self._child(self._requests, route, str(context.status)).inc()
        self._child(self._seconds, route).observe((context.took_ms or 0) / 1000)
        if context.first_byte_ms is not None:
            self._child(self._first_byte, route).observe(context.first_byte_ms / 1000)
        for kind, count in (("input", context.input_tokens), ("output", context.output_tokens)):
            if count:
                self._child(self._tokens, context.provider, kind).inc(count)
        if context.error_kind:
            self._failures.labels(context.provider, context.error_kind).inc()

    def _child(self, metric: Any, *labels: str) -> Any:
        """A metric with its labels, kept: looking it up costs more than counting."""
        key = (metric, *labels)
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = metric.labels(*labels)
        return found

    def exposition(self, states: dict[str, ProviderState]) -> bytes:
        for instance_id, state in states.items():
            self._up.labels(instance_id).set(1 if state.status == "up" else 0)
        if os.environ.get(SHARED_FOLDER_VARIABLE):
            shared = CollectorRegistry()
            MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
            return generate_latest(shared)
        return generate_latest(self._registry)
