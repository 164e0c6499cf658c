"""Presets: a system prompt, parameters and options of a load that are kept under a name, and which of them a model
begins with.

Plain functions on the owner thread's connection, for `ConversationStore.read` and `write`. A chat names its preset by
the uid, so that a new name changes nothing; one that is put back after it was deleted is the same again.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from dataclasses import replace
from typing import Any

from app.lean_dataclass import dataclass
from app.services.conversations.records import Preset, storable
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

logger = logging.getLogger(__name__)

MAX_NAME, MAX_PROMPT, MOST = 60, 100_000, 500
_COLUMNS = "uid, name, system_prompt, parameters, load_options"


@dataclass(frozen=True, slots=True)
class DeletedPreset:
    """What `delete_preset` took away: `put_back` needs all of it. `models`: (provider, model) that began with it."""

    preset: Preset
    models: tuple[tuple[str, str], ...]


def presets(db: sqlite3.Connection) -> list[Preset]:
    """All of them, by name."""
    found = [_preset(row) for row in db.execute(f"SELECT {_COLUMNS} FROM preset")]
    return sorted(found, key=lambda preset: preset.name.casefold())


def preset(db: sqlite3.Connection, uid: str) -> Preset | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM preset WHERE uid = ?", (uid,)).fetchone()
    return _preset(row) if row else None


def preset_called(db: sqlite3.Connection, name: str) -> Preset | None:
    """The one with this name, upper or lower case."""
    wanted = " ".join(name.split()).casefold()
    return next((one for one in presets(db) if one.name.casefold() == wanted), None)


def save_preset(
    db: sqlite3.Connection,
    name: str,
    system_prompt: str | None,
    parameters: dict[str, Any],
    load: dict[str, Any] | None = None,
) -> tuple[Preset, Preset | None]:
    """Keep settings under a name; returns them as they are kept, and what had the name before.

    `load`: options of a load; None leaves those that the name had.

    Raises:
        LLMError: config, for a name that is none, nothing to keep, or too many.
    """
    name = clean_name(name)
    before = preset_called(db, name)
    if load is None:
        load = before.load if before is not None else {}
    if system_prompt is None and not parameters and not load:
        raise LLMError(
            ErrorKind.CONFIG, say("There is nothing to keep."), say("Choose a system prompt or a value first.")
        )
    if len(system_prompt or "") > MAX_PROMPT:
        raise LLMError(
            ErrorKind.CONFIG, say("This preset cannot be kept."), say("At most {most:,} characters.", most=MAX_PROMPT)
        )
    if before is None and db.execute("SELECT count(*) FROM preset").fetchone()[0] >= MOST:
        raise LLMError(
            ErrorKind.CONFIG, say("There are {most:,} presets already.", most=MOST), say("Delete some first.")
        )
    uid = before.uid if before is not None else os.urandom(16).hex()
    kept = Preset(uid, name, system_prompt, dict(parameters), dict(load))
    _put(db, kept)
    return kept, before


def save_template(
    db: sqlite3.Connection, name: str, load: dict[str, Any], provider: str, model: str
) -> tuple[Preset, Preset | None]:
    """Keep options of a load under a name; returns it as it is kept, and what had the name before.

    What a preset of that name sets beside them stays. A new one takes the system prompt and the values that the model
    begins its chats with.

    Raises:
        LLMError: config, as `save_preset`.
    """
    name = clean_name(name)
    like = preset_called(db, name) or preset_of_model(db, provider, model)
    prompt, values = (like.system_prompt, like.parameters) if like is not None else (None, {})
    return save_preset(db, name, prompt, values, load)


def rename_preset(db: sqlite3.Connection, uid: str, name: str) -> Preset | None:
    """Give it another name; returns what it is now, None where it is gone.

    Raises:
        LLMError: config, for a name that is none, or another one's.
    """
    name = clean_name(name)
    found, other = preset(db, uid), preset_called(db, name)
    if found is None:
        return None
    if other is not None and other.uid != uid:
        raise LLMError(
            ErrorKind.CONFIG, say("There is a preset “{name}” already.", name=other.name), say("Take another name.")
        )
    renamed = replace(found, name=name)
    _put(db, renamed)
    return renamed


def delete_preset(db: sqlite3.Connection, uid: str) -> DeletedPreset | None:
    """Take it away; chats that have it are answered without. None where there is none."""
    found = preset(db, uid)
    if found is None:
        return None
    models = db.execute("SELECT provider, model FROM model_preset WHERE preset_uid = ?", (uid,)).fetchall()
    db.execute("DELETE FROM preset WHERE uid = ?", (uid,))
    return DeletedPreset(found, tuple((provider, model) for provider, model in models))


def put_back(db: sqlite3.Connection, deleted: DeletedPreset) -> None:
    """Undo `delete_preset`; what others chose for its models meanwhile stays.

    Raises:
        LLMError: config, its name is another one's by now.
    """
    other = preset_called(db, deleted.preset.name)
    if other is not None and other.uid != deleted.preset.uid:
        raise LLMError(
            ErrorKind.CONFIG, say("There is a preset “{name}” by now.", name=other.name), say("Rename that one first.")
        )
    _put(db, deleted.preset)
    for provider, model in deleted.models:
        db.execute(
            "INSERT OR IGNORE INTO model_preset(provider, model, preset_uid) VALUES (?, ?, ?)",
            (provider, model, deleted.preset.uid),
        )


def preset_of_model(db: sqlite3.Connection, provider: str, model: str) -> Preset | None:
    """The one that this model is asked with where a chat chose nothing else."""
    row = db.execute(
        "SELECT preset_uid FROM model_preset WHERE provider = ? AND model = ?", (provider, storable(model))
    ).fetchone()
    return preset(db, row[0]) if row else None


def models_of_presets(db: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """uid → (provider, model) that it is the default of."""
    found: dict[str, list[tuple[str, str]]] = {}
    for uid, provider, model in db.execute("SELECT preset_uid, provider, model FROM model_preset ORDER BY model"):
        found.setdefault(uid, []).append((provider, model))
    return found


def set_preset_of_model(db: sqlite3.Connection, provider: str, model: str, uid: str | None) -> None:
    """None: the model has no preset of its own any more. A uid that is gone changes nothing."""
    if uid is None:
        db.execute("DELETE FROM model_preset WHERE provider = ? AND model = ?", (provider, storable(model)))
    elif preset(db, uid) is not None:
        _set_model(db, provider, model, uid)


def clean_name(name: str) -> str:
    """A name as it is kept.

    Raises:
        LLMError: config.
    """
    name = " ".join(storable(name).split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise LLMError(
            ErrorKind.CONFIG,
            say("This cannot be the name of a preset."),
            say("It needs 1 to {most} characters in one line.", most=MAX_NAME),
        )
    return name


def _preset(row: tuple[Any, ...]) -> Preset:
    return Preset(row[0], row[1], row[2], _values(row[3], row[0]), _values(row[4], row[0]))


def _values(text: str | None, uid: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text is not None else {}
    except (ValueError, RecursionError):  # damaged: one preset must not keep chats from being answered
        logger.warning("the values of the preset %s cannot be read", uid)
        found = None
    return found if isinstance(found, dict) else {}


def _put(db: sqlite3.Connection, kept: Preset) -> None:
    now = time.time()
    prompt = None if kept.system_prompt is None else storable(kept.system_prompt)
    parameters = storable(json.dumps(kept.parameters, ensure_ascii=False))
    load = storable(json.dumps(kept.load, ensure_ascii=False)) if kept.load else None
    db.execute(
        f"INSERT INTO preset({_COLUMNS}, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(uid) DO UPDATE SET name = excluded.name, system_prompt = excluded.system_prompt, "
        "parameters = excluded.parameters, load_options = excluded.load_options, updated_at = excluded.updated_at",
        (kept.uid, kept.name, prompt, parameters, load, now, now),
    )


def _set_model(db: sqlite3.Connection, provider: str, model: str, uid: str) -> None:
    db.execute(
        "INSERT INTO model_preset(provider, model, preset_uid) VALUES (?, ?, ?) "
        "ON CONFLICT(provider, model) DO UPDATE SET preset_uid = excluded.preset_uid",
        (provider, storable(model), uid),
    )


# -- a store that was in memory for a while


def track(memory: sqlite3.Connection) -> None:
    """Remember what there is, for `merge`."""
    memory.execute(f"CREATE TEMP TABLE base_preset AS SELECT {_COLUMNS} FROM preset")
    memory.execute("CREATE TEMP TABLE base_model_preset AS SELECT * FROM model_preset")


def merge(memory: sqlite3.Connection, file: sqlite3.Connection, *, everything: bool) -> None:
    """Write into the file what was kept, changed and deleted in memory; what others did there otherwise stays.

    `everything`: the file is a new one. A name that another process gave meanwhile stays theirs: ours gets a number.
    """
    ours = {row[0]: _preset(row) for row in memory.execute(f"SELECT {_COLUMNS} FROM preset")}
    base = {row[0]: _preset(row) for row in memory.execute(f"SELECT {_COLUMNS} FROM base_preset")}
    for uid in base.keys() - ours.keys():
        if preset(file, uid) == base[uid]:
            file.execute("DELETE FROM preset WHERE uid = ?", (uid,))
    for uid, kept in ours.items():
        if everything or base.get(uid) != kept:
            _put(file, replace(kept, name=_free_name(file, kept)))
    _merge_models(memory, file, everything=everything)


def _free_name(file: sqlite3.Connection, kept: Preset) -> str:
    taken = {other.name.casefold() for other in presets(file) if other.uid != kept.uid}
    names = [kept.name, *(f"{kept.name} {number}" for number in range(2, MOST + 2))]
    return next(name for name in names if name.casefold() not in taken)


def _merge_models(memory: sqlite3.Connection, file: sqlite3.Connection, *, everything: bool) -> None:
    query = "SELECT provider, model, preset_uid FROM {table}"
    ours = {(row[0], row[1]): row[2] for row in memory.execute(query.format(table="model_preset"))}
    base = {(row[0], row[1]): row[2] for row in memory.execute(query.format(table="base_model_preset"))}
    for (provider, model), uid in ours.items():
        if everything or base.get((provider, model)) != uid:
            set_preset_of_model(file, provider, model, uid)
    for (provider, model), uid in base.items():
        if (provider, model) not in ours:
            file.execute(
                "DELETE FROM model_preset WHERE provider = ? AND model = ? AND preset_uid = ?", (provider, model, uid)
            )
