"""A declined question names what could be asked; entity labels are embedded on request."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from clew.api.cli import main
from clew.api.schema.models import AskRequest
from clew.api.service.components import DefaultParts
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.answering.suggestions import suggester
from clew.decoding.reasoner import Topic
from clew.kg.store.catalogue import Catalogue


class Vectors:
    """An embedder and relation index in one: the question points at relation 1, then 0."""

    def __init__(self, count):
        self.vectors = np.zeros((count, count), np.float32)
        np.fill_diagonal(self.vectors, 1.0)
        self.asked = []

    def encode(self, texts):
        self.asked += texts
        return np.eye(self.vectors.shape[0], dtype=np.float32)[1:2] + 0.5 * np.eye(self.vectors.shape[0])[:1]


def test_only_the_topics_own_relations_nearest_first(home):
    graph = Catalogue(home).open("films")
    vectors = Vectors(2 * graph.num_relations)
    topic = graph.node("Inception")
    suggest = suggester(graph, vectors, vectors)
    got = suggest("what is Inception like", [Topic(topic, (8, 17))])
    own = graph.relations_of(topic).tolist()
    assert set(got) == set(own)
    assert got[0] == max(own, key=lambda r: {1: 1.0, 0: 0.5}.get(r, 0.0))
    assert vectors.asked == ["what is like"]
    assert suggest("what", []) == []


def test_a_declined_question_suggests_relations(home):
    service = Service(Settings(home=home, threshold=1.0))
    got = service.ask("films", AskRequest(question="Who directed Inception?"))
    assert got.status == "not_understood"
    assert got.suggestions[0].label == "directed by"
    assert not service.ask("films", AskRequest(question="What is the meaning of life?")).suggestions


def test_index_embeds_entity_labels_that_the_linker_then_uses(home):
    result = CliRunner().invoke(main, ["--home", str(home), "index", "--graph", "films", "--json"])
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    graph = Catalogue(home).open("films")
    assert shown["labels"] == len({graph.label(node) for node in range(graph.num_entities)})
    parts = DefaultParts(Catalogue(home), Settings(home=home))
    assert parts.linker(graph).entity_index is not None
    (nearest,) = parts.labels(graph).entities.nearest(["the director Christopher Nolan"], 1)
    assert graph.label(nearest[0][0]) == "Christopher Nolan"


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
def test_index_of_an_unknown_graph(home, json_flag):
    assert CliRunner().invoke(main, ["--home", str(home), "index", "--graph", "nope", *json_flag]).exit_code == 2
