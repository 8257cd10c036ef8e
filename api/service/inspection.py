"""Converts answers to stored records, and stored records to path inspections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clew.api.schema.models import AskResult, Node, Path, PathInspection, ProgramInspection, Source, Triple
from clew.api.schema.program_evidence import evidence_of
from clew.api.schema.results import decisions, finite, search_record
from clew.decoding.answering.answered import Answered
from clew.kg import limits
from clew.kg.errors import ClewError
from clew.kg.graph.graph import Graph

if TYPE_CHECKING:
    from clew.decoding.programs.answering import ProgramAnswer

_PROGRAM_FIELDS = {
    "program", "program_id", "reading", "sparql", "confidence", "status", "value", "unit", "columns", "rows", "answers",
    "considered",
}  # fmt: skip


def record_of(graph: Graph, result: AskResult, answered: Answered) -> dict[str, Any]:
    """Return an answer as it is stored: its paths, each with the number of its decode trace, and the traces."""
    kept = result.model_dump(include={"question", "graph", "version", "model", "alternatives", "chains", "timings"})
    if answered.program is not None:
        kept["program"] = _program_record(graph, result, answered.program)
    kept["search"] = search_record(answered)
    kept["warnings"] = list(answered.reasoning.warnings)
    traces = {id(ranked): number for number, ranked in enumerate(answered.gathered.paths)}
    instances = [path for item in answered.gathered.answers[: len(result.answers)] for path in item.paths]
    return kept | {
        "paths": [
            {"path": path.model_dump(), "trace": traces[id(instance.ranked)]}
            for path, instance in zip(result.paths, instances, strict=True)
        ],
        "traces": [
            {"log_prob": finite(ranked.log_prob), "steps": [step.model_dump() for step in decisions(graph, ranked)]}
            for ranked in answered.gathered.paths
        ],
    }


def _program_record(graph: Graph, result: AskResult, answer: ProgramAnswer) -> dict[str, Any]:
    found = result.model_copy(update={"answers": result.answers[: limits.MAX_STORED_ROWS]})
    if found.rows is not None:
        found.rows = found.rows[: limits.MAX_STORED_ROWS]
    kept = found.model_dump(mode="json", include=_PROGRAM_FIELDS)
    steps = zip(result.steps, evidence_of(graph, answer), strict=True)
    kept["steps"] = [step.model_dump() | {"evidence": [t.model_dump() for t in shown]} for step, shown in steps]
    return kept | {"id": kept.pop("program_id")}


def inspected(record: dict[str, Any], index: int, graph: Graph | None) -> PathInspection | ProgramInspection:
    """Return a stored path or program; ``graph`` is the version that it was found in, None where that is no longer
    kept."""
    if "program" not in record:
        return inspection(record, index, graph)
    general = {name: record[name] for name in ("question", "graph", "version", "model", "asked", "timings")}
    return ProgramInspection(**record["program"], **general)


def inspection(record: dict[str, Any], index: int, graph: Graph | None) -> PathInspection:
    """Return a stored path; ``graph`` is the version that it was found in, None where that is no longer kept."""
    stored = record["paths"][index]
    path = Path.model_validate(stored["path"])
    trace = record["traces"][stored["trace"]]
    return PathInspection(
        path=path,
        question=record["question"],
        graph=record["graph"],
        version=record["version"],
        model=record["model"],
        asked=record["asked"],
        answer=path.nodes[-1],
        triples=triples(path, graph),
        steps=trace["steps"],
        log_prob=trace["log_prob"],
        alternatives=record["alternatives"],
        chains=record.get("chains", []),  # absent from what earlier versions stored, as are the next three
        search=record.get("search", {}),
        warnings=record.get("warnings", []),
        timings=record.get("timings", {}),
    )


def triples(path: Path, graph: Graph | None) -> list[Triple]:
    """Return a path's triples as they are stored, heads first, with the file and line that each was read from."""
    found = []
    for left, relation, right in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
        head, tail = (left, right) if relation.direction == "forward" else (right, left)
        source = None if graph is None else _source(graph, head, relation.key, tail)
        found.append(Triple(head=head, relation=relation, tail=tail, source=source))
    return found


def _source(graph: Graph, head: Node, relation: str, tail: Node) -> Source | None:
    try:
        edge = graph.edge(graph.node(head.key), graph.relation(relation), graph.node(tail.key))
        if edge is None:
            return None
        source = graph.edge_source(edge)
    except ClewError:
        return None
    return Source(file=source.file, line=source.line) if source.file else None
