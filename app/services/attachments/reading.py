"""From a file to an attachment. Blocking: call it in a worker thread."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from app.services.attachments import excerpt, pictures
from app.services.attachments.attachment import MAX_FILE_BYTES, Attachment, NotAttachableError, plain_name
from app.services.attachments.picture_metadata import without_metadata
from app.services.wording import later, say

_CHUNK = 1024 * 1024
#: A PDF; a ZIP file, which an Office document is. Both are read by `documents`.
_DOCUMENTS = (b"%PDF-", b"PK\x03\x04")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
#: The stream that a document with a password lies in (MS-OFFCRYPTO 2.3.4.4).
_LOCKED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_NO_FILES = (
    (stat.S_ISDIR, later("Core", "is a folder. Attach the files in it")),
    (stat.S_ISFIFO, later("Core", "is a pipe, not a file")),
    (stat.S_ISSOCK, later("Core", "is a socket, not a file")),
    (stat.S_ISCHR, later("Core", "is a device, not a file")),
    (stat.S_ISBLK, later("Core", "is a device, not a file")),
)
#: Beginnings of what people attach and no model reads, and what to call it.
_KINDS = (
    (b"PK", later("Core", "an empty ZIP archive, or a part of one")),
    (b"\x1f\x8b", later("Core", "a compressed file (gzip)")),
    (b"BZh", later("Core", "a compressed file (bzip2)")),
    (b"\xfd7zXZ\0", later("Core", "a compressed file (xz)")),
    (b"7z\xbc\xaf\x27\x1c", later("Core", "a 7-Zip archive")),
    (b"Rar!", later("Core", "a RAR archive")),
    (b"\x7fELF", later("Core", "a program")),
    (b"MZ", later("Core", "a Windows program")),
    (b"SQLite format 3\0", later("Core", "an SQLite database")),
    (b"GGUF", later("Core", "a model file")),
    (b"BM", later("Core", "a picture in a format that models do not read (BMP)")),
    (b"II*\0", later("Core", "a picture in a format that models do not read (TIFF)")),
    (b"MM\0*", later("Core", "a picture in a format that models do not read (TIFF)")),
    (b"ID3", later("Core", "a sound file")),
    (b"OggS", later("Core", "a sound or video file")),
    (b"RIFF", later("Core", "a sound or video file")),
    (b"\x1aE\xdf\xa3", later("Core", "a video file")),
)


def read_file(path: Path) -> Attachment:
    """The file as an attachment, known by its content and not by its name.

    Raises:
        NotAttachableError: it is no regular file, cannot be read, is too large, binary, or changes meanwhile.
    """
    name = plain_name(path.name)
    try:
        return attachment_of(name, _bytes_of(path, name))
    except OSError as exc:
        raise NotAttachableError(
            say("“{name}” cannot be read: {reason}.", name=name, reason=(exc.strerror or str(exc)).lower())
        ) from exc


def attachment_of(name: str, data: bytes) -> Attachment:
    """These bytes as an attachment.

    Raises:
        NotAttachableError: empty, too large, a damaged or giant picture, a document that cannot be read, or anything
            else that is no text.
    """
    name = plain_name(name)
    _check_size(name, len(data))
    media_type = pictures.media_type_of(data)
    if media_type is not None:
        pictures.checked(name, data, media_type)
        return Attachment(name, "image", media_type, without_metadata(data, media_type))
    if data.startswith(_DOCUMENTS):
        from app.services.attachments import documents  # here: few are, and it starts processes

        read, media_type = documents.document_text(name, data)
        shown = excerpt.excerpt(name, read)
        return Attachment(name, "document", media_type, data, shown.block, shown.shown_lines)
    if data.startswith(_OLD_OFFICE):
        raise NotAttachableError(f"“{name}” {_old_office(data)}.")
    start, kind = next(
        ((start, say(kind)) for start, kind in _KINDS if data.startswith(start)), (b"", _by_inside(data))
    )
    # A text may begin like some of them, "BM" for one; with controls among them nothing else does.
    text = None if not start.isascii() or not _is_printable(start) else excerpt.decoded(data)
    if text is None:
        raise NotAttachableError(
            say(
                "“{name}” is {kind}. Text files, PDF, Office documents and pictures can be attached.",
                name=name,
                kind=kind,
            )
        )
    shown = excerpt.excerpt(name, text)
    return Attachment(name, "text", "text/plain", data, shown.block, shown.shown_lines)


def _old_office(data: bytes) -> str:
    if _LOCKED_OFFICE in data:
        return say("is protected by a password, so it cannot be read. Take the password off, and attach it again")
    return say(
        "is an Office document of the old kind (.doc, .xls, .ppt). Save it as .docx, .xlsx or .pptx, and attach that",
    )


def _is_printable(start: bytes) -> bool:
    return start.decode("ascii").isprintable()


def _by_inside(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return say("a video, or a picture in a format that models do not read (HEIC)")
    return say("a binary file")


def _bytes_of(path: Path, name: str) -> bytes:
    _check_kind(name, path.stat().st_mode)  # before it is opened: opening a device can do something
    # Should a pipe have come in its place meanwhile, opening does not wait for somebody who writes.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        _check_kind(name, before.st_mode)
        _check_size(name, before.st_size)
        chunks: list[bytes] = []
        length = 0
        while chunk := file.read(_CHUNK):
            chunks.append(chunk)
            length += len(chunk)
            _check_size(name, length)
        after = os.fstat(handle)
    is_same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if not is_same or before.st_size not in (0, length):  # files made by the system say 0
        raise NotAttachableError(say("“{name}” was changed while it was read. Attach it again.", name=name))
    return b"".join(chunks)


def _check_kind(name: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        why = next((say(why) for is_kind, why in _NO_FILES if is_kind(mode)), say("is not a file"))
        raise NotAttachableError(f"“{name}” {why}.")


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise NotAttachableError(
            say(
                "“{name}” has {size:,.0f} MB. Files of up to {most} MB can be attached.",
                name=name,
                size=size / 1_000_000,
                most=MAX_FILE_BYTES // 1024 // 1024,
            )
        )
