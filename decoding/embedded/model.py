"""The relation decoder over one graph, as a ``LanguageModel`` whose tokens are the graph's directed relations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from decoding.embedded.encoder import LowerEncoder, pad_tokens
from decoding.embedded.network import Network
from decoding.embedded.question import tokenise
from decoding.embedded.tensors import Prefixes, Question, Relations, accumulate, hop_log_probs, standing
from decoding.embedded.wording import parse_prompt
from decoding.language_model import Float32, Int32, Int64, Score

Float64 = NDArray[np.float64]


@dataclass(slots=True)
class RelationContext:
    """One question's tree: node m is ``prefixes[..., m]``; node 0 is the question, read, with no relation taken.

    ``relations`` are read by the names that suit the question; ``paths`` ``[1, M, d]`` are the bi-encoder's vectors of
    the prefixes.
    """

    question: Question
    relations: Relations
    prefixes: Prefixes
    paths: Tensor

    def __len__(self) -> int:
        return int(self.prefixes.depth.shape[1])


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of n paths without running the decoder at their ends.

    ``hops`` ``[n]``: log-probability of their hop count; per similarity channel ``[n, 2]``: ``left``, the share of the
    question not covered, and ``support``, ``least``, how well the question supports the labels of their relations
    (mean, least; cosines); ``similarity`` ``[n]``: the bi-encoder's score.
    """

    hops: Float32
    left: Float32
    support: Float32
    least: Float32
    similarity: Float32


class RelationModel:
    """Scores relation paths of one graph for masked questions (prompts mark the topic with ``wording.TOPIC_MARK``).

    ``relations`` may hold several names per directed relation: entry v names relation ``owners[v]`` (every relation has
    at least one entry; default: one each). Each question reads a relation by the name that it supports best.

    ``vocab_size`` is 2R + 1; token 2R ends a path. Safe to share by threads: all state is in the contexts.
    """

    def __init__(
        self,
        network: Network,
        lower: LowerEncoder,
        tokenizer: Any,
        relations: Relations,
        owners: Sequence[int] | None = None,
    ) -> None:
        self._network, self._decoder, self._lower = network, network.decoder, lower
        self._tokenizer, self._relations = tokenizer, relations
        named = np.arange(relations.num_directed) if owners is None else np.asarray(owners, dtype=np.int64)
        self._starts = np.flatnonzero(np.diff(named, prepend=-1))
        self._single = len(self._starts) == len(named)
        self.end_token = len(self._starts)
        self.vocab_size = self.end_token + 1

    def encode(self, prompt: str) -> RelationContext:
        """Read a question."""
        return self.encode_batch([prompt])[0]

    @torch.inference_mode()
    def encode_batch(self, prompts: Sequence[str]) -> list[RelationContext]:
        """Read questions together; each context is as if it had been read alone."""
        tokens = [tokenise(self._tokenizer, parse_prompt(prompt)) for prompt in prompts]
        token_ids, mask = pad_tokens([one.ids for one in tokens], self._tokenizer.pad_token_id)
        attend = None if len(prompts) == 1 else mask
        states = self._network.encode(self._lower(token_ids, attend), attend)
        contexts = []
        for i, one in enumerate(tokens):
            length = len(one.ids)
            topic = torch.zeros((1, length), dtype=torch.bool)
            topic[0, list(one.topic)] = True
            own = slice(i, i + 1), slice(0, length)
            words = self._lower.words(token_ids[own])
            question = self._decoder.reader(states[own], words, mask[own], topic, self._relations)
            question, relations = self._by_best_name(question)
            start = self._decoder.path_start.expand(1, 1, -1)
            contexts.append(RelationContext(question, relations, self._decoder.start(question), start))
        return contexts

    def _by_best_name(self, question: Question) -> tuple[Question, Relations]:
        """Keep, for each relation, the name that the question supports best (the main one among equals)."""
        if self._single:
            return question, self._relations
        support = question.support[0].mean(0).numpy()
        ends = np.append(self._starts[1:], len(support))
        best = [begin + int(support[begin:end].argmax()) for begin, end in zip(self._starts, ends, strict=True)]
        kept = torch.tensor(best)
        relations = Relations(*(part[:, kept] for part in self._relations))
        similarity, supports = question.similarity[..., kept], question.support[..., kept]
        return question._replace(similarity=similarity, support=supports), relations

    @torch.inference_mode()
    def extend(self, context: RelationContext, parents: Int64, tokens: Int32) -> Int64:
        """Add directed relation ``tokens[i]`` below ``parents[i]``; the end token may not be extended by."""
        if len(tokens) and (int(tokens.min()) < 0 or int(tokens.max()) > self.end_token):
            raise ValueError(f"tokens must lie in [0, {self.end_token}]")
        base = len(context)
        for begin, end in _generations(parents, base):
            rows = torch.from_numpy(np.ascontiguousarray(parents[begin:end], dtype=np.int64))
            taken = torch.from_numpy(np.ascontiguousarray(tokens[begin:end], dtype=np.int64)).unsqueeze(0)
            taken = taken.clamp(max=self.end_token - 1)  # what lies behind an end is never asked for
            before = _take(context.prefixes, rows)
            after = self._decoder.extend(context.question, context.relations, before, taken)
            paths = self._decoder.path_step(context.relations, context.paths[:, rows], taken)
            context.prefixes = Prefixes(*(torch.cat(pair, 1) for pair in zip(context.prefixes, after, strict=True)))
            context.paths = torch.cat([context.paths, paths], 1)
        return np.arange(base, base + len(parents), dtype=np.int64)

    @torch.inference_mode()
    def log_probs(self, context: RelationContext, nodes: Int64, row_ptr: Int64, tokens: Int32, score: Score) -> Float32:
        """Return the log-probabilities (nats) of tokens after nodes; see ``LanguageModel.log_probs``."""
        logits = self.logits(context, nodes)
        rows = np.repeat(np.arange(len(nodes)), np.diff(row_ptr))
        picked = logits[rows, tokens]
        if score is Score.CONDITIONAL:
            return (picked - log_sum_exp(logits)[rows]).astype(np.float32)
        return log_softmax_rows(picked, row_ptr).astype(np.float32)

    @torch.inference_mode()
    def logits(self, context: RelationContext, nodes: Int64) -> Float64:
        """Return the logits of the whole vocabulary after nodes, ``[len(nodes), 2R + 1]``."""
        prefixes = _take(context.prefixes, torch.from_numpy(np.asarray(nodes, dtype=np.int64)))
        found: Float64 = self._decoder.logits(context.question, context.relations, prefixes)[0].double().numpy()
        return found

    @torch.inference_mode()
    def whole(self, context: RelationContext, nodes: Int64) -> Float32:
        """Return the logit that each node, ended there, is what the question asks for."""
        prefixes = _take(context.prefixes, torch.from_numpy(np.asarray(nodes, dtype=np.int64)))
        found: Float32 = self._decoder.whole_path(context.question, prefixes)[0].numpy()
        return found

    @torch.inference_mode()
    def outline(self, context: RelationContext, parents: Int64, tokens: Int32) -> Outline:
        """Return what is known of the paths ``tokens[i]`` below ``parents[i]`` without adding them."""
        rows = torch.from_numpy(np.asarray(parents, dtype=np.int64))
        taken = torch.from_numpy(np.asarray(tokens, dtype=np.int64)).unsqueeze(0)
        before, question = _take(context.prefixes, rows), context.question
        depth = before.depth + 1
        coverage, supports = accumulate(question, before, taken)
        left, mean, least = standing(question, coverage, supports, depth)
        here, _ = hop_log_probs(question, depth)
        paths = self._decoder.path_step(context.relations, context.paths[:, rows], taken)
        parts = (here, left, mean, least, self._decoder.path_similarity(question, paths))
        return Outline(*(part[0].numpy() for part in parts))

    def hop_probabilities(self, context: RelationContext) -> Float32:
        """Return the hop-count head's distribution: 1, 2, 3, more hops."""
        found: Float32 = context.question.hop_log_probs[0].exp().numpy()
        return found


def _take(prefixes: Prefixes, rows: Tensor) -> Prefixes:
    return Prefixes(*(part[:, rows] for part in prefixes))


def _generations(parents: Int64, base: int) -> list[tuple[int, int]]:
    """Cut a call into runs in which no entry's parent is in the same run."""
    cuts, begin = [], 0
    for i, parent in enumerate(parents.tolist()):
        if not 0 <= parent < base + i:
            raise ValueError(f"parent {parent} of entry {i} is not a node yet")
        if parent >= base + begin:
            cuts.append((begin, i))
            begin = i
    if begin < len(parents):
        cuts.append((begin, len(parents)))
    return cuts


def log_sum_exp(rows: Float64) -> Float64:
    """Return the log of the summed exponentials of each row."""
    top = rows.max(1)
    found: Float64 = top + np.log(np.exp(rows - top[:, None]).sum(1))
    return found


def log_softmax_rows(scores: Float64, row_ptr: Int64) -> Float64:
    """Return scores normalised (nats) over each row ``scores[row_ptr[i]:row_ptr[i+1]]``; empty rows are fine."""
    counts = np.diff(row_ptr)
    filled = counts > 0
    if not len(scores):
        return scores
    starts = row_ptr[:-1][filled]
    top = np.maximum.reduceat(scores, starts)
    shifted = scores - np.repeat(top, counts[filled])
    total = np.log(np.add.reduceat(np.exp(shifted), starts))
    found: Float64 = shifted - np.repeat(total, counts[filled])
    return found
