"""Ingest: sources in, a published graph version out, or an error and the catalogue as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg import errors
from kg.catalogue import Catalogue
from kg.errors import BadLine, ClewError, LimitReached
from kg.footprint import peak_rss_mb
from kg.graph import Graph
from kg.loading import Observer, Progress, load
from kg.options import IngestOptions
from kg.snapshot import open_snapshot, storing, write_snapshot
from kg.worker import summary


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. ``triples`` counts distinct statements: ``edges`` and label statements.

    ``rejected`` counts bad statements by kind; ``first_rejected`` shows some. ``unused_labels``: rows of label tables
    whose key is not in the graph. ``peak_rss_mb`` is the parsing process's.
    """

    graph: str
    version: str
    content_hash: str
    triples: int
    edges: int
    entities: int
    relations: int
    rejected: dict[str, int] = field(default_factory=dict)
    first_rejected: tuple[str, ...] = ()
    unused_labels: int = 0
    seconds: float = 0.0
    peak_rss_mb: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as ``clew ingest --json`` prints it."""
        return {
            "graph": self.graph,
            "version": self.version,
            "hash": self.content_hash,
            "triples": self.triples,
            "edges": self.edges,
            "entities": self.entities,
            "relations": self.relations,
            "rejected": self.rejected,
            "first_rejected": list(self.first_rejected),
            "unused_labels": self.unused_labels,
            "seconds": self.seconds,
            "peak_rss_mb": self.peak_rss_mb,
        }


def ingest(
    catalogue: Catalogue,
    sources: Sequence[str | os.PathLike[str]],
    name: str,
    options: IngestOptions | None = None,
    observer: Observer | None = None,
) -> IngestReport:
    """Read ``sources`` (files, folders, glob patterns, ``-`` for standard input) and publish them as graph ``name``.

    All or nothing: on any error, and on an interrupt, the catalogue stays as it was. Errors: ``BadFile`` and
    ``BadLine`` (what cannot be read), ``BadInput`` (options, the name), ``LimitReached`` (memory or time).
    """
    start = time.perf_counter()
    options = options or IngestOptions()
    catalogue.check_name(name)
    empty_quarantine(options)
    with catalogue.staging() as folder:
        facts = _build(sources, options, name, folder, observer)
        catalogue.publish(name, folder, options.keep)
    facts["first_rejected"] = tuple(facts["first_rejected"])
    return IngestReport(graph=name, seconds=round(time.perf_counter() - start, 3), **facts)


def empty_quarantine(options: IngestOptions) -> None:
    """Begin an ingest or an update with an empty quarantine: each of its readings adds to it."""
    if options.quarantine:
        with storing(Path(options.quarantine)):
            Path(options.quarantine).write_bytes(b"")


def build_graph(
    catalogue: Catalogue, sources: Sequence[str | os.PathLike[str]], options: IngestOptions, observer: Observer | None
) -> tuple[Graph, dict[str, Any]]:
    """The graph of ``sources``, not published (its mapped files are already unlinked), and what was read."""
    with catalogue.staging() as folder:
        facts = _build(sources, options, "unpublished", folder, observer)
        return open_snapshot(folder, "unpublished"), facts


def _build(
    sources: Sequence[str | os.PathLike[str]],
    options: IngestOptions,
    name: str,
    folder: Path,
    observer: Observer | None,
) -> dict[str, Any]:
    build = _build_isolated if options.isolated else _build_here
    return build([os.fspath(source) for source in sources], options, name, folder, observer)


def _build_here(
    sources: list[str], options: IngestOptions, name: str, folder: Path, observer: Observer | None
) -> dict[str, Any]:
    loaded = load(sources, options, name, observer)
    write_snapshot(loaded.graph, folder)
    return {**summary(loaded), "peak_rss_mb": peak_rss_mb()}


def _build_isolated(
    sources: list[str], options: IngestOptions, name: str, folder: Path, observer: Observer | None
) -> dict[str, Any]:
    """Run ``kg.worker`` and relay what it says."""
    job = folder.with_name("job.json")
    facts = {"sources": sources, "options": json.loads(options.to_json()), "folder": str(folder), "name": name}
    job.write_text(json.dumps(facts), encoding="utf-8")
    packages = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(part for part in (packages, os.environ.get("PYTHONPATH")) if part)
    command = [sys.executable, "-P", "-m", "kg.worker", str(job)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
    alarm = threading.Timer(options.seconds, process.kill)
    alarm.start()
    try:
        result = _follow(process, observer)
    finally:
        timed_out = not alarm.is_alive()
        alarm.cancel()
        process.kill()
        process.wait()
    if result is not None:
        return result
    if timed_out:
        raise LimitReached(f"reading took more than {options.seconds:g} seconds")
    raise LimitReached(f"the parsing process died (exit status {process.returncode}), probably for lack of memory")


def _follow(process: subprocess.Popen[bytes], observer: Observer | None) -> dict[str, Any] | None:
    """Relay progress until the worker is done (its summary), fails (its error is raised) or dies (None)."""
    assert process.stdout is not None
    for line in process.stdout:
        message: dict[str, Any] = json.loads(line)
        event = message.pop("event")
        if event == "progress" and observer is not None:
            observer(Progress(**message))
        elif event == "error":
            raise _error(message)
        elif event == "done":
            return message
    return None


def _error(facts: dict[str, Any]) -> ClewError:
    """The worker's error, as the class it was there."""
    if facts["type"] == BadLine.__name__:
        return BadLine(facts["file"], facts["line"], facts["reason"], facts["excerpt"])
    kind = getattr(errors, facts["type"], ClewError)
    error: ClewError = kind(facts["message"])
    return error
