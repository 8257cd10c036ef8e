"""What is inferred while a graph is loaded is what the rules of RDFS and OWL 2 RL give, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import LimitReached
from clew.kg.graph import inference
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.inference import infer
from clew.kg.graph.statements import iter_edges
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import (
    OWL_INVERSE_OF,
    OWL_SAME_CLASS,
    OWL_SAME_PROPERTY,
    OWL_SYMMETRIC,
    OWL_TRANSITIVE,
    RDF_TYPE,
    RDFS_DOMAIN,
    RDFS_RANGE,
    RDFS_SUBCLASS,
    RDFS_SUBPROPERTY,
    Inference,
)

Row = tuple[str, str, "str | Literal"]
SCHEMA = [RDFS_SUBCLASS, RDFS_SUBPROPERTY, RDFS_DOMAIN, RDFS_RANGE, OWL_INVERSE_OF, OWL_SAME_CLASS, OWL_SAME_PROPERTY]
names, properties, classes = st.sampled_from("abc"), st.sampled_from("pqr"), st.sampled_from("ABC")
rows = st.lists(
    st.tuples(names, properties, names | st.just(Literal("x")))
    | st.tuples(names, st.just(RDF_TYPE), classes)
    | st.tuples(classes, st.sampled_from([RDFS_SUBCLASS, OWL_SAME_CLASS]), classes)
    | st.tuples(properties, st.sampled_from([RDFS_SUBPROPERTY, OWL_SAME_PROPERTY, OWL_INVERSE_OF]), properties)
    | st.tuples(properties, st.sampled_from([RDFS_DOMAIN, RDFS_RANGE]), classes)
    | st.tuples(properties, st.just(RDF_TYPE), st.sampled_from([OWL_SYMMETRIC, OWL_TRANSITIVE])),
    max_size=14,
)


def inferred(statements: list[Row], rules: Inference) -> tuple[Graph, int]:
    builder = GraphBuilder()
    for row in statements:
        builder.edge(*row)
    count = infer(builder, rules)
    return builder.build(), count


def stated(graph: Graph) -> set[Row]:
    return {tuple(edge[:3]) for edge in iter_edges(graph)}  # type: ignore[misc]


def by_rules(statements: list[Row], owl: bool) -> set[Row]:
    known = set(statements)
    while True:
        new = {row for s in known for row in of_one(s, owl)} | {
            row for s in known for t in known for row in of_two(s, t, owl)
        }
        new = {row for row in new if row[1] not in (RDFS_SUBCLASS, RDFS_SUBPROPERTY) or row[0] != row[2]}
        if new <= known:
            return known
        known |= new


def of_one(s: Row, owl: bool) -> list[Row]:
    x, p, y = s
    same = {OWL_SAME_CLASS: RDFS_SUBCLASS, OWL_SAME_PROPERTY: RDFS_SUBPROPERTY}.get(p)
    return [(x, same, y), (y, same, x)] if owl and same else []  # type: ignore[list-item]


def of_two(s: Row, t: Row, owl: bool) -> list[Row]:
    (x, p, y), (a, q, b) = s, t
    found: list[Row] = []
    if q in (RDFS_SUBCLASS, RDFS_SUBPROPERTY) and p == q and y == a:
        found.append((x, p, b))
    if q == RDFS_SUBCLASS and p == RDF_TYPE and y == a:
        found.append((x, RDF_TYPE, b))
    if p == a and q == RDFS_SUBPROPERTY:
        found.append((x, str(b), y))
    if p == a and q == RDFS_DOMAIN:
        found.append((x, RDF_TYPE, b))
    if p == a and q == RDFS_RANGE and isinstance(y, str):
        found.append((y, RDF_TYPE, b))
    if owl and isinstance(y, str):
        found += [(y, str(other), x) for one, other in ((a, b), (b, a)) if q == OWL_INVERSE_OF and one == p]
        found += [(y, p, x)] if (a, q, b) == (p, RDF_TYPE, OWL_SYMMETRIC) else []
    return found


def with_transitive(statements: set[Row]) -> set[Row]:
    own = {s for s, p, o in statements if (p, o) == (RDF_TYPE, OWL_TRANSITIVE)}
    return {
        (x, p, b) for x, p, y in statements for a, q, b in statements if p == q and p in own and y == a
    } | statements


@given(rows)
def test_rdfs_is_that_of_its_rules(statements: list[Row]) -> None:
    graph, count = inferred(statements, "rdfs")
    assert stated(graph) == by_rules(statements, owl=False)
    assert count == graph.num_edges - len(set(statements))


@given(rows)
def test_owl_is_that_of_its_rules(statements: list[Row]) -> None:
    wanted = set(statements)
    while (more := with_transitive(by_rules(list(wanted), owl=True))) != wanted:
        wanted = more
    assert stated(inferred(statements, "owl")[0]) == wanted


def test_what_is_inferred_says_so_and_what_is_stated_keeps_its_place(tmp_path: Path) -> None:
    (tmp_path / "g.nt").write_text(
        f"<a:rex> <{RDF_TYPE}> <a:Dog> .\n<a:Dog> <{RDFS_SUBCLASS}> <a:Animal> .\n<a:rex> <{RDF_TYPE}> <a:Animal> .\n"
        f"<a:tom> <{RDF_TYPE}> <a:Dog> .\n"
    )
    catalogue = Catalogue(tmp_path / "home")
    report = ingest(catalogue, [tmp_path / "g.nt"], "g", IngestOptions(isolated=False, infer="rdfs"))
    assert (report.inferred, report.edges) == (1, 5)
    graph = catalogue.open("g")
    kind, animal = graph.relation(RDF_TYPE), graph.node("a:Animal")
    sources = [graph.edge_source(graph.edge(graph.node(key), kind, animal) or 0) for key in ("a:rex", "a:tom")]
    assert [(Path(source.file).name, source.line) for source in sources] == [("g.nt", 3), ("inferred (rdfs)", 0)]


def test_too_much_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "MAX_INFERRED", 20)
    chain: list[Row] = [(f"C{i}", RDFS_SUBCLASS, f"C{i + 1}") for i in range(30)]
    with pytest.raises(LimitReached, match="more than 20 statements"):
        inferred(chain, "rdfs")
