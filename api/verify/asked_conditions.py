"""Checks that the conditions that were kept to, in keys, are those that were asked for, in names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from clew.api.schema.certificate.model import CertifiedConditions, CertifiedRelation
from clew.api.schema.request import AskConditions
from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph

_AS_GIVEN = ("at", "until", "throughout", "undated")
_SETS = ("sources", "languages")


def check_asked(graph: Graph, asked: AskConditions, kept: CertifiedConditions) -> None:
    """``VerificationFailed`` unless each condition is kept to as it was asked for: a relation by its key or label, a
    class and a node by their key or one of their labels."""
    for name in _AS_GIVEN:
        _require(getattr(asked, name) == getattr(kept, name), name)
    for name in _SETS:
        given, stated = getattr(asked, name), getattr(kept, name)
        _require((given is None) == (stated is None) and set(given or ()) == set(stated or ()), name)
    _require((asked.relations is None) == (kept.relations is None), "relations")
    _require(_directed(graph, asked.relations or ()) == _stated(kept.relations or ()), "relations")
    _require(_directed(graph, asked.forbidden) == _stated(kept.forbidden), "forbidden")
    _require(set(asked.types_at) == set(kept.types_at), "types_at")
    for position, names in asked.types_at.items():
        _check_nodes(graph, names, kept.types_at[position], "types_at")
    _check_nodes(graph, asked.types, kept.types, "types")
    _check_nodes(graph, asked.ends, kept.ends, "ends")


def _require(same: bool, name: str) -> None:
    if not same:
        raise VerificationFailed(f"the condition {name!r} that was kept to is not the one that was asked for")


def _stated(relations: Sequence[CertifiedRelation]) -> set[tuple[str, bool]]:
    return {(relation.key, relation.direction == "inverse") for relation in relations}


def _directed(graph: Graph, names: Sequence[str]) -> set[tuple[str, bool]]:
    """The directions that names of relations mean, ``^`` before one for the inverse only."""
    found: set[tuple[str, bool]] = set()
    for name in names:
        inverse = name.startswith("^") and graph.find_relation(name) is None
        bare = name[1:] if inverse else name
        keys = {bare} if graph.find_relation(bare) is not None else _labelled(graph, bare.casefold())
        for key in keys:
            found |= {(key, True)} if inverse else {(key, False), (key, True)}
    return found


def _labelled(graph: Graph, name: str) -> set[str]:
    return {
        graph.relation_key(relation)
        for relation in range(graph.num_relations)
        if name in {graph.relation_label(relation).casefold()}
        or name in {label.text.casefold() for label in graph.relation_labels(relation) if label.kind != "description"}
    }


def _check_nodes(graph: Graph, names: Sequence[str] | None, keys: Sequence[str] | None, what: str) -> None:
    """Every node has a name that was asked for. A name that none has may be a spelling that was corrected: then nodes
    with none of the names are let through."""
    _require((names is None) == (keys is None), what)
    missed, foreign = {_folded(name) for name in names or ()}, []
    wanted = set(missed)
    for key in keys or ():
        node = graph.find_node(key)
        if node is None:
            raise VerificationFailed(f"unknown key {key!r}")
        called = {_folded(text) for text in (key, graph.label(node), *(label.text for label in graph.labels(node)))}
        missed -= called
        foreign += [key] if wanted.isdisjoint(called) else []
    _require(bool(missed) == bool(foreign), what)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filter(str.isalnum, plain)) or text
