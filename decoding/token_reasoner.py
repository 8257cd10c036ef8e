"""The Reasoner over any causal LM: relation paths spelled in its tokens, searched exactly."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from decoding.best_first import BestFirst
from decoding.causal_lm import CausalLM
from decoding.language_model import Int32, Int64, Score
from decoding.prompt import Prompter, Template
from decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from decoding.scheduler import Job, Scheduler
from decoding.search import Budget, Problem, Search, SearchResult
from decoding.spelled_relations import RelationSpelling, SpelledRelations, SpelledStates
from decoding.spelled_steps import spelled_steps
from kg import limits
from kg.errors import BadInput
from kg.graph import Graph
from tries.relation_automaton import RelationAutomaton


class TokenReasoner:
    """Ranks relation paths by a causal LM's probability of spelling them after a prompt.

    Args:
        lm: the model.
        template: the prompt's template name.
        score: local (default; only the allowed rows of the LM head are computed) or conditional.
        search: the search; best-first unless given.
        end_text: the text of the token that closes a path; the first of ``</PATH>`` (GCR's marker) and the tokenizer's
            end-of-sequence token that the vocabulary has, unless given.

    Raises:
        BadInput: the tokenizer has no such token.
    """

    def __init__(
        self,
        lm: CausalLM,
        template: str = "relation-path.v1",
        score: Score = Score.LOCAL,
        search: Search | None = None,
        end_text: str | None = None,
    ) -> None:
        self.name = f"causal-lm:{getattr(lm.tokenizer, 'name_or_path', '') or 'local'}"
        self.lm, self.score = lm, score
        self._template = Template.load(template)
        self._prompter = Prompter(lm.tokenizer)
        self._search: Search = search or BestFirst(lookahead=32)
        self.end_token = _end_token(lm, end_text)
        self._spellings: OrderedDict[str, RelationSpelling] = OrderedDict()
        self._lock = Lock()
        self._pin()

    def prepare(self, graph: Graph) -> None:
        """Spell the graph's relations in the tokenizer's tokens; idempotent."""
        self._spelling(graph)

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        """Rank relation paths from the topics."""
        return self.reason_many([(question, topics, bounds)], graph)[0]

    def reason_many(self, questions: Sequence[tuple[str, Sequence[Topic], Bounds]], graph: Graph) -> list[Reasoning]:
        """Rank relation paths for several questions over one graph, in shared forwards."""
        with self._lock:
            asked = [_Asked(self, question, graph, topics, bounds) for question, topics, bounds in questions]
            live = [a for a in asked if a.topics]
            contexts = self.lm.encode_tokens([a.prompt for a in live])
            try:
                labels = [(context, *a.labels()) for a, context in zip(live, contexts, strict=True)]
                self.lm.extend_many([addition for addition in labels if len(addition[2])])
                jobs = [
                    Job(self._search.steps(a.problem(len(context))), context, self.score)
                    for a, context in zip(live, contexts, strict=True)
                ]
                results = iter(Scheduler(self.lm).run(jobs))
            finally:
                for context in contexts:
                    self.lm.release(context)
            return [a.reasoning(next(results)) if a.topics else Reasoning((), 0.0) for a in asked]

    def _spelling(self, graph: Graph) -> RelationSpelling:
        known = self._spellings.get(graph.content_hash)
        if known is None:
            known = self._spellings[graph.content_hash] = RelationSpelling.of(graph, self.lm.tokenizer)
            while len(self._spellings) > limits.MAX_PREPARED_GRAPHS:
                self._spellings.popitem(last=False)
        self._spellings.move_to_end(graph.content_hash)
        return known

    def _prompt(self, question: str) -> list[int]:
        """Return the prompt's tokens up to where the topic's label stands."""
        before = self._prompter.text(self._template, question=question, topic="").rstrip(" ")
        return self._prompter.ids(before)

    def _pin(self) -> None:
        """Keep what all prompts begin with in the cache."""
        first, second = (np.array(self._prompt(text), np.int32) for text in ("a", "Who?"))
        n = min(len(first), len(second))
        differs = np.flatnonzero(first[:n] != second[:n])
        shared = int(differs[0]) if len(differs) else n
        if shared:
            self.lm.pin(first[:shared])


class _Asked:
    """One question on its way through the model."""

    def __init__(
        self, reasoner: TokenReasoner, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds
    ) -> None:
        self._reasoner, self._graph, self._bounds = reasoner, graph, bounds
        self._spelling = reasoner._spelling(graph)
        self.topics = list(topics)[: limits.MAX_TOPICS]
        self._labels = [self._label(topic) for topic in self.topics]
        self.prompt = reasoner._prompt(question)
        if len(self._labels) == 1:  # nothing branches at the topic: read its label with the prompt
            self.prompt += self._labels.pop()
        self._automaton = RelationAutomaton(graph, bounds.max_hops, forbidden=bounds.forbidden)
        self.constraint = SpelledRelations(self._automaton, self._spelling, reasoner.end_token)
        scores = np.clip([t.score for t in self.topics], 1e-6, 1.0)
        self._start_log_probs = np.log(scores / scores.sum()) if len(scores) else np.empty(0)

    def labels(self) -> tuple[Int64, Int32]:
        """Return the parents and tokens that branch from the prompt's end into the topics' labels."""
        ends = np.cumsum([0, *map(len, self._labels)]).tolist()
        parents = [
            0 if i == 0 else begin + i
            for begin, label in zip(ends, self._labels, strict=False)
            for i in range(len(label))
        ]
        return np.array(parents, np.int64), np.array([t for label in self._labels for t in label], np.int32)

    def problem(self, size: int) -> Problem[SpelledStates]:
        """Return the search problem in a context of ``size`` nodes: one start per topic, each after its label."""
        nodes = np.cumsum([len(label) for label in self._labels]) if self._labels else np.zeros(1)
        return Problem(
            self.constraint,
            self.constraint.start([t.node for t in self.topics]),
            nodes.astype(np.int64),
            self._start_log_probs,
            size,
            self._reasoner.score,
            self._bounds.paths,
            Budget(deadline=self._bounds.deadline),
        )

    def _label(self, topic: Topic) -> list[int]:
        spelling = self._spelling.spelling
        return self._reasoner._prompter.data_ids(spelling.lead + spelling.escape(self._graph.label(topic.node)))

    def reasoning(self, result: SearchResult[SpelledStates]) -> Reasoning:
        """Return the hypotheses as ranked relation paths; relations that share a label share the probability."""
        log_probs = [h.log_prob for h in result.hypotheses]
        # Local scores of all paths sum to one; conditional ones are normalised over the paths found.
        mass = 0.0 if self._reasoner.score is Score.LOCAL or not log_probs else float(np.logaddexp.reduce(log_probs))
        ranked = []
        for h in result.hypotheses:
            (paths,) = self.constraint.paths(h.states)
            for path in paths:
                steps = spelled_steps(self.constraint, h, path.relations, self.topics[h.start].node)
                probability = float(np.exp(h.log_prob - mass)) / len(paths)
                ranked.append(RankedPath(self.topics[h.start], path.relations, h.log_prob, probability, steps))
        ranked = ranked[: self._bounds.paths]
        return Reasoning(
            tuple(ranked),
            ranked[0].probability if ranked else 0.0,
            result.exact and not self._automaton.truncated,
            result.gap,
            result.partial or self._automaton.truncated,
            result.diagnostics.as_dict(),
        )


def _end_token(lm: CausalLM, text: str | None) -> int:
    """Return the id of the token that closes a path."""
    vocabulary = lm.tokenizer.get_vocab()
    for candidate in (text,) if text else ("</PATH>", lm.tokenizer.eos_token):
        if candidate is not None and candidate in vocabulary:
            return int(vocabulary[candidate])
    raise BadInput(f"the tokenizer has no token {text or 'for the end of a text'!r} to close a path with")
