"""Real graphs from the folder of public data sets."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples


@cache
def shared_graphs(folder: Path, name: str) -> Graph:
    """MetaQA's or FB15k-237's graph."""
    if name == "metaqa":
        lines = (folder / "metaqa" / "kb.txt").read_text(encoding="utf-8").splitlines()
        return from_triples((tuple(line.split("|")) for line in lines), name=name)  # type: ignore[misc]
    files = [folder / "fb15k237" / f"{part}.txt" for part in ("train", "valid", "test")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return from_triples((tuple(line.split("\t")) for line in lines), name=name)  # type: ignore[misc]
