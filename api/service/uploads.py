"""Loads files that were sent: where they are kept meanwhile, and what becomes of them."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from clew.api.schema.jobs import IngestResult, JobProgress
from clew.api.service.jobs import Report
from clew.api.settings import make_home
from clew.kg import limits
from clew.kg.errors import BadInput
from clew.kg.ingest.ingest import IngestReport, ingest
from clew.kg.ingest.loading import Progress
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue

FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
_PLACE = re.compile(r"[^\s'\"]*/uploads/[0-9a-f]{16}/")
OnError = Literal["fail", "skip"]


class Upload:
    """A file that is being sent for a graph, in a folder of its own below the home."""

    def __init__(self, home: Path, name: str) -> None:
        if not re.fullmatch(FILE_NAME, name):
            raise BadInput(f"{name[:80]!r} is no name for a file: letters, digits, '.', '_' and '-', at most 128")
        make_home(home)
        uploads = home / "uploads"
        uploads.mkdir(mode=0o700, exist_ok=True)
        _sweep(uploads)
        self._folder = uploads / secrets.token_hex(8)
        self._folder.mkdir(mode=0o700)
        self.file = self._folder / name

    def remove(self) -> None:
        """Delete the file."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def load(self, catalogue: Catalogue, graph: str, on_error: OnError, report: Report) -> IngestResult:
        """Make the file a new version of a graph; see ``ingest``. Raises what ``report`` raises, too."""

        def observe(progress: Progress) -> None:
            report(
                JobProgress(
                    bytes_read=progress.bytes_read,
                    bytes_total=progress.bytes_total,
                    accepted=progress.accepted,
                    rejected=progress.rejected,
                )
            )

        return _result(ingest(catalogue, [self.file], graph, IngestOptions(on_error=on_error), observe))


def _result(report: IngestReport) -> IngestResult:
    return IngestResult(
        version=report.version,
        triples=report.triples,
        entities=report.entities,
        relations=report.relations,
        rejected=report.rejected,
        first_rejected=[called_as_sent(one) for one in report.first_rejected],
        seconds=report.seconds,
    )


def called_as_sent(text: str) -> str:
    """Return a text in which a file has the name that it was sent with."""
    return _PLACE.sub("", text)


def _sweep(uploads: Path) -> None:
    """Delete what a process that was killed has left."""
    for folder in uploads.iterdir():
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > limits.UPLOAD_KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
