"""The state of reading one input: what each reader gets, and how it passes statements on."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clew.kg.columnar.interner import Interner, spans_of
from clew.kg.errors import BadLine
from clew.kg.graph.builder import GraphBuilder
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers import scan
from clew.kg.ingest.readers.table_ids import TableIds
from clew.kg.ingest.rejections import Rejections, excerpt
from clew.kg.terms.literal import Literal, to_term
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import OWL_IMPORTS

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(slots=True)
class EdgeBatch:
    """Edges as lists of terms (keys, and ``clew.kg.terms.literal.to_term`` for literals), with lines and attributes."""

    heads: list[str] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    tails: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    attribute_rows: list[int] = field(default_factory=list)
    attribute_names: list[str] = field(default_factory=list)
    attribute_values: list[str] = field(default_factory=list)

    def add(self, head: str, relation: str, tail: str, line: int) -> None:
        """Add one edge."""
        self.heads.append(head)
        self.relations.append(relation)
        self.tails.append(tail)
        self.lines.append(line)

    def attribute(self, row: int, name: str, value: Literal) -> None:
        """Add an attribute of the edge in ``row``."""
        self.attribute_rows.append(row)
        self.attribute_names.append(name)
        self.attribute_values.append(to_term(value))


@dataclass(slots=True)
class FileReading:
    """A source (its ``file`` and decompressed ``stream``) on its way into ``builder``.

    ``name`` is what it is called in the provenance of its statements (default: ``file``).

    ``scope`` is put before the labels of its blank nodes, so that those of two sources stay apart. ``ids`` are those of
    the node tables read so far.
    ``where`` finds the line of a bad statement that comes without one.
    """

    file: str
    stream: io.BufferedReader
    builder: GraphBuilder
    rejections: Rejections
    options: IngestOptions
    scope: str = ""
    tick: Callable[[], None] = lambda: None
    bytes_read: Callable[[], int] = lambda: 0
    ids: TableIds = field(default_factory=TableIds)
    name: str = ""
    where: Callable[[bytes], int] = lambda statement: 0
    _graphs: Interner = field(default_factory=Interner)
    _source_of_graph: list[int] = field(default_factory=list)
    _label_predicates: Interner = field(default_factory=Interner)
    _imports: int = -1

    def __post_init__(self) -> None:
        self.name = self.name or self.file
        self._label_predicates.add_many(list(self.builder.label_predicates))
        self._imports = self._label_predicates.add(OWL_IMPORTS)

    def reject(self, kind: str, line: int, reason: str, raw: bytes | str = b"") -> None:
        """One bad statement; raises where the options say to fail."""
        data = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw
        self.rejections.reject(kind, BadLine(self.file, line, reason, excerpt(raw)), data)

    def add_rows(self, blob: Array, rows: Array) -> None:
        """Add statements as rows of ``clew.kg.ingest.readers.scan`` over a blob of normalised terms."""
        if len(rows) == 0:
            return
        special = self._label_predicates.find_spans(blob, rows[:, scan.PREDICATE], rows[:, scan.OBJECT])
        if (special == self._imports).any():
            self._refuse_imports(blob, rows[special == self._imports])
            rows, special = rows[special != self._imports], special[special != self._imports]
        self.rejections.accepted += len(rows)
        suffix, end = rows[:, scan.SUFFIX], rows[:, scan.GRAPH]
        text = (suffix >= 0) & ((suffix == end) | (blob[np.minimum(suffix, len(blob) - 1)] == ord("@")))
        label = text & (special >= 0)
        if label.any():
            some = rows[label]
            self.builder.add_labels(
                (blob, some[:, scan.SUBJECT], some[:, scan.PREDICATE]),
                (blob, some[:, scan.PREDICATE], some[:, scan.OBJECT]),
                (blob, some[:, scan.SUFFIX], some[:, scan.GRAPH]),
                (blob, some[:, scan.OBJECT] + 1, some[:, scan.SUFFIX] - 1),
            )
            rows = rows[~label]
        self.builder.add_edges(
            (blob, rows[:, scan.SUBJECT], rows[:, scan.PREDICATE]),
            (blob, rows[:, scan.PREDICATE], rows[:, scan.OBJECT]),
            (blob, rows[:, scan.OBJECT], rows[:, scan.GRAPH]),
            self._sources(blob, rows),
            np.minimum(rows[:, scan.LINE], 2**32 - 1),
        )

    def _refuse_imports(self, blob: Array, rows: Array) -> None:
        """Reject ``owl:imports``: a graph without what it says it builds on is not the graph that it says it is."""
        for row in rows.tolist():
            subject, imported = (
                blob[low:high].tobytes().decode()
                for low, high in ((row[scan.SUBJECT], row[scan.PREDICATE]), (row[scan.OBJECT], row[scan.GRAPH]))
            )
            reason = f"owl:imports <{imported}> is not supported; remove the statement and load that file, too"
            self.reject("import", row[scan.LINE], reason, f"<{subject}> <{OWL_IMPORTS}> <{imported}> .")

    def add_edges(self, batch: EdgeBatch) -> None:
        """Add edges given as lists of terms, with their attributes."""
        if not batch.heads:
            return
        self.rejections.accepted += len(batch.heads)
        place = self.builder.source_id(Source(self.name))
        heads, relations, tails = spans_of(batch.heads), spans_of(batch.relations), spans_of(batch.tails)
        first = self.builder.add_edges(heads, relations, tails, place, np.asarray(batch.lines, np.int64))
        if batch.attribute_rows:
            rows = first + np.asarray(batch.attribute_rows, np.int64)
            names, values = spans_of(batch.attribute_names), spans_of(batch.attribute_values)
            self.builder.add_attributes(rows, names, values)

    def source(self, line: int) -> Source:
        """A line of this source."""
        return Source(self.name, line)

    def _sources(self, blob: Array, rows: Array) -> Array:
        """The source number of each row: of this file and the row's named graph."""
        graphs = self._graphs.add_spans(blob, rows[:, scan.GRAPH], rows[:, scan.END])
        if len(self._graphs) > len(self._source_of_graph):
            names = self._graphs.texts()[len(self._source_of_graph) :]
            self._source_of_graph += [self.builder.source_id(Source(self.name, 0, name)) for name in names]
        return np.asarray(self._source_of_graph, np.uint32)[graphs]
