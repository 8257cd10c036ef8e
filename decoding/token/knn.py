"""Mixes the nearest neighbours among examples into each choice (kNN-LM: Khandelwal et al. 2020, arXiv 1911.00172).

A datastore holds the hidden state at each token of example paths and the token that came next. At a choice, the states
nearest to the one at hand vote for their next tokens by exp(-squared distance) (equation 2), and the vote is mixed into
the model's distribution with weight ``share`` (equation 3). So a model that was never trained on a graph learns from a
few of its questions without being trained.

Departures: the vote counts the tokens that the constraint allows, and abstains where no neighbour votes for one of
them; the state compared is the last one (which scores the tokens here) rather than the input of the last feed-forward
layer; squared distances are divided by the states' own mean squared norm, so that one temperature fits models of any
size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Float32, Int32, Int64
from clew.decoding.reasoner import Topic
from clew.decoding.search.shaper import Float64, Rows, Shaper
from clew.decoding.token.layout import Opened
from clew.kg import limits
from clew.kg.errors import LimitReached
from clew.kg.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class PathExample:
    """A question, the node that it is about, and the relation path (ids in ``[0, 2R)``) that answers it."""

    question: str
    topic: int
    relations: tuple[int, ...]


class StateModel(Protocol):
    """A token model whose trees hold their hidden states (``CausalLM``, ``BranchLM``)."""

    def encode_tokens(self, prompts: Sequence[Sequence[int] | Int32]) -> list[TokenTree]:
        """Read prompts."""

    def extend(self, context: TokenTree, parents: Int64, tokens: Int32) -> Int64:
        """Add nodes."""

    def release(self, tree: TokenTree) -> None:
        """Give a tree's memory back."""


Spell = Callable[[PathExample], tuple[list[int], list[int]]]
"""The tokens of an example's prompt, and those of its path with the end token."""


@dataclass(frozen=True, slots=True)
class Datastore:
    """Hidden states ``keys`` ``[n, H]`` and the token that followed each, ``values`` ``[n]``; ``scale``: their mean
    squared norm."""

    keys: Float32
    values: Int32
    scale: float
    _norms: Float64 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_norms", np.einsum("nh,nh->n", self.keys, self.keys, dtype=np.float64))

    @classmethod
    def read(cls, model: StateModel, texts: Sequence[tuple[list[int], list[int]]]) -> Datastore:
        """Run examples through a model: one forward per prompt, one per path."""
        keys: list[Float32] = []
        values: list[int] = []
        for prompt, path in texts:
            (tree,) = model.encode_tokens([prompt])
            model.extend(tree, np.arange(len(path) - 1), np.array(path[:-1], np.int32))
            keys.append(hidden_states(tree, np.arange(len(path))))
            values += path
            model.release(tree)
        found = np.concatenate(keys) if keys else np.empty((0, 1), np.float32)
        scale = float((found.astype(np.float64) ** 2).sum(1).mean()) if len(found) else 1.0
        return cls(found, np.array(values, np.int32), scale or 1.0)

    def nearest(self, query: Float32, k: int) -> tuple[Float64, Int32]:
        """Return the scaled squared distances to the k nearest keys of a state ``[H]`` and the tokens that followed
        them; exact, ties by place in the store."""
        squared = self._norms - 2.0 * (self.keys @ query) + float(query.astype(np.float64) @ query)
        order = np.argsort(squared, kind="stable")[:k]
        return np.maximum(squared[order], 0.0) / self.scale, self.values[order]


@dataclass(frozen=True)
class KnnShaper:
    """``hidden(nodes)`` gives the states of model nodes, ``[n, H]``. ``share`` is lambda of equation 3."""

    store: Datastore
    hidden: Callable[[Int64], Float32]
    share: float = 0.25
    neighbours: int = 32
    temperature: float = 0.1

    def shape(self, logits: Float64, rows: Rows[Any]) -> Float64:
        """Return log((1 - share) p + share p_knn) over each row's tokens."""
        if not len(self.store.values):
            return logits
        found = logits.copy()
        states = self.hidden(rows.nodes)
        for i in range(len(rows)):  # one row at a time: the same sums alone and in a batch
            distances, values = self.store.nearest(states[i], self.neighbours)
            span = slice(int(rows.row_ptr[i]), int(rows.row_ptr[i + 1]))
            votes = _votes(distances, values, rows.tokens[span], self.temperature)
            if votes is not None:
                found[span] = np.logaddexp(np.log1p(-self.share) + logits[span], np.log(self.share) + votes)
        return found


@dataclass
class KnnShaping:
    """Makes the shaper of each question; reads a graph's examples once. Not for two threads at once.

    Args:
        examples: the example questions of a graph; more than ``limits.MAX_EXAMPLES`` are refused (``LimitReached``).
        share: lambda of equation 3, above 0 and below 1.
    """

    model: StateModel
    examples: Callable[[Graph], Sequence[PathExample]]
    share: float = 0.25
    _stores: dict[str, Datastore] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError("the neighbours' share must lie between 0 and 1")

    @property
    def name(self) -> str:
        """What tells this shaping from others."""
        return f"examples {self.share:g}"

    def prepare(self, graph: Graph, spell: Spell) -> None:
        """Read the graph's examples through the model."""
        known = self._stores.pop(graph.content_hash, None)
        if known is None:
            some = self.examples(graph)
            if len(some) > limits.MAX_EXAMPLES:
                raise LimitReached(f"{len(some)} examples; the limit is {limits.MAX_EXAMPLES}")
            known = Datastore.read(self.model, [spell(example) for example in some])
        self._stores[graph.content_hash] = known  # last: the least recently used is dropped first
        while len(self._stores) > limits.MAX_PREPARED_GRAPHS:
            self._stores.pop(next(iter(self._stores)))

    def open(
        self, question: str, graph: Graph, topics: Sequence[Topic], opened: Opened, context: TokenTree
    ) -> Shaper | None:
        """Return the shaper of one question, over the states of its context."""
        return KnnShaper(self._stores[graph.content_hash], lambda nodes: hidden_states(context, nodes), self.share)


def hidden_states(tree: TokenTree, nodes: NDArray[np.int64]) -> Float32:
    """Return the last hidden states of nodes as float32 ``[n, H]``."""
    with torch.inference_mode():
        states: Float32 = tree.hidden(nodes).float().cpu().numpy()
    return states


def _votes(distances: Float64, values: Int32, tokens: Int32, temperature: float) -> Float64 | None:
    """Return log p_knn over a row's tokens (equation 2); None where no neighbour votes for any of them."""
    weights = -(distances - distances.min()) / temperature
    totals = np.full(len(tokens), -np.inf)
    for i, token in enumerate(tokens.tolist()):
        mine = weights[values == token]
        totals[i] = np.logaddexp.reduce(mine) if len(mine) else -np.inf
    total = np.logaddexp.reduce(totals)
    return np.asarray(totals - total, np.float64) if np.isfinite(total) else None
