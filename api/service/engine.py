"""Answering over one graph version: link, reason, gather, verify. Holds no request and no state but its parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from clew.api.schema.models import AskConditions
from clew.api.service.conditions import Conditioned
from clew.api.service.suggestions import Suggest
from clew.api.service.topics import Link, Linker, chosen, links
from clew.decoding.answers.abstain import Reason, abstain
from clew.decoding.answers.explanation import Explanation, explain
from clew.decoding.answers.gather import Gathered, ProofWriter, gather
from clew.decoding.reasoner import Bounds, ReasonedChain, Reasoner, Reasoning, Topic, reason_batch
from clew.kg.errors import ClewError
from clew.kg.graph.graph import Graph
from clew.kg.proof import checker
from clew.kg.proof.proof import Derivation, Proof
from clew.retrieval.linking.types import Linking

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Query:
    """A question, the entities it is about (keys or labels; None: those that it names), its bounds and conditions."""

    question: str
    names: Sequence[str] | None
    bounds: Bounds
    conditions: AskConditions | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that one question gave. ``proofs[i][j]`` is the verified derivation of ``answers[i].paths[j]``;
    those after the paths' are of chains.

    ``reason`` None: answered. ``timings`` are milliseconds by stage. ``suggestions`` are directed relations to
    ask for instead, where nothing was answered.
    """

    links: list[Link]
    reasoning: Reasoning
    gathered: Gathered
    reason: Reason | None
    proofs: list[tuple[Derivation, ...]]
    timings: dict[str, float] = field(default_factory=dict)
    suggestions: list[int] = field(default_factory=list)


class Engine:
    """One graph version with its linker and reasoner. Safe for threads as far as its parts are."""

    def __init__(
        self,
        graph: Graph,
        linker: Linker,
        reasoner: Reasoner,
        threshold: float | None,
        suggest: Suggest | None = None,
    ) -> None:
        self.graph, self.linker, self.reasoner, self._suggest = graph, linker, reasoner, suggest
        self._conditioned = Conditioned(graph, linker)
        self._threshold = threshold

    def answer(
        self, question: str, names: Sequence[str] | None, bounds: Bounds, conditions: AskConditions | None = None
    ) -> Found:
        """Answer a question about given entities (keys or labels), or (None) about those that it names.

        Raises ``UnknownNode`` for a given entity that is not there, ``VerificationFailed`` for a path that is not, and
        ``Cancelled`` if the question was withdrawn meanwhile, and what ``Conditioned.walkable`` does.
        """
        linked = self._link(Query(question, names, bounds, conditions))
        start = time.perf_counter()
        reasoning = self._reason(linked)
        return self._conclude(linked, reasoning, time.perf_counter() - start)

    def answer_many(self, queries: Sequence[Query]) -> list[Found | ClewError]:
        """Answer questions together: for each what ``answer`` gives, or the error that it raises.

        In ``timings`` the reasoner's time is divided evenly among the questions that it was given.
        """
        linked = [_attempt(self._link, query) for query in queries]
        asked = [one for one in linked if isinstance(one, _Linked) and one.topics]
        start = time.perf_counter()
        reasoned = iter(self._reason_all(asked))
        share = (time.perf_counter() - start) / max(1, len(asked))
        return [self._conclude_if(one, reasoned, share) for one in linked]

    def explain(self, found: Found, question: str, bounds: Bounds) -> Explanation | None:
        """Tell an answer in words (see ``clew.decoding.answers.explanation``) and note the time; None where there is
        none to tell.

        Raises ``Cancelled``.
        """
        if found.reason is not None or not found.gathered.answers:
            return None
        start = time.perf_counter()
        told = explain(self.graph, self.reasoner, question, found.gathered.answers, self.linker.named, bounds)
        found.timings["explain"] = _ms(time.perf_counter() - start)
        return told

    def _link(self, query: Query) -> _Linked:
        query.bounds.check()
        start = time.perf_counter()
        query = self._within(query)
        linking = self.linker.link(query.question, query.names)
        topics = chosen(linking)
        return _Linked(query, linking, topics, time.perf_counter() - start)

    def _within(self, query: Query) -> Query:
        """Return the query, its bounds narrowed to what its conditions leave of the graph."""
        if query.conditions is None:
            return query
        within = self._conditioned.walkable(query.conditions)
        within.check_positions(query.bounds.max_hops)
        return replace(query, bounds=replace(query.bounds, within=within))

    def _reason(self, linked: _Linked) -> Reasoning:
        if not linked.topics:
            return Reasoning((), 0.0)
        return self.reasoner.reason(linked.linking.question, self.graph, linked.topics, linked.query.bounds)

    def _reason_all(self, linked: Sequence[_Linked]) -> list[Reasoning | ClewError]:
        """Reason together; where that fails, one by one, so that only those questions fail that do by themselves."""
        texts, bounds = [one.linking.question for one in linked], [one.query.bounds for one in linked]
        try:
            return list(reason_batch(self.reasoner, texts, self.graph, [one.topics for one in linked], bounds))
        except ClewError:
            return [_attempt(self._reason, one) for one in linked]

    def _conclude_if(
        self, linked: _Linked | ClewError, reasoned: Iterator[Reasoning | ClewError], seconds: float
    ) -> Found | ClewError:
        if isinstance(linked, ClewError):
            return linked
        if not linked.topics:
            return _attempt(self._conclude, linked, Reasoning((), 0.0), 0.0)
        reasoning = next(reasoned)
        return reasoning if isinstance(reasoning, ClewError) else _attempt(self._conclude, linked, reasoning, seconds)

    def _conclude(self, linked: _Linked, reasoning: Reasoning, seconds: float) -> Found:
        """Gather the answers, decide whether to give them, and prove them."""
        query, topics = linked.query, linked.topics
        query.bounds.check()
        clock = _Clock({"link": _ms(linked.seconds), "reason": _ms(seconds)})
        gathered = gather(self.graph, reasoning, query.bounds)
        reason = abstain(topics, reasoning, gathered, self._threshold)
        clock.lap("gather")
        query.bounds.check()
        proofs = [] if reason else self._prove(gathered, reasoning.chains)
        clock.lap("verify")
        suggestions = self._suggest(linked.linking.question, topics) if reason and topics and self._suggest else []
        found = links(linked.linking, query.question, topics)
        return Found(found, reasoning, gathered, reason, proofs, clock.laps, suggestions)

    def _prove(self, gathered: Gathered, chains: Sequence[ReasonedChain]) -> list[tuple[Derivation, ...]]:
        """Return the derivations of every answer: of its paths, then of the chains that end there. Each has passed the
        checker as a whole, and so has each chain that is shown beside them."""
        seen, writer = checker.Seen(), ProofWriter(self.graph)
        for chain in chains:
            whole = Proof(self.graph.version, self.graph.key(chain.answer), (writer.chain(chain),))
            checker.verify(self.graph, whole, seen)
        proofs = [writer.proof(answer, chains) for answer in gathered.answers]
        for proof in proofs:
            checker.verify(self.graph, proof, seen)
        return [proof.alternatives for proof in proofs]


@dataclass(frozen=True, slots=True)
class _Linked:
    """A question with the entities it names, and the seconds that finding them took."""

    query: Query
    linking: Linking
    topics: list[Topic]
    seconds: float


def _attempt(work: Callable[..., T], *given: object) -> T | ClewError:
    """Return what the work gives, or the error it raises."""
    try:
        return work(*given)
    except ClewError as error:
        return error


class _Clock:
    """Milliseconds by stage."""

    def __init__(self, laps: dict[str, float]) -> None:
        self.laps = laps
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = _ms(now - self._last)
        self._last = now


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 3)
