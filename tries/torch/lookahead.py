"""Whether a walk that may visit no node twice can still be completed: depth-first searches side by side, in tensors.

``clew.tries.entities.kernels.completes`` for many walks at once. Every search takes as many turns as there is patience
for, so that shapes and kernels are always the same; one that is not decided by then is reported, never guessed.
"""

from __future__ import annotations

import torch
from torch import Tensor

from clew.tries.torch.index import TorchIndex


def any_completes(
    index: TorchIndex, first: Tensor, last: Tensor, seen: Tensor, arrival: Tensor, patience: int
) -> tuple[Tensor, Tensor]:
    """Return (found, undecided), bool[m]: whether any target of ``[first, last)`` may be taken.

    Args:
        index: the index and conditions.
        first, last: int64[m], ranges of targets that arrive after ``arrival`` hops.
        seen: int64[m, max_hops], the places visited before; ``seen[:, :arrival]`` counts.
        arrival: int64[m], at least 1 where a range is not empty.
        patience: turns; each looks at one target, or goes one hop back.
    """
    high = index.max_hops
    levels = torch.arange(high + 2, device=first.device)
    at_start = levels == arrival[:, None]
    cursor, stop = torch.where(at_start, first[:, None], 0), torch.where(at_start, last[:, None], 0)
    path = torch.cat([seen, torch.full_like(cursor[:, :2], -1)], 1)  # int64[m, high + 2]
    level, active = arrival, first < last
    found = torch.zeros_like(active)
    eager = first.device.type == "cpu" and not torch.compiler.is_compiling()
    for _ in range(patience):
        if eager and not active.any():
            break
        item = cursor.gather(1, level[:, None])[:, 0]
        looks = active & (item < stop.gather(1, level[:, None])[:, 0])
        item = torch.where(looks, item, 0)
        place = index.place_of(item, looks)
        visited = ((path == place[:, None]) & (levels < level[:, None])).any(1)
        takes = looks & index.is_live(item, level) & ~visited
        hit = takes & index.may_end(place, level)
        deeper = takes & ~hit & (level < high) & index.onward[place]
        here = levels == level[:, None]
        cursor = cursor + (here & looks[:, None])
        path = torch.where(here & deeper[:, None], place[:, None], path)
        found, back = found | hit, active & ~looks
        active = active & ~hit & ~(back & (level == arrival))
        level = (level + deeper.long() - back.long()).clamp(min=0)
        below = (levels == level[:, None]) & deeper[:, None]
        group, after = index.node_ptr[place].long(), index.node_ptr[place + 1].long()
        cursor = torch.where(below, index.group_ptr[group].long()[:, None], cursor)
        stop = torch.where(below, index.group_ptr[after].long()[:, None], stop)
    return found, active
