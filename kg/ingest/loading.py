"""Reads inputs into a graph in memory: the part of an ingest that parses untrusted bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clew.kg.errors import BadFile, BadInput
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.inference import infer
from clew.kg.graph.lists import FoldedLists, fold_lists
from clew.kg.ingest.formats import detect, reader_of
from clew.kg.ingest.inputs import expand
from clew.kg.ingest.mapping.relational import RelationalInputs
from clew.kg.ingest.mapping.urls import is_database_url
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.table_ids import TableIds
from clew.kg.ingest.rejections import Rejections
from clew.kg.ingest.streams import STDIN, open_source
from clew.kg.store.snapshot import storing
from clew.kg.terms.vocabulary import LABEL_PREDICATES, LabelKind

_TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is: the ``file`` being read, bytes read of ``bytes_total`` (0: unknown), statements."""

    file: str
    bytes_read: int
    bytes_total: int
    accepted: int
    rejected: int


Observer = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A graph in memory, what was rejected on the way, the labels that named nothing the lists that were read as
    their members, and how many statements were inferred."""

    graph: Graph
    rejections: Rejections
    unused_labels: int
    folded: FoldedLists
    inferred: int


def load(
    sources: Sequence[str],
    options: IngestOptions,
    name: str = "g",
    observer: Observer | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Loaded:
    """Read all sources into one graph; ``secrets``: full addresses of databases by the names among ``sources``. Errors:
    ``BadFile``, ``BadLine``, ``BadInput`` (``clew.kg.errors``)."""
    given = dict(options.names)
    names = {each.path: given.get(each.path, each.name) for each in expand(sources)}
    relational = RelationalInputs(names, options, secrets or {})
    predicates: dict[str, LabelKind] = {**LABEL_PREDICATES, **dict.fromkeys(options.label_predicates, "preferred")}
    builder = GraphBuilder(options.languages, predicates)
    with ExitStack() as stack:
        quarantine = _open_quarantine(stack, options)
        rejections = Rejections(options.on_error, quarantine)
        clock, ids = _LoadClock(list(names), rejections, observer), TableIds()
        for number, file in enumerate(relational.others):
            scope = f"f{number}-" if len(names) > 1 else ""
            _read_one(file, names[file], scope, builder, rejections, options, clock, ids)
        relational.read(builder, rejections, lambda file: clock.tick(file, 0))
        unused = sum(_read_labels(file, builder, rejections, options) for file in options.labels)
    if rejections.accepted == 0:
        reasons = ", ".join(f"{kind} {count}" for kind, count in rejections.counts.items())
        raise BadFile(f"{', '.join(names)}: no statement found" + (f" ({reasons})" if reasons else ""))
    folded = fold_lists(builder) if options.fold_lists else FoldedLists()
    inferred = 0 if options.infer == "none" else infer(builder, options.infer)
    return Loaded(builder.build(name), rejections, unused, folded, inferred)


def _open_quarantine(stack: ExitStack, options: IngestOptions) -> IO[bytes] | None:
    if options.on_error != "quarantine":
        return None
    if not options.quarantine:
        raise BadInput("no quarantine file given for rejected lines")
    with storing(Path(options.quarantine)):
        return stack.enter_context(Path(options.quarantine).open("ab"))


class _LoadClock:
    """Tells the observer where reading is, a few times a second."""

    def __init__(self, files: Sequence[str], rejections: Rejections, observer: Observer | None) -> None:
        self.rejections, self.observer, self.last, self.done = rejections, observer, 0.0, 0
        unknown = any(file == STDIN or is_database_url(file) for file in files)
        self.total = 0 if unknown else sum(Path(file).stat().st_size for file in files)

    def tick(self, file: str, count: int) -> None:
        """``count`` bytes of ``file`` have been read."""
        now = time.monotonic()
        if self.observer is not None and now - self.last >= _TICK_SECONDS:
            self.last = now
            rejected = self.rejections.counts.total()
            self.observer(Progress(file, self.done + count, self.total, self.rejections.accepted, rejected))


def _read_one(
    file: str,
    name: str,
    scope: str,
    builder: GraphBuilder,
    rejections: Rejections,
    options: IngestOptions,
    clock: _LoadClock,
    ids: TableIds,
) -> None:
    with open_source(file) as (stream, counted):
        reader = reader_of(options.format or detect(file, stream))
        reading = FileReading(
            file, stream, builder, rejections, options, scope, lambda: clock.tick(file, counted.count), name=name
        )
        reading.bytes_read, reading.ids = lambda: counted.count, ids
        reader(reading)
        clock.done += counted.count


def _read_labels(file: str, builder: GraphBuilder, rejections: Rejections, options: IngestOptions) -> int:
    from clew.kg.ingest.readers.tables import read_labels

    with open_source(file) as (stream, _):
        return read_labels(FileReading(file, stream, builder, rejections, options))
