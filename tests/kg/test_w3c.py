"""The W3C's RDF 1.1 test suites: every positive test loads with the expected triples, every negative one is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from clew.kg.errors import BadInput
from clew.kg.graph.export import quads
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions

pytestmark = pytest.mark.shared

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFT = "http://www.w3.org/ns/rdftest#"

SUITES = {
    "rdf-n-triples": "ntriples",
    "rdf-n-quads": "nquads",
    "rdf-turtle": "turtle",
    "rdf-trig": "trig",
    "rdf-xml": "rdfxml",
}

EXCEPTIONS = dict.fromkeys(
    ("xml-canon-test001", "xml-canon-test002", "rdf12-xml-an-13", "rdf12-xml-an-14"), "other triples"
)
"""The library does not canonicalise XML literals (it adds the namespaces in scope to each)."""


@dataclass(frozen=True)
class Case:
    name: str
    positive: bool
    action: Path
    result: Path | None
    base: str


def read_manifest(folder: Path) -> list[Case]:
    """The tests of a suite's manifest (and of those it includes)."""
    store = ox.Store()
    local = (folder / "manifest.ttl").as_uri()
    store.bulk_load(path=str(folder / "manifest.ttl"), format=ox.RdfFormat.TURTLE, base_iri=local)
    base = next(
        (q.object.value for q in store.quads_for_pattern(None, ox.NamedNode(MF + "assumedTestBase"), None)),
        f"https://w3c.github.io/rdf-tests/rdf/rdf11/{folder.name}/",
    )
    cases = []
    for quad in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), None):
        kind = quad.object.value
        if not kind.startswith(RDFT) or not ("Positive" in kind or "Negative" in kind or "Eval" in kind):
            continue
        facts = {q.predicate.value: q.object.value for q in store.quads_for_pattern(quad.subject, None, None)}
        action = facts[MF + "action"]
        relative = action.removeprefix(local.rsplit("/", 1)[0] + "/")
        result = facts.get(MF + "result")
        cases.append(
            Case(
                facts[MF + "name"],
                "Negative" not in kind,
                folder / relative,
                folder / result.removeprefix(local.rsplit("/", 1)[0] + "/") if result else None,
                base + relative,
            )
        )
    return sorted(cases, key=lambda case: case.name)


def expected_quads(case: Case) -> ox.Dataset | None:
    """The dataset a positive test must give: its result file's or, without one, the parser library's own reading."""
    path = case.result or case.action
    try:
        parsed = list(ox.parse(path=str(path), base_iri=case.base))
    except SyntaxError:
        return None
    return merged(parsed)


def merged(quads: Iterable[ox.Quad]) -> ox.Dataset:
    """The triples of all graphs in one: a graph holds each triple once, with the first place it was read from."""
    return ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in quads)


def failure(case: Case, syntax: str) -> str | None:
    """What went wrong with a test, or None."""
    try:
        graph = load([str(case.action)], IngestOptions(format=syntax, base_iri=case.base, fold_lists=False)).graph
        found = merged(quads(graph))
    except BadInput as error:
        if case.positive and "no statement found" in str(error):
            found = ox.Dataset()
        elif case.positive:
            return f"refused: {error}"
        else:
            return None
    if not case.positive:
        return "accepted"
    wanted = expected_quads(case)
    assert wanted is not None
    for dataset in (found, wanted):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return None if found == wanted else "other triples"


@pytest.mark.parametrize("suite", SUITES)
def test_suite(suite: str, shared_data: Path) -> None:
    cases = read_manifest(shared_data / "w3c-rdf-tests" / "rdf" / "rdf11" / suite)
    failures = {case.name: reason for case in cases if (reason := failure(case, SUITES[suite]))}
    assert len(cases) > 50
    assert failures == {name: reason for name, reason in EXCEPTIONS.items() if name in {c.name for c in cases}}


@pytest.mark.parametrize("suite", SUITES)
def test_rdf_12(suite: str, shared_data: Path) -> None:
    folder = shared_data / "w3c-rdf-tests" / "rdf" / "rdf12" / suite
    cases = [case for part in sorted(folder.glob("*/manifest.ttl")) for case in read_manifest(part.parent)]
    failures = {case.name: reason for case in cases if (reason := failure(case, SUITES[suite]))}
    assert len(cases) > 30
    assert failures == {name: reason for name, reason in EXCEPTIONS.items() if name in {c.name for c in cases}}
