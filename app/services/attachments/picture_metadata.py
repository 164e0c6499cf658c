"""Takes out of a picture what is not to be seen in it: where and when it was taken, with what, by whom.

Only the upright direction stays, since without it a photograph lies on its side. Nothing is decoded.
"""

from __future__ import annotations

import struct

_START_OF_SCAN = 0xDA
#: Parts of a JPEG that say how its colours are meant: JFIF, ICC profile, Adobe's transform.
_KEPT_PARTS = frozenset({0xE0, 0xE2, 0xEE})
_PNG_TEXTS = frozenset({b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME"})
_WEBP_TEXTS = frozenset({b"EXIF", b"XMP "})
_WEBP_FLAGS = 0x08 | 0x04
_ORIENTATION = 0x0112


def without_metadata(data: bytes, media_type: str) -> bytes:
    """The same picture without them; as it is where it cannot be read that far, which then nobody else can either."""
    work = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}.get(media_type)
    if work is None:
        return data
    try:
        return work(data)
    except (struct.error, IndexError, ValueError):
        return data


def _jpeg(data: bytes) -> bytes:
    kept, place, direction = [data[:2]], 2, 1
    while data[place + 1] != _START_OF_SCAN:
        if data[place] != 0xFF:
            raise ValueError("no marker")
        marker = data[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        (length,) = struct.unpack(">H", data[place + 2 : place + 4])
        part = data[place : place + 2 + length]
        if length < 2 or len(part) < 2 + length:
            raise ValueError("cut off")
        if marker == 0xE1 and part[4:10] == b"Exif\0\0":
            direction = _direction(part[10:])
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in _KEPT_PARTS:
            kept.append(part)
        place += 2 + length
    if direction != 1:
        kept.insert(1, _only_direction(direction))
    return b"".join(kept) + data[place:]


def _direction(tiff: bytes) -> int:
    """How it is to be turned, 1 to 8; 1 where nothing is said."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[at : at + 2])
        for entry in range(min(count, 200)):
            start = at + 2 + entry * 12
            tag, _kind, _count, value = struct.unpack(f"{order}HHIH", tiff[start : start + 10])
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _only_direction(direction: int) -> bytes:
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, direction, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _png(data: bytes) -> bytes:
    kept, place = [data[:8]], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, end = data[place + 4 : place + 8], place + 12 + length
        if end > len(data):
            raise ValueError("cut off")
        if kind not in _PNG_TEXTS:
            kept.append(data[place:end])
        place = end
        if kind == b"IEND":
            break  # whatever is hidden behind the end goes, too
    return b"".join(kept)


def _webp(data: bytes) -> bytes:
    kept, place = [], 12
    while place + 8 <= len(data):
        kind = data[place : place + 4]
        (length,) = struct.unpack("<I", data[place + 4 : place + 8])
        end = place + 8 + length + (length & 1)
        if place + 8 + length > len(data):
            raise ValueError("cut off")
        part = data[place:end]
        if kind == b"VP8X":
            part = part[:8] + bytes([part[8] & ~_WEBP_FLAGS & 0xFF]) + part[9:]
        if kind not in _WEBP_TEXTS:
            kept.append(part)
        place = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
