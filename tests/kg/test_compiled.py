"""Compiled kernels: a cached one is stale as soon as any source with kernels changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from clew.kg.columnar import compiled

CALLED = "from kg.columnar.compiled import kernel\n@kernel\ndef called(x):\n    return x + {}\n"
CALLER = (
    "from kg.columnar.compiled import kernel\nfrom tries.called import called\n"
    "@kernel\ndef caller(x):\n    return called(x)\n"
)


def test_a_kernel_is_compiled_anew_when_one_it_calls_has_changed(tmp_path: Path) -> None:
    for folder in ("kg/columnar", "tries"):
        (tmp_path / folder).mkdir(parents=True)
    copy = tmp_path / "kg" / "columnar" / "compiled.py"
    copy.write_text(Path(compiled.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "kg" / "caller.py").write_text(CALLER, encoding="utf-8")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    program = "from kg.caller import caller; print(caller(1), sum(caller.stats.cache_hits.values()))"
    seen = []
    for amount in (1, 1, 5):
        (tmp_path / "tries" / "called.py").write_text(CALLED.format(amount), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        seen.append(run.stdout.split())
    assert seen == [["2", "0"], ["2", "1"], ["6", "0"]]


def test_frozen_arrays_are_plain_and_read_only() -> None:
    array = compiled.frozen(np.arange(4)[::2])
    assert type(array) is np.ndarray
    assert array.flags.c_contiguous
    assert not array.flags.writeable
