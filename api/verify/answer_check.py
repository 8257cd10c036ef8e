"""Checks a saved result against a graph: what it states of the graph, and nothing that only a model knows."""

from __future__ import annotations

from dataclasses import dataclass

from clew.api.schema.ask_result import AskResult
from clew.api.schema.certificate.model import Certificate
from clew.api.verify.path_answers import PathAnswers
from clew.api.verify.program_answers import ProgramAnswers
from clew.api.verify.shown import ShownParts
from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """What was checked: answers or rows (or one value), edges that were looked up, operators that were done again. All
    zero: the question was declined, so nothing is stated of the graph."""

    answers: int = 0
    edges: int = 0
    operators: int = 0


def check_answer(graph: Graph, result: AskResult, sources: bool = True, any_version: bool = False) -> CheckedAnswer:
    """Check a result again. ``sources``: the graph was read from the same files, so that these are compared, too;
    ``any_version``: the graph may be another version than the one that was asked.

    Checked: the hash of the graph, every edge, every operator, that no answer is missing or added, and how nodes and
    relations are shown. Not checked, since only the model knows: that the relation path or program is what the question
    means, the scores, the words. Raises ``VerificationFailed``.
    """
    certificate = result.certificate
    if certificate is None:
        raise VerificationFailed(
            "it has no certificate: it was made by an earlier version, or the certificate was left out"
        )
    if certificate.content_hash[: len(graph.version)] != result.version:
        raise VerificationFailed(f"version {result.version!r} is not that of the hash in its certificate")
    if certificate.content_hash != graph.content_hash and not any_version:
        raise VerificationFailed(
            f"it was made for version {certificate.content_hash[:12]} of the graph; this is {graph.version}"
        )
    if (result.status == "answered") > certificate.whole or (result.status == "partial") == certificate.whole:
        raise VerificationFailed(
            f"the status is {result.status!r}, and the certificate says whole: {certificate.whole}"
        )
    parts = ShownParts(graph, sources and not any_version)
    if certificate.program is not None:
        if certificate.paths is not None:
            raise VerificationFailed("the certificate has relation paths and a program")
        ProgramAnswers(graph, result, certificate, parts).check()
        count = 1 if result.value is not None else len(result.answers) + len(result.rows or [])
        return CheckedAnswer(count, operators=len(result.steps))
    if certificate.paths is not None:
        if stated := _program_fields(result):
            raise VerificationFailed(f"the certificate has no program, and the result has {', '.join(stated)}")
        answers = PathAnswers(graph, result, certificate, parts)
        answers.check()
        return CheckedAnswer(len(result.answers), edges=answers.edges)
    _check_declined(result, certificate)
    return CheckedAnswer()


def _check_declined(result: AskResult, certificate: Certificate) -> None:
    stated = _program_fields(result)
    stated += [name for name in ("answers", "paths", "chains") if getattr(result, name)]
    if stated or result.status == "answered" or result.reason is None:
        raise VerificationFailed(
            f"the certificate proves nothing, and the result states {', '.join(stated) or 'an answer'}"
        )


def _program_fields(result: AskResult) -> list[str]:
    named = ("program", "program_id", "unit", "columns", "steps", "considered")
    found = [name for name in named if getattr(result, name)]
    return found + [name for name in ("value", "rows") if getattr(result, name) is not None]
