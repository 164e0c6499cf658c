"""What LM Studio's lists of models say, and which entry a name means (REST v1 of 0.4.0, v0 of 0.3.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from app.services.hub.names import split_name
from app.services.runtimes.records import InstalledModel, RunningModel

#: LM Studio's words for kinds → ours; others stay as they are.
_KINDS = {"llm": "chat", "vlm": "chat", "embedding": "embedding", "embeddings": "embedding"}
_OWNER_AND_NAME = re.compile(r"[^/\s@]+/[^/\s@]+")
MAX_NAME_CHARACTERS = 400

Entry = dict[str, Any]


class ModelName:
    """A name as a person types it: a key, `user/repo@quant`, `hf.co/user/repo@quant` or a link to Hugging Face."""

    def __init__(self, typed: str) -> None:
        self.typed = typed.strip()
        parts = split_name(typed)
        self.repository, self.quant, self.is_link = parts.repository, parts.quantization, parts.is_link
        self.has_owner = _OWNER_AND_NAME.fullmatch(self.repository) is not None

    @property
    def link(self) -> str:
        return f"https://huggingface.co/{self.repository}"

    def means(self, entry: Entry) -> bool:
        """Whether an entry is what was downloaded for this name: LM Studio gives files of a repository its own key."""
        owner, _, repository = self.repository.lower().rpartition("/")
        key = str(entry.get("key", "")).lower().partition("@")[0]
        if repository.removesuffix("-gguf") != key.rpartition("/")[2]:
            return False
        if owner and owner not in (str(entry.get("publisher", "")).lower(), key.rpartition("/")[0]):
            return False
        return self.fits_quantization(entry)

    def names(self, entry: Entry) -> bool:
        """Whether an entry has this very name, whoever published it."""
        return self._repository_word == _word(_name_of(entry))

    def resembles(self, entry: Entry) -> bool:
        """Whether an entry may be what was downloaded for this name: one name holds the other."""
        asked, listed = self._repository_word, _word(_name_of(entry))
        return bool(asked and listed) and (asked in listed or listed in asked)

    def fits_quantization(self, entry: Entry) -> bool:
        key_quant = str(entry.get("key", "")).lower().partition("@")[2]
        return not self.quant or self.quant.lower() in (key_quant, quantization_of(entry).lower())

    @property
    def _repository_word(self) -> str:
        return _word(self.repository.rpartition("/")[2])


def _name_of(entry: Entry) -> str:
    return str(entry.get("key", "")).partition("@")[0].rpartition("/")[2]


def _word(name: str) -> str:
    """A name as it compares: LM Studio changes case and signs, and leaves the format out."""
    return re.sub(r"[^a-z0-9.]", "", name.lower().removesuffix("-gguf"))


def find_entry(entries: Iterable[Entry], typed: str) -> Entry | None:
    """The entry behind a key, a variant, the id of a running copy, or a repository of Hugging Face."""
    found = list(entries)
    for entry in found:
        variants = entry.get("variants")
        names = [entry.get("key"), *(one["id"] for one in instances_of(entry))]
        names += variants if isinstance(variants, list) else []
        if typed in names:
            return entry
    name = ModelName(typed)
    return next((entry for entry in found if name.has_owner and name.means(entry)), None)


def key_to_send(entry: Entry, typed: str) -> str:
    """What the server calls the model: the key, or the variant that was asked for."""
    variants = entry.get("variants")
    is_variant = isinstance(variants, list) and typed in variants
    return typed if is_variant else str(entry.get("key"))


def instances_of(entry: Entry | None) -> list[Entry]:
    """The copies in memory, each with an `id`."""
    found = entry.get("loaded_instances") if entry else None
    if not isinstance(found, list):
        return []
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("id"), str)]


def context_of(instance: Entry) -> int | None:
    config = instance.get("config")
    return whole(config.get("context_length")) if isinstance(config, dict) else None


def quantization_of(entry: Entry) -> str:
    value = entry.get("quantization")
    name = value.get("name") if isinstance(value, dict) else value
    return name if isinstance(name, str) else ""


def installed_model(entry: Entry) -> InstalledModel | None:
    """An entry for the list; None for one without a usable key."""
    key = entry.get("key")
    if not isinstance(key, str) or not key or len(key) > MAX_NAME_CHARACTERS:
        return None
    kind = str(entry.get("type", "") or "unknown")
    return InstalledModel(
        key,
        _KINDS.get(kind, kind[:40]),
        _text(entry.get("display_name")) or "",
        whole(entry.get("size_bytes")),
        quantization_of(entry) or None,
        _text(entry.get("params_string")),
        _text(entry.get("format")),
        whole(entry.get("max_context_length")),
        loaded=bool(instances_of(entry)),
    )


def running_models(entries: Iterable[Entry], told_by_lms: Iterable[Entry] = ()) -> list[RunningModel]:
    """Every copy in memory; `told_by_lms` is `lms ps --json`, which alone knows times and what a copy does."""
    by_id = {one["identifier"]: one for one in told_by_lms if isinstance(one.get("identifier"), str)}
    found = []
    for entry in entries:
        for instance in instances_of(entry):
            more = by_id.get(instance["id"], {})
            found.append(
                RunningModel(
                    str(entry.get("key")),
                    instance["id"],
                    context_of(instance),
                    whole(entry.get("size_bytes")),
                    expires_at=_expiry(more),
                    status=_text(more.get("status")),
                    stays="ttlMs" in more and more["ttlMs"] is None,
                )
            )
    return found


def from_v0(item: Entry) -> Entry:
    """An entry of REST v0 in the shape of v1; it has no sizes."""
    context = item.get("loaded_context_length")
    instance = {"id": item.get("id"), "config": {"context_length": context}}
    return {
        "key": item.get("id"),
        "type": item.get("type"),
        "publisher": item.get("publisher"),
        "quantization": {"name": item.get("quantization")},
        "format": item.get("compatibility_type"),
        "max_context_length": item.get("max_context_length"),
        "loaded_instances": [instance] if item.get("state") == "loaded" else [],
    }


def _expiry(told: Entry) -> float | None:
    ttl_ms, used_ms = whole(told.get("ttlMs")), whole(told.get("lastUsedTime"))
    return (used_ms + ttl_ms) / 1000 if ttl_ms is not None and used_ms is not None else None


def whole(value: Any) -> int | None:
    """A count as JSON has it, None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _text(value: Any) -> str | None:
    return value[:MAX_NAME_CHARACTERS] if isinstance(value, str) and value else None
