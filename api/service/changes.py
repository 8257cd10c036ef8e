"""Changes to the graphs of a server: loading and updating them as jobs, rolling them back, deleting them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from clew.api.schema.changes import DeletedGraph, RolledBack, VersionInfo
from clew.api.schema.jobs import IngestResult, JobKind, JobProgress, JobStatus
from clew.api.schema.problems import HistoryFailed, IngestDisabled
from clew.api.service.access import Access
from clew.api.service.graph_info import version_infos
from clew.api.service.history import History, Which
from clew.api.service.jobs import Jobs, Report, Work
from clew.api.service.uploads import GraphFiles, Upload, called_as_sent, files_on_server
from clew.api.settings import Settings
from clew.kg.errors import BadInput
from clew.kg.ingest.ingest import IngestReport, ingest
from clew.kg.ingest.loading import Progress
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue


class GraphChanges:
    """Safe for threads. ``expected``: the version that a graph must be at, checked again at the moment of the change;
    None: whichever; "": there must be none (``Catalogue.check_current``)."""

    def __init__(
        self, catalogue: Catalogue, settings: Settings, jobs: Jobs, history: History, index: Callable[..., bool]
    ) -> None:
        """``index``: builds what the first question to a graph needs (``Parts.index``)."""
        self._catalogue, self._settings, self._jobs, self._history = catalogue, settings, jobs, history
        self._index = index

    def check(self, graph: str, expected: str | None = None) -> None:
        """Raise ``IngestDisabled`` unless clients may change graphs, ``BadInput`` for what is no name, and the errors
        of ``Catalogue.check_current``."""
        if not self._settings.ingest:
            raise IngestDisabled("the server was started without --ingest")
        self._catalogue.check_name(graph)
        self._catalogue.check_current(graph, expected)

    def upload(self) -> Upload:
        """Return where files that a client sends are to be stored."""
        return Upload(self._settings.home)

    def on_server(self, named: Mapping[str, Sequence[str]]) -> GraphFiles:
        """Return files that lie on the server. Raises ``IngestDisabled`` if there is no folder for that, and as
        ``files_on_server``."""
        if self._settings.ingest_folder is None:
            raise IngestDisabled("the server was started without --ingest-from: send the files themselves")
        return files_on_server(self._settings.ingest_folder, self._settings.home, named)

    def load(
        self, graph: str, options: IngestOptions, access: Access, files: GraphFiles, expected: str | None = None
    ) -> JobStatus:
        """Load files as a graph, or as its next version, as a job. Raises ``BadInput`` if there are none."""
        if not files.of("files"):
            raise BadInput("there is no file to load")
        options = replace(options, labels=files.of("labels"), mapping=files.mapping, names=files.names)

        def work(report: Report) -> IngestResult:
            progress = _JobReport(report)
            made = ingest(self._catalogue, files.of("files"), graph, options, progress.observe, expected)
            return _result(made, self._index(graph, progress.step))

        return self._submit("ingest", graph, work, files, access)

    def update(
        self, graph: str, options: IngestOptions, access: Access, files: GraphFiles, expected: str | None = None
    ) -> JobStatus:
        """Add the statements of files to a graph and delete those of others, as a job. Raises ``UnknownGraph``, and
        ``BadInput`` if there are no files."""
        earlier = self._catalogue.current(graph)
        add, delete, patch = (files.of(role) for role in ("add", "delete", "patch"))
        if not (add or delete or patch):
            raise BadInput("there is no file with statements to add or to delete, and no patch")
        options = replace(options, mapping=files.mapping, names=files.names)

        def work(report: Report) -> IngestResult:
            progress = _JobReport(report)
            made = update(self._catalogue, graph, add, delete, options, progress.observe, patch, expected)
            return _result(made, self._index(graph, progress.step, earlier))

        return self._submit("update", graph, work, files, access)

    def versions(self, graph: str) -> list[VersionInfo]:
        """Return the versions of a graph, the newest first, those that are damaged, too. Raises ``UnknownGraph``, and
        ``CorruptSnapshot`` if nothing tells which one is current."""
        current = self._catalogue.current(graph)
        return [
            VersionInfo(**info.model_dump(exclude={"name"}), current=info.version == current)
            for info in reversed(version_infos(self._catalogue, graph))
        ]

    def roll_back(self, graph: str, version: str | None, expected: str | None = None) -> RolledBack:
        """Make a kept version current; None: the one before the current one. Raises ``UnknownGraph``,
        ``UnknownVersion``, and as ``check``."""
        self.check(graph, expected)
        before = self._catalogue.current(graph)
        now = self._catalogue.use(graph, version or self._catalogue.previous(graph), before)
        return RolledBack(graph=graph, version=now, before=before)

    def delete(self, graph: str, expected: str | None = None) -> DeletedGraph:
        """Delete a graph, all its versions and the answers stored from it. Raises ``UnknownGraph``, ``HistoryFailed``,
        and as ``check``."""
        self.check(graph, expected)
        versions = self._catalogue.versions(graph)
        self._catalogue.remove(graph, expected)
        try:
            answers = self._history.purge(Which(graph))
        except HistoryFailed as error:
            raise HistoryFailed(f"{graph} was deleted, but the answers stored from it were not: {error}") from error
        return DeletedGraph(graph=graph, removed=versions, answers=answers)

    def _submit(self, kind: JobKind, graph: str, work: Work, files: GraphFiles, access: Access) -> JobStatus:
        return self._jobs.submit(graph, work, files.done, access.owner, kind)


class _JobReport:
    """Tells a job how far its files are read, then what is built."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._last = JobProgress(bytes_read=0, bytes_total=0, accepted=0, rejected=0)

    def observe(self, progress: Progress) -> None:
        """Tell how far the files are read. Raises ``Cancelled``."""
        self._last = JobProgress(
            bytes_read=progress.bytes_read,
            bytes_total=progress.bytes_total,
            accepted=progress.accepted,
            rejected=progress.rejected,
        )
        self._report(self._last)

    def step(self, what: str) -> None:
        """Tell what is built next. Raises ``Cancelled``: what is published stays so."""
        self._report(self._last.model_copy(update={"step": what}))


def _result(report: IngestReport, indexed: bool) -> IngestResult:
    return IngestResult(
        version=report.version,
        triples=report.triples,
        entities=report.entities,
        relations=report.relations,
        rejected=report.rejected,
        first_rejected=[called_as_sent(one) for one in report.first_rejected],
        seconds=report.seconds,
        indexed=indexed,
    )
