"""How fast models are here, in words: measured in their own answers, or expected from those of other models."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.statistics.expected import Expectation
    from app.services.statistics.learning import SpeedLearner


def tr(text: str, n: int = -1) -> str:
    """`n` chooses the plural form in languages that have them."""
    return QCoreApplication.translate("Statistics", text, None, n)


class LearnedSpeeds(QObject):
    """Reads the store when it is asked to look, and not before.

    Signals:
        changed(): other words than before.
    """

    changed = Signal()

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._learner: SpeedLearner | None = None
        self._looking: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Learn from what ran until now."""
        if self._engine.is_ready and (self._looking is None or self._looking.done()):
            self._looking = self._tasks.start(self.learn(), name="speeds.look")

    async def learn(self) -> None:
        """The same, for who waits until it is done."""
        from app.services.statistics.learning import SpeedLearner  # here: no start needs it

        states = self._engine.services.catalogue.states()
        models = [(name, model) for name, state in states.items() for model in state.models]
        self._learner = await self._engine.run(SpeedLearner.read(self._engine.store, models))
        self.changed.emit()

    def of(self, instance_id: str, model: str) -> tuple[str, str, float]:
        """The speed of a listed model, where it is from, and tokens a second; "" and 0 where nothing tells."""
        found = self._learner.expect(instance_id, model) if self._learner is not None else None
        if found is None:
            return "", "", 0.0
        return expected_words(found), source_words(found), found.tokens_per_second or 0.0

    def of_file(self, backends: Sequence[str], name: str, size_bytes: int | None) -> str:
        """What a model that is not here yet would do in the first of these programs that can tell; "" for none."""
        if self._learner is None:
            return ""
        from app.services.statistics.expected import weight_bytes  # here: as above

        read = weight_bytes(name, size_bytes)
        found = (self._learner.predict(backend, name, read) for backend in backends)
        return next((expected_words(one) for one in found if one is not None), "")

    def lines_for(self, instance_id: str, model: str, prompt_tokens: int, *, reads_all: bool) -> list[tuple[str, str]]:
        """Name and value of what the next answer will be like. `reads_all`: the server has nothing of the prompt yet;
        else it may have read most of it."""
        found = self._learner.expect(instance_id, model, prompt_tokens) if self._learner is not None else None
        if found is None:
            return []
        lines = [(tr("Speed to expect"), expected_words(found))]
        if found.ttft_s is not None:
            from app.desktop.models.figure_words import ttft_words  # here: as above

            form = tr("≈ {s}") if reads_all else tr("at most ≈ {s}")
            lines.append((tr("First token after"), form.format(s=ttft_words(found.ttft_s))))
        return lines

    def predicted_beside_measured(self, instance_id: str, model: str) -> str:
        """What its own answers measured, and what other models would have let expect; "" where one is missing."""
        if self._learner is None:
            return ""
        own, others = self._learner.expect(instance_id, model), self._learner.predict_listed(instance_id, model)
        if own is None or others is None or not own.answers:
            return ""
        text = tr("Speed: {measured} measured in the last {n} answers; {expected} expected from other models here.")
        return text.format(measured=expected_words(own), n=own.answers, expected=expected_words(others))

    async def aclose(self) -> None:
        await self._tasks.aclose()


def expected_words(found: Expectation) -> str:
    """`41.2 tok/s` as it was measured, `≈ 41.2 tok/s` where its tokens were counted here, `≈ 38 tok/s` as it is
    expected."""
    from app.desktop.models.figure_words import about_speed_words, speed_words  # here: as above

    if not found.answers:
        return about_speed_words(found.tokens_per_second)
    return speed_words(found.tokens_per_second, estimated=found.estimated)


def source_words(found: Expectation) -> str:
    if found.answers:
        text = tr("Middle of {n} answers here.", found.answers).format(n=found.answers)
        return f"{text} {tr('Their tokens were in part counted here.')}" if found.estimated else text
    if found.models == 1:
        return tr("Expected from the speed of another model here; not measured yet.")
    return tr("Expected from the speed of {n} other models here; not measured yet.").format(n=found.models)
