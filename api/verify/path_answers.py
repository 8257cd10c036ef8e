"""Checks answers that relation paths lead to: each has its paths, and none is missing."""

from __future__ import annotations

from itertools import pairwise

from clew.api.schema.ask_result import AskResult
from clew.api.schema.certificate.form import paths_claim
from clew.api.schema.certificate.model import Certificate, CertifiedConditions, CertifiedPaths
from clew.api.schema.drawing import spell
from clew.api.schema.elements import Path
from clew.api.verify.asked_conditions import check_asked
from clew.api.verify.shown import ShownParts
from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.proof import checker
from clew.kg.proof.proof import Derivation, Operator, Proof, ProofEdge
from clew.kg.proof.sets.set_checker import CheckedSet


class PathAnswers:
    """The answers of one result. ``edges``: how many were looked up."""

    def __init__(self, graph: Graph, result: AskResult, certificate: Certificate, parts: ShownParts) -> None:
        assert certificate.paths is not None
        self._graph, self._result, self._certificate, self._parts = graph, result, certificate, parts
        _check_settings(graph, certificate, certificate.paths)
        claim = paths_claim(certificate.paths, graph.version, certificate.settings.revisit)
        self._set, self._seen = CheckedSet(graph, claim), checker.Seen()
        self._topic = certificate.paths.topic

    @property
    def edges(self) -> int:
        """How many edges of the paths were looked up."""
        return len(self._seen.edges)

    def check(self) -> None:
        """``VerificationFailed`` unless the answers are the ends of the relation paths, each with paths that lead
        there."""
        result = self._result
        if result.status not in ("answered", "partial"):
            raise VerificationFailed(f"there are relation paths, and the status is {result.status!r}")
        check_members(self._graph, self._set.ends, self._parts.nodes(result.answers), self._certificate)
        if not result.answers:
            raise VerificationFailed("there are relation paths, and no answers")
        paths = {path.id: path for path in result.paths}
        used = [path_id for answer in result.answers for path_id in answer.paths]
        if len(paths) < len(result.paths) or sorted(used) != sorted(paths):
            raise VerificationFailed("the paths are not those of the answers")
        for answer in result.answers:
            self._check_answer(answer.key, [paths[path_id] for path_id in answer.paths])
        for chain in result.chains:
            edges = tuple(self._parts.edge(triple) for triple in chain.triples)
            sources = tuple(self._graph.key(self._parts.node(source)) for source in chain.sources)
            self._verify("" if chain.answer is None else chain.answer.key, Derivation(edges, Operator.GROWN, sources))

    def _check_answer(self, answer: str, paths: list[Path]) -> None:
        if not paths:
            raise VerificationFailed(f"no path leads to the answer {answer!r}")
        for path in paths:
            edges = self._edges(path)
            classes = tuple(self._parts.edge(triple) for triple in path.classes)
            self._verify(answer, Derivation(edges, classes=classes))
            self._set.check_path(edges)

    def _verify(self, answer: str, derivation: Derivation) -> None:
        checker.verify(self._graph, Proof(self._graph.version, answer, (derivation,)), self._seen)

    def _edges(self, path: Path) -> tuple[ProofEdge, ...]:
        if not path.relations or len(path.nodes) != len(path.relations) + 1:
            raise VerificationFailed(f"path {path.id} has {len(path.nodes)} nodes and {len(path.relations)} relations")
        for node in path.nodes:
            self._parts.node(node)
        for relation in path.relations:
            self._parts.relation(relation)
        if path.text != spell(path.nodes, path.relations):
            raise VerificationFailed(f"the text of path {path.id} is not that of its nodes and relations")
        steps = zip(pairwise(path.nodes), path.relations, strict=True)
        return tuple(
            ProofEdge(end.key, relation.key, start.key, inverse=True)
            if relation.direction == "inverse"
            else ProofEdge(start.key, relation.key, end.key)
            for (start, end), relation in steps
        )


def check_members(graph: Graph, members: frozenset[int], given: list[int], certificate: Certificate) -> None:
    """``VerificationFailed`` unless the nodes given as answers are the members of a set; some of them where the
    certificate says so."""
    if extra := set(given) - members:
        raise VerificationFailed(f"not among the answers: {_some(graph, extra)}")
    missing = members - set(given)
    if missing and certificate.whole:
        raise VerificationFailed(f"{len(missing)} answers are missing: {_some(graph, missing)}")
    if len(given) > certificate.settings.max_answers:
        raise VerificationFailed(f"{len(given)} answers, more than max_answers")


def _some(graph: Graph, nodes: set[int] | frozenset[int]) -> str:
    keys = sorted(map(graph.key, nodes))
    return ", ".join(map(repr, keys[:3])) + ", ..." * (len(keys) > 3)


def _check_settings(graph: Graph, certificate: Certificate, paths: CertifiedPaths) -> None:
    asked, kept = certificate.settings, paths.conditions
    for walk in (walk for walks in paths.alternatives for walk in walks):
        if not asked.min_hops <= len(walk.relations) - walk.behind <= asked.max_hops:
            raise VerificationFailed(f"a relation path has not {asked.min_hops} to {asked.max_hops} hops")
    if asked.conditions is None and kept is not None:
        raise VerificationFailed("conditions were kept to that were not asked for")
    if asked.conditions is None:
        return
    kept = CertifiedConditions() if kept is None else kept
    check_asked(graph, asked.conditions, kept)
