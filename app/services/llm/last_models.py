"""The model that each provider was asked for last, by whichever front: also by those that keep no chat."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from app.services.atomic_file import write_atomically
from app.services.llm.safe_json import loads, mapping_of

logger = logging.getLogger(__name__)

#: More providers than anybody has: the file is read for each question without a model, and behind each answer.
MOST = 200


class LastModels:
    """Provider → model, in one small file that is written when a model is another one than before."""

    def __init__(self, file: Path | None) -> None:
        """`file` None: nothing is kept beyond this run."""
        self._file = file
        #: Where there is no file, or it cannot be written.
        self._here: dict[str, str] = {}

    def of(self, provider: str) -> str | None:
        """Read anew each time: another program may have asked since."""
        return self._here.get(provider) or self._read().get(provider)

    def note(self, provider: str, model: str) -> None:
        """This model answered. A file that cannot be written costs only the memory of it."""
        if self._file is None:
            self._here[provider] = model
            return
        models = self._read()
        if models.pop(provider, None) == model:
            return
        newest = dict([*models.items(), (provider, model)][-MOST:])
        try:
            write_atomically(self._file, json.dumps(newest, indent=1).encode())
        except OSError as exc:
            self._here[provider] = model
            logger.info("the model used last is not kept: %s", exc.strerror)
        else:
            self._here.pop(provider, None)

    def _read(self) -> dict[str, str]:
        try:
            found = mapping_of(loads(self._file.read_bytes())) if self._file is not None else {}
        except (OSError, ValueError):
            found = {}
        return {name: model for name, model in found.items() if isinstance(model, str)}
