"""The tensors that the parts of the network exchange.

Shapes: B questions, n question tokens, R relations, M paths or prefixes per question, d the width, E the encoder's
width, T label tokens, C similarity channels (trained, lexical), S kinds of support (those, and of whole sentences).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import Tensor

DEPTHS = 6
"""Path lengths that the trained weights tell apart: ``limits.MAX_HOPS_CEILING`` when they were trained."""
HOP_CLASSES = 4
"""Classes of the hop-count head: 1, 2, 3, more."""
NEGATIVE = -1e4
CHANNELS = 2
SUPPORTS = CHANNELS + 1
"""How a question supports a relation: by tokens in each channel, and by MiniLM's vectors of question and label, which
nothing was trained on."""
PREFIX_NUMBERS = CHANNELS + 2 * SUPPORTS + 3
"""Figures of a prefix beside its state: coverage left per channel, mean and least support of each kind; hop-count
log-probs; how far what it reaches is from the kind asked for."""


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the network. ``tuned_layers``: MiniLM layers, from the top, whose weights are our own."""

    width: int = 256
    encoder_width: int = 384
    similarity_width: int = 128
    heads: int = 4
    blocks: int = 2
    tuned_layers: int = 0
    dropout: float = 0.1

    def as_dict(self) -> dict[str, float]:
        """Return the sizes by name."""
        return asdict(self)


class LabelFeatures(NamedTuple):
    """Frozen features of U texts: sentence vectors ``[U, E]``, token states ``[U, T, E]``, static word embeddings
    ``[U, T, E]`` (centred unit vectors), token mask ``[U, T]``."""

    vectors: Tensor
    tokens: Tensor
    words: Tensor
    mask: Tensor


class Relations(NamedTuple):
    """The directed relations of a batch of schemas, padded to the same R.

    ``vectors`` ``[B, 2R, d]`` (decoder inputs and outputs), ``path_vectors`` ``[B, 2R, d]`` (for path vectors),
    ``tokens`` ``[B, 2R, T, s]`` and ``words`` ``[B, 2R, T, E]`` unit vectors of the label tokens with ``token_mask``
    ``[B, 2R, T]``; ``target_tokens`` ``[B, 2R, s]`` and ``target_words`` ``[B, 2R, E]``: one unit vector each for the
    noun of what is reached (zero where unknown); ``sentences`` ``[B, 2R, E]``: MiniLM's unit vector of the label.
    """

    vectors: Tensor
    path_vectors: Tensor
    tokens: Tensor
    words: Tensor
    token_mask: Tensor
    target_tokens: Tensor
    target_words: Tensor
    sentences: Tensor

    @property
    def num_directed(self) -> int:
        """2R."""
        return self.vectors.shape[1]


class EncodedQuestion(NamedTuple):
    """A batch of questions read beside their relations.

    ``keys``/``values``: per block, ``[B, h, n, d/h]``; ``mask`` bool ``[B, n]``; ``content`` ``[B, n]`` weights
    that sum to one; ``similarity`` ``[B, C, n, 2R]``; ``support`` ``[B, S, 2R]`` (how well the label's tokens are met
    by the question, per channel; the cosine of both as sentences); ``start`` ``[B, d]`` decoder state;
    ``hop_log_probs`` ``[B, HOP_CLASSES]``; ``vector`` ``[B, d]``;
    ``kinds`` ``[B, 2R]``, at most 0: how far what a relation reaches is from the kind asked for (``AnswerKinds.of``).
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    mask: Tensor
    content: Tensor
    similarity: Tensor
    support: Tensor
    start: Tensor
    hop_log_probs: Tensor
    vector: Tensor
    kinds: Tensor


class Prefixes(NamedTuple):
    """M path prefixes per question: state ``[B, M, d]``, attention ``[B, M, n]``, coverage ``[B, M, C, n]``,
    ``support`` ``[B, M, 2S]`` (of each kind the sum, then the least, over the relations taken), ``depth`` long
    ``[B, M]``, ``last`` long ``[B, M]`` (the directed relation taken last, -1 at depth 0)."""

    state: Tensor
    attention: Tensor
    coverage: Tensor
    support: Tensor
    depth: Tensor
    last: Tensor


def accumulate(question: EncodedQuestion, prefixes: Prefixes, taken: Tensor) -> tuple[Tensor, Tensor]:
    """Return coverage ``[B, M, C, n]`` and support ``[B, M, 2S]`` of prefixes after relations ``taken`` ``[B, M]``."""
    batch, count = taken.shape
    channels, length = question.similarity.shape[1:3]
    index = taken[:, None, None, :].expand(batch, channels, length, count)
    covers = question.similarity.gather(3, index).permute(0, 3, 1, 2)
    coverage = torch.maximum(prefixes.coverage, covers)
    support = question.support.gather(2, taken.unsqueeze(1).expand(-1, SUPPORTS, -1)).transpose(1, 2)
    total, least = prefixes.support.chunk(2, -1)
    return coverage, torch.cat([total + support, torch.minimum(least, support)], -1)


def standing(
    question: EncodedQuestion, coverage: Tensor, support: Tensor, depth: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the share of the question not covered, per channel ``[B, M, C]``, and the mean and the least support,
    ``[B, M, S]``."""
    left = (question.content[:, None, None, :] * (1 - coverage)).sum(-1)
    total, least = support.chunk(2, -1)
    return left, total / depth.clamp(min=1).unsqueeze(-1), least


def hop_log_probs(question: EncodedQuestion, depth: Tensor) -> tuple[Tensor, Tensor]:
    """Return log-probabilities that the question asks for exactly ``depth`` hops, and for more; each ``[B, M]``."""
    probs = question.hop_log_probs.exp()
    classes = (depth - 1).clamp(0, HOP_CLASSES - 1)
    here = probs.gather(1, classes) * (depth > 0)
    more = probs.flip(1).cumsum(1).flip(1)
    more = torch.cat([more, torch.zeros_like(more[:, :1])], 1)
    beyond = more.gather(1, depth.clamp(max=HOP_CLASSES))
    floor = 1e-3
    return (here + floor).log(), (beyond + floor).log()
