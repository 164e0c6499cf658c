"""Pictures made ready off the UI thread: small enough to be sent, thumbnails, and what was pasted."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QImageWriter

from app.services.attachments import pictures
from app.services.attachments.attachment import Attachment, NotAttachableError
from app.services.attachments.reading import attachment_of

#: Mebibytes one picture may take unpacked; its pixels are counted before.
_MOST_MEMORY_MB = 256
_JPEG_QUALITY = 90
_AS_THEY_ARE = ("image/png", "image/jpeg", "image/webp")


def decoded(data: bytes, within: QSize | None = None) -> QImage | None:
    """The first frame, upright; scaled down to fit `within`. None for what cannot be shown safely."""
    media_type = pictures.media_type_of(data)
    if media_type is None:
        return None
    try:
        pictures.checked("", data, media_type)
    except NotAttachableError:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(media_type.removeprefix("image/").encode("ascii")))
    reader.setAllocationLimit(_MOST_MEMORY_MB)
    reader.setAutoTransform(True)
    image = reader.read()
    if image.isNull():
        return None
    if within is not None and (image.width() > within.width() or image.height() > within.height()):
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(within, Qt.AspectRatioMode.KeepAspectRatio, smooth)
    return image


def made_small(attachment: Attachment) -> Attachment:
    """The attachment as it is sent: a large picture scaled down, an animation as its first frame.

    Raises:
        NotAttachableError: the picture cannot be read.
    """
    if attachment.kind != "image":
        return attachment
    found = pictures.checked(attachment.name, attachment.data, attachment.media_type)
    is_small = max(found.width, found.height) <= pictures.MAX_EDGE and len(attachment.data) <= pictures.MAX_SENT_BYTES
    image = decoded(attachment.data, QSize(pictures.MAX_EDGE, pictures.MAX_EDGE))
    if image is None:
        raise NotAttachableError(f"“{attachment.name}” is a damaged picture, so it was not attached.")
    if is_small and attachment.media_type in _AS_THEY_ARE:
        return attachment
    return _encoded(attachment.name, image)


def picture_of(name: str, image: QImage) -> Attachment:
    """A picture out of the clipboard.

    Raises:
        NotAttachableError: it has too many pixels.
    """
    if image.width() * image.height() > pictures.MAX_PIXELS:
        raise NotAttachableError(f"“{name}” has too many pixels to be attached.")
    edge = QSize(pictures.MAX_EDGE, pictures.MAX_EDGE)
    if max(image.width(), image.height()) > pictures.MAX_EDGE:
        image = image.scaled(edge, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return _encoded(name, image)


def _encoded(name: str, image: QImage) -> Attachment:
    """As PNG, which loses nothing; as JPEG where that is too large to be sent."""
    data = _written(image, b"png")
    if len(data) > pictures.MAX_SENT_BYTES:
        data = _written(image.convertToFormat(QImage.Format.Format_RGB32), b"jpeg")
    return attachment_of(name, data)


def _written(image: QImage, form: bytes) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(form))
    if form == b"jpeg":
        writer.setQuality(_JPEG_QUALITY)
    writer.write(image)
    return bytes(buffer.data().data())
