"""Converts examples to padded tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from clew.decoding.embedded.answer_type.relations import AnswerKinds, Nouns
from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.features import TokenEncoder, label_features
from clew.decoding.embedded.network.tensors import LabelFeatures
from clew.decoding.embedded.search.question import tokenise
from clew.kg.limits import MAX_LABEL_TOKENS
from clew.retrieval.encoder.padding import pad_tokens
from clew.retrieval.encoder.word_pieces import WordPieces
from clew.training.synthetic.examples import Example

IGNORED = -100
"""The target of a step that is not trained (torch's ``ignore_index``)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """B examples, padded: n tokens, R relations, K paths, D hops.

    ``token_ids``, ``mask``, ``topic`` ``[B, n]``; ``label_ids``, ``inverse``, ``target_ids`` ``[B, 2R]`` (rows of the
    label table, -1 unknown; 1 where a label is walked backwards); ``kinds`` ``[B, 2R]``, see ``tensors.Question``;
    ``paths`` long ``[B, K, D]`` (directed ids, -1 after the end; row 0 is the gold path of an answerable example) and
    ``path_mask`` bool ``[B, K]``; ``choices`` bool ``[B, D + 1, 2R + 1]`` and ``targets`` long ``[B, D + 1]`` of the
    gold prefixes; ``answerable`` bool ``[B]``; ``hops`` and ``sizes`` (each example's own R) long ``[B]``.
    """

    token_ids: Tensor
    mask: Tensor
    topic: Tensor
    label_ids: Tensor
    inverse: Tensor
    target_ids: Tensor
    kinds: Tensor
    paths: Tensor
    path_mask: Tensor
    choices: Tensor
    targets: Tensor
    answerable: Tensor
    hops: Tensor
    sizes: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))


class LabelTable:
    """Every text that names a relation or a type, with its frozen features; grows as new texts come."""

    def __init__(self, encoder: TokenEncoder, lower: LowerEncoder) -> None:
        self._encoder, self._lower = encoder, lower
        self._ids: dict[str, int] = {}
        self._store: LabelFeatures | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def ids(self, texts: Sequence[str]) -> list[int]:
        """Return the row of each text, -1 for the empty one, adding rows for new texts."""
        self.add(texts)
        return [self._ids[text] if text else -1 for text in texts]

    def add(self, texts: Sequence[str]) -> None:
        """Add rows for the texts that are new."""
        new = [text for text in dict.fromkeys(texts) if text and text not in self._ids]
        if not new:
            return
        found = label_features(self._encoder, self._lower, new)
        begin, end = len(self._ids), len(self._ids) + len(new)
        self._store = _with_room(self._store, found, end)
        length = found.mask.shape[1]
        for stored, part in zip(self._store, found, strict=True):
            if part.dim() == 2 and part.dtype != torch.bool:
                stored[begin:end] = part
            else:
                stored[begin:end, :length] = part
        for text in new:
            self._ids[text] = len(self._ids)

    def rows(self, ids: Tensor) -> LabelFeatures:
        """Return the features of some rows, no longer than their longest text."""
        if self._store is None:
            raise ValueError("the label table is empty")
        vectors, tokens, words, mask = self._store
        length = max(1, int(mask[ids].sum(1).max()))
        return LabelFeatures(vectors[ids], tokens[ids, :length], words[ids, :length], mask[ids, :length])


def _with_room(store: LabelFeatures | None, found: LabelFeatures, rows: int) -> LabelFeatures:
    """Return storage for at least ``rows`` rows that holds what ``store`` held; it doubles, so growing is cheap."""
    if store is not None and len(store.mask) >= rows:
        return store
    width, room = found.vectors.shape[1], max(256, 2 * rows)
    grown = LabelFeatures(
        torch.zeros(room, width),
        torch.zeros(room, MAX_LABEL_TOKENS, width),
        torch.zeros(room, MAX_LABEL_TOKENS, width),
        torch.zeros(room, MAX_LABEL_TOKENS, dtype=torch.bool),
    )
    if store is not None:
        for new, old in zip(grown, store, strict=True):
            new[: len(old)] = old
    return grown


def collate(examples: Sequence[Example], table: LabelTable, tokenizer: WordPieces, nouns: Nouns) -> Batch:
    """Pad examples to one batch."""
    tokens = [tokenise(tokenizer, example.question) for example in examples]
    token_ids, mask = pad_tokens([one.ids for one in tokens], tokenizer.pad)
    topic = torch.zeros_like(mask)
    for i, one in enumerate(tokens):
        topic[i, list(one.topic)] = True
    size = max(example.schema.num_relations for example in examples)
    label_ids, inverse, target_ids = _vocabularies(examples, size, table)
    paths, path_mask = _paths(examples, size)
    choices, targets = _choices(examples, size)
    answerable = torch.tensor([bool(example.gold) for example in examples])
    hops = torch.tensor([example.hops for example in examples])
    sizes = torch.tensor([example.schema.num_relations for example in examples])
    return Batch(
        token_ids, mask, topic, label_ids, inverse, target_ids, _kinds(examples, size, nouns),
        paths, path_mask, choices, targets, answerable, hops, sizes,
    )  # fmt: skip


def _vocabularies(examples: Sequence[Example], size: int, table: LabelTable) -> tuple[Tensor, Tensor, Tensor]:
    """Return label ids, inverse flags and target ids of the examples' directed relations, padded to ``size``."""
    label_ids = torch.zeros((len(examples), 2 * size), dtype=torch.long)
    inverse = torch.zeros_like(label_ids)
    target_ids = torch.full_like(label_ids, -1)
    for i, example in enumerate(examples):
        words, own = example.schema.words, example.schema.num_relations
        columns = (table.ids(words.labels), [int(flag) for flag in words.inverse], table.ids(words.targets))
        for padded, values in zip((label_ids, inverse, target_ids), columns, strict=True):
            padded[i, :own] = torch.tensor(values[:own])
            padded[i, size : size + own] = torch.tensor(values[own:])
    return label_ids, inverse, target_ids


def _kinds(examples: Sequence[Example], size: int, nouns: Nouns) -> Tensor:
    """Return how far what each directed relation reaches is from the kind asked for, padded to ``size``."""
    found = torch.zeros((len(examples), 2 * size))
    for i, example in enumerate(examples):
        own = example.schema.num_relations
        values = torch.from_numpy(AnswerKinds(example.schema.words.kinds, nouns).of([example.question.text])[0])
        found[i, :own], found[i, size : size + own] = values[:own], values[own:]
    return found


def _shift(directed: int, own: int, size: int) -> int:
    """Return a directed id (or the end) of a schema of ``own`` relations as that of one padded to ``size``."""
    if directed == 2 * own:
        return 2 * size
    return directed if directed < own else directed - own + size


def _paths(examples: Sequence[Example], size: int) -> tuple[Tensor, Tensor]:
    rows = [((example.gold,) if example.gold else ()) + example.negatives for example in examples]
    longest = max((len(path) for row in rows for path in row), default=1)
    paths = torch.full((len(rows), max(map(len, rows)), longest), -1, dtype=torch.long)
    path_mask = torch.zeros(paths.shape[:2], dtype=torch.bool)
    for i, (example, row) in enumerate(zip(examples, rows, strict=True)):
        own = example.schema.num_relations
        for k, path in enumerate(row):
            paths[i, k, : len(path)] = torch.tensor([_shift(r, own, size) for r in path])
            path_mask[i, k] = True
    return paths, path_mask


def _choices(examples: Sequence[Example], size: int) -> tuple[Tensor, Tensor]:
    longest = max(max((len(example.choices) for example in examples), default=1), 1)
    choices = torch.zeros((len(examples), longest, 2 * size + 1), dtype=torch.bool)
    targets = torch.full((len(examples), longest), IGNORED, dtype=torch.long)
    for i, example in enumerate(examples):
        own = example.schema.num_relations
        for t, row in enumerate(example.choices):
            choices[i, t, [_shift(r, own, size) for r in row]] = True
            target = example.gold[t] if t < len(example.gold) else 2 * own
            targets[i, t] = _shift(target, own, size)
    return choices, targets
