"""The form of a program's certificate: what each operator states, and nothing else."""

from __future__ import annotations

from dataclasses import fields

from clew.kg.errors import VerificationFailed
from clew.kg.proof.program import ProgramProof, ProgramStep, ValuesRead

_SET = frozenset({"count", "digest"})
_WALK = frozenset({"relation", "inverse"})
_VALUES = frozenset({"relation", "reads"})
_RANK = _SET | {"how", "size", "left_out"}
_STATED: dict[str, tuple[frozenset[str], tuple[int, ...]]] = {
    "ENT": (_SET | {"key"}, (0,)),
    "CLS": (_SET | {"key"}, (0,)),
    "LIT": (frozenset({"key"}), (0,)),
    "HOP": (_SET | _WALK | {"reads"}, (1,)),
    "CLOSE": (_SET | _WALK, (1,)),
    "TYPE": (_SET | {"key"}, (1,)),
    "CMP": (_SET | _VALUES | {"how", "left_out"}, (2,)),
    "CMP #": (_SET | _WALK | {"how", "within"}, (2,)),
    "AT": (_SET | {"left_out"}, (2,)),
    "ARG": (_RANK | _VALUES, (1, 2)),
    "ARG #": (_RANK | _WALK | {"within"}, (1, 2)),
    "AND": (_SET, (2,)),
    "OR": (_SET, (2,)),
    "NOT": (_SET, (2,)),
    "COUNT": (frozenset(), (1,)),
    "SUM": (_VALUES | {"number"}, (1,)),
    "AVG": (_VALUES | {"number"}, (1,)),
    "MIN": (_VALUES, (1,)),
    "MAX": (_VALUES, (1,)),
    "ASK": (frozenset(), (1, 2)),
    "ASK CMP": (_VALUES | {"how"}, (2,)),
    "PROJ": (_WALK, (1,)),
    "PROJ #": (_WALK | {"within"}, (1,)),
    "GROUP": (_WALK, (1,)),
}
"""Of each operator: the fields that say something, and how many operands it may have."""
_COMPARISONS, _ENDS = ("<", "<=", "=", ">=", ">"), ("min", "max")
_HOW = dict.fromkeys(("CMP", "CMP #", "ASK CMP"), _COMPARISONS) | dict.fromkeys(("ARG", "ARG #"), _ENDS)
_NOTHING = ProgramStep("")
_TEXTS = ("op", "key", "relation", "how", "digest", "number")
_NUMBERS = ("size", "count", "left_out")


def check_form(proof: ProgramProof) -> None:
    """``VerificationFailed`` if a field is of another type, or says something that its operator does not look at."""
    if type(proof.steps) is not tuple or not proof.steps:
        raise VerificationFailed("a program without steps")
    if type(proof.number) is not str or not (proof.truth is None or type(proof.truth) is bool):
        raise VerificationFailed("the value of the program is of no type that values have")
    for at, step in enumerate(proof.steps, 1):
        wrong = _wrong(step)
        if wrong:
            raise VerificationFailed(f"step {at} of the program {wrong}")


def _wrong(step: object) -> str:
    """What is wrong with a step, in words; empty: nothing."""
    if not isinstance(step, ProgramStep) or not _is_typed(step):
        return "has a field of another type"
    if step.op not in _STATED:
        return f"is {step.op!r}, which is no operator"
    stated, operands = _STATED[step.op]
    if step.how not in _HOW.get(step.op, ("",)):
        return f"is {step.op} by {step.how!r}"
    if len(step.operands) not in operands:
        return f"works on {len(step.operands)} operands"
    idle = {field.name for field in fields(ProgramStep)} - stated - {"op", "operands"}
    said = [name for name in sorted(idle) if getattr(step, name) != getattr(_NOTHING, name)]
    return f"states what {step.op} does not look at: {', '.join(said)}" if said else ""


def _is_typed(step: ProgramStep) -> bool:
    reads = step.reads
    return (
        all(type(getattr(step, name)) is str for name in _TEXTS)
        and all(type(getattr(step, name)) is int for name in _NUMBERS)
        and type(step.operands) is tuple
        and all(type(operand) is int for operand in step.operands)
        and type(step.inverse) is bool
        and (reads is None or (isinstance(reads, ValuesRead) and _is_reading(reads)))
    )


def _is_reading(reads: ValuesRead) -> bool:
    return type(reads.kind) is str and type(reads.unit) is str and type(reads.texts) is bool
