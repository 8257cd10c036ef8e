"""Random graphs with every oddity of labels, as lists of statements that can be put together and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import LabelKind

KEYS = [
    "k1",
    "Paris",
    "a_b",
    "_:b0",
    "urn:x:y_z",
    "http://x.org/",
    "http://x.org/New_York",
    "https://x.org/a/Q42",
    "http://x.org/v#part",
    "http://x.org/v#part/",
    "http://x.org/caf%C3%A9",
    "http://x.org/é",
    "wd:Q1",
    "rel",
    "ключ",
]
RELATIONS = ["rel", "r:made", "http://x.org/v#part"]
NAMES = [
    "Paris",
    "paris",
    " PARIS\t",
    "",
    " ",
    "\0",
    "Pa\0ris",
    "Straße",
    "STRASSE",
    "São Paulo",
    "Sa\u0303o Paulo",
    "Alien's",
    "rock 'n' roll's",
    "New York",
    "New York City",
    "Q42",
    "東京",
    "12%",
    "x" * 150 + " " + "y" * 60,
    "½ ﬁne ŉ",
    "\u00a0nbsp\u2003wide\x1c",
    "abcdefghi",
    "aab",
]
TEXTS = st.sampled_from(NAMES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@dataclass(frozen=True)
class LabelStatement:
    """A label."""

    subject: str
    text: str
    language: str
    kind: LabelKind


@dataclass(frozen=True)
class EdgeStatement:
    """An edge."""

    head: str
    relation: str
    tail: str | Literal


Statements = Sequence[LabelStatement | EdgeStatement]

LABELS = st.builds(
    LabelStatement,
    st.sampled_from(KEYS),
    TEXTS,
    st.sampled_from(["", "en", "fr"]),
    st.sampled_from(["preferred", "alternative", "description"]),
)
LITERALS = st.builds(Literal, TEXTS, language=st.sampled_from(["", "de"])) | st.just(Literal("1999", "x:year"))
EDGES = st.builds(EdgeStatement, st.sampled_from(KEYS), st.sampled_from(RELATIONS), st.sampled_from(KEYS) | LITERALS)


def statements(size: int = 10) -> st.SearchStrategy[list[LabelStatement | EdgeStatement]]:
    """Some labels and edges."""
    return st.lists(LABELS | EDGES, max_size=size)


def graph_of(said: Statements) -> Graph:
    """The graph of the statements."""
    builder = GraphBuilder()
    for one in said:
        if isinstance(one, LabelStatement):
            builder.label(one.subject, one.text, one.language, one.kind)
        else:
            builder.edge(one.head, one.relation, one.tail)
    return builder.build("random")
