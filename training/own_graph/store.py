"""Trained models by graph name: versioned, published atomically, kept when the graph gets a new version.

    graphs/<name>/models/current                    the folder of the published model, replaced atomically
    graphs/<name>/models/<number>-<fingerprint>/    a model folder (``clew.decoding.embedded.network.weights``)

A model is built aside and renamed into place before ``current`` names it: killed at any moment, a graph has its old
model or its new one. Reading this folder needs no torch.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clew.kg.errors import ModelUnavailable
from clew.kg.graph.graph import Graph
from clew.kg.limits import KEEP_MODELS
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import storing, sync_directory, write_durably

SHARED_RELATIONS = 0.5
"""Least share of the relations trained on, and of those now there, that both graphs have: with fewer in common the name
stands for another graph than the one trained on."""
_FOLDER = re.compile(r"(\d{6,})-([0-9a-f]{16})")


class ModelStore:
    """The trained models of one named graph."""

    def __init__(self, catalogue: Catalogue, name: str) -> None:
        """Raises ``UnknownGraph``."""
        self.name = name
        self._models = catalogue.models_folder(name)

    def current(self) -> Path | None:
        """Return the folder of the published model; None if the graph has none.

        Raises ``ModelUnavailable`` where one is named but not there.
        """
        try:
            name = (self._models / "current").read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        if not _FOLDER.fullmatch(name) or not (self._models / name).is_dir():
            raise ModelUnavailable(
                f"{self._models / 'current'}: invalid model name ({name[:80]!r}); "
                f"run `clew train --graph {self.name}` again"
            )
        return self._models / name

    def usable(self, graph: Graph) -> Path | None:
        """Return the published model if it was trained on (a version of) a graph with much the same relations."""
        folder = self.current()
        if folder is None:
            return None
        trained_on = set(about(folder).get("relations", ()))
        now = {graph.relation_key(r) for r in range(graph.num_relations)}
        shared = len(trained_on & now)
        enough = shared and shared >= SHARED_RELATIONS * max(len(trained_on), len(now))
        return folder if enough else None

    def publish(self, write: Callable[[Path], str]) -> Path:
        """Write a model aside (``write`` gets a new folder, returns the fingerprint) and make it the current one.

        ``StorageFailed`` where the disk refuses; the old model then stays current.
        """
        with storing(self._models):
            self._models.mkdir(exist_ok=True)
            return self._publish(write)

    def _publish(self, write: Callable[[Path], str]) -> Path:
        with (self._models / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            aside = self._models / ".staging"
            shutil.rmtree(aside, ignore_errors=True)
            fingerprint = write(aside)
            for file in aside.iterdir():
                sync_directory(file)
            sync_directory(aside)
            earlier = self._folders()
            number = int(earlier[-1].split("-")[0]) + 1 if earlier else 1
            folder = self._models / f"{number:06d}-{fingerprint}"
            aside.rename(folder)
            sync_directory(self._models)
            write_durably(self._models / "current", folder.name.encode())
            sync_directory(self._models)
            for old in [*earlier, folder.name][:-KEEP_MODELS]:
                shutil.rmtree(self._models / old, ignore_errors=True)
        return folder

    def forget(self) -> bool:
        """Publish no model any more; return whether there was one. The folders stay until newer ones replace them."""
        try:
            (self._models / "current").unlink()
        except FileNotFoundError:
            return False
        sync_directory(self._models)
        return True

    def _folders(self) -> list[str]:
        """Return the model folders, oldest first."""
        names = [entry.name for entry in self._models.iterdir() if _FOLDER.fullmatch(entry.name)]
        return sorted(names, key=lambda name: int(name.split("-")[0]))


def about(folder: Path) -> dict[str, Any]:
    """Return what a model's config says of its training. Raises ``ModelUnavailable`` for one that cannot be read."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        found = config["about"]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ModelUnavailable(f"{folder}: there is no readable model ({error!r}); train it again") from error
    return dict(found)
