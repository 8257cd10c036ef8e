"""Conditions in a graph's own terms, each against brute force that reads the statements and nothing else."""

from __future__ import annotations

import calendar
import datetime
import random
from dataclasses import dataclass
from typing import Any

import pytest

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import RDF_TYPE
from clew.tries.constraint import SpelledPath
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.filters.conditions import Conditions
from clew.tries.filters.validity import Validity
from clew.tries.laws.constraint import check_constraint
from clew.tries.laws.paths import language
from clew.tries.tokens.token_index import TokenIndex
from tests.laws.amount import graphs_per_seed
from tests.laws.test_constraint_graph_automaton import END, whole_text_speller
from tests.tries.tokenizers import CharTokenizer

CLASSES = ["City", "Town"]
FILES = ["one.tsv", "two.tsv"]
ENTITIES = "abcde"


@dataclass(frozen=True)
class Fact:
    head: str
    relation: str
    tail: str | Literal
    file: str
    begin: str | None
    end: str | None


class Steps:
    """A ``kg.Graph`` with the one member more that the oracle asks for."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)

    def steps(self, node: int) -> set[tuple[int, int]]:
        return {(int(r), int(n)) for r in self._graph.relations_of(node) for n in self._graph.neighbours(node, int(r))}


def a_time(rng: random.Random) -> str:
    return f"{rng.randint(1999, 2002)}{rng.choice(['', '-05', '-05-17', '-11-30'])}"


def days(text: str) -> tuple[datetime.date, datetime.date]:
    """The first and last day of a year, a month or a day."""
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    last = month or 12
    return (
        datetime.date(year, month or 1, day or 1),
        datetime.date(year, last, day or calendar.monthrange(year, last)[1]),
    )


def random_facts(rng: random.Random) -> list[Fact]:
    tails: list[str | Literal] = [*ENTITIES, Literal("x"), Literal("x", language="en"), Literal("y", language="it")]
    drawn = {(rng.choice(ENTITIES), rng.choice("rs"), rng.choice(tails)) for _ in range(rng.randint(3, 9))}
    drawn |= {(e, RDF_TYPE, rng.choice(CLASSES)) for e in ENTITIES if rng.random() < 0.6} | {("a", RDF_TYPE, "City")}
    facts = []
    for head, relation, tail in sorted(drawn, key=str):
        begin, end = (a_time(rng) if rng.random() < 0.5 else None for _ in range(2))
        if begin and end and days(begin)[0] > days(end)[1]:
            begin, end = end, begin
        facts.append(Fact(head, relation, tail, rng.choice(FILES), begin, end))
    return facts


def graph_of(facts: list[Fact], rng: random.Random) -> Graph:
    builder = GraphBuilder()
    for line, fact in enumerate(facts):
        times = {"valid_from": fact.begin, "endDate": fact.end}
        attributes = {name: Literal(time) for name, time in times.items() if time}
        builder.edge(fact.head, fact.relation, fact.tail, Source(fact.file, line + 1), attributes)
    for e in ENTITIES:
        builder.label(e, rng.choice(["ann", "ann b", "bo"]))
    return builder.build("g")


def random_conditions(rng: random.Random, facts: list[Fact], max_hops: int) -> Conditions:
    some = lambda share: rng.random() < share  # noqa: E731
    known = sorted({fact.head for fact in facts})
    files = sorted({fact.file for fact in facts})
    classes = sorted({fact.tail for fact in facts if fact.relation == RDF_TYPE}, key=str)
    relations = sorted({fact.relation for fact in facts})
    valid = None
    if some(0.5):
        at, until = sorted((a_time(rng), a_time(rng)), key=lambda time: days(time)[0])
        if days(until)[1] < days(at)[0]:
            at, until = until, at
        valid = Validity(at, until if some(0.5) else None, throughout=some(0.3), undated=some(0.7))
    return Conditions(
        relations=[rng.choice(["", "^"]) + r for r in relations if some(0.8)] if some(0.2) else None,
        forbidden=[rng.choice(["", "^"]) + r for r in relations if some(0.2)],
        types_at={rng.randint(1, max_hops): [str(rng.choice(classes))]} if some(0.3) else {},
        ends=[e for e in known if some(0.6)] if some(0.3) else None,
        sources=[rng.choice(files)] if some(0.3) else None,
        languages=rng.choice([[], ["en"], ["en", "it"]]) if some(0.3) else None,
        valid=valid,
    )


def holds(fact: Fact, valid: Validity) -> bool:
    if not fact.begin and not fact.end:
        return valid.undated
    first, last = days(valid.at)[0], days(valid.until or valid.at)[1]
    begin = days(fact.begin)[0] if fact.begin else datetime.date.min
    end = days(fact.end)[1] if fact.end else datetime.date.max
    return begin <= first and last <= end if valid.throughout else begin <= last and first <= end


def admits(conditions: Conditions, graph: Graph, facts: dict[tuple[str, str, str], Fact], path: SpelledPath) -> bool:
    for a, r, b in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
        back, key = r >= graph.num_relations, graph.relation_key(r)
        head, tail = (b, a) if back else (a, b)
        fact = facts[graph.key(head), key, graph.key(tail)]
        names = {key, f"^{key}"} if back else {key}
        if conditions.relations is not None and names.isdisjoint(conditions.relations):
            return False
        if not names.isdisjoint(conditions.forbidden):
            return False
        if conditions.sources is not None and fact.file not in conditions.sources:
            return False
        if conditions.valid is not None and not holds(fact, conditions.valid):
            return False
    for node in path.nodes[1:]:
        tag = graph.literal(node).language if graph.is_literal(node) else ""
        if conditions.languages is not None and tag and tag not in conditions.languages:
            return False
    for position, classes in conditions.types_at.items():
        if position < len(path.nodes):
            key = graph.key(path.nodes[position])
            if not any((key, RDF_TYPE, name) in facts for name in classes):
                return False
    return conditions.ends is None or graph.key(path.nodes[-1]) in conditions.ends


@pytest.mark.parametrize("seed", range(4))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(2_000, 4)):
        listed = random_facts(rng)
        graph = graph_of(listed, rng)
        facts = {(f.head, f.relation, f.tail.key if isinstance(f.tail, Literal) else f.tail): f for f in listed}
        max_hops = rng.randint(1, 2)
        conditions = random_conditions(rng, listed, max_hops)
        low, head = rng.randint(1, max_hops), rng.randrange(graph.num_entities)
        index = TokenIndex.build(graph, CharTokenizer())
        steps: Any = Steps(graph)
        accept = lambda path: len(path.relations) >= low and admits(conditions, graph, facts, path)  # noqa: B023, E731
        expected = language(steps, head, whole_text_speller(CharTokenizer.encode, index.spelling), max_hops, accept)
        automaton = GraphAutomaton(index, END, max_hops, low, demands=conditions.on(graph))
        check_constraint(automaton, head, expected, foreign=[0, 5])
