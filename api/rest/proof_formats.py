"""The forms in which a stored proof can be had, beside JSON."""

from __future__ import annotations

from collections.abc import Callable

from clew.api.schema.dot import dot
from clew.api.schema.models import PathInspection, ProgramInspection
from clew.api.schema.program_picture import program_picture
from clew.api.schema.rdf import json_ld, turtle
from clew.api.schema.thread_picture import thread_picture

Inspected = PathInspection | ProgramInspection


def svg(found: Inspected) -> str:
    """Return the picture of a stored proof."""
    if isinstance(found, PathInspection):
        return thread_picture(found.path)
    return program_picture(found.program, found.steps)


FORMATS: dict[str, Callable[[Inspected], str]] = {
    "application/ld+json": json_ld,
    "text/turtle": turtle,
    "text/vnd.graphviz": dot,
    "image/svg+xml": svg,
}
"""The functions that write a stored proof, by media type."""
