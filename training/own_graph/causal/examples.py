"""A graph's questions as texts for a causal LM: the prompt it will be given, and the path it should spell.

Prompts, labels and separators are those of ``clew.decoding.token.layout``, so a model is trained on just what it is
later asked: relation paths, or entities and relations in turn as in graph-constrained reasoning (GCR; Luo et al. 2024,
arXiv 2410.13080, section 4.2, whose model is fine-tuned on paths between ``<PATH>`` and ``</PATH>``).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from clew.decoding.text.prompt import Prompter, Template
from clew.decoding.token.layout import EntityLayout, RelationLayout
from clew.kg.graph.graph import Graph
from clew.training.own_graph.items import Item, asked
from clew.tries.tokens.relation_labels import RelationSpelling
from clew.tries.tokens.token_index import TokenIndex


@dataclass(frozen=True, slots=True)
class CausalExample:
    """Token ids: of the prompt with the topic's label, not trained on, and of the path with its end, trained on."""

    prompt: list[int]
    path: list[int]


class CausalExampleMaker:
    """Spells the questions of one graph for one tokenizer in one layout; ``end_token`` closes a path."""

    def __init__(
        self, graph: Graph, tokenizer: Any, layout: RelationLayout | EntityLayout, end_token: int, rng: random.Random
    ) -> None:
        self._graph, self._end_token, self._rng = graph, end_token, rng
        self._prepared: RelationSpelling | TokenIndex = layout.prepare(graph, tokenizer)
        self._spelling = self._prepared.spelling
        self._prompter, self._template, self._layout = Prompter(tokenizer), Template.load(layout.template), layout

    def example(self, item: Item) -> CausalExample:
        """Return the example of an answerable item; of its path's instances, one drawn at random is spelled."""
        question, _ = asked(self._graph, item)
        label = self._graph.label(item.topic)
        before = self._prompter.text(self._template, topic="", **self._layout.fields(question, [label]))
        lead = self._spelling.lead if before.endswith(" ") else ""
        prompt = self._prompter.ids(before.removesuffix(" "))
        prompt += self._prompter.data_ids(lead + self._spelling.escape(label))
        return CausalExample(prompt, [*self._path(item), self._end_token])

    def _path(self, item: Item) -> list[int]:
        found: list[int] = []
        if isinstance(self._prepared, RelationSpelling):
            for relation in item.gold:
                found += self._prepared.tokens[relation]
            return found
        for relation, node in zip(item.gold, self._instance(item), strict=True):
            found += self._prepared.relation_tokens(relation).tolist()
            found += self._prepared.node_tokens(node).tolist()
        return found

    def _instance(self, item: Item) -> list[int]:
        """Return the nodes after the topic of a random instance of the gold path, none of them twice where possible."""
        for _ in range(20):
            nodes = [item.topic]
            for relation in item.gold:
                options = [n for n in self._graph.neighbours(nodes[-1], relation).tolist() if n not in nodes]
                if not options:
                    break
                nodes.append(self._rng.choice(options))
            if len(nodes) == len(item.gold) + 1:
                return nodes[1:]
        raise ValueError(f"no instance of {item.gold} from node {item.topic} was found")
