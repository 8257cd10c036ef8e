"""Small networks with random weights, and small graphs."""

from __future__ import annotations

from functools import lru_cache

import torch

from clew.decoding.embedded.network.encoder import LowerEncoder, tuned_layers
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import Config
from clew.decoding.embedded.search.model import RelationModel
from clew.decoding.embedded.vocabulary.embedding import embed_relations
from clew.decoding.embedded.vocabulary.vocabulary import relation_words
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.retrieval.encoder.minilm import MiniLM

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@lru_cache(maxsize=1)
def encoder() -> MiniLM:
    return MiniLM(device="cpu")


@lru_cache(maxsize=4)
def random_network(seed: int = 0, layers: int = 1) -> tuple[Network, LowerEncoder]:
    torch.manual_seed(seed)
    bert = encoder().bert
    network = Network(Config(tuned_layers=layers), tuned_layers(bert, layers)).eval().requires_grad_(False)
    with torch.no_grad():
        for parameter in network.decoder.parameters():  # zero-initialised parts must take part in the laws
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return network, LowerEncoder(bert, layers)


def random_model(graph: Graph, seed: int = 0) -> RelationModel:
    return model_of(*random_network(seed), graph)


def model_of(network: Network, lower: LowerEncoder, graph: Graph) -> RelationModel:
    relations = embed_relations(network.decoder, encoder(), lower, relation_words(graph))
    return RelationModel(network, lower, encoder().tokenizer, relations)


def films() -> Graph:
    triples = [
        ("Alpha", "directed_by", "Ann"),
        ("Beta", "directed_by", "Ann"),
        ("Gamma", "directed_by", "Bob"),
        ("Alpha", "starred_actors", "Cid"),
        ("Gamma", "starred_actors", "Cid"),
        ("Gamma", "starred_actors", "Dot"),
        ("Alpha", "release_year", "1999"),
        ("Beta", "release_year", "2003"),
        ("Gamma", "release_year", "2003"),
        ("Alpha", "in_language", "French"),
        ("Beta", "in_language", "German"),
        ("Ann", "born_in", "Paris"),
        ("Bob", "born_in", "Rome"),
        ("Paris", "country", "France"),
        ("Rome", "country", "Italy"),
    ]
    return from_triples(triples, name="films")
