"""The relation decoder over one graph, as a ``LanguageModel`` whose tokens are the graph's directed relations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clew.decoding.embedded.answer_type.reach import Kinds, unknown_kinds
from clew.decoding.embedded.answer_type.relations import AnswerKinds
from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.gru import InputGates, distinct, distinct_rows, gru_step
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import (
    EncodedQuestion,
    Prefixes,
    Relations,
    accumulate,
    hop_log_probs,
    standing,
)
from clew.decoding.embedded.search.batches import QuestionBlock, blocks, restore, select
from clew.decoding.embedded.search.questions import QuestionReading, expanded
from clew.decoding.language_model import Float32, Int32, Int64, Score
from clew.kg.time_limit import looking
from clew.retrieval.encoder.word_pieces import WordPieces

Float64 = NDArray[np.float64]


@dataclass(slots=True)
class RelationContext:
    """The trees of Q questions. Node q < Q is question q, read, with no relation taken; every node m is row m of
    ``prefixes`` (``[1, M, ..]``) and of ``paths`` (``[1, M, d]``, the bi-encoder's vectors), of question ``owner[m]``.

    ``question`` holds the Q questions; ``relations``, read by the names that suit each question, are Q, or one that is
    the same for all; ``names`` long ``[Q, 2R]`` says which names (None where each relation has one).
    """

    question: EncodedQuestion
    relations: Relations
    names: Int64 | None
    prefixes: Prefixes
    paths: Tensor
    owner: Int64

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def num_questions(self) -> int:
        """Q."""
        return int(self.question.mask.shape[0])


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of n paths without running the decoder at their ends.

    ``hops`` ``[n]``: log-probability of their hop count; ``left`` ``[n, C]``: per similarity channel,
    the share of the question not covered; ``support``, ``least`` ``[n, S]``: how well the question supports the labels
    of their relations (mean, least; cosines); ``similarity`` ``[n]``: the bi-encoder's score.
    """

    hops: Float32
    left: Float32
    support: Float32
    least: Float32
    similarity: Float32

    def part(self, begin: int, end: int) -> Outline:
        """Return what is known of some of the paths."""
        parts = (self.hops, self.left, self.support, self.least, self.similarity)
        return Outline(*(part[begin:end] for part in parts))


class RelationModel:
    """Scores relation paths of one graph for masked questions (prompts mark the topic with ``wording.TOPIC_MARK``).

    ``relations`` may hold several names per directed relation: entry v names relation ``owners[v]`` (every relation has
    at least one entry; default: one each). Each question reads a relation by the name that it supports best.
    ``kinds``: what the directed relations reach (default: unknown).

    A context may hold many questions: rows of any of them are asked for in one call, and cost about as much as so many
    rows of one question. ``vocab_size`` is 2R + 1; token 2R ends a path. Safe to share by threads: all state is in the
    contexts.
    """

    def __init__(
        self,
        network: Network,
        lower: LowerEncoder,
        tokenizer: WordPieces,
        relations: Relations,
        owners: Sequence[int] | None = None,
        kinds: Kinds | None = None,
    ) -> None:
        self._decoder = network.decoder
        named = np.arange(relations.num_directed) if owners is None else np.asarray(owners, dtype=np.int64)
        starts = np.flatnonzero(np.diff(named, prepend=-1))
        self.end_token = len(starts)
        self.vocab_size = self.end_token + 1
        told = kinds or unknown_kinds(self.end_token)
        self._reading = QuestionReading(network, lower, tokenizer, relations, starts, told)
        with torch.inference_mode():
            self._gates = InputGates(network.decoder.cell, relations.vectors[0])
            self._path_gates = InputGates(network.decoder.path_cell, relations.path_vectors[0])

    def encode(self, prompt: str) -> RelationContext:
        """Read a question."""
        return self.encode_batch([prompt])

    @torch.inference_mode()
    def encode_batch(self, prompts: Sequence[str]) -> RelationContext:
        """Read questions together; each is as if it had been read alone. One asked twice has two trees."""
        question, relations, names = self._reading.read(prompts)
        start = self._decoder.start(question)
        prefixes = Prefixes(*(part.transpose(0, 1) for part in start))
        paths = self._decoder.path_start.expand(1, len(prompts), -1)
        read_by, owner = None if names is None else names.numpy(), np.arange(len(prompts), dtype=np.int64)
        return RelationContext(question, relations, read_by, prefixes, paths, owner)

    @property
    def kinds(self) -> AnswerKinds:
        """How far what the relations reach is from what questions ask for."""
        return self._reading.kinds

    def forget(self) -> None:
        """Clear the cache of encoded questions. Affects speed only."""
        self._reading.forget()

    @torch.inference_mode()
    def extend(self, context: RelationContext, parents: Int64, tokens: Int32) -> Int64:
        """Add directed relation ``tokens[i]`` below ``parents[i]``; the end token may not be extended by.

        Entries of one call that are the same are computed once.
        """
        if len(tokens) and (int(tokens.min()) < 0 or int(tokens.max()) > self.end_token):
            raise ValueError(f"tokens must lie in [0, {self.end_token}]")
        base = len(context)
        for begin, end in _generations(parents, base):
            rows = np.asarray(parents[begin:end], dtype=np.int64)
            # what lies behind an end is never asked for
            taken = np.minimum(np.asarray(tokens[begin:end], dtype=np.int64), self.end_token - 1)
            first, place = distinct_rows(rows * self.vocab_size + taken)
            after = self._after(context, rows[first], taken[first])
            paths = self._paths_after(context, rows[first], taken[first])
            if len(first) < len(rows):
                after, paths = Prefixes(*(part[:, place] for part in after)), paths[place]
            context.prefixes = Prefixes(*(torch.cat(pair, 1) for pair in zip(context.prefixes, after, strict=True)))
            context.paths = torch.cat([context.paths, paths.unsqueeze(0)], 1)
            context.owner = np.concatenate([context.owner, context.owner[rows]])
        return np.arange(base, base + len(parents), dtype=np.int64)

    def _after(self, context: RelationContext, parents: Int64, taken: Int64) -> Prefixes:
        """Return the prefixes ``[1, n, ..]`` of ``taken[i]`` below ``parents[i]``."""
        places, place = distinct(parents)
        of_inputs = self._gates.of(_names(context, parents, taken))
        state = gru_step(self._decoder.cell, of_inputs, context.prefixes.state[0, places], place)
        tokens = torch.from_numpy(taken)

        def attended(question: EncodedQuestion, _: Relations, before: Prefixes, rows: Tensor) -> Prefixes:
            return self._decoder.attended(question, before, tokens[rows], state[rows])

        return Prefixes(*self._over(context, parents, attended))

    def _paths_after(self, context: RelationContext, parents: Int64, taken: Int64) -> Tensor:
        """Return the bi-encoder's vectors ``[n, d]`` of ``taken[i]`` below ``parents[i]``."""
        places, place = distinct(parents)
        of_inputs = self._path_gates.of(_names(context, parents, taken))
        return gru_step(self._decoder.path_cell, of_inputs, context.paths[0, places], place)

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

        def scored(question: EncodedQuestion, relations: Relations, prefixes: Prefixes, _: Tensor) -> tuple[Tensor]:
            return (self._decoder.logits(question, relations, prefixes),)

        (found,) = self._over(context, nodes, scored)
        result: Float64 = found[0].double().numpy()
        return result

    @torch.inference_mode()
    def whole(self, context: RelationContext, nodes: Int64) -> Float32:
        """Return the logit that each node, ended there, is what its question asks for."""

        def scored(question: EncodedQuestion, _: Relations, prefixes: Prefixes, __: Tensor) -> tuple[Tensor]:
            return (self._decoder.whole_path(question, prefixes),)

        (found,) = self._over(context, nodes, scored)
        result: Float32 = found[0].numpy()
        return result

    @torch.inference_mode()
    def outline(self, context: RelationContext, parents: Int64, tokens: Int32) -> Outline:
        """Return what is known of the paths ``tokens[i]`` below ``parents[i]`` without adding them."""
        parents, tokens_ = np.asarray(parents, dtype=np.int64), np.asarray(tokens, dtype=np.int64)
        first, place = distinct_rows(parents * self.vocab_size + tokens_)
        parents, tokens_ = parents[first], tokens_[first]
        taken, vectors = torch.from_numpy(tokens_), self._paths_after(context, parents, tokens_)

        def known(question: EncodedQuestion, _: Relations, before: Prefixes, rows: Tensor) -> tuple[Tensor, ...]:
            depth = before.depth + 1
            coverage, supports = accumulate(question, before, taken[rows])
            here, _beyond = hop_log_probs(question, depth)
            similarity = self._decoder.path_similarity(question, vectors[rows])
            return (here, *standing(question, coverage, supports, depth), similarity)

        return Outline(*(part[0].numpy()[place] for part in self._over(context, parents, known)))

    def hop_probabilities(self, context: RelationContext) -> Float32:
        """Return the hop-count head's distribution for the first question: 1, 2, 3, more hops."""
        found: Float32 = context.question.hop_log_probs[0].exp().numpy()
        return found

    def _over(
        self,
        context: RelationContext,
        nodes: Int64,
        compute: Callable[[EncodedQuestion, Relations, Prefixes, Tensor], Sequence[Tensor]],
    ) -> list[Tensor]:
        """Run ``compute`` on blocks of nodes; return its results as ``[1, n, ..]``, in the order of the nodes.

        ``compute`` gets a block's questions, their relations, the nodes' prefixes ``[B, M, ..]``, and their places
        among ``nodes``, long ``[B, M]``; it returns tensors ``[B, M, ..]``.
        """
        nodes = np.asarray(nodes, dtype=np.int64)
        found = list(blocks(context.owner[nodes], context.num_questions, self.end_token))
        results = [self._on_block(context, nodes, block, compute) for block in looking(found)]
        return [restore(list(parts), found, 1) for parts in zip(*results, strict=True)]

    def _on_block(
        self,
        context: RelationContext,
        nodes: Int64,
        block: QuestionBlock,
        compute: Callable[[EncodedQuestion, Relations, Prefixes, Tensor], Sequence[Tensor]],
    ) -> list[Tensor]:
        if block.whole:
            rows = _run(nodes)
            prefixes = Prefixes(*(part[:, rows] for part in context.prefixes))
            return list(compute(context.question, context.relations, prefixes, block.rows))
        places = torch.from_numpy(nodes)[block.rows]
        prefixes = Prefixes(*(part[0][places] for part in context.prefixes))
        shared = len(context.relations.vectors) == 1
        relations = expanded(context.relations, len(block.questions)) if shared else _taken(context, block.questions)
        computed = compute(select(context.question, block.questions), relations, prefixes, block.rows)
        return [part.flatten(0, 1)[block.kept].unsqueeze(0) for part in computed]


def _taken(context: RelationContext, questions: Tensor) -> Relations:
    vectors, path_vectors, *read = context.relations
    return Relations(vectors[questions], path_vectors[questions], *read)


def _run(nodes: Int64) -> slice | Tensor:
    """Return nodes as an index: a slice where each follows the one before, whose rows need not be copied."""
    if not len(nodes) or not (np.diff(nodes) == 1).all():
        return torch.from_numpy(nodes)
    return slice(int(nodes[0]), int(nodes[-1]) + 1)


def _names(context: RelationContext, parents: Int64, taken: Int64) -> Int64:
    """Return the names by which the questions that own the parents read the relations taken."""
    found: Int64 = taken if context.names is None else context.names[context.owner[parents], taken]
    return found


def _generations(parents: Int64, base: int) -> list[tuple[int, int]]:
    """Cut a call into runs in which no entry's parent is in the same run."""
    count = len(parents)
    if not count or (int(parents.min()) >= 0 and int(parents.max()) < base):
        return [(0, count)] if count else []
    cuts, begin = [], 0
    for i, parent in enumerate(parents.tolist()):
        if not 0 <= parent < base + i:
            raise ValueError(f"parent {parent} of entry {i} is not a node yet")
        if parent >= base + begin:
            cuts.append((begin, i))
            begin = i
    cuts.append((begin, count))
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
