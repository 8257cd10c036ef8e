"""The training objective of the embedded model."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from clew.decoding.embedded.network.network import RelationDecoder
from clew.decoding.embedded.network.tensors import HOP_CLASSES, NEGATIVE, EncodedQuestion, Prefixes, Relations
from clew.training.synthetic.batches import IGNORED, Batch


class Losses(NamedTuple):
    """Parts of the loss, each a mean over the batch.

    ``step``: cross-entropy of each next relation (or the end) over what may follow. ``named``: the same over all
    relations of the schema, so that asking for one that is not there shows. ``whole``: softmax of the
    gold path over whole paths. ``right``: binary, is this path the answer (also where none is). ``path``: softmax of
    the bi-encoder. ``hops``: cross-entropy of the hop count. ``kept``: how far what is said is from what a teacher
    says (``distillation``).
    """

    step: Tensor
    named: Tensor
    whole: Tensor
    right: Tensor
    path: Tensor
    hops: Tensor
    kept: Tensor

    def total(self) -> Tensor:
        """Return the weighted sum that is minimised."""
        return self.step + 0.5 * self.named + self.whole + self.right + 0.5 * self.path + 0.3 * self.hops + self.kept


class LossOutcome(NamedTuple):
    """Scores of a batch's paths: ``whole`` and ``path`` ``[B, K]``; ``steps`` ``[B, D + 1]`` gold step log-probs;
    ``logits`` ``[B, D + 1, 2R + 1]`` of each step; ``hops`` ``[B, HOP_CLASSES]`` log-probs."""

    whole: Tensor
    path: Tensor
    steps: Tensor
    logits: Tensor
    hops: Tensor


def losses(
    decoder: RelationDecoder, question: EncodedQuestion, relations: Relations, batch: Batch
) -> tuple[Losses, LossOutcome]:
    """Return the loss of a batch and the scores it came from."""
    prefixes, whole, path = _score_paths(decoder, question, relations, batch)
    step_logits = torch.cat([decoder.logits(question, relations, prefix) for prefix in prefixes], 1)
    step_logits = step_logits[:, : batch.choices.shape[1]]
    trained = batch.targets != IGNORED
    steps = _gold(step_logits, batch.choices, batch) * trained
    named = _gold(step_logits, _everything(batch), batch) * trained
    answerable = batch.answerable
    count = answerable.sum().clamp(min=1)
    whole_masked = whole.masked_fill(~batch.path_mask, NEGATIVE)
    path_masked = path.masked_fill(~batch.path_mask, NEGATIVE)
    gold = torch.zeros_like(whole)
    gold[:, 0] = answerable.to(whole.dtype)
    right = functional.binary_cross_entropy_with_logits(whole, gold, reduction="none")
    weight = torch.where(gold > 0, 3.0, 1.0) * batch.path_mask
    parts = Losses(
        step=-steps.sum() / trained.sum().clamp(min=1) * 2,
        named=-named.sum() / trained.sum().clamp(min=1) * 2,
        whole=-(whole_masked.log_softmax(-1)[:, 0] * answerable).sum() / count,
        right=(right * weight).sum() / weight.sum(),
        path=-(path_masked.log_softmax(-1)[:, 0] * answerable).sum() / count,
        hops=functional.nll_loss(question.hop_log_probs, (batch.hops - 1).clamp(max=HOP_CLASSES - 1)),
        kept=whole.new_zeros(()),
    )
    return parts, LossOutcome(whole, path, steps, step_logits, question.hop_log_probs)


def _gold(logits: Tensor, options: Tensor, batch: Batch) -> Tensor:
    """Return the log-probability of each step's target among its options, ``[B, D + 1]``."""
    log_probs = logits.masked_fill(~options, NEGATIVE).log_softmax(-1)
    return log_probs.gather(-1, batch.targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)


def _everything(batch: Batch) -> Tensor:
    """Return a mask like ``choices`` of every relation of the schema, and the end after the first hop."""
    sizes, padded = batch.sizes.unsqueeze(1), batch.label_ids.shape[1] // 2
    ids = torch.arange(2 * padded, device=batch.sizes.device)
    relations = (ids % padded) < sizes
    steps = batch.choices.shape[1]
    end = (torch.arange(steps, device=batch.sizes.device) > 0).expand(len(sizes), steps)
    return torch.cat([relations.unsqueeze(1).expand(-1, steps, -1), end.unsqueeze(-1)], -1)


def _score_paths(
    decoder: RelationDecoder, question: EncodedQuestion, relations: Relations, batch: Batch
) -> tuple[list[Prefixes], Tensor, Tensor]:
    """Return the gold path's prefixes (one of M = 1 per depth) and the scores ``[B, K]`` of all paths."""
    batch_size, count, depth = batch.paths.shape
    root = decoder.start(question)
    gold = [root]
    prefixes = Prefixes(*(part.expand(-1, count, *part.shape[2:]) for part in root))
    vectors = decoder.path_start.expand(batch_size, count, -1)
    whole = path = question.start.new_zeros(batch_size, count)
    for t in range(depth):
        taken = batch.paths[:, :, t]
        alive = taken >= 0
        stepped = decoder.extend(question, relations, prefixes, taken.clamp(min=0))
        prefixes = Prefixes(*(_where(alive, new, old) for new, old in zip(stepped, prefixes, strict=True)))
        vectors = _where(alive, decoder.path_step(relations, vectors, taken.clamp(min=0)), vectors)
        gold.append(Prefixes(*(part[:, :1] for part in prefixes)))
    whole = decoder.whole_path(question, prefixes)
    path = decoder.path_similarity(question, vectors)
    return gold, whole, path


def _where(keep: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(keep.view(*keep.shape, *[1] * (new.dim() - 2)), new, old)
