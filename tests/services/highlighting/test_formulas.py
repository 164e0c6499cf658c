"""Formulas come as drawings that refer to nothing; what is none, or hostile, keeps its source."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from app.services.highlighting.formulas import INK, MAX_CHARACTERS, FormulaRenderer, checked

pytestmark = pytest.mark.anyio


@pytest.fixture
async def renderer() -> AsyncIterator[FormulaRenderer]:
    made = FormulaRenderer()
    yield made
    await made.aclose()


async def test_formulas_are_drawn_in_one_ink(renderer: FormulaRenderer) -> None:
    for source in (
        r"x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}",
        r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
        r"\overline{x} < \boxed{y}",
        r"\begin{cases}1 & x>0\\0 & \text{else}\end{cases}",
    ):
        drawing = await renderer.drawing(source)
        assert drawing is not None, source
        assert drawing.width > 0 and drawing.height > 0 and drawing.svg.startswith("<svg")
        assert INK in drawing.svg and "black" not in drawing.svg


async def test_what_is_no_formula_keeps_its_source_and_the_next_one_is_drawn(renderer: FormulaRenderer) -> None:
    for source in (
        "",
        "  ",
        r"\frac{",
        r"\foo{bar}",
        r"\alpha{",
        "a & b",
        "{" * 400,
        r"\sqrt{" * 300 + "x" + "}" * 300,
        r"\def\x{\x}\x",
    ):
        assert await renderer.drawing(source) is None, source
    assert await renderer.drawing("x") is not None


async def test_B_hostile_formulas_name_no_files_and_take_no_time(renderer: FormulaRenderer) -> None:
    began = time.perf_counter()
    for source in (
        r"\color{url(http://127.0.0.1/x)}{x}",
        r"\text{<image href='file:///etc/passwd'/>}",
        r"\rule{1000em}{1000em}",
        r"\hspace{99999999em}x",
        "x" * (MAX_CHARACTERS + 1),
        "x" * MAX_CHARACTERS,
        r"\href{file:///etc/passwd}{" * 20 + "}" * 20,
    ):
        drawing = await renderer.drawing(source)
        assert drawing is None or ("url" not in drawing.svg and "href" not in drawing.svg), source
    assert time.perf_counter() - began < 20


def test_only_drawings_pass() -> None:
    def svg(inside: str, about: str = 'width="10" height="10" viewBox="0 0 10 10"') -> str:
        return f'<svg xmlns="http://www.w3.org/2000/svg" {about}>{inside}</svg>'

    assert checked(svg('<path d="M 1 2 L 3.5 -4 Z" fill="#010203" /><g><rect x="0" y="1" width="2" height="3"/></g>'))
    for inside in (
        '<image href="file:///etc/passwd"/>',
        '<image xlink:href="http://x/y"/>',
        "<script>x</script>",
        '<path d="M0 0" onload="x"/>',
        '<path d="M0 0" fill="url(#x)"/>',
        '<path d="M0 0" style="fill:url(http://x)"/>',
        "text",
        "<style>@import url(http://x)</style>",
        "<!-- x -->",
        "<!DOCTYPE svg>",
        '<use href="#x"/>',
        '<path d="&#x41;"/>',
        "<path",
    ):
        assert checked(svg(inside)) is None, inside
    for about in ('width="99999" height="10"', 'width="10" height="0"', 'width="nan" height="1"', ""):
        assert checked(svg("", about)) is None, about
    assert checked(None) is None and checked("") is None and checked("x" * 500_000) is None
