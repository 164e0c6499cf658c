"""The flags that say how an answer is to be, the same for `ask` and `compare`."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli import output
from app.cli.sampling_flags import add_sampling_flags, sampling_values


def add_request_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--system", metavar="S", help="system prompt")
    add_sampling_flags(parser)
    parser.add_argument(
        "--param", metavar="KEY=VALUE", action="append", default=[], help="any other field of the request; may repeat"
    )


def parameters_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Flags and `--param` as fields of `SamplingParameters`; unknown names go along as they are.

    Raises:
        UsageError: malformed, or out of range.
    """
    from pydantic import ValidationError

    from app.services.llm.models import SamplingParameters
    from app.services.llm.safe_json import loads

    values = sampling_values(arguments)
    extra: dict[str, Any] = {}
    for text in arguments.param:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise output.UsageError(f"--param wants KEY=VALUE, not {text!r}.")
        try:
            parsed = loads(value)
        except ValueError:
            parsed = value
        known = name in SamplingParameters.model_fields and name != "extra"
        (values if known else extra)[name.strip()] = parsed
    try:
        SamplingParameters(**values, extra=extra)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        asked = f"--param {name}=" if getattr(arguments, name, None) is None else f"--{name.replace('_', '-')} "
        raise output.UsageError(f"{asked}{values[name]}: {_refusal(name, first['msg'])}.") from exc
    return {**values, "extra": extra}


def _refusal(name: str, reason: str) -> str:
    """The range where the parameter has one, else the reason."""
    from app.services.llm.models import SamplingParameters

    bounds = SamplingParameters.model_json_schema()["properties"][name]["anyOf"][0]
    if "exclusiveMinimum" in bounds:
        most = f" and at most {bounds['maximum']:g}" if "maximum" in bounds else ""
        return f"it must be above {bounds['exclusiveMinimum']:g}{most}"
    return f"it must be from {bounds['minimum']:g} to {bounds['maximum']:g}" if "minimum" in bounds else reason
