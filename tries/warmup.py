"""Kernels made ready before the first question: its time is for reasoning, not for compiling.

A kernel is compiled when it is first called (half a minute in all for entity paths, on two cores), or read from the
cache on disk. A question that ran into that would lose its whole time limit to it and find nothing.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import frozen, interprets
from clew.kg.columnar.pool import StringPool
from clew.kg.graph.arrays import Arrays, Meta
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal, to_term
from clew.tries.constraint import Constraint
from clew.tries.programs.algebra import Algebra
from clew.tries.relations.automaton import RelationAutomaton

END = 0
NODES_CHOSEN_FROM = 1000
WORTH_TELLING = 2.0
"""Seconds; reading the cache takes less."""


def _once(rehearse: Callable[[], None]) -> Callable[[], None]:
    """Run once per process, unless its kernels may run interpreted; say so if it took long."""

    @functools.cache
    def first() -> None:
        start = time.perf_counter()
        rehearse()
        seconds = time.perf_counter() - start
        if seconds > WORTH_TELLING:
            logging.getLogger(__name__).info("compiled kernels for %.0f s; later runs read them from a cache", seconds)

    @functools.wraps(rehearse)
    def unless_interpreted() -> None:
        if not interprets():
            first()

    return unless_interpreted


@_once
def rehearse_entity_paths() -> None:
    """Make ready what ``GraphAutomaton`` runs, under conditions and without, and what answers are gathered with."""
    from clew.tries.entities.automaton import GraphAutomaton
    from clew.tries.filters.path_filter import PathFilter
    from clew.tries.tokens.token_index import TokenIndex

    graph = _graph()
    index = TokenIndex.build(graph, _Characters())
    for simple, demands in ((False, None), (True, PathFilter(forbidden=[graph.num_relations]))):
        _spell(GraphAutomaton(index, END, 2, 2, simple=simple, demands=demands))
    _look_up(graph)


@_once
def rehearse_relation_paths() -> None:
    """Make ready what ``RelationAutomaton`` runs, and what answers are gathered with."""
    graph = _graph()
    _spell(RelationAutomaton(graph, 2, 2))
    _look_up(graph)


def rehearse_programs(algebra: Algebra) -> None:
    """Make ready what ``Algebra`` runs, by looks over a node of its graph that has few edges."""
    graph = algebra.graph
    degrees = np.diff(graph.out.ptr[: min(graph.num_entities, NODES_CHOSEN_FROM) + 1])
    if not degrees.any():
        return
    some = algebra.entity(int(np.where(degrees > 0, degrees, graph.num_edges + 1).argmin()))
    algebra.extremes(some)
    algebra.comparisons(some, Literal("9"))
    algebra.degrees(some)
    algebra.degree_comparisons(some, 1)
    algebra.near(some, 1)
    algebra.hop(some, int(algebra.relations(some)[0]))


def _graph() -> Graph:
    """Three who know each other in a ring, and the age of one. Laid out by hand: building a graph would make ready much
    that asking never runs."""
    arrays = {
        **_pool("node", ["Ann", "Bob", "Cid", to_term(Literal("9"))]),
        **_pool("relation", ["age", "knows"]),
        **_pool("name", ["age", "knows", "age of", "known by"]),
        **_pool("label", []),
        "chosen_label": np.full(6, -1, np.int32),
        "label_subject": np.empty(0, np.int32),
        "out_ptr": np.array([0, 1, 2, 4, 4], np.int64),
        "out_relation": np.array([1, 1, 0, 1], np.int32),
        "out_node": np.array([1, 2, 3, 0], np.int32),
        "inc_ptr": np.array([0, 1, 2, 3, 4], np.int64),
        "inc_relation": np.array([1, 1, 1, 0], np.int32),
        "inc_node": np.array([2, 0, 1, 2], np.int32),
        "inc_edge": np.array([3, 0, 1, 2], np.uint32),
    }
    meta = Meta(num_entities=3, languages=("en",), content_hash="")
    return Graph("rehearsal", {name: frozen(array) for name, array in arrays.items()}, meta)


def _pool(name: str, strings: list[str]) -> Arrays:
    pool = StringPool.of(strings)
    return {f"{name}_blob": pool.blob, f"{name}_offsets": pool.offsets}


def _spell(constraint: Constraint[Any]) -> None:
    """Spell a path, row 0 by the calls of the port, row 1 by ``advance_allowed``."""
    states = constraint.start([0, 0])
    allowed = constraint.allowed(states)
    while len(allowed.row(0)):
        tokens = np.array([allowed.row(0)[-1], allowed.row(1)[-1]], np.int32)
        one, two = np.zeros(1, np.int64), np.ones(1, np.int64)
        moved = constraint.advance(states.take(one), tokens[:1])
        states = moved.append(constraint.advance_allowed(states.take(two), tokens[1:])[0])
        allowed = constraint.allowed(states)
    constraint.paths(states)


def _look_up(graph: Graph) -> None:
    """Ask a graph what gathering, proving and showing answers ask of it."""
    for relation in graph.relations_of(0).tolist():
        for starts in ([0], [0, 1]):  # one row is walked by another way than several
            graph.expand(starts, relation)
        graph.runs([0], relation)
        graph.edge(0, relation, int(graph.neighbours(0, relation)[0]))


class _Characters:
    """A tokenizer whose tokens are characters; spaces are none."""

    fingerprint = "characters"
    special_texts = ()
    special_ids: frozenset[int] = frozenset()

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        return [[ord(character) for character in "".join(text.split())] for text in texts]
