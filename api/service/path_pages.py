"""Searches a graph for paths under conditions, page by page. Asks no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from clew.api.schema.drawing import spell
from clew.api.schema.graph_paths import FoundPath, PathPage, PathSearchRequest
from clew.api.schema.nodes import triple_of
from clew.api.schema.results import Shown
from clew.api.service.cursors import read_position, write_cursor
from clew.api.service.requests import conditions_of
from clew.decoding.answering.names import GraphNames
from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.answers.proof_writer import ProofWriter
from clew.decoding.reasoner import Bounds
from clew.kg import limits
from clew.kg.errors import BadInput, LimitReached
from clew.kg.graph.graph import Graph
from clew.kg.proof import checker
from clew.kg.time_limit import OutOfTime, limited

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.tries.filters.path_search import PathSearch, WalkedPath


def version_of(request: PathSearchRequest) -> str | None:
    """Return the version that a request is about: that of its cursor, if it has one. Raises ``BadInput``."""
    return request.version if request.cursor is None else read_position(request.cursor, _digest(request))[1]


def search_paths(pipeline: Pipeline, request: PathSearchRequest, bounds: Bounds) -> PathPage:
    """Return a page of paths; ``bounds`` tell when to stop.

    Raises ``UnknownNode``, ``UnknownRelation``, ``BadInput`` (a cursor of another request, conditions that cannot be
    kept to), ``Cancelled``, and ``LimitReached`` if there was no time to begin.
    """
    graph, of = pipeline.graph, _digest(request)
    after, _ = read_position(request.cursor, of)
    found: list[WalkedPath] = []
    partial = False
    try:
        with limited(lambda: bounds.over):
            search = _search(pipeline, request)
    except OutOfTime:
        bounds.check()
        raise LimitReached("the time limit was reached before the search began: fewer conditions may help") from None
    if after is not None and not _is_position(after, request):
        raise BadInput("the cursor is not one that this address returned for the same request")
    try:
        with limited(lambda: bounds.over):
            for path in islice(search.paths(after), request.limit + 1):
                found.append(path)
    except OutOfTime:
        bounds.check()
        partial = True
    given = found[: request.limit]
    place = given[-1].position if len(found) > len(given) else search.position if partial else None
    return PathPage(
        graph=graph.name,
        version=graph.version,
        paths=_shown(graph, given),
        partial=partial,
        next=None if place is None else write_cursor(list(place), graph.version, of),
    )


def _search(pipeline: Pipeline, request: PathSearchRequest) -> PathSearch:
    from clew.tries.filters.path_search import PathBounds, PathSearch

    graph, names = pipeline.graph, GraphNames(pipeline.graph, pipeline.linker)
    bounds = PathBounds(
        starts=_nodes(graph, names, request.start),
        ends=None if request.end is None else _nodes(graph, names, request.end),
        min_hops=request.min_hops,
        max_hops=request.max_hops,
        revisit=request.revisit,
        forbidden=graph.plumbing if request.conditions is None else frozenset(),
    )
    if request.conditions is None:
        return PathSearch(graph, bounds)
    view = pipeline.conditioned.graph_view(conditions_of(request.conditions))
    view.check_positions(request.max_hops)
    return PathSearch(view, bounds)


def _nodes(graph: Graph, names: GraphNames, given: Sequence[str]) -> tuple[int, ...]:
    """Return the nodes of keys or labels, each once: all that have the label."""
    found: dict[int, None] = {}
    for name in given:
        known = graph.find_node(name)
        some = [graph.node(key) for key in names.entities([name])] if known is None else [known]
        found |= dict.fromkeys(some[: limits.MAX_SAME_NAME])
    return tuple(found)


def _shown(graph: Graph, paths: Sequence[WalkedPath]) -> list[FoundPath]:
    """Return paths as they are answered, each edge looked up by the independent checker."""
    shown, writer, seen = Shown(graph), ProofWriter(graph), checker.Seen()
    given = []
    for path in paths:
        edges = list(zip(path.nodes, path.relations, path.nodes[1:], strict=False))
        for edge in edges:
            checker.check_edge(graph, writer.edge(*edge), seen)
        nodes, relations = [shown.node(n) for n in path.nodes], [shown.relation(r) for r in path.relations]
        triples, text = [triple_of(graph, *edge) for edge in edges], spell(nodes, relations)
        given.append(FoundPath(text=text, nodes=nodes, relations=relations, triples=triples, verified=True))
    return given


def _is_position(place: Sequence[int], request: PathSearchRequest) -> bool:
    """Return whether a cursor's numbers can be a position of the search that a request asks for."""
    return len(place) >= 2 and len(place) % 2 == 0 and request.min_hops <= place[0] <= request.max_hops


def _digest(request: PathSearchRequest) -> str:
    """Return what tells requests apart whose pages differ."""
    told = request.model_dump_json(exclude={"cursor", "limit", "version"})
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
