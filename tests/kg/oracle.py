"""A slow, obvious graph in dicts and sets, to check the real one against; and hypothesis strategies for triples."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import strategies as st

from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import XSD

Triple = tuple[str, str, str | Literal]


class OracleGraph:
    """The same statements as plain Python sets of keys."""

    def __init__(self, triples: list[Triple]) -> None:
        self.edges = {(h, r, t.key if isinstance(t, Literal) else t) for h, r, t in triples}
        literals = {t for _, _, t in triples if isinstance(t, Literal)}
        self.literals = {literal.key: literal for literal in literals}
        self.entities = {h for h, _, _ in triples} | {t for _, _, t in triples if isinstance(t, str)}
        self.relations = sorted({r for _, r, _ in triples}, key=str.encode)
        self.steps: dict[tuple[str, int], set[str]] = defaultdict(set)
        for head, relation, tail in self.edges:
            r = self.relations.index(relation)
            self.steps[head, r].add(tail)
            self.steps[tail, r + len(self.relations)].add(head)

    def reach(self, keys: list[str], r: int) -> set[str]:
        return {tail for key in keys for tail in self.steps.get((key, r), ())}

    def relations_of(self, keys: list[str]) -> list[int]:
        return sorted({r for key, r in self.steps if key in keys})


keys = st.one_of(
    st.sampled_from("abcdefgh"),
    st.sampled_from(["http://x.org/a", "http://x.org/ab", "http://x.org/a_b", "_:b0", "Aé", "日本"]),
    st.text(st.characters(exclude_characters='\0"', exclude_categories=["Cs"]), min_size=1, max_size=12),
)
literals = st.one_of(
    st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=10)),
    st.builds(Literal, st.sampled_from(["1", "02", "x"]), st.sampled_from([XSD + "integer", XSD + "gYear", "urn:t"])),
    st.builds(
        lambda text, tag: Literal(text, language=tag), st.sampled_from(["chat", ""]), st.sampled_from(["fr", "en-GB"])
    ),
)
relations = st.sampled_from(["likes", "knows", "http://x.org/p#bornIn", "/film/film/genre", "born_in"])
triples = st.lists(st.tuples(keys, relations, st.one_of(keys, literals)), max_size=40)
