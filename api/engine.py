"""Answering over one graph version: link, reason, gather, verify. Holds no request and no state but its parts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.suggestions import Suggest
from api.topics import Link, Linker, chosen, links
from decoding.abstain import Reason, abstain
from decoding.gather import Gathered, chain_edges, gather, to_proof
from decoding.reasoner import Bounds, ReasonedChain, Reasoner, Reasoning
from kg import checker, limits
from kg.graph import Graph
from kg.proof import Derivation


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that one question gave. ``proofs[i][j]`` is the verified derivation of ``answers[i].paths[j]``.

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
        self._threshold = limits.MIN_CONFIDENCE if threshold is None else threshold

    def answer(self, question: str, names: Sequence[str] | None, bounds: Bounds) -> Found:
        """Answer a question about given entities (keys or labels), or (None) about those that it names.

        Raises ``UnknownNode`` for a given entity that is not there and ``VerificationFailed`` for a path that is not.
        """
        clock = _Clock()
        linking = self.linker.link(question, names)
        topics = chosen(linking)
        clock.lap("link")
        reasoning = Reasoning((), 0.0)
        if topics:
            reasoning = self.reasoner.reason(linking.question, self.graph, topics, bounds)
        clock.lap("reason")
        gathered = gather(self.graph, reasoning, bounds)
        reason = abstain(topics, reasoning, gathered, self._threshold)
        clock.lap("gather")
        proofs = [] if reason else self._prove(gathered, reasoning.chains)
        clock.lap("verify")
        suggestions = self._suggest(linking.question, topics) if reason and topics and self._suggest else []
        return Found(links(linking, question, topics), reasoning, gathered, reason, proofs, clock.laps, suggestions)

    def _prove(self, gathered: Gathered, chains: Sequence[ReasonedChain]) -> list[tuple[Derivation, ...]]:
        """Return the derivations of every answer; each has passed the checker, and so has each triple of a chain."""
        for chain in chains:
            for edge in chain_edges(self.graph, chain.edges):
                checker.check_edge(self.graph, edge)
        proofs = [to_proof(self.graph, answer) for answer in gathered.answers]
        for proof in proofs:
            checker.verify(self.graph, proof)
        return [proof.alternatives for proof in proofs]


class _Clock:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = round(1000 * (now - self._last), 3)
        self._last = now
