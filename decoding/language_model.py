"""The LanguageModel port: a model over a tree of tokens, so that hypotheses share every prefix.

``encode`` reads a prompt and gives a context whose node 0 stands for the prompt's end; ``extend`` adds tokens below
nodes of the tree in one forward; ``log_probs`` scores continuations of nodes. An implementation keeps its cache (the
KV cache of a causal LM, say) inside the context.

Laws (``clew.decoding.laws.language_model``): a tree gives the scores of each of its branches run alone; one call gives
the scores of many; conditional scores over the whole vocabulary sum to one; local scores over a row sum to one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]


class Score(StrEnum):
    """How a continuation is scored."""

    CONDITIONAL = "conditional"
    """Log-probability under the full vocabulary: paths are ranked as by the model conditioned on the path set."""
    LOCAL = "local"
    """Log-probability renormalised over the tokens of the row: what masking and sampling give."""


class Context(Protocol):
    """The tree of one question; opaque but for its size."""

    def __len__(self) -> int:
        """Return the number of nodes, the prompt's end (node 0) included."""


C = TypeVar("C", bound=Context)


class LanguageModel(Protocol[C]):
    """A model of token continuations."""

    vocab_size: int

    def encode(self, prompt: str) -> C:
        """Read a prompt; the result's node 0 is its end."""

    def extend(self, context: C, parents: Int64, tokens: Int32) -> Int64:
        """Add ``tokens[i]`` below ``parents[i]`` for all i, in one forward; return the new node ids, shape ``[n]``.

        A parent may be a node added earlier in the same call: its id is ``len(context)`` before the call + its index.
        """

    def log_probs(self, context: C, nodes: Int64, row_ptr: Int64, tokens: Int32, score: Score) -> Float32:
        """Score ``tokens[row_ptr[i]:row_ptr[i+1]]`` as continuations of ``nodes[i]``; shape ``[len(tokens)]``, nats."""
