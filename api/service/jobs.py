"""Jobs: work that goes on after its request was answered, one at a time, in a thread of its own."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from clew.api.schema.jobs import IngestResult, JobKind, JobProgress, JobStatus
from clew.api.schema.problems import Overloaded, UnknownJob, plain_problem
from clew.api.schema.server import Problem
from clew.api.service.access import EVERYTHING, Access
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import Cancelled, ClewError

LOG = logging.getLogger(__name__)

Report = Callable[[JobProgress], None]
Work = Callable[[Report], IngestResult]
"""Work that reports how far it is, and ends with ``Cancelled`` where the report raises that."""
Watcher = Callable[[JobStatus], None]


@dataclass(slots=True)
class _Entry:
    """A job, its work, whose it is, and who is told of its changes."""

    status: JobStatus
    work: Work
    ended: Callable[[], None]
    owner: str
    token: Cancellation = field(default_factory=Cancellation)
    watchers: list[Watcher] = field(default_factory=list)


class Jobs:
    """Safe for threads. The last ``limits.MAX_JOBS`` jobs are kept. To whoever may not see it, there is no job."""

    def __init__(self, problem: Callable[[ClewError], Problem]) -> None:
        self._problem = problem
        self._jobs: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._arriving = 0

    def submit(
        self, graph: str, work: Work, ended: Callable[[], None], owner: str = "", kind: JobKind = "ingest"
    ) -> JobStatus:
        """Let work begin when it is its turn; ``ended`` is called once, when nothing more comes of it. ``owner``: see
        ``Access.owner``."""
        created = datetime.now(UTC).isoformat(timespec="seconds")
        status = JobStatus(id=secrets.token_hex(8), kind=kind, graph=graph, state="waiting", created=created)
        with self._lock:
            self._jobs[status.id] = _Entry(status, work, ended, owner)
            self._forget()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="clew-jobs", daemon=True)
                self._thread.start()
        return status

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Keep a place for a job while what it needs arrives. Raises ``Overloaded`` if too many are waiting."""
        with self._lock:
            count = self._arriving + sum(not entry.status.final for entry in self._jobs.values())
            if count > limits.MAX_JOBS_WAITING:
                raise Overloaded(f"{count} jobs are running or waiting; retry later")
            self._arriving += 1
        try:
            yield
        finally:
            with self._lock:
                self._arriving -= 1

    def all(self, access: Access = EVERYTHING) -> list[JobStatus]:
        """Return the jobs that may be seen, the latest first."""
        with self._lock:
            return [entry.status for entry in reversed(self._jobs.values()) if _may_see(access, entry)]

    def get(self, job: str, access: Access = EVERYTHING) -> JobStatus:
        """Return a job. Raises ``UnknownJob``."""
        return self._entry(job, access).status

    def cancel(self, job: str, access: Access = EVERYTHING) -> JobStatus:
        """Cancel a job: one that is waiting never begins, one that runs ends at its next report. Raises
        ``UnknownJob``."""
        with self._lock:
            entry = self._entry(job, access)
            entry.token.cancel()
            if entry.status.state == "waiting":
                self._change(entry, state="cancelled")
                entry.ended()
            return entry.status

    @contextmanager
    def watched(self, job: str, watcher: Watcher) -> Iterator[None]:
        """Tell of a job as it is, and of its changes within the block, from whatever thread. Raises ``UnknownJob``."""
        with self._lock:
            entry = self._entry(job)
            watcher(entry.status)
            entry.watchers.append(watcher)
        try:
            yield
        finally:
            with self._lock:
                entry.watchers.remove(watcher)

    def close(self) -> None:
        """Cancel what has not ended, and wait for that a moment."""
        with self._lock:
            for entry in [entry for entry in self._jobs.values() if not entry.status.final]:
                self.cancel(entry.status.id)
            thread = self._thread
        if thread is not None:
            thread.join(limits.JOB_END_SECONDS)

    def _entry(self, job: str, access: Access = EVERYTHING) -> _Entry:
        with self._lock:
            if job not in self._jobs or not _may_see(access, self._jobs[job]):
                raise UnknownJob(f"no job has the id {job[:80]!r}; only the last {limits.MAX_JOBS} are kept")
            return self._jobs[job]

    def _forget(self) -> None:
        final = [job for job, entry in self._jobs.items() if entry.status.final]
        for job in final[: max(0, len(self._jobs) - limits.MAX_JOBS)]:
            del self._jobs[job]

    def _change(self, entry: _Entry, **fields: object) -> None:
        """Change a job. A watcher must not fail nor wait."""
        with self._lock:
            entry.status = entry.status.model_copy(update=fields)
            for watcher in entry.watchers:
                watcher(entry.status)

    def _run(self) -> None:
        """Do the jobs one by one, until none is waiting."""
        while True:
            with self._lock:
                entry = next((one for one in self._jobs.values() if one.status.state == "waiting"), None)
                if entry is None:
                    self._thread = None
                    return
                self._change(entry, state="running")
            try:
                self._do(entry)
            finally:
                entry.ended()

    def _do(self, entry: _Entry) -> None:
        def report(progress: JobProgress) -> None:
            entry.token.check()
            self._change(entry, progress=progress)

        try:
            entry.token.check()
            self._change(entry, state="done", result=entry.work(report), progress=None)
        except Cancelled:
            self._change(entry, state="cancelled", progress=None)
        except ClewError as error:
            self._change(entry, state="failed", problem=self._problem(error), progress=None)
        except Exception:
            LOG.exception("a job failed")
            unforeseen = plain_problem("internal-error", "unexpected error; see the server log")
            self._change(entry, state="failed", problem=unforeseen, progress=None)


def _may_see(access: Access, entry: _Entry) -> bool:
    return access.owns(entry.owner, entry.status.graph)
