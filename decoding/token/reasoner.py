"""The Reasoner over any causal LM: generates relation paths as tokens, with exact search."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np

from clew.decoding.causal.markers import end_token, model_name
from clew.decoding.causal.shared_model import SharedModel, Task
from clew.decoding.causal.token_model import TokenModel
from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Int32, Int64, Score
from clew.decoding.reasoner import Bounds, RankedPath, Reasoner, Reasoning, Topic
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.port import Budget, Search, SearchProblem, SearchResult
from clew.decoding.search.scheduler import Job
from clew.decoding.search.shaper import Shaper
from clew.decoding.text.prompt import Prompter, Template
from clew.decoding.text.text_writer import Evidence, Written
from clew.decoding.text.writing import write_text
from clew.decoding.token.asked_kind import without_types
from clew.decoding.token.knn import PathExample
from clew.decoding.token.layout import Layout, Prepared, RelationLayout
from clew.decoding.token.listing import RelationListing
from clew.decoding.token.shaping import Shaping
from clew.kg import limits
from clew.kg.graph.graph import Graph


class TokenReasoner(Reasoner):
    """Ranks relation paths by a causal LM's probability of spelling them after a prompt.

    Args:
        lm: the model.
        layout: what it spells: relation paths unless given (``EntityLayout`` for GCR's checkpoints).
        score: local (default; only the allowed rows of the LM head are computed) or conditional.
        search: the search; best-first unless given.
        shaping: what weighs in beside the model; nothing unless given.
        end_text: the text of the token that closes a path; the first of ``</PATH>`` (GCR's marker) and the tokenizer's
            end-of-sequence token that the vocabulary has, unless given.
        evidence: how the model is shown triples where it tells an answer.
        listing: which relations the prompt lists; none unless given.

    Raises:
        BadInput: the tokenizer has no such token.
    """

    def __init__(
        self,
        lm: TokenModel,
        layout: Layout[Any] | None = None,
        score: Score = Score.LOCAL,
        search: Search | None = None,
        end_text: str | None = None,
        shaping: Shaping | None = None,
        evidence: Evidence = Evidence.TRIPLES,
        listing: RelationListing | None = None,
    ) -> None:
        self.name = f"causal-lm:{model_name(lm)}"
        self.lm, self.score, self.evidence = lm, score, evidence
        self._layout: Layout[Any] = layout or RelationLayout()
        self._template = Template.load(self._layout.template)
        self._prompter = Prompter(lm.tokenizer)
        self._search: Search = search or BestFirst(lookahead=32)
        self._shaping, self._listing = shaping, listing
        self.end_token = end_token(lm, end_text)
        self._prepared: OrderedDict[str, Prepared[Any]] = OrderedDict()
        self.shared = SharedModel(lm)
        self._pin()

    @property
    def fingerprint(self) -> str:
        """What an answer depends on beside the model's name."""
        parts = [self._layout.template, self.score, type(self._search).__name__]
        return " ".join([*parts, self._shaping.name] if self._shaping else parts)

    def prepare(self, graph: Graph) -> None:
        """Spell the graph's labels in the tokenizer's tokens, as far as the layout needs them; idempotent."""
        with self.shared.lock:
            self._of(graph)

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        """Rank relation paths from the topics. Safe to call from several threads: questions asked at the same time
        share forwards, join as they come and leave as they end."""
        return self.reason_batch([question], graph, [topics], [bounds])[0]

    def reason_batch(
        self, questions: Sequence[str], graph: Graph, topics: Sequence[Sequence[Topic]], bounds: Sequence[Bounds]
    ) -> list[Reasoning]:
        """Rank relation paths for several questions, in shared forwards; see ``reasoner.reason_batch``."""
        asked = [
            _TokenQuestion(self, question, graph, some[: limits.MAX_TOPICS], bound) if some else None
            for question, some, bound in zip(questions, topics, bounds, strict=True)
        ]
        found = iter(self.shared.run([a for a in asked if a is not None]))
        return [Reasoning((), 0.0) if a is None else next(found) for a in asked]

    def searching(self, search: Search | None = None, score: Score | None = None) -> Self:
        """Return the same reasoner with another search or score; see ``Searching``."""
        other = copy(self)
        other._search, other.score = search or self._search, score or self.score
        return other

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

    def _of(self, graph: Graph) -> Prepared[Any]:
        known = self._prepared.get(graph.content_hash)
        if known is None:
            known = self._prepared[graph.content_hash] = Prepared.make(self._layout, graph, self.lm.tokenizer)
            for warning in known.warnings:
                logging.getLogger(__name__).warning("%s: %s", self.name, warning)
            while len(self._prepared) > limits.MAX_PREPARED_GRAPHS:
                self._prepared.popitem(last=False)
        self._prepared.move_to_end(graph.content_hash)
        if self._listing is not None:
            self._listing.prepare(graph)
        if self._shaping is not None:
            self._shaping.prepare(graph, partial(self._spell, graph, known))
        return known

    def _listed(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> str:
        """Return the relations that the prompt of a question lists."""
        if self._listing is None:
            return ""
        return self._listing.labels(question, graph, topics, bounds.forbidden)

    def _prompt(self, question: str, topics: Sequence[str] = (), relations: str = "") -> tuple[list[int], bool]:
        """Return the prompt's tokens up to where the topic's label stands, and whether a space comes before that."""
        fields = self._layout.fields(question, topics)
        before = self._prompter.text(self._template, topic="", relations=relations, **fields)
        return self._prompter.ids(before.removesuffix(" ")), before.endswith(" ")

    def _label(self, prepared: Prepared[Any], name: str, spaced: bool) -> list[int]:
        """Return the tokens of a topic's label after the prompt."""
        spelling = prepared.spelling
        return self._prompter.data_ids((spelling.lead if spaced else "") + spelling.escape(name))

    def _spell(self, graph: Graph, prepared: Prepared[Any], example: PathExample) -> tuple[list[int], list[int]]:
        """Return the tokens of an example's prompt with its topic, and those of its path with the end token."""
        name = graph.label(example.topic)
        listed = self._listed(example.question, graph, [Topic(example.topic)], Bounds(limits.MAX_HOPS))
        prompt, spaced = self._prompt(example.question, [name], listed)
        path = [*prepared.spell(example.relations), self.end_token]
        return prompt + self._label(prepared, name, spaced), path

    def _pin(self) -> None:
        """Keep what all prompts begin with in the cache."""
        first, second = (np.array(self._prompt(text, relations=text)[0], np.int32) for text in ("a", "Who?"))
        n = min(len(first), len(second))
        differs = np.flatnonzero(first[:n] != second[:n])
        shared = int(differs[0]) if len(differs) else n
        if shared:
            self.lm.pin(first[:shared])


class _TokenQuestion(Task[Reasoning]):
    """One question on its way through the model."""

    def __init__(
        self, reasoner: TokenReasoner, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds
    ) -> None:
        super().__init__()
        self._reasoner, self._question, self._graph, self.topics = reasoner, question, graph, topics
        self._bounds = without_types(question, graph, topics, bounds)

    @property
    def cancelled(self) -> bool:
        """Whether the question was withdrawn."""
        return self._bounds.cancelled

    def withdrawn(self) -> Reasoning:
        """Return that nothing was looked at."""
        return Reasoning((), 0.0, exact=False, gap=float("inf"), partial=True)

    def open(self) -> None:
        """Make the constraint and the prompt."""
        reasoner, graph = self._reasoner, self._graph
        prepared = reasoner._of(graph)
        self._opened = prepared.open(graph, reasoner.end_token, self._bounds)
        self._warnings = prepared.warnings
        names = [graph.label(topic.node) for topic in self.topics]
        listed = reasoner._listed(self._question, graph, self.topics, self._bounds)
        self.prompt, spaced = reasoner._prompt(self._question, names, listed)
        self._labels = [reasoner._label(prepared, name, spaced) for name in names]
        if len(self._labels) == 1:  # nothing branches at the topic: read its label with the prompt
            self.prompt += self._labels.pop()
        scores = np.clip([t.score for t in self.topics], 1e-6, 1.0)
        self._start_log_probs = np.log(scores / scores.sum())

    def branches(self) -> tuple[Int64, Int32]:
        """Return the topics' labels."""
        ends = np.cumsum([0, *map(len, self._labels)]).tolist()
        parents = [
            0 if i == 0 else begin + i
            for begin, label in zip(ends, self._labels, strict=False)
            for i in range(len(label))
        ]
        return np.array(parents, np.int64), np.array([t for label in self._labels for t in label], np.int32)

    def job(self, context: TokenTree) -> Job[SearchResult[Any]]:
        """Return the search over a context that holds the prompt and the topics' labels."""
        self._context = context
        search, score = self._reasoner._search, self._reasoner.score
        return Job(search.steps(self._problem(len(context))), context, score)

    def _problem(self, size: int) -> SearchProblem[Any]:
        """Return the search problem in a context of ``size`` nodes: one start per topic, each after its label."""
        nodes = np.cumsum([len(label) for label in self._labels]) if self._labels else np.zeros(1)
        return SearchProblem(
            self._opened.constraint,
            self._opened.constraint.start([t.node for t in self.topics]),
            nodes.astype(np.int64),
            self._start_log_probs,
            size,
            self._reasoner.score,
            self._bounds.paths,
            Budget(deadline=self._bounds.deadline, cancelled=lambda: self._bounds.cancelled),
            shaper=self._shaper(),
        )

    def _shaper(self) -> Shaper | None:
        shaping = self._reasoner._shaping
        if shaping is None:
            return None
        return shaping.open(self._question, self._graph, self.topics, self._opened, self._context)

    def conclude(self, result: SearchResult[Any]) -> Reasoning:
        """Return the hypotheses as ranked relation paths.

        A hypothesis that spells several relation paths shares its probability among them; hypotheses that spell the
        same one add theirs (its log-probability and steps are the best hypothesis's).
        """
        log_probs = [h.log_prob for h in result.hypotheses]
        # Local scores of all paths sum to one; conditional ones are normalised over the paths found.
        mass = 0.0 if self._reasoner.score is Score.LOCAL or not log_probs else float(np.logaddexp.reduce(log_probs))
        ranked: dict[tuple[int, tuple[int, ...]], RankedPath] = {}
        for h in result.hypotheses:
            readings = self._opened.read(h, self.topics[h.start].node)
            for relations, steps in readings:
                probability = float(np.exp(h.log_prob - mass)) / len(readings)
                new = RankedPath(self.topics[h.start], relations, h.log_prob, probability, steps)
                known = ranked.get((h.start, relations))
                joint = replace(known, probability=known.probability + probability) if known else new
                ranked[h.start, relations] = joint
        paths = sorted(ranked.values(), key=lambda p: -p.probability)[: self._bounds.paths]
        truncated = self._opened.constraint.truncated
        return Reasoning(
            tuple(paths),
            paths[0].probability if paths else 0.0,
            result.exact and not truncated,
            result.gap,
            result.partial or truncated,
            result.diagnostics.as_dict() | {"cached_tokens": float(self._reasoner.lm.cached_tokens)},
            warnings=self._warnings,
        )
