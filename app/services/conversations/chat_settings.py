"""What a chat is answered with and where each value comes from: its own, its preset's, the settings', else the
server's. What nobody chose is never sent.

A chat keeps its own values among its parameters, beside the uid of its preset. Without a choice of its own it has the
preset of the model that answers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from pydantic import ValidationError

from app.lean_dataclass import dataclass
from app.services.conversations import presets, queries
from app.services.conversations.records import Preset
from app.services.llm.models import SamplingParameters
from app.services.value_words import value_words
from app.services.wording import say

#: Names of `SamplingParameters` that a chat and a preset can set, in the order in which they are shown.
SETTABLE = ("temperature", "top_p", "max_tokens", "seed", "stop")
SYSTEM_PROMPT = "system_prompt"
#: Among a chat's parameters. The preset's uid, None for none at all, absent for that of the model; and its name, to
#: say what is missing where it is gone.
PRESET, PRESET_NAME = "preset", "preset_name"
#: "chat": the person's own, even if empty. "settings": copied when the chat began. Absent: own where there is any.
PROMPT_FROM = "system_prompt_from"
#: The window raised for each of the chat's models, as {provider: {model: tokens}}. It is memory on this computer, and
#: what one model has room for is too much for another.
WINDOWS = "windows"
EFFORT = "reasoning_effort"
MOST_STOPS, LONGEST_STOP = 16, 200
#: Of a number; servers take seeds of 64 bits.
_LARGEST = (1 << 64) - 1

Source = Literal["chat", "preset", "settings", "server"]
#: How the chat came to its preset: chosen here, the model's own, none was chosen here, or there is none.
PresetFrom = Literal["chat", "model", "off", "none", "gone"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value and who chose it; None and "server" where nobody did. `preset`: its name where that did."""

    value: Any = None
    source: Source = "server"
    preset: str = ""

    @property
    def origin(self) -> str:
        """As it is kept with the request: "chat", "settings", "preset Careful"."""
        return f"preset {self.preset}" if self.source == "preset" else self.source


@dataclass(frozen=True, slots=True)
class EffectiveSettings:
    """`values` and `inherited` have each of `SETTABLE` and the system prompt; `inherited`: without the chat's own."""

    values: Mapping[str, Chosen]
    inherited: Mapping[str, Chosen]
    preset: Preset | None = None
    preset_from: PresetFrom = "none"
    missing: str = ""
    """The name of a preset that was chosen and is gone."""
    preset_of_model: Preset | None = None

    @property
    def system_prompt(self) -> str:
        """What is sent, "" for nothing."""
        return str(self.values[SYSTEM_PROMPT].value or "")

    def for_request(self) -> EffectiveParameters:
        """Those of the parameters that somebody chose."""
        chosen = {name: one for name in SETTABLE if (one := self.values[name]).source != "server"}
        return EffectiveParameters(
            SamplingParameters(**{name: one.value for name, one in chosen.items()}),
            {name: one.origin for name, one in chosen.items()},
        )


@dataclass(frozen=True, slots=True)
class EffectiveParameters:
    """What goes out, and for each value where it came from ("settings", "chat", "preset NAME", "command line")."""

    values: SamplingParameters = field(default_factory=SamplingParameters)
    origins: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            name: {"value": value, "origin": self.origins.get(name, "chat")}
            for name, value in self.values.set_values().items()
        }

    def with_values(self, values: Mapping[str, Any], origin: str) -> EffectiveParameters:
        """These, too."""
        both = {**{name: value for name, value in self.values if value is not None}, **values}
        return EffectiveParameters(SamplingParameters(**both), {**self.origins, **dict.fromkeys(values, origin)})


def known_values(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The settable ones that can be sent: what came with a file may be anything."""
    return {name: raw[name] for name in SETTABLE if name in raw and problem_of(name, raw[name]) == ""}


def problem_of(name: str, value: Any) -> str:
    """Why this cannot be sent as that parameter, in a sentence; "" where it can."""
    if isinstance(value, bool) or value is None:
        return say("This is no value.")
    if name == "stop":
        return _problem_of_stops(value)
    if not isinstance(value, int | float):  # the model would take "0.7" for a number, those who show it would not
        return say("This is no number.")
    if abs(value) > _LARGEST:
        return say("This is too large.")
    try:
        SamplingParameters(**{name: value})
    except ValidationError as exc:
        return value_words(exc.errors(include_url=False, include_input=False)[0]) + "."
    return ""


def _problem_of_stops(value: Any) -> str:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one for one in value):
        return say("This is no list of words.")
    if not 1 <= len(value) <= MOST_STOPS or max(map(len, value)) > LONGEST_STOP:
        return say(
            "At most {most} stop sequences of at most {longest_stop} characters.",
            most=MOST_STOPS,
            longest_stop=LONGEST_STOP,
        )
    return ""


# -- of one chat


def effective_settings(
    db: sqlite3.Connection,
    defaults: Mapping[str, Any],
    system_prompt: str,
    parameters: Mapping[str, Any],
    provider: str,
    model: str,
) -> EffectiveSettings:
    """What is in force for a chat with this system prompt and these parameters, when this model answers.

    `defaults`: of the settings, by the names in `values`; None for what is not set there.
    """
    of_model = presets.preset_of_model(db, provider, model) if model else None
    found, preset_from = _preset_of(db, parameters, of_model)
    inherited = {name: _inherited(name, found, defaults.get(name)) for name in SETTABLE}
    own = {name: Chosen(value, "chat") for name, value in known_values(parameters).items()}
    own_prompt, copied = _own_prompt(system_prompt, parameters)
    inherited[SYSTEM_PROMPT] = _inherited(SYSTEM_PROMPT, found, copied or defaults.get(SYSTEM_PROMPT) or None)
    if own_prompt is not None:
        own[SYSTEM_PROMPT] = Chosen(own_prompt, "chat")
    elif inherited[SYSTEM_PROMPT].source == "settings":  # as it was when the chat began
        own[SYSTEM_PROMPT] = Chosen(copied, "settings") if copied else Chosen()
    missing = str(parameters.get(PRESET_NAME) or "") if preset_from == "gone" else ""
    return EffectiveSettings({**inherited, **own}, inherited, found, preset_from, missing, of_model)


def settings_of_chat(
    db: sqlite3.Connection, defaults: Mapping[str, Any], conversation_id: int, provider: str, model: str
) -> EffectiveSettings:
    """As `effective_settings`, of a chat that has a row; of one that is gone, as of one that chose nothing."""
    chat = queries.conversation(db, conversation_id)
    prompt, parameters = (chat.system_prompt, chat.parameters) if chat is not None else ("", {})
    return effective_settings(db, defaults, prompt, parameters, provider, model)


def system_prompt_of(db: sqlite3.Connection, conversation_id: int, provider: str, model: str) -> str:
    """What is sent at the start of this chat when this model answers, "" for nothing."""
    return settings_of_chat(db, {}, conversation_id, provider, model).system_prompt


def prompt_from_settings(prompt: str) -> tuple[str, dict[str, Any]]:
    """The system prompt of a new chat as the settings have it now, and what says so among its parameters."""
    return prompt, ({PROMPT_FROM: "settings"} if prompt.strip() else {})


def with_preset(
    system_prompt: str, parameters: Mapping[str, Any], chosen: Preset | None, settings_prompt: str
) -> tuple[str, dict[str, Any]]:
    """A chat's system prompt and parameters once it has this preset, None for none: what the preset sets takes the
    place of the chat's own, the rest stays.

    `settings_prompt`: that of the settings, for when the preset is given up again.
    """
    replaced = {PRESET, PRESET_NAME, *(chosen.parameters if chosen is not None else ())}
    kept = {name: value for name, value in parameters.items() if name not in replaced}
    kept[PRESET] = None
    if chosen is not None:
        kept.update({PRESET: chosen.uid, PRESET_NAME: chosen.name})
        if chosen.system_prompt is not None and _own_prompt(system_prompt, parameters)[0] is not None:
            return without_own_prompt(kept, settings_prompt)
    return system_prompt, kept


def with_own_prompt(parameters: Mapping[str, Any], text: str) -> tuple[str, dict[str, Any]]:
    """The same when the person writes a system prompt for this chat; an empty one is a choice, too."""
    return text, {**parameters, PROMPT_FROM: "chat"}


def without_own_prompt(parameters: Mapping[str, Any], settings_prompt: str) -> tuple[str, dict[str, Any]]:
    """The same when it has none of its own any more: as a chat that begins now."""
    kept = {name: value for name, value in parameters.items() if name != PROMPT_FROM}
    prompt, said = prompt_from_settings(settings_prompt)
    return prompt, {**kept, **said}


def raised_window(parameters: Mapping[str, Any], provider: str | None, model: str | None) -> int | None:
    """The window in tokens that was raised for this model in this chat; None where none was."""
    windows = parameters.get(WINDOWS)
    of_provider = windows.get(provider) if isinstance(windows, dict) else None
    tokens = of_provider.get(model) if isinstance(of_provider, dict) else None
    return tokens if type(tokens) is int and tokens > 0 else None


def _preset_of(
    db: sqlite3.Connection, parameters: Mapping[str, Any], of_model: Preset | None
) -> tuple[Preset | None, PresetFrom]:
    if PRESET not in parameters:
        return of_model, "model" if of_model is not None else "none"
    uid = parameters[PRESET]
    if not isinstance(uid, str):
        return None, "off"
    found = presets.preset(db, uid)
    return found, "chat" if found is not None else "gone"


def _inherited(name: str, found: Preset | None, default: Any) -> Chosen:
    if found is not None:
        if name == SYSTEM_PROMPT and found.system_prompt is not None:
            return Chosen(found.system_prompt, "preset", found.name)
        if name in known_values(found.parameters):
            return Chosen(found.parameters[name], "preset", found.name)
    return Chosen() if default is None else Chosen(default, "settings")


def _own_prompt(system_prompt: str, parameters: Mapping[str, Any]) -> tuple[str | None, str]:
    """The chat's own, None for none; and what was copied out of the settings when it began."""
    said_from = parameters.get(PROMPT_FROM)
    if said_from == "settings":
        return None, system_prompt
    return (system_prompt if said_from == "chat" or system_prompt.strip() else None), ""


def preset_values(settings: EffectiveSettings) -> tuple[str | None, dict[str, Any]]:
    """What a preset would keep of a chat: its system prompt and values as they are sent, but for those of the
    settings, which every chat has."""
    kept = {name: one.value for name in SETTABLE if (one := settings.values[name]).source in ("chat", "preset")}
    prompt = settings.values[SYSTEM_PROMPT]
    return (str(prompt.value) if prompt.source in ("chat", "preset") else None), kept


def shown_stops(stops: Sequence[str]) -> str:
    """Stop sequences as they are edited: one a line, a line break in one as \\n."""
    return "\n".join(one.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") for one in stops)


def read_stops(text: str) -> list[str]:
    """What `shown_stops` shows, read again; empty lines are none."""
    found = []
    for line in text.split("\n"):
        parts = line.split("\\\\")
        one = "\\".join(part.replace("\\n", "\n").replace("\\t", "\t") for part in parts)
        if one:
            found.append(one)
    return found
