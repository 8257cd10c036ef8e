"""What makes long questions cheap to link, against the plain way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clew.retrieval.linking.mentions import _resolved, _Within, ranked
from clew.retrieval.linking.types import Candidate, Hit, Mention

spans = st.tuples(st.integers(0, 20), st.integers(1, 6)).map(lambda pair: (pair[0], sum(pair)))


@given(st.lists(spans), st.lists(spans))
def test_a_span_lies_within_others_as_if_all_were_looked_at(outer, inner) -> None:
    within = _Within(outer)
    for start, end in inner:
        assert within.hold(start, end) == any(a <= start and end <= b for a, b in outer)


@given(st.lists(st.tuples(spans, st.sampled_from([0.2, 0.5, 0.9]), st.integers(0, 4))))
def test_the_strongest_spans_that_do_not_overlap_are_kept(drawn) -> None:
    hits = [Hit(*span, strength, Candidate(node, strength, "exact")) for span, strength, node in drawn]
    question = "x" * 30
    assert _resolved(question, hits) == plainly(question, hits)


def plainly(question: str, hits: list[Hit]) -> list[Mention]:
    """Every span kept compared with every other."""
    kept: dict[tuple[int, int], list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.strength, hit.start - hit.end, hit.start)):
        if all(hit.end <= a or hit.start >= b or (a, b) == (hit.start, hit.end) for a, b in kept):
            kept.setdefault((hit.start, hit.end), []).append(hit)
    found = [Mention(a, b, question[a:b], ranked([hit.candidate for hit in some])) for (a, b), some in kept.items()]
    return sorted(found, key=lambda mention: (-mention.candidates[0].score, mention.start))
