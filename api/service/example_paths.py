"""Reads a table of example questions with the relation paths that answer them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from clew.decoding.token.knn import PathExample
from clew.kg.errors import BadFile, BadLine
from clew.kg.graph.graph import Graph

ARROW = " -> "


def read_examples(file: Path, graph: Graph) -> list[PathExample]:
    """Read a table of three tab-separated columns, no header: question, topic (key or label), and relation path, its
    relations (keys or labels, an inverse one as Clew writes it) joined by ``" -> "``.

    Raises:
        BadFile: the file cannot be read, or holds no example.
        BadLine: a line with other columns, or with a topic or a relation that the graph does not have.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file}: the examples cannot be read: {error}") from error
    relations = _relations(graph)
    found = list(_examples(file, rows, graph, relations, _labels(graph, {row[1] for row in rows if len(row) == 3})))
    if not found:
        raise BadFile(f"{file}: contains no examples")
    return found


def _examples(
    file: Path, rows: list[list[str]], graph: Graph, relations: dict[str, int], labels: dict[str, int]
) -> Iterator[PathExample]:
    for line, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != 3:
            raise BadLine(str(file), line, f"needs question, topic and relation path, has {len(row)} columns")
        question, topic, path = (cell.strip() for cell in row)
        names = path.split(ARROW)
        unknown = [name for name in names if name not in relations]
        if unknown:
            raise BadLine(str(file), line, "no such relation in the graph", unknown[0])
        node = graph.find_node(topic)
        node = labels.get(topic) if node is None else node
        if node is None:
            raise BadLine(str(file), line, "no such entity in the graph", topic)
        yield PathExample(question, node, tuple(relations[name] for name in names))


def _relations(graph: Graph) -> dict[str, int]:
    """Return directed relations by label, and by key where that is no label."""
    found = {graph.relation_key(r): r for r in range(graph.num_relations)}
    return found | {graph.relation_label(r): r for r in reversed(range(2 * graph.num_relations))}


def _labels(graph: Graph, wanted: set[str]) -> dict[str, int]:
    """Return the first entity of each wanted label."""
    found: dict[str, int] = {}
    for node, label in graph.iter_labels():
        if label.text in wanted:
            found.setdefault(label.text, node)
    return found
