"""The arrays of a token index and the conditions of an automaton as tensors on a device, and what is read off them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clew.tries.entities.automaton import GraphAutomaton


class TorchIndex:
    """What ``tries.entities.kernels`` reads of an index, for tensors of items, places, depths and hops (all int64)."""

    def __init__(self, automaton: GraphAutomaton, device: torch.device) -> None:
        index = automaton.index
        self.device, self.min_hops, self.max_hops = device, automaton.min_hops, automaton.max_hops
        self.groups, self.directed = index.num_groups, index.num_directed
        self.item, self.klass, self.tokens = (self._placed(a) for a in (index.item, index.klass, index.tokens))
        self.group_ptr, self.node_ptr = self._placed(index.group_ptr), self._placed(index.node_ptr)
        self.onward = self._placed(index.onward)
        longest = max(np.diff(index.group_ptr).max(initial=0), np.diff(index.node_ptr).max(initial=0), 1)
        self._halvings = int(longest).bit_length()
        self.filtered = automaton.filtered
        if self.filtered:
            bits = automaton.bits
            self._item_live, self._goes, self._ends = (self._placed(a) for a in (bits.item_live, bits.goes, bits.ends))
            hops = np.arange(automaton.max_hops + 2)[:, None]
            live = np.append(bits.item_live, np.uint8(0))
            counts = np.cumsum((live[None] >> hops) & 1, axis=1, dtype=np.int32)
            before = np.concatenate([np.zeros((len(hops), 1), np.int32), counts], axis=1)
            self._live_before = torch.from_numpy(before).to(device)

    def _placed(self, array: NDArray[Any]) -> Tensor:
        """One entry more, so that what a masked-out slot reads is there even in an empty graph."""
        longer = np.append(array, array[-1:] if len(array) else np.zeros(1, array.dtype))
        return torch.from_numpy(longer).to(self.device)

    def token_at(self, items: Tensor, depth: Tensor) -> Tensor:
        """Return the token of each item's label at a depth, -1 where the label has ended."""
        at = self.klass[self.item[items].long()].long() + depth
        return self.tokens[at.clamp(max=len(self.tokens) - 1)].long()

    def bound(self, lo: Tensor, hi: Tensor, depth: Tensor, token: Tensor) -> Tensor:
        """Return the first item of each ``[lo, hi)`` whose token at this depth is at least ``token``."""
        for _ in range(self._halvings):
            open_ = lo < hi
            middle = torch.where(open_, (lo + hi) >> 1, 0)
            less = self.token_at(middle, torch.where(open_, depth, 0)) < token
            lo, hi = torch.where(open_ & less, middle + 1, lo), torch.where(open_ & ~less, middle, hi)
        return lo

    def place_of(self, items: Tensor, there: Tensor) -> Tensor:
        """Return the place of each target that is there, 0 for anything else."""
        return torch.where(there, self.item[items].long() - self.directed, 0)

    def targets(self, first: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Return the range of targets of a range of items: of groups all their targets, of targets themselves."""
        relation = first < self.groups
        group, end = (torch.where(relation, i, 0).clamp(max=self.groups) for i in (first, last))
        return (
            torch.where(relation, self.group_ptr[group].long(), first),
            torch.where(relation, self.group_ptr[end].long(), last),
        )

    def is_live(self, items: Tensor, arrival: Tensor) -> Tensor:
        """Return whether each item may be taken to arrive after so many hops, visits aside."""
        if not self.filtered:
            return torch.ones_like(items, dtype=torch.bool)
        return ((self._item_live[items].long() >> arrival) & 1).bool()

    def any_live(self, first: Tensor, last: Tensor, arrival: Tensor) -> Tensor:
        """Return whether any item of each ``[first, last)`` is live, visits aside."""
        if not self.filtered:
            return first < last
        return self._live_before[arrival, last] > self._live_before[arrival, first]

    def may_go(self, place: Tensor, hop: Tensor) -> Tensor:
        """Return whether a path that is at each place after so many hops may go on, visits aside."""
        goes = (hop < self.max_hops) & self.onward[place]
        return goes & ((self._goes[place].long() >> hop) & 1).bool() if self.filtered else goes

    def may_end(self, place: Tensor, hop: Tensor) -> Tensor:
        """Return whether a path that is at each place after so many hops may end there."""
        ends = (hop >= self.min_hops).expand_as(place)
        return ends & ((self._ends[place].long() >> hop) & 1).bool() if self.filtered else ends
