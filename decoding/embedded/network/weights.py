"""Reading and writing the embedded model's weights: a folder of ``model.safetensors`` and ``config.json``."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch.overrides import TorchFunctionMode

from clew import data
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import Config
from clew.decoding.embedded.ranking.confidence import Confidence, Logistic
from clew.decoding.embedded.ranking.fusion import Fusion
from clew.kg.errors import ModelUnavailable
from clew.kg.store.manifest import sealed, unseal
from clew.retrieval.encoder.bert import BertLayer

FORMAT = 5
"""Version of the folder's layout and of the network's shape; others are refused."""
WEIGHTS, CONFIG = "model.safetensors", "config.json"
DEFAULT = Path(data.__file__).parent / "embedded"
"""The shipped model."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A network with what it needs to be used. ``encoder``: fingerprint of the MiniLM it was trained on;
    ``fingerprint`` names the network and its fusion; ``about``: recipe and figures, for people."""

    network: Network
    fusion: Fusion
    encoder: str
    fingerprint: str
    about: dict[str, Any]


def save(folder: Path, network: Network, fusion: Fusion, encoder: str, about: dict[str, Any]) -> str:
    """Write a model folder (float16 weights) and return its fingerprint; the config is written last."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().to(torch.float16).contiguous() for name, value in network.state_dict().items()}
    data = save_tensors(tensors)
    digest = hashlib.sha256(data).hexdigest()
    (folder / WEIGHTS).write_bytes(data)
    config = {
        "format": FORMAT,
        "sha256": digest,
        "encoder": encoder,
        "network": network.config.as_dict(),
        "fusion": asdict(fusion),
        "about": about,
    }
    (folder / CONFIG).write_bytes(sealed(config) + b"\n")
    return _fingerprint(digest, fusion)


def as_stored(network: Network) -> Network:
    """Return a copy of a network as ``load`` gives it after ``save``: rounded to float16, for inference only."""
    found = copy.deepcopy(network)
    with torch.no_grad():
        for value in found.state_dict().values():
            value.copy_(value.to(torch.float16))
    return found.eval().requires_grad_(False)


def load(folder: Path = DEFAULT) -> Weights:
    """Read a model folder. Raises ``ModelUnavailable`` if a file is missing, broken, or not what the config says."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        data = (folder / WEIGHTS).read_bytes()
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelUnavailable(f"{folder}: there is no readable embedded model ({error})") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise ModelUnavailable(f"{folder / CONFIG}: not an embedded model of format {FORMAT}; train it again")
    if unseal(config) is False:
        raise ModelUnavailable(f"{folder / CONFIG}: damaged: its checksum is another one; train the model again")
    digest = hashlib.sha256(data).hexdigest()
    if digest != config.get("sha256"):
        raise ModelUnavailable(
            f"{folder / WEIGHTS}: SHA-256 is {digest}, the config says {config.get('sha256')}: "
            "the file is damaged or modified; reinstall Clew or train the model again"
        )
    try:
        network = _network(Config(**config["network"]), load_tensors(data))
        fusion = _fusion(config["fusion"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelUnavailable(f"{folder}: the embedded model does not fit this version of Clew: {error}") from error
    return Weights(network, fusion, str(config["encoder"]), _fingerprint(digest, fusion), dict(config.get("about", {})))


def _fingerprint(digest: str, fusion: Fusion) -> str:
    return hashlib.sha256(f"{digest} {json.dumps(asdict(fusion), sort_keys=True)}".encode()).hexdigest()[:16]


def _network(config: Config, tensors: dict[str, torch.Tensor]) -> Network:
    with torch.random.fork_rng(devices=[]), _Unfilled():  # the meta device would import torch's compiler: seconds
        layers = torch.nn.ModuleList([BertLayer() for _ in range(config.tuned_layers)])
        network = Network(config, layers)
    network.load_state_dict({name: value.float() for name, value in tensors.items()}, assign=True)
    return network.eval().requires_grad_(False)


class _Unfilled(TorchFunctionMode):
    """Within it, tensors that layers would fill with random numbers are left as they are: they are replaced anyway."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Leave out what fills a tensor; do anything else."""
        if func is torch.nn.init.kaiming_uniform_:
            return kwargs["tensor"]
        if func in (torch.Tensor.uniform_, torch.Tensor.normal_):
            return args[0]
        return func(*args, **(kwargs or {}))


def _fusion(table: dict[str, Any]) -> Fusion:
    found = table["confidence"]
    answerable, right = (Logistic(tuple(found[n]["slopes"]), float(found[n]["bias"])) for n in ("answerable", "right"))
    confidence = Confidence(answerable, right, float(found["scale"]), float(found["shift"]))
    return Fusion(tuple(table["weights"]), confidence)
