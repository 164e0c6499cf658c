"""Which programs can take a file of the hub, and the name with which each is asked for it.

Into our own folder it goes through `Downloads`. Ollama and LM Studio fetch for themselves, through their own
interfaces (`runtimes.pull_model_with_progress`): they keep files in forms of their own, and only from the public hub.
"""

from __future__ import annotations

from app.lean_dataclass import dataclass
from app.services.hub.names import PUBLIC_HUB
from app.services.hub.records import HubItem, HubRepository
from app.services.wording import say


@dataclass(frozen=True, slots=True)
class Way:
    """One program. `name` is empty where it cannot take the file; `reason` says why, in a sentence."""

    backend: str
    product: str
    name: str
    reason: str = ""


def ways_to_fetch(repository: HubRepository, item: HubItem, *, public: bool = True) -> tuple[Way, ...]:
    """For each program whether it can take this file. `public`: the repository is one of the public hub."""
    own = f"{repository.name}@{item.quantization if _is_only_one(repository, item) else item.path}"
    why_not = "" if item.kind == "model" else say("It is no model by itself.")
    why_not = why_not or ("" if item.complete else say("The hub does not have all its parts."))
    elsewhere = why_not or ("" if public else say("It fetches from the public hub only."))
    elsewhere = elsewhere or ("" if item.quantization else say("Its file names no quantization to ask for."))
    # Ollama's own page on files of the hub: those in parts are not taken.
    ollama = elsewhere or ("" if len(item.files) == 1 else say("It takes no files in parts."))
    return (
        Way("embedded", say("The built-in engine"), "" if why_not else own, why_not),
        Way("ollama", "Ollama", "" if ollama else f"hf.co/{repository.name}:{item.quantization}", ollama),
        Way(
            "lm_studio",
            "LM Studio",
            "" if elsewhere else f"{PUBLIC_HUB}/{repository.name}@{item.quantization}",
            elsewhere,
        ),
    )


def _is_only_one(repository: HubRepository, item: HubItem) -> bool:
    """Whether its quantization says which file is meant."""
    same = [one for one in repository.items if one.quantization == item.quantization and one.kind == item.kind]
    return item.quantization is not None and len(same) == 1
