"""The shapes of the hub's API, read leniently: a field that is missing or of another kind is not known, never zero.

`GET {hub}/api/models?search=…&filter=gguf&sort=downloads&limit=…&full=true` gives a list of models; `GET
{hub}/api/models/{repo}?blobs=true` one, with `siblings` (rfilename, size, lfs.sha256), `sha` (the revision), `tags`,
`cardData.license`, `gguf` (total, architecture, context_length); `GET …/tree/{revision}?recursive=true` entries with
`type`, `path`, `size`, `lfs.oid`. These are the shapes of the public API as its documentation and client library have
them; they were not checked against the running service when this was written.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from app.services.hub.listing import items_of, quantization_in
from app.services.hub.names import is_repository, is_revision, is_sha256, safe_path
from app.services.hub.records import HubFile, HubModel, HubRepository

MAX_TEXT_CHARACTERS = 300
MAX_TAGS = 200
MAX_FILES = 20_000


def _or_none(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return None


def _shown(value: Any) -> Any:
    """A text that can be shown in a line."""
    return value if isinstance(value, str) and value and value.isprintable() else None


def _objects(value: Any) -> list[Any]:
    return [one for one in value[:MAX_FILES] if isinstance(one, dict)] if isinstance(value, list) else []


Text = Annotated[str | None, Field(max_length=MAX_TEXT_CHARACTERS), BeforeValidator(_shown), WrapValidator(_or_none)]
Count = Annotated[int | None, Field(strict=True, ge=0, lt=1 << 63), WrapValidator(_or_none)]
#: What is zero where nobody counted.
Measure = Annotated[int | None, Field(strict=True, gt=0, lt=1 << 63), WrapValidator(_or_none)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Lfs(_Shape):
    sha256: Text = None
    oid: Text = None
    size: Count = None


class _Sibling(_Shape):
    rfilename: Text = None
    path: Text = None
    type: Text = None
    size: Count = None
    lfs: Annotated[_Lfs | None, WrapValidator(_or_none)] = None


class _Gguf(_Shape):
    total: Measure = None
    architecture: Text = None
    context_length: Measure = None


class _Card(_Shape):
    license: Any = None


class _Model(_Shape):
    id: Text = None
    modelId: Text = None  # noqa: N815 - the API's spelling
    sha: Text = None
    tags: Any = None
    gated: Any = None
    private: Any = None
    downloads: Count = None
    likes: Count = None
    lastModified: Text = None  # noqa: N815 - the API's spelling
    cardData: Annotated[_Card | None, WrapValidator(_or_none)] = None  # noqa: N815 - the API's spelling
    gguf: Annotated[_Gguf | None, WrapValidator(_or_none)] = None
    siblings: Annotated[list[_Sibling], BeforeValidator(_objects)] = Field(default_factory=list)


def models_in(value: Any) -> list[HubModel]:
    """The results of a search; entries without a name that can be are left out."""
    read = [_Model.model_validate(one) for one in _objects(value)]
    return [_model(one) for one in read if is_repository(one.id or one.modelId or "")]


def repository_in(value: Any, asked: str) -> HubRepository | None:
    """One repository; None where the answer is none. `asked`: its name, where the answer leaves it out."""
    if not isinstance(value, dict):
        return None
    read = _Model.model_validate(value)
    if not is_repository(read.id or read.modelId or ""):
        read.id = asked
    files, refused = _files(read.siblings)
    return HubRepository(
        _model(read),
        read.sha if is_revision(read.sha) else None,
        read.gguf.architecture if read.gguf is not None else None,
        items_of(files),
        refused,
    )


def tree_in(value: Any) -> tuple[list[HubFile], int]:
    """The files of a listing by folders, and how many were refused for their names."""
    return _files([_Sibling.model_validate(one) for one in _objects(value)])


def _files(siblings: list[_Sibling]) -> tuple[list[HubFile], int]:
    files, refused = [], 0
    for one in siblings:
        name = one.rfilename or one.path or ""
        if one.type == "directory" or not name.lower().endswith(".gguf"):
            continue
        if safe_path(name) is None:
            refused += 1
            continue
        sha256 = (one.lfs.sha256 or one.lfs.oid) if one.lfs is not None else None
        size = one.size if one.size is not None or one.lfs is None else one.lfs.size
        files.append(HubFile(name, size, sha256 if is_sha256(sha256) else None))
    return files, refused


def _model(read: _Model) -> HubModel:
    tags = tuple(tag for tag in (read.tags if isinstance(read.tags, list) else [])[:MAX_TAGS] if _shown(tag))
    names = (one.rfilename or "" for one in read.siblings)
    found = {quantization_in(name) for name in names if name.lower().endswith(".gguf") and "mmproj" not in name.lower()}
    gated = read.gated if isinstance(read.gated, bool) else bool(read.gated) if read.gated is not None else None
    return HubModel(
        repository=read.id or read.modelId or "",
        tags=tags,
        licence=_licence(read, tags),
        gated=gated,
        downloads=read.downloads,
        likes=read.likes,
        changed_at=read.lastModified,
        context_length=read.gguf.context_length if read.gguf is not None else None,
        parameter_count=read.gguf.total if read.gguf is not None else None,
        quantizations=tuple(sorted(name for name in found if name is not None)),
    )


def _licence(read: _Model, tags: tuple[str, ...]) -> str | None:
    said = read.cardData.license if read.cardData is not None else None
    if isinstance(said, list):
        said = ", ".join(one for one in said if isinstance(one, str))
    if isinstance(said, str) and _shown(said) and len(said) <= MAX_TEXT_CHARACTERS:
        return said
    return next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), None)
