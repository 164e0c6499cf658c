"""What can be wrong between a person and a server: each failure is scripted with real parts and told in its own words.

The table: every function below that is marked with `@failure` builds one failure and says what to expect of it.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import errno
import itertools
import re
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.services import wording
from app.services.llm.connection_check import check_connection
from app.services.llm.connection_report import FixAction, Step
from app.services.llm.errors import ErrorKind
from app.services.llm.http import HttpDoor
from app.services.llm.network_log import NetworkLog
from app.services.llm.providers.base import BaseProvider
from app.services.llm.server_presets import ServerPreset
from app.services.llm.whereabouts import CONTAINER_HOST_NAME, Whereabouts, look_around
from tests.fakes.certificates import Certificate, make_certificate
from tests.fakes.raw_http import RawServer, Reply, answer, complaining_server, dropping_port, raw, refused_port, stall

pytest.importorskip("cryptography")
pytestmark = pytest.mark.anyio

SECRET = "sk-canary-key"
LM_STUDIO_MODELS = answer({"models": [{"type": "llm", "key": "m", "loaded_instances": []}]})
LM_STUDIO = {"/lmstudio-greeting": answer({"lmstudio": True}), "/api/v1/models": LM_STUDIO_MODELS}
OPENAI = {"/v1/models": answer({"object": "list", "data": [{"id": "qwen2.5-coder-7b"}]})}
NOT_FOUND = answer({"error": "not found"}, 404)


@dataclass
class World:
    """Where a failure is built; its servers end with it."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    stack: contextlib.AsyncExitStack
    servers: list[RawServer] = field(default_factory=list)

    async def server(self, routes: dict[str, Reply], default: Reply = NOT_FOUND, **options: object) -> RawServer:
        made = RawServer(default, routes, **options)  # type: ignore[arg-type]  # RawServer's own fields
        self.servers.append(await self.stack.enter_async_context(made))
        return made

    def authority(self) -> Certificate:
        return make_certificate(self.folder, "Authority", authority=True)

    async def secure(self, shown: Certificate) -> RawServer:
        return await self.server(LM_STUDIO, tls=shown.context())

    def proxy(self, url: str) -> None:
        for name in ("http_proxy", "https_proxy"):
            self.monkeypatch.setenv(name, url)


@dataclass
class Scene:
    """One failure, ready to be looked at. `values` fill the expected sentence, reason and fix."""

    typed: str
    values: dict[str, object] = field(default_factory=dict)
    provider: str = "lm_studio"
    names: dict[str, list[str]] = field(default_factory=dict)
    where: Whereabouts = field(default_factory=Whereabouts)
    key: str | None = None
    ca_file: Path | None = None
    proxy_for_local: bool = False

    async def resolve(self, host: str, _port: int) -> list[str]:
        found = self.names.get(host, ["127.0.0.1", "::1"] if host == "localhost" else None)
        if found is None:
            raise OSError(errno.ENOENT, "Name or service not known")
        if not found:  # a name service that says nothing
            await asyncio.Event().wait()
        return found


@dataclass(frozen=True)
class Failure:
    build: Callable[[World], Awaitable[Scene]]
    sentence: str
    kind: ErrorKind
    step: Step
    fix: FixAction | None
    address: str
    why: str
    within_s: float


TABLE: list[Failure] = []


def failure(
    sentence: str,
    kind: ErrorKind,
    step: Step,
    *,
    fix: FixAction | None = None,
    address: str = "",
    why: str = "",
    within_s: float = 3.0,
) -> Callable[[Callable[[World], Awaitable[Scene]]], Callable[[World], Awaitable[Scene]]]:
    """Puts a failure into the table. `fix`: the first button, `address` its value; `why`: part of the reason."""

    def add(build: Callable[[World], Awaitable[Scene]]) -> Callable[[World], Awaitable[Scene]]:
        TABLE.append(Failure(build, sentence, kind, step, fix, address, why, within_s))
        return build

    return add


# -- address and name


@failure("This is not a server address.", ErrorKind.CONFIG, Step.ADDRESS, why="metadata")
async def metadata_address_typed(_world: World) -> Scene:
    return Scene("http://100.100.100.200")


@failure("This address is not used.", ErrorKind.CONFIG, Step.PORT, why="link-local")
async def name_of_a_link_local_address(_world: World) -> Scene:
    return Scene("studio.lan:1", names={"studio.lan": ["169.254.169.254"]})


@failure("The name 'studio.lan' is not known.", ErrorKind.UNREACHABLE, Step.NAME, why="spelling")
async def unknown_name(_world: World) -> Scene:
    return Scene("studio.lan:1234")


@failure("The name 'studio.lan' could not be looked up.", ErrorKind.UNREACHABLE, Step.NAME, why="name service")
async def silent_name_service(_world: World) -> Scene:
    return Scene("studio.lan:1234", names={"studio.lan": []})


# -- port


@failure(
    "Nothing listens on port {port} of this computer.", ErrorKind.NOT_RUNNING, Step.PORT, fix=FixAction.START_SERVER
)
async def nothing_listens_here(_world: World) -> Scene:
    port = refused_port()
    return Scene(f"localhost:{port}", {"port": port})


@failure(
    "That computer is there, but nothing listens on port {port}.",
    ErrorKind.UNREACHABLE,
    Step.PORT,
    why="Serve on Local Network",
)
async def computer_of_the_network_refuses(_world: World) -> Scene:
    port = refused_port()
    return Scene(f"studio.lan:{port}", {"port": port}, names={"studio.lan": ["127.0.0.1"]})


@failure("Nothing answers at studio.lan, port {port}.", ErrorKind.UNREACHABLE, Step.PORT, why="firewall")
async def computer_of_the_network_drops_packets(world: World) -> Scene:
    if sys.platform != "linux":
        pytest.skip("a full queue of connections drops packets on Linux only")
    port = await world.stack.enter_async_context(dropping_port())
    return Scene(f"studio.lan:{port}", {"port": port}, names={"studio.lan": ["127.0.0.1"]})


@failure(
    "The server listens on ::1 only, not on 127.0.0.1.",
    ErrorKind.NOT_RUNNING,
    Step.PORT,
    fix=FixAction.USE_ADDRESS,
    address="http://[::1]:{port}/v1",
)
async def listens_on_ipv6_only(world: World) -> Scene:
    server = await world.server(LM_STUDIO, host="::1")
    return Scene(f"127.0.0.1:{server.port}", {"port": server.port})


@failure(
    "The server listens on 127.0.0.1 only, not on ::1.",
    ErrorKind.NOT_RUNNING,
    Step.PORT,
    fix=FixAction.USE_ADDRESS,
    address="http://127.0.0.1:{port}/v1",
)
async def listens_on_ipv4_only(world: World) -> Scene:
    server = await world.server(OPENAI)
    return Scene(f"http://[::1]:{server.port}", {"port": server.port}, provider="openai_compatible")


@failure(
    "Nothing listens on port {port} of this computer.",
    ErrorKind.NOT_RUNNING,
    Step.PORT,
    fix=FixAction.USE_ADDRESS,
    address="http://127.0.0.1:{right}/v1",
    why="LM Studio answers at 127.0.0.1:{right}.",
)
async def wrong_port_while_lm_studios_settings_name_the_right_one(world: World) -> Scene:
    server = await world.server(LM_STUDIO)
    settings = world.folder / ".lmstudio" / ".internal" / "http-server-config.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'{{"port": {server.port}}}', encoding="utf-8")
    for name in ("HOME", "USERPROFILE"):
        world.monkeypatch.setenv(name, str(world.folder))
    port = refused_port()
    return Scene(f"127.0.0.1:{port}", {"port": port, "right": server.port})


@failure(
    "That computer is there, but nothing listens on port {port}.",
    ErrorKind.UNREACHABLE,
    Step.PORT,
    fix=FixAction.USE_ADDRESS,
    address="http://studio.lan:1234/v1",
    why="LM Studio answers at studio.lan:1234.",
)
async def wrong_port_of_another_computer_while_the_usual_one_answers(world: World) -> Scene:
    if sys.platform != "linux":
        pytest.skip("127.0.0.2 is this computer on Linux only")
    try:
        await world.server(LM_STUDIO, host="127.0.0.2", port=1234)
    except OSError:
        pytest.skip("something listens on LM Studio's usual port of all addresses here")
    port = refused_port()
    return Scene(f"studio.lan:{port}", {"port": port}, names={"studio.lan": ["127.0.0.2"]})


@failure(
    "Nothing listens on port {port} of this computer.",
    ErrorKind.NOT_RUNNING,
    Step.PORT,
    fix=FixAction.USE_ADDRESS,
    address="http://127.0.0.1:{right}/v1",
    why="A server of that kind answers at 127.0.0.1:{right}.",
)
async def wrong_port_while_a_usual_one_of_other_servers_answers(world: World) -> Scene:
    server = await world.server(OPENAI)
    usual = (ServerPreset("llama-server", "llama-server", f"{server.url}/v1"),)
    world.monkeypatch.setattr("app.services.llm.connection_alternatives.PRESETS", usual)
    port = refused_port()
    return Scene(f"127.0.0.1:{port}", {"port": port, "right": server.port}, provider="openai_compatible")


# -- inside WSL and containers


@failure(
    "Nothing listens on port {port} inside WSL.",
    ErrorKind.NOT_RUNNING,
    Step.PORT,
    fix=FixAction.START_SERVER,
    why="Then use 127.0.0.2:{port}.",
)
async def windows_server_is_closed_to_wsl(_world: World) -> Scene:
    port = refused_port()
    return Scene(f"localhost:{port}", {"port": port}, where=Whereabouts("WSL", "127.0.0.2"))


@failure(
    "Nothing listens on port {port} inside WSL.",
    ErrorKind.NOT_RUNNING,
    Step.PORT,
    fix=FixAction.USE_ADDRESS,
    address="http://127.0.0.2:{port}/v1",
    why="The server runs on Windows and answers at 127.0.0.2:{port}.",
)
async def windows_server_answers_wsl_at_the_gateway(world: World) -> Scene:
    if sys.platform != "linux":
        pytest.skip("127.0.0.2 is this computer on Linux only")
    server = await world.server(LM_STUDIO, host="127.0.0.2")
    return Scene(f"localhost:{server.port}", {"port": server.port}, where=Whereabouts("WSL", "127.0.0.2"))


@failure(
    "Nothing listens on port {port} inside this container.",
    ErrorKind.NOT_RUNNING,
    Step.PORT,
    fix=FixAction.START_SERVER,
    why="OLLAMA_HOST=0.0.0.0",
)
async def server_around_a_container_is_closed_to_it(_world: World) -> Scene:
    port = refused_port()
    return Scene(f"localhost:{port}", {"port": port}, provider="ollama", where=Whereabouts("container", "127.0.0.1"))


@failure(
    "Nothing listens on port {port} inside this container.",
    ErrorKind.NOT_RUNNING,
    Step.PORT,
    fix=FixAction.USE_ADDRESS,
    address="http://host.docker.internal:{port}/v1",
    why="around this container",
)
async def server_around_a_container_answers_by_its_name(world: World) -> Scene:
    if sys.platform != "linux":
        pytest.skip("127.0.0.2 is this computer on Linux only")
    server = await world.server(OPENAI, host="127.0.0.2")
    names = {CONTAINER_HOST_NAME: ["127.0.0.2"]}
    where = Whereabouts("container", None)
    values = {"port": server.port}
    return Scene(f"127.0.0.1:{server.port}", values, provider="openai_compatible", names=names, where=where)


# -- http, https, certificates


@failure(
    "This server speaks http, and the address begins with https.",
    ErrorKind.PROTOCOL,
    Step.HTTP,
    fix=FixAction.USE_ADDRESS,
    address="http://127.0.0.1:{port}/v1",
)
async def https_typed_where_http_is_spoken(world: World) -> Scene:
    server = await world.server(LM_STUDIO)
    return Scene(f"https://127.0.0.1:{server.port}", {"port": server.port})


@failure("No secure connection comes about with 127.0.0.1.", ErrorKind.UNREACHABLE, Step.HTTP, why="TLS")
async def https_typed_where_nothing_speaks_tls_and_no_http_helps(world: World) -> Scene:
    port = await world.stack.enter_async_context(complaining_server())
    return Scene(f"https://127.0.0.1:{port}")


@failure(
    "This server speaks https, and the address begins with http.",
    ErrorKind.PROTOCOL,
    Step.HTTP,
    fix=FixAction.USE_ADDRESS,
    address="https://127.0.0.1:{port}/v1",
)
async def http_typed_where_https_is_spoken(world: World) -> Scene:
    authority = world.authority()
    server = await world.secure(make_certificate(world.folder, "server", by=authority))
    return Scene(f"http://127.0.0.1:{server.port}", {"port": server.port}, ca_file=authority.file)


@failure(
    "This server speaks https, and the address begins with http.",
    ErrorKind.UNREACHABLE,
    Step.HTTP,
    fix=FixAction.SET_CA_FILE,
    why="127.0.0.1 signed its certificate itself.",
)
async def http_typed_where_https_is_spoken_with_a_certificate_nobody_trusts(world: World) -> Scene:
    server = await world.secure(make_certificate(world.folder))
    return Scene(f"http://127.0.0.1:{server.port}")


@failure(
    "127.0.0.1 signed its certificate itself.",
    ErrorKind.UNREACHABLE,
    Step.HTTP,
    fix=FixAction.SET_CA_FILE,
    why="one to trust",
)
async def certificate_signed_by_itself(world: World) -> Scene:
    server = await world.secure(make_certificate(world.folder))
    return Scene(server.url)


@failure(
    "The certificate of 127.0.0.1 comes from an authority that this computer does not know.",
    ErrorKind.UNREACHABLE,
    Step.HTTP,
    fix=FixAction.SET_CA_FILE,
)
async def certificate_of_an_unknown_authority(world: World) -> Scene:
    server = await world.secure(make_certificate(world.folder, "server", by=world.authority()))
    return Scene(server.url)


@failure("The certificate of 127.0.0.1 has expired.", ErrorKind.UNREACHABLE, Step.HTTP, why="clock")
async def certificate_expired(world: World) -> Scene:
    import datetime

    authority = world.authority()
    old = make_certificate(world.folder, "server", by=authority, ends=-datetime.timedelta(hours=1))
    server = await world.secure(old)
    return Scene(server.url, ca_file=authority.file)


@failure("127.0.0.1 shows another server's certificate.", ErrorKind.UNREACHABLE, Step.HTTP, why="another name")
async def certificate_for_another_name(world: World) -> Scene:
    authority = world.authority()
    server = await world.secure(make_certificate(world.folder, "server", by=authority, names=["studio.lan"]))
    return Scene(server.url, ca_file=authority.file)


@failure(
    "The certificate authority in the settings cannot be used.",
    ErrorKind.CONFIG,
    Step.HTTP,
    fix=FixAction.SET_CA_FILE,
    why="missing.pem",
)
async def authority_of_the_settings_is_missing(world: World) -> Scene:
    server = await world.secure(make_certificate(world.folder))
    return Scene(server.url, ca_file=world.folder / "missing.pem")


# -- proxies


@failure("The proxy 127.0.0.1:{port} refuses the connection.", ErrorKind.UNREACHABLE, Step.HTTP, why="HTTP_PROXY")
async def proxy_refuses(world: World) -> Scene:
    port = refused_port()
    world.proxy(f"http://me:{SECRET}@127.0.0.1:{port}")
    return Scene("http://models.example.org", {"port": port}, provider="openai_compatible")


@failure(
    "The proxy 127.0.0.1:{port} refuses the connection.",
    ErrorKind.UNREACHABLE,
    Step.HTTP,
    fix=FixAction.LEAVE_PROXY,
    why="needs no proxy",
)
async def local_server_is_asked_through_a_proxy_that_refuses(world: World) -> Scene:
    port = refused_port()
    world.proxy(f"127.0.0.1:{port}")
    server = await world.server(LM_STUDIO)
    return Scene(server.url, {"port": port}, proxy_for_local=True)


@failure("The name of the proxy proxy.lan:3128 is not known.", ErrorKind.UNREACHABLE, Step.HTTP)
async def proxys_name_is_not_known(world: World) -> Scene:
    world.proxy("http://proxy.lan:3128")
    return Scene("http://models.example.org", provider="openai_compatible")


@failure("The proxy 127.0.0.1:1080 is of a kind that is not spoken.", ErrorKind.UNREACHABLE, Step.HTTP)
async def proxy_is_of_another_kind(world: World) -> Scene:
    world.proxy("socks5://127.0.0.1:1080")
    return Scene("http://models.example.org", provider="openai_compatible")


@failure("The proxy 127.0.0.1:{port} says nothing.", ErrorKind.UNREACHABLE, Step.HTTP)
async def proxy_says_nothing(world: World) -> Scene:
    proxy = await world.server({}, stall())
    world.proxy(proxy.url)
    return Scene("http://models.example.org", {"port": proxy.port}, provider="openai_compatible")


@failure(
    "The proxy 127.0.0.1:{port} asks for a password.", ErrorKind.UNREACHABLE, Step.HTTP, why="NAME:PASSWORD@HOST:PORT"
)
async def proxy_asks_for_a_password(world: World) -> Scene:
    proxy = await world.server({}, answer("", 407))
    world.proxy(proxy.url)
    return Scene("http://models.example.org", {"port": proxy.port}, provider="openai_compatible")


@failure("The proxy 127.0.0.1:{port} asks for a password.", ErrorKind.UNREACHABLE, Step.HTTP)
async def proxy_asks_for_a_password_before_https(world: World) -> Scene:
    proxy = await world.server({}, answer("", 407))
    world.proxy(proxy.url)
    return Scene("https://models.example.org", {"port": proxy.port}, provider="openai_compatible")


@failure(
    "The proxy 127.0.0.1:{port} does not let requests to models.example.org through.",
    ErrorKind.UNREACHABLE,
    Step.HTTP,
)
async def proxy_forbids_the_server(world: World) -> Scene:
    proxy = await world.server({}, answer("", 403))
    world.proxy(proxy.url)
    return Scene("https://models.example.org", {"port": proxy.port}, provider="openai_compatible")


@failure("The proxy 127.0.0.1:{port} gets no answer from models.example.org.", ErrorKind.UNREACHABLE, Step.HTTP)
async def proxy_does_not_reach_the_server(world: World) -> Scene:
    proxy = await world.server({}, answer("", 502))
    world.proxy(proxy.url)
    return Scene("http://models.example.org", {"port": proxy.port}, provider="openai_compatible")


@failure(
    "studio.example.org is on your own network, but is asked for through the proxy 127.0.0.1:{port}.",
    ErrorKind.UNREACHABLE,
    Step.HTTP,
    why="NO_PROXY",
)
async def name_of_the_own_network_goes_to_the_proxy(world: World) -> Scene:
    proxy = await world.server({}, answer("", 502))
    server = await world.server(LM_STUDIO)
    world.proxy(proxy.url)
    typed = f"http://studio.example.org:{server.port}"
    return Scene(typed, {"port": proxy.port}, names={"studio.example.org": ["127.0.0.1"]})


# -- what answers


@failure("Something listens on port {port}, but says nothing.", ErrorKind.TIMEOUT, Step.HTTP)
async def port_accepts_and_says_nothing(world: World) -> Scene:
    server = await world.server({}, stall())
    return Scene(server.url, {"port": server.port})


@failure("Port {port} is open, but no HTTP server answers there.", ErrorKind.PROTOCOL, Step.HTTP)
async def another_program_answers(world: World) -> Scene:
    server = await world.server({}, raw(b"SSH-2.0-OpenSSH_9.6\r\n"))
    return Scene(server.url, {"port": server.port})


@failure("A login page stands in front of 127.0.0.1.", ErrorKind.PROTOCOL, Step.HTTP, why="https://id.example.org")
async def redirect_to_a_login_page(world: World) -> Scene:
    server = await world.server({}, answer("", 302, location=f"https://id.example.org/oauth2/start?token={SECRET}"))
    return Scene(server.url)


@failure("127.0.0.1 points to http://models.example.org instead of answering.", ErrorKind.PROTOCOL, Step.HTTP)
async def redirect_to_another_server(world: World) -> Scene:
    server = await world.server({}, answer("", 301, location="http://models.example.org/v1/"))
    return Scene(server.url)


@failure(
    "127.0.0.1 points to https://localhost:{right} instead of answering.",
    ErrorKind.PROTOCOL,
    Step.HTTP,
    fix=FixAction.USE_ADDRESS,
    address="https://localhost:{right}/v1",
)
async def redirect_to_https_of_the_same_computer(world: World) -> Scene:
    authority = world.authority()
    secure = await world.secure(make_certificate(world.folder, "server", by=authority))
    target = f"https://localhost:{secure.port}/"
    server = await world.server({}, answer("", 308, location=target))
    return Scene(server.url, {"right": secure.port}, ca_file=authority.file)


@failure("Something in front of LM Studio lets nobody through.", ErrorKind.AUTH, Step.IDENTITY, why="no key is sent")
async def gate_before_the_greeting(world: World) -> Scene:
    server = await world.server({}, answer("", 401))
    return Scene(server.url, key=SECRET)


@failure("A gateway answers there, but LM Studio behind it does not.", ErrorKind.NOT_RUNNING, Step.IDENTITY, why="502")
async def nothing_behind_a_gateway(world: World) -> Scene:
    server = await world.server({}, answer("", 502))
    return Scene(server.url)


@failure("Ollama answers there, not LM Studio.", ErrorKind.PROTOCOL, Step.IDENTITY)
async def ollama_at_lm_studios_address(world: World) -> Scene:
    server = await world.server({"/api/version": answer({"version": "0.12.3"})})
    return Scene(server.url)


@failure("LM Studio answers there, not Ollama.", ErrorKind.PROTOCOL, Step.IDENTITY)
async def lm_studio_at_ollamas_address(world: World) -> Scene:
    server = await world.server(LM_STUDIO)
    return Scene(server.url, provider="ollama")


@failure(
    "llama-server answers there, not LM Studio.",
    ErrorKind.PROTOCOL,
    Step.IDENTITY,
    fix=FixAction.ADD_SERVER,
    address="http://127.0.0.1:{port}/v1",
)
async def llama_server_at_lm_studios_address(world: World) -> Scene:
    listed = answer({"object": "list", "data": [{"id": "m", "owned_by": "llamacpp"}]}, Server="llama.cpp")
    server = await world.server({"/v1/models": listed})
    return Scene(server.url, {"port": server.port})


@failure("vLLM answers there, not Ollama.", ErrorKind.PROTOCOL, Step.IDENTITY, fix=FixAction.ADD_SERVER)
async def vllm_at_ollamas_address(world: World) -> Scene:
    listed = answer({"object": "list", "data": [{"id": "m", "owned_by": "vllm"}]})
    server = await world.server({"/v1/models": listed})
    return Scene(server.url, provider="ollama")


@failure(
    "AI Coder Assistant's gateway answers there, not LM Studio.",
    ErrorKind.PROTOCOL,
    Step.IDENTITY,
    fix=FixAction.ADD_SERVER,
)
async def own_gateway_at_lm_studios_address(world: World) -> Scene:
    server = await world.server({"/api/models/public": answer({"success": True, "models": []})}, answer("", 404))
    return Scene(server.url)


@failure("A web page answers there (“My Router”), not LM Studio.", ErrorKind.PROTOCOL, Step.IDENTITY)
async def web_page(world: World) -> Scene:
    page = "<html><head><title>\n My Router </title></head></html>"
    server = await world.server({}, answer(page, content_type="text/html; charset=utf-8"))
    return Scene(server.url)


# -- the list of models


@failure("LM Studio asks for a key.", ErrorKind.AUTH, Step.MODELS, fix=FixAction.ENTER_KEY, why="no key was sent")
async def key_is_missing(world: World) -> Scene:
    server = await world.server({**LM_STUDIO, "/api/v1/models": answer({"error": "unauthorized"}, 401)})
    return Scene(server.url)


@failure("LM Studio refused the key.", ErrorKind.AUTH, Step.MODELS, fix=FixAction.ENTER_KEY)
async def key_is_refused(world: World) -> Scene:
    server = await world.server({**LM_STUDIO, "/api/v1/models": answer({"error": "unauthorized"}, 401)})
    return Scene(server.url, key=SECRET)


@failure(
    "LM Studio knows the key, but does not allow this with it.",
    ErrorKind.AUTH,
    Step.MODELS,
    fix=FixAction.ENTER_KEY,
    why="403",
)
async def key_has_no_right(world: World) -> Scene:
    server = await world.server({**LM_STUDIO, "/api/v1/models": answer({"error": "forbidden"}, 403)})
    return Scene(server.url, key=SECRET)


@failure("LM Studio does not let this computer in.", ErrorKind.AUTH, Step.MODELS, fix=FixAction.ENTER_KEY)
async def computer_is_not_let_in(world: World) -> Scene:
    server = await world.server({**LM_STUDIO, "/api/v1/models": answer({"error": "forbidden"}, 403)})
    return Scene(server.url)


@failure("OpenAI-compatible server is still loading its model.", ErrorKind.OVERLOADED, Step.MODELS, why="Wait")
async def model_is_being_loaded(world: World) -> Scene:
    loading = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    server = await world.server({}, answer(loading, 503))
    return Scene(server.url, provider="openai_compatible")


@failure("OpenAI-compatible server is not ready yet.", ErrorKind.OVERLOADED, Step.MODELS)
async def server_is_not_ready(world: World) -> Scene:
    server = await world.server({}, answer("", 503))
    return Scene(server.url, provider="openai_compatible")


@failure("LM Studio did not list its models within 0.3 s.", ErrorKind.TIMEOUT, Step.MODELS, why="busy")
async def server_is_too_busy_to_list(world: World) -> Scene:
    world.monkeypatch.setattr("app.services.llm.limits.LIST_TIMEOUT_S", 0.3)
    server = await world.server({**LM_STUDIO, "/api/v1/models": stall()})
    return Scene(server.url)


@failure(
    "A server answers there, but it has no list of models at http://127.0.0.1:{port}/v1/models.",
    ErrorKind.PROTOCOL,
    Step.IDENTITY,
)
async def no_list_anywhere(world: World) -> Scene:
    server = await world.server({}, answer("", 404))
    return Scene(server.url, {"port": server.port}, provider="openai_compatible")


@failure("LM Studio is running, but has no model yet.", ErrorKind.MODEL_NOT_FOUND, Step.MODELS)
async def no_models(world: World) -> Scene:
    server = await world.server({**LM_STUDIO, "/api/v1/models": answer({"models": []})})
    return Scene(server.url)


@failure("LM Studio is running, but none of its models can chat.", ErrorKind.MODEL_NOT_FOUND, Step.MODELS)
async def only_embedding_models(world: World) -> Scene:
    embedding = answer({"models": [{"type": "embedding", "key": "nomic-embed-text"}]})
    server = await world.server({**LM_STUDIO, "/api/v1/models": embedding})
    return Scene(server.url)


@failure(
    "The path of the address is wrong: the models are at /v1, not at /v1/v1.",
    ErrorKind.CONFIG,
    Step.MODELS,
    fix=FixAction.USE_ADDRESS,
    address="http://127.0.0.1:{port}/v1",
)
async def path_typed_twice(world: World) -> Scene:
    unexpected = answer({"error": "Unexpected endpoint or method."})
    server = await world.server(LM_STUDIO, unexpected)
    return Scene(f"{server.url}/v1/v1/chat/completions", {"port": server.port})


@failure(
    "The path of the address is wrong: the models are at /, not at /chat.",
    ErrorKind.CONFIG,
    Step.MODELS,
    fix=FixAction.USE_ADDRESS,
    address="http://127.0.0.1:{port}",
)
async def path_that_ollama_does_not_have(world: World) -> Scene:
    routes = {
        "/api/version": answer({"version": "0.12.3"}),
        "/api/tags": answer({"models": [{"name": "qwen2.5-coder:7b", "model": "qwen2.5-coder:7b"}]}),
        "/api/ps": answer({"models": []}),
    }
    server = await world.server(routes)
    return Scene(f"{server.url}/chat", {"port": server.port}, provider="ollama")


@failure(
    "The path of the address is wrong: the models are at /api/v1, not at /v1.",
    ErrorKind.CONFIG,
    Step.IDENTITY,
    fix=FixAction.USE_ADDRESS,
    address="http://127.0.0.1:{port}/api/v1",
)
async def path_of_a_server_with_another_root(world: World) -> Scene:
    server = await world.server({"/api/v1/models": answer({"object": "list", "data": [{"id": "m"}]})})
    return Scene(server.url, {"port": server.port}, provider="openai_compatible")


# -- the table is gone through


def _name(one: Failure) -> str:
    return getattr(one.build, "__name__", "")


@pytest.mark.parametrize("expected", TABLE, ids=_name)
async def test_failure_is_told_in_its_own_words_with_what_helps(
    expected: Failure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        world = World(tmp_path, monkeypatch, stack)
        scene = await expected.build(world)
        log = NetworkLog()
        door = HttpDoor(
            network_log=log, ca_file=scene.ca_file, use_proxy_for_local=scene.proxy_for_local, resolver=scene.resolve
        )

        async def key_of(_provider: BaseProvider) -> SecretStr | None:
            return SecretStr(scene.key) if scene.key else None

        door.prepare()
        began = time.perf_counter()
        report = await check_connection(scene.provider, scene.typed, door=door, key_source=key_of, where=scene.where)
        took_s = time.perf_counter() - began
        await door.aclose()
    finding = report.finding
    assert finding is not None, "it passed"
    assert finding.sentence == expected.sentence.format(**scene.values)
    assert finding.kind is expected.kind
    assert next(step.step for step in report.steps if step.status == "failed") is expected.step
    assert took_s < expected.within_s
    assert expected.why.format(**scene.values) in finding.why
    first = finding.fixes[0] if finding.fixes else None
    assert (first.action if first else None) is (expected.fix), finding
    if expected.address:
        assert first is not None and first.value == expected.address.format(**scene.values)
    told = f"{finding.sentence}{finding.why}{finding.evidence}{[step.text for step in report.steps]}"
    assert SECRET not in told
    assert finding.evidence or expected.step is Step.ADDRESS
    seen = [request for server in world.servers for request in server.requests]
    sent = {request.method if request.path != "/api/show" else "described" for request in seen}
    assert sent <= {"GET", "CONNECT", "described"}, "nothing that could load a model"
    with_key = {request.path for request in seen if SECRET in request.headers.get("authorization", "")}
    assert with_key <= {"/api/v1/models", "/api/v0/models", "/v1/models"}, "a key goes to the list only"


def other_words(text: str) -> str:
    """A language with none of the words of English, and every place for a value where it was."""
    return "".join(
        part if part.startswith("{") else codecs.encode(part, "rot13") for part in re.split(r"({.*?})", text)
    )


@pytest.mark.parametrize("expected", TABLE, ids=_name)
async def test_failure_is_the_same_in_another_language(
    expected: Failure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is decided by the words of a sentence."""
    async with contextlib.AsyncExitStack() as stack:
        world = World(tmp_path, monkeypatch, stack)
        scene = await expected.build(world)
        door = HttpDoor(ca_file=scene.ca_file, use_proxy_for_local=scene.proxy_for_local, resolver=scene.resolve)
        stack.push_async_callback(door.aclose)

        async def key_of(_provider: BaseProvider) -> SecretStr | None:
            return SecretStr(scene.key) if scene.key else None

        wording.speak(other_words)
        try:
            report = await check_connection(
                scene.provider, scene.typed, door=door, key_source=key_of, where=scene.where
            )
        finally:
            wording.speak(None)
    finding = report.finding
    assert finding is not None
    assert (finding.kind, finding.fixes[0].action if finding.fixes else None) == (expected.kind, expected.fix)
    assert next(step.step for step in report.steps if step.status == "failed") is expected.step
    if expected.address:
        assert finding.fixes[0].value == expected.address.format(**scene.values)
    assert finding.sentence != expected.sentence.format(**scene.values), "it was said in English"


@pytest.mark.parametrize("status", [401, 403, 404, 500])
async def test_C3_a_server_that_has_not_greeted_gets_no_key(status: int) -> None:
    async def key_of(_provider: BaseProvider) -> SecretStr | None:
        return SecretStr(SECRET)

    door = HttpDoor()
    async with RawServer(answer("", status)) as server:
        await check_connection("lm_studio", server.url, door=door, key_source=key_of, where=Whereabouts())
    await door.aclose()
    assert server.requests
    assert not [request for request in server.requests if SECRET in str(request.headers)]


def test_failures_with_different_causes_have_different_sentences() -> None:
    """The same sentence twice only where the cause is the same and what helps differs."""
    for one, other in itertools.combinations(TABLE, 2):
        if one.sentence == other.sentence:
            assert (one.fix, one.why) != (other.fix, other.why) or _name(other).startswith(_name(one)), (
                f"{_name(one)} and {_name(other)} are told alike"
            )
    assert len({one.sentence for one in TABLE}) >= 40


# -- where this is


ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000
"""


def _system(root: Path, version: str, marks: Sequence[str] = ()) -> Path:
    for mark in ("proc/net/route", "proc/version", *marks):
        (root / mark).parent.mkdir(parents=True, exist_ok=True)
        (root / mark).touch()
    (root / "proc/net/route").write_text(ROUTES, encoding="utf-8")
    (root / "proc/version").write_text(version, encoding="utf-8")
    return root


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is one of a little-endian machine")
@pytest.mark.parametrize(
    ("version", "marks", "inside", "hosts"),
    [
        ("Linux version 6.8.0-45-generic", [], "", ()),
        ("Linux version 5.15.153.1-microsoft-standard-WSL2", [], "WSL", ("172.17.0.1",)),
        ("Linux version 4.4.0-19041-Microsoft", [], "", ()),
        ("Linux version 6.8.0", [".dockerenv"], "container", ("172.17.0.1", CONTAINER_HOST_NAME)),
        ("Linux version 6.8.0", ["run/.containerenv"], "container", ("172.17.0.1", CONTAINER_HOST_NAME)),
        ("5.15-microsoft-standard-WSL2", [".dockerenv"], "container", ("172.17.0.1", CONTAINER_HOST_NAME)),
    ],
)
def test_system_tells_where_this_is(
    tmp_path: Path, version: str, marks: list[str], inside: str, hosts: tuple[str, ...]
) -> None:
    found = look_around(_system(tmp_path, version, marks))
    assert (found.inside, found.hosts) == (inside, hosts)


def test_system_without_such_files_is_a_computer_of_its_own(tmp_path: Path) -> None:
    assert look_around(tmp_path) == Whereabouts()


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is one of a little-endian machine")
def test_link_local_gateway_is_no_address_to_use(tmp_path: Path) -> None:
    root = _system(tmp_path, "", [".dockerenv"])
    (root / "proc/net/route").write_text(ROUTES.replace("010011AC", "0101FEA9"), encoding="utf-8")
    assert look_around(root).hosts == (CONTAINER_HOST_NAME,)


def test_damaged_table_of_routes_names_no_gateway(tmp_path: Path) -> None:
    root = _system(tmp_path, "", [".dockerenv"])
    (root / "proc/net/route").write_text("Iface\neth0\t00000000\tnonsense\t0003\n", encoding="utf-8")
    assert look_around(root) == Whereabouts("container", None)
