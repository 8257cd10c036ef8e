"""Supervised fine-tuning of a causal LM on a graph's questions: a plain loop, whole or by low-rank adapters.

The loss is the cross-entropy of the path's tokens alone, as in GCR (Luo et al. 2024, arXiv 2410.13080, equation 3); its
answers, which GCR's model also learns to write, are the ends of the path here. Adapters are LoRA (Hu et al. 2021, arXiv
2106.09685) through ``peft``, merged into the weights afterwards, so that the result loads as any other model does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from clew.kg.errors import ModelUnavailable
from clew.training.own_graph.causal.examples import CausalExample

IGNORED = -100
"""The label of a token that is not trained on (``transformers``' own)."""


@dataclass(frozen=True, slots=True)
class CausalRecipe:
    """``rate`` None: 2e-5, or 2e-4 for adapters. ``lora``: the rank of adapters, 0 trains all weights."""

    steps: int = 300
    batch: int = 16
    rate: float | None = None
    warmup: float = 0.05
    clip: float = 1.0
    lora: int = 0
    seconds: float = 24 * 3600.0


def finetune(
    model: Any,
    pad: int,
    stream: Iterator[CausalExample],
    recipe: CausalRecipe,
    observe: Callable[[int, float], None] | None = None,
) -> Any:
    """Train a ``transformers`` causal LM, on the device it is on; return it (adapters merged), in eval mode.

    ``observe`` is told the step and its loss. Raises ``ModelUnavailable`` where adapters are wanted and ``peft`` is not
    installed.
    """
    trained = _with_adapters(model, recipe.lora) if recipe.lora else model
    rate = recipe.rate if recipe.rate is not None else (2e-4 if recipe.lora else 2e-5)
    trained.train()
    parameters = [parameter for parameter in trained.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.0)
    warm = max(1, round(recipe.warmup * recipe.steps))
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda at: min((at + 1) / warm, max(0.0, (recipe.steps - at) / max(1, recipe.steps - warm)))
    )
    begin = time.process_time()
    for step in range(1, recipe.steps + 1):
        examples = list(islice(stream, recipe.batch))
        if not examples or time.process_time() - begin > recipe.seconds:
            break
        loss = path_loss(trained, examples, pad)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, recipe.clip)
        optimiser.step()
        rates.step()
        if observe is not None:
            observe(step, float(loss.detach()))
    merged = trained.merge_and_unload() if recipe.lora else trained
    return merged.eval()


def load_trainable(name: str, device: str | None, lora: bool) -> Any:
    """Load a causal LM to train: in float32 where all weights are trained (small steps vanish in bfloat16), else as it
    is stored. Raises ``ModelUnavailable``."""
    from transformers import AutoModelForCausalLM

    try:
        model = AutoModelForCausalLM.from_pretrained(
            name, dtype="auto" if lora else torch.float32, trust_remote_code=False
        )
    except (OSError, ValueError, ImportError) as error:
        raise ModelUnavailable(f"cannot load the causal LM {name!r}: {error}") from error
    return model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))


def path_loss(model: Any, examples: Sequence[CausalExample], pad: int) -> Tensor:
    """Return the mean cross-entropy (nats) of the examples' path tokens."""
    device = next(model.parameters()).device
    rows = [example.prompt + example.path for example in examples]
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), pad, dtype=torch.long)
    labels = torch.full_like(ids, IGNORED)
    mask = torch.zeros_like(ids)
    for i, (row, example) in enumerate(zip(rows, examples, strict=True)):
        ids[i, : len(row)] = torch.tensor(row)
        labels[i, len(example.prompt) : len(row)] = torch.tensor(example.path)
        mask[i, : len(row)] = 1
    found: Tensor = model(
        input_ids=ids.to(device), attention_mask=mask.to(device), labels=labels.to(device), use_cache=False
    ).loss
    return found


def _with_adapters(model: Any, rank: int) -> Any:
    try:
        from peft import LoraConfig, get_peft_model  # type: ignore[import-not-found]
    except ImportError as error:
        raise ModelUnavailable("adapters need peft: pip install 'clew[lora]'") from error
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, config)
