"""Nodes without a name: which they are, and what is shown for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.graph import nameless
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.graph.nameless import NOTHING
from clew.kg.terms.names import is_nameless
from clew.kg.terms.vocabulary import RDF_NIL, RDF_TYPE
from clew.tries.labels.names import node_names

SKOLEM = "/.well-known/genid/"
KEYS = st.sampled_from(
    [
        "_:a", "_:", "_", "_;", "_x", "a", "http:", "http://", "http://h", "http://h/x", f"http://h{SKOLEM}1",
        f"https://h.org{SKOLEM}2", f"https://h.org{SKOLEM}", f"http://h{SKOLEM[:-1]}", f"ftp://h{SKOLEM}3",
        f"http://h/x{SKOLEM}4", "http://h.org/a", "http://g/", f"http://z{SKOLEM}5", RDF_NIL, RDF_NIL + "x",
    ]
)  # fmt: skip


@given(st.lists(KEYS, min_size=1), st.sets(KEYS, max_size=4), st.sampled_from([0, 1, 10_000]))
def test_nameless_nodes_are_those_with_such_a_key_and_no_label(keys: list[str], labelled: set[str], hosts: int) -> None:
    graph = from_triples([(key, "r", keys[0]) for key in keys], dict.fromkeys(labelled, "Name"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nameless, "MAX_HOSTS_SKIPPED", hosts)
        found = [graph.key(node) for node in graph.nameless.tolist()]
    wanted = sorted((key for key in set(keys) - labelled if is_nameless(key)), key=str.encode)
    assert found == wanted
    nodes = graph.node_keys
    assert [nodes[node] for node in graph.named(graph.nameless).tolist()] == []
    assert not {graph.key(node) for names in node_names(graph, graph.num_nodes) for node, _ in names} & set(wanted)
    labels = {key: graph.label(graph.node(key)) for key in found}
    assert not [key for key, label in labels.items() if SKOLEM in label or "_:" in label]


def labels(graph: Graph, *keys: str) -> list[str]:
    return [graph.label(graph.node(key)) for key in keys]


def test_what_leads_to_a_node_without_a_name_is_shown_for_it() -> None:
    graph = from_triples(
        [
            ("mill", "address", "_:a"), ("_:a", "geo", "_:b"), ("_:b", "at", "_:c"), ("_:c", "in", "_:d"),
            ("_:e", RDF_TYPE, "Valve"), ("_:f", "p", "x"), ("_:g", "next", "_:h"), ("_:h", "next", "_:g"),
            ("mill", "owner", RDF_NIL),
        ]
    )  # fmt: skip
    assert labels(graph, "_:a", "_:b", "_:c") == [
        "[address of mill]",
        "[geo of address of mill]",
        "[at of geo of address of mill]",
    ]
    assert labels(graph, "_:d") == [f"[in of at of geo of {NOTHING}]"]
    assert labels(graph, "_:e", "_:f", RDF_NIL) == ["[Valve without a name]", f"[{NOTHING}]", "[empty list]"]
    assert labels(graph, "_:g") == [f"[next of next of next of {NOTHING}]"]
