"""What a chat is asked with, as the window shows it: values for fields, and where each comes from in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale

from app.desktop.models.settings_form import FieldValue
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.services.conversations.chat_settings import Chosen, EffectiveSettings
    from app.services.conversations.records import Preset

#: Choices beside the presets' uids.
OF_MODEL, NO_PRESET = "of model", "none"
SYSTEM_PROMPT, STOP = "system_prompt", "stop"
#: Qt's numbers have 63 bits, a seed may have 64.
_LARGEST_LOCAL = 1 << 63


def tr(text: str) -> str:
    return QCoreApplication.translate("ChatSettings", text)


@dataclass(frozen=True, slots=True)
class PresetChoices:
    """What can be chosen: (uid, `OF_MODEL` or `NO_PRESET`; words). `name`: of the preset in force, "" for none."""

    choices: Sequence[tuple[str, str]] = ()
    chosen: str = NO_PRESET
    name: str = ""
    note: str = ""
    """What is wrong with it."""
    model_name: str = ""
    """The model that the next message goes to, "" while none is known."""
    is_default: bool = False
    """Whether every chat with that model begins with it."""


@dataclass(frozen=True, slots=True)
class ChatSettingsFacts:
    """`fields` and `placeholders` by name of the setting; stop sequences as lines."""

    presets: PresetChoices = field(default_factory=PresetChoices)
    fields: dict[str, FieldValue] = field(default_factory=dict)
    placeholders: dict[str, str] = field(default_factory=dict)


def preset_choices(settings: EffectiveSettings, presets: Sequence[Preset], model_name: str) -> PresetChoices:
    """What the control under the message field and the window of the chat offer."""
    of_model = settings.preset_of_model
    default = tr("Model's preset: {name}").format(name=of_model.name) if of_model else tr("Model's preset: none")
    chosen = {"model": OF_MODEL, "none": OF_MODEL, "off": NO_PRESET, "gone": NO_PRESET}.get(settings.preset_from)
    current = settings.preset
    note = tr("“{name}” is not here any more. Nothing of it is sent.") if settings.preset_from == "gone" else ""
    return PresetChoices(
        [(OF_MODEL, default), (NO_PRESET, tr("No preset")), *((one.uid, one.name) for one in presets)],
        chosen or (current.uid if current is not None else NO_PRESET),
        current.name if current is not None else "",
        note.format(name=settings.missing),
        model_name,
        current is not None and of_model is not None and current.uid == of_model.uid,
    )


def chat_settings_facts(settings: EffectiveSettings, presets: Sequence[Preset], model_name: str) -> ChatSettingsFacts:
    """Fields show what the chat chose itself; what it has otherwise stands in them as a hint."""
    fields = {}
    for name, one in settings.values.items():
        is_own = one.source == "chat"
        shown = one.value if is_own or name == SYSTEM_PROMPT else None
        below = settings.inherited[name].value if name == SYSTEM_PROMPT else None
        fields[name] = FieldValue(_edited(name, shown), _edited(name, below), origin_words(one), resettable=is_own)
    placeholders = {
        name: tr("None") if name == STOP and one.value is None else _shown(one)
        for name, one in settings.inherited.items()
        if name != SYSTEM_PROMPT
    }
    return ChatSettingsFacts(preset_choices(settings, presets, model_name), fields, placeholders)


def origin_words(chosen: Chosen) -> str:
    """Where a value comes from, in a phrase."""
    if chosen.source == "preset":
        return tr("From preset “{name}”").format(name=chosen.preset)
    words = {"chat": tr("Of this chat"), "settings": tr("From Settings, Chat")}
    return words.get(chosen.source, tr("Not sent"))


def preset_summary(preset: Preset) -> str:
    """What it sets, in one line: what is sent, and how a model is loaded with it."""
    from app.services.runtimes.load_values import known_load_values  # here: it is loaded with the core

    load = load_summary(known_load_values(preset.load))
    return " · ".join([*sent_words(preset), *([load] if load else [])])


def sent_words(preset: Preset) -> list[str]:
    """What it sends with a request."""
    from app.services.conversations.chat_settings import known_values  # here: as above

    words = [f"{name} {_number(value)}" for name, value in known_values(preset.parameters).items()]
    return [*words, *([tr("system prompt")] if preset.system_prompt is not None else [])]


def load_summary(values: Mapping[str, Any]) -> str:
    """How a model is loaded, "" where nothing is said about that."""
    from app.desktop.models.load_facts import BATCH, CONTEXT, GPU, TTL, ttl_words  # here: few presets say it

    words = []
    if CONTEXT in values:
        words.append(tr("window {n}").format(n=_number(values[CONTEXT])))
    if GPU in values:
        share = values[GPU]
        words.append(tr("GPU {n}").format(n=share if isinstance(share, str) else _number(share)))
    if TTL in values:
        words.append(tr("kept {t}").format(t=ttl_words(values[TTL])))
    if BATCH in values:
        words.append(tr("batch {n}").format(n=_number(values[BATCH])))
    return tr("load: {what}").format(what=", ".join(words)) if words else ""


def _edited(name: str, value: Any) -> Any:
    from app.services.conversations.chat_settings import shown_stops  # here: as above

    if name == STOP:
        return shown_stops(value or ())
    return value or "" if name == SYSTEM_PROMPT else value


def _shown(chosen: Chosen) -> str:
    return tr("The server's own") if chosen.value is None else _number(chosen.value)


def _number(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one).replace("\n", "\\n") for one in value)
    if isinstance(value, int):
        return QLocale().toString(value) if abs(value) < _LARGEST_LOCAL else str(value)
    return f"{value:g}"
