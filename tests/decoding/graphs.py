"""Random graphs whose relation labels share words, and a small readable one."""

from __future__ import annotations

from hypothesis import strategies as st

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples

RELATIONS = ["born", "born in", "born in city", "film", "film of", "who", "starred actors"]

statements = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(RELATIONS), st.sampled_from("abcdef")), min_size=1, max_size=14
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs of a few entities; at times two relations share a label."""
    triples = draw(statements)
    labels = {"born": "film"} if draw(st.booleans()) and any(r == "born" for _, r, _ in triples) else {}
    return from_triples(triples, labels)


def films() -> Graph:
    return from_triples(
        [
            ("Heat", "directed by", "Michael Mann"),
            ("Heat", "starred actors", "Al Pacino"),
            ("Heat", "starred actors", "Robert De Niro"),
            ("Ronin", "starred actors", "Robert De Niro"),
            ("Ronin", "directed by", "John Frankenheimer"),
            ("Ali", "directed by", "Michael Mann"),
            ("Ali", "release year", "2001"),
            ("Michael Mann", "born in", "Chicago"),
        ]
    )
