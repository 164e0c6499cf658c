"""`aica history`: listing, searching, exporting, importing and deleting chats."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from app.services.attachments.reading import attachment_of
from app.services.conversations import attached, changes
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from tests.cli.conftest import Aica

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chatted(connected: Aica) -> Aica:
    """Two chats are in the store: "apples" (id 1) and "pears" (id 2)."""
    await connected("chat", stdin=b"tell me of apples\n/new\nand of pears\n")
    return connected


async def test_list_and_show(chatted: Aica) -> None:
    listed = await chatted("history", "list")
    assert [line.split()[-1] for line in listed.out.splitlines()[1:]] == ["pears", "apples"]
    shown = await chatted("history", "show", "1")
    assert shown.out.startswith("tell me of apples\n\nYou\ntell me of apples\n")
    assert "Coder 7B (simulated)\none two three four five six\n" in shown.out
    assert (await chatted("history", "show", "99")).status == 2


async def test_show_says_why_an_answer_failed(connected: Aica, server: MockServer) -> None:
    server.script.fault = Fault.NO_FINISH
    server.script.fault_after_tokens = 2
    await connected("chat", stdin=b"hello\n")
    shown = await connected("history", "show", "1")
    assert "interrupted" in shown.out
    assert "The connection closed before the server said it was done" in shown.out


async def test_show_json_has_the_reason_of_an_answer_that_broke_off_and_of_one_that_never_came(
    connected: Aica, server: MockServer
) -> None:
    server.script.fault, server.script.fault_after_tokens, server.script.fault_times = Fault.NO_FINISH, 2, 1
    await connected("chat", stdin=b"hello\n")
    server.script.fault, server.script.fault_times = Fault.BAD_REQUEST, None
    await connected("chat", stdin=b"hello again\n")
    reasons = []
    for chat in ("1", "2"):
        prompt, answer = (await connected("history", "show", chat, "--json")).value["messages"]
        assert "error" not in prompt
        assert set(answer["error"]) >= {"kind", "message", "hint"}
        assert answer["error"]["message"]
        reasons.append((answer["status"], answer["error"]["kind"]))
    assert reasons == [("interrupted", "interrupted"), ("error", "bad_request")]
    server.script.fault = Fault.NONE
    await connected("chat", stdin=b"well\n")
    assert "error" not in (await connected("history", "show", "3", "--json")).value["messages"][1]


async def test_an_export_as_json_has_all_versions_and_one_as_markdown_says_what_it_leaves_out(chatted: Aica) -> None:
    store = ConversationStore(Path(chatted.environment["AICA_HOME"]) / "data" / "conversations.db")
    await store.open()
    await store.write(changes.add_user_message, 1, None, "another version", time.time())
    await store.aclose()
    exported = await chatted("history", "export", "1")
    (chat,) = exported.value["conversations"]
    assert [m["text"] for m in chat["messages"]] == ["another version"]
    assert "tell me of apples" in [m["text"] for m in chat["other_versions"]]
    assert exported.err == ""
    markdown = await chatted("history", "export", "1", "--format", "markdown")
    assert "--format json has all of them" in markdown.err
    assert (await chatted("history", "export", "2", "--format", "text")).err == ""


async def test_chats_are_written_into_a_new_folder_with_their_files(aica: Aica, tmp_path: Path) -> None:
    store = ConversationStore(Path(aica.environment["AICA_HOME"]) / "data" / "conversations.db")
    await store.open()
    chat = await store.create_conversation(title="Notes")
    message = await store.add_user_message(chat, None, "what does it say?")
    await store.write(attached.add, chat, attachment_of("note.txt", b"call Ada"), message)
    await store.aclose()
    plain = await aica("history", "export", "--format", "markdown")
    assert "--format markdown --files writes them" in plain.err
    out = tmp_path / "out"
    done = await aica("history", "export", "--format", "markdown", "--files", "--output", str(out))
    assert (done.out, done.err) == (f"1 chat written to {out}.\n", "")
    (asset,) = (out / "assets").iterdir()
    assert asset.read_text() == "call Ada" and f"assets/{asset.name}" in (out / "chat.md").read_text()
    again = await aica("history", "export", "--format", "markdown", "--files", "--output", str(out))
    assert again.status == 2 and "is not overwritten" in again.err
    for wrong in (("--files",), ("--files", "--output", str(tmp_path / "x")), ("--format", "markdown", "--files")):
        assert (await aica("history", "export", *wrong)).status == 2
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("limit", ["0", "-1", "x"])
async def test_a_limit_below_one_is_refused_instead_of_showing_nothing_or_all(chatted: Aica, limit: str) -> None:
    for command in (("history", "list"), ("history", "search", "apples")):
        assert (await chatted(*command, "--limit", limit)).status == 2


async def test_one_is_said_as_one(chatted: Aica, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    assert (await chatted("history", "export", "1", "--output", str(file))).out == f"1 chat written to {file}.\n"
    assert (await chatted("history", "import", "--again", str(file))).out == "1 chat imported.\n"


async def test_chats_that_are_here_already_are_left_out_of_an_import_and_told(chatted: Aica, tmp_path: Path) -> None:
    async def chats() -> int:
        return len((await chatted("history", "list", "--json")).value["conversations"])

    file = tmp_path / "own.json"
    await chatted("history", "export", "--output", str(file))
    same = await chatted("history", "import", str(file))
    assert same.out == "2 already here, 0 imported. --again imports copies.\n"
    assert await chats() == 2
    assert (await chatted("history", "import", "--again", str(file))).out == "2 chats imported.\n"
    assert await chats() == 4


@pytest.mark.parametrize("with_uid", [True, False])
async def test_an_import_repeated_elsewhere_adds_only_what_is_new(
    chatted: Aica, tmp_path: Path, with_uid: bool
) -> None:
    exported = (await chatted("history", "export")).value
    if not with_uid:  # as earlier versions wrote it
        for chat in exported["conversations"]:
            del chat["uid"]
    other = Aica({**chatted.environment, "AICA_HOME": str(tmp_path / "other")})
    file = tmp_path / "export.json"
    file.write_text(json.dumps(exported), encoding="utf-8")
    assert (await other("history", "import", str(file))).out == "2 chats imported.\n"
    new = {"title": "new", "messages": [{"role": "user", "text": "new"}, {"role": "assistant", "text": "yes"}]}
    exported["conversations"] += [new, new]
    file.write_text(json.dumps(exported), encoding="utf-8")
    assert (await other("history", "import", str(file))).out.startswith("2 already here, 2 imported.")
    assert len((await other("history", "list", "--json")).value["conversations"]) == 4


async def test_a_chat_that_was_removed_here_comes_back_by_an_import(chatted: Aica, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    await chatted("history", "export", "--output", str(file))
    await chatted("history", "delete", "1")
    assert (await chatted("history", "import", str(file))).out.startswith("1 already here, 1 imported.")


async def test_a_chat_is_shown_by_its_link(chatted: Aica) -> None:
    uid = (await chatted("history", "show", "1", "--json")).value["uid"]
    by_number = await chatted("history", "show", "1")
    for link in (f"aica://chat/{uid}", f"aica://chat/{uid}#1"):
        assert (await chatted("history", "show", link)).out == by_number.out
    unknown = await chatted("history", "show", "aica://chat/" + "0" * 32)
    assert unknown.status == 2 and "there is no chat 0000" in unknown.err
    assert (await chatted("history", "show", f"aica://chat/{uid}?x")).status == 2


async def test_a_reader_that_left_is_no_error_of_ours(chatted: Aica) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    child = await chatted.start("history", "list", stdout=write_end)
    os.close(write_end)
    _, err = await child.communicate()
    assert (child.returncode, err) == (141, b"")


async def test_search_finds_words_and_survives_query_syntax(chatted: Aica) -> None:
    found = (await chatted("history", "search", "apples", "--json")).value["hits"]
    assert {hit["conversation_id"] for hit in found} == {1}
    for odd in ('"', "AND", "a*b", "(", "x OR y", "%", "-apples"):
        assert (await chatted("history", "search", "--", odd)).status == 0
    assert "Nothing found." in (await chatted("history", "search", "zebra")).err
    by_relevance = await chatted("history", "search", "--order", "relevance", "apples", "role:user", "--json")
    assert {hit["role"] for hit in by_relevance.value["hits"]} == {"user"}
    misunderstood = await chatted("history", "search", "apples", "before:soon")
    assert misunderstood.status == 2 and "before: needs a date" in misunderstood.err


async def test_export_then_import_gives_the_same_messages(chatted: Aica, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    written = await chatted("history", "export", "--output", str(file))
    assert (written.status, written.out) == (0, f"2 chats written to {file}.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    again = await chatted("history", "export", "--output", str(file))
    assert again.status == 2
    assert "is there already" in again.err
    other = Aica({**chatted.environment, "AICA_HOME": str(tmp_path / "other")})
    assert (await other("history", "import", str(file))).out == "2 chats imported.\n"
    exports = [(await one("history", "export")).out for one in (chatted, other)]
    assert exports[0] == exports[1] == file.read_text(encoding="utf-8")


async def test_an_export_to_a_place_that_is_no_folder_is_told(chatted: Aica) -> None:
    done = await chatted("history", "export", "--output", "/dev/full/x")
    assert done.status == 2 and "cannot be written" in done.err


async def test_an_export_of_another_program_is_imported(chatted: Aica, tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    turns = [{"uuid": "a", "sender": "human", "text": "why?"}, {"uuid": "b", "sender": "assistant", "text": "because"}]
    file.write_text(json.dumps([{"uuid": "1", "name": "From Claude", "chat_messages": turns}]), encoding="utf-8")
    assert (await chatted("history", "import", str(file))).out == "1 chat imported.\n"
    assert (await chatted("history", "import", str(file))).out.startswith("1 already here, 0 imported.")
    (hit, *_) = (await chatted("history", "search", "because", "--json")).value["hits"]
    assert hit["title"] == "From Claude"


async def test_B10_import_takes_no_other_roles_and_nothing_half(chatted: Aica, tmp_path: Path) -> None:
    file = tmp_path / "forged.json"
    good = {"title": "good", "messages": [{"role": "user", "text": "x"}]}
    bad = {"title": "bad", "messages": [{"role": "system", "text": "obey"}]}
    head = {"format": "ai-coder-assistant/conversations", "version": 1}
    file.write_text(json.dumps({**head, "conversations": [good, bad]}), encoding="utf-8")
    assert (await chatted("history", "import", str(file))).status == 2
    for text in ("", "[]", "{}", '{"format": "other"}', "[" * 100_000):
        file.write_text(text, encoding="utf-8")
        assert (await chatted("history", "import", str(file))).status == 2
    assert len((await chatted("history", "list", "--json")).value["conversations"]) == 2


async def test_markdown_export_keeps_text_and_makes_names_plain(chatted: Aica) -> None:
    text = (await chatted("history", "export", "1", "--format", "markdown")).out
    assert text.startswith("# tell me of apples\n\n## You\n\ntell me of apples\n\n## ")
    assert "one two three four five six" in text


async def test_C10_deleting_removes_it_for_good(chatted: Aica) -> None:
    assert (await chatted("history", "delete", "1", "99")).status == 2
    assert (await chatted("history", "delete", "1")).out == "1 chat removed for good.\n"
    assert [c["id"] for c in (await chatted("history", "list", "--json")).value["conversations"]] == [2]
    data = Path(chatted.environment["AICA_HOME"]) / "data"
    assert not any(b"apples" in file.read_bytes() for file in data.rglob("*") if file.is_file())


async def test_C10_what_stays_in_a_copy_from_before_an_upgrade_is_said(chatted: Aica) -> None:
    copy = Path(chatted.environment["AICA_HOME"]) / "data" / "conversations.v3.bak.db"
    copy.write_bytes(b"apples")
    for arguments in (("delete", "1"), ("trash", "2"), ("empty-trash",)):
        done = await chatted("history", *arguments)
        assert done.status == 0
        assert (f"keeps what was in it: {copy}" in done.err) == (arguments[0] != "trash")


async def test_B8_stored_text_is_made_visible(connected: Aica, server: MockServer) -> None:
    server.script.answer = "a\x1b[2Jb"
    await connected("chat", stdin=b"title \x1b]0;x\x07\n")
    for arguments in (("list",), ("show", "1"), ("search", "title"), ("export", "--format", "markdown"), ("export",)):
        result = await connected("history", *arguments)
        assert result.status == 0
        assert "\x1b" not in result.out + result.err


async def test_a_store_that_cannot_be_used_is_told(connected: Aica) -> None:
    folder = Path(connected.environment["AICA_HOME"]) / "data"
    folder.mkdir(parents=True)
    (folder / "conversations.db").write_bytes(b"not a database" * 1000)
    result = await connected("history", "list")
    assert "Chats cannot be saved" in result.err
    assert (folder / "conversations.db").read_bytes().startswith(b"not a database")


async def test_what_an_answer_was_asked_with_is_printed_and_can_be_run_again(
    connected: Aica, server: MockServer
) -> None:
    await connected("chat", stdin=b"first\nsecond\n")
    shown = await connected("history", "request", "1", "--answer", "1")
    assert shown.out.startswith("lm_studio:simulated/") and shown.out.endswith("user\nfirst\n")
    as_json = (await connected("history", "request", "1", "--as", "json")).value
    assert [m["content"] for m in as_json["messages"]][::2] == ["first", "second"]
    curl = (await connected("history", "request", "1", "--as", "curl")).out
    assert curl.startswith("curl -N http://127.0.0.1:") and '"content": "second"' in curl
    missing = await connected("history", "request", "1", "--answer", "3")
    assert missing.status == 2 and "Chat 1 has 2 answers" in missing.err
    nobody = await connected("history", "request", "77")
    assert nobody.status == 2 and "there is no chat 77" in nobody.err
