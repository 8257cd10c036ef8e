"""Free text (answers in a sentence, explanations) from a language model, several tokens per forward.

Drafts are verified in one forward over their tree (Leviathan et al. 2023, arXiv 2211.17192, for the principle; Miao et
al. 2023, arXiv 2305.09781, for trees). Sampling uses the Gumbel-max trick with noise that depends on the seed and the
position alone: each token is then a function of the prefix, so drafts change nothing when sampling either. That is the
departure from speculative sampling, which keeps the distribution but not the draw.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from clew.decoding.language_model import Context, Float32, Int32, LanguageModel, Score
from clew.decoding.search.port import Budget, Diagnostics, Forward, drive
from clew.decoding.text.drafting import Drafter, Tokens

C = TypeVar("C", bound=Context)


@dataclass(frozen=True, slots=True)
class FreeText:
    """The tokens written (a stop token last, if one ended it), and what they cost: ``forwards``, tokens ``drafted`` and
    how many of those were ``accepted``. ``partial``: the budget ended it."""

    tokens: tuple[int, ...]
    stopped: bool
    partial: bool
    forwards: int
    drafted: int
    accepted: int
    diagnostics: Diagnostics


Writing = Generator[Forward, Float32, FreeText]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes up to ``max_tokens`` tokens; ends at one of ``stop``. ``temperature`` 0 is greedy (ties: lowest id)."""

    max_tokens: int
    stop: frozenset[int] = frozenset()
    temperature: float = 0.0
    seed: int = 0
    drafter: Drafter | None = None
    budget: Budget = field(default_factory=Budget)

    def write(self, model: LanguageModel[C], context: C, prompt: Sequence[int], at: int = 0) -> FreeText:
        """Continue node ``at`` of a context; ``prompt`` holds the tokens that lead there, for the drafter."""
        steps = self.steps(model.vocab_size, len(context), prompt, at)
        return drive(steps, model, context, Score.CONDITIONAL)

    def steps(self, vocab_size: int, size: int, prompt: Sequence[int], at: int = 0) -> Writing:
        """Yield the forwards of ``write`` over a context of ``size`` nodes, for a scheduler to serve (conditional
        score): texts and searches then share forwards."""
        written: list[int] = []
        spent = Diagnostics()
        drafted = accepted = 0
        chosen = self._choose((yield _look(_Tree([], []), [], [at], vocab_size)), [0])[0]
        while True:
            written.append(chosen)
            stopped = chosen in self.stop
            partial = not stopped and len(written) < self.max_tokens and self.budget.stopped()
            if stopped or partial or len(written) >= self.max_tokens:
                return FreeText(tuple(written), stopped, partial, spent.forwards, drafted, accepted, spent)
            room = self.max_tokens - len(written) - 1
            drafts = self.drafter.draft([*prompt, *written]) if self.drafter is not None and room > 0 else []
            tree = _Tree.of(chosen, [d[:room] for d in drafts])
            nodes = list(range(size, size + len(tree)))
            parents = [at if p < 0 else size + p for p in tree.parents]
            reply = yield _look(tree, parents, nodes, vocab_size)
            spent.forwards += 1
            spent.tokens += len(tree)
            drafted += len(tree) - 1
            choices = self._choose(reply, [len(written) + depth for depth in tree.depths])
            node = 0
            chosen = choices[0]
            # Walk down while the draft holds what would have been chosen anyway.
            while (child := tree.child(node, chosen)) is not None and chosen not in self.stop:
                written.append(chosen)
                accepted += 1
                node, chosen = child, choices[child]
            at, size = size + node, size + len(tree)

    def _choose(self, scores: Float32, positions: list[int]) -> list[int]:
        """Return the token that follows each node, at these positions of the text, from all nodes' log-probabilities
        over the whole vocabulary."""
        rows = scores.reshape(len(positions), -1)
        if self.temperature == 0:
            return [int(i) for i in rows.argmax(axis=1)]
        size = rows.shape[1]
        return [
            int(np.argmax(row / self.temperature + np.random.default_rng([self.seed, position]).gumbel(size=size)))
            for row, position in zip(rows, positions, strict=True)
        ]


def _look(tree: _Tree, parents: list[int], nodes: list[int], vocab_size: int) -> Forward:
    """Return the request to add a tree below ``parents`` and score the whole vocabulary after ``nodes``."""
    everything = np.tile(np.arange(vocab_size, dtype=np.int32), len(nodes))
    row_ptr = np.arange(len(nodes) + 1, dtype=np.int64) * vocab_size
    return Forward(np.array(parents, np.int64), tree.tokens(), np.array(nodes, np.int64), row_ptr, everything)


class _Tree:
    """A chosen token and the drafts behind it, shared prefixes merged."""

    def __init__(self, tokens: list[int], parents: list[int]) -> None:
        self._tokens, self.parents, self.depths = tokens, parents, [0] * len(tokens)
        self._children: dict[tuple[int, int], int] = {}

    @classmethod
    def of(cls, root: int, drafts: Sequence[Tokens]) -> _Tree:
        tree = cls([root], [-1])
        for draft in drafts:
            node = 0
            for token in draft:
                child = tree._children.get((node, token))
                node = tree._add(node, token) if child is None else child
        return tree

    def __len__(self) -> int:
        return len(self._tokens)

    def tokens(self) -> Int32:
        return np.array(self._tokens, np.int32)

    def child(self, node: int, token: int) -> int | None:
        return self._children.get((node, token))

    def _add(self, node: int, token: int) -> int:
        self._tokens.append(token)
        self.parents.append(node)
        self.depths.append(self.depths[node] + 1)
        self._children[node, token] = len(self._tokens) - 1
        return len(self._tokens) - 1
