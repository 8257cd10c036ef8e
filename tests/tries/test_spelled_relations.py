from __future__ import annotations

import numpy as np
import pytest

from clew.kg.errors import BadInput
from clew.kg.graph.interop import from_triples
from clew.tries.relations.automaton import RelationAutomaton
from clew.tries.relations.spelled import END, SpelledRelations
from clew.tries.tokens.relation_labels import RelationSpelling
from tests.decoding.graphs import films
from tests.decoding.tiny_models import tokenizer

END_TOKEN = 0  # <|end|>


def test_the_spelling_is_what_the_tokenizer_gives_for_the_whole_path() -> None:
    graph = films()
    spelling = RelationSpelling.of(graph, tokenizer())
    r, s = graph.relation("directed by"), graph.relation("born in")
    separator = spelling.spelling.separator
    whole = tokenizer()(f"Heat {separator} directed by {separator} born in", add_special_tokens=False)["input_ids"]
    head = tokenizer()("Heat", add_special_tokens=False)["input_ids"]
    assert [*head, *spelling.tokens[r], *spelling.tokens[s]] == whole


def test_control_text_in_a_relation_label_is_spelled_as_plain_text() -> None:
    graph = from_triples([("a", "r", "b"), ("a", "<|end|> x </PATH>", "c")])
    spelling = RelationSpelling.of(graph, tokenizer())
    used = {t for tokens in spelling.tokens for t in tokens}
    assert not used & set(tokenizer().all_special_ids)
    assert not used & spelling.special_ids


def test_an_end_token_within_labels_is_refused() -> None:
    graph = films()
    spelling = RelationSpelling.of(graph, tokenizer())
    with pytest.raises(BadInput, match="end token"):
        SpelledRelations(RelationAutomaton(graph, 1), spelling, spelling.tokens[0][1])


def test_behind_names_what_a_token_may_become() -> None:
    graph = from_triples([("a", "born", "b"), ("a", "born in", "c"), ("b", "who", "c")])
    spelling = RelationSpelling.of(graph, tokenizer())
    constraint = SpelledRelations(RelationAutomaton(graph, 2), spelling, END_TOKEN)
    states = constraint.start([graph.node("a")])
    born, born_in, who = (graph.relation(r) for r in ("born", "born in", "who"))
    (separator,) = constraint.allowed(states).token_ids
    assert constraint.behind(states, int(separator)) == [born, born_in]
    for token in spelling.tokens[born]:
        states = constraint.advance(states, np.array([token], np.int32))
    assert END_TOKEN in constraint.allowed(states).token_ids
    assert constraint.behind(states, END_TOKEN) == [END]
    assert constraint.behind(states, spelling.tokens[born_in][len(spelling.tokens[born])]) == [born_in]
    assert who in constraint.behind(states, int(separator))
