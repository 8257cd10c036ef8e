"""Sources parsed in the test's own process: starting one for a few lines takes longer than most tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from clew.kg.ingest import ingest
from clew.kg.ingest.options import IngestOptions

FOLDERS = ("api", "benchmarks", "data", "decoding", "docs", "evaluation", "laws", "retrieval", "training", "tries")
"""Where tests are about what becomes of a graph, not about how it is read; those of ``kg`` start the process."""
_run_worker = ingest.run_worker
MARK = "isolated"
"""Marks tests in these folders that are about the process that parses."""


def is_parsed_here(item: pytest.Item) -> bool:
    """Whether a test needs no process for the sources that it reads."""
    room = item.path.relative_to(Path(__file__).parent).parts[0]
    return room in FOLDERS and item.get_closest_marker(MARK) is None


@contextmanager
def parsed_here() -> Iterator[None]:
    """Parse all sources in this process, as ``IngestOptions(isolated=False)`` does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest, "run_worker", _run_here)
        yield


def _run_here(
    jobs: list[dict[str, Any]],
    options: IngestOptions,
    file: Path,
    observer: Callable[..., object] | None = None,
    secrets: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    if not all(job["folder"] for job in jobs):  # asked for a mapping, not for a graph
        return _run_worker(jobs, options, file, observer, secrets)
    return [ingest._build_here(job, observer, secrets or {}) for job in jobs]
