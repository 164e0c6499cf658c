"""The documents that come with the program, as pages and sections."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.services.help_pages import FOLDER, HelpPlace, find, follow, read_pages, slug_of, text_beside
from tests.tools.write_translations import read

PAGES = read_pages()


def test_the_guide_is_first_and_every_file_is_a_page_with_sections() -> None:
    assert PAGES[0].name == "guide"
    names = {path.stem for path in Path("resources/help").glob("*.md")} if Path("resources/help").is_dir() else set()
    assert {page.name for page in PAGES} >= names
    assert all(page.sections for page in PAGES)
    assert len(PAGES[0].sections) > 15


def test_nothing_of_a_page_is_lost_between_its_sections(tmp_path: Path) -> None:
    text = (
        "# A page\n\nBefore.\n\n## One\n\ntext\n\n```\n## no heading\n<!-- shown -->\n```\n\n"
        "### Inner one\n\nmore\n\n## Two\n\nend\n"
    )
    (tmp_path / "page.md").write_text(text)
    (page,) = read_pages(tmp_path)
    assert page.title == "A page"
    assert [(one.slug, one.title) for one in page.sections] == [("", "A page"), ("one", "One"), ("two", "Two")]
    assert page.sections[1].inner == (("inner-one", "Inner one"),)
    assert "\n".join(line for one in page.sections for line in one.lines) + "\n" == text


def test_a_page_in_another_language_keeps_its_places_and_others_stay_english(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("# One\n\n## The first\n\n### `code` inside\n\ntext\n\n## The last\n\nend\n")
    (tmp_path / "two.md").write_text("# Two\n\n[there](one.md#code-inside)\n")
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "one.md").write_text(
        "# Uno\n\n## El primero\n\n### `code` dentro\n\ntexto\n\n## El último\n\n[ahí](#the-first)\n"
    )
    one, two = read_pages(tmp_path, "es")
    assert (one.title, two.title) == ("Uno", "Two")
    assert [(s.slug, s.title) for s in one.sections] == [
        ("", "Uno"),
        ("the-first", "El primero"),
        ("the-last", "El último"),
    ]
    place = follow((one, two), "two", "one.md#code-inside")
    assert place == HelpPlace("one", "the-first", "code-inside")
    assert one.sections[1].title_of("code-inside") == "code dentro"
    assert follow((one, two), "one", "#the-first") == HelpPlace("one", "the-first")


FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TRANSLATED = sorted(Path(*FOLDER).glob("*/*.md"))


@pytest.mark.parametrize("file", TRANSLATED, ids=str)
def test_a_translated_page_has_the_headings_code_and_links_of_the_english_one(file: Path) -> None:
    translated, english = file.read_text("utf-8"), (file.parents[1] / file.name).read_text("utf-8")

    def levels(text: str) -> list[int]:
        return [len(line) - len(line.lstrip("#")) for line in FENCE.sub("", text).splitlines() if line.startswith("#")]

    assert levels(translated) == levels(english)
    assert [one.splitlines()[0] for one in FENCE.findall(translated)] == [
        one.splitlines()[0] for one in FENCE.findall(english)
    ]
    assert sorted(LINK.findall(translated)) == sorted(LINK.findall(english))
    assert translated.count("\n|") == english.count("\n|"), "as many rows of tables"


CODE = re.compile(r"`[^`]*`")
#: Menus of other programs that are called as something of ours is.
OF_OTHERS = {"Export chats"}
LABEL = re.compile(r"(?<![*\w])\*([^*]+)\*(?![*\w])")


def labels(file: Path) -> list[str]:
    """What stands in italics: names of buttons, tabs and menus, and a few other words."""
    return [" ".join(one.split()) for one in LABEL.findall(CODE.sub("", FENCE.sub("", file.read_text("utf-8"))))]


@pytest.mark.parametrize("file", TRANSLATED, ids=str)
def test_a_translated_page_calls_buttons_as_the_window_does(file: Path) -> None:
    called: dict[str, set[str]] = {}
    for text, forms in read(file.parent.name).items():
        called.setdefault(text.source, set()).add(forms[0])
    theirs = set(labels(file))
    known = [label for label in labels(file.parents[1] / file.name) if label in called and label not in OF_OTHERS]
    assert len(known) > 2 or file.stem == "install", "the reader of labels has stopped reading"
    assert not [f"{label}: {called[label]}" for label in known if not called[label] & theirs]


def test_of_pictures_in_two_colours_one_is_shown() -> None:
    section = next(one for one in PAGES[0].sections if "first-run-light" in "\n".join(one.lines))
    assert "first-run-light" in section.text(dark=False) and "first-run-dark" not in section.text(dark=False)
    assert "first-run-dark" in section.text(dark=True) and "first-run-light" not in section.text(dark=True)


def test_every_link_between_pages_leads_to_its_heading() -> None:
    for page in PAGES:
        for section in page.sections:
            text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", CODE.sub("", FENCE.sub("", "\n".join(section.lines))))
            for link in re.findall(r"\]\(((?!https?:)[^)\s]+)\)", text):
                place = follow(PAGES, page.name, link)
                assert place is not None, f"{page.name}: {link}"
                if not place.page:
                    continue
                slug = link.partition("#")[2]
                assert not slug or slug in (place.section, place.heading), f"{page.name}: {link} leads to {place}"


@pytest.mark.parametrize("link", ["../../LICENSE", "../licences/LGPL-3.0.txt", "../../config/llm_studio_config.json"])
def test_a_link_to_a_file_beside_the_help_leads_to_its_words(link: str) -> None:
    place = follow(PAGES, "licences", link)
    assert place is not None and place.page == ""
    name = link.rpartition("/")[2]
    text = text_beside(place.section)
    assert text is not None and text.startswith(f"## {name}\n\n~~~~\n") and len(text) > 200
    assert text_beside("resources/licences/none.txt") is None


@pytest.mark.parametrize(
    "link",
    ["https://example.org", "../../app/paths.py", "nowhere.md", "/etc/passwd", "file:///x.md", "../../../LICENSE"],
)
def test_other_links_lead_to_no_page(link: str) -> None:
    assert follow(PAGES, "guide", link) is None


def test_searching_finds_titles_first_and_wants_every_word() -> None:
    places = find(PAGES, "statistics")
    assert places[0] == HelpPlace("guide", "statistics")
    assert find(PAGES, "gateway zzzz") == []
    assert find(PAGES, "proxy")[0].page == "troubleshooting", "its title says “proxies”"
    assert HelpPlace("troubleshooting", "a-key-is-refused-or-not-kept") in find(PAGES, "keys")[:3]
    names = [place.page for place in find(PAGES, "mcp") if place.section]
    assert names.index("guide") < names.index("reference"), "what tells how comes before what lists all"
    assert find(PAGES, "  ") == []


def test_a_page_that_only_begins_leads_on_to_its_sections() -> None:
    guide = PAGES[0]
    links = re.findall(r"\]\(([^)]+)\)", guide.contents_of(guide.sections[0].slug))
    assert [follow(PAGES, "guide", link) for link in links] == [HelpPlace("guide", s.slug) for s in guide.sections[1:]]
    assert guide.contents_of(guide.sections[1].slug) == ""


def test_slugs_are_those_of_links() -> None:
    assert slug_of("Models from the hub") == "models-from-the-hub"
    assert slug_of("“It’s `aica`”, 2×") == "its-aica-2" or slug_of("`aica` setup") == "aica-setup"
