"""Writes the claim that the answers are all ends of the relation paths they come from, in keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from clew.decoding.answers.gather import Gathered
from clew.decoding.reasoner import RankedPath
from clew.kg.graph.graph import Graph
from clew.kg.proof.sets.path_set import DirectedKey, PathConditions, PathSet, RelationWalk

if TYPE_CHECKING:
    from clew.tries.filters.conditions import Conditions


def path_set(graph: Graph, gathered: Gathered, revisit: bool, conditions: Conditions | None) -> PathSet:
    """Return what gathered answers, at least one, are the ends of. ``conditions``: in keys.

    Where values behind nodes without a name are answers, the relation paths are those of the instances: together they
    lead to every answer.
    """
    alternatives = tuple(_walks(graph, gathered, ranked) for ranked in gathered.paths)
    topic = graph.key(gathered.paths[0].topic.node)
    asked = PathConditions() if conditions is None else _conditions(graph, conditions)
    return PathSet(graph.version, topic, alternatives, revisit, asked)


def _walks(graph: Graph, gathered: Gathered, ranked: RankedPath) -> tuple[RelationWalk, ...]:
    walked = {path.relations for item in gathered.answers for path in item.paths if path.ranked is ranked}
    own = len(ranked.relations)
    return tuple(
        RelationWalk(tuple(_directed(graph, relation) for relation in relations), len(relations) - own)
        for relations in sorted(walked or {ranked.relations})
    )


def _directed(graph: Graph, relation: int) -> DirectedKey:
    return graph.relation_key(relation), relation >= graph.num_relations


def _conditions(graph: Graph, asked: Conditions) -> PathConditions:
    valid = asked.valid
    times = {} if valid is None else {
        "at": valid.at, "until": valid.until, "throughout": valid.throughout, "undated": valid.undated
    }  # fmt: skip
    return PathConditions(
        relations=None if asked.relations is None else _both(graph, asked.relations),
        forbidden=_both(graph, asked.forbidden),
        types_at={position: tuple(keys) for position, keys in asked.types_at.items()},
        types=None if asked.types is None else tuple(asked.types),
        ends=_set(asked.ends),
        sources=_set(asked.sources),
        languages=_set(asked.languages),
        **times,  # type: ignore[arg-type]
    )


def _set(names: Collection[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _both(graph: Graph, keys: Collection[str]) -> frozenset[DirectedKey]:
    """The directions that keys of conditions mean: ``^`` before one that is no relation's is its inverse only."""
    found: set[DirectedKey] = set()
    for key in keys:
        inverse = key.startswith("^") and graph.find_relation(key) is None
        found |= {(key[1:], True)} if inverse else {(key, False), (key, True)}
    return frozenset(found)
