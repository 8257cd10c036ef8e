"""The graphs and the questions of the decoding benchmarks: topics with enough paths for a top ten to mean something."""

from __future__ import annotations

import functools
import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.harness import SHARED
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.tries.entities.automaton import GraphAutomaton

HOPS, K = 2, 10
Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A question, its topic, and every path from it as tokens without the end token."""

    dataset: str
    question: str
    topic: int
    paths: list[Tokens]


@functools.cache
def metaqa_graph(data: Path = SHARED) -> Graph:
    lines = (data / "metaqa" / "kb.txt").read_text().splitlines()
    return from_triples((tuple(line.split("|")) for line in lines), name="metaqa")  # type: ignore[misc]


@functools.cache
def fb15k237_graph(data: Path = SHARED) -> Graph:
    folder = data / "fb15k237"
    names = dict(line.split("\t") for line in (folder / "entity2text.txt").read_text().splitlines())
    triples = [line.split("\t") for line in (folder / "train.txt").read_text().splitlines()]
    return from_triples(((h, r, t) for h, r, t in triples), names, name="fb15k237")


def metaqa_topics(graph: Graph, data: Path = SHARED) -> list[tuple[str, int]]:
    lines = (data / "metaqa" / "2-hop" / "qa_dev.txt").read_text().splitlines()
    found = [(line.split("\t")[0], re.search(r"\[(.*)\]", line)) for line in lines]
    return [(re.sub(r"[\[\]]", "", text), graph.node(match[1])) for text, match in found if match]


def fb15k237_topics(graph: Graph, data: Path = SHARED) -> list[tuple[str, int]]:
    """The set has no questions: ask one of every entity."""
    return [(f"what is {graph.label(node)} connected with", node) for node in range(graph.num_entities)]


def all_paths(automaton: GraphAutomaton, topic: int, most: int, least: int = 2 * K) -> list[Tokens] | None:
    """Every token string of the language; None where it has more than ``most`` or fewer than ``least``."""
    states = automaton.start([topic])
    strings: list[Tokens] = [()]
    done: list[Tokens] = []
    while len(states):
        allowed = automaton.allowed(states)
        rows = allowed.rows()
        states = automaton.advance(states.take(rows), allowed.token_ids)
        strings = [(*strings[r], int(t)) for r, t in zip(rows, allowed.token_ids, strict=True)]
        done += [s[:-1] for s in strings if s[-1] == automaton.end_token]
        going = np.array([i for i, s in enumerate(strings) if s[-1] != automaton.end_token], np.int64)
        if len(going) + len(done) > most:
            return None
        states, strings = states.take(going), [strings[i] for i in going]
    return done if len(done) >= least else None


def cases(graph: Graph, topics: list[tuple[str, int]], automaton: GraphAutomaton, n: int, most: int) -> list[Case]:
    """n questions, seeded, with enough paths for a top ten to mean something and few enough to score each."""
    chosen: list[Case] = []
    for question, topic in random.Random(0).sample(topics, len(topics)):
        paths = all_paths(automaton, topic, most)
        if paths is not None:
            chosen.append(Case(graph.name, question, topic, paths))
        if len(chosen) == n:
            break
    return chosen
