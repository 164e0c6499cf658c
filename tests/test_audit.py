"""The audit of what is locked, against a service on this computer; and the list of what a package holds."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.fakes.raw_http import Exchange, RawServer, answer, cut, head, refused_port, stall
from tests.test_packaging import LOCKS, requirements, version_of
from tests.tools import audit_dependencies, list_contents

pytestmark = pytest.mark.anyio


async def audit(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.tools.audit_dependencies", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def service(**weak: str) -> RawServer:
    """Knows these advisories, by package, and nothing else."""

    async def reply(exchange: Exchange) -> None:
        results = [
            {"vulns": [{"id": weak[name], "modified": "2026-01-01T00:00:00Z"}]}
            if (name := query["package"]["name"]) in weak
            else {}
            for query in exchange.request.json["queries"]
        ]
        await answer({"results": results})(exchange)

    return RawServer(reply)


async def test_E10_the_audit_asks_for_every_locked_package_and_names_what_is_known() -> None:
    async with service(httpx2="GHSA-aaaa-bbbb-cccc") as server:
        ended = await audit("--service", server.url)
        accepted = await audit("--service", server.url, "--accept", "GHSA-aaaa-bbbb-cccc")
    assert (ended.returncode, accepted.returncode) == (1, 0), ended.stderr
    (line,) = ended.stdout.splitlines()
    assert line.startswith("httpx2 ") and line.endswith(": GHSA-aaaa-bbbb-cccc")
    asked = {(q["package"]["name"], q["version"]) for q in server.requests[0].json["queries"]}
    wanted = {
        (name, version_of(text)) for lock in LOCKS for name, text in requirements(ROOT / "packaging" / lock).items()
    }
    assert wanted <= asked and len(wanted) > 60
    assert {name for name, _ in asked} == {name for name, _ in wanted}, "some in two versions, for two systems"
    assert all(query["package"]["ecosystem"] == "PyPI" for query in server.requests[0].json["queries"])


async def test_E10_the_audit_is_content_where_nothing_is_known() -> None:
    async with service() as server:
        ended = await audit("--service", server.url)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "0 with known advisories" in ended.stderr


@pytest.mark.parametrize(
    "reply",
    [
        answer("<html>Sign in</html>", content_type="text/html"),
        answer({"results": []}),
        answer({"results": "x"}),
        answer([1]),
        answer({"error": "no"}, 503),
        cut(head(200, length=100), 60),
    ],
    ids=["a portal", "too few answers", "another form", "a list", "an error", "cut off"],
)
async def test_E10_where_no_advisory_service_answers_one_line_says_that_it_was_skipped(reply: object) -> None:
    async with RawServer(reply) as server:  # type: ignore[arg-type]  # a reply
        status = await asyncio.to_thread(audit_dependencies.main, ["--service", server.url])
    assert status == 0


async def test_E10_a_service_that_is_not_there_or_never_answers_is_skipped_with_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_dependencies, "WAIT_S", 0.2)
    async with RawServer(stall()) as silent:
        for url in (f"http://127.0.0.1:{refused_port()}", silent.url):
            assert await asyncio.to_thread(audit_dependencies.main, ["--service", url]) == 0
            (line,) = capsys.readouterr().err.splitlines()
            assert line.startswith(f"[audit] skipped: no advisory service answers at {url}")


def test_E10_a_file_that_came_into_the_package_is_told_with_whose_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, earlier = tmp_path / "bundle", tmp_path / "earlier.txt"
    for name in ("aica", "_internal/app/main.pyc", "_internal/httpx2/x.pyc", "_internal/httpx2-1.0.dist-info/METADATA"):
        (bundle / name).parent.mkdir(parents=True, exist_ok=True)
        (bundle / name).write_text(name)
    (bundle / "_internal" / "lib.so").symlink_to("httpx2/x.pyc")
    assert list_contents.main([str(bundle)]) == 0
    earlier.write_text(capsys.readouterr().out)
    assert list_contents.main([str(bundle), str(earlier)]) == 0
    assert capsys.readouterr().out == "\n"
    (bundle / "_internal" / "httpx2-1.0.dist-info").rename(bundle / "_internal" / "httpx2-1.1.dist-info")
    (bundle / "_internal" / "app" / "main.pyc").write_text("changed")
    assert list_contents.main([str(bundle), str(earlier)]) == 0, "another version of what was there is no stranger"
    assert capsys.readouterr().out.count("\n") == 4
    (bundle / "_internal" / "litellm_init.pth").write_text("import os")
    assert list_contents.main([str(bundle), str(earlier)]) == 1
    said = capsys.readouterr()
    assert "litellm_init.pth" in said.out and said.err == "[contents] new: litellm_init\n"
