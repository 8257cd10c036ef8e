"""Fine-tunes a Hugging Face causal LM on the questions of a graph of the catalogue."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from clew.api.model_settings import PROMPT_KEY, PromptName
from clew.api.settings import Settings
from clew.api.train.training import TrainOptions, labelled_questions
from clew.decoding.causal.loading import load_causal_lm
from clew.decoding.embedded.network import weights
from clew.decoding.token.layout import EntityLayout, RelationLayout
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg.errors import BadInput
from clew.kg.store.catalogue import Catalogue
from clew.retrieval.encoder.minilm import MiniLM
from clew.training.own_graph.causal.examples import CausalExample, CausalExampleMaker
from clew.training.own_graph.causal.tune import CausalRecipe, finetune, load_trainable
from clew.training.own_graph.items import Item
from clew.training.own_graph.judging import hits, judging_pipeline, likeliest
from clew.training.own_graph.train import GraphTraining
from clew.training.synthetic.lexicon import read_lexicon

LAYOUTS: dict[str, type[RelationLayout] | type[EntityLayout]] = {"relations": RelationLayout, "entities": EntityLayout}
"""What a model is trained to spell: ``relations`` is what ``clew ask`` has it spell, ``entities`` is GCR's."""


@dataclass(frozen=True, slots=True)
class CausalOptions:
    """Which model (hub id or folder), where the trained one is written, how it is trained."""

    model: str
    out: Path
    layout: str = "relations"
    recipe: CausalRecipe = field(default_factory=CausalRecipe)
    questions: TrainOptions = field(default_factory=TrainOptions)


def train_causal(
    settings: Settings, name: str, options: CausalOptions, observe: Callable[[int, float], None] | None = None
) -> dict[str, Any]:
    """Fine-tune on a graph's questions, write model and tokenizer to a folder, and return the report.

    ``before`` and ``after`` are Hits@1 on the held-out part. Raises ``BadInput`` where the folder is not empty.
    """
    if options.out.exists() and any(options.out.iterdir()):
        raise BadInput(f"{options.out}: the folder is not empty; use a new folder for the trained model")
    cpu = time.process_time()
    catalogue, plan = Catalogue(settings.home), options.questions.plan
    graph = catalogue.open(name)
    encoder = MiniLM(device="cpu")
    training = GraphTraining(graph, encoder, read_lexicon(), plan)
    labelled = labelled_questions(settings, catalogue, graph, options.questions)
    shipped = weights.load()
    prefer = partial(likeliest, training.pipeline(shipped.network, shipped.fusion))
    tally = training.curriculum.read(labelled, prefer, lambda done, of: None)
    held_out = [item for item in training.curriculum.held_out if item.gold]
    lm = load_causal_lm(options.model, settings.device)
    layout = LAYOUTS[options.layout]()
    reasoner = TokenReasoner(lm, layout)
    before = hits(judging_pipeline(graph, reasoner), held_out)
    maker = CausalExampleMaker(graph, lm.tokenizer, layout, reasoner.end_token, random.Random(plan.seed))
    planned = options.recipe.steps * options.recipe.batch
    stream = _examples(training.curriculum.items(planned), maker)
    tokenizer = lm.tokenizer
    del lm, reasoner  # the model is loaded anew to be trained: a GPU may not hold it twice
    model = load_trainable(options.model, settings.device, options.recipe.lora > 0)
    trained = finetune(model, tokenizer.pad_token_id or 0, stream, options.recipe, observe)
    trained.save_pretrained(options.out)
    tokenizer.init_kwargs[PROMPT_KEY] = str(PromptName.PLAIN)
    tokenizer.save_pretrained(options.out)
    del model, trained
    reasoner = TokenReasoner(load_causal_lm(str(options.out), settings.device), layout)
    after = hits(judging_pipeline(graph, reasoner), held_out)
    return {
        "graph": graph.name,
        "version": graph.version,
        "generated": training.curriculum.generated,
        "labelled": len(labelled),
        **asdict(tally),
        "held_out": len(held_out),
        "steps": options.recipe.steps,
        "before": round(before, 4),
        "after": round(after, 4),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "model": str(options.out),
    }


def _examples(items: Iterator[Item], maker: CausalExampleMaker) -> Iterator[CausalExample]:
    return (maker.example(item) for item in items if item.gold)
