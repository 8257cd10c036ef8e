"""The models of the decoding benchmarks: real shapes, a real tokenizer, random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config

from benchmarks.harness import SHARED

VOCABULARY = 151_936
SHAPES = {
    "Qwen2-0.5B": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14},
    "Qwen2 of 4 layers of 256": {
        "hidden_size": 256,
        "intermediate_size": 768,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
    },
    "tiny": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4},
}
LOGIT_DEVIATION = 2.0
"""Standard deviation of the random model's logits: between flat and peaked (perplexity 20,000 of 151,936)."""


def load_tokenizer(data: Path = SHARED) -> Any:
    raw = Tokenizer.from_file(str(data / "tokenizers" / "qwen" / "tokenizer.json"))
    return PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|endoftext|>", pad_token="<|endoftext|>")


def random_model(config: Any, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Any:
    """A model of random weights whose context matters (projections scaled up) and whose logits are neither flat nor
    one-hot. The library's own initialisation would take longer than the whole quick benchmark."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation="sdpa")
    model = model.to_empty(device=device).eval()
    model.model.rotary_emb = type(model.model.rotary_emb)(config).to(device)  # buffers that no weights file holds
    model.tie_weights()
    generator = torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.fill_(0.0 if name.endswith("bias") else 1.0)
                continue
            is_output = "lm_head" in name or ("embed" in name and config.tie_word_embeddings)
            deviation = LOGIT_DEVIATION / config.hidden_size**0.5 if is_output else 0.02
            deviation *= 4 if "o_proj" in name or "down_proj" in name else 1
            parameter.uniform_(-deviation * 3**0.5, deviation * 3**0.5, generator=generator)
    return model


def token_model(shape: str) -> tuple[Any, Any]:
    """The tokenizer and a random model in the shape of Qwen2."""
    tokenizer = load_tokenizer()
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        num_key_value_heads=2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        **SHAPES[shape],
    )
    return random_model(config), tokenizer
