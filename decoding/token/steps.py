"""Converts the tokens of a relation path to decisions between relations, for the decode trace."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from clew.decoding.reasoner import STOP, Step
from clew.decoding.search.port import Hypothesis
from clew.kg import limits
from clew.tries.relations.spelled import END, SpelledRelations, SpelledStates


def spelled_steps(
    constraint: SpelledRelations, hypothesis: Hypothesis[SpelledStates], relations: Sequence[int], topic: int
) -> tuple[Step, ...]:
    """Return one step per relation and one for the end.

    A step's log-probability is the sum of its tokens'. A token not taken may stand for several relations whose labels
    begin alike: none of them was explored, so its probability is split evenly among them.
    """
    states = constraint.start([topic])
    steps, at = [], 0
    for relation in (*relations, STOP):
        end = at + (1 if relation == STOP else constraint.label_length(relation))
        total, others = 0.0, []
        for j in range(at, end):
            for token, log_prob in hypothesis.alternatives[j]:
                behind = constraint.behind(states, token)
                share = total + log_prob - math.log(max(1, len(behind)))
                others += [(STOP if other == END else other, share) for other in behind]
            total += hypothesis.token_log_probs[j]
            states = constraint.advance(states, np.array([hypothesis.tokens[j]], np.int32))
        others.sort(key=lambda o: (-o[1], o[0]))
        steps.append(Step(relation, total, tuple(others[: limits.MAX_ALTERNATIVES])))
        at = end
    return tuple(steps)
