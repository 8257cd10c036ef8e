"""The inputs of the network: embedded relation labels, and questions projected and compared with them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from clew.decoding.embedded.network.tensors import (
    HOP_CLASSES,
    NEGATIVE,
    Config,
    EncodedQuestion,
    LabelFeatures,
    Relations,
)
from clew.retrieval.encoder.gelu import Gelu, gelu


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
        hidden = self.dropout(gelu(self.hidden(parts)))
        projected = functional.normalize(self.tokens(labels.tokens), dim=-1)
        nouns = functional.normalize(self.tokens(targets), dim=-1) * known
        return Relations(
            self.vectors(hidden),
            self.path_vectors(hidden),
            projected[label_ids],
            labels.words[label_ids],
            labels.mask[label_ids],
            nouns,
            _mean_words(labels, target_ids.clamp(min=0)) * known,
            functional.normalize(labels.vectors, dim=-1)[label_ids],
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
        self.hops = nn.Sequential(nn.Linear(width, 128), Gelu(), nn.Linear(128, HOP_CLASSES))
        self.vector = nn.Linear(width, width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        states: Tensor,
        words: Tensor,
        sentences: Tensor,
        mask: Tensor,
        topic: Tensor,
        relations: Relations,
        kinds: Tensor,
    ) -> EncodedQuestion:
        """Read token states and static word embeddings, both ``[B, n, E]``, and MiniLM's own vectors ``[B, E]``.

        ``mask``, ``topic`` bool ``[B, n]``: real tokens, and the topic's place among them; ``kinds``: see
        ``EncodedQuestion``.
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
            self._compare(words, relations.words, mask & ~topic, relations, relations.target_words),
        )
        similarity, supports = zip(*compared, strict=True)
        cosine = (relations.sentences @ sentences.unsqueeze(-1)).squeeze(-1)
        return EncodedQuestion(
            keys, values, mask, content, torch.stack(similarity, 1), torch.stack([*supports, cosine], 1),
            self.start(start), self.hops(hops).log_softmax(-1), self.vector(vector), kinds,
        )  # fmt: skip

    def _split(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        batch, length, double = memory.shape
        key, value = memory.view(batch, length, 2, self.heads, double // 2 // self.heads).permute(2, 0, 3, 1, 4)
        return key, value

    def _compare(
        self, tokens: Tensor, labels: Tensor, mask: Tensor, relations: Relations, nouns: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return similarity ``[B, n, 2R]`` (MaxSim over label tokens), support ``[B, 2R]`` (over question tokens)."""
        batch, size, label_length, _ = labels.shape
        pairs = tokens @ labels.flatten(1, 2).transpose(1, 2)
        pairs = pairs.view(batch, -1, size, label_length)
        similarity = pairs.masked_fill(~relations.token_mask.unsqueeze(1), -1.0).amax(-1)
        similarity = torch.maximum(similarity, tokens @ nouns.transpose(1, 2))
        met = pairs.masked_fill(~mask[:, :, None, None], -1.0).amax(1)
        count = relations.token_mask.sum(-1).clamp(min=1)
        support = (met * relations.token_mask).sum(-1) / count
        return similarity.clamp(min=0) * mask.unsqueeze(-1), support


def _mean_words(labels: LabelFeatures, ids: Tensor) -> Tensor:
    """Return the mean static word embedding of texts, unit vectors ``[..., E]``."""
    mask = labels.mask[ids].unsqueeze(-1)
    return functional.normalize((labels.words[ids] * mask).sum(-2), dim=-1)
