"""``GraphBuilder``: collects statements as integer columns and turns them into a ``Graph``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clew.kg.columnar.interner import Spans, spans_of
from clew.kg.columnar.strings import gather
from clew.kg.errors import BadInput
from clew.kg.graph.assemble import AttributeColumns, Columns, LabelColumns, assemble
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import NUL, Literal, suffix, to_term
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import LABEL_PREDICATES, PREDICATE_OF_KIND, RDF_LANGSTRING, XSD_STRING, LabelKind

Array = np.ndarray[Any, np.dtype[Any]]
_BATCH = 50_000  # statements kept as Python objects before they become columns


@dataclass(slots=True)
class _Pending:
    """Statements given one by one, not yet interned."""

    heads: list[str] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    tails: list[str] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    predicates: list[str] = field(default_factory=list)
    suffixes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    attribute_edges: list[int] = field(default_factory=list)
    attribute_names: list[str] = field(default_factory=list)
    attribute_values: list[str] = field(default_factory=list)


class GraphBuilder:
    """Collects edges, labels and literals in any order, repeated or not; ``build`` gives the graph.

    ``languages`` is the order in which labels are preferred; ``label_predicates`` says which predicates with a
    string-valued object are labels of their subject instead of edges, and of which kind.
    """

    def __init__(
        self,
        languages: Sequence[str] = ("en",),
        label_predicates: Mapping[str, LabelKind] = LABEL_PREDICATES,
    ) -> None:
        self.languages = tuple(languages)
        self.label_predicates = dict(label_predicates)
        self.columns = Columns()
        self.labels = LabelColumns()
        self.attributes = AttributeColumns()
        self._sources: dict[Source, int] = {}
        self._pending = _Pending()
        self._pending_size = 0

    def edge(
        self,
        head: str,
        relation: str,
        tail: str | Literal,
        source: Source | None = None,
        attributes: Mapping[str, Literal] | None = None,
    ) -> None:
        """Add the edge ``head -relation-> tail``; ``BadInput`` for an empty key or one with a NUL."""
        pending = self._pending
        for name, value in (attributes or {}).items():
            pending.attribute_edges.append(len(pending.heads))
            pending.attribute_names.append(_key(name))
            pending.attribute_values.append(to_term(value))
        pending.heads.append(_key(head))
        pending.relations.append(_key(relation))
        pending.tails.append(to_term(tail) if isinstance(tail, Literal) else _key(tail))
        pending.sources.append(self.source_id(source) if source else 0)
        pending.lines.append(source.line if source else 0)
        self._count_one()

    def label(
        self,
        subject: str,
        text: str,
        language: str = "",
        kind: LabelKind = "preferred",
        predicate: str | None = None,
    ) -> None:
        """Add a label statement of an entity or a relation, under ``predicate`` (default: the usual one)."""
        pending = self._pending
        pending.subjects.append(_key(subject))
        pending.predicates.append(predicate or PREDICATE_OF_KIND[kind])
        pending.suffixes.append(suffix(Literal(text, language=language)))
        pending.texts.append(text)
        if predicate is not None:
            self.label_predicates.setdefault(predicate, kind)
        self._count_one()

    def statement(self, subject: str, predicate: str, value: str | Literal, source: Source | None = None) -> None:
        """Add one RDF statement: a label where a label predicate has a string for its value, else an edge."""
        if isinstance(value, Literal) and predicate in self.label_predicates and is_text(value):
            self.label(subject, value.lexical, value.language, predicate=predicate)
        else:
            self.edge(subject, predicate, value, source)

    def source_id(self, source: Source) -> int:
        """The number of a source's file and named graph, for ``add_edges``; 0 is "no source"."""
        place = Source(source.file, 0, source.graph)
        if place == Source():
            return 0
        return self._sources.setdefault(place, len(self._sources) + 1)

    def add_edges(self, heads: Spans, relations: Spans, tails: Spans, source: Array | int, lines: Array | int) -> int:
        """Add n edges given as spans of terms (``clew.kg.terms.literal.to_term`` for literals), with source numbers and
        lines.

        Returns the place of the first of them, for ``add_attributes``.
        """
        columns = self.columns
        first = len(columns.head)
        count = len(heads[1])
        columns.head.extend(columns.nodes.add_spans(*heads))
        columns.relation.extend(columns.relations.add_spans(*relations))
        columns.tail.extend(columns.nodes.add_spans(*tails))
        columns.source.extend(source, count)
        columns.line.extend(lines, count)
        return first

    def add_attributes(self, edges: Array, names: Spans, values: Spans) -> None:
        """Add n attributes of edges: the edges' places, names and values (terms of literals)."""
        attributes = self.attributes
        attributes.edge.extend(edges)
        attributes.name.extend(attributes.names.add_spans(*names))
        blob, starts, ends = values
        attributes.value.extend(gather(blob, starts, ends, np.arange(len(starts))).blob)
        attributes.length.extend(ends - starts)

    def add_labels(self, subjects: Spans, predicates: Spans, suffixes: Spans, texts: Spans) -> None:
        """Add n label statements given as spans; suffixes are those of ``terms.literal.suffix`` (empty or ``@tag``)."""
        labels = self.labels
        labels.subject.extend(self.columns.nodes.add_spans(*subjects))
        labels.predicate.extend(labels.predicates.add_spans(*predicates))
        labels.suffix.extend(labels.suffixes.add_spans(*suffixes))
        self.add_texts(*texts)

    def add_texts(self, blob: Array, starts: Array, ends: Array) -> None:
        """Copy the texts of labels whose other columns were just added."""
        self.labels.text.extend(gather(blob, starts, ends, np.arange(len(starts))).blob)
        self.labels.length.extend(ends - starts)

    def build(self, name: str = "g") -> Graph:
        """The graph of everything added. The builder is spent: build once."""
        self.flush()
        arrays, meta = assemble(
            self.columns, self.labels, self.attributes, list(self._sources), self.languages, self.label_predicates
        )
        return Graph(name, arrays, meta)

    def known(self, keys: Sequence[str]) -> list[bool]:
        """For each key whether a statement so far has it as a node or as a relation."""
        self.flush()
        nodes, relations = self.columns.nodes.find_many(keys), self.columns.relations.find_many(keys)
        found: list[bool] = ((nodes >= 0) | (relations >= 0)).tolist()
        return found

    def flush(self) -> None:
        """Turn the statements given one by one into columns."""
        pending, self._pending, self._pending_size = self._pending, _Pending(), 0
        if pending.heads:
            first = self.add_edges(
                spans_of(pending.heads), spans_of(pending.relations), spans_of(pending.tails),
                np.asarray(pending.sources), np.asarray(pending.lines),
            )  # fmt: skip
        if pending.attribute_edges:
            edges = first + np.asarray(pending.attribute_edges, np.int64)
            self.add_attributes(edges, spans_of(pending.attribute_names), spans_of(pending.attribute_values))
        if pending.subjects:
            self.add_labels(
                spans_of(pending.subjects), spans_of(pending.predicates),
                spans_of(pending.suffixes), spans_of(pending.texts),
            )  # fmt: skip

    def _count_one(self) -> None:
        self._pending_size += 1
        if self._pending_size >= _BATCH:
            self.flush()


def is_text(value: Literal) -> bool:
    """Whether a literal is a plain or a language string, so that it can be a label."""
    return bool(value.language) or value.datatype in (XSD_STRING, RDF_LANGSTRING)


def _key(key: str) -> str:
    if not key or NUL in key:
        raise BadInput(f"invalid key {key!r}: a key must not be empty or contain NUL")
    return key
