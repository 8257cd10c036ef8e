"""A limit of time holds for all that is called within it, and leaves nothing half done that is used again."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.columnar import kernels
from clew.kg.graph.interop import from_triples
from clew.kg.time_limit import OutOfTime, held, limited, look, looking, passed
from tests.clocks import Clock

names = st.sampled_from("abcdefgh")
triples = st.lists(st.tuples(names, st.sampled_from(["r", "s"]), names), min_size=1, max_size=30)


def test_without_a_limit_a_look_sees_nothing() -> None:
    look()
    assert list(looking([1, 2])) == [1, 2]
    assert not passed(None)
    assert passed(0.0)


def test_the_innermost_limit_holds_and_the_outer_one_afterwards() -> None:
    with limited(lambda: True):
        with limited(lambda: False):
            look()
        with pytest.raises(OutOfTime):
            look()
    look()


def test_a_limit_is_its_threads_own() -> None:
    seen: list[BaseException] = []

    def other() -> None:
        try:
            look()
        except OutOfTime as error:  # pragma: no cover - what must not happen
            seen.append(error)

    with limited(lambda: True):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert not seen


def test_a_lock_is_waited_for_no_longer_than_the_limit() -> None:
    lock = threading.Lock()
    with held(lock), limited(lambda: True), pytest.raises(OutOfTime), held(lock):
        pass
    with limited(lambda: True), held(lock):  # a free one is taken all the same
        assert lock.locked()
    assert not lock.locked()


@given(triples, st.sets(names, min_size=1), st.integers(0, 3), st.integers(1, 5), st.integers(-1, 7))
def test_expanding_in_slices_gives_the_set(statements, starts, relation, edges, excluded) -> None:
    graph = from_triples([*statements, ("a", "r", "b"), ("a", "s", "b")])
    nodes = np.array(sorted({node for name in starts if (node := graph.find_node(name)) is not None}), np.int32)
    side = graph.out if relation < 2 else graph.inc
    seen = np.zeros(graph.num_nodes, np.bool_)
    expected = {int(v) for n in nodes for v in graph.neighbours(int(n), relation)} - {excluded}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "MAX_EDGES_PER_LOOK", edges)
        rows = (side.ptr, side.relation, side.node, nodes, relation % 2, excluded, kernels.ALL_LIVE, seen)
        assert kernels.expand_rows(*rows).tolist() == sorted(expected)
        marks = np.zeros(2, np.bool_)
        kernels.mark_relations(*rows[:4], excluded, kernels.ALL_LIVE, marks, 0)
    leads = [
        bool({int(v) for n in nodes for v in graph.neighbours(int(n), r + 2 * (relation >= 2))} - {excluded})
        for r in (0, 1)
    ]
    assert marks.tolist() == leads
    assert not seen.any()


@given(triples, st.integers(1, 4), st.integers(0, 6))
def test_an_expansion_that_time_ends_walks_one_slice_more_and_leaves_no_marks(statements, edges, looks) -> None:
    graph = from_triples(statements)
    nodes, seen = np.arange(graph.num_nodes, dtype=np.int32), np.zeros(graph.num_nodes, np.bool_)
    clock = Clock(looks)
    rows = (graph.out.ptr, graph.out.relation, graph.out.node, nodes, 0, -1, kernels.ALL_LIVE, seen)
    whole = kernels.expand_rows(*rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "MAX_EDGES_PER_LOOK", edges)
        try:
            with limited(clock.look_over):
                found = kernels.expand_rows(*rows)
        except OutOfTime:
            assert clock.since == 1
        else:
            assert found.tolist() == whole.tolist()
            assert clock.looks <= looks
    assert not seen.any()
