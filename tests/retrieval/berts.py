"""BERTs, and what ``transformers`` makes of the same folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "who", "directed", "a", "film", "[", "]", "sep")


def tiny_bert(folder: Path, seed: int = 0, heads: int = 2, layers: int = 2) -> Path:
    """Write a random BERT of 16 dimensions and 40 places over a handful of words; return its folder."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=32,
        max_position_embeddings=40,
    )
    BertModel(config).save_pretrained(folder)
    BertTokenizerFast(vocab={word: i for i, word in enumerate(WORDS)}).save_pretrained(folder)
    return folder


@lru_cache(maxsize=4)
def by_transformers(folder: Path) -> tuple[Any, Any]:
    """The model and the tokenizer of a folder."""
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
    return model, AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
