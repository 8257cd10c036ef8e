"""Compiled kernels: a cached one is stale as soon as any source with kernels changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clew.kg.columnar import compiled

SHIPPED = ("kg", "tries", "retrieval", "decoding", "training", "evaluation", "api")
CALLED = "from kg.columnar.compiled import kernel\n@kernel\ndef called(x):\n    return x + {}\n"
CALLER = (
    "from kg.columnar.compiled import kernel\nfrom {} import called\n@kernel\ndef caller(x):\n    return called(x)\n"
)


@pytest.mark.parametrize(
    ("caller", "called"),
    [("kg.caller", "tries.called"), ("tries.caller", "kg.called"), ("kg.store.caller", "kg.columnar.called")],
)
def test_a_kernel_is_compiled_anew_when_one_it_calls_has_changed(tmp_path: Path, caller: str, called: str) -> None:
    for folder in ("kg/columnar", "kg/store", "tries"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "kg" / "__init__.py").touch()
    source = Path(compiled.__file__).read_text(encoding="utf-8")
    (tmp_path / "kg" / "columnar" / "compiled.py").write_text(source, encoding="utf-8")
    _module(tmp_path, caller).write_text(CALLER.format(called), encoding="utf-8")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    program = f"from {caller} import caller; print(caller(1), sum(caller.dispatcher.stats.cache_hits.values()))"
    seen = []
    for amount in (1, 1, 5):
        _module(tmp_path, called).write_text(CALLED.format(amount), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        seen.append(run.stdout.split())
    assert seen == [["2", "0"], ["2", "1"], ["6", "0"]]


def _module(root: Path, name: str) -> Path:
    return root.joinpath(*name.split(".")).with_suffix(".py")


def test_no_package_compiles_by_any_other_way() -> None:
    root = Path(compiled.__file__).parents[2]
    files = [file for package in SHIPPED for file in (root / package).rglob("*.py")]
    kernels = {file for file in files if b"@kernel" in (text := file.read_bytes()) or b"@inlined" in text}
    assert kernels
    assert {file.relative_to(root).parts[0] for file in kernels} == set(compiled.PACKAGES)
    direct = [file for file in files if b"njit" in file.read_bytes() or b"numba.jit" in file.read_bytes()]
    assert direct == [Path(compiled.__file__)]


def test_frozen_arrays_are_plain_and_read_only() -> None:
    array = compiled.frozen(np.arange(4)[::2])
    assert type(array) is np.ndarray
    assert array.flags.c_contiguous
    assert not array.flags.writeable
