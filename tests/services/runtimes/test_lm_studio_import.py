"""Files of ours offered to LM Studio through a fake `lms`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.services.llm.errors import ErrorKind, LLMError
from app.services.runtimes.lm_studio_import import offer_to_lm_studio
from tests.fakes.lms import FakeLms

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / f"big-0000{n}-of-00002.gguf" for n in (1, 2)]
    for file in made:
        file.write_bytes(file.name.encode())
    return made


async def test_an_offer_that_broke_off_is_completed_by_the_next(home: Path, files: list[Path]) -> None:
    lms = FakeLms(home, models=str(home / "models"))
    lms.behave(models=str(home / "models"), fails="No space left on device", only=[str(files[1])])
    with pytest.raises(LLMError) as broken:
        await offer_to_lm_studio(files, "maker/Big-GGUF")
    assert broken.value.kind is ErrorKind.SERVER_ERROR and "No space left" in broken.value.hint
    lms.behave(models=str(home / "models"))
    await offer_to_lm_studio(files, "maker/Big-GGUF")
    assert sorted(one.name for one in (home / "models" / "maker" / "Big-GGUF").iterdir()) == [f.name for f in files]
    with pytest.raises(LLMError) as there:
        await offer_to_lm_studio(files, "maker/Big-GGUF")
    assert "already exists" in there.value.hint


async def test_without_lms_nothing_is_done(home: Path, files: list[Path]) -> None:
    with pytest.raises(LLMError) as missing:
        await offer_to_lm_studio(files, "maker/Big-GGUF")
    assert missing.value.kind is ErrorKind.NOT_INSTALLED
