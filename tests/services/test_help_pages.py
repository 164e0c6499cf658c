"""The documents that come with the program, as pages and sections."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.services.help_pages import HelpPlace, find, follow, read_pages, slug_of

PAGES = read_pages()


def test_the_guide_is_first_and_every_file_is_a_page_with_sections() -> None:
    assert PAGES[0].name == "guide"
    names = {path.stem for path in Path("resources/help").glob("*.md")} if Path("resources/help").is_dir() else set()
    assert {page.name for page in PAGES} >= names
    assert all(page.sections for page in PAGES)
    assert len(PAGES[0].sections) > 15


def test_nothing_of_a_page_is_lost_between_its_sections(tmp_path: Path) -> None:
    text = (
        "# A page\n\nBefore.\n\n## One\n\ntext\n\n```\n## no heading\n```\n\n### Inner one\n\nmore\n\n## Two\n\nend\n"
    )
    (tmp_path / "page.md").write_text(text)
    (page,) = read_pages(tmp_path)
    assert page.title == "A page"
    assert [(one.slug, one.title) for one in page.sections] == [("", "A page"), ("one", "One"), ("two", "Two")]
    assert page.sections[1].inner == ("inner-one",)
    assert "\n".join(line for one in page.sections for line in one.lines) + "\n" == text


def test_of_pictures_in_two_colours_one_is_shown() -> None:
    section = next(one for one in PAGES[0].sections if "first-run-light" in "\n".join(one.lines))
    assert "first-run-light" in section.text(dark=False) and "first-run-dark" not in section.text(dark=False)
    assert "first-run-dark" in section.text(dark=True) and "first-run-light" not in section.text(dark=True)


def test_every_link_between_pages_leads_to_its_heading() -> None:
    for page in PAGES:
        for section in page.sections:
            for link in re.findall(r"\]\(([^)\s]+\.md[^)]*|#[^)]*)\)", "\n".join(section.lines)):
                if "/" in link:
                    continue
                place = follow(PAGES, page.name, link)
                assert place is not None, f"{page.name}: {link}"
                slug = link.partition("#")[2]
                assert not slug or slug in (place.section, place.heading), f"{page.name}: {link} leads to {place}"


@pytest.mark.parametrize(
    "link", ["https://example.org", "../../README.md", "nowhere.md", "/etc/passwd", "file:///x.md"]
)
def test_other_links_lead_to_no_page(link: str) -> None:
    assert follow(PAGES, "guide", link) is None


def test_searching_finds_titles_first_and_wants_every_word() -> None:
    places = find(PAGES, "statistics")
    assert places[0] == HelpPlace("guide", "statistics")
    assert find(PAGES, "gateway zzzz") == []
    assert find(PAGES, "  ") == []


def test_slugs_are_those_of_links() -> None:
    assert slug_of("Models from the hub") == "models-from-the-hub"
    assert slug_of("“It’s `aica`”, 2×") == "its-aica-2" or slug_of("`aica` setup") == "aica-setup"
