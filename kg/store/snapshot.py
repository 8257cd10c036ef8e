"""The snapshot on disk: one ``.npy`` file per array and a manifest, memory-mapped, never changed once written.

``manifest.json`` holds the format version, the metadata, counts for people, and the size and SHA-256 of every file.
Opening reads the manifest and the headers only; ``verify_files`` reads and hashes everything.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from clew.kg.errors import CorruptSnapshot, StorageFailed
from clew.kg.graph.arrays import Arrays, Meta
from clew.kg.graph.graph import Graph

FORMAT_VERSION = 2
"""1: a content hash over the arrays; 2: over the statements, as a tree (``clew.kg.graph.fingerprint``)."""
MANIFEST = "manifest.json"


@contextmanager
def storing(place: Path) -> Iterator[None]:
    """Turn what the system says about a failed write into ``StorageFailed``."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(f"cannot write to {place}: {error.strerror or error}") from error


def write_snapshot(graph: Graph, directory: Path) -> None:
    """Write ``graph`` into ``directory`` (created; must not hold a snapshot), and wait until it is on the disk.

    ``StorageFailed`` where the disk refuses.
    """
    with storing(directory):
        _write_snapshot(graph, directory)


def _write_snapshot(graph: Graph, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    files = {f"{name}.npy": _write_array(directory / f"{name}.npy", array) for name, array in graph.arrays.items()}
    manifest = {
        "format_version": FORMAT_VERSION,
        "content_hash": graph.content_hash,
        "num_entities": graph.num_entities,
        "languages": list(graph.languages),
        "counts": {
            "nodes": graph.num_nodes,
            "relations": graph.num_relations,
            "edges": graph.num_edges,
            "statements": graph.num_statements,
        },
        "files": files,
    }
    write_durably(directory / MANIFEST, json.dumps(manifest, indent=1).encode())
    sync_directory(directory)


def open_snapshot(directory: Path, name: str) -> Graph:
    """The graph in ``directory``, memory-mapped and named ``name``. ``CorruptSnapshot`` where anything is amiss."""
    manifest = read_manifest(directory)
    if "delta" in manifest:
        raise CorruptSnapshot(f"{directory}: this is a change of another snapshot; open it through its catalogue")
    arrays = map_arrays(directory, manifest)
    meta = Meta(manifest["num_entities"], tuple(manifest["languages"]), manifest["content_hash"])
    try:
        return Graph(name, arrays, meta)
    except KeyError as error:
        raise CorruptSnapshot(f"{directory}: no array {error} in the manifest") from error


def map_arrays(directory: Path, manifest: dict[str, Any]) -> Arrays:
    """Every array of a snapshot, memory-mapped."""
    files = manifest["files"].items()
    return {file.removesuffix(".npy"): _map_array(directory / file, facts["bytes"]) for file, facts in files}


def read_manifest(directory: Path, formats: Collection[int] = (FORMAT_VERSION,)) -> dict[str, Any]:
    """The manifest of the snapshot in ``directory``, its format checked to be one of ``formats``."""
    path = directory / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except OSError as error:
        raise CorruptSnapshot(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CorruptSnapshot(f"{path}: not JSON ({error})") from error
    version = manifest.get("format_version") if isinstance(manifest, dict) else None
    if version not in formats:
        raise CorruptSnapshot(
            f"{path}: format version {version!r}, but this version of Clew reads {FORMAT_VERSION}: {_remedy(version)}"
        )
    missing = {"files", "num_entities", "languages", "content_hash"} - manifest.keys()
    if missing:
        raise CorruptSnapshot(f"{path}: {', '.join(sorted(missing))} missing")
    return dict(manifest)


def _remedy(version: object) -> str:
    """What to do about a snapshot of another format version."""
    return "run clew migrate" if version == 1 else "use another version of Clew, or load the graph again"


def verify_files(directory: Path, formats: Collection[int] = (FORMAT_VERSION,)) -> None:
    """Hash every file of the snapshot; ``CorruptSnapshot`` names the first that differs from the manifest."""
    for file, facts in read_manifest(directory, formats)["files"].items():
        try:
            with (directory / file).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise CorruptSnapshot(f"{directory / file}: {error.strerror}") from error
        if found != facts["sha256"]:
            raise CorruptSnapshot(f"{directory / file}: its SHA-256 differs from the manifest")


class _HashingWriter:
    """A binary file that hashes what is written to it, so that a file is not read again to be hashed."""

    def __init__(self, path: Path) -> None:
        self.stream, self.digest, self.size = path.open("xb"), hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self.stream.write(data)


def _write_array(path: Path, array: np.ndarray[Any, Any]) -> dict[str, Any]:
    writer = _HashingWriter(path)
    with writer.stream as stream:
        np.lib.format.write_array(writer, array, allow_pickle=False)  # type: ignore[no-untyped-call]
        stream.flush()
        os.fsync(stream.fileno())
    return {"bytes": writer.size, "sha256": writer.digest.hexdigest()}


def _map_array(path: Path, size: int) -> np.ndarray[Any, Any]:
    try:
        found = path.stat().st_size
        if found != size:
            raise CorruptSnapshot(f"{path}: {found} bytes instead of {size} as in the manifest")
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise CorruptSnapshot(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CorruptSnapshot(f"{path}: {error}") from error
    return np.asarray(array)  # the plain view: compiled code takes it as it takes arrays in memory


def write_durably(path: Path, data: bytes) -> None:
    """Write a file aside, flush it to the disk and rename it into place: readers see the old content or the new."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)


def sync_directory(directory: Path) -> None:
    """Flush a directory's entries to the disk (renames are only durable after it)."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
