"""Loading language models from the Hugging Face hub or a local folder."""

from __future__ import annotations

from typing import Any

import torch

from clew.decoding.causal.branch_lm import BranchLM
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.causal.token_model import TokenModel
from clew.kg import limits
from clew.kg.errors import BadInput, ModelUnavailable


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
    model, tokenizer = _load("AutoModelForCausalLM", name, device, dtype, attention, options)
    return CausalLM(model, tokenizer, max_slots)


def load_token_model(
    name: str,
    device: str | None = None,
    dtype: str | torch.dtype = "auto",
    attention: str = "sdpa",
    **options: Any,
) -> TokenModel:
    """Load whatever language model is there: a causal LM that is searched as a tree, one that can only be run branch by
    branch (ALiBi, state-space layers), or an encoder-decoder. Arguments and errors as for ``load_causal_lm``."""
    if _is_encoder_decoder(name, options):
        return BranchLM(*_load("AutoModelForSeq2SeqLM", name, device, dtype, None, options))
    try:
        model, tokenizer = _load("AutoModelForCausalLM", name, device, dtype, attention, options)
    except ModelUnavailable as error:
        if not isinstance(error.__cause__, ValueError):  # how an architecture without that attention shows
            raise
        model, tokenizer = _load("AutoModelForCausalLM", name, device, dtype, None, options)
    try:
        return CausalLM(model, tokenizer)
    except BadInput:  # its positions or memories make no tree; that it scores rightly is checked there, too
        return BranchLM(model, tokenizer)


def load_tokenizer(name: str) -> Any:
    """Load a tokenizer from a hub id or a local folder. Raises ``ModelUnavailable``."""
    import transformers  # takes seconds to import

    try:
        return transformers.AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError, ImportError) as error:
        raise _unavailable(name, error) from error


def _is_encoder_decoder(name: str, options: dict[str, Any]) -> bool:
    from transformers import AutoConfig

    kept = {key: options[key] for key in ("revision", "token", "cache_dir") if key in options}
    try:
        return bool(AutoConfig.from_pretrained(name, trust_remote_code=False, **kept).is_encoder_decoder)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise _unavailable(name, error) from error


def _load(
    kind: str, name: str, device: str | None, dtype: str | torch.dtype, attention: str | None, options: dict[str, Any]
) -> tuple[Any, Any]:
    """Return model and tokenizer; ``attention`` None leaves the choice to the architecture."""
    import transformers  # takes seconds to import

    if options.get("trust_remote_code"):
        raise BadInput("Clew never runs code from a model repository; convert the model to a native architecture")
    options = {key: value for key, value in options.items() if key != "trust_remote_code"}
    asked = options | ({"attn_implementation": attention} if attention else {})
    try:
        tokenizer = load_tokenizer(name)
        model = getattr(transformers, kind).from_pretrained(name, dtype=dtype, trust_remote_code=False, **asked)
    except (OSError, ValueError, ImportError) as error:
        raise _unavailable(name, error) from error
    if not {"device_map", "quantization_config"} & options.keys():
        model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return model, tokenizer


def _unavailable(name: str, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(f"cannot load the language model {name!r}: {error}")
