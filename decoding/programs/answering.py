"""``ProgramAnswerer``: answers a question by the program that it is read into, with a certificate that was checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from clew.decoding.answering.topics import Linker
from clew.decoding.programs.certificate import certificate
from clew.decoding.programs.execution import Execution, execute
from clew.decoding.programs.notation import Program, written
from clew.decoding.programs.reading.ranking import trained
from clew.decoding.programs.reading.reader import ProgramReader
from clew.decoding.programs.reading.readings import ProgramReadings
from clew.decoding.programs.reading.tables import names_rows
from clew.decoding.programs.sorting import Sorting
from clew.decoding.programs.unique_names import UniqueNames
from clew.decoding.reading.likeness import Likeness
from clew.decoding.reading.unread import Unread
from clew.kg.columnar.compiled import interprets
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.proof.program import ProgramProof
from clew.kg.proof.program_checker import verify_program
from clew.kg.time_limit import OutOfTime
from clew.retrieval.linking.types import Linking

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Considered:
    """A program that was considered, and its share of the probability of those found."""

    program: str
    probability: float


@dataclass(frozen=True)
class ProgramAnswer:
    """What the best program for a question gives. ``proof`` has passed the checker; None: there is none, so the
    question is declined. ``selection``: how sure it is that the program is what was asked, from 0 to 1. ``reading``:
    the program in words. ``spans``: of each token, the part of the question that it stands for ((0, 0): none).
    ``named_rows``: of a table, whether its rows are asked for by name. ``considered``: the programs found, likeliest
    first."""

    program: Program
    execution: Execution
    selection: float
    reading: str
    unread: list[Unread] = field(default_factory=list)
    spans: tuple[Span, ...] = ()
    named_rows: bool = True
    considered: tuple[Considered, ...] = ()
    exact: bool = True
    proof: ProgramProof | None = None
    sorting: Sorting | None = None
    late: bool = False


class ProgramAnswerer:
    """Answers questions over one graph by programs. Safe for threads."""

    def __init__(
        self, graph: Graph, linker: Linker, likeness: Likeness, today: Callable[[], date] = date.today
    ) -> None:
        self.graph, self._linker, self._likeness, self._today = graph, linker, likeness, today

    @cached_property
    def _reader(self) -> ProgramReader:
        return ProgramReader(self.graph, self._linker, self._likeness, trained())

    @cached_property
    def _names(self) -> UniqueNames:
        return UniqueNames(self.graph, self._linker)

    def prepare(self) -> None:
        """Read the values of the graph and make kernels ready, which no question's time is for. Where kernels may run
        interpreted the graph is small, and a question may need none of it."""
        if not interprets():
            self._reader.rehearse()

    def answer(self, linking: Linking) -> ProgramAnswer | None:
        """Return what the best program for a question gives; None where there is no program, or none that can be
        proved. Raises ``OutOfTime`` where none was found in time."""
        readings = self._reader.read(linking, self._today())
        if not readings.found:
            if readings.searched.late:
                raise OutOfTime
            return None
        best, asked = readings.found[0], readings.costs.asked
        program = Program(tuple(readings.anchors), best.tokens)
        try:
            proof = certificate(readings.algebra, program.anchors, program.tokens)
        except BadInput:
            return None
        verify_program(self.graph, proof)
        return ProgramAnswer(
            program,
            execute(readings.algebra, self._names, program),
            readings.selection,
            readings.in_words,
            readings.unread,
            tuple(asked.span(bits) for bits in best.claims),
            names_rows(asked, best.tokens, best.claims),
            self._considered(readings),
            readings.exact,
            proof,
            readings.sorting,
            readings.searched.late,
        )

    def _considered(self, readings: ProgramReadings) -> tuple[Considered, ...]:
        return tuple(
            Considered(written(self._names, readings.anchors, one.tokens), share)
            for one, share in zip(readings.found, readings.shares, strict=True)
        )
