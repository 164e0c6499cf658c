"""Server addresses: what a person types becomes one canonical base URL, or a refusal that says why.

Refused in every spelling: other schemes than http and https, credentials, control characters, and the link-local
and metadata addresses where clouds keep credentials (reliability D6). Loopback and local networks are allowed:
that is where people run model servers. The same rule is applied once more when a connection is made, because a
name may resolve to anything (`forbidden_reason`).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote

from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import later, say

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_CHARACTERS = 2_048
_EXAMPLE = later("Core", "Write it like http://localhost:1234 or 192.168.1.13:1234.")

#: What people paste behind the origin; the longest match goes first.
_ENDPOINTS = ("/chat/completions", "/completions", "/embeddings", "/models")
_API_ROOTS = ("/api/v0", "/api/v1", "/v1")

#: Where clouds keep credentials, beyond the link-local ranges: Alibaba, Azure, Oracle; AWS and GCP on IPv6.
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.azure.internal", "instance-data"})
#: IPv6 ranges that carry an IPv4 address in their last 32 bits: IPv4-compatible and NAT64.
_EMBEDDED_IPV4 = (ipaddress.ip_network("::/96"), ipaddress.ip_network("64:ff9b::/96"))

_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10")
)
_PRIVATE_SUFFIXES = (".local", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".localdomain")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://")
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?![0-9])")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


def canonical_base_url(
    text: str,
    *,
    path: str = "/v1",
    default_port: int | None = None,
    default_scheme: str = "http",
    keep_path: bool = False,
) -> str:
    """`192.168.1.13:1234`, `HTTP://Host:1234/v1/` … → `http://host:1234/v1`.

    Args:
        path: the API root the caller speaks; replaces a typed `/v1`, `/api/v0` or `/api/v1`, and `""` leaves none.
        default_port: used when neither a scheme nor a port was typed; otherwise the scheme's own port holds.
        keep_path: a path that was typed stays as it is (services whose root is `/api/v1` or `/openai/v1`).

    Raises:
        LLMError: kind `config`; the message never repeats what was typed, since a password may be in it.
    """
    cleaned = text.strip()
    if not cleaned:
        _refuse(say("it is empty"))
    if len(cleaned) > _MAX_CHARACTERS:
        _refuse(say("it is too long"))
    if any(c.isspace() or unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in cleaned) or "\\" in cleaned:
        _refuse(say("it holds spaces, control characters or backslashes"))
    scheme, rest, scheme_typed = _split_scheme(cleaned, default_scheme)
    if "?" in rest or "#" in rest:
        _refuse(say("it holds a query (“?”) or a fragment (“#”)"))
    authority, slash, typed_path = rest.partition("/")
    if "@" in authority:
        _refuse(say("it holds a user name or a password; keys are entered in their own field"))
    host, port = _split_authority(authority)
    if port is None and default_port is not None and not scheme_typed:
        port = default_port
    suffix = "" if port is None or port == _DEFAULT_PORTS[scheme] else f":{port}"
    return f"{scheme}://{_canonical_host(host)}{suffix}{_canonical_path(slash + typed_path, path, keep_path)}"


@lru_cache
def check_may_be_contacted(url: str) -> None:
    """Refuses a forbidden address in every spelling, also of a URL that was never made canonical. Whoever hands an
    address on to somebody else who looks it up, a proxy or a library, asks this first.

    Raises:
        LLMError: config.
    """
    canonical_base_url(origin_of(url), path="")


def origin_of(url: str) -> str:
    """`http://host:1234` of a canonical URL, without any path."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def host_of(url: str) -> str:
    """The host alone, IPv6 without brackets."""
    authority = url.partition("://")[2].partition("/")[0]
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def port_of(url: str) -> int:
    """The port a canonical URL means, the scheme's own where none is written."""
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0].rpartition("]")[2]
    _, colon, port = authority.rpartition(":")
    return int(port) if colon else _DEFAULT_PORTS[scheme]


@lru_cache
def is_loopback(url: str) -> bool:
    """Whether the address is this computer by its spelling (`localhost`, `127.x`, `::1`); no name is looked up."""
    host = host_of(url).lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = parse_ip(host)
    return address is not None and address.is_loopback


@lru_cache
def is_private_network(url: str) -> bool:
    """Whether the address lies on the user's own network by its spelling; False for loopback. No name is looked up."""
    host = host_of(url).lower()
    address = parse_ip(host)
    if address is not None:
        return any(address in network for network in _PRIVATE_NETWORKS)
    if host == "localhost" or host.endswith(".localhost"):
        return False
    return "." not in host or host.endswith(_PRIVATE_SUFFIXES)


def parse_ip(host: str) -> IPAddress | None:
    """The address a literal means, IPv4-mapped IPv6 unwrapped; None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def forbidden_reason(address: IPAddress) -> str | None:
    """Why no request may go to this address, or None. Also asked for what a name resolved to."""
    for candidate in _meanings(address):
        if candidate.is_link_local:
            return say("it is a link-local address")
        if candidate in _METADATA_ADDRESSES:
            return say("it is a cloud metadata address")
        if candidate.is_multicast or candidate == ipaddress.IPv4Address("255.255.255.255"):
            return say("it is a multicast or broadcast address")
    return None


def _meanings(address: IPAddress) -> list[IPAddress]:
    """The address and every IPv4 address packed into it (mapped, compatible, NAT64, 6to4, Teredo)."""
    found: list[IPAddress] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            found.append(address.ipv4_mapped)
        if address.sixtofour is not None:
            found.append(address.sixtofour)
        if address.teredo is not None:
            found.extend(address.teredo)
        if any(address in network for network in _EMBEDDED_IPV4) and int(address) > 0xFFFF:
            found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def _refuse(why: str) -> NoReturn:
    raise LLMError(
        ErrorKind.CONFIG,
        say("A setting is not valid: server address."),
        say("Refused because {why}. {example}", why=why, example=say(_EXAMPLE)),
        setting="server address",
    )


def _split_scheme(text: str, default_scheme: str) -> tuple[str, str, bool]:
    match = _SCHEME.match(text)
    if match is None:
        if _bare_ipv6(text):
            return default_scheme, f"[{text}]", False
        if _OTHER_SCHEME.match(text):
            _refuse(say("only http and https are spoken"))
        return default_scheme, text, False
    scheme = match[1].lower()
    if scheme not in _DEFAULT_PORTS:
        _refuse(say("only http and https are spoken"))
    return scheme, text[match.end() :], True


def _bare_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _split_authority(authority: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        host, bracket, tail = authority.partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            _refuse(say("its brackets do not close"))
        return host + bracket, _port(tail[1:])
    host, _, port_text = authority.partition(":")
    return host, _port(port_text)


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 8 and 0 < int(text) <= 65_535):
        _refuse(say("its port is not a number from 1 to 65535"))
    return int(text)


def _canonical_host(host: str) -> str:
    if host.startswith("["):
        return _canonical_ipv6(host[1:-1])
    name = _ascii_name(host)
    labels = name.split(".")
    if _NUMBER_LABEL.fullmatch(labels[-1]):
        return _checked(_ipv4(labels))
    if len(name) > 253 or not _NAME.fullmatch(name):
        _refuse(say("its host name is not one"))
    if name in _METADATA_NAMES:
        _refuse(say("it is a cloud metadata address"))
    return name


def _canonical_ipv6(literal: str) -> str:
    if "%" in literal:
        _refuse(say("it names a network interface (“%”)"))
    try:
        address = ipaddress.IPv6Address(literal)
    except ValueError:
        _refuse(say("its IPv6 address is not one"))
    return _checked(address.ipv4_mapped if address.ipv4_mapped is not None else address)


def _ascii_name(host: str) -> str:
    """Lower case, in the ASCII form that goes on the wire, without the root's trailing dot."""
    if "%" in host:
        _refuse(say("its host name is not one"))
    name = host
    if not host.isascii():
        import idna  # here: only addresses with letters beyond ASCII need its tables

        try:
            name = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            # Digits of other scripts and odd dots are no letters to IDNA, but resolvers may still fold them.
            folded = unicodedata.normalize("NFKC", host).replace("。", ".")
            if not folded.isascii():
                _refuse(say("its host name is not one"))
            name = folded
    name = name.lower()
    if name.endswith(".") and not name.endswith(".."):
        name = name[:-1]
    if not name:
        _refuse(say("it names no host"))
    return name


def _ipv4(labels: list[str]) -> ipaddress.IPv4Address:
    """An IPv4 address in any spelling resolvers accept: 1 to 4 parts, each decimal, octal (0…) or hex (0x…)."""
    if len(labels) > 4:
        _refuse(say("its IPv4 address is not one"))
    numbers = [_ipv4_number(label) for label in labels]
    last = numbers.pop()
    if any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        _refuse(say("its IPv4 address is not one"))
    value = last
    for position, number in enumerate(numbers):
        value += number << (8 * (3 - position))
    return ipaddress.IPv4Address(value)


def _ipv4_number(label: str) -> int:
    if not _NUMBER_LABEL.fullmatch(label) or len(label) > 40:
        _refuse(say("its IPv4 address is not one"))
    if label[:2] in ("0x", "0X"):
        return int(label[2:] or "0", 16)
    try:
        return int(label, 8) if label.startswith("0") else int(label)
    except ValueError:
        _refuse(say("its IPv4 address is not one"))


def _checked(address: IPAddress) -> str:
    if address.is_unspecified:
        # 0.0.0.0 and :: are addresses to listen on; whoever types one means this computer.
        return "127.0.0.1" if address.version == 4 else "[::1]"
    reason = forbidden_reason(address)
    if reason is None and address.version == 4 and int(address) < 1 << 24:
        reason = say("no server can have that address")
    if reason is not None:
        _refuse(reason)
    return f"[{address.compressed}]" if address.version == 6 else str(address)


def _canonical_path(typed: str, wanted: str, keep_path: bool) -> str:
    segments = [segment for segment in typed.split("/") if segment]
    if any(segment.replace("%2e", ".").replace("%2E", ".") in (".", "..") for segment in segments):
        _refuse(say("its path holds “.” or “..”"))
    cleaned = "".join("/" + quote(segment, safe="%!$&'()*+,;=:@~") for segment in segments)
    for endpoint in _ENDPOINTS:
        if cleaned.endswith(endpoint):
            cleaned = cleaned.removesuffix(endpoint)
            break
    if keep_path and cleaned:
        return cleaned
    for root in _API_ROOTS:
        if cleaned.endswith(root):
            cleaned = cleaned.removesuffix(root)
            break
    return cleaned + wanted
