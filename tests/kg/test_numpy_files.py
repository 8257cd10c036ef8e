"""Reading NumPy's formats, in many threads at once."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from clew.kg.store.numpy_files import read_header, unpacked


@pytest.fixture
def switching() -> Iterator[None]:
    """Switch threads as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_that_meet_in_a_header_read_it_all_the_same(switching: None) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(11).reshape(1, 11))
    data = buffer.getvalue()

    def read(_: int) -> tuple[tuple[int, ...], bool, np.dtype]:
        return read_header(io.BytesIO(data))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(4000))) == {((1, 11), False, np.dtype(np.int64))}


def test_packed_arrays_come_back_by_name(switching: None) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.arange(3), b=np.array(["x"]))
    data = buffer.getvalue()
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: unpacked(io.BytesIO(data)), range(200)):
            assert {name: array.tolist() for name, array in found.items()} == {"a": [0, 1, 2], "b": ["x"]}


@pytest.mark.parametrize("data", [b"", b"no array", b"\x93NUMPY\x07\x00\x00\x00"])
def test_a_broken_header_is_an_error(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        read_header(io.BytesIO(data))
