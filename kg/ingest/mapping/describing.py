"""Shows the mapping of a database or of tables without loading them, in a process that parses and nothing else."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from clew.kg.ingest.ingest import run_worker
from clew.kg.ingest.mapping.urls import hide
from clew.kg.ingest.options import IngestOptions


def describe(sources: Sequence[str | os.PathLike[str]], options: IngestOptions) -> str:
    """The mapping of ``sources`` as YAML. Errors: as ``clew.kg.ingest.ingest.ingest``."""
    names, secrets = hide(sources)
    with tempfile.TemporaryDirectory(prefix="clew-") as folder:
        job = {"sources": names, "options": json.loads(options.to_json()), "folder": "", "name": ""}
        (result,) = run_worker([job], options, Path(folder) / "job.json", secrets=secrets)
    return str(result["mapping"])
