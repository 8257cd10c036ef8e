"""The shipped model on MetaQA (Zhang et al. 2018), which it has not seen; floors lie well below what was measured."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.reasoner import Bounds, Topic
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from tests.decoding.embedded.toys import encoder

FLOORS = {1: 0.85, 2: 0.75, 3: 0.65}
SAMPLE = 40


@pytest.fixture(scope="module")
def graph(shared_data: Path) -> Graph:
    with (shared_data / "metaqa" / "kb.txt").open(encoding="utf-8") as lines:
        return from_triples((tuple(line.rstrip("\n").split("|")) for line in lines), name="metaqa")  # type: ignore[misc]


@pytest.mark.shared
@pytest.mark.parametrize("hops", FLOORS)
def test_hits_at_1(graph: Graph, shared_data: Path, hops: int) -> None:
    lines = (shared_data / "metaqa" / f"{hops}-hop" / "qa_dev.txt").read_text(encoding="utf-8").splitlines()
    reasoner, shares = EmbeddedReasoner(encoder()), []
    for line in random.Random(7).sample(lines, SAMPLE):
        text, answers = line.split("\t")
        mention = re.search(r"\[(.*?)\]", text)
        assert mention
        topic = graph.node(mention[1])
        question, start = text.replace("[", "").replace("]", ""), mention.start()
        topics = [Topic(topic, (start, start + len(mention[1])))]
        found = reasoner.reason(question, graph, topics, Bounds(max_hops=3))
        ends = np.array([topic], np.int32)
        for relation in found.paths[0].relations:
            ends = graph.expand(ends, relation)
            ends = ends[ends != topic]
        keys = {graph.key(int(node)) for node in ends}
        shares.append(len(keys & set(answers.split("|"))) / max(1, len(keys)))
    assert np.mean(shares) >= FLOORS[hops]
