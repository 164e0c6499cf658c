"""Comparisons as files for people and programs: names are names there, whatever they are (reliability B10)."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.services.comparison.compared_answer import AnswerState, ComparedAnswer
from app.services.conversations.comparison_export import exported
from app.services.conversations.kept_comparisons import KeptComparison
from app.services.llm.errors import LLMError
from app.services.llm.llm_manager import Resolved

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=40
) | st.sampled_from(
    [
        "![x](http://evil.example/x.png)",
        "<img src=http://evil.example/x>",
        "[click](javascript:alert(1))",
        "a | b | c",
        "`code` **bold** # x",
        "http://evil.example/",
        "\\| \\\\| x",
        "| --- |",
        "&lt;script&gt;",
    ]
)


def comparison(name: str) -> KeptComparison:
    model = Resolved("lm_studio", name, local=True, simulated=False)
    answers = (
        ComparedAnswer(model, AnswerState.COMPLETE),
        ComparedAnswer(model, AnswerState.FAILED, error=LLMError("server_error", f"It failed: {name}")),
    )
    return KeptComparison("u", "why?", blind=False, created_at=0.0, answers=answers)


@given(NAMES)
@example("![x](http://evil.example/x.png)")
@example("<img src=http://evil.example/x>")
@example(" 0")
def test_B10_a_name_of_a_model_is_its_letters_in_a_compared_table_and_heading(name: str) -> None:
    kept = comparison(name)
    tokens = MarkdownIt("commonmark").enable("table").parse(exported(kept, "md").decode())
    cells = [t.content for t in tokens if t.type == "inline"]
    rows = sum(token.type == "tr_open" for token in tokens)
    assert (rows, sum(token.type in ("td_open", "th_open") for token in tokens)) == (3, 3 * 9), cells
    inner = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inner} <= {"text", "softbreak", "text_special"}
    assert not [token for token in tokens if token.type.startswith(("html", "link", "image"))]
    shown = ["".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"]
    asked = " ".join(f"lm_studio:{name}".split())
    assert f"A: {' '.join(kept.answers[0].name.split())}".rstrip() in shown
    assert [one for one in shown if one == asked], shown


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_B10_a_comparison_as_json_is_read_back_as_it_was(name: str) -> None:
    value = json.loads(exported(comparison(name), "json"))
    assert [one["letter"] for one in value["answers"]] == ["A", "B"]
    assert value["answers"] == json.loads(
        json.dumps(
            [{"letter": letter, **one.as_dict()} for letter, one in zip("AB", comparison(name).answers, strict=True)]
        )
    )
