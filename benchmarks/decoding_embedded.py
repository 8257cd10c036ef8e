"""The embedded relation-level model under each search, over the relation automaton, on MetaQA's questions."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np

from benchmarks.decoding_cases import K, metaqa_graph, metaqa_topics
from benchmarks.decoding_runs import Run, overlap
from clew.decoding.language_model import Score
from clew.decoding.search.beam import Beam
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.one_pass import OnePass
from clew.decoding.search.port import Search, SearchProblem, SearchResult
from clew.decoding.search.port import run as run_search
from clew.kg.errors import ModelUnavailable
from clew.tries.relations.automaton import RelationAutomaton


def embedded(questions: int) -> list[dict[str, Any]]:
    """The embedded model under each search: one row per search, means over questions. None where it has no weights."""
    from clew.decoding.embedded.reasoner import EmbeddedReasoner, _prompt
    from clew.decoding.reasoner import Topic

    graph, reasoner = metaqa_graph(), EmbeddedReasoner()
    try:
        model = reasoner._prepare(graph).model
    except ModelUnavailable:
        return []
    asked = random.Random(0).sample(metaqa_topics(graph), questions)
    searches: dict[str, Search] = {"best-first": BestFirst(16), "beam 10": Beam(10), "one pass": OnePass()}
    found: dict[str, list[tuple[Run, SearchResult[Any]]]] = {name: [] for name in searches}
    for question, topic in asked:
        for name, search in searches.items():
            context = model.encode(_prompt(question, graph, Topic(topic)))
            automaton = RelationAutomaton(graph, 3)
            problem = SearchProblem(
                automaton, automaton.start([topic]), np.zeros(1, np.int64), np.zeros(1), len(context), Score.LOCAL, K
            )
            begin = time.perf_counter()
            result = run_search(search, model, context, problem)
            seconds = time.perf_counter() - begin
            top = [h.tokens[:-1] for h in result.hypotheses]
            found[name].append((Run(seconds, result.diagnostics.forwards, result.diagnostics.tokens, top), result))
    exact = [run.top for run, _ in found["one pass"]]
    return [
        {
            "search": name,
            "forwards": float(np.mean([run.forwards for run, _ in runs])),
            "relations_read": float(np.mean([run.tokens for run, _ in runs])),
            "milliseconds": 1000 * float(np.mean([run.seconds for run, _ in runs])),
            "certified": float(np.mean([result.exact for _, result in runs])),
            "share_of_top10": float(
                np.mean(
                    [overlap(run.top, best) / min(K, len(best)) for (run, _), best in zip(runs, exact, strict=True)]
                )
            ),
        }
        for name, runs in found.items()
    ]
