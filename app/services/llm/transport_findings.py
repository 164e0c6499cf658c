"""What goes wrong between this program and a server, in words: certificates, proxies, redirects. Looks at nothing."""

from __future__ import annotations

import re
import ssl

from app.services.llm.address import host_of, origin_of, port_of
from app.services.llm.connection_findings import StepFailedError, Target
from app.services.llm.connection_report import Finding, Fix, FixAction
from app.services.llm.connections import DialError
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import RedirectError
from app.services.llm.transport_errors import root_of, shown_target
from app.services.wording import say

#: OpenSSL's verify results (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED = 9, 10, 18
_OTHER_NAME = frozenset({62, 64})

_LOGIN = re.compile(r"log-?in|sign-?in|/auth\b|/oauth|/sso\b|/saml", re.IGNORECASE)
_CA_FIX = (Fix(FixAction.SET_CA_FILE),)


def certificate(target: Target, error: LLMError) -> StepFailedError | None:
    """What is wrong with a server's certificate; None where the error is no such thing."""
    cause = root_of(error)
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return None
    host, code = host_of(target.url), cause.verify_code
    evidence = f"TLS {host}:{port_of(target.url)}\n{cause.verify_message} (OpenSSL {code})"
    if code == _EXPIRED:
        why = say("Renew it at the server. Where it is still good, the clock of this computer is wrong.")
        return _insecure(
            say("Certificate expired"), say("The certificate of {host} has expired.", host=host), why, evidence
        )
    if code == _NOT_YET_VALID:
        why = say("The clock of this computer or of the server is wrong.")
        return _insecure(
            say("Certificate not valid yet"),
            say("The certificate of {host} is not valid yet.", host=host),
            why,
            evidence,
        )
    if code in _OTHER_NAME:
        why = say(
            "It was made for another name than {host!r}. Use the name it was made for, or make one for this address.",
            host=host,
        )
        return _insecure(
            say("Certificate of another name"),
            say("{host} shows another server's certificate.", host=host),
            why,
            evidence,
        )
    if code == _SELF_SIGNED:
        sentence = say("{host} signed its certificate itself.", host=host)
        why = say("Nobody vouches for it. If the server is yours, name its certificate file as one to trust.")
        return _insecure(say("Signed by itself"), sentence, why, evidence, _CA_FIX)
    sentence = say("The certificate of {host} comes from an authority that this computer does not know.", host=host)
    why = say("If it is your company's or your own, name the authority's certificate file as one to trust.")
    return _insecure(say("Unknown authority"), sentence, why, evidence, _CA_FIX)


def unusable_ca_file(error: LLMError) -> StepFailedError:
    """Setting `network.ca_file` names a file that is none."""
    sentence = say("The certificate authority in the settings cannot be used.")
    return StepFailedError(say("Setting not valid"), Finding(error.kind, sentence, error.hint, error.message, _CA_FIX))


def redirect(target: Target, error: LLMError) -> StepFailedError | None:
    """Where the server points to instead of answering; None where the error is no redirect."""
    cause = error.__cause__
    if not isinstance(cause, RedirectError):
        return None
    host = host_of(target.url)
    shown = shown_target(cause.target)
    if _LOGIN.search(cause.target):
        sentence = say("A login page stands in front of {host}.", host=host)
        why = say("It sends on to {shown}. Programs cannot log in there: use the server's own address.", shown=shown)
        seen = say("Points to a login page")
    else:
        sentence = say("{host} points to {shown} instead of answering.", host=host, shown=shown)
        why = say("Nothing was sent there. If that is the server, enter its address.")
        seen = say("Points elsewhere")
    return StepFailedError(seen, Finding(ErrorKind.PROTOCOL, sentence, why, error.details))


# -- proxies


def shown_proxy(proxy: str) -> str:
    """Host and port of a proxy; a name and a password in its address are not shown."""
    return proxy.partition("://")[2].partition("/")[0].rpartition("@")[2]


def proxy_failed(target: Target, proxy: str, error: LLMError, *, local: bool) -> StepFailedError | None:
    """What is wrong with the way through a proxy; None where the error is not the proxy's.

    `local`: the server is this computer's or a private network's, so that it needs none.
    """
    shown, cause = shown_proxy(proxy), root_of(error)
    if isinstance(cause, DialError):
        if cause.refused:
            seen, sentence = say("Proxy refuses"), say("The proxy {shown} refuses the connection.", shown=shown)
        elif "not spoken" in cause.reason:
            seen, sentence = (
                say("Proxy of another kind"),
                say("The proxy {shown} is of a kind that is not spoken.", shown=shown),
            )
        elif "name" in cause.reason:
            seen, sentence = say("Proxy not known"), say("The name of the proxy {shown} is not known.", shown=shown)
        else:
            seen, sentence = say("Proxy not reached"), say("The proxy {shown} cannot be reached.", shown=shown)
        return _proxied(target, shown, seen, sentence, cause.reason, local)
    name, status = type(cause).__name__, _status_in(str(cause))
    if name == "ProxyError" and status is not None:
        return proxy_answered(target, proxy, status, local=local)
    if error.kind is ErrorKind.TIMEOUT:
        return _proxied(
            target,
            shown,
            say("Proxy silent"),
            say("The proxy {shown} says nothing.", shown=shown),
            say("no answer"),
            local,
        )
    return None


def proxy_answered(target: Target, proxy: str, status: int | None, *, local: bool) -> StepFailedError | None:
    """What a status says that came from a proxy; None where it can be the server's own."""
    shown, host = shown_proxy(proxy), host_of(target.url)
    if status == 407:
        sentence = say("The proxy {shown} asks for a password.", shown=shown)
        return _proxied(target, shown, say("Proxy asks for a password"), sentence, "HTTP 407", local)
    if status == 403 and target.url.startswith("https://"):
        sentence = say("The proxy {shown} does not let requests to {host} through.", shown=shown, host=host)
        return _proxied(target, shown, say("Proxy forbids"), sentence, "HTTP 403", local)
    if status in (502, 503, 504):
        sentence = say("The proxy {shown} gets no answer from {host}.", shown=shown, host=host)
        return _proxied(target, shown, say("Proxy gets no answer"), sentence, f"HTTP {status}", local)
    return None


def needs_no_proxy(target: Target, proxy: str, before: Finding) -> Finding:
    """A server of the own network answers, and only the proxy does not lead there."""
    host = host_of(target.url)
    sentence = say(
        "{host} is on your own network, but is asked for through the proxy {proxy}.",
        host=host,
        proxy=shown_proxy(proxy),
    )
    why = say(
        "Without the proxy its port answers. Add {host} to NO_PROXY in the environment and start again.", host=host
    )
    return Finding(before.kind, sentence, why, f"{before.evidence}\nconnect {host}:{port_of(target.url)}: open")


def _proxied(target: Target, shown: str, seen: str, sentence: str, what: str, local: bool) -> StepFailedError:
    why = say("It is named in the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY). Correct it there.")
    if "password" in sentence:
        why = say("Write the address as http://NAME:PASSWORD@HOST:PORT in the environment (HTTP_PROXY, HTTPS_PROXY).")
    fixes: tuple[Fix, ...] = ()
    if local:
        why += say(" A server of your own network needs no proxy.")
        fixes = (Fix(FixAction.LEAVE_PROXY),)
    evidence = f"{origin_of(target.url)} through {shown}\n{what}"
    return StepFailedError(seen, Finding(ErrorKind.UNREACHABLE, sentence, why, evidence, fixes))


def _status_in(text: str) -> int | None:
    match = re.match(r"(\d{3})\b", text)
    return int(match[1]) if match else None


def _insecure(seen: str, sentence: str, why: str, evidence: str, fixes: tuple[Fix, ...] = ()) -> StepFailedError:
    return StepFailedError(seen, Finding(ErrorKind.UNREACHABLE, sentence, why, evidence, fixes))
