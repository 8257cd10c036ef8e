"""Optional parts of an evaluation: perturbed wordings, unanswerable questions, baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clew.decoding.reasoner import Bounds, Reasoner
from clew.evaluation.baselines import NAMES, Baselines, Cosine
from clew.evaluation.metrics.ceiling import Ceiling
from clew.evaluation.metrics.scoring import QuestionScore, score
from clew.evaluation.questions.question import Question
from clew.evaluation.report import Report, averages
from clew.evaluation.run import Asked, Observer, TargetOf, TopicMode, evaluate_at
from clew.evaluation.targets import System, graph_target
from clew.evaluation.variants.perturb import mentions
from clew.evaluation.variants.robustness import Names, perturbed, side_by_side
from clew.evaluation.variants.unanswerable import choose, twins, unanswerable, without
from clew.kg.graph.graph import Graph

if TYPE_CHECKING:
    from clew.retrieval.vectors.path_prior import TokenEmbedder


@dataclass(frozen=True, slots=True)
class ExtrasContext:
    """What the extras share: the questions as first asked, and where and how they are asked again."""

    system: System
    asked: Sequence[Asked]
    target_of: TargetOf
    topic: TopicMode
    bounds: Bounds
    seed: int
    observer: Observer | None = None


def robustness(context: ExtrasContext, kinds: Sequence[str]) -> Report:
    """Ask the questions again in other words; return both averages by kind of perturbation."""
    report: Report = {}
    questions = [one.question for one in context.asked]
    for kind in kinds:
        changed = perturbed(questions, kind, context.seed, _names_at(context.target_of, questions))
        before = [context.asked[place] for place, _ in changed]
        after = evaluate_at(context.target_of, [q for _, q in changed], context.topic, context.observer)
        report[kind] = side_by_side(before, after, context.seed)
    return report


def _names_at(target_of: TargetOf, questions: Sequence[Question]) -> Names:
    """Return a function that lists the names of a topic: itself, and (where all questions share a graph) its labels."""
    if not questions or questions[0].subgraph is not None:
        return lambda topic: [topic]
    return labels_of(target_of(questions[0]).graph)


def labels_of(graph: Graph) -> Names:
    """Return a function that lists every label of a topic that is a key of the graph, and the topic itself."""

    def names(topic: str) -> Sequence[str]:
        node = graph.find_node(topic)
        if node is None:
            return [topic]
        said = [label.text for label in graph.labels(node) if label.kind != "description"]
        return list(dict.fromkeys([topic, graph.label(node), *said]))

    return names


def deleted(context: ExtrasContext, graph: Graph, reasoner: Reasoner, count: int) -> tuple[Report, list[Asked]]:
    """Ask questions of graphs that lack the relation they ask for (``clew.evaluation.variants.unanswerable``)."""
    groups = choose([one.question for one in context.asked], Ceiling(graph), count, context.seed)
    asked: list[Asked] = []
    gone = 0
    for relation, questions in sorted(groups.items()):
        less = without(graph, twins(graph, relation))
        lost = unanswerable(questions, less)
        gone += len(questions) - len(lost)
        if lost:
            target = graph_target(less, reasoner, context.system, context.bounds)
            asked += evaluate_at(lambda _, target=target: target, lost, context.topic, context.observer)  # type: ignore[misc]
    return {"n": len(asked), "graphs": len(groups), "topic_gone": gone}, asked


def baselines(context: ExtrasContext, encoder: TokenEmbedder) -> Report:
    """Return what the baselines score, from the very topics that the system started from."""
    scores: dict[str, list[QuestionScore]] = {name: [] for name in NAMES}
    held: tuple[Graph, Baselines] | None = None
    for done, one in enumerate(context.asked, 1):
        if one.question.answerable:
            graph = context.target_of(one.question).graph
            if held is None or held[0] is not graph:
                held = (graph, Baselines(graph, cosine_over(graph, encoder), context.bounds.max_hops))
            topics = [node for topic in one.outcome.linked if (node := graph.find_node(topic.key)) is not None]
            spans = mentions(one.question.text, [n for t in one.outcome.linked for n in labels_of(graph)(t.key)])
            for name, outcome in held[1].outcomes(one.question.text, topics, spans).items():
                scores[name].append(score(one.question, outcome, 0, 0.0))
        if context.observer is not None:
            context.observer(done, len(context.asked))
    return {name: averages(group) for name, group in scores.items()}


def cosine_over(graph: Graph, encoder: TokenEmbedder) -> Cosine:
    """Return the cosine of a question and the texts of relation paths, by the path prior's own feature."""
    from clew.retrieval.vectors.label_index import RelationIndex
    from clew.retrieval.vectors.path_prior import PathPrior

    prior: list[PathPrior] = []

    def cosine(question: str, paths: Sequence[tuple[int, ...]], spans: Sequence[tuple[int, int]]) -> Sequence[float]:
        if not prior:
            prior.append(PathPrior(graph, encoder, RelationIndex.open(graph, encoder)))
        found: list[float] = prior[0].features(question, paths, spans).cosine.tolist()
        return found

    return cosine


def encoder_of(reasoner: Reasoner) -> TokenEmbedder:
    """Return the sentence encoder that the reasoner has loaded anyway, else one of its own."""
    from clew.retrieval.encoder.minilm import MiniLM

    return reasoner.encoder or MiniLM(device="cpu")
