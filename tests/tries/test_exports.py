"""Path sets written out for engines that take only lists, expressions or grammars."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg import limits
from clew.kg.errors import BadInput, LimitReached
from clew.tries.constraint import SpelledPath
from clew.tries.interop.exports import choices, grammar, path_text, regular_expression
from clew.tries.tokens.spelling import Spelling
from tests.tries.toy import ToyGraph

SPELLING = Spelling("->", " ")
texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=1, max_size=8, unique=True)


def generated(rules: str) -> set[str]:
    """Every string of a GBNF grammar as ``grammar`` writes it: alternatives of a quoted text and at most one rule."""
    table = dict(line.split(" ::= ", 1) for line in rules.rstrip("\n").split("\n"))

    def expand(name: str) -> set[str]:
        found, rest = set(), table[name]
        while rest:
            text, used = json.JSONDecoder().raw_decode(rest)
            rest = rest[used:]
            tail, _, rest = rest.partition(" | ")
            found |= {text + more for more in expand(tail.strip())} if tail.strip() else {text}
        return found

    return expand("root")


@given(texts, st.text(max_size=6))
def test_the_expression_matches_exactly_the_texts(some: list[str], other: str) -> None:
    expression = re.compile(regular_expression(some))
    assert all(expression.fullmatch(text) for text in some)
    assert bool(expression.fullmatch(other)) == (other in some)
    for text in some:
        assert bool(expression.fullmatch(text[:-1])) == (text[:-1] in some)
        assert bool(expression.fullmatch(text + "x")) == (text + "x" in some)


@given(st.lists(st.text('ab -"\\é', max_size=6), min_size=1, max_size=8, unique=True))
def test_the_grammar_generates_exactly_the_texts(some: list[str]) -> None:
    assert generated(grammar(some)) == set(some)


def test_path_text_follows_the_head() -> None:
    graph = ToyGraph(["a", "b -> c"], ["r"], [(0, 0, 1)])
    path = SpelledPath((0, 1, 0), (0, 1))
    assert path_text(graph, SPELLING, path) == " -> r -> b -\\> c -> inverse of r -> a"
    assert choices(graph, SPELLING, [path, path]) == [path_text(graph, SPELLING, path)]


def test_nothing_and_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = ToyGraph(["a", "b", "c"], ["r"], [(0, 0, 1), (0, 0, 2)])
    with pytest.raises(BadInput, match="no path"):
        choices(graph, SPELLING, [])
    with pytest.raises(BadInput, match="no text"):
        regular_expression([])
    monkeypatch.setattr(limits, "MAX_EXPORTED_PATHS", 1)
    with pytest.raises(LimitReached, match="cannot be exported"):
        choices(graph, SPELLING, [SpelledPath((0, 1), (0,)), SpelledPath((0, 2), (0,))])


def test_llguidance_accepts_each_text_if_it_is_there() -> None:
    llguidance = pytest.importorskip("llguidance")
    rng = random.Random(0)
    some = ["".join(rng.choices(' ->().*"[]/é\\', k=8)) for _ in range(20)]
    matcher = llguidance.LLMatcher.validate_grammar(llguidance.LLMatcher.grammar_from_regex(regular_expression(some)))
    assert not matcher
