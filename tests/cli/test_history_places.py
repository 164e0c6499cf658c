"""`aica history`: folders, tags, archived and pinned chats and the trash, from a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Aica

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chatted(connected: Aica) -> Aica:
    """Two chats are in the store: "apples" (id 1) and "pears" (id 2)."""
    await connected("chat", stdin=b"tell me of apples\n/new\nand of pears\n")
    return connected


async def listed(aica: Aica, *flags: str) -> list[dict[str, Any]]:
    value = (await aica("history", "list", *flags, "--json")).value
    return list(value["conversations"])


async def ids(aica: Aica, *flags: str) -> list[int]:
    return [one["id"] for one in await listed(aica, *flags)]


async def test_a_chat_goes_into_a_folder_that_is_made_and_out_of_it(chatted: Aica) -> None:
    assert (await chatted("history", "move", "1", "--folder", "fruit")).out == "1 chat moved to fruit.\n"
    assert (await listed(chatted, "--folder", "FRUIT"))[0]["folder"] == "fruit"
    assert await ids(chatted, "--folder", "fruit") == [1]
    table = (await chatted("history", "list")).out.splitlines()
    assert "FOLDER" in table[0] and "TAGS" not in table[0] and "fruit" in table[2]
    assert (await chatted("history", "folders")).out.split() == ["CHATS", "FOLDER", "1", "fruit"]
    assert (await chatted("history", "rename-folder", "Fruit", "trees")).out == "fruit is called trees now.\n"
    await chatted("history", "move", "1", "--out")
    assert await ids(chatted, "--folder", "trees") == []
    await chatted("history", "move", "1", "2", "--folder", "Trees")
    assert "trees deleted; 2 chats in it kept." in (await chatted("history", "delete-folder", "trees")).out
    assert (await chatted("history", "folders", "--json")).value == {"folders": []}
    assert await ids(chatted) == [2, 1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--folder", "nowhere"), "no folder is called “nowhere”"),
        (("list", "--tag", "none"), "no chat has the tag “none”"),
        (("move", "1", "--folder", " "), "A folder needs a name."),
        (("move", "1", "99", "--folder", "made"), "there is no chat 99"),
        (("rename-folder", "nowhere", "x"), "no folder is called"),
        (("tag", "1"), "--add or --remove"),
        (("tag", "1", "--add", "#"), "A tag needs a word."),
        (("restore", "1"), "no chat 1 in the trash"),
    ],
)
async def test_what_cannot_be_is_told_and_nothing_is_done(chatted: Aica, arguments: tuple[str, ...], said: str) -> None:
    result = await chatted("history", *arguments)
    assert result.status == 2 and said in result.err
    assert (await chatted("history", "folders", "--json")).value == {"folders": []}


async def test_tags_are_put_on_and_taken_off(chatted: Aica) -> None:
    result = await chatted("history", "tag", "1", "2", "--add", "#sweet", "--add", "open question")
    assert result.out == "1  open question, sweet\n2  open question, sweet\n"
    assert (await chatted("history", "tag", "1", "--remove", "SWEET")).out == "1  open question\n"
    assert await ids(chatted, "--tag", "sweet") == [2]
    assert (await listed(chatted, "--tag", "sweet"))[0]["tags"] == ["open question", "sweet"]
    value = (await chatted("history", "tags", "--json")).value
    assert value == {"tags": [{"tag": "open question", "chats": 2}, {"tag": "sweet", "chats": 1}]}


async def test_an_archived_chat_is_listed_only_where_it_is_asked_for_and_is_found(chatted: Aica) -> None:
    assert (await chatted("history", "archive", "2")).out == "1 chat archived.\n"
    assert (await ids(chatted), await ids(chatted, "--archived")) == ([1], [2])
    hits = (await chatted("history", "search", "--json", "pears", "is:archived")).value["hits"]
    assert {one["conversation_id"] for one in hits} == {2}
    exported = json.loads((await chatted("history", "export")).out)["conversations"]
    assert [one.get("archived_at") is not None for one in exported] == [True, False], "an export has all of them"
    await chatted("history", "unarchive", "2")
    assert await ids(chatted) == [2, 1]


async def test_a_pinned_chat_is_on_top(chatted: Aica) -> None:
    await chatted("history", "pin", "1")
    assert await ids(chatted) == [1, 2]
    await chatted("history", "unpin", "1")
    assert await ids(chatted) == [2, 1]


async def test_C10_the_trash_is_listed_restored_and_emptied(chatted: Aica) -> None:
    assert "The trash is empty." in (await chatted("history", "list", "--trash")).err
    await chatted("history", "trash", "1", "2")
    assert await ids(chatted) == []
    (first, second) = await listed(chatted, "--trash")
    assert {first["id"], second["id"]} == {1, 2} and first["days_left"] == 30
    assert "DAYS LEFT" in (await chatted("history", "list", "--trash")).out
    assert (await chatted("history", "restore", "2")).out == "1 chat restored.\n"
    assert (await chatted("history", "empty-trash")).out == "1 chat removed for good.\n"
    assert (await chatted("history", "empty-trash")).out == "The trash is empty.\n"
    assert (await ids(chatted), await ids(chatted, "--trash")) == ([2], [])
    data = Path(chatted.environment["AICA_HOME"]) / "data"
    assert not any(b"apples" in file.read_bytes() for file in data.rglob("*") if file.is_file())


async def test_a_chat_in_the_trash_can_be_deleted_at_once(chatted: Aica) -> None:
    await chatted("history", "trash", "1")
    assert (await chatted("history", "delete", "1")).out == "1 chat removed for good.\n"
    assert await ids(chatted, "--trash") == []


async def test_B8_names_are_made_visible(chatted: Aica) -> None:
    await chatted("history", "move", "1", "--folder", "a\x1b[2Jb")
    await chatted("history", "tag", "1", "--add", "c\x1b[2Jd")
    for arguments in (("list",), ("folders",), ("tags",), ("tag", "1", "--add", "more")):
        assert "\x1b" not in (await chatted("history", *arguments)).out
