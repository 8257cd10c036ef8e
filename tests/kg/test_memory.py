"""The peak memory of a process: its own, not that of the process that started it."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from clew.kg.memory import peak_rss_mb, peak_rss_mb_of

OWN = "from clew.kg.memory import peak_rss_mb; print(peak_rss_mb())"


def test_the_peak_covers_what_was_held_and_let_go() -> None:
    before = peak_rss_mb()
    held = np.ones(int(before + 64) * 2**17)  # as much again, and 64 MiB
    del held
    after = peak_rss_mb()
    assert 0 < before < after
    assert after >= before + 32
    assert peak_rss_mb() >= after


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
