"""The outcome of a question, independent of any service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

from clew.kg.proof.program import ProgramProof
from clew.kg.proof.proof import Proof


@dataclass(frozen=True, slots=True)
class Predicted:
    """One answer that the system returned, with its score (higher is better; equal scores are ties)."""

    key: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class LinkedTopic:
    """One entity that the system took the question to be about, best first in ``Outcome.linked``."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One decision of the decoder: what it took, its log-probability, and what else it could have taken, best first.

    A relation is spelled as in a chain (``^`` before an inverse one); None: the path ends here.
    """

    taken: str | None
    log_prob: float
    alternatives: tuple[tuple[str | None, float], ...] = ()


@dataclass(frozen=True, slots=True)
class RanProgram:
    """The program that answered: as it is written out, and its operators, without those for names, literals and steps.

    ``certificate``: the steps that were proved, with the value that a user gets (None: there is no proof, or it was
    checked already). ``empty``: it leaves an empty set, so the question is answered with "there are none".
    """

    written: str
    operators: tuple[str, ...] = ()
    certificate: ProgramProof | None = None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that is measured of one answer.

    ``proofs`` has one entry, of one derivation, per answer and returned path. ``declined``: the system said that it has
    no answer. ``confidence``: that it is right; ``selection``: by which it answers or declines (None: by
    ``confidence``). ``program``: what answered in the place of paths; instead of ``answers`` it may give a ``value`` or
    ``rows``, the cells of which are labels, lexical forms or numbers, blank ones empty.
    """

    answers: tuple[Predicted, ...] = ()
    linked: tuple[LinkedTopic, ...] = ()
    proofs: tuple[Proof, ...] = ()
    confidence: float | None = None
    selection: float | None = None
    declined: bool = False
    error: str | None = None
    """A failure of the system (not of the question): counted, and the question counts as answered wrongly."""
    trace: tuple[TraceStep, ...] = ()
    """How the best relation path came about, whether or not it was then answered with."""
    value: Fraction | bool | None = None
    rows: tuple[tuple[str | Fraction, ...], ...] = ()
    program: RanProgram | None = None

    @property
    def sure(self) -> float | None:
        """The score by which the system answers or declines."""
        return self.confidence if self.selection is None else self.selection


class Told(NamedTuple):
    """What the system is told: the question's text and its topics (None: it must find them in the text)."""

    text: str
    topics: Sequence[str] | None


class Ask(Protocol):
    """The system under test."""

    def __call__(self, told: Sequence[Told]) -> Sequence[Outcome]:
        """Answer questions, each as if it were alone; one at a time, or together where that is faster."""
