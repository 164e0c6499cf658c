"""What a person types into a search field, and what is understood of it."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.conversations import migrations, searching
from app.services.conversations.search_query import parse


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ("token", '"token"*'),
        ("token ", '"token"'),
        ("token stream", '"token" AND "stream"*'),
        ("tok* stream ", '"tok"* AND "stream"'),
        ('"queued prompt"', '"queued prompt"'),
        ('"queued pro', '"queued pro"'),
        ("stream -token ", '("stream") NOT ("token")'),
        ("-token ", ""),
        ("foo.bar(baz) ", '"foo bar baz"'),
        ("snake_case ", '"snake_case"'),
        ('NEAR("a" b) OR* ', '"NEAR a" AND "b" AND "OR"*'),
        ("done? ", '"done"'),
        ("-- ** ", ""),
    ],
)
def test_words_phrases_beginnings_and_what_to_leave_out(typed: str, expression: str) -> None:
    assert parse(typed).expression() == expression


def test_the_last_word_is_finished_for_a_program() -> None:
    assert parse("token stream", typing=False).expression() == '"token" AND "stream"'


def test_filters_narrow_and_are_no_words() -> None:
    query = parse('slow model:qwen3 provider:"lm_studio" role:you in:code after:2026-10 before:2026-11-21 ')

    assert query.expression() == '"slow"'
    assert (query.model, query.provider, query.role, query.in_code) == ("qwen3", "lm_studio", "user", True)
    assert query.after == datetime(2026, 10, 1).timestamp()
    assert query.before == datetime(2026, 11, 21).timestamp()


def test_filters_of_where_a_chat_stands_may_have_names_of_several_words() -> None:
    query = parse('slow folder:"Billing API" tag:bug tag:"open question" is:archived is:pinned ')

    assert query.expression() == '"slow"'
    assert (query.folder, query.tags) == ("Billing API", ("bug", "open question"))
    assert query.archived and query.pinned and query.has_filter
    assert parse("tag:#bug ").tags == ("bug",)
    assert parse('folder:"not yet en').folder == "not yet en"


@pytest.mark.parametrize("typed", ["http://host:1234", "std::vector", "in:Berlin", "model:", "time:now"])
def test_what_only_looks_like_a_filter_is_searched_for(typed: str) -> None:
    query = parse(typed)

    assert not query.has_filter and query.expression() and not query.problem


@pytest.mark.parametrize("typed", ["before:yesterday", "after:2026-13", "after:2026-02-30", "role:system", "is:gone"])
def test_a_filter_that_means_nothing_is_told(typed: str) -> None:
    query = parse(f"word {typed}")

    assert typed.split(":")[0] + ":" in query.problem


@given(
    st.text(alphabet=st.characters(), max_size=60) | st.from_regex(r'(-?("[\w ]*"?|\w+\*?|in:\w+|before:\S*) ?){0,6}')
)
def test_whatever_is_typed_is_a_query_that_can_be_asked(typed: str) -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(db)

    found = searching.search(db, parse(typed), 10)

    assert found.hits == []
    db.close()
