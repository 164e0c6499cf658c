"""One window per user and state folder: a second launch brings the first one forward.

The socket takes one word and nothing else; it cannot make the app open, send or run anything (reliability E13).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

SHOW = b"show\n"
CONNECT_MS = 500


def _socket_name(folder: Path) -> str:
    return "aica-" + hashlib.sha256(str(folder).encode()).hexdigest()[:24]


class SingleInstance(QObject):
    """Signals:
    show_requested(): another launch asked for the window.
    """

    show_requested = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = _socket_name(folder)
        self._server: QLocalServer | None = None

    def is_first(self) -> bool:
        """True when this process is the one that keeps the window; otherwise the other one was told to show itself."""
        probe = QLocalSocket()
        probe.connectToServer(self._name)
        if probe.waitForConnected(CONNECT_MS):
            probe.write(SHOW)
            probe.waitForBytesWritten(CONNECT_MS)
            probe.disconnectFromServer()
            return False
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not self._server.listen(self._name):
            QLocalServer.removeServer(self._name)  # left behind by a crash: nobody answered above
            self._server.listen(self._name)
        self._server.newConnection.connect(self._on_connection)
        return True

    def _on_connection(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda s=socket: self._read(s))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if bytes(socket.read(len(SHOW)).data()) == SHOW:
            self.show_requested.emit()
        socket.abort()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
