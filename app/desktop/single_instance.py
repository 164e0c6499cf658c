"""One window per user and state folder: a second launch brings the first one forward.

The socket takes one line: a word, or the word before the link of a chat. It cannot make the app send or run anything,
and what is no link of a chat opens nothing (reliability E13).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.services.conversations.chat_links import parse_link

SHOW, OPEN = b"show", b"open "
MAX_LINE = 256
CONNECT_MS = 500
#: How long a launch waits for another one that is just taking the place.
TURN_MS = 2_000
#: What fits into a socket's address on every system, with the ending that Qt adds while it makes one.
MAX_SOCKET_PATH = 80


def _socket_name(folder: Path) -> str:
    """Inside the private folder where that works: a name in a shared one could be taken by another user first."""
    path = folder / "window.sock"
    if os.name == "posix" and len(os.fsencode(path)) <= MAX_SOCKET_PATH and _is_private(folder):
        return str(path)
    return "aica-" + hashlib.sha256(str(folder).encode()).hexdigest()[:24]


def _is_private(folder: Path) -> bool:
    """Whether only this user can put anything into a folder, which is made where it is missing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError:
        return False
    return found.st_uid == os.getuid() and not found.st_mode & 0o022 and os.access(folder, os.W_OK)


class SingleInstance(QObject):
    """Signals:
    show_requested(): another launch asked for the window.
    """

    show_requested = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._name = _socket_name(folder)
        self._server: QLocalServer | None = None
        self._line = SHOW
        self._follow: Callable[[str], None] | None = None
        self._held: list[str] = []

    def is_first(self, link: str | None = None) -> bool:
        """True when this process is the one that keeps the window; otherwise the other one was told to show itself, and
        what is at a link that this launch was given."""
        self._line = SHOW if link is None else OPEN + str(parse_link(link) or "").encode("ascii")
        if self._shown_elsewhere():
            return False
        turn = self._take_turn()
        try:
            # Another launch may have taken the place since; without turns, both would clear a crashed one's socket.
            if self._shown_elsewhere():
                return False
            self._listen()
        finally:
            turn.unlock()
        return True

    def _shown_elsewhere(self) -> bool:
        probe = QLocalSocket()
        probe.connectToServer(self._name)
        if not probe.waitForConnected(CONNECT_MS):
            return False
        probe.write(self._line + b"\n")
        probe.waitForBytesWritten(CONNECT_MS)
        probe.disconnectFromServer()
        return True

    def _take_turn(self) -> QLockFile:
        """A lock between launches. Where the folder cannot be written there is none, and the start goes on."""
        turn = QLockFile(str(self._folder / "launch.lock"))
        turn.tryLock(TURN_MS)
        return turn

    def _listen(self) -> None:
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not self._server.listen(self._name):
            QLocalServer.removeServer(self._name)  # left behind by a crash: nobody answered
            self._server.listen(self._name)
        self._server.newConnection.connect(self._on_connection)

    def _on_connection(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda s=socket: self._read(s))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine() and socket.bytesAvailable() < MAX_LINE:
            return  # the rest follows
        line = bytes(socket.readLine(MAX_LINE).data()).removesuffix(b"\n")
        if line == SHOW or line.startswith(OPEN):
            self.show_requested.emit()
        if line.startswith(OPEN):
            link = parse_link(line.removeprefix(OPEN).decode("ascii", "replace"))
            self._hand_on(str(link or ""))
        socket.abort()

    # -- links that other launches were given

    def follow_links(self, follow: Callable[[str], None]) -> None:
        """Give `follow` every link from now on, and those that came while nobody followed; "" is one that was none."""
        self._follow = follow
        held, self._held = self._held, []
        for link in held:
            follow(link)

    def hold_links(self) -> None:
        """Keep what comes until somebody follows again: the window is being made anew."""
        self._follow = None

    def _hand_on(self, link: str) -> None:
        if self._follow is None:
            self._held.append(link)
        else:
            self._follow(link)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
