"""Sentences of the core in another language: what is put in, and what a wrong translation does."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, Field, ValidationError

from app.services import wording
from app.services.value_words import value_words

SENTENCE = "{name} has {n:,} models."


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    wording.speak(None)


def test_a_translation_gets_the_values_where_it_wants_them() -> None:
    wording.speak({SENTENCE: "{n:,} modelos en {name}."}.get)  # type: ignore[arg-type]  # None: no translation
    assert wording.say(SENTENCE, name="Ollama", n=1200) == "1,200 modelos en Ollama."


@pytest.mark.parametrize(
    "wrong",
    [
        "{nombre} tiene {n:,} modelos.",
        "{name} tiene {} modelos.",
        "{name} tiene {0} modelos.",
        "{name tiene {n} modelos.",
        "{name} tiene {n:zz} modelos.",
        "{name.missing} tiene {n} modelos.",
        "{name[key]} tiene {n} modelos.",
        "{name!x} tiene {n} modelos.",
        "{name} tiene } modelos.",
    ],
)
def test_a_translation_with_wrong_places_is_english_and_is_logged(wrong: str, caplog: pytest.LogCaptureFixture) -> None:
    wording.speak(lambda _text: wrong)
    with caplog.at_level(logging.WARNING):
        assert wording.say(SENTENCE, name="Ollama", n=1200) == "Ollama has 1,200 models."
    assert SENTENCE in caplog.text


def test_braces_in_a_value_stay_as_they_are() -> None:
    wording.speak(lambda text: text)
    assert wording.say("It said: “{said}”", said="{n} {0} {") == "It said: “{n} {0} {”"


def test_a_text_without_values_is_not_read_for_places() -> None:
    assert wording.say('{"prompt": "…"}') == '{"prompt": "…"}'
    wording.speak(lambda text: text)
    assert wording.say('{"prompt": "…"}') == '{"prompt": "…"}'


def test_nothing_is_asked_for_without_a_text() -> None:
    wording.speak(lambda _text: "something")
    assert wording.say("") == ""


def test_a_part_of_a_sentence_can_begin_one() -> None:
    assert wording.capitalised("no answer") == "No answer"
    assert wording.capitalised("") == ""
    assert wording.capitalised("ñandú") == "Ñandú"


class Numbers(BaseModel):
    share: float = Field(0.5, ge=0, le=1)
    name: str = Field("x", min_length=1, max_length=3, pattern="^[a-z]*$")
    tokens: int = Field(1, gt=0)
    on: bool = True


@pytest.mark.parametrize(
    ("values", "english", "bracketed"),
    [
        ({"share": -1}, "Input should be greater than or equal to 0", "⟦Input should be greater than or equal to 0⟧"),
        ({"share": 2}, "Input should be less than or equal to 1", "⟦Input should be less than or equal to 1⟧"),
        ({"name": "long"}, "String should have at most 3 characters", "⟦String should have at most 3 characters⟧"),
        ({"name": ""}, "String should have at least 1 character", "⟦String should have at least 1 character⟧"),
        ({"name": "A"}, "String should match pattern '^[a-z]*$'", "⟦String should match pattern '^[a-z]*$'⟧"),
        ({"tokens": 0}, "Input should be greater than 0", "⟦Input should be greater than 0⟧"),
        (
            {"tokens": "many"},
            "Input should be a valid integer, unable to parse string as an integer",
            "⟦Input should be a valid integer, unable to parse string as an integer⟧",
        ),
        (
            {"on": "perhaps"},
            "Input should be a valid boolean, unable to interpret input",
            "⟦Input should be a valid boolean, unable to interpret input⟧",
        ),
    ],
)
def test_what_pydantic_says_of_a_value_is_spoken(values: dict[str, object], english: str, bracketed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Numbers.model_validate(values)
    error = caught.value.errors()[0]
    assert value_words(error) == english
    wording.speak(lambda text: f"⟦{text}⟧")
    assert value_words(error) == bracketed


def test_what_is_not_known_of_pydantic_stays_as_it_is() -> None:
    wording.speak(lambda text: f"⟦{text}⟧")
    assert value_words({"msg": "Input should be somewhere else"}) == "⟦Input should be somewhere else⟧"
    assert value_words({"msg": "URL input should have a host"}) == "URL input should have a host"
