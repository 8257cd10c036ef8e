"""The Reasoner over chains of triples (DoG): a causal LM collects facts step by step, thinking freely between them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np

from clew.decoding.causal.markers import line_token, model_name
from clew.decoding.causal.shared_model import SharedModel
from clew.decoding.causal.token_model import TokenModel
from clew.decoding.chains.search import ChainSearch, GrownChain, Wording
from clew.decoding.reasoner import Bounds, RankedPath, ReasonedChain, Reasoner, Reasoning, Topic
from clew.decoding.search.port import Budget
from clew.decoding.text.prompt import Prompter, Template
from clew.decoding.text.text_writer import Evidence, Written
from clew.decoding.text.writing import write_text
from clew.decoding.token.asked_kind import without_types
from clew.decoding.token.layout import Indexed, demands_of
from clew.kg import limits
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.tokens.token_index import TokenIndex
from clew.tries.warmup import rehearse_entity_paths


class ChainReasoner(Reasoner):
    """Ranks relation paths by the chains that walk them (see ``clew.decoding.chains.search``).

    A chain's answer is the end of its last triple; the path from a topic to there becomes a ranked path, whose ends are
    then all gathered; chains that share it add their probability. Triples beside the path stay in ``Reasoning.chains``.
    Probabilities are shares among the chains found: a beam, never ``exact``. Questions are answered one at a time.

    Args:
        lm: the model. ``<PATH>`` and ``</PATH>`` stand around triples where its vocabulary has them, else line breaks.
        thought_tokens: the longest thought before a triple; 0: none.
        index: where token indices come from.
        evidence: how the model is shown triples where it tells an answer.

    Raises:
        BadInput: the tokenizer has no end-of-sequence token, or neither markers nor a line break in one token.
    """

    def __init__(
        self,
        lm: TokenModel,
        thought_tokens: int = limits.MAX_THOUGHT_TOKENS,
        width: int = limits.MAX_CHAINS,
        template: str = "chain.v1",
        index: Indexed = TokenIndex.build,
        evidence: Evidence = Evidence.TRIPLES,
    ) -> None:
        self.name = f"chains:{model_name(lm)}"
        self.lm, self._thought_tokens, self._width = lm, thought_tokens, width
        self._build, self.evidence = index, evidence
        self._template, self._prompter = Template.load(template), Prompter(lm.tokenizer)
        self._opening, self._end = line_token(lm, "<PATH>"), line_token(lm, "</PATH>")
        if lm.tokenizer.eos_token_id is None:
            raise BadInput("chains need a tokenizer with an end-of-sequence token")
        self._stop = int(lm.tokenizer.eos_token_id)
        self._prepared: OrderedDict[str, TokenIndex] = OrderedDict()
        self.shared = SharedModel(lm)

    @property
    def fingerprint(self) -> str:
        """What an answer depends on beside the model's name."""
        return f"{self._template.name} width {self._width} thoughts {self._thought_tokens}"

    def prepare(self, graph: Graph) -> None:
        """Build the token index of a graph; idempotent."""
        with self.shared.lock:
            self._index(graph)

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        """Rank relation paths from the topics; a chain holds at most ``bounds.max_hops`` triples.

        Conditions on relations, edges and nodes hold for every triple. Raises ``BadInput`` for one on a position, the
        end or the fewest hops: a chain branches, and has neither.
        """
        if bounds.min_hops > 1 or (bounds.within is not None and bounds.within.positional):
            raise BadInput("chains do not support conditions on hops, positions or answers; use paths instead")
        topics = list({topic.node: topic for topic in topics}.values())[: limits.MAX_TOPICS]
        if not topics:
            return Reasoning((), 0.0)
        with self.shared.lock:
            if bounds.cancelled:
                return Reasoning((), 0.0, exact=False, gap=float("inf"), partial=True)
            search = self._search(graph, without_types(question, graph, topics, bounds))
            names = ", ".join(graph.label(topic.node) for topic in topics)
            prompt = self._prompter.ids(self._prompter.text(self._template, question=question, topics=names))
            (context,) = self.lm.encode_tokens([prompt])
            before = self.lm.forwards
            try:
                result = search.run(context, prompt, [topic.node for topic in topics])
            finally:
                self.lm.release(context)
            cost = result.diagnostics.as_dict()
            cost |= {"forwards": float(self.lm.forwards - before), "tokens": float(len(context))}
            cost["cached_tokens"] = float(self.lm.cached_tokens)
        return self._reasoning(result.chains, topics, result.partial, cost, bounds)

    def shown(self, evidence: Evidence) -> Self:
        """Return the same reasoner, shown its triples in this form; see ``TextWriter``."""
        other = copy(self)
        other.evidence = evidence
        return other

    def write_text(
        self, template: Template, fields: Mapping[str, str], sources: Sequence[str], bounds: Bounds
    ) -> Written:
        """Write free text; see ``TextWriter``."""
        return write_text(self.shared, self._prompter, template, fields, sources, bounds)

    def _search(self, graph: Graph, bounds: Bounds) -> ChainSearch[Any]:
        index = self._index(graph)
        demands = demands_of(bounds)
        wording = Wording(
            self._opening,
            self._stop,
            lambda node: self._prompter.data_ids(index.spelling.escape(graph.label(node))),
        )
        return ChainSearch(
            self.lm,
            GraphAutomaton(index, self._end, 1, demands=demands),
            graph.num_relations,
            wording,
            self._width,
            bounds.max_hops,
            self._thought_tokens,
            Budget(deadline=bounds.deadline, cancelled=lambda: bounds.cancelled),
        )

    def _index(self, graph: Graph) -> TokenIndex:
        known = self._prepared.get(graph.content_hash)
        if known is None:
            rehearse_entity_paths()
            known = self._prepared[graph.content_hash] = self._build(graph, self.lm.tokenizer)
            while len(self._prepared) > limits.MAX_PREPARED_GRAPHS:
                self._prepared.popitem(last=False)
        self._prepared.move_to_end(graph.content_hash)
        return known

    def _reasoning(
        self,
        chains: Sequence[GrownChain],
        topics: Sequence[Topic],
        partial: bool,
        cost: dict[str, float],
        bounds: Bounds,
    ) -> Reasoning:
        """Return the chains' paths, best first. The topics' own scores weigh in where there are several."""
        by_node = {topic.node: topic for topic in topics}
        walked = [chain.answer_path(list(by_node)) for chain in chains]
        scores = [max(by_node[topic].score, 1e-6) for topic, _ in walked]
        log_probs = np.array([chain.log_prob for chain in chains]) + np.log(scores)
        shares = np.exp(log_probs - np.logaddexp.reduce(log_probs)) if len(chains) else log_probs
        ranked: dict[tuple[int, tuple[int, ...]], RankedPath] = {}
        for chain, (topic, relations), share in zip(chains, walked, shares.tolist(), strict=True):
            known = ranked.get((topic, relations))
            new = RankedPath(by_node[topic], relations, chain.log_prob, share, chain.steps)
            joint = replace(known, probability=known.probability + share) if known else new
            ranked[topic, relations] = joint
        paths = sorted(ranked.values(), key=lambda p: (-p.probability, p.topic.node, p.relations))[: bounds.paths]
        told = [
            self._reasoned(chain, share, list(by_node), relations)
            for chain, (_, relations), share in zip(chains, walked, shares.tolist(), strict=True)
        ]
        return Reasoning(
            tuple(paths),
            paths[0].probability if paths else 0.0,
            exact=not paths and not partial,
            gap=float("inf") if paths or partial else 0.0,
            partial=partial,
            diagnostics=cost,
            chains=tuple(told),
        )

    def _reasoned(
        self, chain: GrownChain, share: float, topics: Sequence[int], relations: tuple[int, ...]
    ) -> ReasonedChain:
        sources = tuple(topic for topic in topics if any(topic in (head, tail) for head, _, tail in chain.edges))
        thoughts = tuple(map(self._text, chain.thoughts))
        return ReasonedChain(chain.edges, thoughts, share, chain.stopped, sources, relations)

    def _text(self, thought: tuple[int, ...]) -> str:
        text: str = self.lm.tokenizer.decode(list(thought), skip_special_tokens=True)
        return text.strip()
