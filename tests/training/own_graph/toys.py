"""Small graphs, and everything that a training needs of one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from hypothesis import strategies as st

from clew.decoding.embedded.search.walks import PathWalks
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords, relation_words
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.training.own_graph.items import ItemSampler
from clew.training.own_graph.sampling.chains import ChainSampler
from clew.training.own_graph.sampling.questions import QuestionWriter
from clew.training.own_graph.sampling.wordings import Wordings
from clew.training.synthetic.lexicon import Domain, read_lexicon

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

nodes = st.integers(0, 7).map("n{}".format)
relations = st.sampled_from(["likes", "part of", "directed by", "has year"])
graphs = st.lists(st.tuples(nodes, relations, nodes), min_size=1, max_size=25).map(from_triples)


@dataclass(frozen=True)
class Kit:
    graph: Graph
    walks: PathWalks
    words: RelationWords
    chains: ChainSampler
    items: ItemSampler


def kit(graph: Graph, seed: int = 0, domains: tuple[Domain, ...] = ()) -> Kit:
    rng = random.Random(seed)
    walks, words = PathWalks(graph), relation_words(graph)
    chains = ChainSampler(graph, walks, rng)
    writer = QuestionWriter(Wordings(graph, words, domains), rng)
    return Kit(graph, walks, words, chains, ItemSampler(graph, walks, chains, writer, rng))


@lru_cache(maxsize=1)
def films() -> Graph:
    """Forty films with directors, casts and years: enough for chains of three hops."""
    rng, triples = random.Random(3), []
    for film in range(40):
        name = f"Film {film}"
        triples.append((name, "directed_by", f"Director {rng.randrange(12)}"))
        triples.append((name, "release_year", str(1990 + rng.randrange(9))))
        triples += [(name, "starred_actors", f"Actor {rng.randrange(20)}") for _ in range(3)]
    triples += [(f"Director {i}", "born_in", f"Town {i % 5}") for i in range(12)]
    triples += [(f"Town {i}", "located_in", f"Land {i % 2}") for i in range(5)]
    return from_triples(triples, name="films")


@lru_cache(maxsize=1)
def some_domains() -> tuple[Domain, ...]:
    return tuple(domain for domain in read_lexicon() if domain.name in ("film", "people", "cities"))
