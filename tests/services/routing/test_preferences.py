"""Votes become strengths: shrunk while they are few, by kind and language, with opponents taken into account."""

from __future__ import annotations

import pytest

from app.services.routing.language import language_of
from app.services.routing.preferences import ModelKey, Preferences, VotedRound

A, B, C, D = (("lm_studio", name) for name in "abcd")


def won(winner: ModelKey, *others: ModelKey, kind: str = "code", language: str | None = None) -> VotedRound:
    return VotedRound((winner, *others), winner, kind=kind, language=language)


def test_without_votes_a_model_is_average() -> None:
    assert Preferences().standing(A, "code", "en").strength == 0.0
    assert Preferences([won(A, B)]).standing(C).judged == 0


def test_few_votes_say_less_than_many() -> None:
    once, often = (Preferences([won(A, B)] * n).standing(A) for n in (1, 12))
    assert 0.0 < once.strength < often.strength
    assert once.strength < 0.6, "one vote is not half a certainty"
    assert (once.judged, once.won, often.judged) == (1, 1, 12)
    assert Preferences([won(A, B)] * 12).standing(B).strength == pytest.approx(-often.strength, abs=1e-4)


def test_ties_pull_together_and_a_model_does_not_lose_to_itself() -> None:
    tied = Preferences([won(A, B)] * 3 + [VotedRound((A, B), None)] * 6)
    assert 0.0 < tied.standing(A).strength < Preferences([won(A, B)] * 3).standing(A).strength
    assert Preferences([VotedRound((A, A, B), A)]).standing(A).strength > 0.0


def test_to_beat_a_strong_model_says_more_than_to_beat_a_weak_one() -> None:
    strong_and_weak = [won(A, B)] * 10
    beats_strong = Preferences([*strong_and_weak, won(C, A), won(D, B)])
    assert beats_strong.standing(C).strength > beats_strong.standing(D).strength + 0.1


def test_when_all_were_bad_all_are_below_average() -> None:
    bad = Preferences([VotedRound((A, B), None, bad=True)] * 3)
    assert bad.standing(A).strength < 0.0 and bad.standing(A).strength == bad.standing(B).strength


def test_one_kind_of_task_is_told_from_another_and_learns_from_all_where_it_has_no_votes() -> None:
    both = Preferences([won(A, B, kind="code")] * 8 + [won(B, A, kind="other")] * 8)
    assert both.standing(A, "code").strength > 0.5 > -0.5 > both.standing(A, "other").strength
    assert abs(both.standing(A).strength) < 0.05
    only_other = Preferences([won(B, A, kind="other")] * 8)
    assert only_other.standing(B, "code") == only_other.standing(B), "nobody voted on code: all votes count"


def test_a_language_begins_with_what_is_known_of_the_kind() -> None:
    seen = Preferences([won(A, B, language="en")] * 8 + [won(B, A, language="de")])
    assert 0.0 < seen.standing(A, "code", "de").strength < seen.standing(A, "code", "en").strength
    assert seen.standing(A, "code", "fr") == seen.standing(A, "code")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Why is the sky blue?", "en"),
        ("Warum ist der Himmel blau und nicht grün?", "de"),
        ("Pourquoi est-ce que le ciel est bleu ?", "fr"),
        ("¿Por qué es el cielo azul y no verde para los que miran?", "es"),
        ("Perché il cielo è blu e non verde?", "it"),
        ("Por que o céu é azul e não verde?", "pt"),
        ("Waarom is de lucht blauw en niet groen?", "nl"),
        ("Почему небо голубое?", "ru"),
        ("なぜ空は青いのですか", "ja"),
        ("为什么天空是蓝色的", "zh"),
        ("하늘은 왜 파란가요", "ko"),
        ("x = [y]", None),
        ("", None),
        ("1234 !!", None),
        ("```\nthe and is are of\n```", None),
    ],
)
def test_the_language_is_told_where_it_is_plain(text: str, language: str | None) -> None:
    assert language_of(text) == language
