"""The tokens of one forward pass over a tree, and their attention mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.decoding.language_model import Int64
from clew.tries.constraint import Bool


@dataclass(frozen=True, slots=True)
class CausalQuery:
    """One token of a forward: its position, the slots it sees, and the earlier queries of the same forward it sees."""

    token: int
    position: int
    slots: Int64
    queries: Int64


def visible(queries: Sequence[CausalQuery], size: int) -> Bool:
    """Return who sees whom, ``[queries, size + queries]``: the cache's slots first, then the forward's own tokens."""
    seen = np.zeros((len(queries), size + len(queries)), np.bool_)
    for i, query in enumerate(queries):
        seen[i, query.slots] = True
        seen[i, size + query.queries] = True
        seen[i, size + i] = True
    return seen
