"""What importing the package does and does not do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clew import kg


def run(code: str, **env: str) -> str:
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_errors_come_without_the_compiler() -> None:
    assert run("import sys, clew.kg.errors; print('numba' in sys.modules)") == "False"


def test_the_graph_is_at_hand() -> None:
    from clew.kg.graph.graph import Graph

    assert kg.Graph is Graph
    with pytest.raises(AttributeError):
        kg.Nothing  # noqa: B018


def test_reading_needs_neither_rdflib_nor_networkx_nor_pyarrow() -> None:
    code = "import sys, clew.kg.ingest.ingest, clew.kg.ingest.worker; "
    code += "print({'rdflib', 'networkx', 'pyarrow', 'torch'} & set(sys.modules))"
    assert run(code) == "set()"


def test_a_cache_where_nothing_can_be_written() -> None:
    code = (
        "import os; os.access = lambda *a: False; import clew.kg; print(os.path.isdir(os.environ['NUMBA_CACHE_DIR']))"
    )
    assert run(f"import os; os.environ.pop('NUMBA_CACHE_DIR', None); {code}") == "True"
