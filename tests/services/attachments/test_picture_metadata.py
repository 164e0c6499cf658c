"""Where and when a picture was taken does not leave this computer; how it looks stays."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QImageReader, QImageWriter

from app.services.attachments.picture_metadata import without_metadata
from app.services.attachments.reading import attachment_of

SECRET = b"GPS 52.5200 N, taken by Jane"


def picture(form: str) -> bytes:
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("#338877"))
    image.setPixelColor(0, 0, QColor("red"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(form.encode()))
    writer.setQuality(95)
    assert writer.write(image)
    return bytes(buffer.data().data())


def shown(data: bytes) -> QImage:
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    return reader.read()


def exif(order: str, direction: int) -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, direction, 0) + struct.pack(f"{order}HHII", 0x010E, 2, 28, 60)
    tiff = mark + struct.pack(f"{order}IH", 8, 2) + entries + struct.pack(f"{order}I", 0) + SECRET
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def jpeg_with(*parts: bytes) -> bytes:
    plain = picture("jpeg")
    return plain[:2] + b"".join(parts) + plain[2:]


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_photograph_keeps_nothing_but_its_direction(order: str) -> None:
    comment = b"\xff\xfe" + struct.pack(">H", len(SECRET) + 2) + SECRET
    data = jpeg_with(exif(order, 6), comment)
    clean = without_metadata(data, "image/jpeg")
    assert SECRET in data and SECRET not in clean and b"GPS" not in clean
    assert shown(data).size() == shown(clean).size() == shown(picture("jpeg")).size().transposed()
    assert shown(data) == shown(clean)
    upright = without_metadata(jpeg_with(exif(order, 1)), "image/jpeg")
    assert upright == picture("jpeg")


def test_texts_in_a_png_go_and_what_is_behind_its_end() -> None:
    plain = picture("png")
    text = b"tEXt" + b"Comment\0" + SECRET
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    data = plain[:33] + chunk + plain[33:] + SECRET
    clean = without_metadata(data, "image/png")
    assert SECRET not in clean and shown(clean) == shown(plain)


def test_a_webp_loses_its_exif_part() -> None:
    if b"webp" not in [bytes(one.data()) for one in QImageWriter.supportedImageFormats()]:
        pytest.skip("this Qt writes no WebP")
    plain = picture("webp")
    part = b"EXIF" + struct.pack("<I", len(SECRET)) + SECRET + (b"\0" if len(SECRET) & 1 else b"")
    data = plain + part
    data = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    clean = without_metadata(data, "image/webp")
    assert SECRET not in clean and shown(clean) == shown(plain)


def test_what_is_attached_has_lost_it_already() -> None:
    assert SECRET not in attachment_of("photo.jpg", jpeg_with(exif(">", 3))).data


@given(st.sampled_from(["image/jpeg", "image/png", "image/webp", "image/gif"]), st.binary(max_size=300), st.integers(0))
def test_no_bytes_break_it(media_type: str, tail: bytes, cut: int) -> None:
    base = jpeg_with(exif("<", 8)) if media_type == "image/jpeg" else picture("png")
    damaged = base[: cut % len(base)] + tail
    assert isinstance(without_metadata(damaged, media_type), bytes)
