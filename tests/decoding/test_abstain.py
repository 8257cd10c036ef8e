from __future__ import annotations

import math

from clew.decoding.answers.abstain import Reason, abstain
from clew.decoding.answers.gather import AnswerItem, Gathered
from clew.decoding.reasoner import RankedPath, Reasoning, Topic

PATH = RankedPath(Topic(0), (0,), -0.1, 0.9)
FOUND = Gathered((AnswerItem(1, 0.9, ()),), (PATH,), False)


def test_answers_when_linked_found_and_confident() -> None:
    assert abstain([Topic(0)], Reasoning((PATH,), 0.9), FOUND, 0.5) is None


def test_each_reason() -> None:
    nothing = Gathered((), (), False)
    assert abstain([], Reasoning((), 0.0), nothing) is Reason.NOTHING_LINKED
    assert abstain([Topic(0)], Reasoning((), 0.0), nothing) is Reason.NO_PATH
    assert abstain([Topic(0)], Reasoning((PATH,), 0.9), nothing) is Reason.NO_PATH
    assert abstain([Topic(0)], Reasoning((PATH,), 0.4), FOUND, 0.5) is Reason.LOW_CONFIDENCE
    assert abstain([Topic(0)], Reasoning((PATH,), math.nan), FOUND, 0.5) is Reason.LOW_CONFIDENCE
    assert all(reason.text for reason in Reason)


def test_where_the_reasoner_has_a_selection_score_that_decides() -> None:
    likely, unlikely = Reasoning((PATH,), 0.1, selection=0.9), Reasoning((PATH,), 0.9, selection=0.1)
    for threshold in (None, 0.5):
        assert abstain([Topic(0)], likely, FOUND, threshold) is None
        assert abstain([Topic(0)], unlikely, FOUND, threshold) is Reason.LOW_CONFIDENCE
    assert abstain([Topic(0)], Reasoning((PATH,), 0.9, selection=math.nan), FOUND) is Reason.LOW_CONFIDENCE
    assert abstain([Topic(0)], Reasoning((PATH,), 0.44), FOUND) is Reason.LOW_CONFIDENCE
