"""A pretrained encoder and its tokenizer: a BERT from its folder, or any model that ``transformers`` loads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from clew.kg.errors import ModelUnavailable
from clew.retrieval.encoder.bert import Bert
from clew.retrieval.encoder.word_pieces import WordPieces


@dataclass(frozen=True)
class Pretrained:
    """``model`` (a ``Bert``, or an encoder of ``transformers``, in eval mode), its tokenizer, the width of its states,
    and how many tokens it has places for."""

    model: nn.Module
    tokenizer: WordPieces
    width: int
    positions: int

    @classmethod
    def from_folder(cls, folder: Path) -> Pretrained:
        """Read a BERT without importing ``transformers``. Raises ``ModelUnavailable``."""
        bert = Bert.read(folder)
        return cls(bert, WordPieces.read(folder / "tokenizer.json"), bert.width, bert.positions)

    @classmethod
    def from_pretrained(cls, source: str) -> Pretrained:
        """Load from a folder or, where there is none of this name, the hub; safetensors only (no pickle) and no code
        from the model's repository. Raises ``ModelUnavailable``."""
        model, tokenizer = _by_transformers(source, Path(source).is_dir())
        if not getattr(tokenizer, "is_fast", False):
            raise ModelUnavailable(f"the embedder {source!r} has no fast tokenizer (tokenizer.json)")
        pad = tokenizer.pad_token or tokenizer.eos_token
        if pad is None:
            raise ModelUnavailable(f"the embedder {source!r} has no padding token")
        places = min(getattr(model.config, "max_position_embeddings", 2**31), int(tokenizer.model_max_length))
        pieces = WordPieces(tokenizer.backend_tokenizer.to_str(), pad, tokenizer.unk_token or pad)
        return cls(model.eval().requires_grad_(False), pieces, int(model.config.hidden_size), places)

    def to(self, device: str) -> Pretrained:
        """Move the model; return self."""
        self.model.to(device)
        return self

    def states(self, token_ids: Tensor, mask: Tensor) -> Tensor:
        """Return the last hidden states ``[b, T, width]`` of token ids ``[b, T]``; ``mask`` bool, True on tokens."""
        if isinstance(self.model, Bert):
            found: Tensor = self.model(token_ids, mask)
        else:
            found = self.model(input_ids=token_ids, attention_mask=mask.long()).last_hidden_state
        return found

    @property
    def bert(self) -> Bert:
        """The model as BERT layers, its own tensors. Raises ``ModelUnavailable`` for any other architecture."""
        return self.model if isinstance(self.model, Bert) else Bert.sharing(self.model)


def _by_transformers(name: str, local: bool) -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=local, trust_remote_code=False)
        model = AutoModel.from_pretrained(
            name, local_files_only=local, trust_remote_code=False, use_safetensors=True, dtype="float32"
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        where = f"the folder {name}" if local else f"{name!r}, which is neither a folder nor reachable on the hub"
        raise ModelUnavailable(f"the embedder cannot be loaded from {where}: {error}") from error
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
    return model, tokenizer
