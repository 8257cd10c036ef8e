"""Which file an address that could not be read belongs to."""

from __future__ import annotations

import threading

from clew.kg.store.bus_errors import _Guard


def test_the_latest_range_that_holds_an_address_is_told_and_none_that_was_dropped() -> None:
    guard = _Guard()
    guard._libc = object()  # the signal itself stays as it is
    first, second = threading.Event(), threading.Event()
    older = guard.add(0, 100, first)
    newer = guard.add(50, 150, second)
    told = [guard._range_of(address) for address in (0, 50, 149, 150)]
    assert told == [first, second, second, None]
    guard.drop(newer)
    assert [guard._range_of(address) for address in (99, 100)] == [first, None]
    guard.drop(older)
    guard.drop(older)
    assert guard._range_of(0) is None
