"""API keys in the system's key store, one per provider and server address; in memory where there is none.

A key is stored for an origin (scheme, host, port), so another address never receives it (reliability C3).
Only key stores that keep secrets are accepted; there is no file of ours.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import SecretStr

from app.lean_dataclass import dataclass
from app.services.atomic_file import write_atomically
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

logger = logging.getLogger(__name__)

SERVICE_NAME = "ai-coder-assistant"
READ_TIMEOUT_S = 5.0
#: The system may show a dialog and wait for the person.
WRITE_TIMEOUT_S = 60.0
MAX_KEY_CHARACTERS = 4096

_ACCEPTED_BACKENDS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """Whether a key is there and from where; never the key itself."""

    present: bool
    source: Literal["keyring", "memory", "environment", "none"] = "none"
    masked: str = ""


def mask(key: str) -> str:
    """`sk-…1234`: enough to tell two keys apart, not enough to use one."""
    if len(key) < 12:
        return "…"
    return f"{key[:3]}…{key[-4:]}"


def check_key(key: str) -> str:
    """A key as it may be stored: one line of printable ASCII without blanks around.

    Raises:
        LLMError: kind `config`; the text never repeats the key.
    """
    key = key.strip()
    if not key:
        raise LLMError(ErrorKind.CONFIG, say("The key is empty."), say("Paste the key as the provider shows it."))
    if len(key) > MAX_KEY_CHARACTERS or not key.isascii() or not key.isprintable() or " " in key:
        raise LLMError(
            ErrorKind.CONFIG,
            say("This does not look like a key."),
            say("A key is one line of letters, digits and signs."),
        )
    return key


class SecretStore:
    """Keys of this user. All calls may wait for the system's key store, in a worker thread with a limit."""

    def __init__(
        self,
        *,
        keyring_allowed: bool = True,
        environment: Mapping[str, str] | None = None,
        index_file: Path | None = None,
    ) -> None:
        """`index_file` remembers which entries were stored, and where, never the keys. With it the system's key store
        is asked only for keys that are there: nobody is made to unlock it for a server that never had a key."""
        self._index = _Index(index_file) if index_file is not None else None
        self._allowed = keyring_allowed
        self._environment = dict(environment or {})
        self._memory: dict[str, str] = {}
        self._backend: Any = None
        self._looked = False
        self.unavailable_reason = (
            "" if keyring_allowed else say("The key store is switched off for this run (AICA_KEYRING).")
        )

    # -- the key store

    async def available(self) -> bool:
        """Whether keys outlive this run; `unavailable_reason` says why not."""
        if not self._allowed:
            return False
        if not self._looked:
            self._backend = await self._call(self._find_backend, READ_TIMEOUT_S)
            self._looked = True
        return self._backend is not None

    def _find_backend(self) -> Any:
        import keyring  # deferred: 60 ms of CPU
        from keyring.backends import chainer

        backend = keyring.get_keyring()
        candidates = list(backend.backends) if isinstance(backend, chainer.ChainerBackend) else [backend]
        for candidate in candidates:
            if type(candidate).__module__ in _ACCEPTED_BACKENDS:
                return candidate
        names = ", ".join(sorted({f"{type(c).__module__}" for c in candidates})) or "none"
        self.unavailable_reason = say("This system has no key store that keeps secrets (found: {names}).", names=names)
        return None

    @staticmethod
    async def _call(fn: Any, timeout_s: float, *args: Any) -> Any:
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.to_thread(fn, *args)
        except TimeoutError as exc:
            raise LLMError(
                ErrorKind.CONFIG, say("The system's key store did not answer."), say("Unlock it, then try again.")
            ) from exc
        except LLMError:
            raise
        except Exception as exc:  # noqa: BLE001 - each backend has its own exceptions; none may carry the key outward
            logger.warning("the key store failed: %s", type(exc).__name__)
            raise LLMError(
                ErrorKind.CONFIG,
                say("The system's key store refused: {kind}.", kind=type(exc).__name__),
                say("Unlock it or sign in to the desktop, then try again."),
            ) from None

    # -- keys

    async def get(self, provider: str, origin: str, *, environment_names: tuple[str, ...] = ()) -> SecretStr | None:
        """The key for exactly this provider and origin: key store, this run's memory, then the environment.

        `environment_names` are the variables that may speak for this origin; the caller checked that.

        Raises:
            LLMError: kind `config`, when the key store is there but locked or broken.
        """
        name = _entry_name(provider, origin)
        if name in self._memory:
            return SecretStr(self._memory[name])
        stored_in: str | None = None
        if self._index is not None and self._allowed:
            stored_in = (await asyncio.to_thread(self._index.read)).get(name)
            if stored_in is None:
                return self._from_environment(environment_names)
            if not await self.available():
                raise _lost(provider, stored_in, self.unavailable_reason)
        if await self.available():
            key = await self._call(self._backend.get_password, READ_TIMEOUT_S, SERVICE_NAME, name)
            if not key and self._index is not None:
                raise _lost(provider, stored_in or "", say("It is not there any more."))
            if key:
                return SecretStr(str(key))
        return self._from_environment(environment_names)

    def _from_environment(self, names: tuple[str, ...]) -> SecretStr | None:
        found = next((self._environment[n].strip() for n in names if self._environment.get(n, "").strip()), None)
        return SecretStr(found) if found else None

    async def origins(self, provider: str) -> list[str]:
        """For which origins this provider has a stored key, the one stored last at the end; no key is read."""
        entries: list[str] = []
        if self._index is not None and self._allowed:
            entries += await asyncio.to_thread(self._index.read)
        entries += [name for name in self._memory if name not in entries]
        return [origin for owner, _, origin in (name.partition(" ") for name in entries) if owner == provider]

    async def set(self, provider: str, origin: str, key: str) -> KeyStatus:
        """Store a key and read it back; in memory for this run where there is no key store.

        Raises:
            LLMError: kind `config`: not a key, or the key store refused. An earlier key is kept then.
        """
        key = check_key(key)
        name = _entry_name(provider, origin)
        if not await self.available():
            self._memory.pop(name, None)  # so that the newest stands at the end
            self._memory[name] = key
            return KeyStatus(True, "memory", mask(key))
        await self._call(self._backend.set_password, WRITE_TIMEOUT_S, SERVICE_NAME, name, key)
        if await self._call(self._backend.get_password, READ_TIMEOUT_S, SERVICE_NAME, name) != key:
            self._memory[name] = key
            raise LLMError(
                ErrorKind.CONFIG,
                say("The key store accepted the key but does not give it back."),
                say("The key is kept until the app closes."),
            )
        self._memory.pop(name, None)
        if self._index is not None:
            await asyncio.to_thread(self._index.add, name, type(self._backend).__module__)
        return KeyStatus(True, "keyring", mask(key))

    async def delete(self, provider: str, origin: str) -> bool:
        """Remove a key; False when there was none."""
        name = _entry_name(provider, origin)
        removed = self._memory.pop(name, None) is not None
        if await self.available() and await self._call(self._backend.get_password, READ_TIMEOUT_S, SERVICE_NAME, name):
            await self._call(self._backend.delete_password, WRITE_TIMEOUT_S, SERVICE_NAME, name)
            removed = True
        if self._index is not None:
            await asyncio.to_thread(self._index.remove, name)
        return removed

    async def status(self, provider: str, origin: str, *, environment_names: tuple[str, ...] = ()) -> KeyStatus:
        """Whether there is a key, where it lies, and its masked form."""
        name = _entry_name(provider, origin)
        key = await self.get(provider, origin, environment_names=environment_names)
        if key is None:
            return KeyStatus(False)
        secret = key.get_secret_value()
        if name in self._memory:
            return KeyStatus(True, "memory", mask(secret))
        in_environment = any(self._environment.get(v, "").strip() == secret for v in environment_names)
        return KeyStatus(True, "environment" if in_environment else "keyring", mask(secret))


def _entry_name(provider: str, origin: str) -> str:
    return f"{provider} {origin}"


def _lost(provider: str, stored_in: str, why: str) -> LLMError:
    return LLMError(
        ErrorKind.CONFIG,
        say("The key for {provider} cannot be read. {why}", provider=provider, why=why),
        say(
            "It was stored in {stored_in}. Enter it again in Settings, Providers, or delete it there.",
            stored_in=stored_in.rpartition(".")[2],
        ),
        provider=provider,
    )


class _Index:
    """Which entries lie in the key store, and in which kind of store; holds no secret."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, str]:
        """Entry → module of the key store. An index that cannot be read counts as empty."""
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): str(v) for k, v in values.items()} if isinstance(values, dict) else {}

    def add(self, name: str, backend: str) -> None:
        before = self.read()
        before.pop(name, None)  # so that the newest stands at the end
        self._write({**before, name: backend})

    def remove(self, name: str) -> None:
        values = self.read()
        if values.pop(name, None) is not None:
            self._write(values)

    def _write(self, values: dict[str, str]) -> None:
        try:
            write_atomically(self._path, json.dumps(values, indent=1).encode())
        except OSError as exc:
            logger.warning("the list of stored keys could not be written: %s", exc)
