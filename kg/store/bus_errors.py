"""Keeps the process alive where a memory-mapped file cannot be read: shortened by someone, or on a failing disk.

The system answers such a read with SIGBUS, which ends a process. The handler here puts a page of zeros in the place of
the page that is gone (as systemd's journal does, ``src/basic/sigbus.c``) and marks the file, whose reader then finds
the mark (``kg.store.mapped_file``). Linux only; elsewhere the process ends as before.
"""

from __future__ import annotations

import ctypes
import mmap
import signal
import sys
import threading
import weakref
from typing import Any

import numpy as np

_ADDRESS_AT = 16
"""Where ``siginfo_t`` holds the address that could not be read (Linux, 64 bits)."""
_MAP_FIXED = 0x10
_WITH_INFO = 0x4
_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


class _Action(ctypes.Structure):
    """``struct sigaction`` of the C library (Linux, 64 bits)."""

    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_ulong * 16),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


class _Guard:
    """The address ranges that are watched, and the handler."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a range may be dropped while the collector runs in ``add``
        self._ranges: dict[int, tuple[int, int, threading.Event]] = {}
        self._count = 0
        self._libc: Any = None

    def add(self, start: int, stop: int, broken: threading.Event) -> int:
        with self._lock:
            if self._libc is None:
                self._install()
            self._count += 1
            self._ranges[self._count] = start, stop, broken
            return self._count

    def drop(self, number: int) -> None:
        with self._lock:
            self._ranges.pop(number, None)

    def _install(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.mmap.restype = ctypes.c_void_p
        self._libc.mmap.argtypes = (
            ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
        )  # fmt: skip
        self._callback = _HANDLER(self._handle)
        action = _Action(handler=ctypes.cast(self._callback, ctypes.c_void_p).value, flags=_WITH_INFO)
        self._before = _Action()
        self._libc.sigaction(signal.SIGBUS, ctypes.byref(action), ctypes.byref(self._before))

    def _handle(self, _number: int, info: int, _context: int) -> None:
        address = ctypes.c_size_t.from_address(info + _ADDRESS_AT).value
        found = self._range_of(address)
        if found is None or not self._put_zeros(address):
            self._libc.sigaction(signal.SIGBUS, ctypes.byref(self._before), None)  # the read is tried again
        else:
            found.set()

    def _range_of(self, address: int) -> threading.Event | None:
        # a copy, made in one step: other threads add and drop ranges meanwhile, and the lock may be held by this one
        ranges = self._ranges.copy()
        # the latest first: an address may have been used before
        found = (one for one in reversed(ranges.values()) if one[0] <= address < one[1])
        return next((broken for _, _, broken in found), None)

    def _put_zeros(self, address: int) -> bool:
        page = address - address % mmap.PAGESIZE
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_FIXED
        return bool(self._libc.mmap(page, mmap.PAGESIZE, mmap.PROT_READ, flags, -1, 0) == page)


_GUARD = _Guard()
_SUPPORTED = sys.platform == "linux" and sys.maxsize > 2**32


def guard(mapped: mmap.mmap, broken: threading.Event) -> None:
    """Watch a mapping for as long as it lives; ``broken`` is set where a page of it could not be read."""
    if _SUPPORTED:
        start = int(np.frombuffer(mapped, np.uint8).ctypes.data)
        weakref.finalize(mapped, _GUARD.drop, _GUARD.add(start, start + len(mapped), broken))
