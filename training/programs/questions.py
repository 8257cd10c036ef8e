"""Questions with the programs that answer them, for training and for measuring."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clew.decoding.programs.notation import Program
from clew.kg.graph.graph import Graph
from clew.training.programs.graph_sampler import GraphSampler
from clew.training.programs.held_out import is_held_out
from clew.training.programs.legality import is_legal
from clew.training.programs.phrase import NoWording
from clew.training.programs.plan import Plan, slots_of, tokens_of
from clew.training.programs.program_sampler import ProgramSampler
from clew.training.programs.spans import Placed, placed
from clew.training.programs.twins import twins
from clew.training.programs.typed_graph import TypedGraph
from clew.training.programs.verbaliser import Verbaliser
from clew.training.synthetic.lexicon import Domain, read_lexicon
from clew.training.synthetic.noise import add_noise
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.values import AttributeValues

PER_GRAPH = 24
"""Questions asked of one graph."""
CHARACTERS = 220
"""Characters of the longest question, as in the training on chains."""
_PAIRED = 0.5
"""Share of the questions that are followed by one that differs in a word and in its program, where there is one."""
_ASKS = ("what ", "which ", "who ", "how ", "when ", "where ", "whose ")
_TRIES = 4 * PER_GRAPH


@dataclass(frozen=True, slots=True)
class ProgramQuestion:
    """A question over a graph, and its program; the span of each anchor of the program is where the question names it.

    values: the typed values of the graph. skeleton: the kind of question. domains: those of the lexicon that the graph
    is drawn from. pair: how it differs from the question before it ("max/min"); "" where the two are no pair.
    """

    graph: Graph
    question: str
    program: Program
    values: AttributeValues
    skeleton: str
    domains: tuple[str, ...]
    pair: str = ""


def program_questions(
    seed: int, count: int, held_out: bool, domains: Sequence[Domain] | None = None
) -> Iterator[ProgramQuestion]:
    """Yield so many distinct questions; the same seed gives the same ones.

    ``held_out``: only questions with an operator that training never shows in a domain of theirs
    (``training.programs.held_out``); else only others. ``domains``: default, the whole lexicon.
    """
    rng = random.Random(seed)
    graphs = GraphSampler(read_lexicon() if domains is None else domains, rng)
    seen: set[str] = set()
    while len(seen) < count:
        before = False
        for asked in _of_graph(graphs.draw(), rng):
            wanted = is_held_out(asked.program.tokens, asked.domains) is held_out and len(seen) < count
            new = wanted and asked.question.casefold() not in seen
            if new:
                seen.add(asked.question.casefold())
                yield asked if before else replace(asked, pair="")
            before = new


def _of_graph(typed: TypedGraph, rng: random.Random) -> Iterator[ProgramQuestion]:
    """Yield the questions of one graph."""
    writer = _GraphQuestions(typed, rng)
    made = 0
    for _ in range(_TRIES):
        if made >= PER_GRAPH:
            return
        for question in writer.draw():
            made += 1
            yield question


class _GraphQuestions:
    """Writes the questions of one graph."""

    def __init__(self, typed: TypedGraph, rng: random.Random) -> None:
        self._typed, self._rng = typed, rng
        self._algebra = Algebra(typed.graph, typed.values)
        self._plans = ProgramSampler(typed, self._algebra, rng)

    def draw(self) -> Iterator[ProgramQuestion]:
        """Yield a question, and sometimes its pair; none where the plan drawn cannot be said or run."""
        drawn = self._plans.draw()
        if drawn is None:
            return
        skeleton, plan = drawn
        wording = self._rng.getrandbits(32)
        first = self._asked(plan, skeleton, wording)
        if first is None:
            return
        yield first
        if self._rng.random() < _PAIRED:
            for kind, other in twins(plan, self._typed, self._rng):
                second = self._asked(other, skeleton, wording, kind)
                if second is not None and second.question != first.question:
                    yield second
                    return

    def _asked(self, plan: Plan, skeleton: str, wording: int, pair: str = "") -> ProgramQuestion | None:
        rng = random.Random(wording)
        try:
            text = Verbaliser(self._algebra, rng).question(plan)
        except NoWording:
            return None
        found = placed(_cased(_noisy(text, rng), rng), slots_of(plan), rng)
        if found is None or len(found.question) > CHARACTERS:
            return None
        program = Program(found.anchors, tokens_of(plan, found.order))
        if not is_legal(self._algebra, program):
            return None
        typed = self._typed
        question = _lowered(found, rng)
        return ProgramQuestion(typed.graph, question, program, typed.values, skeleton, typed.domains, pair)


def _noisy(text: str, rng: random.Random) -> str:
    """Return a question with the noise that chains have, but a little less often: each word counts here."""
    return add_noise(text, rng, text.startswith(_ASKS)) if rng.random() < 0.65 else text + "?" * (rng.random() < 0.4)


def _cased(text: str, rng: random.Random) -> str:
    """Return a question with a capital, as in writing, or without."""
    return text[:1].upper() + text[1:] if rng.random() < 0.4 else text


def _lowered(found: Placed, rng: random.Random) -> str:
    """Return a question as it is, or without any capital, as in a search box."""
    lowered = found.question.lower()
    return lowered if rng.random() < 0.12 and len(lowered) == len(found.question) else found.question
