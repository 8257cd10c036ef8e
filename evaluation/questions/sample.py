"""A seeded sample of a question set."""

from __future__ import annotations

import random
from collections.abc import Sequence

from clew.evaluation.questions.question import Question
from clew.kg.errors import BadInput


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> list[Question]:
    """Return ``limit`` questions drawn without replacement, in the order of the file; all of them where limit is None.

    The draw is Python's Mersenne Twister with this seed: the same on every machine and version.
    """
    if limit is None or limit >= len(questions):
        return list(questions)
    if limit < 1:
        raise BadInput("--limit must be at least 1")
    chosen = sorted(random.Random(seed).sample(range(len(questions)), limit))
    return [questions[i] for i in chosen]
