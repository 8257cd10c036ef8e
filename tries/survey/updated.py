"""The survey of an updated graph: what the version before told, but for the relations that the update changed."""

from __future__ import annotations

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_SPLICED_STATEMENTS
from clew.kg.store.delta import Delta
from clew.kg.store.lookup import find_nodes, find_relations, find_sorted
from clew.kg.store.merge import spans_of_pool
from clew.kg.store.splice import Splice
from clew.tries.survey.inverses import may_hold
from clew.tries.survey.survey import Bools, Int64, RelationFacts, Survey, classes_of, look_at


def updated(base: Survey, delta: Delta, graph: Graph) -> Survey | None:
    """Return ``Survey.of(graph)``, given that of the graph that ``delta`` started from, which led to ``graph``.

    None where all must be looked at again: the change is large, brings a relation or a type, or takes one out. Time: in
    proportion to the change and to the edges of the relations that it changes, and a pass over the relation of every
    edge.
    """
    if delta.size > MAX_SPLICED_STATEMENTS or delta.content_hash != graph.content_hash:
        return None
    if (nodes := delta.nodes) is None or (changed := _changed(delta)) is None:
        return None
    node_moves = Splice(delta.base.num_nodes, nodes.gone, nodes.at)
    edge_moves = Splice(delta.base.num_edges, delta.edges.gone, delta.edges.at)
    judged = _to_judge(delta.base, graph, changed)
    fresh, redundant = look_at(graph, changed, judged)
    before = RelationFacts(
        reached=base.reached,
        class_ptr=base.class_ptr,
        class_id=node_moves.kept(base.class_id).astype(np.int32),
        class_count=base.class_count,
        edge_ptr=base.edge_ptr,
        edge=edge_moves.kept(base.edge),
    )
    classes, instances = base.classes, base.instances
    if _concerns_classes(delta, graph):
        classes, instances = classes_of(graph)
    else:
        classes = node_moves.kept(classes).astype(np.int32)
    stay = base.redundant[~judged[base.redundant - graph.num_relations]]
    redundant = np.union1d(stay, redundant).astype(np.int32)
    return Survey(classes, instances, **_joined(before, fresh, changed), redundant=redundant)


def _changed(delta: Delta) -> Bools | None:
    """The relations of the edges that come or go, bool[R]; None where one of them is that of types: what any relation
    reaches may then be of other types."""
    changed = np.zeros(delta.base.num_relations, np.bool_)
    changed[delta.base.out.relation[delta.edges.gone]] = True
    changed[find_relations(delta.base, delta.added).at[delta.added.out.relation[delta.edges.rows]]] = True
    kind = delta.base.type_relation
    return None if kind is not None and changed[kind] else changed


def _to_judge(before: Graph, after: Graph, changed: Bools) -> Bools:
    """The relations, bool[R], that may be redundant now and were not, or the other way round: those that changed, and
    those that one of them is or was of a size to stand for."""
    judged = changed.copy()
    every = np.arange(len(changed))
    for graph in (before, after):
        sizes = np.asarray(graph.arrays["relation_count"], dtype=np.int64)
        for relation in np.flatnonzero(changed).tolist():
            judged |= may_hold(sizes, every, relation)
    return judged


def _concerns_classes(delta: Delta, graph: Graph) -> bool:
    """Whether the change may give a type a name or take it: it mentions the type, or a label node of its."""
    kind, mentioned = graph.type_relation, [np.empty(0, np.int64)]
    if kind is None:
        return False
    for side in (delta.added, delta.removed):
        relations = find_sorted(graph.node_keys, 0, graph.num_entities, spans_of_pool(side.relation_keys))
        mentioned += [some.at[some.found] for some in (find_nodes(graph, side), relations)]
    nodes = np.unique(np.concatenate(mentioned)).astype(np.int32)
    first, last = graph.runs(np.append(nodes, graph.given_names.through(nodes)), kind + graph.num_relations)
    return bool((last > first).any())


def _joined(before: RelationFacts, fresh: RelationFacts, changed: Bools) -> RelationFacts:
    """What is told of all relations: of those ``changed`` by ``fresh``, of the others by ``before``."""
    directed = np.concatenate((changed, changed))
    class_ptr, classes = _rows(before["class_ptr"], fresh["class_ptr"], directed)
    edge_ptr, edges = _rows(before["edge_ptr"], fresh["edge_ptr"], changed)
    return RelationFacts(
        reached=np.where(directed[:, None], fresh["reached"], before["reached"]),
        class_ptr=class_ptr,
        class_id=np.concatenate((before["class_id"], fresh["class_id"]))[classes],
        class_count=np.concatenate((before["class_count"], fresh["class_count"]))[classes],
        edge_ptr=edge_ptr,
        edge=np.concatenate((before["edge"], fresh["edge"]))[edges],
    )


def _rows(before: Int64, fresh: Int64, changed: Bools) -> tuple[Int64, Int64]:
    """Of rows given by pointers, those of ``fresh`` where ``changed``, else those of ``before``: their pointers, and
    where each element stands in the elements of both, one after the other."""
    lengths = np.where(changed, np.diff(fresh), np.diff(before))
    starts = np.where(changed, fresh[:-1] + before[-1], before[:-1])
    ptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return ptr, np.repeat(starts - ptr[:-1], lengths) + np.arange(ptr[-1])
