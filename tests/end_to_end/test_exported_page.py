"""An exported page in a real browser, where one is installed: opening it asks nobody for anything (reliability B10)."""

# ruff: noqa: E501 - what a page may hold stays on one line each

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from app.services.conversations.portable import PortableChat, PortableMessage
from app.services.conversations.readable import closing_of, document_of, opening_of
from tests.fakes.raw_http import RawServer, answer

pytestmark = pytest.mark.anyio

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (found := shutil.which(name))),
    None,
)


def hostile(address: str) -> str:
    """Whatever may make a page load something, as HTML and as Markdown, and out of what stands around it."""
    to = f"{address}/canary"
    return "\n\n".join(
        [
            f"<img src='{to}'><script src='{to}'></script><script>fetch('{to}')</script><iframe src='{to}'></iframe>",
            f"<link rel=stylesheet href='{to}'><link rel=prefetch href='{to}'><link rel=dns-prefetch href='{to}'>",
            f"<style>@import url({to}); body {{ background: url({to}) }} @font-face {{ font-family: x; src: url({to}) }}</style>",
            f"<svg><image href='{to}'/><use href='{to}#x'/></svg><video src='{to}' poster='{to}'></video><object data='{to}'>",
            f"<meta http-equiv=refresh content='0;url={to}'><base href='{address}/'><form action='{to}'><input autofocus>",
            f"<body onload=fetch('{to}')><details open ontoggle=fetch('{to}')><img srcset='{to} 2x' onerror=fetch('{to}')>",
            f"![picture]({to}) [![both]({to})]({to}) ![reference][r] <{to}> {to}\n\n[r]: {to}",
            f'</p></section></article></body></html><img src="{to}">"\'><img src={to}>',
            f"```html\" onmouseover=fetch('{to}')\n</code></pre><img src='{to}'>\n```",
            f"| ![t]({to}) | <img src='{to}'> |\n|---|:-:|\n| `</code><img src={to}>` | x |",
        ]
    )


async def opened(page: Path, folder: Path) -> str:
    """The page as the browser understood it, after everything that it would load has had its time."""
    assert BROWSER is not None
    child = await asyncio.create_subprocess_exec(
        *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-pings"),
        # It asks its maker for this and that at every start: no name leads anywhere but to the page's own canary.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        *(f"--user-data-dir={folder}", "--virtual-time-budget=2000", "--dump-dom", page.as_uri()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )
    async with asyncio.timeout(90):
        out, _ = await child.communicate()
    return out.decode("utf-8", "replace")


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed")
async def test_B10_opening_an_exported_page_makes_no_request(tmp_path: Path) -> None:
    async with RawServer(answer(b"", content_type="image/png")) as stranger:
        text = hostile(stranger.url)
        messages = tuple(
            PortableMessage(number=n, role=role, text=text, model_name=text[:200])  # type: ignore[arg-type]  # its roles
            for n, role in enumerate(("user", "assistant"), start=1)
        )
        chat = PortableChat(title=text[:300], messages=messages)
        page, control = tmp_path / "chat.html", tmp_path / "control.html"
        page.write_text(opening_of("html") + document_of(chat, "html") + closing_of("html"), encoding="utf-8")
        shown = await opened(page, tmp_path / "first")
        assert "Chats" in shown and "picture" in shown
        assert stranger.connections == 0, [seen.target for seen in stranger.requests]

        control.write_text(f"<title>Chats</title><body>{text}</body>", encoding="utf-8")
        await opened(control, tmp_path / "second")
        assert stranger.connections > 0, "what the page holds would ask: the test can fail"
