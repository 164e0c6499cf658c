"""Pictures known by their content: type and size from the first bytes, without decoding anything."""

from __future__ import annotations

import struct

from app.lean_dataclass import dataclass
from app.services.attachments.attachment import NotAttachableError
from app.services.wording import say

#: A quarter of a gigabyte once it is unpacked: a small file can claim to be larger than all memory.
MAX_PIXELS = 64_000_000
#: What goes out without having been scaled down.
MAX_SENT_BYTES = 8 * 1024 * 1024
MAX_EDGE = 2_048
#: What one costs a model, about: between 250 and 1,600, depending on the model.
TOKENS = 1_000

_PNG = b"\x89PNG\r\n\x1a\n"
#: Frames of a JPEG that tell its size.
_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
#: Parts of a JPEG that have no length.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str
    width: int
    height: int


def media_type_of(data: bytes) -> str | None:
    """The type of a picture that can be sent, None for anything else."""
    if data.startswith(_PNG):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def checked(name: str, data: bytes, media_type: str) -> Picture:
    """Type and size of a picture.

    Raises:
        NotAttachableError: it is damaged, or has more pixels than can be unpacked safely.
    """
    try:
        width, height = _READERS[media_type](data)
    except (struct.error, IndexError, ValueError):
        width = height = 0
    if width <= 0 or height <= 0:
        raise NotAttachableError(say("“{name}” is a damaged picture, so it was not attached.", name=name))
    if width * height > MAX_PIXELS:
        raise NotAttachableError(
            say(
                "“{name}” has {width:,} × {height:,} pixels, more than the {most} million a picture may have.",
                name=name,
                width=width,
                height=height,
                most=MAX_PIXELS // 1_000_000,
            )
        )
    return Picture(media_type, width, height)


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise ValueError("no header")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    place = 2
    while True:
        if data[place] != 0xFF:
            raise ValueError("no marker")
        marker = data[place + 1]
        if marker == 0xFF:  # filling
            place += 1
        elif marker in _BARE:
            place += 2
        elif marker in _SIZES:
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        else:
            (length,) = struct.unpack(">H", data[place + 2 : place + 4])
            if length < 2:
                raise ValueError("no length")
            place += 2 + length


def _webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(data) >= 25 and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise ValueError("no frame")


_READERS = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp}
