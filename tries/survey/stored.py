"""The survey of a graph in a folder: opened, else made and stored."""

from __future__ import annotations

import logging
from pathlib import Path

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.store.delta import Delta
from clew.tries.storage import Base
from clew.tries.survey.survey import Survey, survey_of
from clew.tries.survey.updated import updated


def open_survey(graph: Graph, folder: Path, base: Base | None = None) -> Survey:
    """Open the stored survey of a graph, or make and store it: of an updated graph from that of its ``base``.
    ``survey_of`` then returns it."""
    try:
        return survey_of.keep(graph, Survey.load(folder, graph))
    except StaleIndex as error:
        if folder.exists():
            logging.getLogger(__name__).warning("rebuilding: %s", error)
    earlier = base() if base else None
    followed = _followed(graph, *earlier) if earlier else None
    found = survey_of(graph) if followed is None else survey_of.keep(graph, followed)
    try:
        found.save(folder, graph)
    except OSError as error:
        logging.getLogger(__name__).warning("the survey of %s is not kept: %s", graph.name, error)
    return found


def _followed(graph: Graph, delta: Delta, folder: Path) -> Survey | None:
    """The survey of the graph that ``delta`` led to, made from the one of its base in ``folder``; None where there is
    none, or all must be looked at again."""
    try:
        return updated(Survey.load(folder, delta.base), delta, graph)
    except StaleIndex:
        return None
