"""The vote of `aica compare --blind`: the answers under letters, the question, and what was said into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli import output

if TYPE_CHECKING:
    from app.services.conversations.comparison_rows import Vote
    from app.services.conversations.kept_comparisons import KeptComparison
    from app.services.conversations.store import ConversationStore


async def ask(store: ConversationStore, uid: str) -> None:
    """Print the answers without their names and ask for a vote. After it the names may be seen, vote or not."""
    from app.cli import compared_output
    from app.services.conversations import comparison_rows
    from app.services.conversations.kept_comparisons import kept_comparison

    kept = await store.read(kept_comparison, uid)
    if kept is None:
        output.note("The comparison was deleted meanwhile.")
        return
    compared_output.print_answers(kept.answers, hidden=True)
    vote = await _vote(kept) if kept.can_vote else None
    if not kept.can_vote:
        output.note("There is no vote: fewer than two models answered.")
    if vote is None:
        await store.write(comparison_rows.reveal, uid)
    else:
        await store.write(comparison_rows.set_vote, uid, vote, kept.kind)


async def _vote(kept: KeptComparison) -> Vote | None:
    """None where the person wants none."""
    from prompt_toolkit import PromptSession  # here: it costs 100 ms, and only a vote needs it

    from app.services.conversations.comparison_rows import LETTERS

    letters = LETTERS[: len(kept.answers)]
    meanings: dict[str, Vote | None] = {**{one.lower(): one for one in letters}, "t": "tie", "x": "bad", "": None}
    question = f"Which is better? {', '.join(letters)}, T tie, X both bad, Enter no vote: "
    session: PromptSession[str] = PromptSession(reserve_space_for_menu=0)
    while True:
        try:
            said = (await session.prompt_async(question)).strip().lower()
        except (EOFError, KeyboardInterrupt):
            return None
        if said in meanings:
            return meanings[said]
        output.note(f"{output.one_line(said, 20)} is none of them.")
