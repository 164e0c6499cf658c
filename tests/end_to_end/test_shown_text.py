"""What a text asks for while it is shown, as the system sees it: no file of another's choice, no connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.services.mock_server import MockServer, Script
from tests.desktop.session_window import store_chat
from tests.end_to_end.conftest import Programs
from tests.end_to_end.traced import needs_strace, run_traced
from tests.fakes.raw_http import RawServer, answer

pytestmark = pytest.mark.anyio

WANTED = "canary-of-a-picture"


def hostile(folder: Path, address: str) -> str:
    """All forms in which a text may name a file or a picture somewhere."""
    file = folder / f"{WANTED}.png"
    return "\n\n".join(
        [
            f"![a]({file}) ![b](file://{file}) ![c]({address}/{WANTED}.png)",
            f"<img src='{file}'><img src='file://{file}'><img src='{address}/{WANTED}'>",
            f"<style>@import url({address}/{WANTED}.css); body {{ background: url('file://{file}') }}</style>",
            f"<ul style=\"list-style-image:url('{file}')\"><li>x</li></ul><table background='{file}'><tr><td>y</table>",
            f"<link rel=stylesheet href='{address}/{WANTED}.css'><iframe src='file://{file}'></iframe>",
            f"[link]({address}/{WANTED}) <{address}/{WANTED}> file://{file}",
            f"```html\n<img src='file://{file}'>\n```",
            f"| ![t]({file}) | <img src='{address}/{WANTED}'> |\n|---|---|\n| `{file}` | $\\input{{{file}}}$ |",
        ]
    )


@needs_strace
async def test_B1_a_text_that_names_files_and_pictures_opens_none_of_them_live_or_from_the_history(
    programs: Programs, tmp_path: Path
) -> None:
    home, traces = tmp_path / "home", tmp_path / "traces"
    async with RawServer(answer("never asked for")) as stranger:
        text = hostile(tmp_path, stranger.url)
        title = f"<img src='file://{tmp_path}/{WANTED}.png'>"
        await store_chat(home, title, [("user", text), ("assistant", text)])
        async with MockServer(Script(ttft=0.01, tokens_per_second=0, answer=text)) as server:
            said, ended = await run_traced(
                programs,
                traces,
                ("-s", "4096", "-e", "trace=%file,connect"),
                *("tests.end_to_end.shown_text_child", "--home", str(home)),
                *("--provider", "lm_studio", "--model", "simulated/coder-7b"),
                environment={"LMSTUDIO_BASE_URL": server.base_url},
            )
        assert said == ["done"], ended.err
        assert stranger.requests == []
    lines = [line for file in traces.iterdir() for line in file.read_text(errors="replace").splitlines()]
    assert any("conversations.db" in line for line in lines), "files were watched"
    assert [line for line in lines if WANTED in line] == []
    port = stranger.url.rpartition(":")[2]
    assert [line for line in lines if f"htons({port})" in line] == []
