"""What the hub says, as plain values. None: it does not say, or not in a form that can be."""

from __future__ import annotations

from typing import Literal

from app.lean_dataclass import dataclass

Kind = Literal["model", "projector"]


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository; `path` below it, checked to be one that may become a path here."""

    path: str
    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class HubItem:
    """What is fetched as one: a file, or all parts of a split one."""

    quantization: str | None
    """As its name says: `Q4_K_M`, `F16`."""
    files: tuple[HubFile, ...]
    kind: Kind = "model"
    """`projector`: what lets a model see pictures (mmproj); no model by itself."""
    complete: bool = True
    """False: the repository does not have all its parts."""

    @property
    def size_bytes(self) -> int | None:
        """Of all files."""
        sizes = [file.size_bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def path(self) -> str:
        """Of its first file, which names it."""
        return self.files[0].path


@dataclass(frozen=True, slots=True)
class HubModel:
    """A repository in a list of results. Tags and names are the maker's word."""

    repository: str
    tags: tuple[str, ...] = ()
    licence: str | None = None
    gated: bool | None = None
    """Whether the maker's terms have to be accepted on the hub's page first."""
    downloads: int | None = None
    """In the last month, as the hub counts; `likes` since ever."""
    likes: int | None = None
    changed_at: str | None = None
    """ISO 8601."""
    context_length: int | None = None
    parameter_count: int | None = None
    quantizations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HubRepository:
    """One repository with its files."""

    model: HubModel
    revision: str | None
    """The commit its files were listed at."""
    architecture: str | None
    items: tuple[HubItem, ...]
    refused: int = 0
    """Files whose names must not become paths here; they are not offered."""

    @property
    def name(self) -> str:
        return self.model.repository
