"""The network of the embedded model: a decoder whose vocabulary is the graph's directed relations.

A relation is embedded from its label and its direction, so any graph's relations are in the vocabulary. The decoder is
recurrent over the relations of a path (a GRU cell, Cho et al. 2014, arXiv 1406.1078) and attends to the question's
token states at each hop (Vaswani et al. 2017, arXiv 1706.03762). What the path has already said is kept as coverage
values per question token (See et al. 2017, arXiv 1704.04368, section 2.3; here the largest similarity, MaxSim of
Khattab and Zaharia 2020, arXiv 2004.12832, not a sum of attention), which steer attention and the decision to stop.
Similarity has two channels: one between token states under a trained projection, and one between MiniLM's static word
embeddings, which is not trained and so carries over to words and domains never seen.

Shapes: B questions, n question tokens, R relations, M paths or prefixes per question, d the width, T label tokens,
C similarity channels (trained, lexical).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

MAX_DEPTH = 6
"""Depths told apart (``limits.MAX_HOPS_CEILING``)."""
HOP_CLASSES = 4
"""Classes of the hop-count head: 1, 2, 3, more."""
NEGATIVE = -1e4
CHANNELS = 2
PREFIX_NUMBERS = 3 * CHANNELS + 2
"""Figures of a prefix beside its state: coverage left, mean and least support per channel; hop-count log-probs."""


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
    ``[B, 2R, T]``, and ``target_tokens`` ``[B, 2R, s]``: one unit vector for the noun of what is reached (zero where
    unknown).
    """

    vectors: Tensor
    path_vectors: Tensor
    tokens: Tensor
    words: Tensor
    token_mask: Tensor
    target_tokens: Tensor

    @property
    def num_directed(self) -> int:
        """2R."""
        return self.vectors.shape[1]


class Question(NamedTuple):
    """A batch of questions read beside their relations.

    ``keys``/``values``: per block, ``[B, h, n, d/h]``; ``mask`` bool ``[B, n]``; ``content`` ``[B, n]`` weights
    that sum to one; ``similarity`` ``[B, C, n, 2R]``; ``support`` ``[B, C, 2R]`` (how well the label's tokens are met
    by the question); ``start`` ``[B, d]`` decoder state; ``hop_log_probs`` ``[B, HOP_CLASSES]``; ``vector`` ``[B, d]``.
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


class Prefixes(NamedTuple):
    """M path prefixes per question: state ``[B, M, d]``, attention ``[B, M, n]``, coverage ``[B, M, C, n]``,
    ``support`` ``[B, M, 2C]`` (per channel the sum, then the least, over the relations taken), ``depth`` long
    ``[B, M]``, ``last`` long ``[B, M]`` (the directed relation taken last, -1 at depth 0)."""

    state: Tensor
    attention: Tensor
    coverage: Tensor
    support: Tensor
    depth: Tensor
    last: Tensor


class RelationEncoder(nn.Module):
    """Embeds directed relations from their labels' frozen features."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, outer, similarity = config.width, config.encoder_width, config.similarity_width
        self.direction = nn.Parameter(torch.randn(2, 64) * 0.1)
        self.no_target = nn.Parameter(torch.zeros(outer))
        self.target = nn.Linear(outer, 64)
        self.hidden = nn.Linear(outer + 64 + 64, 2 * width)
        self.vectors = nn.Linear(2 * width, width)
        self.path_vectors = nn.Linear(2 * width, width)
        self.tokens = nn.Linear(outer, similarity, bias=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, labels: LabelFeatures, label_ids: Tensor, inverse: Tensor, target_ids: Tensor) -> Relations:
        """Embed directed relations, each long ``[B, 2R]``.

        ``label_ids`` name the label, ``inverse`` is 1 where that label is walked backwards, ``target_ids`` name what is
        reached (-1 unknown); both kinds of id are rows of ``labels``.
        """
        known = (target_ids >= 0).unsqueeze(-1)
        targets = labels.vectors[target_ids.clamp(min=0)]
        target = self.target(torch.where(known, targets, self.no_target))
        parts = torch.cat([labels.vectors[label_ids], self.direction[inverse], target], -1)
        hidden = self.dropout(functional.gelu(self.hidden(parts)))
        projected = functional.normalize(self.tokens(labels.tokens), dim=-1)
        nouns = functional.normalize(self.tokens(targets), dim=-1) * known
        return Relations(
            self.vectors(hidden),
            self.path_vectors(hidden),
            projected[label_ids],
            labels.words[label_ids],
            labels.mask[label_ids],
            nouns,
        )


class QuestionReader(nn.Module):
    """Projects token states for the decoder and compares them with the relations."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, outer = config.width, config.encoder_width
        self.heads = config.heads
        self.topic = nn.Parameter(torch.zeros(outer))
        self.project = nn.Linear(outer, width)
        self.norm = nn.LayerNorm(width)
        self.memory = nn.ModuleList([nn.Linear(width, 2 * width) for _ in range(config.blocks)])
        self.tokens = nn.Linear(outer, config.similarity_width, bias=False)
        self.content = nn.Linear(outer, 1)
        self.pools = nn.Linear(width, 3)
        self.start = nn.Linear(width, width)
        self.hops = nn.Sequential(nn.Linear(width, 128), nn.GELU(), nn.Linear(128, HOP_CLASSES))
        self.vector = nn.Linear(width, width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, states: Tensor, words: Tensor, mask: Tensor, topic: Tensor, relations: Relations) -> Question:
        """Read token states and static word embeddings, both ``[B, n, E]``.

        ``mask``, ``topic`` bool ``[B, n]``: real tokens, and the topic's place among them.
        """
        marked = states + topic.unsqueeze(-1) * self.topic
        hidden = self.dropout(self.norm(self.project(marked)))
        keys, values = zip(*(self._split(memory(hidden)) for memory in self.memory), strict=True)
        hidden_mask = (~mask).unsqueeze(-1)
        weights = self.pools(hidden).masked_fill(hidden_mask, NEGATIVE).softmax(1)
        start, hops, vector = (weights.transpose(1, 2) @ hidden).unbind(1)
        gate = torch.sigmoid(self.content(states).squeeze(-1)) * (mask & ~topic)
        content = gate / gate.sum(1, keepdim=True).clamp(min=1e-6)
        tokens = functional.normalize(self.tokens(states), dim=-1)
        compared = (
            self._compare(tokens, relations.tokens, mask & ~topic, relations, relations.target_tokens),
            self._compare(words, relations.words, mask & ~topic, relations, None),
        )
        similarity, support = (torch.stack(parts, 1) for parts in zip(*compared, strict=True))
        return Question(
            keys, values, mask, content, similarity, support,
            self.start(start), self.hops(hops).log_softmax(-1), self.vector(vector),
        )  # fmt: skip

    def _split(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        batch, length, double = memory.shape
        key, value = memory.view(batch, length, 2, self.heads, double // 2 // self.heads).permute(2, 0, 3, 1, 4)
        return key, value

    def _compare(
        self, tokens: Tensor, labels: Tensor, mask: Tensor, relations: Relations, nouns: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return similarity ``[B, n, 2R]`` (MaxSim over label tokens), support ``[B, 2R]`` (over question tokens)."""
        batch, size, label_length, _ = labels.shape
        pairs = tokens @ labels.flatten(1, 2).transpose(1, 2)
        pairs = pairs.view(batch, -1, size, label_length)
        similarity = pairs.masked_fill(~relations.token_mask.unsqueeze(1), -1.0).amax(-1)
        if nouns is not None:
            similarity = torch.maximum(similarity, tokens @ nouns.transpose(1, 2))
        met = pairs.masked_fill(~mask[:, :, None, None], -1.0).amax(1)
        count = relations.token_mask.sum(-1).clamp(min=1)
        support = (met * relations.token_mask).sum(-1) / count
        return similarity.clamp(min=0) * mask.unsqueeze(-1), support


class Block(nn.Module):
    """Attention to the question, steered by coverage, and a feed-forward layer (pre-layer-norm)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.norm1 = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.covered = nn.Parameter(torch.zeros(CHANNELS, config.heads))
        self.output = nn.Linear(width + CHANNELS * config.heads, width)
        self.norm2 = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, state: Tensor, key: Tensor, value: Tensor, mask: Tensor, coverage: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Map states ``[B, M, d]``, given coverage ``[B, M, C, n]``; return them and the mean attention."""
        batch, count, width = state.shape
        query = self.query(self.norm1(state)).view(batch, count, self.heads, -1).transpose(1, 2)
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
        scores = scores + torch.einsum("ch,bmcn->bhmn", self.covered, coverage)
        weights = scores.masked_fill(~mask[:, None, None, :], NEGATIVE).softmax(-1)
        read = (weights @ value).transpose(1, 2).reshape(batch, count, width)
        spent = torch.einsum("bhmn,bmcn->bmch", weights, coverage).flatten(2)
        state = state + self.dropout(self.output(torch.cat([read, spent], -1)))
        state = state + self.dropout(self.feed(self.norm2(state)))
        return state, weights.mean(1)


class RelationDecoder(nn.Module):
    """The whole trained network but for the encoder's layers (``Network`` holds both)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.relations = RelationEncoder(config)
        self.reader = QuestionReader(config)
        nn.init.orthogonal_(self.reader.tokens.weight)  # cosines start as MiniLM's own: untrained coverage
        self.relations.tokens.load_state_dict(self.reader.tokens.state_dict())
        self.cell = nn.GRUCell(width, width)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.blocks)])
        self.final = nn.LayerNorm(width)
        self.output = nn.Linear(width, width)
        self.candidate = nn.Sequential(nn.Linear(2 + 3 * CHANNELS, 16), nn.GELU(), nn.Linear(16, 1))
        self.depth = nn.Embedding(MAX_DEPTH + 1, 16)
        self.stop = nn.Sequential(nn.Linear(width + 16 + PREFIX_NUMBERS, 128), nn.GELU(), nn.Linear(128, 1))
        self.whole = nn.Sequential(nn.Linear(width + 16 + PREFIX_NUMBERS, 128), nn.GELU(), nn.Linear(128, 1))
        self.path_cell = nn.GRUCell(width, width)
        self.path_start = nn.Parameter(torch.zeros(width))
        self.temperature = nn.Parameter(torch.tensor(0.0))

    def start(self, question: Question) -> Prefixes:
        """Return the empty prefix of each question (M = 1)."""
        batch, length = question.mask.shape
        blank = question.start.new_zeros(batch, 1, CHANNELS, length)
        state, attention = self._attend(question, question.start.unsqueeze(1), blank)
        depth = torch.zeros(batch, 1, dtype=torch.long, device=state.device)
        none = blank.new_zeros(batch, 1, CHANNELS)
        return Prefixes(state, attention, blank, torch.cat([none, none + 1], -1), depth, depth - 1)

    def extend(self, question: Question, relations: Relations, prefixes: Prefixes, taken: Tensor) -> Prefixes:
        """Return prefix m of each question after directed relation ``taken[:, m]`` (long ``[B, M]``)."""
        batch, count = taken.shape
        width = self.config.width
        vectors = relations.vectors.gather(1, taken.unsqueeze(-1).expand(-1, -1, width))
        state = self.cell(vectors.reshape(-1, width), prefixes.state.reshape(-1, width)).view(batch, count, width)
        coverage, supports = accumulate(question, prefixes, taken)
        state, attention = self._attend(question, state, coverage)
        return Prefixes(state, attention, coverage, supports, prefixes.depth + 1, taken)

    def logits(self, question: Question, relations: Relations, prefixes: Prefixes) -> Tensor:
        """Return the logits of every directed relation and of the end, ``[B, M, 2R + 1]``."""
        output = self.output(self.final(prefixes.state))
        scores = output @ relations.vectors.transpose(1, 2) / math.sqrt(self.config.width)
        scores = scores + self.candidate(self._candidate_features(question, prefixes)).squeeze(-1)
        stop = self.stop(self._prefix_features(question, prefixes))
        return torch.cat([scores, stop], -1)

    def whole_path(self, question: Question, prefixes: Prefixes) -> Tensor:
        """Return the logit that the prefix, ended here, is what the question asks for, ``[B, M]``."""
        score: Tensor = self.whole(self._prefix_features(question, prefixes)).squeeze(-1)
        return score

    def path_step(self, relations: Relations, state: Tensor, taken: Tensor) -> Tensor:
        """Return path vectors ``[B, M, d]`` after one more directed relation each (long ``[B, M]``)."""
        width = self.config.width
        vectors = relations.path_vectors.gather(1, taken.unsqueeze(-1).expand(-1, -1, width))
        stepped: Tensor = self.path_cell(vectors.reshape(-1, width), state.reshape(-1, width))
        return stepped.view_as(state)

    def path_similarity(self, question: Question, paths: Tensor) -> Tensor:
        """Return the bi-encoder's scores of path vectors ``[B, M, d]``: ``[B, M]``."""
        scale = self.temperature.exp() / math.sqrt(self.config.width)
        return (paths @ question.vector.unsqueeze(-1)).squeeze(-1) * scale

    def _attend(self, question: Question, state: Tensor, coverage: Tensor) -> tuple[Tensor, Tensor]:
        attention = coverage[:, :, 0]
        for block, key, value in zip(self.blocks, question.keys, question.values, strict=True):
            state, attention = block(state, key, value, question.mask, coverage)
        return state, attention

    def _candidate_features(self, question: Question, prefixes: Prefixes) -> Tensor:
        """Return ``[B, M, 2R, 8]``: per channel new coverage, attended similarity and support; a step straight back,
        a repeat."""
        parts = []
        for channel in range(CHANNELS):
            similarity = question.similarity[:, channel]
            gain = similarity.transpose(1, 2).unsqueeze(1) - prefixes.coverage[:, :, channel].unsqueeze(2)
            new = (gain.clamp(min=0) * question.content[:, None, None, :]).sum(-1)
            support = question.support[:, channel].unsqueeze(1).expand_as(new)
            parts += [4 * new, prefixes.attention @ similarity, support]
        directed = question.support.shape[-1]
        ids = torch.arange(directed, device=prefixes.last.device)
        last = prefixes.last.unsqueeze(-1)
        back = (last >= 0) & ((last + directed // 2) % max(directed, 1) == ids)
        parts += [back.to(parts[0].dtype), (last == ids).to(parts[0].dtype)]
        return torch.stack(parts, -1)

    def _prefix_features(self, question: Question, prefixes: Prefixes) -> Tensor:
        """Return ``[B, M, d + 16 + 8]``: state, depth, and the figures of ``PREFIX_NUMBERS``."""
        state = self.final(prefixes.state)
        depth = prefixes.depth.clamp(max=MAX_DEPTH)
        here, beyond = hop_log_probs(question, depth)
        left, mean, least = standing(question, prefixes.coverage, prefixes.support, prefixes.depth)
        numbers = torch.cat([left, mean, least, here.unsqueeze(-1), beyond.unsqueeze(-1)], -1)
        return torch.cat([state, self.depth(depth), numbers], -1)


def accumulate(question: Question, prefixes: Prefixes, taken: Tensor) -> tuple[Tensor, Tensor]:
    """Return coverage ``[B, M, C, n]`` and support ``[B, M, 2C]`` of prefixes after relations ``taken`` ``[B, M]``."""
    batch, count = taken.shape
    channels, length = question.similarity.shape[1:3]
    index = taken[:, None, None, :].expand(batch, channels, length, count)
    covers = question.similarity.gather(3, index).permute(0, 3, 1, 2)
    coverage = torch.maximum(prefixes.coverage, covers)
    support = question.support.gather(2, taken.unsqueeze(1).expand(-1, channels, -1)).transpose(1, 2)
    total, least = prefixes.support.chunk(2, -1)
    return coverage, torch.cat([total + support, torch.minimum(least, support)], -1)


def standing(question: Question, coverage: Tensor, support: Tensor, depth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return, per channel ``[B, M, C]``: the share of the question not covered, the mean and the least support."""
    left = (question.content[:, None, None, :] * (1 - coverage)).sum(-1)
    total, least = support.chunk(2, -1)
    return left, total / depth.clamp(min=1).unsqueeze(-1), least


def hop_log_probs(question: Question, depth: Tensor) -> tuple[Tensor, Tensor]:
    """Return log-probabilities that the question asks for exactly ``depth`` hops, and for more; each ``[B, M]``."""
    probs = question.hop_log_probs.exp()
    classes = (depth - 1).clamp(0, HOP_CLASSES - 1)
    here = probs.gather(1, classes) * (depth > 0)
    more = probs.flip(1).cumsum(1).flip(1)
    more = torch.cat([more, torch.zeros_like(more[:, :1])], 1)
    beyond = more.gather(1, depth.clamp(max=HOP_CLASSES))
    floor = 1e-3
    return (here + floor).log(), (beyond + floor).log()


class Network(nn.Module):
    """The decoder and the tuned top layers of the encoder."""

    def __init__(self, config: Config, layers: nn.ModuleList) -> None:
        super().__init__()
        self.config = config
        self.layers = layers
        self.decoder = RelationDecoder(config)

    def encode(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """Run the tuned layers over states ``[B, n, E]`` of the frozen ones."""
        attend = None if mask is None else mask[:, None, None, :]
        for layer in self.layers:
            states = layer(states, attend)
        return states
