"""Graphs and embedders small enough to reason about; no deadlines, since compiled kernels take seconds at first."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import settings

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.retrieval.vectors.vector_index import Float32

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


class WordHashes:
    """An embedder without a model: a text is the normalised sum of one random vector per word."""

    dimension = 64
    fingerprint = "word-hashes"

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> Float32:
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in [*text.lower().replace("_", " ").split(), "·"]:
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
                vectors[row] += np.random.default_rng(seed).normal(size=self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def word_hashes() -> WordHashes:
    return WordHashes()


TRIPLES = [
    ("e:Alien", "r:directedBy", "e:RidleyScott"),
    ("e:BladeRunner", "r:directedBy", "e:RidleyScott"),
    ("e:Gladiator", "r:directedBy", "e:RidleyScott"),
    ("e:Jaws", "r:directedBy", "e:StevenSpielberg"),
    ("e:JurassicPark", "r:directedBy", "e:StevenSpielberg"),
    ("e:Amelie", "r:directedBy", "e:Jeunet"),
    ("e:Amelie", "r:starring", "e:Tautou"),
    ("e:Crash1996", "r:directedBy", "e:Cronenberg"),
    ("e:Crash2004", "r:directedBy", "e:Haggis"),
    ("e:TheHero", "r:directedBy", "e:Haggis"),
    ("e:Hero", "r:directedBy", "e:Zhang"),
    ("e:It", "r:directedBy", "e:Muschietti"),
    ("e:Solaris", "r:basedOn", "e:SolarisNovel"),
    ("e:SolarisNovel", "r:writtenBy", "e:Lem"),
]
LABELS = {
    "e:Alien": "Alien",
    "e:BladeRunner": "Blade Runner",
    "e:Gladiator": "Gladiator",
    "e:Jaws": "Jaws",
    "e:JurassicPark": "Jurassic Park",
    "e:Amelie": "Amélie",
    "e:RidleyScott": "Ridley Scott",
    "e:StevenSpielberg": "Steven Spielberg",
    "e:Jeunet": "Jean-Pierre Jeunet",
    "e:Tautou": "Audrey Tautou",
    "e:Crash1996": "Crash",
    "e:Crash2004": "Crash",
    "e:Cronenberg": "David Cronenberg",
    "e:Haggis": "Paul Haggis",
    "e:TheHero": "The Movie Hero",
    "e:Hero": "Hero",
    "e:Zhang": "Zhang Yimou",
    "e:It": "It",
    "e:Muschietti": "Andy Muschietti",
    "e:Solaris": "Solaris",
    "e:SolarisNovel": "Solaris",
    "e:Lem": "Stanisław Lem",
}
ALTERNATIVES = [("e:Amelie", "Le Fabuleux Destin d'Amélie Poulain"), ("e:Alien", "Alien: Director's Cut")]


def films() -> Graph:
    """A graph of a few films, with alternative labels and a label that two films share."""
    builder = GraphBuilder()
    for head, relation, tail in TRIPLES:
        builder.edge(head, relation, tail)
    for key, text in LABELS.items():
        builder.label(key, text)
    for key, text in ALTERNATIVES:
        builder.label(key, text, kind="alternative")
    builder.label("e:Alien", "A crew meets something hungry", kind="description")
    return builder.build("films")


@pytest.fixture(scope="session")
def graph() -> Graph:
    return films()
