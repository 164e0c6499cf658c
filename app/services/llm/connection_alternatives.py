"""Other addresses for a check that failed. Each is offered only after it has answered; no key is sent to any.

They are asked side by side, so that a wrong address is still told within its three seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from app.lean_dataclass import dataclass
from app.services.llm import connection_findings, connections
from app.services.llm.address import host_of, is_loopback, is_private_network, origin_of, parse_ip, port_of
from app.services.llm.connection_findings import Target, place
from app.services.llm.connection_report import Finding, Step
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.local_products import LocalProduct
from app.services.llm.network_log import NetworkEntry
from app.services.llm.providers.base import BaseProvider
from app.services.llm.server_presets import PRESETS
from app.services.llm.strangers import PURPOSE, greets
from app.services.llm.transport_findings import certificate
from app.services.llm.whereabouts import Whereabouts
from app.services.wording import say

OTHER_ADDRESS_TIMEOUT_S = 0.8
#: Roots of OpenAI's interface that differ from the usual one.
_OTHER_ROOTS = ("/v1", "/api/v1", "/openai/v1", "")
#: The server answered, but the path may be another one.
_PATH_KINDS = frozenset(
    {ErrorKind.UNSUPPORTED, ErrorKind.PROTOCOL, ErrorKind.MODEL_NOT_FOUND, ErrorKind.BAD_REQUEST, ErrorKind.CONFIG}
)


@dataclass(frozen=True, slots=True)
class _Way:
    """An address, and what it means where it answers. `listed`: only its list of models proves it."""

    url: str
    meaning: Callable[[Finding], Finding]
    listed: bool = False


@dataclass(slots=True)
class Alternatives:
    """Looks for the address that was meant, for one failed check."""

    provider_class: type[BaseProvider]
    door: HttpDoor
    target: Target
    where: Whereabouts
    known: Sequence[str] = ()
    """Canonical addresses of the same product, the likeliest first."""
    pointed_to: str = ""
    """Where the server sent on to, instead of answering."""

    async def improve(self, step: Step, finding: Finding) -> Finding:
        """The same finding, or what another address that answers makes of it."""
        ways = self._ways(step, finding)
        maybe_secure = step in (Step.HTTP, Step.IDENTITY) and self.target.url.startswith("http://")
        looks, insecure = await asyncio.gather(
            asyncio.gather(*(self._answers(way) for way in ways)), self._bad_certificate(look=maybe_secure)
        )
        for way, yes in zip(ways, looks, strict=True):
            if yes:
                return way.meaning(finding)
        return finding if insecure is None else connection_findings.untrusted_https(finding, insecure)

    @property
    def _product(self) -> LocalProduct | None:
        return self.target.product

    def _ways(self, step: Step, finding: Finding) -> list[_Way]:
        ways: dict[str, _Way] = {}
        url = self.target.url
        if step in (Step.HTTP, Step.IDENTITY) or (step is Step.PORT and _has_usual_port(url)):
            other = _with_scheme(url, "https" if url.startswith("http://") else "http")
            ways[other] = _Way(other, lambda f: connection_findings.other_scheme(f, other))
        if self._is_secure_twin(self.pointed_to):
            twin = self.provider_class.canonical_base_url(origin_of(self.pointed_to))
            ways[twin] = _Way(twin, lambda f: connection_findings.secure_twin(f, twin))
        if step is Step.PORT and is_loopback(url):
            self._add_loopback_ways(ways)
        if step in (Step.IDENTITY, Step.MODELS) and finding.kind in _PATH_KINDS:
            for right in self._other_paths():
                ways.setdefault(right, _Way(right, self._path_meaning(right), listed=True))
        if step is Step.PORT:
            self._add_usual_ports(ways)
        if self._product is not None and finding.kind not in (ErrorKind.AUTH, ErrorKind.MODEL_NOT_FOUND):
            seen = {place(url), *(place(one) for one in ways)}
            for known in self.known:
                if place(known) not in seen:
                    ways[known] = _Way(known, self._known_meaning(known))
        return list(ways.values())

    def _is_secure_twin(self, pointed_to: str) -> bool:
        """https of the same computer: no other address that a server points to is looked at."""
        url = self.target.url
        if not url.startswith("http://") or not pointed_to.startswith("https://"):
            return False
        try:
            other = self.provider_class.canonical_base_url(origin_of(pointed_to))
        except LLMError:
            return False
        return host_of(other) == host_of(url) or (is_loopback(other) and is_loopback(url))

    def _add_loopback_ways(self, ways: dict[str, _Way]) -> None:
        url = self.target.url
        address = parse_ip(host_of(url))
        if address is not None:
            twin = _with_host(url, "[::1]" if address.version == 4 else "127.0.0.1")
            ways[twin] = _Way(twin, lambda f: connection_findings.other_family(f, url, twin))
        for host in self.where.hosts:
            outside = _with_host(url, host)
            ways[outside] = _Way(outside, self._outside_meaning(outside))

    def _add_usual_ports(self, ways: dict[str, _Way]) -> None:
        """The product's own port on the same computer; those of other servers on this computer only."""
        url = self.target.url
        if self._product is not None:
            usual = port_of(self.provider_class.canonical_base_url(self.provider_class.Config().base_url))
            if usual != port_of(url) and not is_loopback(url):
                moved = _with_port(url, usual)
                ways[moved] = _Way(moved, self._port_meaning(moved))
        elif is_loopback(url):
            for port in (port_of(preset.base_url) for preset in PRESETS if is_loopback(preset.base_url)):
                if port != port_of(url):
                    moved = _with_port(url, port)
                    ways[moved] = _Way(moved, self._port_meaning(moved))

    def _other_paths(self) -> list[str]:
        url = self.target.url
        origin = origin_of(url)
        usual = self.provider_class.canonical_base_url(origin)
        wanted = [usual] if self._product is not None else [usual, *(origin + root for root in _OTHER_ROOTS)]
        return [right for right in dict.fromkeys(wanted) if right != url]

    # Each in a function of its own, so that each address is bound to its own meaning.

    def _outside_meaning(self, outside: str) -> Callable[[Finding], Finding]:
        return lambda finding: connection_findings.around(finding, outside, self.where)

    def _port_meaning(self, moved: str) -> Callable[[Finding], Finding]:
        name = self._product.name if self._product is not None else say("A server of that kind")
        return lambda finding: connection_findings.other_port(finding, name, moved)

    def _path_meaning(self, right: str) -> Callable[[Finding], Finding]:
        return lambda finding: connection_findings.other_path(finding, self.target.url, right)

    def _known_meaning(self, known: str) -> Callable[[Finding], Finding]:
        product = self._product
        assert product is not None, "addresses are known of products only"
        return lambda finding: connection_findings.with_other_address(finding, product, known)

    # -- the wire

    async def _answers(self, way: _Way) -> bool:
        if self._product is not None and not way.listed:
            return await greets(self.door, self._product, origin_of(way.url), OTHER_ADDRESS_TIMEOUT_S)
        return await self._lists(way.url)

    async def _lists(self, url: str) -> bool:
        """Whether a list of models is there, or would be with a key."""
        provider = self.provider_class(self.provider_class.Config(base_url=url), door=self.door)
        try:
            async with asyncio.timeout(OTHER_ADDRESS_TIMEOUT_S):
                await provider.list_models()
        except TimeoutError:
            return False
        except LLMError as exc:
            return exc.kind is ErrorKind.AUTH
        return True

    async def _bad_certificate(self, *, look: bool) -> Finding | None:
        """https may be spoken with a certificate that is not trusted: then the address is half of the trouble."""
        secure = _with_scheme(self.target.url, "https")
        target = Target(self.target.name, secure, self._product, startable=False)
        if look:
            try:
                async with asyncio.timeout(OTHER_ADDRESS_TIMEOUT_S):
                    await self.door.request_json("GET", origin_of(secure), purpose=PURPOSE, timeout_s=10)
            except TimeoutError:
                return None
            except LLMError as exc:
                problem = certificate(target, exc)
                return None if problem is None else problem.finding
        return None


async def answers_without_proxy(door: HttpDoor, url: str) -> bool:
    """Whether a server that a proxy is asked for is on a private network, and its port open without the proxy."""
    host, port = host_of(url), port_of(url)
    entry = NetworkEntry(PURPOSE, "CONNECT", host, port, "")
    log = door.network_log
    try:
        async with asyncio.timeout(OTHER_ADDRESS_TIMEOUT_S):
            found = await (door.resolver or connections.resolve)(host, port)
            own = [one for one in found if is_loopback(_literal(one)) or is_private_network(_literal(one))]
            if not own or len(own) < len(found):
                return False
            if log is not None:
                log.begin(entry)
            stream = await connections.Dialer(connections.Watch(), entry, door.resolver).connect_tcp(host, port)
            await stream.aclose()
    except (OSError, UnicodeError, TimeoutError, connections.DialError):
        return False
    finally:
        if log is not None and entry in log.entries:
            log.end(entry)
    return True


def _literal(address: str) -> str:
    return f"http://[{address}]" if ":" in address else f"http://{address}"


def _has_usual_port(url: str) -> bool:
    return port_of(url) == (443 if url.startswith("https://") else 80)


def _with_scheme(url: str, scheme: str) -> str:
    return f"{scheme}://{url.partition('://')[2]}"


def _with_host(url: str, host: str) -> str:
    scheme, path = url.partition("://")[0], url.removeprefix(origin_of(url))
    return f"{scheme}://{host}:{port_of(url)}{path}"


def _with_port(url: str, port: int) -> str:
    scheme, path = url.partition("://")[0], url.removeprefix(origin_of(url))
    host = host_of(url)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{path}"
