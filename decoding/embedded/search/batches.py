"""Packs rows of many questions into a few padded blocks, with little padding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from clew.decoding.embedded.network.tensors import EncodedQuestion
from clew.decoding.language_model import Int64
from clew.kg.limits import MAX_BLOCK_ROWS, MAX_BLOCK_SCORES

SPARE_SHARE, SPARE_ROWS = 0.25, 48
"""Padding allowed in a block, in shares of its real rows and in rows: another block costs as much."""


class QuestionBlock(NamedTuple):
    """B questions with up to M rows each: ``questions`` long ``[B]``; ``rows`` long ``[B, M]`` indices of the flat rows
    (the last one of a question repeated as padding); ``kept`` long: the places of ``rows.flatten()`` that are no
    padding. ``whole``: the block is every row, in order, of the only question: nothing needs to be moved."""

    questions: Tensor
    rows: Tensor
    kept: Tensor
    whole: bool = False


def blocks(owner: Int64, num_questions: int, num_relations: int) -> Iterator[QuestionBlock]:
    """Divide rows, row i of question ``owner[i]``, into blocks of questions with about as many rows."""
    if num_questions == 1 or not len(owner):
        rows = torch.arange(len(owner))
        yield QuestionBlock(torch.zeros(1, dtype=torch.long), rows.unsqueeze(0), rows, num_questions == 1)
        return
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner, minlength=num_questions)
    starts = np.cumsum(counts) - counts
    for questions in _cut(counts, min(MAX_BLOCK_ROWS, MAX_BLOCK_SCORES // max(num_relations, 1))):
        size = counts[questions]
        place = np.arange(int(size.max()))
        rows = order[starts[questions][:, None] + np.minimum(place, size[:, None] - 1)]
        kept = np.flatnonzero(place < size[:, None])
        yield QuestionBlock(torch.from_numpy(questions), torch.from_numpy(rows), torch.from_numpy(kept))


def _cut(counts: Int64, most: int) -> Iterator[Int64]:
    """Yield the questions that have rows, those with about as many together."""
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] > 0]
    begin, real = 0, 0
    for end, count in enumerate(counts[order].tolist()):
        padded = (end - begin + 1) * count
        spare = padded - real - count
        if end > begin and (padded > most or spare > SPARE_SHARE * (real + count) + SPARE_ROWS):
            yield order[begin:end]
            begin, real = end, 0
        real += count
    if begin < len(order):
        yield order[begin:]


def restore(parts: list[Tensor], found: list[QuestionBlock], dim: int) -> Tensor:
    """Return rows in their flat order from blocks of results: ``parts[i]`` has the kept rows of block i along dim."""
    if len(found) == 1 and found[0].whole:
        return parts[0]
    rows = torch.cat([block.rows.flatten()[block.kept] for block in found])
    return torch.cat(parts, dim).index_select(dim, torch.argsort(rows))


def select(question: EncodedQuestion, rows: Tensor) -> EncodedQuestion:
    """Return some questions of a batch (repeats allowed)."""
    keys, values, *others = question
    return EncodedQuestion(
        tuple(key[rows] for key in keys), tuple(value[rows] for value in values), *(x[rows] for x in others)
    )


def row_of(question: EncodedQuestion, row: int, length: int) -> EncodedQuestion:
    """Return one question of a batch, of ``length`` tokens, as a batch of its own that shares no memory."""
    keys, values, mask, content, similarity, *others = question
    return EncodedQuestion(
        tuple(key[row : row + 1, :, :length].clone() for key in keys),
        tuple(value[row : row + 1, :, :length].clone() for value in values),
        mask[row : row + 1, :length].clone(),
        content[row : row + 1, :length].clone(),
        similarity[row : row + 1, :, :length].clone(),
        *(part[row : row + 1].clone() for part in others),
    )


def join(questions: list[EncodedQuestion], length: int) -> EncodedQuestion:
    """Return batches of questions as one, their tokens padded to ``length``."""
    if len(questions) == 1 and questions[0].mask.shape[1] == length:
        return questions[0]
    padded = [_padded(question, length - question.mask.shape[1]) for question in questions]
    keys, values, *others = zip(*padded, strict=True)
    return EncodedQuestion(_blockwise(keys), _blockwise(values), *(torch.cat(parts) for parts in others))


def _blockwise(parts: tuple[tuple[Tensor, ...], ...]) -> tuple[Tensor, ...]:
    return tuple(torch.cat(block) for block in zip(*parts, strict=True))


def _padded(question: EncodedQuestion, more: int) -> EncodedQuestion:
    if not more:
        return question
    return question._replace(
        keys=tuple(functional.pad(key, (0, 0, 0, more)) for key in question.keys),
        values=tuple(functional.pad(value, (0, 0, 0, more)) for value in question.values),
        mask=functional.pad(question.mask, (0, more)),
        content=functional.pad(question.content, (0, more)),
        similarity=functional.pad(question.similarity, (0, 0, 0, more)),
    )
