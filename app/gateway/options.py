"""What a gateway is started with, checked before anything listens."""

from __future__ import annotations

import ipaddress

from app.lean_dataclass import dataclass
from app.services.llm.errors import ErrorKind, LLMError

DEFAULT_PORT = 3000
#: Requests a minute and token, where the gateway listens beyond this computer.
DEFAULT_RATE_LIMIT = 600
GRACE_S = 10
MAX_BODY_BYTES = 32 * 1024 * 1024
#: Of a request to a route that is not relayed.
MAX_SETTINGS_BYTES = 256 * 1024
#: What one process holds of all requests' bodies at a time.
MAX_BODIES_BYTES = 8 * MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """`rate_limit`: requests a minute and token; 0 = none, None = as the address suggests. `grace_s`: so long running
    answers may go on when it is to end."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    workers: int = 1
    cors_origins: tuple[str, ...] = ()
    dev: bool = False
    allow_lan: bool = False
    allowed_hosts: tuple[str, ...] = ()
    rate_limit: int | None = None
    grace_s: int = GRACE_S

    @property
    def loopback(self) -> bool:
        """Whether only this computer can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def requests_a_minute(self) -> int:
        """0 = no limit."""
        if self.rate_limit is not None:
            return self.rate_limit
        return 0 if self.loopback else DEFAULT_RATE_LIMIT

    def check(self, *, has_token: bool) -> None:
        """Raises: LLMError: kind `config`, naming the option and what to do."""
        if not self.loopback and not self.allow_lan:
            raise _refused(
                f"--host {self.host} can be reached from other computers.",
                "Add --allow-lan if that is what you want, or leave --host out.",
            )
        if not self.loopback and not has_token:
            raise _refused(
                "Without a token anybody in the network could use your models and keys.",
                "Make one first: aica token create NAME",
            )
        if "null" in self.cors_origins:
            raise _refused("--cors-origin null means every sandboxed page and local file.", "Name origins.")
        if "*" in self.cors_origins and not self.dev:
            raise _refused("--cors-origin * lets every web page use this gateway.", "Name origins, or add --dev.")


def _refused(message: str, hint: str) -> LLMError:
    return LLMError(ErrorKind.CONFIG, message, hint)
