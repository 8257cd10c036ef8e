"""Hostile files: how long it takes to refuse each, and how much memory the parsing process holds at most.

    python -m benchmarks.hostile [--quick] [--json]

Each file of the corpus is given to ``clew.kg.ingest.worker``, the process that every ingest parses in; its seconds
include that process's start. The same corpus is a test (``tests/kg/test_hostile.py``), which also listens for
connections.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zstandard

from benchmarks.harness import Bars, Results, bar, main

MB = 2**20
LINE = b"<http://x.org/a> <http://x.org/p> <http://x.org/b> .\n"
LINES = LINE * (40 * MB // len(LINE))
SMALL = LINES[: 17 * MB]  # bz2 is slow to make
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE a ['
RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x.org/">'
ENTITIES = b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))

CORPUS: dict[str, tuple[Callable[[], bytes], str]] = {
    "laughs.rdf": (lambda: DOCTYPE + b'<!ENTITY a "ha">' + ENTITIES + b"]>" + RDF + b"<x:a>&j;</x:a>", "DOCTYPE"),
    "outside.rdf": (lambda: DOCTYPE + b'<!ENTITY x SYSTEM "file:///etc/passwd">]>' + RDF, "DOCTYPE"),
    "hidden.rdf": (lambda: RDF + b"<!DOCTYPE x><x:a/></rdf:RDF>", "declaration"),
    "laughs.graphml": (lambda: DOCTYPE + ENTITIES + b"]><graphml/>", "DOCTYPE"),
    "deep.rdf": (lambda: RDF + b"<x:a><x:p>" * 100_000, "nested"),
    "deep.graphml": (lambda: b"<graphml>" + b"<graph>" * 100_000, "nested"),
    "deep.jsonld": (lambda: b'{"http://x.org/p":' * 10_000, "nested"),
    "deep.nodelink": (lambda: b'{"nodes":' + b"[" * 100_000, "nested"),
    "deep.ttl": (lambda: b"<http://x.org/a> <http://x.org/p> " + b"(" * 500_000, "nested"),
    "deep.trig": (lambda: b"<http://x.org/a> <http://x.org/p> " + b"[ <http://x.org/p> " * 100_000, "nested"),
    "remote.jsonld": (lambda: b'{"@context": "http://127.0.0.1:9/c", "@id": "a:b", "p": 1}', "context"),
    "prefix.ttl": (lambda: b"@prefix a: <a:" + b"a" * 300_000 + b"> .\n" + b"a:x a:p a:y .\n" * 1000, "times its size"),
    "endless.ttl": (lambda: b'<http://x.org/a> <http://x.org/p> """' + b"a" * (20 * MB), "16 MiB"),
    "endless.nt": (lambda: b"<http://x.org/a> " * (2 * MB), "the line exceeds"),
    "endless.csv": (lambda: b"a,b,c\n" + b"a" * (20 * MB), "the line exceeds"),
    "bomb.nt.gz": (lambda: gzip.compress(LINES), "expands"),
    "bomb.nt.bz2": (lambda: bz2.compress(SMALL, 1), "expands"),
    "bomb.nt.xz": (lambda: lzma.compress(LINES, preset=0), "expands"),
    "bomb.nt.zst": (lambda: zstandard.ZstdCompressor().compress(LINES), "expands"),
    "zeros.nt.gz": (lambda: gzip.compress(bytes(40 * MB), 1), "binary"),
    "imports.nt": (
        lambda: b"<http://x.org/o> <http://www.w3.org/2002/07/owl#imports> <http://127.0.0.1:9/o> .\n", "not supported",
    ),
    "archive.zip": (lambda: b"PK\x03\x04" + bytes(100), "ZIP"),
}  # fmt: skip


def refuse(path: Path, folder: Path) -> dict[str, Any]:
    """One file given to the parsing process: seconds, peak memory, and what it said."""
    from clew.kg.ingest.options import IngestOptions

    options = IngestOptions()
    facts = {"sources": [str(path)], "options": json.loads(options.to_json()), "name": "g", "folder": str(folder / "s")}
    job = folder / "job.json"
    job.write_text(json.dumps({"jobs": [facts], "memory_mb": options.memory_mb}), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "clew.kg.ingest.worker", str(job)], stdout=subprocess.PIPE, env=env, check=False
    )
    seconds = time.perf_counter() - start
    last = json.loads(done.stdout.splitlines()[-1])
    if last["event"] != "error":
        raise SystemExit(f"{path.name} was not refused")
    return {"file": path.name, "seconds": seconds, "peak_rss_mb": last["peak_rss_mb"], "said": last["message"]}


def run(quick: bool) -> tuple[Results, Bars]:
    """Every file once (``quick`` changes nothing: it takes less than 50 seconds)."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, (make, reason) in CORPUS.items():
            (folder / file).write_bytes(make())
            row = refuse(folder / file, folder)
            if reason not in row["said"]:
                raise SystemExit(f"{file}: refused for another reason than {reason!r}: {row['said']}")
            row["said"] = row["said"][:100].removeprefix(f"{folder}/")
            rows.append(row)
    slowest = max(row["seconds"] for row in rows)
    bars = [
        bar("hostile_files", len(rows)),
        bar("slowest_refusal_seconds", slowest),
        bar("refusal_peak_rss_mb", max(row["peak_rss_mb"] for row in rows)),
    ]
    return {"files": rows}, bars


if __name__ == "__main__":
    main(run)
