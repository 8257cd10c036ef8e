"""Stores a derived index as a folder of memory-mapped arrays and tries, with a manifest that holds their checksums.

A file is checked when it is opened, before anything is made of it (``clew.kg.store.mapped_file``).
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.errors import CorruptSnapshot, StaleIndex
from clew.kg.limits import ABANDONED_SECONDS, MAX_TRIE_BYTES_COPIED
from clew.kg.store.delta import Delta
from clew.kg.store.manifest import read_sealed, sealed
from clew.kg.store.mapped_arrays import array_in
from clew.kg.store.mapped_file import Checksums, MappedFile, checked_file

Base = Callable[[], tuple[Delta, Path] | None]
"""Gives the change that led to a version, and the folder of the same index of the version that it started from."""

MANIFEST = "manifest.json"
FILES = "files"
_WHEN_USED = "any question to the graph"


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
    _sweep(folder)
    fresh = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.new")
    fresh.mkdir()
    try:
        for name, array in arrays.items():
            np.save(fresh / f"{name}.npy", array, allow_pickle=False)
        for name, save in (savers or {}).items():
            save(str(fresh / name))
        files = {path.name: Checksums.of_file(path).to_json() for path in sorted(fresh.iterdir()) if path.is_file()}
        (fresh / MANIFEST).write_bytes(sealed({**manifest, FILES: files}))
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


def _sweep(folder: Path) -> None:
    """Delete what processes that died left beside an index."""
    for left in (*folder.parent.glob(f"{folder.name}.*.new"), *folder.parent.glob(f"{folder.name}.*.old")):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def read_index(folder: Path, expected: Mapping[str, Any], rebuild: str) -> dict[str, Any]:
    """Return the manifest of an index.

    Raises:
        StaleIndex: there is none, or it differs from ``expected`` in any of its entries; the message names the
            difference and the command that rebuilds it.
    """
    manifest = _manifest(folder, rebuild)
    del manifest[FILES]
    for name, value in expected.items():
        if manifest.get(name) != value:
            found = manifest.get(name)
            raise StaleIndex(
                f"the index at {folder} has {name} {found!r} instead of {value!r}; rebuild it with: {rebuild}"
            )
    return manifest


def _manifest(folder: Path, rebuild: str) -> dict[str, Any]:
    """Return the manifest with the checksums of the files."""
    try:
        manifest = read_sealed(Path(folder) / MANIFEST, StaleIndex)
    except StaleIndex as error:
        raise StaleIndex(f"there is no usable index at {folder} ({error}); build it with: {rebuild}") from error
    return {FILES: {}, **manifest}


def open_file(folder: Path, name: str, rebuild: str) -> MappedFile:
    """Return a file of an index, checked and memory-mapped; StaleIndex, naming the command ``rebuild``, if it is
    missing or damaged."""
    try:
        return checked_file(Path(folder) / name, Checksums.from_json(_manifest(folder, rebuild)[FILES].get(name)))
    except (ValueError, CorruptSnapshot) as error:
        raise StaleIndex(f"the index at {folder} has no usable {name} ({error}); rebuild it with: {rebuild}") from error


def verify_indices(folder: Path) -> tuple[int, int]:
    """Check every file of every index below a folder; return how many files and bytes they have.

    StaleIndex names the first damaged one.
    """
    files = size = 0
    for path in sorted(Path(folder).rglob(MANIFEST)):
        names = _manifest(path.parent, _WHEN_USED)[FILES]
        for name in names:
            files += 1
            size += len(open_file(path.parent, name, _WHEN_USED).data)
    return files, size


def read_array(folder: Path, name: str, rebuild: str) -> NDArray[Any]:
    """Return an array of an index, memory-mapped read-only; StaleIndex, naming the command ``rebuild``, if it is
    missing or damaged."""
    file = open_file(folder, f"{name}.npy", rebuild)
    try:
        return array_in(file)
    except CorruptSnapshot as error:
        raise StaleIndex(f"the index at {folder}: {error}; rebuild it with: {rebuild}") from error


def load_trie(trie: Any, folder: Path, name: str, rebuild: str) -> None:
    """Load a ``marisa_trie`` of an index; StaleIndex, naming the command ``rebuild``, if it is missing or damaged.

    A small one is copied into memory, where nothing that happens to the file can reach it.
    """
    file = open_file(folder, f"{name}.marisa", rebuild)
    if len(file.data) <= MAX_TRIE_BYTES_COPIED:
        trie.frombytes(bytes(file.data))
    else:
        trie.mmap(str(file.path))
