"""Tiny random models of every architecture tested, and a tokenizer that needs no file."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TEXT = [
    "A knowledge graph is a set of facts: head, relation, tail. A relation path starts at an entity that a question",
    "names and follows one relation after another until it reaches the answer. Write the relation path. Question:",
    "where was she born",
    "who wrote the book",
    "film directed by starred actors",
    "-> ? . , : born in city of",
]
ARCHITECTURES = ["Llama", "Qwen2", "Qwen3", "Mistral", "Gemma", "Gemma2", "Phi3", "GPT2", "Granite", "Cohere", "Phi"]


@cache
def tokenizer() -> Any:
    """A byte-level BPE without merges of note: any text becomes tokens."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|end|>", "<|user|>", "<PATH>", "</PATH>"],
    )
    raw.train_from_iterator(TEXT, trainer)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>")


def tiny(architecture: str, seed: int = 0, sharpness: float = 1.0, **options: Any) -> Any:
    """A random causal LM of two layers; ``sharpness`` scales its output distribution."""
    config_class = getattr(transformers, f"{architecture}Config")
    common: dict[str, Any] = {"vocab_size": len(tokenizer()), "pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0}
    if architecture == "GPT2":
        common |= {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 1024}
    else:
        common |= {
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 1024,
        }
    if architecture in ("Gemma", "Gemma2", "Qwen3"):
        common["head_dim"] = 8
    if architecture == "Granite":
        common |= {"logits_scaling": 3.0}
    if architecture == "Cohere":
        common |= {"logit_scale": 2.0}
    if architecture == "Gemma2":
        common |= {"final_logit_softcapping": 2.0, "query_pre_attn_scalar": 8}
    torch.manual_seed(seed)
    attention = "eager" if architecture == "Gemma2" else "sdpa"  # sdpa leaves out its soft capping
    config = config_class(**(common | options))
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation=attention).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.mul_(4.0 if "embed" not in name and "wte" not in name else sharpness)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.5)
    return model
