"""PDF documents are read in a process of their own; hostile ones cost a sentence and no more."""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path

import pytest
from pypdf import PdfWriter

from app.services.attachments import documents
from app.services.attachments.attachment import NotAttachableError
from app.services.attachments.reading import attachment_of, read_file
from tests.fakes.pdf import pdf


def test_the_text_of_a_pdf_is_read_page_by_page(tmp_path: Path) -> None:
    path = tmp_path / "report.bin"
    path.write_bytes(pdf("The first page", "The second"))
    read = read_file(path)
    assert (read.kind, read.media_type) == ("document", "application/pdf")
    assert read.text == "File 'report.bin':\n```\n[page 1]\nThe first page\n\n[page 2]\nThe second\n```"
    assert read.data == path.read_bytes(), "what is stored is the document"


def test_a_pdf_with_a_password_is_told() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pdf("secret")))
    writer.encrypt("word", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(NotAttachableError, match="protected by a password"):
        attachment_of("x.pdf", out.getvalue())


def test_a_pdf_of_pictures_alone_is_told() -> None:
    with pytest.raises(NotAttachableError, match="perhaps its pages are pictures"):
        attachment_of("scan.pdf", pdf(" "))


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"\0" * 5_000,
        pdf("x")[:200],
        pdf("x").replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]"),  # its pages hold themselves
        pdf("x").replace(b"/Parent 2 0 R", b"/Parent 5 0 R"),  # a page that is its own parent
        pdf("x").replace(b"/Count 1", b"/Count 9999999999"),
    ],
)
def test_a_pdf_that_lies_or_loops_ends_soon(data: bytes) -> None:
    began = time.monotonic()
    with contextlib.suppress(NotAttachableError):  # either is fine: what is readable of it, or a sentence
        assert attachment_of("x.pdf", data).kind == "document"
    assert time.monotonic() - began < 15


def test_a_pdf_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(60)", encoding="utf-8")
    monkeypatch.setattr(documents, "worker_command", lambda _frozen, _module: ("-I", str(slow)))
    began = time.monotonic()
    with pytest.raises(NotAttachableError, match=r"within 0\.5 s"):
        documents.document_text("x.pdf", pdf("x"), timeout_s=0.5)
    assert time.monotonic() - began < 10
