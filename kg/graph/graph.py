"""``Graph``: an immutable knowledge graph over flat arrays, in memory or memory-mapped from a snapshot."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar import kernels
from clew.kg.errors import UnknownNode, UnknownRelation
from clew.kg.graph.arrays import Arrays, Meta, Stored, derive_names, pool
from clew.kg.graph.given_names import GivenNames
from clew.kg.graph.nameless import described, nameless_nodes
from clew.kg.graph.walks import EdgeRows, Nodes, Walks
from clew.kg.limits import MAX_SOURCES_KEPT
from clew.kg.terms.labels import KINDS, Label
from clew.kg.terms.literal import Literal, from_term, parse_key, to_term
from clew.kg.terms.names import entity_name, is_nameless
from clew.kg.terms.provenance import Source, without_folder
from clew.kg.terms.vocabulary import PLUMBING, RDF_TYPE


@dataclass(frozen=True)
class Adjacency(EdgeRows):
    """``EdgeRows`` whose edges have ids."""

    edge_ids: NDArray[Any] | None = None

    @cached_property
    def edge(self) -> NDArray[Any]:
        """The edge id at each position; outgoing edges lie in id order."""
        return np.arange(len(self.node), dtype=np.uint32) if self.edge_ids is None else self.edge_ids


class Graph(Walks):
    """A knowledge graph. Ids, order and meaning of every member: ``docs/explanation/architecture.md``.

    Nothing in it changes after construction, so one graph serves any number of threads.
    """

    out: Adjacency
    inc: Adjacency

    def __init__(self, name: str, arrays: Arrays, meta: Meta, stored: Stored | None = None) -> None:
        """``stored`` watches over the files that ``arrays`` are mapped from; None: they are in memory."""
        self.name, self.arrays, self.meta, self.stored = name, arrays, meta, stored
        self.out = Adjacency(arrays["out_ptr"], arrays["out_relation"], arrays["out_node"])
        self.inc = Adjacency(arrays["inc_ptr"], arrays["inc_relation"], arrays["inc_node"], arrays["inc_edge"])
        self.node_keys, self.relation_keys = pool(arrays, "node"), pool(arrays, "relation")
        self._texts, self._names = pool(arrays, "label"), pool(arrays, "name")
        self._sources: dict[int, tuple[str, str]] = {}
        self.derived: dict[object, Any] = {}  # see ``clew.kg.graph.memo``
        self.num_entities = meta.num_entities
        self.num_nodes, self.num_relations = len(self.node_keys), len(self.relation_keys)
        self.num_edges = len(self.out.node)
        self.num_statements = self.num_edges + len(self._texts)

    def __repr__(self) -> str:
        return f"<Graph {self.name} {self.version}: {self.num_nodes} nodes, {self.num_edges} edges>"

    # --- identity
    @property
    def content_hash(self) -> str:
        """SHA-256 over the sorted statements, hex."""
        return self.meta.content_hash

    @property
    def version(self) -> str:
        """The first 12 characters of the content hash."""
        return self.content_hash[:12]

    @property
    def languages(self) -> tuple[str, ...]:
        """The label languages preferred, best first."""
        return self.meta.languages

    def with_languages(self, *languages: str) -> Graph:
        """The same graph, preferring labels in these languages."""
        meta = replace(self.meta, languages=languages)
        names = derive_names(self.arrays, meta)
        for array in names.values():
            array.setflags(write=False)
        arrays = {**self.arrays, **names}
        return Graph(self.name, arrays, meta, self.stored)

    # --- nodes
    def find_node(self, key: str) -> int | None:
        """The node with this external key (a literal's is its N-Triples form), or None."""
        found = self.node_keys.find(key, 0, self.num_entities)
        if found is None and (literal := parse_key(key)) is not None:
            found = self.node_keys.find(to_term(literal), self.num_entities)
        return found

    def node(self, key: str) -> int:
        """The node with this external key; ``UnknownNode`` if there is none."""
        found = self.find_node(key)
        if found is None:
            raise UnknownNode(f"no node {key!r} in graph {self.name!r}")
        return found

    def key(self, node: int) -> str:
        """The external key of a node: an IRI, ``_:label``, a table's own id, or a literal in N-Triples form."""
        term = self.node_keys[self._checked(node)]
        return from_term(term).key if node >= self.num_entities else term

    @cached_property
    def nameless(self) -> Nodes:
        """The nodes without a name, ascending; see ``clew.kg.graph.nameless``."""
        found = nameless_nodes(self)
        found.setflags(write=False)
        return found

    @cached_property
    def given_names(self) -> GivenNames:
        """The names that nodes have by their edges."""
        return GivenNames(weakref.proxy(self))  # held strongly, a graph and its files would go as garbage only

    def named(self, nodes: Nodes) -> Nodes:
        """Those of some nodes that have a name."""
        return nodes[~self._are_nameless(nodes)]

    def nameless_of(self, nodes: Nodes) -> Nodes:
        """Those of some nodes that have no name."""
        return nodes[self._are_nameless(nodes)]

    def _are_nameless(self, nodes: Nodes) -> NDArray[np.bool_]:
        if not len(self.nameless):
            return np.zeros(len(nodes), np.bool_)
        at = np.searchsorted(self.nameless, nodes)
        found: NDArray[np.bool_] = self.nameless[np.minimum(at, len(self.nameless) - 1)] == nodes
        return found

    def is_literal(self, node: int) -> bool:
        """Whether a node is a literal."""
        return self._checked(node) >= self.num_entities

    def literal(self, node: int) -> Literal:
        """The literal of a literal node; ``UnknownNode`` for an entity."""
        if not self.is_literal(node):
            raise UnknownNode(f"node {node} of graph {self.name!r} is not a literal")
        return from_term(self.node_keys[node])

    # --- relations
    def find_relation(self, key: str) -> int | None:
        """The relation with this key, or None."""
        return self.relation_keys.find(key)

    def relation(self, key: str) -> int:
        """The (forward) relation with this key; ``UnknownRelation`` if there is none."""
        found = self.find_relation(key)
        if found is None:
            raise UnknownRelation(f"no relation {key!r} in graph {self.name!r}")
        return found

    def relation_key(self, r: int) -> str:
        """The key of a directed relation (an inverse has the key of its forward relation)."""
        return self.relation_keys[self._checked_relation(r) % self.num_relations]

    def relation_label(self, r: int) -> str:
        """The readable name of a directed relation, distinct from that of every other one."""
        return self._names[self._checked_relation(r)]

    def relation_labels(self, r: int) -> list[Label]:
        """The label statements of a relation as such (those of a node with the same key are the node's)."""
        return self._labels_of(self.num_nodes + self._checked_relation(r) % self.num_relations)

    @cached_property
    def type_relation(self) -> int | None:
        """The relation id of ``rdf:type``, or None."""
        return self.find_relation(RDF_TYPE)

    @cached_property
    def plumbing(self) -> frozenset[int]:
        """The directed relations that hold lists and axioms together (``vocabulary.PLUMBING``)."""
        found = [r for key in PLUMBING if (r := self.find_relation(key)) is not None]
        return frozenset((*found, *(r + self.num_relations for r in found)))

    # --- labels
    def label(self, node: int) -> str:
        """The text to show for a node: its best label, else a literal's lexical form, else the key's readable tail, or
        for a node without a name what leads to it: ``[address of Vindal]``."""
        found = self.label_of(node)
        return described(self, node) if found is None else found

    def label_of(self, node: int) -> str | None:
        """The same, but None for a node without a name."""
        row = int(self.arrays["chosen_label"][self._checked(node)])
        if row >= 0 and (text := self._texts[row]).strip():
            return text
        term = self.node_keys[node]
        if node >= self.num_entities:
            return from_term(term).lexical
        if (name := self.given_names.name(node)) is not None:
            return name
        return None if is_nameless(term) else entity_name(term)

    def labels(self, node: int) -> list[Label]:
        """Every label statement of a node."""
        return self._labels_of(self._checked(node))

    def iter_labels(self) -> Iterator[tuple[int, Label]]:
        """All label statements of nodes, by ascending node; relations' own labels are left out."""
        stop = int(np.searchsorted(self.arrays["label_subject"], np.int32(self.num_nodes)))
        return zip(self.arrays["label_subject"][:stop].tolist(), self._label_rows(0, stop), strict=True)

    def _labels_of(self, subject: int) -> list[Label]:
        bounds = np.array((subject, subject + 1), np.int32)
        low, high = np.searchsorted(self.arrays["label_subject"], bounds).tolist()
        return list(self._label_rows(low, high)) if low < high else []

    def _label_rows(self, low: int, high: int) -> Iterator[Label]:
        kinds = self.arrays["predicate_kind"][self.arrays["label_predicate"][low:high]].tolist()
        suffixes = self.arrays["label_suffix"][low:high].tolist()
        for text, suffix, kind in zip(self._texts.slice(low, high), suffixes, kinds, strict=True):
            yield Label(text, self._languages[suffix], KINDS[kind])

    @cached_property
    def _languages(self) -> list[str]:
        return [suffix.removeprefix("@") for suffix in pool(self.arrays, "suffix")]

    # --- edges
    def types(self, node: int) -> Nodes:
        """The class nodes of an entity (its ``rdf:type`` tails), ascending."""
        if self.type_relation is None:
            self._checked(node)
            return np.empty(0, np.int32)
        return self.neighbours(node, self.type_relation)

    def degree(self, node: int) -> int:
        """The number of edges at a node, in both directions."""
        node = self._checked(node)
        return int(self.out.ptr[node + 1] - self.out.ptr[node] + self.inc.ptr[node + 1] - self.inc.ptr[node])

    def edge(self, head: int, r: int, tail: int) -> int | None:
        """The id of the edge ``head -r-> tail``; an inverse ``r`` is looked up the right way round. None if absent."""
        relation = self._side(r)[1]
        if r >= self.num_relations:
            head, tail = tail, head
        out = self.out
        found = kernels.position_of(out.ptr, out.relation, out.node, self._checked(head), relation, self._checked(tail))
        return found if found >= 0 else None

    def edge_triple(self, edge: int) -> tuple[int, int, int]:
        """The (head, relation, tail) ids of an edge."""
        if not 0 <= edge < self.num_edges:
            raise IndexError(f"edge {edge} of {self.num_edges}")
        head = int(np.searchsorted(self.out.ptr, edge, side="right")) - 1
        return head, int(self.out.relation[edge]), int(self.out.node[edge])

    def edge_heads(self) -> Nodes:
        """The head of every edge, int32[num_edges]; made anew at each call."""
        return np.repeat(np.arange(self.num_nodes, dtype=np.int32), np.diff(self.out.ptr))

    def edge_source(self, edge: int) -> Source:
        """Where an edge was first read."""
        if not 0 <= edge < self.num_edges:
            raise IndexError(f"edge {edge} of {self.num_edges}")
        file, graph = self._source_names(int(self.arrays["edge_source"][edge]))
        return Source(file, int(self.arrays["edge_line"][edge]), graph)

    def _source_names(self, place: int) -> tuple[str, str]:
        """The file and the named graph of a source; files are few."""
        found = self._sources.get(place)
        if found is None:
            found = without_folder(pool(self.arrays, "file")[place]), pool(self.arrays, "graph")[place]
            if len(self._sources) < MAX_SOURCES_KEPT:
                self._sources[place] = found
        return found
