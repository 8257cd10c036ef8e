"""The flat arrays a graph consists of, its metadata, and what is derived from the statements.

| arrays | meaning |
|---|---|
| ``node_*`` | pool of node terms: entities sorted by key, then literals sorted by term |
| ``relation_*`` | pool of relation keys, sorted |
| ``out_ptr, out_relation, out_node`` | edges in (head, relation, tail) order |
| ``inc_ptr, inc_relation, inc_node, inc_edge`` | edges in (tail, relation, head) order, with their ids |
| ``edge_source, edge_line`` | where each edge was first read; sources index ``file_*`` and ``graph_*`` |
| ``attribute_edge, attribute_name, attribute_*, attribute_name_*`` | attributes of edges, sorted; pools of both |
| ``label_subject, _predicate, _suffix, label_*`` | label statements, sorted; ``num_nodes + r`` is relation ``r`` |
| ``predicate_*, predicate_kind, suffix_*`` | label predicates with their kind; languages |
| ``chosen_label`` | label row shown for each node and relation, -1 for none |
| ``name_*`` | pool of the names of all directed relations |
| ``relation_count`` | edges of each relation |
| ``edge_chunk, edge_digest``, likewise ``label_`` and ``attribute_`` | chunks of the hash (``kg.graph.fingerprint``) |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from clew.kg.columnar.pool import StringPool
from clew.kg.terms.labels import choose, language_ranks
from clew.kg.terms.names import directed_names, entity_name, wikidata_property
from clew.kg.terms.vocabulary import OWL_INVERSE_OF, STATED_BY

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]
NewArrays = dict[str, Array]
Blocks = set[tuple[str, int]]
"""Blocks of files: the array's name and the number of the block."""


class Stored(Protocol):
    """Arrays in files that were checked when they were opened, and can be checked again."""

    def check(self, name: str, start: int, stop: int, done: Blocks) -> None:
        """``CorruptSnapshot`` unless the blocks of files that hold elements ``start .. stop-1`` of an array are right.

        ``done``: the blocks that need not be checked again; those that were are added.
        """


@dataclass(frozen=True, slots=True)
class Meta:
    """What the arrays do not say: the number of entities, the label languages preferred, the content hash (hex)."""

    num_entities: int
    languages: tuple[str, ...]
    content_hash: str


def pool(arrays: Arrays, name: str) -> StringPool:
    """The string pool stored under ``name``."""
    return StringPool(arrays[f"{name}_blob"], arrays[f"{name}_offsets"])


DERIVED = ("chosen_label", "name_blob", "name_offsets")
"""The arrays that ``derive_names`` makes."""
LABELS_AT_A_TIME = 1 << 16
"""Label statements of which those to show are chosen at a time."""


def derive_names(arrays: Arrays, meta: Meta) -> NewArrays:
    """The arrays ``DERIVED``: the chosen labels, and the names of directed relations, for the languages of ``meta``."""
    chosen = _chosen_labels(arrays, meta)
    keys = list(pool(arrays, "relation"))
    known = {r: name for r, key in enumerate(keys) if (name := _relation_label(arrays, chosen, meta, r, key))}
    known |= _told_apart(known, keys)
    names = StringPool.of(directed_names(keys, known, _declared_inverses(arrays, chosen, meta, keys)))
    return {"chosen_label": chosen, "name_blob": names.blob, "name_offsets": names.offsets}


def _chosen_labels(arrays: Arrays, meta: Meta) -> Array:
    """The label row to show for each node and relation, int32, some subjects at a time to take little memory."""
    suffixes = list(pool(arrays, "suffix"))
    ranks = language_ranks([suffix.removeprefix("@") for suffix in suffixes], meta.languages)
    subject, offsets = arrays["label_subject"], arrays["label_offsets"]
    chosen = np.full(len(arrays["node_offsets"]) + len(arrays["relation_offsets"]) - 2, -1, np.int32)
    low = 0
    while low < len(subject):
        last = subject[min(low + LABELS_AT_A_TIME, len(subject)) - 1]
        high = int(np.searchsorted(subject, last, side="right"))
        rows = slice(low, high)
        kind, rank = arrays["predicate_kind"][arrays["label_predicate"][rows]], ranks[arrays["label_suffix"][rows]]
        choose(chosen, subject[rows], kind, rank, offsets[low:high] != offsets[low + 1 : high + 1], low)
        low = high
    return chosen


def _relation_label(arrays: Arrays, chosen: Array, meta: Meta, relation: int, key: str) -> str | None:
    """The chosen label of a relation: its own, that of the node with the same key, or that of the Wikidata property
    which the relation states."""
    row = int(chosen[len(arrays["node_offsets"]) - 1 + relation])
    node = pool(arrays, "node").find(key, 0, meta.num_entities) if row < 0 else None
    if node is not None:
        row = int(chosen[node])
    if row < 0:
        rows = [int(chosen[other]) for other in _properties(arrays, meta, node, key)]
        row = next((found for found in sorted(rows) if found >= 0), row)
    return pool(arrays, "label")[row] if row >= 0 else None


def _told_apart(names: Mapping[int, str], keys: Sequence[str]) -> dict[int, str]:
    """The names of relations that state a Wikidata property through a node of its own, where its plain relation or
    another one has the same name: "spouse (qualifier)"."""
    shared = {name for name, count in Counter(names.values()).items() if count > 1}
    found = {}
    for relation, name in names.items():
        stated = wikidata_property(keys[relation]) if name in shared else None
        if stated is not None and stated[1]:
            found[relation] = f"{name} ({stated[1]})"
    return found


def _properties(arrays: Arrays, meta: Meta, node: int | None, key: str) -> list[int]:
    """The Wikidata properties that are stated by a relation, which may be a node, too: those that say so (``wd:P19``
    of ``wdt:P19``), or the one whose key is plain from the relation's."""
    plain = wikidata_property(key)
    found = None if plain is None else pool(arrays, "node").find(plain[0], 0, meta.num_entities)
    rest = [] if found is None else [found]
    if node is None:
        return rest
    low, high = (int(bound) for bound in arrays["inc_ptr"][node : node + 2])
    keys, relations = pool(arrays, "relation"), arrays["inc_relation"][low:high].tolist()
    heads = arrays["inc_node"][low:high].tolist()
    return [head for head, relation in zip(heads, relations, strict=True) if keys[relation] in STATED_BY] or rest


def _declared_inverses(arrays: Arrays, chosen: Array, meta: Meta, keys: list[str]) -> dict[int, str]:
    """The name of each relation's inverse where ``owl:inverseOf`` declares one, by relation id."""
    inverse_of = pool(arrays, "relation").find(OWL_INVERSE_OF)
    if inverse_of is None:
        return {}
    nodes, names = pool(arrays, "node"), {}
    for relation, key in enumerate(keys):
        node = nodes.find(key, 0, meta.num_entities)
        if node is None:
            continue
        others = []
        for side in ("out", "inc"):
            row = slice(int(arrays[f"{side}_ptr"][node]), int(arrays[f"{side}_ptr"][node + 1]))
            others += arrays[f"{side}_node"][row][arrays[f"{side}_relation"][row] == inverse_of].tolist()
        if others:
            other = min(others)
            row_of = int(chosen[other])
            names[relation] = pool(arrays, "label")[row_of] if row_of >= 0 else entity_name(nodes[other])
    return names
