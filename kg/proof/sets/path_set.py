"""``PathSet``: the claim that relation paths lead from an entity to these nodes and to no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DirectedKey = tuple[str, bool]
"""The key of a relation, and whether it is walked from tail to head."""


@dataclass(frozen=True, slots=True)
class RelationWalk:
    """A relation path. ``behind``: the last so many relations go on from nodes without a name only."""

    relations: tuple[DirectedKey, ...]
    behind: int = 0


@dataclass(frozen=True, slots=True)
class PathConditions:
    """What every path meets, in keys; None: no condition.

    relations, forbidden: directed relations that a path may, or may not, take. types_at: by position (1: after one
    hop) classes, any of which the node there has. types: the same for the last node. ends: nodes that a path may end
    at. sources: files (the whole name or its last part) or named graphs, any of which an edge was read from. languages:
    of the literals on a path. at, until: when every edge holds, at some time or (``throughout``) all the time;
    ``undated``: whether an edge that says nothing of time holds.
    """

    relations: frozenset[DirectedKey] | None = None
    forbidden: frozenset[DirectedKey] = frozenset()
    types_at: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    types: tuple[str, ...] | None = None
    ends: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    at: str | None = None
    until: str | None = None
    throughout: bool = False
    undated: bool = True


@dataclass(frozen=True, slots=True)
class PathSet:
    """The ends of relation paths from ``topic`` (a key) in ``version`` of a graph.

    alternatives: each some relation paths, whose ends together are the set; all alternatives lead to the same one.
    revisit: whether a path may lead back onto the topic.
    """

    version: str
    topic: str
    alternatives: tuple[tuple[RelationWalk, ...], ...]
    revisit: bool = False
    conditions: PathConditions = PathConditions()
