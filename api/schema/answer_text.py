"""Formats an answer as text."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from clew.api.schema.drawing import draw, pen_for
from clew.api.schema.models import AskResult, Explanation
from clew.api.schema.program_text import operators_line, value_lines
from clew.kg.limits import MAX_DRAWN_ANSWERS, MAX_PRINTED_ANSWERS


def answer_lines(result: AskResult, width: int, kept: bool = True) -> Iterator[str]:
    """Yield the answers, the paths or the program that prove them, and the confidence, line by line.

    ``kept``: the answer is stored, so ``clew inspect`` can show its paths or its program.
    """
    for fixed in result.corrected:
        yield f'Read "{fixed.text}" as "{fixed.label}".'
    if result.reason is not None:
        yield result.reason.message
        yield from _declined_lines(result)
        if result.reason.code == "low-confidence":
            name, score = (
                ("confidence", result.confidence) if result.selection is None else ("selection score", result.selection)
            )
            yield f"The best candidate has a {name} of {score:.2f}, below the threshold (CLEW_THRESHOLD)."
    if result.program:
        yield from _program_lines(result, kept)
        return
    if not result.answers:
        yield from _linked_lines(result)
        return
    for answer in result.answers[:MAX_PRINTED_ANSWERS]:
        yield f"{answer.label}"
    if len(result.answers) > MAX_PRINTED_ANSWERS:
        yield f"... and {len(result.answers) - MAX_PRINTED_ANSWERS} more"
    yield ""
    yield from _drawn(result, width, kept)
    yield ""
    if result.explanation is not None:
        yield from _told(result.explanation)
        yield ""
    yield f"Read as: {result.reading}"
    if result.unread:
        yield "Not read: " + ", ".join(f'"{part.text}"' for part in result.unread)
    yield confidence_line(result)
    yield verified_line(result)


def _program_lines(result: AskResult, kept: bool) -> Iterator[str]:
    """Yield what a program gives, the program, and that it was verified."""
    if result.status != "none_in_graph":
        yield from value_lines(result)
    yield ""
    if kept:
        yield f"  clew inspect {result.program_id}"
        yield ""
    yield f"Read as: {result.reading}"
    yield f"Program: {result.program}"
    yield confidence_line(result)
    yield operators_line(result)


def _declined_lines(result: AskResult) -> Iterator[str]:
    """Yield what a declined question was read as, and what to do next."""
    if result.status == "ambiguous":
        for entity in result.ambiguous:
            classes = f" ({', '.join(entity.classes)})" if entity.classes else ""
            yield f"  {entity.label}{classes}: --topic {entity.key}"
    if result.otherwise:
        yield f"Without that, Clew reads: {result.reading}"
        yield "The answer would be: " + ", ".join(node.label for node in result.otherwise)


def confidence_line(result: AskResult) -> str:
    """Return the confidence and what it means."""
    meaning = "the program is what was asked" if result.program else "the best relation path answers the question"
    return f"Confidence {result.confidence:.2f} (estimated probability that {meaning})"


def verified_line(result: AskResult) -> str:
    """Return the number of paths and where their edges were found."""
    count = len(result.paths)
    paths = "1 path" if count == 1 else f"{count} paths"
    return f"{paths}; every edge was found in {result.graph} {result.version}: verified"


def _drawn(result: AskResult, width: int, kept: bool) -> Iterator[str]:
    pen = pen_for(sys.stdout.encoding)
    paths = {path.id: path for path in result.paths}
    for answer in result.answers[:MAX_DRAWN_ANSWERS]:
        path = paths[answer.paths[0]]
        lines = draw(path, width - 2, pen)
        yield from (f"  {line}" for line in lines)
        for triple in path.classes:
            yield f"    {triple.head.label} -[{triple.relation.label}]-> {triple.tail.label}"
        if kept:
            yield f"    clew inspect {path.id}"


def _told(explanation: Explanation) -> Iterator[str]:
    if explanation.text is None:
        yield explanation.reason.message if explanation.reason else ""
        return
    by_model = explanation.source == "model"
    yield f"Explanation written by {explanation.model} (not part of the proof):" if by_model else "Explanation:"
    yield from (f"  {line}" for line in explanation.text.splitlines())


def _linked_lines(result: AskResult) -> Iterator[str]:
    if result.linked:
        labels = list(dict.fromkeys(entity.label for entity in result.linked[:5]))
        yield f"Linked {'entity' if len(labels) == 1 else 'entities'}: " + ", ".join(labels)
    if result.suggestions:
        names = (f"{'inverse of ' * (s.direction == 'inverse')}{s.label}" for s in result.suggestions)
        yield "You could ask about: " + ", ".join(names)
