"""Files with chats, read one chat at a time: nothing is too large, and a file is taken whole or not at all."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.conversations import chat_files, folders, import_files, json_elements
from app.services.conversations.chat_files import NotChatsError, document, read_chats
from app.services.conversations.import_files import ImportFiles
from app.services.conversations.importing import import_chats, take_back
from app.services.conversations.json_elements import ElementReader
from app.services.conversations.store import ConversationStore

pytestmark = pytest.mark.anyio


def own(*chats: object, version: object = chat_files.VERSION) -> dict[str, Any]:
    return {"format": chat_files.FORMAT, "version": version, "conversations": list(chats)}


def chat(title: str, text: str = "hello", **more: object) -> dict[str, object]:
    return {"title": title, "messages": [{"number": 1, "role": "user", "text": text}], **more}


def written(path: Path, value: object, **options: Any) -> Path:
    path.write_text(json.dumps(value, **options), encoding="utf-8")
    return path


def added(path: Path) -> ImportFiles:
    files = ImportFiles()
    files.add(path)
    return files


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    ),
    st.booleans(),
    st.integers(1, 40),
)
def test_values_are_found_wherever_the_pieces_of_the_file_are_cut(value: object, is_ascii: bool, chunk: int) -> None:
    data = json.dumps([value, value], ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_elements, "_CHUNK", chunk)
        reader = ElementReader(io.BytesIO(data), 10_000)
        assert reader.take("[")
        for _ in range(2):
            _value, start, end = reader.value()
            assert json.loads(data[start:end].decode("utf-8", "surrogatepass")) == value
            reader.take(",")
        assert reader.take("]") and reader.peek() == ""


def test_what_is_no_json_is_told_without_reading_to_the_end() -> None:
    class Endless(io.RawIOBase):
        read_bytes = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.read_bytes += len(buffer)
            buffer[:] = (b'{"a": nonsense, ' + b"x" * len(buffer))[: len(buffer)]
            return len(buffer)

    source = Endless()
    with pytest.raises(ValueError, match="Expecting value at byte 6"):
        ElementReader(io.BufferedReader(source), 10**12).value()
    assert source.read_bytes < 2_000_000


def test_one_value_has_a_limit() -> None:
    reader = ElementReader(io.BytesIO(b'"' + b"x" * 3_000_000), 1024**2)
    with pytest.raises(ValueError, match="larger than 1 MB"):
        reader.value()


@pytest.mark.parametrize("options", [{}, {"indent": 2}, {"ensure_ascii": False}])
def test_a_file_of_this_program_is_read_as_it_was_in_one_piece(tmp_path: Path, options: dict[str, Any]) -> None:
    value = own(chat("Räume \U0001f600", "漢字"), chat("two", '\u2028 \\ud800 {["]}', tags=["x"]))
    path = written(tmp_path / "a.json", value, **options)
    assert list(added(path)) == read_chats(path.read_bytes())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [one.title for one in added(path)] == ["Räume \U0001f600", "two"]
    assert len(added(written(tmp_path / "none.json", own()))) == 0


def test_parts_in_another_order_and_exports_of_others_are_read_too(tmp_path: Path) -> None:
    turned = dict(reversed(own(chat("one")).items()))
    assert [one.title for one in added(written(tmp_path / "a.json", turned))] == ["one"]
    message = {"versions": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}
    studio = [{"name": f"Talk {n}", "messages": [message]} for n in range(3)]
    assert [one.title for one in added(written(tmp_path / "b.json", studio))] == ["Talk 0", "Talk 1", "Talk 2"]
    assert [one.title for one in added(written(tmp_path / "c.json", studio[0]))] == ["Talk 0"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("[]", "no export of this program"),
        ("[1, 2]", "no export of this program"),
        ("nonsense", "not JSON"),
        (json.dumps(own(chat("a"))) + "x", "does not end where it should"),
        (json.dumps(own(chat("a")))[:-1], "does not end where it should"),
        (json.dumps(own(chat("a")))[:-8], "not JSON"),
        (json.dumps(own(chat("a"), chat("b"))).replace('}, {"title"', '} {"title"'), "not JSON"),
        (json.dumps(own(chat("a"))).replace("}]}", "},]}"), "not JSON"),
        (json.dumps(own(chat("a"))).replace('"hello"', "NaN"), "NaN"),
        (json.dumps(own(chat("a"))).replace('"hello"', "[" * 100_000), "not JSON: nested too deep"),
        (json.dumps(own(chat("a"))).replace('"hello"', "[" * 500 + "]" * 500), "nested deeper than"),
        (json.dumps(own(chat("a"))).replace('"hello"', "1" * 5_000), "not JSON"),
        (json.dumps(own("no chat")), "holds no conversations"),
        (json.dumps(own(chat("a"), version=99)), "version 99"),
        (json.dumps({"format": "x", "version": 1, "conversations": []}), "another program"),
        (json.dumps({**own(), "conversations": 5}), "holds no conversations"),
        (json.dumps(own(chat("good"), chat("bad", created_at=-1))), "created_at"),
    ],
)
def test_B10_a_file_that_is_not_what_it_should_be_adds_nothing(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    files = ImportFiles()
    with pytest.raises(NotChatsError, match=why):
        files.add(path)
    assert len(files) == 0 == len(files.outlines)


def test_a_file_that_changes_between_the_two_readings_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", own(chat("a"), chat("b")))
    files = added(path)
    written(path, own(chat("a"), chat("something else")))
    with pytest.raises(NotChatsError, match="was changed while it was read"):
        files[1]


def test_reading_can_be_stopped_and_adds_nothing_then(tmp_path: Path) -> None:
    files = ImportFiles()
    asked: list[int] = []
    path = written(tmp_path / "a.json", own(chat("a"), chat("b"), chat("c")))
    files.add(path, lambda: len(asked) < 2 and not asked.append(1))
    assert len(files) == 0 and len(asked) == 2


async def test_a_file_beyond_every_limit_on_whole_files_goes_out_and_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_files, "MAX_WHOLE_BYTES", 1_000)
    monkeypatch.setattr(json_elements, "_CHUNK", 64)
    here, there = ConversationStore(tmp_path / "a.db"), ConversationStore(tmp_path / "b.db")
    for store in (here, there):
        await store.open()
    for number in range(30):
        made = await here.create_conversation(title=f"Chat {number}")
        await here.add_user_message(made, None, f"Question {number}? " * 20)
    path = tmp_path / "all.json"
    pieces = [piece async for piece in document(here, [one.id for one in await here.conversations()])]
    path.write_text("".join(pieces))
    assert path.stat().st_size > 20_000
    assert len(await import_chats(there, added(path))) == 30
    assert [piece async for piece in document(there, [one.id for one in await there.conversations()])] == pieces
    assert await import_chats(there, added(path)) == [], "they are there already"
    for store in (here, there):
        await store.aclose()


_MEASURE = """
import sys
from pathlib import Path
from app.services.conversations.import_files import ImportFiles
from tests.peak_memory import peak_kb
before = peak_kb()
files = ImportFiles()
files.add(Path(sys.argv[1]))
titles = sum(len(one.title) for one in files)
print(len(files), titles, peak_kb() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell how much memory was used at most")
def test_memory_is_that_of_one_chat_and_not_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    head = json.dumps(own())[: -len("]}")]
    one = json.dumps(chat("x", "y" * 1_000_000))
    with path.open("w") as file:
        file.write(head + ", ".join([one] * 64) + "]}")
    child = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    count, titles, grown_kb = map(int, child.stdout.split())
    assert (count, titles) == (64, 64)
    assert grown_kb < 30_000, f"{path.stat().st_size} bytes of file took {grown_kb} kB"


async def test_what_an_import_brought_goes_with_the_folders_that_it_made_and_no_others(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "a.db")
    await store.open()
    await store.create_folder("Mine")
    path = written(
        tmp_path / "a.json",
        own(chat("a", folder="New"), chat("b", "2", folder="mine"), chat("c", "3", folder="Other"), chat("d", "4")),
    )
    made: list[int] = []
    stored = await import_chats(store, added(path), on_folder=made.append)
    names = {one.id: one.name for one in await store.read(folders.list_folders)}
    assert sorted(names[one] for one in made) == ["New", "Other"]
    kept = await store.create_conversation(title="put there meanwhile")
    await store.write(folders.move, [kept], next(one for one in made if names[one] == "Other"))
    await take_back(store, stored, made)
    assert [one.name for one in await store.read(folders.list_folders)] == ["Mine", "Other"]
    assert len(await store.trash()) == 4
    await store.aclose()
