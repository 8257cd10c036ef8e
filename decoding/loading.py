"""Loading causal LMs from the Hugging Face hub or a local folder."""

from __future__ import annotations

from typing import Any

import torch

from decoding.causal_lm import CausalLM
from kg import limits
from kg.errors import BadInput, ModelUnavailable


def load_causal_lm(
    name: str,
    device: str | None = None,
    dtype: str | torch.dtype = "auto",
    attention: str = "sdpa",
    max_slots: int = limits.MAX_CACHED_TOKENS,
    **options: Any,
) -> CausalLM:
    """Load a causal LM and its tokenizer from a hub id or a local folder.

    Args:
        name: the hub id or folder.
        device: where to put it (``cuda``, ``cuda:1``, ``cpu``); a GPU where there is one, unless given.
        dtype: ``auto`` keeps the checkpoint's.
        attention: ``sdpa`` or ``eager``: both take the mask of a tree.
        max_slots: see ``CausalLM``.
        options: passed to ``from_pretrained`` (``quantization_config``, ``revision``, ``device_map``, ..).

    Raises:
        ModelUnavailable: nothing there, or code from the model's repository would have to run.
        BadInput: see ``CausalLM``.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer  # takes seconds to import

    if options.pop("trust_remote_code", False):
        raise BadInput("code from a model's repository is never run; convert the model to a native architecture")
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            name, dtype=dtype, attn_implementation=attention, trust_remote_code=False, **options
        )
    except (OSError, ValueError, ImportError) as error:
        raise ModelUnavailable(f"cannot load the causal LM {name!r}: {error}") from error
    if not {"device_map", "quantization_config"} & options.keys():
        model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return CausalLM(model, tokenizer, max_slots)
