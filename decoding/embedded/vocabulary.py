"""The relation vocabulary of a graph: what each directed relation is called, and what it reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from decoding.embedded.encoder import LowerEncoder
from decoding.embedded.features import TokenEncoder, label_features
from decoding.embedded.network import RelationDecoder
from decoding.embedded.tensors import Relations
from decoding.embedded.wording import readable
from kg.graph import Graph
from kg.names import INVERSE

MAX_ALTERNATIVES = 4
"""Alternative labels read per relation: each costs as much as a relation."""
TYPE_NAME = "type"
"""How ``rdf:type`` is read, whatever its label: "is a" or "a" would be met by the small words of any question."""
TARGETS_SAMPLED = 200
"""Nodes looked at to tell what a relation reaches: a majority class needs no more."""


@dataclass(frozen=True, slots=True)
class RelationWords:
    """Per directed relation (2R of each): its label, whether that label is walked backwards, and the noun of what it
    reaches ("" where the graph does not tell)."""

    labels: tuple[str, ...]
    inverse: tuple[bool, ...]
    targets: tuple[str, ...]


def relation_words(graph: Graph) -> RelationWords:
    """Read the words of a graph's directed relations. An inverse with a name of its own is read by that name."""
    size = graph.num_relations
    labels, inverse = [], []
    for directed in range(2 * size):
        name = graph.relation_label(directed)
        backwards = directed >= size
        if backwards and name.startswith(INVERSE):
            name = graph.relation_label(directed - size)
        labels.append(TYPE_NAME if directed % size == graph.type_relation else readable(name))
        inverse.append(backwards and graph.relation_label(directed).startswith(INVERSE))
    return RelationWords(tuple(labels), tuple(inverse), tuple(target_noun(graph, r) for r in range(2 * size)))


@dataclass(frozen=True, slots=True)
class RelationNames:
    """Every name that the directed relations may be read by: ``words`` has V entries, ``owners[v]`` is the directed
    relation that entry v names. The first entry of each relation is its main one."""

    words: RelationWords
    owners: tuple[int, ...]


def relation_names(graph: Graph) -> RelationNames:
    """Return the words of a graph's directed relations together with those of their alternative labels."""
    words, size = relation_words(graph), graph.num_relations
    rows = []
    for directed in range(2 * size):
        label, backwards, target = words.labels[directed], words.inverse[directed], words.targets[directed]
        rows.append((directed, label, backwards, target))
        if directed % size == graph.type_relation:
            continue
        known = {label} if backwards == (directed >= size) else set()
        for other in alternative_labels(graph, directed % size):
            if other not in known and not known.add(other):  # type: ignore[func-returns-value]
                rows.append((directed, other, directed >= size, target))
    owners, labels, inverse, targets = zip(*rows, strict=True)
    return RelationNames(RelationWords(labels, inverse, targets), owners)


def alternative_labels(graph: Graph, relation: int) -> list[str]:
    """Return up to ``MAX_ALTERNATIVES`` alternative labels of a relation, as words, in the graph's languages."""
    found = [
        readable(label.text)
        for label in graph.relation_labels(relation)
        if label.kind == "alternative" and (not label.language or label.language.split("-")[0] in graph.languages)
    ]
    return list(dict.fromkeys(found))[:MAX_ALTERNATIVES]


def target_noun(graph: Graph, directed: int) -> str:
    """Return the label of the class that most nodes reached by a directed relation have, "" if most have none."""
    if graph.type_relation is None or directed % graph.num_relations == graph.type_relation:
        return ""
    nodes = _reached(graph, directed)
    counts: dict[int, int] = {}
    for node in nodes.tolist():
        if not graph.is_literal(node):
            for cls in graph.types(node).tolist():
                counts[cls] = counts.get(cls, 0) + 1
    if not counts:
        return ""
    # of classes that cover most, the rarest in the graph says most (a scientist is also a person)
    common = [cls for cls, count in counts.items() if count >= 0.7 * len(nodes)]
    if not common:
        return ""
    instances = {cls: len(graph.neighbours(cls, graph.type_relation + graph.num_relations)) for cls in common}
    best = min(common, key=lambda cls: (instances[cls], cls))
    return readable(graph.label(best))


def _reached(graph: Graph, directed: int) -> NDArray[np.int32]:
    """Return up to ``TARGETS_SAMPLED`` nodes that a directed relation reaches, spread evenly over its edges."""
    size = graph.num_relations
    side = graph.inc if directed < size else graph.out
    relation = directed % size
    rows = np.flatnonzero(np.asarray(side.relation) == relation)
    sampled = min(len(rows), TARGETS_SAMPLED)
    picked = rows[np.linspace(0, len(rows) - 1, sampled).astype(np.int64)] if sampled else rows
    owners = np.searchsorted(side.ptr, picked, side="right") - 1
    return np.unique(owners).astype(np.int32)


@torch.inference_mode()
def embed_relations(
    decoder: RelationDecoder, encoder: TokenEncoder, lower: LowerEncoder, words: RelationWords
) -> Relations:
    """Return the decoder's relations of a graph as a batch of one."""
    texts = sorted({*words.labels, *words.targets} - {""}) or ["relation"]
    row = {text: i for i, text in enumerate(texts)}
    features = label_features(encoder, lower, texts)

    def ids(values: tuple[str, ...]) -> Tensor:
        return torch.tensor([[row.get(value, -1) for value in values]], dtype=torch.long)

    inverse = torch.tensor([words.inverse], dtype=torch.long)
    found: Relations = decoder.relations(features, ids(words.labels), inverse, ids(words.targets))
    return found
