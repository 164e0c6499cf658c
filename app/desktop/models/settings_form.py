"""What the Settings pane shows and hands back: plain values, so that pages need neither settings nor services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from app.desktop.glyphs import StateGlyph
from app.lean_dataclass import dataclass

#: Keys from the root of the configuration to one value.
KeyPath = tuple[str, ...]

PROVIDERS = "provider_configurations"


def provider_path(instance_id: str, name: str) -> KeyPath:
    """Path of one value of a provider."""
    return (PROVIDERS, instance_id, name)


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One setting. `default` is what shows again after *Reset*; `origin` is a phrase, "" for the default."""

    value: Any
    default: Any = None
    origin: str = ""
    read_only: bool = False
    resettable: bool = False


@dataclass(frozen=True, slots=True)
class WithheldFacts:
    """A key that is stored for another address of this provider: both addresses as origins and as people read them."""

    stored_for: str
    address: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """Whether a key is there; never the key. `text` is a sentence: `sk-…1234, in the system's key store`."""

    present: bool = False
    text: str = ""
    deletable: bool = False
    note: str = ""
    withheld: WithheldFacts | None = None


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """One provider, or one named server of the user's."""

    instance_id: str
    provider_id: str
    name: str
    glyph: StateGlyph
    words: str
    enabled: bool
    local: bool
    named: bool = False
    has_runtime: bool = False
    has_address: bool = True
    accepts_key: bool = True
    key: KeyFacts = KeyFacts()
    #: Whether it is on while nobody says so: a cloud service is, once it has a key.
    on_by_itself: bool = True
    why_on: str = ""
    """A phrase, where it is on only by itself."""


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """The user's file could not be used. `has_backup`: a `.bak` lies beside it."""

    text: str
    path: str
    has_backup: bool


@dataclass(frozen=True, slots=True)
class AboutFacts:
    """Version, folders (label, path) and what a terminal takes for the doctor."""

    version: str
    folders: tuple[tuple[str, str], ...]
    doctor_command: str


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """Everything the pages are filled from. `field` gives the value at a path."""

    field: Callable[[KeyPath], FieldValue]
    providers: tuple[ProviderFacts, ...]
    model_names: tuple[str, ...]
    about: AboutFacts
    broken: BrokenFile | None = None

    def provider(self, instance_id: str) -> ProviderFacts | None:
        return next((p for p in self.providers if p.instance_id == instance_id), None)


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """State of an engine of our own. `trouble` is what to do where it cannot answer, "" where it can."""

    instance_id: str
    glyph: StateGlyph
    words: str
    trouble: str = ""


CheckStatus = Literal["ok", "failed", "not_tried"]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One step of a connection check."""

    label: str
    text: str
    status: CheckStatus
    took: str = ""


@dataclass(frozen=True, slots=True)
class FixButton:
    """What may help: an action's name, its value (an address) and the button's text."""

    action: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A finished check. `summary` is the line of a good one; the rest tells of a failed one."""

    ok: bool
    rows: tuple[CheckRow, ...]
    summary: str = ""
    sentence: str = ""
    why: str = ""
    evidence: str = ""
    fixes: tuple[FixButton, ...] = ()
    address: str = ""
    """What was looked at, as it would be saved."""

    def as_text(self) -> str:
        """For the clipboard."""
        lines = [self.summary or self.sentence, self.why]
        lines += [f"{row.status:9} {row.label}: {row.text} {row.took}".rstrip() for row in self.rows]
        return "\n".join(line for line in [*lines, self.evidence] if line)


@dataclass(frozen=True, slots=True)
class HealthBar:
    """Thirty seconds of a server. `latency_ms` is the slowest answer, None when it did not answer."""

    latency_ms: float | None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class RuntimeFacts:
    """One local server now. `bars` has one place per half minute, oldest first, None where it was not asked."""

    instance_id: str
    name: str
    glyph: StateGlyph
    words: str
    running: bool = False
    failed: bool = False
    busy: str = ""
    """What is being done to it: "", starting, stopping, testing."""
    startable: bool = True
    why_not: str = ""
    website: str = ""
    """Where to get its program, which is not on this computer; "" where it is, or where that is not known yet."""
    why_not_stoppable: str | None = ""
    """In place of *Stop server* where that could not work; None while it is not known."""
    bars: tuple[HealthBar | None, ...] = ()
    median_ms: float | None = None
    history: tuple[str, ...] = ()
    """Lines beside the bars."""
    simulated: bool = False
