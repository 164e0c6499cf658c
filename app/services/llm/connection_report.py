"""What a connection check found, step by step, and what may help. Plain values without any network."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from app.lean_dataclass import dataclass
from app.services.llm.errors import ErrorKind
from app.services.llm.models import ModelConfig


class Step(StrEnum):
    """The steps in their order."""

    ADDRESS = "address"
    NAME = "name"
    PORT = "port"
    HTTP = "http"
    IDENTITY = "identity"
    MODELS = "models"
    #: In place of all before it, for a provider that answers by itself.
    PROGRAM = "program"


class FixAction(StrEnum):
    """What may help; the front gives it a button."""

    USE_ADDRESS = "use_address"
    START_SERVER = "start_server"
    OPEN_WEBSITE = "open_website"
    ENTER_KEY = "enter_key"
    SET_CA_FILE = "set_ca_file"
    """Name the certificate authority to trust: setting `network.ca_file`."""
    LEAVE_PROXY = "leave_proxy"
    """Switch `network.proxy_for_local` off."""
    ADD_SERVER = "add_server"
    """Keep the server that answers at the address as a named one."""


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One thing that was looked at, and what was seen."""

    step: Step
    status: Literal["ok", "failed", "not_tried"]
    text: str = ""
    took_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    action: FixAction
    value: str = ""
    """The address to use, or the website."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why the check ended where it did: one sentence, the reason, what was seen on the wire, what helps."""

    kind: ErrorKind
    sentence: str
    why: str = ""
    evidence: str = ""
    fixes: tuple[Fix, ...] = ()
    is_inside: bool = False
    """Found inside WSL or a container, where the server need not be."""


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """All six steps, or the two of a provider without an address.

    `base_url` is canonical, or what was typed where that is no address.
    """

    provider: str
    base_url: str
    steps: tuple[CheckStep, ...]
    took_s: float
    finding: Finding | None = None
    models: tuple[ModelConfig, ...] = ()
    simulated: bool = False

    @property
    def ok(self) -> bool:
        return self.finding is None

    @property
    def passed(self) -> int:
        return sum(step.status == "ok" for step in self.steps)
