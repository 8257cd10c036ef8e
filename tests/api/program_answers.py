"""Answers of programs that are written out, in the place of those that questions are read into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clew.decoding.answering.topics import Linker
from clew.decoding.programs.answering import Considered, ProgramAnswer, ProgramAnswerer
from clew.decoding.programs.certificate import certificate
from clew.decoding.programs.execution import execute
from clew.decoding.programs.notation import read_program
from clew.decoding.programs.unique_names import UniqueNames
from clew.decoding.programs.wording import program_in_words
from clew.kg.graph.graph import Graph
from clew.kg.proof.program_checker import verify_program
from clew.retrieval.linking.types import Linking
from clew.tries.columns.stored import columns_of
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.values import AttributeValues

EVIL = "<img src=x onerror=alert(1)>\u202egnp\x1b[31m"
TURTLE = r"""
@prefix : <http://mills.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Mill rdfs:label "mill" . :on rdfs:label "stands on" . :built rdfs:label "built" . :fee rdfs:label "fee" .
:kern a :Mill ; rdfs:label "Kern" ; :on :aare ; :built 1820 ; :fee "3 kg", "4 kg" .
:losch a :Mill ; rdfs:label "Losch" ; :on :aare, :birs ; :built 1745 ; :fee "7 kg" .
:odd a :Mill ; rdfs:label "<img src=x onerror=alert(1)>\u202Egnp\u001B[31m" ; :on :birs ; :built 1901 .
:aare rdfs:label "Aare" . :birs rdfs:label "Birs" .
"""
SPANS = ((19, 23), (10, 18), (0, 5))
PROGRAMS: dict[str, Any] = {
    "All mills there": ("ENT Aare HOP '^stands on'", {}),
    "All in 1700": "CLS mill LIT 1700 CMP built <",
    "All before the mean": "CLS mill CLS mill AVG fee CMP fee <",
    "All cheaper than Losch": "CLS mill ENT Losch HOP fee CMP fee <",
    "Sum of it all": "CLS mill COUNT",
    "Sum of built": "CLS mill SUM built",
    "Mean of built": "CLS mill AVG built",
    "Sum of fees": "CLS mill SUM fee",
    "Mean of fees": "CLS mill AVG fee",
    "Is it there": "ENT Kern ENT Aare HOP '^stands on' ASK",
    "Is it not there": "ENT Kern ENT Birs HOP '^stands on' ASK",
    "Is it older": "ENT Kern ENT Losch ASK built <",
    "All with years": "CLS mill PROJ built PROJ 'stands on'",
    "All there with years": "ENT Aare HOP '^stands on' PROJ built",
    "All years": ("CLS mill PROJ built PROJ 'stands on'", {"named_rows": False}),
    "All by water": "CLS mill GROUP 'stands on' COUNT",
    "Fees by water": "CLS mill GROUP 'stands on' AVG built",
    "Mills and waters": "CLS mill PROJ '#stands on' PROJ built",
    "Waters and mills": "CLS mill HOP 'stands on' PROJ '#^stands on'",
    "Totals at once": "CLS mill AVG built MIN fee MAX fee COUNT",
    "Totals by water": "CLS mill GROUP 'stands on' COUNT MAX built SUM fee",
    "Count the works at Aare": ("ENT Aare HOP '^stands on' COUNT", {"spans": SPANS}),
}


def answer_of(graph: Graph, linker: Linker, text: str, **more: Any) -> ProgramAnswer:
    """Return what a program gives, with a proof that has passed the checker."""
    algebra, names = Algebra(graph, AttributeValues(columns_of(graph))), UniqueNames(graph, linker)
    program = read_program(names, text)
    proof = certificate(algebra, program.anchors, program.tokens)
    verify_program(graph, proof)
    execution = execute(algebra, names, program)
    reading = program_in_words(graph, program.anchors, program.tokens)
    given = {"selection": 0.9, "reading": reading, "spans": tuple((0, 0) for _ in program.tokens)} | more
    return ProgramAnswer(program, execution, proof=proof, **given)


def answering(programs: Mapping[str, str | tuple[str, dict[str, Any]]]) -> Callable[..., ProgramAnswer | None]:
    """Return a stand-in for ``ProgramAnswerer.answer`` that answers these questions by these programs."""

    def answer(self: ProgramAnswerer, linking: Linking) -> ProgramAnswer | None:
        found = programs.get(linking.question)
        if found is None:
            return None
        text, more = (found, {}) if isinstance(found, str) else found
        other = (Considered(text, 0.8), Considered("CLS mill", 0.2))
        return answer_of(self.graph, self._linker, text, **{"considered": other} | more)

    return answer
