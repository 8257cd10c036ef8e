"""Every item of every row side by side, in a buffer of fixed length, and what rows may say read off it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from clew.tries.entities.kernels import ALIVE, STATUS
from clew.tries.torch.states import TorchStates

NO_TOKEN = -1


@dataclass(frozen=True)
class Expanded:
    """The items of n rows, int64[budget]: each with its row, its row's slot, and whether it is there at all; ``stop``
    int64[n] is where each row's items end."""

    row: Tensor
    slot: Tensor
    items: Tensor
    there: Tensor
    stop: Tensor


@dataclass(frozen=True)
class Offer:
    """What n rows may say.

    row, token, goes_on: [budget], each item with the token that it goes on with, if it does.
    separates, ends: bool[n], whether the separator and the end token may come next.
    undecided: bool[n], whether looking ahead took more patience than there is; such a row must say nothing.
    """

    row: Tensor
    token: Tensor
    goes_on: Tensor
    separates: Tensor
    ends: Tensor
    undecided: Tensor


def expanded(states: TorchStates, budget: Tensor, slots: int) -> Expanded:
    """Return every item of every row that is alive, one after another; a row beyond the budget has none there."""
    size = torch.where((states.rows[:, STATUS] == ALIVE)[:, None], states.hi - states.lo, 0).flatten()
    stop = size.cumsum(0)
    element = torch.searchsorted(stop, budget, right=True).clamp(max=len(stop) - 1)
    row = element // slots
    items = states.lo.flatten()[element] + budget - (stop - size)[element]
    row_stop = stop[slots - 1 :: slots]
    there = (budget < stop[-1]) & (row_stop <= len(budget))[row]
    return Expanded(row, element % slots, torch.where(there, items, 0), there, row_stop.clamp(max=len(budget)))


def any_of(flags: Tensor, stop: Tensor) -> Tensor:
    """Return, per row, whether any of its items has its flag set: bool[n], from flags in the order of rows."""
    count = torch.cat([torch.zeros_like(stop[:1]), flags.cumsum(0)])[torch.cat([torch.zeros_like(stop[:1]), stop])]
    return count[1:] > count[:-1]
