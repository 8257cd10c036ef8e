"""Training on a graph of the catalogue: its labelled questions resolved, the result published if it is no worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clew.api.service.components import DefaultParts
from clew.api.settings import Settings
from clew.decoding.answering.topics import Linker
from clew.decoding.embedded.network import weights
from clew.decoding.embedded.network.weights import Weights
from clew.decoding.embedded.search.wording import mask_topic
from clew.evaluation.metrics.matching import normalise
from clew.evaluation.questions.question import Question
from clew.evaluation.questions.readers import read_questions
from clew.kg.errors import BadInput, ModelUnavailable, UnknownNode, UnknownRelation
from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue
from clew.retrieval.encoder.minilm import MiniLM
from clew.retrieval.linking.topics import topics
from clew.training.own_graph.labels.labelled import Labelled, Reading, directed_relation
from clew.training.own_graph.store import ModelStore
from clew.training.own_graph.train import GraphTraining, Observer, Plan, Report, Trained
from clew.training.synthetic.lexicon import read_lexicon

SHIPPED = "embedded"
"""What the model that comes with Clew is called."""


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What to train with: labelled questions (and their gold chains), and whether to replace a better model."""

    questions: Path | None = None
    chains: Path | None = None
    format: str | None = None
    plan: Plan = field(default_factory=Plan)
    force: bool = False


def train_graph(
    settings: Settings, name: str, options: TrainOptions, observe: Observer | None = None
) -> dict[str, Any]:
    """Train on a graph's current version and publish the model unless the one in use answers more; return the report.

    Raises ``UnknownGraph``, ``BadFile``, ``BadInput``, ``ModelUnavailable``.
    """
    catalogue = Catalogue(settings.home)
    graph = catalogue.open(name)
    store = ModelStore(catalogue, name)
    labelled = labelled_questions(settings, catalogue, graph, options)
    encoder = MiniLM(device="cpu")
    shipped = weights.load()
    folder, in_use = _in_use(store, graph, shipped)
    training = GraphTraining(graph, encoder, read_lexicon(), options.plan)
    trained = training.run(shipped, in_use, labelled, observe)
    published = options.force or _is_gain(trained.report)
    if published:
        folder = store.publish(lambda aside: _write(aside, graph, encoder, trained, options.plan))
    return _report(graph, trained.report, folder, published)


def labelled_questions(settings: Settings, catalogue: Catalogue, graph: Graph, options: TrainOptions) -> list[Labelled]:
    """Read the labelled questions that the options name, if any, in the graph's terms. Raises ``BadFile``."""
    if options.questions is None:
        return []
    questions = read_questions(options.questions, options.chains, options.format)
    return resolve(graph, DefaultParts(catalogue, settings).linker(graph), questions)


def forget(settings: Settings, name: str) -> bool:
    """Answer with the model that comes with Clew again; return whether the graph had one of its own."""
    return ModelStore(Catalogue(settings.home), name).forget()


def _in_use(store: ModelStore, graph: Graph, shipped: Weights) -> tuple[Path | None, Weights]:
    """Return the model that answers for a graph now; one that cannot be loaded is none."""
    try:
        folder = store.usable(graph)
        return folder, shipped if folder is None else weights.load(folder)
    except ModelUnavailable:
        return None, shipped


def _is_gain(report: Report) -> bool:
    return report.after >= report.before and report.best_step > 0


def _write(aside: Path, graph: Graph, encoder: MiniLM, trained: Trained, plan: Plan) -> str:
    about = {
        "graph": graph.name,
        "version": graph.version,
        "relations": [graph.relation_key(r) for r in range(graph.num_relations)],
        "plan": asdict(plan),
        "report": asdict(trained.report),
    }
    return weights.save(aside, trained.network, trained.fusion, encoder.fingerprint, about)


def _report(graph: Graph, report: Report, folder: Path | None, published: bool) -> dict[str, Any]:
    return {
        "graph": graph.name,
        "version": graph.version,
        "generated": report.generated,
        "labelled": report.labelled,
        **asdict(report.tally),
        "held_out": report.held_out,
        "steps": report.steps,
        "best_step": report.best_step,
        "seconds": report.seconds,
        "published": published,
        "before": round(report.before, 4),
        "after": round(report.after, 4),
        "cpu_seconds": report.cpu_seconds,
        "model": SHIPPED if folder is None else folder.name,
    }


def resolve(graph: Graph, linker: Linker, questions: Sequence[Question]) -> list[Labelled]:
    """Return a question set in the graph's terms: topics as the linker finds them, answers and chains as ids.

    Raises ``BadInput`` for a chain with a relation that the graph lacks.
    """
    nodes = _named(graph, {normalise(gold.label) for q in questions for gold in q.answers if gold.label is not None})
    return [_resolved(graph, linker, nodes, question) for question in questions]


def _resolved(graph: Graph, linker: Linker, nodes: dict[str, list[int]], question: Question) -> Labelled:
    answers = []
    for gold in question.answers:
        key = gold.key or gold.label
        found = None if key is None else graph.find_node(key)
        by_label = nodes.get(normalise(gold.label), []) if gold.key is None and gold.label is not None else []
        answers.append(tuple(sorted({*by_label, *(() if found is None else (found,))})))
    return Labelled(_readings(graph, linker, question), tuple(answers), _chain(graph, question), question.answerable)


def _readings(graph: Graph, linker: Linker, question: Question) -> tuple[Reading, ...]:
    try:
        linking = linker.link(question.text, question.topics or None)
    except UnknownNode:  # the set names a topic that the graph lacks: what the text names may still be there
        linking = linker.link(question.text)
    found = []
    for topic in topics(linking):
        labels = (graph.label(topic.node), *(label.text for label in graph.labels(topic.node)))
        found.append(Reading(topic.node, mask_topic(linking.question, topic.span, labels)))
    return tuple(found)


def _chain(graph: Graph, question: Question) -> tuple[int, ...] | None:
    if question.chain is None:
        return None
    try:
        return tuple(directed_relation(graph, step) for step in question.chain)
    except UnknownRelation as error:
        raise BadInput(f"line {question.number}: {error}") from None


def _named(graph: Graph, wanted: set[str]) -> dict[str, list[int]]:
    """Return the nodes with these labels (normalised), alternative ones included."""
    found: dict[str, list[int]] = {}
    if wanted:
        for node in range(graph.num_nodes):
            name = normalise(graph.label(node))
            if name in wanted:
                found.setdefault(name, []).append(node)
        for node, label in graph.iter_labels():
            name = normalise(label.text)
            if label.kind != "description" and name in wanted and node not in found.setdefault(name, []):
                found[name].append(node)
    return found
