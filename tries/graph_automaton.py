"""The constraint at entity-path granularity: ``-> relation -> entity -> relation -> entity ..``, token by token.

The automaton walks the token index of a graph: no path is ever enumerated, so cost depends on the out-degree of where a
hypothesis stands, never on the number of paths. ``docs/explanation/constraint.md`` explains it and proves it exact.

The constrained path format is that of GCR (Luo et al., 2024, arXiv 2410.13080, section 4.1), which enumerates the paths
of a question into a trie; here the trie is implicit. Departures: parallel edges and shared labels are kept apart, and
an exhausted row allows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kg import limits
from kg.errors import BadInput, UnknownNode
from tries.compiled import frozen
from tries.constraint import Allowed, Bool, Int32, SpelledPath
from tries.graph_advance import advance_rows
from tries.graph_kernels import ALIVE, COMPLETE, allowed_tokens
from tries.graph_paths import instances
from tries.graph_states import GraphStates
from tries.path_filter import LiveBits, PathFilter, live_bits
from tries.token_index import TokenIndex

NO_BITS = frozen(np.zeros(1, np.uint8))


class GraphAutomaton:
    """Entity paths of ``min_hops .. max_hops`` hops, spelled by the token index; a ``Constraint``.

    Safe to share between threads. Tokens of a row are given as label tokens ascending, then the separator, then the
    end token. A step costs O(items in the row's ranges); narrowing O(log items). A row is never led into a dead end.

    Args:
        index: the token index.
        end_token: the token that closes a path; it may stand in no label.
        max_hops: longest path, at most ``limits.MAX_HOPS_CEILING``.
        min_hops: shortest path.
        simple: whether no path visits a node twice, the head included.
        demands: further conditions on the paths.

    Raises:
        BadInput: hops out of order or too many, an end token that labels hold, or a filter that does not fit.
    """

    def __init__(
        self,
        index: TokenIndex,
        end_token: int,
        max_hops: int,
        min_hops: int = 1,
        simple: bool = False,
        demands: PathFilter | None = None,
    ) -> None:
        if not 1 <= min_hops <= max_hops <= limits.MAX_HOPS_CEILING:
            ceiling = limits.MAX_HOPS_CEILING
            raise BadInput(f"hops must satisfy 1 <= min <= max <= {ceiling}, not {min_hops} and {max_hops}")
        if end_token < 0 or bool(np.any(index.tokens == end_token)):
            raise BadInput(f"the end token {end_token} stands in a label or is negative; choose another")
        self.index, self.end_token, self.max_hops, self.min_hops = index, end_token, max_hops, min_hops
        self.simple, self.filtered = simple, demands is not None or min_hops > 1
        self.bits = LiveBits(NO_BITS, NO_BITS, NO_BITS)
        if self.filtered:
            self.bits = live_bits(index, demands or PathFilter(), min_hops, max_hops)
        self._directed = len(index.klass) - len(index.order)
        settings = (index.separator_token, end_token, min_hops, max_hops, self.filtered, simple, self._directed)
        arrays = (
            index.item, index.lcp, index.klass, index.ptr, index.tokens, index.group_ptr, index.node_ptr,
            index.onward, self.bits.item_live, self.bits.goes, self.bits.ends,
        )  # fmt: skip
        self._fixed: tuple[Any, ...] = (*settings, *arrays)

    def start(self, entities: Sequence[int]) -> GraphStates:
        """Return one row per node, placed after its label; UnknownNode for an id outside the graph."""
        nodes = np.asarray(entities, dtype=np.int64)
        if len(nodes) and not 0 <= nodes.min() <= nodes.max() < len(self.index.place):
            raise UnknownNode(f"a node outside 0 .. {len(self.index.place) - 1}: {list(entities)[:5]}")
        head = self.index.place[nodes]
        lo, hi = self.index.node_ptr[head].astype(np.int64), self.index.node_ptr[head + 1].astype(np.int64)
        some = lo < hi
        rows = len(head)
        seen = np.full((int(some.sum()), self.max_hops if self.simple else 0), -1, np.int32)
        seen[:, :1] = head[some, None]
        elem_ptr = np.zeros(rows + 1, np.int64)
        np.cumsum(some, out=elem_ptr[1:])
        return GraphStates(
            np.full(rows, ALIVE, np.int8), head, np.zeros(rows, np.int32), np.zeros(rows, np.int32),
            np.full((rows, 2 * self.max_hops), -1, np.int32), elem_ptr, lo[some], hi[some], seen,
        )  # fmt: skip

    def allowed(self, states: GraphStates) -> Allowed:
        """Return the allowed next tokens of each row; none of a dead or complete one."""
        s = states
        return Allowed(*allowed_tokens(s.status, s.depth, s.hop, s.elem_ptr, s.lo, s.hi, s.seen, *self._fixed))

    def advance(self, states: GraphStates, tokens: Int32) -> GraphStates:
        """Return each row after its token; a token that ``allowed`` does not list kills the row."""
        s = states
        token = np.ascontiguousarray(tokens, dtype=np.int32)
        if len(token) != len(s):
            raise ValueError(f"{len(token)} tokens for {len(s)} rows")
        status, *rest = advance_rows(
            token, s.status, s.depth, s.hop, s.trace, s.elem_ptr, s.lo, s.hi, s.seen, *self._fixed
        )
        return GraphStates(status, s.head, *rest)

    def is_complete(self, states: GraphStates) -> Bool:
        """Return, per row, whether it has spelled a whole path and the end token."""
        return np.equal(states.status, COMPLETE)

    def paths(self, states: GraphStates) -> list[list[SpelledPath]]:
        """Return, per complete row, every path of the graph that its labels spell and the conditions admit."""
        found: list[list[SpelledPath]] = []
        for row in range(len(states)):
            complete = states.status[row] == COMPLETE
            found.append(self._paths(states, row) if complete else [])
        return found

    def _paths(self, states: GraphStates, row: int) -> list[SpelledPath]:
        i, hops = self.index, int(states.hop[row])
        places, relations = instances(
            int(states.head[row]), states.trace[row, : 2 * hops], self.filtered, self.simple, self._directed,
            i.item, i.klass, i.group_ptr, i.node_ptr, i.onward, self.bits.item_live, self.bits.ends,
        )  # fmt: skip
        nodes = i.order[places]
        return [
            SpelledPath(tuple(path), tuple(steps))
            for path, steps in zip(nodes.tolist(), relations.tolist(), strict=True)
        ]
