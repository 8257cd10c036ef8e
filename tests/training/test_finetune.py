from __future__ import annotations

import pytest
import torch

from decoding.embedded import weights
from decoding.embedded.wording import mask_topic
from kg.errors import BadInput
from kg.graph import Graph
from tests.decoding.embedded.toys import encoder, films
from training.finetune import LabelledQuestion, Tuned, Tuning, finetune
from training.lexicon import read_lexicon
from training.trainer import Progress, Recipe

SHORT = Tuning(rounds=1, recipe=Recipe(steps=2, batch=8, rate=1e-5, encoder_rate=1e-6), made_held_out=8)
DOMAINS = [domain for domain in read_lexicon() if domain.name == "film"]


def labelled(graph: Graph) -> list[LabelledQuestion]:
    found = []
    for film, director in [("Alpha", "Ann"), ("Beta", "Ann"), ("Gamma", "Bob")]:
        for wording in ("who directed {}", "the director of {}", "who made the film {}", "{} was directed by whom"):
            question = mask_topic(wording.format(film), None, (film,))
            found.append(LabelledQuestion(question, graph.node(film), frozenset({graph.node(director)})))
    return [*found, *found]


def run(questions: list[LabelledQuestion]) -> tuple[Tuned, list[Progress]]:
    torch.set_num_threads(1)
    progress: list[Progress] = []
    return finetune(films(), encoder(), weights.load(), DOMAINS, questions, SHORT, progress.append), progress


def test_a_worse_model_is_never_returned() -> None:
    tuned, progress = run(labelled(films()))
    assert len(progress) == 2
    assert 0 <= tuned.before <= tuned.after <= 1
    assert tuned.improved == (tuned.after > tuned.before)
    base = weights.load()
    if not tuned.improved:
        assert tuned.network.state_dict().keys() == base.network.state_dict().keys()
        assert tuned.fusion == base.fusion
    assert tuned.labelled + tuned.unmined == 18


def test_the_schema_alone_is_enough_to_train_on() -> None:
    tuned, _ = run([])
    assert tuned.labelled == tuned.unmined == 0
    assert tuned.cpu_seconds > 0


def test_a_graph_without_edges_is_refused() -> None:
    with pytest.raises(BadInput, match="no edges"):
        finetune(Graph.from_triples([]), encoder(), weights.load(), DOMAINS)
