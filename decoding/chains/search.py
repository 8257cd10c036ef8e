"""Well-formed chains of triples with free reasoning between them (DoG: Li et al. 2024, arXiv 2410.18415, sections 3.1
and 3.2): each new triple grows from any entity that the chain holds so far, so chains branch.

A step writes a thought (free text), then chooses an entity of the chain to go on from and one edge of it (constrained),
or to stop. Beam search runs over whole chains. Departures: triples are searched exactly rather than greedily, two
chains that hold the same triples are one (the likelier), and thoughts do not count towards a chain's score, so that a
talkative chain is not punished. Every decision is kept with what was not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np

from clew.decoding.language_model import Context, Int32, LanguageModel, Score
from clew.decoding.reasoner import STOP, Step
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.port import Budget, Diagnostics, SearchProblem, run
from clew.decoding.text.free_text import Writer
from clew.kg import limits
from clew.tries.constraint import Constraint

C = TypeVar("C", bound=Context)
Edge = tuple[int, int, int]
"""Node, directed relation in ``[0, 2R)``, node."""


@dataclass(frozen=True, slots=True)
class GrownChain:
    """Triples in the order they were chosen, the thought before each (and before the stop), and the summed
    log-probability of the choices (nats, local score). ``stopped``: the model chose to stop. ``steps``: one per triple
    (its relation, and those of the best triples not taken), and one for the stop; their log-probabilities sum to the
    chain's."""

    edges: tuple[Edge, ...]
    thoughts: tuple[tuple[int, ...], ...]
    log_prob: float
    stopped: bool
    steps: tuple[Step, ...] = ()

    def entities(self, topics: Sequence[int]) -> list[int]:
        """Return the nodes a new triple may grow from, in order of appearance."""
        return list(dict.fromkeys([*topics, *(node for h, _, t in self.edges for node in (h, t))]))

    def answer_path(self, topics: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        """Return the topic and the relation path along which the chain reached the end of its last triple.

        Triples beside that path are what else the chain found. The chain must hold a triple.
        """
        came: dict[int, Edge | None] = dict.fromkeys(topics)
        for edge in self.edges[:-1]:
            came.setdefault(edge[2], edge)
        at, relations = self.edges[-1][0], [self.edges[-1][1]]
        while (step := came[at]) is not None:
            at, relations = step[0], [step[1], *relations]
        return at, tuple(relations)


@dataclass(frozen=True, slots=True)
class ChainResult:
    """The best chains, best first. ``partial``: a budget ended the search, so that better ones may exist."""

    chains: tuple[GrownChain, ...]
    partial: bool
    diagnostics: Diagnostics


@dataclass(frozen=True, slots=True)
class Wording:
    """The tokens around triples: ``opening`` before one, ``stop`` instead of one; both end a thought when it writes
    them. ``label(node)`` spells an entity after the opening; the constraint spells what follows."""

    opening: int
    stop: int
    labels: Callable[[int], Sequence[int]]

    def label(self, node: int) -> list[int]:
        """Return the tokens of a node's label."""
        return [int(t) for t in self.labels(node)]


@dataclass(frozen=True, slots=True)
class _Live:
    chain: GrownChain
    node: int
    text: tuple[int, ...]


@dataclass(frozen=True)
class ChainSearch(Generic[C]):
    """Beam search over chains of at most ``max_triples`` triples from one context.

    ``constraint`` must spell single hops (``GraphAutomaton(index, end, max_hops=1)``) of a graph with
    ``num_relations``. ``thought_tokens`` bounds each thought; 0 writes none.
    """

    model: LanguageModel[C]
    constraint: Constraint[Any]
    num_relations: int
    wording: Wording
    width: int = 4
    max_triples: int = 4
    thought_tokens: int = 0
    budget: Budget = field(default_factory=Budget)

    def run(self, context: C, prompt: Sequence[int], topics: Sequence[int]) -> ChainResult:
        """Return the best chains, stopped ones and those at full length, best first; empty without topics.

        A chain that can neither grow nor has a triple is dropped. Out of budget, the chains so far are returned.
        """
        live = [_Live(GrownChain((), (), 0.0, False), 0, tuple(prompt))] if topics else []
        done: dict[frozenset[Edge], GrownChain] = {}
        spent = Diagnostics()
        partial = False
        for _ in range(self.max_triples):
            partial |= bool(live) and self.budget.left(spent.expansions) == 0
            if partial:
                break
            grown: dict[frozenset[Edge], _Live] = {}
            found: list[_Live] = []
            for at in live:
                if self.budget.stopped():
                    partial = True
                    self._keep(done, at.chain)
                    continue
                some, cut = self._step(context, at, topics, spent)
                found += some
                partial |= cut
            for new in found:
                key = self._statements(new.chain)
                if new.chain.stopped:
                    self._keep(done, new.chain)
                elif key not in grown or grown[key].chain.log_prob < new.chain.log_prob:
                    grown[key] = new
            live = sorted(grown.values(), key=lambda n: (-n.chain.log_prob, n.chain.edges))[: self.width]
        for at in live:
            self._keep(done, at.chain)
        best = sorted(done.values(), key=lambda c: (-c.log_prob, c.edges))[: self.width]
        return ChainResult(tuple(best), partial, spent)

    def _keep(self, done: dict[frozenset[Edge], GrownChain], chain: GrownChain) -> None:
        key = self._statements(chain)
        if chain.edges and (key not in done or done[key].log_prob < chain.log_prob):
            done[key] = chain

    def _statements(self, chain: GrownChain) -> frozenset[Edge]:
        """Return the chain's triples as the graph states them, whichever way they are walked."""
        return frozenset(self._statement(edge) for edge in chain.edges)

    def _statement(self, edge: Edge) -> Edge:
        head, relation, tail = edge
        return edge if relation < self.num_relations else (tail, relation - self.num_relations, head)

    def _step(self, context: C, at: _Live, topics: Sequence[int], spent: Diagnostics) -> tuple[list[_Live], bool]:
        """Return a chain's continuations, its stop and its ``width`` best further triples, and whether a budget cut
        them short."""
        at, thought = self._think(context, at)
        chain = replace(at.chain, thoughts=(*at.chain.thoughts, thought))
        go, stop = self._open_or_stop(context, at.node) if chain.edges else (0.0, -np.inf)
        grown, cut = self._grow(context, at, chain, go, chain.entities(topics), spent)
        taken: list[tuple[int, float]] = [
            (new.chain.edges[-1][1], new.chain.log_prob - chain.log_prob) for new in grown
        ]
        if chain.edges:
            stopped = replace(chain, log_prob=chain.log_prob + stop, stopped=True)
            grown.append(_Live(stopped, at.node, at.text))
            taken.append((STOP, stop))
        return [self._traced(new, i, taken) for i, new in enumerate(grown)], cut

    def _traced(self, new: _Live, i: int, taken: list[tuple[int, float]]) -> _Live:
        """Return a continuation with the decision that led to it, and those that led to its siblings."""
        others = sorted((o for j, o in enumerate(taken) if j != i), key=lambda o: (-o[1], o[0]))
        step = Step(*taken[i], tuple(others[: limits.MAX_ALTERNATIVES]))
        return replace(new, chain=replace(new.chain, steps=(*new.chain.steps, step)))

    def _think(self, context: C, at: _Live) -> tuple[_Live, tuple[int, ...]]:
        if not self.thought_tokens:
            return at, ()
        ends = frozenset({self.wording.opening, self.wording.stop})
        written = Writer(self.thought_tokens, ends, budget=self.budget).write(self.model, context, at.text, at.node)
        thought = written.tokens[:-1] if written.stopped else written.tokens
        return _Live(at.chain, self._extend(context, at.node, thought), (*at.text, *thought)), thought

    def _open_or_stop(self, context: C, node: int) -> tuple[float, float]:
        both = np.array([self.wording.opening, self.wording.stop], np.int32)
        scores = self.model.log_probs(context, np.array([node]), np.array([0, 2]), both, Score.LOCAL)
        return float(scores[0]), float(scores[1])

    def _grow(
        self, context: C, at: _Live, chain: GrownChain, go: float, entities: list[int], spent: Diagnostics
    ) -> tuple[list[_Live], bool]:
        """Return the chain with each of the best triples that grow from its entities; whether a budget cut them."""
        opened = self._extend(context, at.node, [self.wording.opening])
        heads, log_probs = self._heads(context, opened, entities)
        problem: SearchProblem[Any] = SearchProblem(
            self.constraint,
            self.constraint.start(entities),
            heads,
            log_probs,
            len(context),
            Score.LOCAL,
            self.width + 2 * len(chain.edges),  # each triple to be left out can be walked both ways
            self.budget,
        )
        found = []
        have = self._statements(chain)
        result = run(BestFirst(lookahead=32), self.model, context, problem)
        spent.add(result.diagnostics)
        for h in result.hypotheses:
            text = (*at.text, self.wording.opening, *self.wording.label(entities[h.start]), *h.tokens)
            node = self._extend(context, int(heads[h.start]), h.tokens)
            for path in self.constraint.paths(h.states)[0]:
                edge = (path.nodes[0], path.relations[0], path.nodes[1])
                if self._statement(edge) in have:
                    continue
                total = chain.log_prob + go + h.log_prob
                found.append(_Live(replace(chain, edges=(*chain.edges, edge), log_prob=total), node, text))
        return found, result.partial

    def _heads(self, context: C, opened: int, entities: list[int]) -> tuple[Any, Any]:
        """Write each entity's label after the opening; return where, and its log-probability among them."""
        nodes, totals = [], []
        for entity in entities:
            at, total = opened, 0.0
            for token in self.wording.label(entity):
                one = np.array([token], np.int32)
                total += float(
                    self.model.log_probs(context, np.array([at]), np.array([0, 1]), one, Score.CONDITIONAL)[0]
                )
                at = self._extend(context, at, [token])
            nodes.append(at)
            totals.append(total)
        scores = np.array(totals, np.float64)
        return np.array(nodes, np.int64), np.minimum(scores - np.logaddexp.reduce(scores), 0.0)

    def _extend(self, context: C, node: int, tokens: Sequence[int] | Int32) -> int:
        """Add a run of tokens below a node in one forward; return its end."""
        if not len(tokens):
            return node
        base = len(context)
        parents = np.array([node, *range(base, base + len(tokens) - 1)], np.int64)
        return int(self.model.extend(context, parents, np.asarray(tokens, np.int32))[-1])
