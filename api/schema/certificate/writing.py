"""Writes the certificate of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.api.schema.certificate.form import paths_model, program_model
from clew.api.schema.certificate.model import Certificate, CertifiedSettings
from clew.api.schema.request import AskRequest
from clew.decoding.answering.answered import Answered
from clew.decoding.answers.set_writer import path_set
from clew.kg.graph.graph import Graph

if TYPE_CHECKING:
    from clew.tries.filters.conditions import Conditions


def certificate_of(
    graph: Graph,
    answered: Answered,
    settings: CertifiedSettings,
    conditions: Conditions | None,
    whole: bool,
) -> Certificate:
    """Return the certificate of what was answered. ``conditions``: in keys; ``whole``: all answers are given."""
    paths = program = None
    if answered.program is not None and answered.program.proof is not None:
        program = program_model(answered.program.proof, answered.program.named_rows)
    elif answered.proofs:
        paths = paths_model(path_set(graph, answered.gathered, settings.revisit, conditions))
    return Certificate(content_hash=graph.content_hash, whole=whole, settings=settings, paths=paths, program=program)


def settings_of(request: AskRequest, model: str, threshold: float | None) -> CertifiedSettings:
    """Return what a request asks with. ``model``: the fingerprint of the one that answers."""
    named = ("topics", "max_hops", "min_hops", "max_answers", "revisit", "conditions")
    return CertifiedSettings(model=model, threshold=threshold, **{name: getattr(request, name) for name in named})
