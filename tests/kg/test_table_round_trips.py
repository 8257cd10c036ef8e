"""Any triples, written as each table or document format by another library, load as the graph of those triples."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import networkx
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from clew.kg.graph.graph import Graph
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions

Row = tuple[str, str, str]
names = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=6).filter(
    lambda text: text == " ".join(text.split())
)
triples = st.lists(st.tuples(names, names, names), min_size=1, max_size=12)
HEADER = ("head", "relation", "tail")


def _table(delimiter: str, quoting: int) -> Callable[[Path, list[Row]], None]:
    def write(path: Path, rows: list[Row]) -> None:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=delimiter, quoting=quoting).writerows([HEADER, *rows])  # type: ignore[arg-type]

    return write


def _lines(path: Path, rows: list[Row]) -> None:
    path.write_text("".join(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in rows), encoding="utf-8")


def _arrow(rows: list[Row]) -> pyarrow.Table:
    return pyarrow.table(dict(zip(HEADER, map(list, zip(*rows, strict=True)), strict=True)))


def _parquet(path: Path, rows: list[Row]) -> None:
    parquet.write_table(_arrow(rows), path)


def _ipc(path: Path, rows: list[Row]) -> None:
    table = _arrow(rows)
    with pyarrow.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def _network(rows: list[Row]) -> networkx.MultiDiGraph:
    network = networkx.MultiDiGraph()
    for head, relation, tail in rows:
        network.add_edge(head, tail, relation=relation)
    return network


def _graphml(path: Path, rows: list[Row]) -> None:
    networkx.write_graphml(_network(rows), path)


def _node_link(path: Path, rows: list[Row]) -> None:
    path.write_text(json.dumps(networkx.node_link_data(_network(rows), edges="links")), encoding="utf-8")


WRITERS: dict[str, Callable[[Path, list[Row]], None]] = {
    "g.csv": _table(",", csv.QUOTE_MINIMAL),
    "g.ssv": _table(";", csv.QUOTE_ALL),
    "g.jsonl": _lines,
    "g.parquet": _parquet,
    "g.arrow": _ipc,
    "g.graphml": _graphml,
    "g.json": _node_link,
}


def edges(graph: Graph) -> set[Row]:
    size = range(graph.num_edges)
    found = (graph.edge_triple(e) for e in size)
    return {(graph.key(head), graph.relation_key(relation), graph.key(tail)) for head, relation, tail in found}


@pytest.mark.parametrize("name", WRITERS)
@given(rows=triples)
@settings(max_examples=25, deadline=None)
def test_load_of_written_is_the_graph(name: str, rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / name
    WRITERS[name](path, rows)
    options = IngestOptions(delimiter=";", format="table", header=True) if name == "g.ssv" else IngestOptions()
    loaded = load([str(path)], options)
    assert not loaded.rejections.counts
    assert edges(loaded.graph) == set(rows)
