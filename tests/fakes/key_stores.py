"""Key stores that work, are locked, lie, or do not keep secrets. Made to look like the real modules by name."""

from __future__ import annotations

import threading
from typing import Any

import keyring


class FakeKeyStore:
    """Keeps keys in a dictionary, as a session's key store would.

    Attributes:
        entries: (service, name) → key.
        locked: every call fails as a locked collection does.
        forgets: accepts a key and gives back something else.
        hangs: calls wait for `release`, as for a dialog nobody answers.
    """

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False
        self.forgets = False
        self.hangs = False
        self.release = threading.Event()

    def _touch(self, key: str = "") -> None:
        if self.hangs:
            self.release.wait(30)
        if self.locked:
            # The text holds the key on purpose: nothing of it may come through.
            raise KeyringLockedError(f"Failed to unlock the collection for {key}")

    def get_password(self, service: str, name: str) -> str | None:
        self._touch()
        return self.entries.get((service, name))

    def set_password(self, service: str, name: str, key: str) -> None:
        self._touch(key)
        self.entries[service, name] = key if not self.forgets else ""

    def delete_password(self, service: str, name: str) -> None:
        self._touch()
        del self.entries[service, name]


class KeyringLockedError(Exception):
    """As `keyring.errors.KeyringLocked`."""


def of_module(module: str, base: type[Any] = FakeKeyStore) -> Any:
    """A key store whose class says it lives in `module`, which is how trusted ones are told from others."""
    made = type("Keyring", (base,), {})
    made.__module__ = module
    return made()


def install(monkeypatch: Any, backend: object) -> None:
    """Make `backend` the one that the keyring library offers."""
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
