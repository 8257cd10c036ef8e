"""Applies the search, the score and the form of evidence that a question asks for to the reasoner of its graph."""

from __future__ import annotations

from clew.api.schema.models import AskRequest
from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.text.text_writer import TextWriter
from clew.kg.errors import BadInput


def variant(pipeline: Pipeline, request: AskRequest) -> Pipeline:
    """Return the pipeline as the request wants it to search, score and see the evidence.

    Raises ``BadInput`` where its reasoner has no such choice: nothing that is asked for is ignored.
    """
    if request.search is None and request.score is None and request.evidence is None:
        return pipeline
    from clew.api.service.make_reasoner import search_of
    from clew.decoding.language_model import Score
    from clew.decoding.search.port import Searching

    reasoner = pipeline.reasoner
    if request.search is not None or request.score is not None:
        if not isinstance(reasoner, Searching):
            raise BadInput(f"search and score do not apply to {reasoner.name}, only to a causal LM that ranks paths")
        search = None if request.search is None else search_of(request.search)
        reasoner = reasoner.searching(search, None if request.score is None else Score(request.score))
    if request.evidence is not None:
        if not isinstance(reasoner, TextWriter):
            raise BadInput(f"evidence does not apply to {reasoner.name}, which writes no explanations")
        reasoner = reasoner.shown(request.evidence)
    return pipeline.using(reasoner)
