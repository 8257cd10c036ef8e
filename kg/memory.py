"""Measures the memory of this process, and releases what the compiler no longer needs."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import sys
from pathlib import Path

_MADV_DONTNEED = 4
_M_MMAP_THRESHOLD = -3
_M_ARENAS = -8
_MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) .*?(/\S.*)?$")


def peak_rss_mb() -> float:
    """The most memory this process ever held, in MiB. (``ru_maxrss`` would count the parent's, from before exec.)"""
    peak = peak_rss_mb_of(os.getpid())
    if peak is not None:
        return peak
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on macOS, in KiB elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)


def peak_rss_mb_of(pid: int) -> float | None:
    """The most memory that a running process ever held, in MiB; None where the system does not say it (off Linux)."""
    peak = _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:")
    return None if peak is None else round(peak, 1)


def anonymous_mb(pid: int | str = "self") -> float | None:
    """The memory of a process that is in no file, in MiB; None where the system does not say it (off Linux)."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "RssAnon:")


def available_mb() -> float | None:
    """The memory that may still be taken, in MiB: of the machine, or of the container that this process is in. None
    where the system does not say it (off Linux)."""
    free, group = _kilobytes(Path("/proc/meminfo"), "MemAvailable:"), Path("/sys/fs/cgroup")
    try:
        most, used = (int((group / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return free
    left = (most - used) / 2**20
    return left if free is None else min(free, left)


def _kilobytes(file: Path, field: str) -> float | None:
    try:
        return int(file.read_text(encoding="utf-8", errors="replace").split(field)[1].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        return None


def use_memory_sparingly() -> None:
    """Have freed arrays go back to the system at once: without it the allocator keeps up to 32 MB blocks for itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 18)


def share_arenas(most: int) -> None:
    """Have threads share so many areas of memory: by default the allocator gives up to eight a core, and what one
    thread freed is of no use to the others. Does nothing but on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).mallopt(_M_ARENAS, most)


def return_freed_memory() -> None:
    """Give back to the system what is free between the objects of this process. Does nothing where the allocator cannot
    (all but glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def release_compiler() -> None:
    """Let go of the pages of the compiler's library, which is needed to load the kernels and not after.

    They take some 80 MB, more than the arrays of a million triples. Only pages of the file that nobody has written to
    are released: the system reads them again if they are needed after all. Does nothing but on Linux.
    """
    if sys.platform != "linux":
        return
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    start = end = 0
    library = False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace").splitlines():
        if mapping := _MAPPING.match(line):
            start, end = int(mapping.group(1), 16), int(mapping.group(2), 16)
            library = "libllvmlite" in (mapping.group(4) or "") and "w" not in mapping.group(3)
        elif library and line.split() == ["Private_Dirty:", "0", "kB"]:
            madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)
