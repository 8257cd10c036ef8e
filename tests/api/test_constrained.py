"""The constraint that a graph handle gives is the graph's, on the CPU and as torch operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

import clew
from clew.api.python.constrained import Constrained
from clew.kg.errors import BadInput, UnknownNode, UnknownRelation
from clew.tries.filters.conditions import Conditions
from clew.tries.laws.constraint import enumerate_language
from clew.tries.laws.paths import GraphSteps, all_paths
from tests.tries.tokenizers import minilm

ROWS = "Ann,directed,Heat\nAnn,directed,Ronin\nHeat,shot in,Paris\nRonin,shot in,Paris\n"


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[clew.GraphHandle]:
    (tmp_path / "films.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "names.csv").write_text("Paris,Paris\nHeat,The film\nRonin,The film\n", encoding="utf-8")
    with clew.load(tmp_path / "films.csv", header=False, labels=[str(tmp_path / "names.csv")]) as loaded:
        yield loaded


def tokenizer() -> Tokenizer:
    return minilm()


END = tokenizer().token_to_id("[SEP]")


def test_its_language_is_every_path_of_the_graph(graph: clew.GraphHandle) -> None:
    constrained = graph.constrain(tokenizer(), END, max_hops=2)
    (ann,) = constrained.nodes(["Ann"])
    spelled = {path for paths in enumerate_language(constrained.automaton, ann).values() for path in paths}
    assert spelled == set(all_paths(GraphSteps(graph.graph), ann, 2))
    assert len(spelled) > 5


def test_conditions_hold(graph: clew.GraphHandle) -> None:
    constrained = graph.constrain(tokenizer(), END, conditions=Conditions(forbidden=["shot in"]))
    assert isinstance(constrained, Constrained)
    shot = graph.graph.relation("shot in")
    (ann,) = constrained.nodes(["Ann"])
    paths = [path for paths in enumerate_language(constrained.automaton, ann).values() for path in paths]
    assert paths
    assert not [path for path in paths if shot in path.relations]
    with pytest.raises(UnknownRelation):
        graph.constrain(tokenizer(), END, conditions=Conditions(forbidden=["eaten by"]))


def test_a_name_that_several_share_needs_a_key(graph: clew.GraphHandle) -> None:
    constrained = graph.constrain(tokenizer(), END)
    with pytest.raises(BadInput, match="2 entities"):
        constrained.processor(["The film"])
    with pytest.raises(UnknownNode):
        constrained.nodes(["Nobody"])
    assert constrained.nodes(["Heat", "Ann"]) == [graph.graph.node("Heat"), graph.graph.node("Ann")]


def test_masks_are_alike_on_the_device(graph: clew.GraphHandle) -> None:
    constrained = graph.constrain(tokenizer(), END, max_hops=2)
    nodes = constrained.nodes(["Ann", "Paris"])
    states, on_device = constrained.automaton.start(nodes), constrained.on_device("cpu")
    expected, found = constrained.automaton.allowed(states), on_device.allowed(on_device.start(nodes))
    for row in range(2):
        np.testing.assert_array_equal(np.unique(found.row(row)), expected.row(row))
    scores = torch.randn(2, tokenizer().get_vocab_size(), generator=torch.Generator().manual_seed(0))
    masked = constrained.processor(["Ann", "Paris"])(torch.zeros((2, 1), dtype=torch.int64), scores)
    step = constrained.step(["Ann", "Paris"], scores.shape[1], "cpu")
    step.logits[:] = scores
    assert step().tolist() == masked.argmax(1).tolist()
