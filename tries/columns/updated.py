"""The columns of an updated graph: those of the version before, where the update concerns no literal."""

from __future__ import annotations

from dataclasses import replace

from clew.kg.columnar.compiled import frozen
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_SPLICED_STATEMENTS
from clew.kg.store.delta import Delta
from clew.kg.store.splice import Moves, Splice
from clew.tries.columns.columns import ValueColumns


def updated(base: ValueColumns, delta: Delta, graph: Graph) -> ValueColumns | None:
    """Return ``ValueColumns.of(graph)``, given those of the graph that ``delta`` started from, which led to ``graph``.

    None where a literal comes or goes, or an edge to one, or a relation, and where the change is large. All is then as
    it was but the ids of edges: columns number literals among themselves. Time: in proportion to the edges to values.
    """
    if delta.size > MAX_SPLICED_STATEMENTS or delta.content_hash != graph.content_hash:
        return None
    if delta.nodes is None or _concerns_literals(delta):
        return None
    moves = Moves(Splice(delta.base.num_edges, delta.edges.gone, delta.edges.at), delta.base.num_edges)
    edges = moves.of(frozen(base.arrays.edges))
    return ValueColumns(graph, base.groups, replace(base.arrays, edges=edges))


def _concerns_literals(delta: Delta) -> bool:
    """Whether an edge to a literal comes or goes; without one, no literal does."""
    gone, come = delta.base.out.node[delta.edges.gone], delta.added.out.node[delta.edges.rows]
    return bool((gone >= delta.base.num_entities).any() or (come >= delta.added.num_entities).any())
