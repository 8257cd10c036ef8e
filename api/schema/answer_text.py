"""An answer as text for people."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from clew.api.schema.drawing import draw, pen_for
from clew.api.schema.models import AskResult, Explanation
from clew.kg.limits import MAX_DRAWN_ANSWERS, MAX_PRINTED_ANSWERS


def answer_lines(result: AskResult, width: int, kept: bool = True) -> Iterator[str]:
    """Yield the lines that tell a person the answers, how sure they are, and the paths that prove them.

    ``kept``: the answer is stored, so that ``clew inspect`` knows its paths."""
    if result.reason is not None:
        yield result.reason.message
        if result.reason.code == "low-confidence" and result.selection is not None:
            yield f"What comes nearest scores {result.selection:.2f}, too little to be given as an answer."
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
    count = len(result.paths)
    paths = "1 path" if count == 1 else f"{count} paths"
    yield f"confidence {result.confidence:.2f}; {paths}, each edge found in {result.graph} {result.version}: verified"


def _drawn(result: AskResult, width: int, kept: bool) -> Iterator[str]:
    pen = pen_for(sys.stdout.encoding)
    paths = {path.id: path for path in result.paths}
    for answer in result.answers[:MAX_DRAWN_ANSWERS]:
        path = paths[answer.paths[0]]
        lines = draw(path, width - 2, pen)
        yield from (f"  {line}" for line in lines)
        if kept:
            yield f"    clew inspect {path.id}"


def _told(explanation: Explanation) -> Iterator[str]:
    if explanation.text is None:
        yield explanation.reason.message if explanation.reason else ""
        return
    by_model = explanation.source == "model"
    yield f"In the words of {explanation.model}, which are no part of the proof:" if by_model else "In words:"
    yield from (f"  {line}" for line in explanation.text.splitlines())


def _linked_lines(result: AskResult) -> Iterator[str]:
    if result.linked:
        yield "It was taken to be about: " + ", ".join(dict.fromkeys(entity.label for entity in result.linked[:5]))
    if result.suggestions:
        names = (f"{'inverse of ' * (s.direction == 'inverse')}{s.label}" for s in result.suggestions)
        yield "The graph could tell: " + ", ".join(names)
