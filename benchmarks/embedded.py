"""The embedded model on MetaQA: time per question, alone and in batches, memory, and beside it the cosine baseline.

MetaQA's graph is ingested into a temporary home. Questions of one, two and three hops (dev split, drawn with seed 0)
are linked, reasoned about, gathered and verified by two threads, one at a time (which takes one of them) and 64 at a
time; the rates are of the same questions, and either way begins with no wording read yet (one that comes again is read
once, either way). The cosine baseline (``clew.evaluation.baselines``) chooses, from the same topics, the relation path
whose text lies nearest to the question; its time is that of the choice alone, without linking or gathering.

    python -m benchmarks.embedded [--quick] [--json]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clew.api.settings import EMBEDDED, Settings
from clew.api.threads import set_threads

THREADS = 2
set_threads(EMBEDDED, THREADS)  # before torch is imported

import numpy as np  # noqa: E402

from benchmarks.harness import SHARED, Bars, Results, bar, main  # noqa: E402
from clew.api.service.service import Service  # noqa: E402
from clew.decoding.answering.answered import Answered  # noqa: E402
from clew.decoding.answering.pipeline import Pipeline, Query  # noqa: E402
from clew.decoding.embedded.reasoner import EmbeddedReasoner  # noqa: E402
from clew.decoding.reasoner import Bounds  # noqa: E402
from clew.evaluation.questions.question import Question  # noqa: E402
from clew.evaluation.questions.readers import read_questions  # noqa: E402
from clew.evaluation.questions.sample import sample  # noqa: E402
from clew.kg import limits  # noqa: E402
from clew.kg.ingest.ingest import ingest  # noqa: E402
from clew.kg.memory import peak_rss_mb  # noqa: E402
from clew.kg.store.catalogue import Catalogue  # noqa: E402

METAQA = SHARED / "metaqa"
HOPS = (1, 2, 3)
PER_HOP, QUICK_PER_HOP = 320, 64
BATCH = 64
COSINE_QUESTIONS = 16
"""Questions per hop that the cosine baseline is timed on."""


def run(quick: bool) -> tuple[Results, Bars]:
    """Measure; see the module."""
    if not METAQA.is_dir():
        sys.exit(f"{METAQA} is not there: this benchmark needs MetaQA")
    with tempfile.TemporaryDirectory(prefix="clew-embedded-") as folder:
        ingest(Catalogue(Path(folder)), [METAQA / "kb.txt"], "metaqa")
        service = Service(Settings(home=Path(folder)))
        with _timed() as loading:
            pipeline = service.pipeline("metaqa")
            service.warm("metaqa")
        questions = {hops: _questions(hops, QUICK_PER_HOP if quick else PER_HOP) for hops in HOPS}
        every = [question for of_hops in questions.values() for question in of_hops]
        _together(pipeline, every[:BATCH])  # compiles and allocates what no later question waits for
        reasoner = pipeline.reasoner
        assert isinstance(reasoner, EmbeddedReasoner)
        reasoner.forget()  # neither way may profit from what the other has read
        with _timed() as alone_seconds:
            alone = {hops: [_alone(pipeline, question) for question in some] for hops, some in questions.items()}
        batches = _batches(questions)
        reasoner.forget()
        with _timed() as batch_seconds:
            together = [_together(pipeline, batch) for batch in batches]
        rss = peak_rss_mb()  # before the baseline: its path vectors are not the service's
        results = {
            "load_seconds": loading[0],
            "alone": [_row(hops, some, questions[hops]) for hops, some in alone.items()],
            "stages_ms": _stages([found for some in alone.values() for _, found in some]),
            "batch": {
                "size": BATCH,
                "batches": len(batches),
                "ms_per_question": 1000 * batch_seconds[0] / len(every),
                "same_answers": _agreement(alone, questions, batches, together),
            },
            "baseline": _cosine(pipeline, questions),
            "peak_rss_mb": rss,
        }
        times = [1000 * seconds for some in alone.values() for seconds, _ in some]
        bars = {
            "p50_ms": np.quantile(times, 0.5),
            "p95_ms": np.quantile(times, 0.95),
            "batch64_speedup": alone_seconds[0] / batch_seconds[0],
            "rss_mb": rss,
            "weights_mb": _weights_mb(),
        }
        return results, [bar(name, value) for name, value in bars.items()]


def _questions(hops: int, count: int) -> list[Question]:
    return sample(read_questions(METAQA / f"{hops}-hop" / "qa_dev.txt"), count, 0)


def _batches(questions: dict[int, list[Question]]) -> list[list[Question]]:
    """Return batches in which hop counts are mixed, as questions of real people are."""
    mixed = [question for some in zip(*questions.values(), strict=True) for question in some]
    return [mixed[at : at + BATCH] for at in range(0, len(mixed), BATCH)]


def _query(question: Question) -> Query:
    return Query(question.text, Bounds(limits.MAX_HOPS, deadline=time.monotonic() + limits.ASK_SECONDS))


def _alone(pipeline: Pipeline, question: Question) -> tuple[float, Answered]:
    query = _query(question)
    start = time.perf_counter()
    found = pipeline.answer(query)
    return time.perf_counter() - start, found


def _together(pipeline: Pipeline, questions: Sequence[Question]) -> list[Answered]:
    found = pipeline.answer_many([_query(question) for question in questions])
    failed = [one for one in found if not isinstance(one, Answered)]
    if failed:
        raise failed[0]  # a batch that loses a question is not a faster batch
    return [one for one in found if isinstance(one, Answered)]


@contextmanager
def _timed() -> Iterator[list[float]]:
    seconds: list[float] = []
    start = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - start)


def _labels(pipeline: Pipeline, found: Answered) -> set[str]:
    return set() if found.reason else {pipeline.graph.label(answer.node) for answer in found.gathered.answers}


def _row(hops: int, some: Sequence[tuple[float, Answered]], questions: Sequence[Question]) -> dict[str, Any]:
    times = [1000 * seconds for seconds, _ in some]
    return {
        "hops": hops,
        "questions": len(questions),
        "p50_ms": float(np.quantile(times, 0.5)),
        "p95_ms": float(np.quantile(times, 0.95)),
        "answered": sum(found.reason is None for _, found in some) / len(some),
    }


def _stages(found: Sequence[Answered]) -> dict[str, float]:
    return {stage: statistics.median(one.timings[stage] for one in found) for stage in found[0].timings}


def _agreement(
    alone: dict[int, list[tuple[float, Answered]]],
    questions: dict[int, list[Question]],
    batches: Sequence[Sequence[Question]],
    together: Sequence[Sequence[Answered]],
) -> float:
    """Return the share of questions whose relation paths are the same, in the same order, alone and in a batch."""
    by_question = {
        (hops, question.number): found
        for hops, some in questions.items()
        for question, (_, found) in zip(some, alone[hops], strict=True)
    }
    keys = [(hops, question.number) for some in zip(*_keyed(questions), strict=True) for hops, question in some]
    in_batch = [found for batch in together for found in batch]
    same = [_paths(by_question[key]) == _paths(found) for key, found in zip(keys, in_batch, strict=True)]
    assert len(same) == sum(map(len, batches))
    return sum(same) / len(same)


def _keyed(questions: dict[int, list[Question]]) -> list[list[tuple[int, Question]]]:
    return [[(hops, question) for question in some] for hops, some in questions.items()]


def _paths(found: Answered) -> list[tuple[int, tuple[int, ...]]]:
    return [(path.topic.node, path.relations) for path in found.reasoning.paths]


def _cosine(pipeline: Pipeline, questions: dict[int, list[Question]]) -> list[dict[str, Any]]:
    """Return what the cosine baseline takes and how often any of its answers is right, beside the model's own share."""
    from clew.evaluation.baselines import Baselines
    from clew.evaluation.extras import cosine_over, encoder_of, labels_of
    from clew.evaluation.variants.perturb import mentions

    graph = pipeline.graph
    baselines, names = (
        Baselines(graph, cosine_over(graph, encoder_of(pipeline.reasoner)), limits.MAX_HOPS),
        labels_of(graph),
    )
    rows = []
    for hops, some in questions.items():
        times, right, model = [], [], []
        for question in some[:COSINE_QUESTIONS]:
            gold = {answer.label for answer in question.answers}
            found = _alone(pipeline, question)[1]
            topics = [link.node for link in found.links if link.topic]
            spans = mentions(question.text, [name for node in topics for name in names(graph.key(node))])
            start = time.perf_counter()
            outcome = baselines.outcomes(question.text, topics, spans)["cosine"]
            times.append(1000 * (time.perf_counter() - start))
            right.append({answer.label for answer in outcome.answers} == gold)
            model.append(_labels(pipeline, found) == gold)
        rows.append(
            {
                "hops": hops,
                "questions": len(times),
                "cosine_p50_ms": float(np.quantile(times, 0.5)),
                "cosine_exact": sum(right) / len(right),
                "model_exact": sum(model) / len(model),
            }
        )
    return rows


def _weights_mb() -> float:
    from clew.decoding.embedded.network.weights import DEFAULT

    return sum(file.stat().st_size for file in DEFAULT.iterdir()) / 2**20


if __name__ == "__main__":
    main(run)
