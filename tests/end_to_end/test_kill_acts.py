"""`kill -9` in the midst of everything that can be done with chats: what was acknowledged is so afterwards."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.end_to_end.kill_runs import Ledger, Shown, kill_runs

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")]


async def test_C6_what_was_acknowledged_survives_kills_and_what_was_destroyed_stays_away(tmp_path: Path) -> None:
    met = await kill_runs(tmp_path, runs=10, seed=10)
    assert met["kills"] == 10 and met["migrations"] == 2
    assert met["acts"] > 50, f"the kills met too little: {met}"


@pytest.mark.parametrize(
    ("states", "problem"),
    [
        ({"message1": "here"}, "was shown as here and is gone"),
        ({"message2": "gone"}, "was shown as gone and is here"),
        ({}, "nobody was shown"),
    ],
)
def test_the_check_sees_what_is_lost_what_is_back_and_what_came_from_nowhere(
    tmp_path: Path, states: dict[str, str], problem: str
) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE conversation(title, deleted_at); CREATE TABLE message(id, text, deleted_at);"
            "CREATE TABLE attachment(name, hash); CREATE TABLE content(hash, data); CREATE TABLE journal(message_id);"
            "INSERT INTO message VALUES (1, 'message2', NULL)"
        )
    db.close()
    shown = Shown(0.0, states={"message2": "here", **states} if "message1" in states else states)
    with pytest.raises(AssertionError, match=problem):
        Ledger().check(path, shown)
