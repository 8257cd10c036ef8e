"""SIF, Cytoscape's lines of a node, a relation and the nodes that it leads to."""

from __future__ import annotations

from clew.kg.ingest.readers.reading import EdgeBatch, FileReading
from clew.kg.ingest.readers.rows import text_lines

_BATCH = 50_000


def read_sif(reading: FileReading) -> None:
    """Read SIF: cells split at tabs where the file has any, else at blanks; a line of one cell names a node only."""
    tabs = b"\t" in reading.stream.peek(1 << 16)
    batch = EdgeBatch()
    for line, text in text_lines(reading):
        cells = [cell.strip() for cell in (text.split("\t") if tabs else text.split())]
        if not tabs and "\t" in text:
            reading.reject("column count", line, "a tab in a file that splits its cells at blanks", text)
        elif len(cells) == 2 or not all(cells):
            reading.reject("column count", line, "a node, a relation and one or more nodes expected", text)
        for tail in cells[2:] if all(cells) and (tabs or "\t" not in text) else ():
            batch.add(cells[0], cells[1], tail, line)
        if len(batch.heads) >= _BATCH:
            reading.add_edges(batch)
            batch = EdgeBatch()
            reading.tick()
    reading.add_edges(batch)
