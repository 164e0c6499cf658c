"""The files of a repository as what can be fetched: parts put together, quantizations read from the names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from app.services.hub.records import HubFile, HubItem

#: `llama.cpp/gguf-split` names parts like this, counted from 1.
PART = re.compile(r"-(\d{5})-of-(\d{5})$")
_QUANTIZATION = re.compile(
    r"(?<![A-Za-z0-9])((?:UD-)?I?Q\d(?:_[A-Z0-9]{1,3})*|TQ\d_0|MXFP4(?:_MOE)?|NVFP4|BF16|F(?:P)?16|F(?:P)?32)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SPELLINGS = {"FP16": "F16", "FP32": "F32"}
#: Taken where none is named: the first of these that there is.
PREFERRED = ("Q4_K_M", "MXFP4", "Q4_K_S", "Q5_K_M", "UD-Q4_K_XL", "Q4_0", "IQ4_XS", "Q6_K", "Q8_0")


def quantization_in(path: str) -> str | None:
    """The quantization that a file's name tells; in a folder for each, the folder's name may be the only one to."""
    for part in reversed(PurePosixPath(PART.sub("", path.removesuffix(".gguf"))).parts):
        found = _QUANTIZATION.findall(part)
        if found:
            name = str(found[-1]).upper()
            return _SPELLINGS.get(name, name)
    return None


def items_of(files: Iterable[HubFile]) -> tuple[HubItem, ...]:
    """What can be fetched, the smallest first; those of unknown size last. Files of other kinds are left out."""
    whole: dict[tuple[str, int], dict[int, HubFile]] = {}
    for file in files:
        if not file.path.lower().endswith(".gguf") or "imatrix" in file.path.lower():
            continue
        stem = file.path[: -len(".gguf")]
        part = PART.search(stem)
        number, count = (int(part[1]), int(part[2])) if part else (1, 1)
        whole.setdefault((PART.sub("", stem), count), {})[number] = file
    made = [_item(stem, count, parts) for (stem, count), parts in whole.items()]
    return tuple(sorted(made, key=lambda one: (one.kind != "model", one.size_bytes is None, one.size_bytes, one.path)))


def _item(stem: str, count: int, parts: dict[int, HubFile]) -> HubItem:
    return HubItem(
        quantization_in(parts[min(parts)].path),
        tuple(parts[number] for number in sorted(parts)),
        "projector" if "mmproj" in stem.lower() else "model",
        # Counted first: a name may claim 99,999 parts, in each of thousands of files.
        complete=len(parts) == count and min(parts) == 1 and max(parts) == count,
    )


def chosen(items: Iterable[HubItem], wanted: str) -> HubItem | None:
    """The model that a person means: by its quantization, or by the path or name of its file.

    Without either one of `PREFERRED`, or the only one there is. None: it is not there, or cannot be told.
    """
    models = [item for item in items if item.kind == "model" and item.complete]
    if not wanted:
        by_name = {item.quantization: item for item in reversed(models)}
        first = next((by_name[name] for name in PREFERRED if name in by_name), None)
        return first or (models[0] if len(models) == 1 else None)
    lowered = wanted.lower()
    for item in models:
        if lowered == item.path.lower():  # a whole file may be called as another one in parts
            return item
    for item in models:
        stem = PART.sub("", item.path[: -len(".gguf")]).lower()
        file = PurePosixPath(stem).name
        if lowered.removesuffix(".gguf") in (stem, file):
            return item
    return next((item for item in models if (item.quantization or "").lower() == lowered), None)
