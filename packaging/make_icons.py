"""Draw the application's icon in all sizes: `make_icons.py SVG FOLDER`, run by build.py with a Python that has Qt.

Makes `SIZE.png` (Linux), `app.ico` (Windows) and `app.icns` (macOS), both of which may hold PNG pictures.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

LINUX_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
WINDOWS_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)
#: Apple's names of the kinds that are PNG: the second of a size is for screens of double density.
MACOS_KINDS = {"icp4": 16, "icp5": 32, "ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512} | {
    "ic09": 512,
    "ic10": 1024,
}


def drawn(renderer: QSvgRenderer, size: int) -> bytes:
    """The icon as PNG."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise RuntimeError(f"the icon of {size} pixels could not be written")
    return bytes(buffer.data().data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """A Windows icon: a table of sizes, then the pictures."""
    offset = 6 + 16 * len(pictures)
    table, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for size, picture in pictures.items():
        edge = size % 256  # 0 stands for 256
        table += struct.pack("<BBBBHHII", edge, edge, 0, 0, 1, 32, len(picture), offset + len(body))
        body += picture
    return table + body


def icns(pictures: dict[str, bytes]) -> bytes:
    """An icon of macOS: kinds with their lengths, heads of eight bytes included."""
    body = b"".join(
        kind.encode("ascii") + struct.pack(">I", 8 + len(picture)) + picture for kind, picture in pictures.items()
    )
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def main(svg: Path, folder: Path) -> int:
    _application = QGuiApplication(["icons", "-platform", "offscreen"])
    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        print(f"{svg} is no picture", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for size in LINUX_SIZES:
        (folder / f"{size}.png").write_bytes(drawn(renderer, size))
    (folder / "app.ico").write_bytes(ico({size: drawn(renderer, size) for size in WINDOWS_SIZES}))
    (folder / "app.icns").write_bytes(icns({kind: drawn(renderer, size) for kind, size in MACOS_KINDS.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
