"""What is read off a token model's tokenizer: its name, and the tokens that open, close and stop."""

from __future__ import annotations

from pathlib import PurePath

from clew.decoding.causal.token_model import TokenModel
from clew.kg.errors import BadInput


def model_name(lm: TokenModel) -> str:
    """Return the hub id, or the last part of a folder: where it lies is nobody's business."""
    name = str(getattr(lm.tokenizer, "name_or_path", "") or "local")
    return PurePath(name).name if name.startswith(("/", ".", "~", "\\")) else name


def end_token(lm: TokenModel, text: str | None) -> int:
    """Return the id of the token that closes a path."""
    vocabulary = lm.tokenizer.get_vocab()
    for candidate in (text,) if text else ("</PATH>", lm.tokenizer.eos_token):
        if candidate is not None and candidate in vocabulary:
            return int(vocabulary[candidate])
    raise BadInput(f"the tokenizer has no token {text or 'for the end of a text'!r} to end a path")


def line_token(lm: TokenModel, marker: str) -> int:
    """Return the id of a marker that the vocabulary has, or else of the line break, as which it then serves."""
    vocabulary = lm.tokenizer.get_vocab()
    if marker in vocabulary:
        return int(vocabulary[marker])
    ids = lm.tokenizer("\n", add_special_tokens=False)["input_ids"]
    if len(ids) != 1:
        raise BadInput(f"the tokenizer has no {marker} and needs {len(ids)} tokens for a line break")
    return int(ids[0])
