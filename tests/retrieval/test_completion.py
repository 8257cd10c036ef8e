"""Completion of names, against a slow look at every name."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from clew.kg.graph.builder import GraphBuilder
from clew.retrieval.linking.completion import complete
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.typos import allowed_edits
from clew.retrieval.linking.words import fold_words

NAMES = st.lists(st.text("abcAÉ -'", min_size=1, max_size=9).filter(fold_words), min_size=1, max_size=12, unique=True)


def kind(name: str, text: str) -> str | None:
    """How a name completes a text, by looking at it."""
    folded, typed = fold_words(name), fold_words(text)
    words, last = typed.split()[:-1], typed.split()[-1]
    if folded == typed:
        return "exact"
    if folded.startswith(typed):
        return "prefix"
    if all(word in folded.split() for word in words) and any(word.startswith(last) for word in folded.split()):
        return "word"
    edits = min(OSA.distance(typed, part) for part in (folded, folded[: len(typed)]))
    return "typo" if edits <= allowed_edits(len(typed)) else None


@given(names=NAMES, text=st.text("abcAÉ -", min_size=1, max_size=8), limit=st.integers(1, 20))
@settings(max_examples=150, deadline=None)
def test_completions(names: list[str], text: str, limit: int) -> None:
    builder = GraphBuilder()
    for name in names:
        builder.edge(name, "is", "thing")
    graph = builder.build("names")
    found = complete(FuzzyIndex.build(graph), text, limit, graph.degree)
    typed = fold_words(text)
    hows = [one.how for one in found]
    assert len(found) <= limit
    assert len({one.node for one in found}) == len(found)
    assert hows == sorted(hows, key=["exact", "prefix", "word", "typo"].index)
    if not typed:
        assert found == []
        return
    for one in found:
        label = kind(graph.label(one.node), text)
        assert label == one.how, (graph.label(one.node), text)
    assert len({how == "typo" for how in hows}) < 2
    wanted = [name for name in [*names, "thing"] if kind(name, text) in ("exact", "prefix")]
    assert sum(how in ("exact", "prefix") for how in hows) == min(limit, len(set(wanted)))
