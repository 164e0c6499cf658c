"""Optional fields that a model refused: left out from then on, so that one unknown knob does not cost the answer."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from typing import Any

from app.services.llm.models import SamplingParameters
from app.services.llm.providers._failures import words_of

logger = logging.getLogger(__name__)

#: Refused fields left out of one request at most; each costs a round trip, and only before the first token.
MAX_LEFT_OUT = 4
_REFUSING_STATUS = frozenset({400, 422})
#: Fields without which the request would mean something else; never left out.
_ESSENTIAL = frozenset(
    {"model", "messages", "input", "stream", "store", "tools", "system", "instructions"}
    | {"response_format", "text", "output_config"}
)
#: Complaints about a value, not about the field: leaving it out would hide a mistake, and hide it for good.
_ABOUT_THE_VALUE = re.compile(
    r"(above|exceeds?) (the )?maximum|below (the )?minimum|expected a value"
    r"|must be (between|at (least|most)|less|great)"
    r"|> \d|< \d|>= \d|<= \d|out of range|\brange\b|too (large|small|high|low|long)|greater than|less than",
    re.IGNORECASE,
)

_FIELD_WORDS = (
    re.compile(r"(?:unsupported|unknown|unrecognized|unexpected|invalid)[^'\"`]{0,60}['\"`]([a-z_]{2,40})['\"`]", re.I),
    re.compile(r"['\"`]([a-z_]{2,40})['\"`](?: parameter)? (?:is|does|are) (?:not|deprecated)", re.I),
    re.compile(r"unrecognized request arguments? supplied: ([a-z_]{2,40})", re.I),
    re.compile(r"unexpected keyword argument ['\"`]([a-z_]{2,40})", re.I),
    # Anthropic: "thinking.type: adaptive is not supported", "top_k: Extra inputs are not permitted"
    re.compile(r"^([a-z_]{2,40})(?:\.[a-z_.]+)?: .*(?:not (?:supported|permitted|allowed)|deprecated)", re.I),
)


#: Parameters whose field has another name on some wire.
_WIRE_NAMES = {
    "max_tokens": ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict"),
    "stop": ("stop", "stop_sequences"),
    "context_length": ("context_length", "num_ctx"),
    "reasoning_effort": ("reasoning_effort", "reasoning", "thinking", "output_config", "think"),
}


class RefusedFields:
    """By model, what a provider's requests leave out."""

    def __init__(self) -> None:
        self._fields: dict[str, frozenset[str]] = {}

    def of(self, model: str) -> frozenset[str]:
        return self._fields.get(model, frozenset())

    def learn(self, model: str, body: Mapping[str, Any], status: int, text: str) -> bool:
        """Remember the field that a refusal names; False where it names none that may be left out."""
        if status not in _REFUSING_STATUS:
            return False
        said = words_of(text)
        known = self.of(model)
        field = refused_field(body, said.param, said.message)
        if field is None or field in known or len(known) >= MAX_LEFT_OUT:
            return False
        logger.warning("%r does not accept %r; it is left out from now on", model, field)
        self._fields[model] = known | {field}
        return True


def refused_field(body: Mapping[str, Any], param: str, message: str) -> str | None:
    """The one field of `body` a 400 complains about and that may be left out; None where it is none of those."""
    if _ABOUT_THE_VALUE.search(message):
        return None
    candidates = [param.partition(".")[0].partition("[")[0]]
    candidates += [match[1] for pattern in _FIELD_WORDS if (match := pattern.search(message))]
    return next((name for name in candidates if name in body and name not in _ESSENTIAL), None)


def left_out(parameters: SamplingParameters, sent: Collection[str], refused: frozenset[str]) -> tuple[str, ...]:
    """What was set and is not in a request with the fields `sent`, as `Started.left_out` tells it."""
    found: list[str] = []
    for name in parameters.set_values():
        fields = _WIRE_NAMES.get(name, (name,))
        if not any(field in sent for field in fields):
            found.append(name)
        elif name == "reasoning_effort":  # the one parameter that takes two fields somewhere (Anthropic)
            found += [field for field in fields if field in refused and field not in sent]
    return tuple(found)
