"""Trains the embedded model on a graph of the catalogue, and publishes the result if it is not worse."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clew.api.service.components import DefaultParts
from clew.api.settings import Settings
from clew.decoding.embedded.network import weights
from clew.decoding.embedded.network.weights import Weights
from clew.evaluation.questions.readers import read_questions
from clew.kg.errors import ModelUnavailable
from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue
from clew.retrieval.encoder.minilm import MiniLM
from clew.training.own_graph.labels.labelled import Labelled, resolve
from clew.training.own_graph.store import ModelStore
from clew.training.own_graph.train import GraphTraining, Observer, Trained, TrainingPlan, TrainingReport
from clew.training.synthetic.lexicon import read_lexicon

SHIPPED = "embedded"
"""What the model that comes with Clew is called."""


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What to train with: labelled questions (and their gold chains), and whether to replace a better model."""

    questions: Path | None = None
    chains: Path | None = None
    format: str | None = None
    plan: TrainingPlan = field(default_factory=TrainingPlan)
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


def _is_gain(report: TrainingReport) -> bool:
    return report.after >= report.before and report.best_step > 0


def _write(aside: Path, graph: Graph, encoder: MiniLM, trained: Trained, plan: TrainingPlan) -> str:
    about = {
        "graph": graph.name,
        "version": graph.version,
        "relations": [graph.relation_key(r) for r in range(graph.num_relations)],
        "plan": asdict(plan),
        "report": asdict(trained.report),
    }
    return weights.save(aside, trained.network, trained.fusion, encoder.fingerprint, about)


def _report(graph: Graph, report: TrainingReport, folder: Path | None, published: bool) -> dict[str, Any]:
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
