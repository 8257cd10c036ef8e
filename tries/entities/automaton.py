"""The constraint at entity-path granularity: ``-> relation -> entity -> relation -> entity ..``, token by token.

The automaton walks the token index of a graph: no path is ever enumerated, so cost depends on the out-degree of where a
hypothesis stands, never on the number of paths. ``docs/explanation/constraint.md`` explains it and proves it exact.

The constrained path format is that of GCR (Luo et al., 2024, arXiv 2410.13080, section 4.1), which enumerates the paths
of a question into a trie; here the trie is implicit. Departures: parallel edges and shared labels are kept apart, and
an exhausted row allows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clew.kg import limits
from clew.kg.columnar.compiled import frozen
from clew.kg.errors import BadInput, UnknownNode
from clew.tries.constraint import Allowed, Bool, Constraint, Int32, SpelledPath
from clew.tries.entities.advance import advance_rows, start_rows, step_rows
from clew.tries.entities.allowed import allowed_rows
from clew.tries.entities.kernels import COMPLETE, STATUS
from clew.tries.entities.paths import instances
from clew.tries.entities.states import GraphStates
from clew.tries.filters.path_filter import LiveBits, PathFilter, live_bits
from clew.tries.tokens.token_index import TokenIndex

NO_BITS = frozen(np.zeros(1, np.uint8))


class GraphAutomaton(Constraint[GraphStates]):
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
        separator = index.separator_token
        if end_token < 0 or bool(np.any(index.tokens == end_token)):
            raise BadInput(f"the end token {end_token} occurs in a label or is negative; choose another")
        self.index, self.end_token, self.max_hops, self.min_hops = index, end_token, max_hops, min_hops
        self.simple, self.filtered = simple, demands is not None or min_hops > 1
        self.bits = LiveBits(NO_BITS, NO_BITS, NO_BITS)
        if self.filtered:
            self.bits = live_bits(index, demands or PathFilter(), min_hops, max_hops)
        settings = [separator, end_token, min_hops, max_hops, self.filtered, simple, index.num_directed]
        meta = np.array([*index.bounds, *settings], np.int64)
        live = np.concatenate([self.bits.item_live, self.bits.goes, self.bits.ends])
        self._fixed = (index.ints, index.octets, frozen(live), frozen(meta))

    def start(self, entities: Sequence[int]) -> GraphStates:
        """Return one row per node, placed after its label; UnknownNode for an id outside the graph."""
        packed = start_rows(np.asarray(entities, dtype=np.int64), *self._fixed)
        if not len(packed):
            raise UnknownNode(f"a node outside 0 .. {len(self.index.place) - 1}: {list(entities)[:5]}")
        return GraphStates(packed)

    def allowed(self, states: GraphStates) -> Allowed:
        """Return the allowed next tokens of each row; none of a dead or complete one."""
        row_ptr = np.empty(len(states) + 1, np.int64)
        return Allowed(row_ptr, allowed_rows(states.packed, row_ptr, *self._fixed))

    def advance(self, states: GraphStates, tokens: Int32) -> GraphStates:
        """Return each row after its token; a token that ``allowed`` does not list kills the row."""
        return GraphStates(advance_rows(_one_each(tokens, states), states.packed, *self._fixed))

    def advance_allowed(self, states: GraphStates, tokens: Int32) -> tuple[GraphStates, Allowed]:
        """Return each row after its token, and what is allowed after it: ``advance``, then ``allowed``, in one call."""
        token = _one_each(tokens, states)
        row_ptr = np.empty(len(token) + 1, np.int64)
        packed, token_ids = step_rows(token, states.packed, row_ptr, *self._fixed)
        return GraphStates(packed), Allowed(row_ptr, token_ids)

    def is_complete(self, states: GraphStates) -> Bool:
        """Return, per row, whether it has spelled a whole path and the end token."""
        return np.equal(states.rows[:, STATUS], COMPLETE)

    def paths(self, states: GraphStates) -> list[list[SpelledPath]]:
        """Return, per complete row, every path of the graph that its labels spell and the conditions admit."""
        return [self._paths(row) if row[STATUS] == COMPLETE else [] for row in states.rows]

    def _paths(self, row: Int32) -> list[SpelledPath]:
        places, relations = instances(row, *self._fixed)
        return [
            SpelledPath(tuple(path), tuple(steps))
            for path, steps in zip(self.index.order[places].tolist(), relations.tolist(), strict=True)
        ]


def _one_each(tokens: Int32, states: GraphStates) -> Int32:
    """Return the tokens as kernels take them; ValueError unless there is one for each row."""
    token = np.ascontiguousarray(tokens, dtype=np.int32)
    if len(token) != len(states):
        raise ValueError(f"{len(token)} tokens for {len(states)} rows")
    return token
