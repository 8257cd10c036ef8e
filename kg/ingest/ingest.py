"""Ingest: reads inputs and publishes a graph version, or raises an error and leaves the catalogue unchanged."""

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

from clew.kg import errors
from clew.kg.errors import BadLine, ClewError, LimitReached
from clew.kg.graph.graph import Graph
from clew.kg.ingest.inputs import is_small_and_plain, not_loaded
from clew.kg.ingest.loading import Loaded, Observer, Progress, load
from clew.kg.ingest.mapping.urls import hide
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.worker import SECRETS, summary
from clew.kg.memory import peak_rss_mb
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import open_snapshot, storing, write_snapshot


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. ``triples`` counts distinct statements: ``edges`` and label statements.

    ``rejected`` counts bad statements by kind; ``first_rejected`` shows some. ``kept`` counts those with invalid terms
    that were kept (``IngestOptions.lenient``). ``unused_labels``: rows of label tables whose key is not in the graph.
    ``not_loaded``: files of folders that were passed over, since their extension is that of no format.
    ``lists``: lists and containers read as their ``list_members``. ``inferred``: statements inferred from the schema.
    ``peak_rss_mb`` is the parsing process's.
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
    kept: dict[str, int] = field(default_factory=dict)
    unused_labels: int = 0
    not_loaded: tuple[str, ...] = ()
    lists: int = 0
    list_members: int = 0
    inferred: int = 0
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
            "kept": self.kept,
            "unused_labels": self.unused_labels,
            "not_loaded": list(self.not_loaded),
            "lists": self.lists,
            "list_members": self.list_members,
            "inferred": self.inferred,
            "seconds": self.seconds,
            "peak_rss_mb": self.peak_rss_mb,
        }


def ingest(
    catalogue: Catalogue,
    sources: Sequence[str | os.PathLike[str]],
    name: str,
    options: IngestOptions | None = None,
    observer: Observer | None = None,
    expected: str | None = None,
) -> IngestReport:
    """Read ``sources`` (files, folders, glob patterns, ``-`` for standard input) and publish them as graph ``name``.

    All or nothing: on any error, and on an interrupt, the catalogue stays as it was. Errors: ``BadFile`` and
    ``BadLine`` (what cannot be read), ``BadInput`` (options, the name), ``LimitReached`` (memory or time), and those of
    ``Catalogue.check_current``, which gets ``expected``.
    """
    start = time.perf_counter()
    options = options or IngestOptions()
    catalogue.check_name(name)
    catalogue.check_current(name, expected)
    empty_quarantine(options)
    with catalogue.staging() as folder:
        (facts,) = _build([(sources, options)], name, [folder], observer)
        catalogue.publish(name, folder, options.keep, expected)
    facts["first_rejected"] = tuple(facts["first_rejected"])
    seconds = round(time.perf_counter() - start, 3)
    return IngestReport(graph=name, not_loaded=tuple(not_loaded(sources)), seconds=seconds, **facts)


def empty_quarantine(options: IngestOptions) -> None:
    """Begin an ingest or an update with an empty quarantine: each of its readings adds to it."""
    if options.quarantine:
        with storing(Path(options.quarantine)):
            Path(options.quarantine).write_bytes(b"")


Part = tuple[Sequence[str | os.PathLike[str]], IngestOptions]
"""Sources, and how to read them."""


def build_graphs(
    catalogue: Catalogue, parts: Sequence[Part], observer: Observer | None
) -> list[tuple[Graph, dict[str, Any]]]:
    """The graph of each part, not published (its mapped files, if any, are already unlinked), and what was read.

    One process parses them all, since its start costs more than parsing a small file.
    """
    if not _needs_worker(parts):
        jobs, secrets = _jobs(parts, "unpublished")
        loaded = [_load_here(job, observer, secrets) for job in jobs]
        return [(each.graph, _facts(each)) for each in loaded]
    with catalogue.staging() as folder:
        folders = [folder.with_name(f"part{number}") for number in range(len(parts))]
        facts = _build(parts, "unpublished", folders, observer)
        return [(open_snapshot(one, "unpublished"), found) for one, found in zip(folders, facts, strict=True)]


def _build(
    parts: Sequence[Part], name: str, folders: Sequence[Path], observer: Observer | None
) -> list[dict[str, Any]]:
    """Read each part into a snapshot in its folder."""
    jobs, secrets = _jobs(parts, name)
    jobs = [{**job, "folder": str(folder)} for job, folder in zip(jobs, folders, strict=True)]
    if _needs_worker(parts):
        return run_worker(jobs, parts[0][1], folders[0].with_name("job.json"), observer, secrets)
    return [_build_here(job, observer, secrets) for job in jobs]


def _jobs(parts: Sequence[Part], name: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """What to read, and the addresses of databases (``clew.kg.ingest.worker``)."""
    hidden = [hide(sources) for sources, _ in parts]
    secrets = {name: url for _, urls in hidden for name, url in urls.items()}
    jobs = [
        {"sources": names, "options": json.loads(options.to_json()), "name": name}
        for (names, _), (_, options) in zip(hidden, parts, strict=True)
    ]
    return jobs, secrets


def _needs_worker(parts: Sequence[Part]) -> bool:
    return parts[0][1].isolated and not all(is_small_and_plain(sources, options) for sources, options in parts)


def _load_here(job: dict[str, Any], observer: Observer | None, secrets: dict[str, str]) -> Loaded:
    return load(job["sources"], IngestOptions.from_dict(job["options"]), job["name"], observer, secrets)


def _facts(loaded: Loaded) -> dict[str, Any]:
    return {**summary(loaded), "peak_rss_mb": peak_rss_mb()}


def _build_here(job: dict[str, Any], observer: Observer | None, secrets: dict[str, str]) -> dict[str, Any]:
    loaded = _load_here(job, observer, secrets)
    write_snapshot(loaded.graph, Path(job["folder"]))
    return _facts(loaded)


def run_worker(
    jobs: list[dict[str, Any]],
    options: IngestOptions,
    file: Path,
    observer: Observer | None = None,
    secrets: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Run ``clew.kg.ingest.worker`` on the jobs, written to ``file``, and relay what it says.

    ``secrets`` go by its environment, not by the file.
    """
    file.write_text(json.dumps({"jobs": jobs, "memory_mb": options.memory_mb}), encoding="utf-8")
    packages = str(Path(__file__).parents[3])
    path = os.pathsep.join(part for part in (packages, os.environ.get("PYTHONPATH")) if part)
    command = [sys.executable, "-P", "-m", "clew.kg.ingest.worker", str(file)]
    env = {**os.environ, "PYTHONPATH": path, SECRETS: json.dumps(secrets or {})}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=env)
    alarm = threading.Timer(options.seconds, process.kill)
    alarm.start()
    try:
        results = _follow(process, observer)
    finally:
        timed_out = not alarm.is_alive()
        alarm.cancel()
        process.kill()
        process.wait()
    if len(results) == len(jobs):
        return results
    if timed_out:
        raise LimitReached(f"reading took more than {options.seconds:g} seconds")
    raise LimitReached(f"the parsing process died (exit status {process.returncode}), probably because memory ran out")


def _follow(process: subprocess.Popen[bytes], observer: Observer | None) -> list[dict[str, Any]]:
    """Relay progress until the worker has done its jobs, fails (its error is raised) or dies; the summaries of jobs."""
    assert process.stdout is not None
    results = []
    for line in process.stdout:
        message: dict[str, Any] = json.loads(line)
        event = message.pop("event")
        if event == "progress" and observer is not None:
            observer(Progress(**message))
        elif event == "error":
            raise _error(message)
        elif event == "done":
            results.append(message)
    return results


def _error(facts: dict[str, Any]) -> ClewError:
    """The worker's error, as the class it was there."""
    if facts["type"] == BadLine.__name__:
        return BadLine(facts["file"], facts["line"], facts["reason"], facts["excerpt"])
    kind = getattr(errors, facts["type"], ClewError)
    error: ClewError = kind(facts["message"])
    return error
