"""Stored proofs in the DOT language of Graphviz: a path as its triples, a program as the tree of its operators."""

from __future__ import annotations

from collections.abc import Iterator

from clew.api.schema.elements import Node, Triple
from clew.api.schema.inspections import PathInspection, ProgramInspection
from clew.api.schema.text import inert


def dot(found: PathInspection | ProgramInspection) -> str:
    """Return a stored proof as a directed graph. Labels are quoted, and control characters spelled out."""
    if isinstance(found, PathInspection):
        name, lines = found.path.id, list(_path(found))
    else:
        name, lines = found.id, list(_program(found))
    head = [f"digraph {_quoted(name)} {{", "  rankdir=LR;", "  node [style=rounded, shape=box];"]
    return "\n".join([*head, *(f"  {line};" for line in lines), "}", ""])


def _path(found: PathInspection) -> Iterator[str]:
    """Yield the nodes, each once, and the triples, in their stored direction."""
    names: dict[str, str] = {}
    for node in [*found.path.nodes, *(end for triple in found.path.classes for end in (triple.head, triple.tail))]:
        if node.key not in names:
            names[node.key] = f"n{len(names)}"
            yield f"{names[node.key]} [label={_quoted(node.label)}, tooltip={_quoted(node.key)}{_bold(node, found)}]"
    for triple, style in [*((t, "") for t in found.triples), *((t, ", style=dashed") for t in found.path.classes)]:
        label = f"label={_quoted(triple.relation.label)}, tooltip={_quoted(_place(triple))}"
        yield f"{names[triple.head.key]} -> {names[triple.tail.key]} [{label}{style}]"


def _bold(node: Node, found: PathInspection) -> str:
    return ", penwidth=2" if node.key == found.answer.key else ""


def _place(triple: Triple) -> str:
    source = triple.source
    return triple.relation.key if source is None else f"{triple.relation.key} ({source.file}:{source.line})"


def _program(found: ProgramInspection) -> Iterator[str]:
    for number, step in enumerate(found.steps):
        yield f"s{number} [label={_quoted(step.token)}, tooltip={_quoted(step.words)}]"
    for number, step in enumerate(found.steps):
        for operand in step.operands:
            yield f"s{operand} -> s{number}"


def _quoted(text: str) -> str:
    """Return a text as a quoted string, whose backslashes and entities mean themselves."""
    shown = inert(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{shown}"'
