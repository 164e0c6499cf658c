"""How other computers of the network call this one. Asks the system, sends nothing."""

from __future__ import annotations

#: Networks inside this computer: containers and virtual machines.
_INNER = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "tun", "tap", "wg", "utun")


def own_host() -> str:
    """The first address in a network that is up, else the computer's name."""
    from PySide6.QtNetwork import QAbstractSocket, QHostInfo, QNetworkInterface  # here: only for a shared gateway

    flag = QNetworkInterface.InterfaceFlag
    for interface in QNetworkInterface.allInterfaces():
        flags = interface.flags()
        if not flags & flag.IsRunning or flags & flag.IsLoopBack or interface.name().startswith(_INNER):
            continue
        for entry in interface.addressEntries():
            address = entry.ip()
            if address.protocol() is QAbstractSocket.NetworkLayerProtocol.IPv4Protocol and not address.isLinkLocal():
                return str(address.toString())
    return str(QHostInfo.localHostName())
