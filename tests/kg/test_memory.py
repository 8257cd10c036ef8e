"""The peak memory of a process: its own, not that of the process that started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from clew.kg.memory import peak_rss_mb, peak_rss_mb_of

OWN = "from clew.kg.memory import peak_rss_mb; print(peak_rss_mb())"


HELD = """
import json
import numpy as np
from clew.kg.memory import peak_rss_mb
before = peak_rss_mb()
held = np.ones(int(before + 64) * 2**17)  # as much again, and 64 MiB
del held
print(json.dumps([before, peak_rss_mb(), peak_rss_mb()]))
"""


def test_the_peak_covers_what_was_held_and_let_go() -> None:
    """In a process of its own, since this one may hold gigabytes."""
    run = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    before, after, later = json.loads(run.stdout)
    assert 0 < before < after
    assert after >= before + 32
    assert later >= after


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says")
def test_a_process_does_not_count_the_memory_of_the_one_that_started_it() -> None:
    held = np.ones(512 * 2**17)
    run = subprocess.run([sys.executable, "-c", OWN], capture_output=True, text=True, check=True)
    assert peak_rss_mb() > held.nbytes / 2**20
    assert 0 < float(run.stdout) < held.nbytes / 2**20


def test_a_process_that_is_not_there_has_none() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert peak_rss_mb_of(process.pid) is None
    assert sys.platform != "linux" or peak_rss_mb_of(os.getpid()) == peak_rss_mb()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says")
def test_memory_that_was_freed_between_objects_can_be_given_back() -> None:
    code = """
from clew.kg.memory import anonymous_mb, return_freed_memory
held = [bytes(2000) for _ in range(50_000)]
last = bytes(2000)
del held
before = anonymous_mb()
return_freed_memory()
print(before, anonymous_mb())
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = map(float, run.stdout.split())
    assert after < before - 50 or after < 60, "the C library may do so by itself"
