"""The child process that parses inputs, with limited memory and without network. It ends with its parent.

Run as ``python -m clew.kg.ingest.worker FILE`` with JSON: ``memory_mb``, ``jobs`` (``sources``, ``options``,
``folder``, ``name``). It writes the snapshot of each job into its ``folder``, or without one says what its mapping is,
and one JSON object a line to standard output: ``progress`` ..., then ``done`` for each job, or ``error``. The
environment variable ``SECRETS`` holds the addresses of databases, the only places that the process may connect to.
"""

from __future__ import annotations

import ctypes
import dataclasses
import io
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from clew.kg.errors import BadLine, ClewError, LimitReached
from clew.kg.graph.builder import GraphBuilder
from clew.kg.ingest.inputs import expand
from clew.kg.ingest.loading import Loaded, Progress, load
from clew.kg.ingest.mapping.relational import RelationalInputs
from clew.kg.ingest.mapping.urls import hosts
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers.lines import read_ntriples
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.rejections import Rejections
from clew.kg.memory import peak_rss_mb, release_compiler, use_memory_sparingly
from clew.kg.store.snapshot import write_snapshot
from clew.kg.terms.vocabulary import RDFS_LABEL

SECRETS = "_CLEW_INGEST_SECRETS"
"""The environment variable with the full addresses of databases, as JSON, by the names of the sources."""
_PR_SET_PDEATHSIG = 1
_WARM_UP = 300  # statements read to have the kernels loaded: enough that every one of them is called


def main(job_file: str) -> int:
    """Do the jobs; 0 if they were done."""
    work = json.loads(Path(job_file).read_text(encoding="utf-8"))
    secrets: dict[str, str] = json.loads(os.environ.pop(SECRETS, "{}"))
    confine(work["memory_mb"], addresses_of(secrets.values()))
    try:
        if any(job["folder"] for job in work["jobs"]):
            _load_kernels()
        for job in work["jobs"]:
            _do(job, secrets)
    except MemoryError:
        _tell("error", error_to_dict(LimitReached(f"out of memory: reading needs more than {work['memory_mb']} MiB")))
        return 1
    except ClewError as error:
        _tell("error", error_to_dict(error))
        return 1
    return 0


def _do(job: dict[str, Any], secrets: dict[str, str]) -> None:
    options = IngestOptions.from_dict(job["options"])
    if not job["folder"]:
        inputs = RelationalInputs({each.path: each.name for each in expand(job["sources"])}, options, secrets)
        _tell("done", {"mapping": inputs.describe(Rejections(options.on_error))})
        return
    loaded = load(job["sources"], options, job["name"], lambda progress: _tell("progress", _as_dict(progress)), secrets)
    write_snapshot(loaded.graph, Path(job["folder"]))
    _tell("done", {**summary(loaded), "peak_rss_mb": peak_rss_mb()})


def _load_kernels() -> None:
    """Have the compiled code ready before any foreign byte is read, and drop the compiler."""
    use_memory_sparingly()
    release_compiler()
    builder = GraphBuilder()
    line = "<a:%d> <a:p> <a:b> .\n<a:%d> <" + RDFS_LABEL + '> "b" .\n'
    lines = "".join(line % (i, i) for i in range(_WARM_UP)).encode()
    stream: io.BufferedReader[Any] = io.BufferedReader(io.BytesIO(lines))
    read_ntriples(FileReading("", stream, builder, Rejections(), IngestOptions()))
    builder.build()
    release_compiler()


def addresses_of(urls: Iterable[str]) -> frozenset[str]:
    """The hosts of databases, by name and by number, ``LOCAL`` among them where there are any."""
    found: set[str] = set()
    for host, port in hosts(urls):
        with suppress(OSError):  # the driver says what is wrong with a host
            found |= {str(address[4][0]) for address in socket.getaddrinfo(host, port)}
        found |= {host, LOCAL}
    return frozenset(found)


LOCAL = "a socket of this machine"


def confine(memory_mb: int, allowed: frozenset[str] = frozenset()) -> None:
    """Limit this process's address space, refuse it the network but for the hosts ``allowed``, and end it with its
    parent."""
    limit = memory_mb << 20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    sys.addaudithook(lambda event, arguments: _refuse_network(event, arguments, allowed))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _refuse_network(event: str, arguments: tuple[Any, ...], allowed: frozenset[str]) -> None:
    network = event.startswith("socket.") or event in ("urllib.Request", "http.client.connect", "ftplib.connect")
    if network and not is_allowed(event, arguments, allowed):
        raise PermissionError(f"no network while parsing ({event})")


def is_allowed(event: str, arguments: tuple[Any, ...], allowed: frozenset[str]) -> bool:
    """Whether a step towards a connection leads to an allowed host."""
    if event in ("socket.__new__", "socket.gethostname", "socket.getservbyname"):
        return bool(allowed)
    if event == "socket.getaddrinfo":
        return arguments[0] in allowed
    if event == "socket.connect":
        address = arguments[1]
        return (LOCAL if isinstance(address, str) else address[0]) in allowed
    return False


def summary(loaded: Loaded) -> dict[str, Any]:
    """What was read, for the report."""
    graph = loaded.graph
    return {
        "version": graph.version,
        "content_hash": graph.content_hash,
        "triples": graph.num_statements,
        "edges": graph.num_edges,
        "entities": graph.num_entities,
        "relations": graph.num_relations,
        "rejected": dict(loaded.rejections.counts),
        "first_rejected": [str(error) for error in loaded.rejections.first],
        "kept": dict(loaded.rejections.kept),
        "unused_labels": loaded.unused_labels,
        "lists": loaded.folded.lists,
        "list_members": loaded.folded.members,
        "inferred": loaded.inferred,
    }


def error_to_dict(error: ClewError) -> dict[str, Any]:
    """An error as JSON, to be raised again by the parent."""
    facts: dict[str, Any] = {"type": type(error).__name__, "message": str(error), "peak_rss_mb": peak_rss_mb()}
    if isinstance(error, BadLine):
        facts |= {"file": error.file, "line": error.line, "reason": error.reason, "excerpt": error.excerpt}
    return facts


def _as_dict(progress: Progress) -> dict[str, Any]:
    return dataclasses.asdict(progress)


def _tell(event: str, facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except (BrokenPipeError, KeyboardInterrupt, FileNotFoundError):  # the parent, or what it staged, is gone
        os._exit(1)
