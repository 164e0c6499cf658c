"""Errors of the connection get the product's name, in whichever language they were told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.services import wording
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.providers._failures import Server, adopt
from app.services.wording import say

SERVER = Server("LM Studio", "lm_studio", "http://10.0.0.1:1234/v1/chat/completions", not_running="It is off.")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    wording.speak(None)


def silent() -> LLMError:
    return LLMError(ErrorKind.TIMEOUT, say("{host} has been silent for {seconds:g} s.", host="10.0.0.1", seconds=60.0))


def test_the_product_stands_in_the_place_of_the_host() -> None:
    assert adopt(silent(), SERVER).message == "LM Studio has been silent for 60 s."


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Desde hace {seconds:g} s, {host} no dice nada.", "Desde hace 60 s, LM Studio no dice nada."),
        ("{host} calla desde hace {seconds:g} s.", "LM Studio calla desde hace 60 s."),
        ("Silencio de x10.0.0.1 y {host}: {seconds:g} s", "Silencio de x10.0.0.1 y LM Studio: 60 s"),
    ],
)
def test_it_does_so_wherever_another_language_has_the_host(sentence: str, told: str) -> None:
    wording.speak(lambda _text: sentence)
    assert adopt(silent(), SERVER).message == told


def test_a_product_that_is_not_running_says_so_in_the_language() -> None:
    wording.speak(lambda text: f"⟦{text}⟧")
    error = adopt(LLMError(ErrorKind.NOT_RUNNING, "The server is not running."), SERVER)
    assert error.message == "⟦It is off.⟧"
    assert error.hint == "⟦Nothing answers at http://10.0.0.1:1234. ⟧"
