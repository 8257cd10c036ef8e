"""The search finds the cheapest programs: what brute force over all programs and all readings of words finds."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

from clew.decoding.programs.execution import execute
from clew.decoding.programs.notation import Program
from clew.decoding.programs.reading import search
from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.reader import ProgramReader
from clew.decoding.programs.reading.search import Partial, ProgramSearch, Searched
from clew.decoding.programs.unique_names import UniqueNames
from clew.decoding.reading.likeness import Likeness
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import Grammar, ProgramBounds
from clew.tries.programs.machine import Machine
from clew.tries.programs.tokens import Op, ProgramTokens, Token
from tests.decoding.programs.reading.ferries import TODAY
from tests.laws.amount import graphs_per_seed

ENTITIES = ("Zedra", "Quorl", "Vimsk", "Brond")
PARTS = ["Zedra", "Quorl", "fox", "foxes", "hen", "hens", "guards", "feeds", "guarded", "height", "weight", "heaviest"]
PARTS += ["most", "tallest", "or", "and", "not", "without", "average", "total", "more", "than", "2", "each", "is"]
PARTS += ["taller", "heavier", "below"]
STARTS = ("how many", "which", "who", "is", "the", "do any", "")
TOKENS, HOPS = 4, 2
EVER = 10**6


@dataclass
class Task:
    """One question over one graph: its grammar and its costs."""

    graph: Graph
    grammar: Grammar
    costs: TokenCosts
    algebra: Algebra
    names: UniqueNames

    def searched(self, most: int = 10**6, steps: int = EVER) -> Searched:
        return ProgramSearch(self.grammar, self.costs).run(most, steps)


def random_graph(rng: random.Random) -> Graph:
    builder = GraphBuilder()
    for name in ENTITIES:
        builder.edge(name, RDF_TYPE, rng.choice(["fox", "hen"]))
        for _ in range(rng.randint(0, 2)):
            builder.edge(name, rng.choice(["guards", "feeds"]), rng.choice(ENTITIES))
        for attribute in ("height", "weight"):
            if rng.random() < 0.7:
                builder.edge(name, attribute, Literal(str(rng.randint(1, 4)), XSD + "integer"))
    builder.edge("Zedra", "guards", "Quorl")
    return builder.build("farm")


def random_task(rng: random.Random) -> Task:
    question = " ".join([rng.choice(STARTS), *rng.sample(PARTS, rng.randint(2, 5))]).strip()
    return task_of(random_graph(rng), question)


def task_of(graph: Graph, question: str) -> Task:
    linker = EntityLinker.build(graph)
    read = ProgramReader(graph, linker, Likeness(None)).read(linker.link(question), TODAY)
    algebra, costs = read.algebra, replace(read.costs, anchors=read.costs.anchors[:4])
    bounds = ProgramBounds(
        tokens=TOKENS,
        hops=HOPS,
        operators=costs.operators,
        forbidden=frozenset(graph.plumbing),
        empty=True,
        operand_values=costs.comparing.compares,
    )
    own = tuple(one.anchor for one in costs.anchors)
    grammar = Grammar(Machine(algebra, own), ProgramTokens(graph.num_relations, own), bounds)
    return Task(graph, grammar, costs, algebra, UniqueNames(graph, linker))


def brute(task: Task) -> dict[tuple[Token, ...], float]:
    """Every program that the grammar allows, with the least that it costs by any reading of the words."""
    found: dict[tuple[Token, ...], float] = {}
    slow = ProgramSearch(task.grammar, task.costs)
    begun = Partial(0.0, (), search.ProgramState(), 0, 0, (), ())
    waiting = [
        slow._after(begun, Token(one.anchor.op, i), one.bits, one.cost + task.costs.weights.token)
        for i, one in enumerate(task.costs.anchors)
        if one.anchor.op is not Op.LIT
    ]
    while waiting:
        partial = waiting.pop()
        for cost, token, bits in slow._next(partial):
            if token.op is not Op.STOP:
                waiting.append(slow._after(partial, token, bits, partial.cost + cost))
                continue
            whole = partial.cost + cost
            found[partial.tokens] = min(found.get(partial.tokens, whole), whole)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_the_cheapest_program_is_that_of_brute_force(seed: int) -> None:
    rng, compared = random.Random(seed), 0
    for _ in range(graphs_per_seed(50, 2)):
        task = random_task(rng)
        every, found = brute(task), task.searched().found
        assert bool(every) == bool(found)
        if not every:
            continue
        compared += 1
        assert found[0].cost == pytest.approx(min(every.values())), task.costs.asked.text
        for one in found:
            assert one.cost >= every[one.tokens] - 1e-9
    assert compared > 15


@pytest.mark.parametrize("steps", [5, 40, EVER])
def test_nothing_that_was_not_found_is_cheaper_than_the_bound(steps: int) -> None:
    rng, below = random.Random(steps), 0
    for _ in range(graphs_per_seed(16, 1)):
        task = random_task(rng)
        searched = task.searched(most=3, steps=steps)
        assert searched.steps <= steps
        left = brute(task).keys() - {one.tokens for one in searched.found}
        costs = brute(task)
        below += searched.bound < float("inf")
        assert all(costs[tokens] >= searched.bound - 1e-9 for tokens in left), task.costs.asked.text
    assert below > 3


def test_every_program_found_is_in_the_language_and_can_be_run() -> None:
    rng, run = random.Random(5), 0
    for _ in range(graphs_per_seed(16, 1)):
        task = random_task(rng)
        automaton = ProgramAutomaton(task.algebra, task.grammar.vocabulary.anchors, task.grammar.bounds)
        for one in task.searched(most=8).found:
            states = automaton.start([one.tokens[0].argument])
            for token in one.tokens[1:]:
                states = automaton.advance(states, [automaton.vocabulary.number(token)])
            assert states.prefix[0] >= 0
            assert automaton.end_token in automaton.allowed(states).token_ids
            program = Program(task.grammar.vocabulary.anchors, one.tokens)
            assert execute(task.algebra, task.names, program).value == one.top.value
            run += 1
    assert run > 30


def test_programs_come_cheapest_first_each_once_and_the_same_each_time() -> None:
    rng = random.Random(6)
    for _ in range(graphs_per_seed(16, 1)):
        task = random_task(rng)
        first, again = task.searched(most=8), task.searched(most=8)
        assert [one.cost for one in first.found] == sorted(one.cost for one in first.found)
        assert len({one.tokens for one in first.found}) == len(first.found)
        assert [(one.tokens, one.cost, one.claims, one.step) for one in first.found] == [
            (one.tokens, one.cost, one.claims, one.step) for one in again.found
        ]
        assert (first.bound, first.steps) == (again.bound, again.steps)


def test_a_program_reads_what_its_tokens_claim() -> None:
    rng, claimed = random.Random(7), 0
    for _ in range(graphs_per_seed(16, 1)):
        for one in random_task(rng).searched(most=8).found:
            assert len(one.claims) == len(one.tokens) == len(one.spent)
            union = 0
            for bits in one.claims:
                union |= bits
            assert union | one.read == one.read
            claimed += union > 0
    assert claimed > 30


@pytest.mark.parametrize(
    "question", ["foxes taller than Zedra", "which hens are heavier than Quorl", "foxes height below Zedra"]
)
@pytest.mark.parametrize("steps", [5, 20, 60])
def test_the_bound_holds_of_comparisons_with_a_value_that_is_reached(question: str, steps: int) -> None:
    compared = 0
    for seed in range(10):
        task = task_of(random_graph(random.Random(seed)), question)
        costs, searched = brute(task), task.searched(steps=steps)
        compared += any(token.op is Op.CMP for tokens in costs for token in tokens)
        left = costs.keys() - {one.tokens for one in searched.found}
        assert all(costs[tokens] >= searched.bound - 1e-9 for tokens in left)
    assert compared
