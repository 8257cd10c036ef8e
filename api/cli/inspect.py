"""``clew inspect``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.schema.drawing import draw, pen_for
from clew.api.schema.models import Option, PathInspection, ProgramInspection, Triple
from clew.api.schema.program_text import operators_line, step_line, tree_lines, value_lines
from clew.kg import limits
from clew.kg.errors import place

_CERTAIN = ("exact", "gap", "partial")
"""Statistics of a search that say how certain its ranking is."""


@common.command("inspect")
@click.argument("path_id")
def command(console: Console, path_id: str) -> None:
    """Show the path PATH_ID of an earlier answer: its triples, their sources, and how it was decoded. Of a program: its
    operators, their evidence, and the programs not taken."""
    from clew.api.service.service import Service

    found = Service(console.settings).path(path_id)
    if console.json:
        console.print_json(found)
        return
    for line in _program_lines(found) if isinstance(found, ProgramInspection) else _lines(found):
        console.print(line)


def _lines(found: PathInspection) -> Iterator[str]:
    yield f"Path {found.path.id} of {found.graph} {found.version}, asked {found.asked}"
    yield f"Question: {found.question}"
    yield ""
    yield from (f"  {line}" for line in draw(found.path, common.width() - 2, pen_for(sys.stdout.encoding)))
    yield ""
    yield "Triples"
    yield from (f"  {_triple(triple)}" for triple in found.triples)
    yield ""
    yield f"Model: {found.model}"
    yield f"Ranking score of the relation path: {found.log_prob:.3f} (logarithmic; higher is better)"
    yield "Steps, with local probabilities (relative to the continuations that the graph allows)"
    for number, step in enumerate(found.steps, 1):
        yield f"  step {number}: {_option(step.taken)}"
        for option in step.alternatives:
            yield f"      not taken: {_option(option)}"
    yield from (f"Warning: {warning}" for warning in found.warnings)
    if found.search:
        yield f"Search: {_certainty(found.search)}"
        counts = sorted((name, value) for name, value in found.search.items() if name not in _CERTAIN)
        yield from (f"  {name.replace('_', ' ')}: {value:g}" for name, value in counts)
    for number, chain in enumerate(found.chains, 1):
        limit = "" if chain.complete else ", stopped at the length limit"
        yield f"Chain {number} (probability {chain.score:.3f}{limit})"
        thoughts = [*chain.thoughts, *[""] * len(chain.triples)]
        for thought, triple in zip(thoughts, chain.triples, strict=False):
            yield from [f"  thought: {thought}"] if thought else []
            yield f"  {triple.head.label} | {triple.relation.label} | {triple.tail.label}"


def _program_lines(found: ProgramInspection) -> Iterator[str]:
    yield f"Program {found.id} of {found.graph} {found.version}, asked {found.asked}"
    yield f"Question: {found.question}"
    yield f"Read as: {found.reading}"
    yield ""
    yield from (f"  {line}" for line in value_lines(found))
    yield ""
    yield from (f"  {line}" for line in tree_lines(found.steps))
    yield ""
    for number, step in enumerate(found.steps, 1):
        yield f"step {number}: {step_line(step)}"
        yield f"  {step.words}"
        if step.members and step.words != step.members[0].label:
            yield f"  first of them: {', '.join(node.label for node in step.members)}"
        yield from (f"  {_triple(triple)}" for triple in step.evidence)
    yield ""
    for one in found.considered:
        yield f"Not taken: {one.program}   (probability of its result {one.probability:.3f})"
    yield f"Model: {found.model}"
    yield operators_line(found)


def _triple(triple: Triple) -> str:
    read = "source unknown" if triple.source is None else place(triple.source.file, triple.source.line)
    return f"{triple.head.label} | {triple.relation.label} | {triple.tail.label}   ({read})"


def _option(option: Option) -> str:
    if option.relation is None:
        return f"end of path ({option.probability:.3f})"
    mark = "" if option.relation.direction == "forward" else ", backwards"
    return f"{option.relation.label}{mark} ({option.probability:.3f})"


def _certainty(search: dict[str, float]) -> str:
    """Return how certain the ranking is, as a sentence."""
    if search.get("exact"):
        return "the ranking is exact; no other path has a higher ranking score"
    cause = "a limit stopped the search" if search.get("partial") else "the ranking is an estimate"
    gap = search.get("gap", 0)
    by = f", by at most {gap:.2f}" if 0 < gap < limits.MAX_SURPRISAL else ""
    return f"{cause}; a path that was not seen may have a higher ranking score{by}"
