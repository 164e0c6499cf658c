"""What people type as an address, and what must never be contacted (reliability D6)."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.llm.address import (
    canonical_base_url,
    forbidden_reason,
    host_of,
    is_loopback,
    is_private_network,
    origin_of,
    port_of,
)
from app.services.llm.errors import ErrorKind, LLMError


@pytest.mark.parametrize(
    "typed, stored",
    [
        ("http://localhost:1234/v1", "http://localhost:1234/v1"),
        ("http://localhost:1234", "http://localhost:1234/v1"),
        ("http://localhost:1234/", "http://localhost:1234/v1"),
        ("http://localhost:1234/v1/", "http://localhost:1234/v1"),
        ("http://localhost:1234//v1//", "http://localhost:1234/v1"),
        ("http://localhost:1234/api/v0", "http://localhost:1234/v1"),
        ("http://localhost:1234/api/v1/", "http://localhost:1234/v1"),
        ("http://localhost:1234/v1/chat/completions", "http://localhost:1234/v1"),
        ("http://localhost:1234/v1/models", "http://localhost:1234/v1"),
        ("192.168.1.13:1234", "http://192.168.1.13:1234/v1"),
        ("  192.168.1.13:1234  ", "http://192.168.1.13:1234/v1"),
        ("HTTP://LocalHost:1234", "http://localhost:1234/v1"),
        ("https://lm.example.com", "https://lm.example.com/v1"),
        ("https://lm.example.com:443/lm/v1", "https://lm.example.com/lm/v1"),
        ("http://host:80", "http://host/v1"),
        ("gpu-box", "http://gpu-box/v1"),
        ("gpu_box.lan:8080", "http://gpu_box.lan:8080/v1"),
        ("host.docker.internal:1234", "http://host.docker.internal:1234/v1"),
        ("[::1]:1234", "http://[::1]:1234/v1"),
        ("::1", "http://[::1]/v1"),
        ("http://[0:0:0:0:0:0:0:1]:1234", "http://[::1]:1234/v1"),
        ("http://[::ffff:127.0.0.1]:1234", "http://127.0.0.1:1234/v1"),
        ("http://[fd12:3456::7]:1234", "http://[fd12:3456::7]:1234/v1"),
        ("0.0.0.0:1234", "http://127.0.0.1:1234/v1"),
        ("http://[::]:1234", "http://[::1]:1234/v1"),
        ("http://2130706433:1234", "http://127.0.0.1:1234/v1"),
        ("http://0x7f.1:1234", "http://127.0.0.1:1234/v1"),
        ("http://bücher.example", "http://xn--bcher-kva.example/v1"),
        ("http://localhost.:1234", "http://localhost:1234/v1"),
        ("100.64.3.2:1234", "http://100.64.3.2:1234/v1"),
    ],
)
def test_D6_every_usual_spelling_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert canonical_base_url(typed) == stored
    assert canonical_base_url(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "http://",
        "http://:1234",
        "ftp://localhost",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "javascript:alert(1)",
        "unix:/run/x.sock",
        "http://user:password@localhost:1234",
        "user@localhost:1234",
        "http://localhost:1234\r\nX: y",
        "http://local\x00host",
        "http://local\u200bhost",
        "http://local host",
        "http://localhost\\@evil",
        "http://localhost:0",
        "http://localhost:65536",
        "http://localhost:port",
        "http://localhost:１２３４",
        "http://localhost:1234?x=1",
        "http://localhost:1234/#x",
        "http://localhost/../admin",
        "http://localhost/%2e%2e/admin",
        "http://[::1",
        "http://[::1]x:1",
        "http://[fe80::1%25eth0]:1234",
        "http://-x-",
        "http://a..b",
        "http://1.2.3.4.5",
        "http://256.1.1.1",
        "http://09.1.1.1",
        "http://" + "a" * 300,
        "http://x/" + "a" * 3000,
        "http://lo%63alhost",
    ],
)
def test_D6_what_is_not_a_server_address_is_refused_as_config(typed: str) -> None:
    with pytest.raises(LLMError) as caught:
        canonical_base_url(typed)
    assert caught.value.kind is ErrorKind.CONFIG
    assert "password" not in caught.value.message


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.1.1",
        "2852039166",
        "0xa9fea9fe",
        "0xA9FEA9FE",
        "025177524776",
        "0251.0376.0251.0376",
        "0xa9.0xfe.0xa9.0xfe",
        "169.254.43518",
        "169.16689662",
        "169.254.169.254.",
        "１６９.２５４.１６９.２５４",
        "169。254。169。254",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[::169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "[fe80::1]",
        "[febf::1]",
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "metadata",
        "224.0.0.1",
        "255.255.255.255",
        "[ff02::1]",
        "0.0.0.1",
    ],
)
def test_D6_link_local_and_metadata_addresses_are_refused_in_every_spelling(host: str) -> None:
    for text in (f"http://{host}", f"https://{host}:8080/v1", host):
        with pytest.raises(LLMError) as caught:
            canonical_base_url(text)
        assert caught.value.kind is ErrorKind.CONFIG


def test_D6_credentials_are_never_repeated_in_the_refusal() -> None:
    with pytest.raises(LLMError) as caught:
        canonical_base_url("http://someone:s3cret-canary@localhost:1234/v1")
    assert "s3cret-canary" not in f"{caught.value!r}{caught.value}{caught.value.details}"


def test_the_default_port_counts_only_where_neither_scheme_nor_port_was_typed() -> None:
    assert canonical_base_url("127.0.0.1", default_port=1234) == "http://127.0.0.1:1234/v1"
    assert canonical_base_url("127.0.0.1:8080", default_port=1234) == "http://127.0.0.1:8080/v1"
    assert canonical_base_url("https://lm.example.com", default_port=1234) == "https://lm.example.com/v1"
    assert canonical_base_url("api.example.com", default_scheme="https") == "https://api.example.com/v1"


def test_a_typed_path_stays_where_the_caller_asks_for_it() -> None:
    assert canonical_base_url("https://openrouter.ai/api/v1/", keep_path=True) == "https://openrouter.ai/api/v1"
    assert canonical_base_url("https://api.groq.com/openai/v1", keep_path=True) == "https://api.groq.com/openai/v1"
    assert canonical_base_url("https://example.com", keep_path=True) == "https://example.com/v1"
    assert canonical_base_url("http://localhost:11434/v1", path="") == "http://localhost:11434"


@pytest.mark.parametrize(
    "url, host, port, origin, loopback, private",
    [
        ("http://localhost:1234/v1", "localhost", 1234, "http://localhost:1234", True, False),
        ("http://127.8.0.1/v1", "127.8.0.1", 80, "http://127.8.0.1", True, False),
        ("http://[::1]:99/v1", "::1", 99, "http://[::1]:99", True, False),
        ("http://192.168.1.13:1234/v1", "192.168.1.13", 1234, "http://192.168.1.13:1234", False, True),
        ("http://100.64.3.2:1", "100.64.3.2", 1, "http://100.64.3.2:1", False, True),
        ("http://[fd12::1]/v1", "fd12::1", 80, "http://[fd12::1]", False, True),
        ("http://gpu-box:1234/v1", "gpu-box", 1234, "http://gpu-box:1234", False, True),
        ("http://gpu.local/v1", "gpu.local", 80, "http://gpu.local", False, True),
        ("https://api.openai.com/v1", "api.openai.com", 443, "https://api.openai.com", False, False),
        ("https://8.8.8.8/v1", "8.8.8.8", 443, "https://8.8.8.8", False, False),
    ],
)
def test_parts_of_an_address(url: str, host: str, port: int, origin: str, loopback: bool, private: bool) -> None:
    assert (host_of(url), port_of(url), origin_of(url)) == (host, port, origin)
    assert (is_loopback(url), is_private_network(url)) == (loopback, private)


@given(st.text(max_size=60))
def test_D6_any_text_is_either_refused_or_stored_in_a_stable_safe_form(text: str) -> None:
    try:
        stored = canonical_base_url(text)
    except LLMError:
        return
    assert stored.startswith(("http://", "https://")) and stored.isascii() and stored.endswith("/v1")
    assert canonical_base_url(stored) == stored
    assert 0 < port_of(stored) <= 65_535


@given(st.ip_addresses(network="169.254.0.0/16"), st.sampled_from(["dotted", "int", "hex", "octal", "mapped", "nat64"]))
def test_D6_no_spelling_of_a_link_local_address_passes(address: ipaddress.IPv4Address, form: str) -> None:
    number = int(address)
    spelled = {
        "dotted": str(address),
        "int": str(number),
        "hex": hex(number),
        "octal": ".".join(f"0{octet:o}" for octet in address.packed),
        "mapped": f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        "nat64": f"[64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}]",
    }[form]
    with pytest.raises(LLMError):
        canonical_base_url(f"http://{spelled}:1234")
    assert forbidden_reason(address) is not None


@given(st.ip_addresses(v=6) | st.ip_addresses(v=4))
def test_D6_address_literals_are_stored_or_refused_by_what_they_mean(address: ipaddress.IPv4Address) -> None:
    literal = f"[{address}]" if address.version == 6 else str(address)
    try:
        stored = canonical_base_url(f"http://{literal}:9")
    except LLMError:
        return
    assert forbidden_reason(ipaddress.ip_address(host_of(stored))) is None
