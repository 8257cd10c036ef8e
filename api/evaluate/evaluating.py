"""Adapts the service to the system that an evaluation measures."""

from __future__ import annotations

from clew.api.service.service import Service
from clew.decoding.answering.pipeline import Pipeline
from clew.evaluation.experiment import EvalOptions, run_experiment
from clew.evaluation.report import Report
from clew.evaluation.run import Asked, Observer
from clew.evaluation.targets import System


def evaluate_graph(
    service: Service, graph: str | None, options: EvalOptions, observer: Observer | None = None
) -> tuple[Report, list[Asked]]:
    """Ask a question set of a graph of the catalogue (None: of each question's own subgraph); see ``run_experiment``.

    Raises ``UnknownGraph`` before the questions are read.
    """
    if graph is not None:
        service.catalogue.current(graph)
    return run_experiment(system_of(service), graph, options, observer)


def system_of(service: Service) -> System:
    """Return the service as an evaluation drives it: its own pipelines, without its history."""

    def pipeline(graph: str) -> Pipeline:
        service.warm(graph)
        return service.pipeline(graph)

    settings = service.settings
    return System(settings.model, pipeline, service.parts.reasoner, settings.threshold, settings.ask_seconds)
