"""The row of the table `llmsettings` as a value: which provider and models a team's gateways use."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.services.llm import registry
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.limits import MAX_MODEL_ID_CHARACTERS
from app.services.wording import say

MAX_TOKENS = 2**31 - 1  # what the column holds
#: The field of each provider class. All named servers share one: it belongs to the server that `provider` names.
MODEL_FIELDS = {
    "lm_studio": "lmstudio_model",
    "ollama": "ollama_model",
    "openai": "openai_model",
    "anthropic": "anthropic_model",
    "google_gemini": "google_gemini_model",
    "embedded": "embedded_model",
    "openai_compatible": "openai_compatible_model",
}

#: What a refusal may repeat of a field's name: anybody may have made it up.
_FIELD_NAME = re.compile(r"\w{1,40}", re.ASCII)

# No control characters: PostgreSQL stores no NUL, and no provider spells a model with any.
ModelId = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=MAX_MODEL_ID_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]


class LlmSettings(BaseModel):
    """What the row says; None = nothing, so the configuration file below it decides.

    Besides the providers with a fixed name it holds a model for the built-in engine, which is a provider like them,
    and one for named servers: those are without number, and only the one that `provider` names needs a default.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)

    provider: str | None = None
    """A canonical id (`lm_studio`), or the key of a named server."""
    lmstudio_model: ModelId | None = None
    ollama_model: ModelId | None = None
    openai_model: ModelId | None = None
    anthropic_model: ModelId | None = None
    google_gemini_model: ModelId | None = None
    embedded_model: ModelId | None = None
    openai_compatible_model: ModelId | None = None
    temperature: float | None = Field(None, ge=0, le=5)
    """For requests that set none."""
    max_tokens: int | None = Field(None, gt=0, le=MAX_TOKENS)
    """For requests that set none."""
    version: int = 0
    """Grows with every change."""
    updated_at: datetime | None = None

    def model_for(self, provider_class: str) -> str | None:
        """The model named for a provider of this class id (`openai_compatible` for named servers)."""
        field = MODEL_FIELDS.get(provider_class)
        return getattr(self, field) if field else None


CHANGEABLE = tuple(name for name in LlmSettings.model_fields if name not in ("version", "updated_at"))


def checked_changes(changes: Mapping[str, Any], servers: Collection[str] = ()) -> dict[str, Any]:
    """The changes as they may be stored; `provider` in its canonical spelling. None clears a field.

    Args:
        servers: keys of the user's named servers, accepted as `provider` besides the built-in ones.

    Raises:
        LLMError: kind `config`: no such field, a wrong type or range, or no such provider. The message names the field.
    """
    for name in changes:
        if name not in CHANGEABLE:
            shown = name if isinstance(name, str) and _FIELD_NAME.fullmatch(name) else "field"
            raise _refused(shown, say("There is no such field. Known: {changeable}.", changeable=", ".join(CHANGEABLE)))
    try:
        # Only what is given is checked: another field may hold what a newer version wrote.
        checked = LlmSettings.model_validate(dict(changes)).model_dump(include=set(changes))
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        reason = (
            say("It must be a name without line breaks.")
            if first["type"] == "string_pattern_mismatch"
            else first["msg"]
        )
        raise _refused(str(first["loc"][0]), reason) from None
    if checked.get("provider") is not None:
        checked["provider"] = _canonical(checked["provider"], servers)
    return checked


def _canonical(name: str, servers: Collection[str]) -> str:
    canonical = registry.canonical_id(name)
    if canonical in servers:
        return canonical
    try:
        registry.find(canonical)
    except LLMError as exc:
        # Without the name: it may come from anybody, and goes back to whoever sent it.
        raise _refused("provider", say("There is no such provider. {hint}", hint=exc.hint)) from None
    return canonical


def _refused(field: str, reason: str) -> LLMError:
    return LLMError(
        ErrorKind.CONFIG, say("A setting is not valid: {field!r}.", field=field[:80]), reason, details=field[:80]
    )
