"""A question's own subgraph, read from its file when needed: the subgraphs of a test set take gigabytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from clew.kg.errors import BadLine
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.ingest.readers.reading import EdgeBatch
from clew.kg.ingest.readers.records import BadShape, add_record
from clew.kg.terms.literal import NUL, from_term


@dataclass(frozen=True, slots=True)
class Subgraph:
    """The row of a JSON Lines file whose ``graph`` member holds the triples: where it starts, and its line number."""

    file: Path
    offset: int
    number: int

    def graph(self) -> Graph:
        """Read the triples into a graph of their own. Raises ``BadLine`` where one of them is none."""
        with self.file.open("rb") as stream:
            stream.seek(self.offset)
            record = json.loads(stream.readline())
        batch = EdgeBatch()
        try:
            add_record(batch, {"graph": record["graph"]}, self.number)
        except BadShape as error:
            raise BadLine(str(self.file), self.number, f"'graph': {error}") from None
        builder = GraphBuilder()
        for head, relation, tail in zip(batch.heads, batch.relations, batch.tails, strict=True):
            builder.edge(head, relation, from_term(tail) if NUL in tail else tail)
        return builder.build(f"{self.file.stem}:{self.number}")
