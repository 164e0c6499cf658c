"""Files become attachments by their content; what cannot be read is refused at once, in a sentence."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from app.services.attachments import excerpt, pictures, reading
from app.services.attachments.attachment import NotAttachableError, plain_name
from app.services.attachments.reading import attachment_of, read_file
from tests.fakes.pictures import png


def refused(path: Path) -> str:
    with pytest.raises(NotAttachableError) as caught:
        read_file(path)
    return str(caught.value)


def test_text_is_put_into_a_fence_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "server.py"
    path.write_bytes(b"import os\r\nprint(os)\r\n")
    read = read_file(path)
    assert (read.kind, read.name, read.shown_lines) == ("text", "server.py", None)
    assert read.text == "File 'server.py':\n```\nimport os\nprint(os)\n```"
    assert read.data == b"import os\r\nprint(os)\r\n", "what is stored is the file as it was"
    assert read.hash == hashlib.sha256(read.data).hexdigest()


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("grün €".encode(), "grün €"),
        (b"\xef\xbb\xbf" + "grün".encode(), "grün"),
        ("grün €".encode("utf-16"), "grün €"),
        (b"\xfe\xff" + "grün".encode("utf-16-be"), "grün"),
        ("grüne Wiesen".encode("latin-1"), "grüne Wiesen"),
        (b"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
    ],
)
def test_the_encodings_that_files_have(data: bytes, wanted: str) -> None:
    assert excerpt.decoded(data) == wanted


@pytest.mark.parametrize("data", [b"a\0b", b"\xff\xfe\x00", bytes(range(256)), b"\xc3\x28\x01\x02", b"\xf0\xf1" * 50])
def test_bytes_that_are_no_text(data: bytes) -> None:
    assert excerpt.decoded(data) is None


def test_the_fence_is_longer_than_any_inside() -> None:
    block = excerpt.excerpt("a.md", "x\n`````\ny").block
    assert block.split("\n")[1] == "``````" == block.split("\n")[-1]


def test_a_long_text_is_cut_by_whole_lines_and_says_so() -> None:
    text = "".join(f"line {n}\n" for n in range(2_310))
    cut = excerpt.excerpt("big.log", text, budget=500)
    assert cut.lines == 2_310
    assert cut.shown_lines is not None and 0 < cut.shown_lines < 100
    heading, *_, last, _fence = cut.block.split("\n")
    assert heading == f"File 'big.log' (first {cut.shown_lines} of 2,310 lines):"
    assert last == f"line {cut.shown_lines - 1}", "the last line is whole"
    assert excerpt.line_count(heading, 0) == 2_310


def test_a_line_longer_than_the_budget_is_cut_within() -> None:
    cut = excerpt.excerpt("min.js", "x" * 1_000, budget=100)
    assert cut.shown_lines == 0
    assert cut.block.startswith("File 'min.js' (first part of line 1 of 1 line):")
    assert "x" * 100 in cut.block and "x" * 101 not in cut.block


def test_lines_are_counted_from_the_block() -> None:
    whole = excerpt.excerpt("a (first 1 of 99 lines).py", "1\n2\n3\n")
    heading = whole.block.split("\n")[0]
    assert excerpt.line_count(heading, whole.block.count("\n")) == whole.lines == 3


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x7fELF\x02\x01\x01\0\0", "a program"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\0\0\0\x18ftypheic\0\0", "HEIC"),
        (b"\x01\x02\x03\0", "a binary file"),
    ],
)
def test_what_is_binary_is_refused_by_its_kind(data: bytes, kind: str) -> None:
    with pytest.raises(NotAttachableError, match=kind):
        attachment_of("thing", data)


def test_a_text_may_begin_like_something_else() -> None:
    assert attachment_of("notes.txt", b"BMW and MZ are makers of motorcycles.").kind == "text"


def test_a_picture_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(png(30, 20))
    read = read_file(path)
    assert (read.kind, read.media_type, read.text) == ("image", "image/png", None)
    assert pictures.checked("x", read.data, "image/png") == pictures.Picture("image/png", 30, 20)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"GIF89a" + struct.pack("<HH", 7, 9) + b"\0" * 9, (7, 9)),
        (b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + (99).to_bytes(3, "little") + (49).to_bytes(3, "little"), (100, 50)),
        (b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 7 + b"\x9d\x01\x2a" + struct.pack("<HH", 33, 44), (33, 44)),
        (b"RIFF\0\0\0\0WEBPVP8L" + b"\0" * 4 + b"\x2f" + (11 | 21 << 14).to_bytes(4, "little"), (12, 22)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x11\x08" + struct.pack(">HH", 5, 6) + b"\0", (6, 5)),
    ],
)
def test_sizes_are_read_from_the_header(data: bytes, size: tuple[int, int]) -> None:
    kind = pictures.media_type_of(data)
    assert kind is not None
    found = pictures.checked("x", data, kind)
    assert (found.width, found.height) == size


def test_a_picture_that_unpacks_to_gigabytes_is_refused() -> None:
    with pytest.raises(NotAttachableError, match="30,000 × 30,000 pixels"):
        attachment_of("bomb.png", png(30_000, 30_000))


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X"]
)
def test_a_picture_cut_short_is_damaged(data: bytes) -> None:
    with pytest.raises(NotAttachableError, match="damaged"):
        attachment_of("x.png", data)


def test_a_giant_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.truncate(1024**3)
    began = time.monotonic()
    assert "1,074 MB" in refused(path)
    assert time.monotonic() - began < 0.5


def test_an_empty_file_has_nothing_to_attach(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_bytes(b"\n\n")
    assert "is empty" in refused(tmp_path / "empty.py")


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path)
    assert "cannot be read: no such file" in refused(tmp_path / "gone.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_and_a_device_never_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe" in refused(tmp_path / "pipe")
    assert "is a device" in refused(Path("/dev/zero"))


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_a_file_without_permission_says_so() -> None:
    folder = Path(tempfile.mkdtemp())  # another user comes into it, as into those of pytest he does not
    path = folder / "secret.txt"
    path.write_text("x", encoding="utf-8")
    path.chmod(0)
    script = (
        "import os, sys, pathlib; sys.path.insert(0, sys.argv[2])\n"
        "from app.services.attachments import reading, excerpt, pictures\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try: reading.read_file(pathlib.Path(sys.argv[1]))\n"
        "except Exception as exc: print(exc)\n"
    )
    folder.chmod(0o755)
    root = str(Path(__file__).resolve().parents[3])
    done = subprocess.run([sys.executable, "-c", script, str(path), root], capture_output=True, text=True, timeout=30)
    shutil.rmtree(folder)
    assert "cannot be read: permission denied" in done.stdout, done.stderr


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "growing.log"
    path.write_bytes(b"line\n" * 1_000)
    real = os.fstat
    looks: list[int] = []

    def fstat(handle: int) -> os.stat_result:
        looks.append(handle)
        if len(looks) == 2:
            with path.open("ab") as file:
                file.write(b"more\n")
        return real(handle)

    monkeypatch.setattr(reading.os, "fstat", fstat)
    assert "was changed while it was read" in refused(path)


def test_names_that_are_not_what_they_look_like() -> None:
    assert plain_name("a\nb\x00c\u202egpj.exe") == "a\ufffdb\ufffdc\ufffdgpj.exe"
    assert plain_name("\udcff.txt") == "\ufffd.txt"
    assert plain_name("  ") == "file"
    assert len(plain_name("x" * 300 + ".py")) <= 201 and plain_name("x" * 300 + ".py").endswith(".py")
    assert plain_name("Bericht – grün.md") == "Bericht – grün.md"
