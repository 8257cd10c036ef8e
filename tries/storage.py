"""Stores a derived index as a folder of memory-mapped arrays and tries with a manifest."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.errors import StaleIndex

MANIFEST = "manifest.json"


def write_index(
    folder: Path,
    manifest: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    savers: Mapping[str, Callable[[str], object]] | None = None,
) -> None:
    """Write an index beside its place and rename it there: a reader sees the old one or the new one, never half.

    Args:
        folder: where the index goes; an existing one is replaced.
        manifest: what ``read_index`` will compare and return; JSON values only.
        arrays: written as ``<name>.npy``, without pickle.
        savers: for other files, name to a function that writes the path it is given.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.new")
    fresh.mkdir()
    try:
        for name, array in arrays.items():
            np.save(fresh / f"{name}.npy", array, allow_pickle=False)
        for name, save in (savers or {}).items():
            save(str(fresh / name))
        (fresh / MANIFEST).write_text(json.dumps(dict(manifest), indent=1, sort_keys=True), encoding="utf-8")
        if folder.exists():
            stale = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.old")
            folder.rename(stale)
            fresh.rename(folder)
            shutil.rmtree(stale)
        else:
            fresh.rename(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def read_index(folder: Path, expected: Mapping[str, Any], rebuild: str) -> dict[str, Any]:
    """Return the manifest of an index.

    Raises:
        StaleIndex: there is none, or it differs from ``expected`` in any of its entries; the message names the
            difference and the command that rebuilds it.
    """
    path = Path(folder) / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StaleIndex(f"there is no usable index at {folder} ({error}); build it with: {rebuild}") from error
    for name, value in expected.items():
        if manifest.get(name) != value:
            found = manifest.get(name)
            raise StaleIndex(
                f"the index at {folder} has {name} {found!r} instead of {value!r}; rebuild it with: {rebuild}"
            )
    return dict(manifest)


def read_array(folder: Path, name: str, rebuild: str) -> NDArray[Any]:
    """Return an array of an index, memory-mapped read-only; StaleIndex, naming the command ``rebuild``, if it is
    missing or broken.

    It is the plain view of the mapping: an element of ``np.memmap`` itself takes several times as long to read.
    """
    path = Path(folder) / f"{name}.npy"
    try:
        if np.lib.format.open_memmap(path, mode="r").size == 0:  # an empty file cannot be mapped by some platforms
            return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError) as error:
        raise StaleIndex(
            f"the index at {folder} has no usable {path.name} ({error}); rebuild it with: {rebuild}"
        ) from error


def map_trie(trie: Any, folder: Path, name: str, rebuild: str) -> None:
    """Map a ``marisa_trie`` of an index; StaleIndex, naming the command ``rebuild``, if it is missing or broken."""
    path = Path(folder) / f"{name}.marisa"
    try:
        trie.mmap(str(path))
    except (OSError, RuntimeError) as error:
        raise StaleIndex(
            f"the index at {folder} has no usable {path.name} ({error}); rebuild it with: {rebuild}"
        ) from error
