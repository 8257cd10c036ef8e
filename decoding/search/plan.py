"""Plans one forward pass for a batch of prefixes: the tokens to read, the tokens to score, and the owner of each
score.
"""

from __future__ import annotations

import numpy as np

from clew.decoding.language_model import Int32
from clew.decoding.search.port import Float64, Forward


class ForwardPlan:
    """Collects what a batch of prefixes needs from the model, and hands each its share of the reply."""

    def __init__(self, size: int, local: bool, end: int) -> None:
        self._size, self._local, self._end = size, local, end
        self._parents: list[int] = []
        self._tokens: list[int] = []
        self._nodes: list[int] = []
        self._targets: list[Int32] = []
        self._shares: list[tuple[int, int, int]] = []
        self._scored = 0
        self.ends: list[int] = []

    @property
    def num_tokens(self) -> int:
        """Tokens that the forward will read."""
        return len(self._tokens)

    def cost(self, head: tuple[int, ...], run: list[int], options: Int32) -> int:
        """Return how many tokens ``add`` would put into the forward."""
        return 0 if self._is_settled(options) else len(head) + len(run)

    def _is_settled(self, options: Int32) -> bool:
        """Whether the model need not even read a prefix with these options. Under the local score a lone option has
        probability 1, and where that is the end token nothing grows any more."""
        return not len(options) or (self._local and len(options) == 1 and int(options[0]) == self._end)

    def add(self, node: int, head: tuple[int, ...], run: list[int], options: Int32) -> int:
        """Plan one prefix: ``head`` (already scored) and ``run`` (forced) below ``node``, then its options. Return its
        place; ``ends[place]`` is the model's node at its end, -1 where the prefix need not be read."""
        begin = self._scored
        if self._is_settled(options):
            self.ends.append(-1)
            self._shares.append((begin, len(run), -1 if len(options) else 0))
            return len(self.ends) - 1
        at = node
        for j, token in enumerate((*head, *run)):
            if j >= len(head) and not self._local:
                self._ask(at, np.array([token], np.int32))
            self._parents.append(at)
            self._tokens.append(token)
            at = self._size + len(self._tokens) - 1
        self._ask(at, options)
        self.ends.append(at)
        self._shares.append((begin, len(run), len(options)))
        return len(self.ends) - 1

    def _ask(self, node: int, targets: Int32) -> None:
        self._nodes.append(node)
        self._targets.append(targets)
        self._scored += len(targets)

    def forward(self) -> Forward:
        """Return the whole batch's request."""
        row_ptr = np.zeros(len(self._targets) + 1, np.int64)
        np.cumsum([len(t) for t in self._targets], out=row_ptr[1:])
        targets = np.concatenate(self._targets).astype(np.int32) if self._targets else np.empty(0, np.int32)
        return Forward(
            np.array(self._parents, np.int64),
            np.array(self._tokens, np.int32),
            np.array(self._nodes, np.int64),
            row_ptr,
            targets,
        )

    def split(self, i: int, scores: Float64) -> tuple[Float64, Float64]:
        """Return the log-probabilities of prefix i's forced tokens and of its options."""
        begin, run, options = self._shares[i]
        if options == -1:
            return np.zeros(run), np.zeros(1)
        if self._local:
            return np.zeros(run), scores[begin : begin + options]
        return scores[begin : begin + run], scores[begin + run : begin + run + options]
