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

import torch
from torch import Tensor, nn

from clew.decoding.embedded.network.encoder import through
from clew.decoding.embedded.network.gru import GateCell
from clew.decoding.embedded.network.inputs import QuestionReader, RelationEncoder
from clew.decoding.embedded.network.tensors import (
    CHANNELS,
    DEPTHS,
    NEGATIVE,
    PREFIX_NUMBERS,
    SUPPORTS,
    Config,
    EncodedQuestion,
    Prefixes,
    Relations,
    accumulate,
    hop_log_probs,
    standing,
)
from clew.retrieval.encoder.gelu import Gelu
from clew.retrieval.encoder.padding import Unpadding


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
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), Gelu(), nn.Linear(2 * width, width))
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
        spent = (coverage @ weights.permute(0, 2, 3, 1)).flatten(2)
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
        self.cell = GateCell(width, width)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.blocks)])
        self.final = nn.LayerNorm(width)
        self.output = nn.Linear(width, width)
        self.candidate = nn.Sequential(nn.Linear(3 + 2 * CHANNELS + SUPPORTS, 16), Gelu(), nn.Linear(16, 1))
        self.depth = nn.Embedding(DEPTHS + 1, 16)
        self.stop = nn.Sequential(nn.Linear(width + 16 + PREFIX_NUMBERS, 128), Gelu(), nn.Linear(128, 1))
        self.whole = nn.Sequential(nn.Linear(width + 16 + PREFIX_NUMBERS, 128), Gelu(), nn.Linear(128, 1))
        self.path_cell = GateCell(width, width)
        self.path_start = nn.Parameter(torch.zeros(width))
        self.temperature = nn.Parameter(torch.tensor(0.0))

    def start(self, question: EncodedQuestion) -> Prefixes:
        """Return the empty prefix of each question (M = 1)."""
        batch, length = question.mask.shape
        blank = question.start.new_zeros(batch, 1, CHANNELS, length)
        state, attention = self._attend(question, question.start.unsqueeze(1), blank)
        depth = torch.zeros(batch, 1, dtype=torch.long, device=state.device)
        none = blank.new_zeros(batch, 1, SUPPORTS)
        return Prefixes(state, attention, blank, torch.cat([none, none + 1], -1), depth, depth - 1)

    def extend(self, question: EncodedQuestion, relations: Relations, prefixes: Prefixes, taken: Tensor) -> Prefixes:
        """Return prefix m of each question after directed relation ``taken[:, m]`` (long ``[B, M]``)."""
        batch, count = taken.shape
        width = self.config.width
        vectors = relations.vectors.gather(1, taken.unsqueeze(-1).expand(-1, -1, width))
        state = self.cell(vectors.reshape(-1, width), prefixes.state.reshape(-1, width)).view(batch, count, width)
        return self.attended(question, prefixes, taken, state)

    def attended(self, question: EncodedQuestion, prefixes: Prefixes, taken: Tensor, state: Tensor) -> Prefixes:
        """Return the prefixes after relations ``taken``, given the cell's states ``[B, M, d]`` there."""
        coverage, supports = accumulate(question, prefixes, taken)
        state, attention = self._attend(question, state, coverage)
        return Prefixes(state, attention, coverage, supports, prefixes.depth + 1, taken)

    def logits(self, question: EncodedQuestion, relations: Relations, prefixes: Prefixes) -> Tensor:
        """Return the logits of every directed relation and of the end, ``[B, M, 2R + 1]``."""
        output = self.output(self.final(prefixes.state))
        scores = output @ relations.vectors.transpose(1, 2) / math.sqrt(self.config.width)
        scores = scores + self.candidate(self._candidate_features(question, prefixes)).squeeze(-1)
        stop = self.stop(self._prefix_features(question, prefixes))
        return torch.cat([scores, stop], -1)

    def whole_path(self, question: EncodedQuestion, prefixes: Prefixes) -> Tensor:
        """Return the logit that the prefix, ended here, is what the question asks for, ``[B, M]``."""
        score: Tensor = self.whole(self._prefix_features(question, prefixes)).squeeze(-1)
        return score

    def path_step(self, relations: Relations, state: Tensor, taken: Tensor) -> Tensor:
        """Return path vectors ``[B, M, d]`` after one more directed relation each (long ``[B, M]``)."""
        width = self.config.width
        vectors = relations.path_vectors.gather(1, taken.unsqueeze(-1).expand(-1, -1, width))
        stepped: Tensor = self.path_cell(vectors.reshape(-1, width), state.reshape(-1, width))
        return stepped.view_as(state)

    def path_similarity(self, question: EncodedQuestion, paths: Tensor) -> Tensor:
        """Return the bi-encoder's scores of path vectors ``[B, M, d]``: ``[B, M]``."""
        scale = self.temperature.exp() / math.sqrt(self.config.width)
        return (paths @ question.vector.unsqueeze(-1)).squeeze(-1) * scale

    def _attend(self, question: EncodedQuestion, state: Tensor, coverage: Tensor) -> tuple[Tensor, Tensor]:
        attention = coverage[:, :, 0]
        for block, key, value in zip(self.blocks, question.keys, question.values, strict=True):
            state, attention = block(state, key, value, question.mask, coverage)
        return state, attention

    def _candidate_features(self, question: EncodedQuestion, prefixes: Prefixes) -> Tensor:
        """Return ``[B, M, 2R, 10]``: per channel new coverage, attended similarity and support; a step straight back,
        a repeat; the kind of what is reached; the support of the whole sentence."""
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
        kinds, sentence = (part.unsqueeze(1).expand_as(parts[0]) for part in (question.kinds, question.support[:, -1]))
        parts += [back.to(parts[0].dtype), (last == ids).to(parts[0].dtype), kinds.to(parts[0].dtype)]
        parts.append(sentence.to(parts[0].dtype))
        return torch.stack(parts, -1)

    def _prefix_features(self, question: EncodedQuestion, prefixes: Prefixes) -> Tensor:
        """Return ``[B, M, d + 16 + 11]``: state, depth, and the figures of ``PREFIX_NUMBERS``."""
        state = self.final(prefixes.state)
        depth = prefixes.depth.clamp(max=DEPTHS)
        here, beyond = hop_log_probs(question, depth)
        left, mean, least = standing(question, prefixes.coverage, prefixes.support, prefixes.depth)
        kind = question.kinds.gather(1, prefixes.last.clamp(min=0)) * (prefixes.last >= 0)
        numbers = torch.cat([left, mean, least, torch.stack([here, beyond, kind.to(here.dtype)], -1)], -1)
        return torch.cat([state, self.depth(depth), numbers], -1)


class Network(nn.Module):
    """The decoder and the tuned top layers of the encoder."""

    def __init__(self, config: Config, layers: nn.ModuleList) -> None:
        super().__init__()
        self.config = config
        self.layers = layers
        self.decoder = RelationDecoder(config)

    def encode(self, states: Tensor, mask: Tensor | None, unpadding: Unpadding | None = None) -> Tensor:
        """Run the tuned layers over states ``[B, n, E]`` (unpadded: ``[T, E]``) of the frozen ones."""
        return through(self.layers, states, mask, unpadding)
