"""Batches of sequences of different lengths, with or without padding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Unpadding:
    """How B sequences of ``lengths`` (T tokens in all, the longest n) lie behind one another, so that what is done to
    each token by itself is done to no padding.

    As in ModernBERT (Warner et al. 2024, arXiv 2412.13663), but for attention, which sees short sequences padded.

    ``mask`` bool ``[B, n]``: True on the tokens of the sequences when padded; ``positions`` long ``[T]``: each token's
    place in its sequence.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        count, longest = len(lengths), max(lengths)
        place = torch.arange(longest).expand(count, -1)
        self.mask = place < torch.tensor(lengths).unsqueeze(1)
        self.positions = place[self.mask]
        self._places = self.mask.flatten().nonzero().squeeze(1)

    def pad(self, tokens: Tensor) -> Tensor:
        """Return ``[T, width]`` as sequences ``[B, n, width]``, zero where padded."""
        padded = tokens.new_zeros(self.mask.numel(), tokens.shape[-1])
        return padded.index_copy_(0, self._places, tokens).view(*self.mask.shape, -1)

    def unpad(self, padded: Tensor) -> Tensor:
        """Return the tokens ``[T, width]`` of sequences ``[B, n, width]``."""
        return padded.flatten(0, 1).index_select(0, self._places)


def pad_tokens(rows: Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """Return token ids ``[B, n]`` padded on the right and their mask (True on real tokens)."""
    length = max(len(row) for row in rows)
    token_ids = torch.full((len(rows), length), pad, dtype=torch.long)
    mask = torch.zeros((len(rows), length), dtype=torch.bool)
    for i, row in enumerate(rows):
        token_ids[i, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[i, : len(row)] = True
    return token_ids, mask
