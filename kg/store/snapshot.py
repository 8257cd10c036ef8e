"""The snapshot on disk: one ``.npy`` file per array and a manifest, memory-mapped, never changed once written.

``manifest.json`` holds the format version, the metadata, counts for people, the checksums of every file, and one of
its own. An array is checked when it is first used, before anything is made of it (``kg.store.mapped_arrays``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from clew.kg.errors import CorruptSnapshot, StorageFailed
from clew.kg.graph.arrays import Array, Meta, derive_names
from clew.kg.graph.graph import Graph
from clew.kg.store.manifest import read_sealed, sealed
from clew.kg.store.mapped_arrays import MappedArrays
from clew.kg.store.mapped_file import Checksums, Summing, checked_file
from clew.kg.store.pieces import PiecewiseArray

FORMAT_VERSION = 3
"""1: a content hash over the arrays; 2: over the statements, as a tree (``clew.kg.graph.fingerprint``); 3: checksums
of blocks instead of a SHA-256 for every file."""
EARLIER = (1, 2)
"""Format versions that ``clew migrate`` rewrites."""
MANIFEST = "manifest.json"
_AT_A_TIME = 1 << 18
_FILE = re.compile(r"(base/)?[a-z_]+\.np[yz]")


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
        directory.mkdir(parents=True, exist_ok=True)
        _write_manifest(graph.arrays, graph.meta, directory, _write_arrays(graph.arrays, directory))


def write_pieces(name: str, arrays: Mapping[str, Array | PiecewiseArray], meta: Meta, directory: Path) -> None:
    """Write a graph like ``write_snapshot``, but its arrays as they are made; ``arrays`` lacks those of
    ``derive_names``, which are made of what was written."""
    with storing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        sums = _write_arrays(arrays, directory)
        derived = derive_names(MappedArrays(directory, sums), meta)
        _write_manifest({**arrays, **derived}, meta, directory, sums | _write_arrays(derived, directory))


def _write_arrays(arrays: Mapping[str, Array | PiecewiseArray], directory: Path) -> dict[str, Checksums]:
    return {f"{name}.npy": _write_array(directory / f"{name}.npy", array) for name, array in arrays.items()}


def _write_manifest(
    arrays: Mapping[str, Array | PiecewiseArray], meta: Meta, directory: Path, sums: Mapping[str, Checksums]
) -> None:
    nodes, relations, labels = (arrays[f"{name}_offsets"].size - 1 for name in ("node", "relation", "label"))
    edges = arrays["out_node"].size
    manifest = {
        "format_version": FORMAT_VERSION,
        "content_hash": meta.content_hash,
        "num_entities": meta.num_entities,
        "languages": list(meta.languages),
        "counts": {"nodes": nodes, "relations": relations, "edges": edges, "statements": edges + labels},
        "files": {file: found.to_json() for file, found in sums.items()},
    }
    write_durably(directory / MANIFEST, sealed(manifest))
    sync_directory(directory)


def open_snapshot(directory: Path, name: str) -> Graph:
    """The graph in ``directory``, memory-mapped and named ``name``. ``CorruptSnapshot`` where anything is amiss."""
    manifest = read_manifest(directory)
    if "delta" in manifest:
        raise CorruptSnapshot(f"{directory}: this is a change of another snapshot; open it through its catalogue")
    arrays = MappedArrays(directory, checksums_of(directory, manifest))
    meta = Meta(manifest["num_entities"], tuple(manifest["languages"]), manifest["content_hash"])
    try:
        return Graph(name, arrays, meta, arrays)
    except KeyError as error:
        raise CorruptSnapshot(f"{directory}: no array {error} in the manifest") from error


def checksums_of(directory: Path, manifest: dict[str, Any]) -> dict[str, Checksums]:
    """The checksums of every file that a manifest names; ``CorruptSnapshot`` where it names one outside its folder."""
    found = {}
    for file, facts in manifest["files"].items():
        if not _FILE.fullmatch(file):
            raise CorruptSnapshot(f"{directory / MANIFEST}: {file!r} is not the name of a file of a snapshot")
        try:
            found[file] = Checksums.from_json(facts)
        except ValueError as error:
            raise CorruptSnapshot(f"{directory / MANIFEST}: {file}: {error}") from error
    return found


def read_manifest(directory: Path, formats: Collection[int] = (FORMAT_VERSION,)) -> dict[str, Any]:
    """The manifest of the snapshot in ``directory``, its format checked to be one of ``formats``."""
    path = directory / MANIFEST
    manifest = read_sealed(path, CorruptSnapshot, unsealed=EARLIER)
    version = manifest.get("format_version")
    if version not in formats:
        raise CorruptSnapshot(
            f"{path}: format version {version!r}, but this version of Clew reads {FORMAT_VERSION}: {_remedy(version)}"
        )
    missing = {"files", "num_entities", "languages", "content_hash"} - manifest.keys()
    if missing:
        raise CorruptSnapshot(f"{path}: {', '.join(sorted(missing))} missing")
    return manifest


def _remedy(version: object) -> str:
    """What to do about a snapshot of another format version."""
    return "run clew migrate" if version in EARLIER else "use another version of Clew, or load the graph again"


def verify_files(directory: Path) -> None:
    """Check every block of every file of the snapshot; ``CorruptSnapshot`` names the first that is damaged."""
    for file, sums in checksums_of(directory, read_manifest(directory)).items():
        checked_file(directory / file, sums)


class _SummingWriter:
    """A binary file whose checksums are made while it is written, so that it is not read again for them."""

    def __init__(self, path: Path) -> None:
        self.stream, self.sums = path.open("xb"), Summing()

    def write(self, data: bytes | memoryview) -> int:
        for low in range(0, len(data), _AT_A_TIME):  # it is written while it is in the processor's cache
            part = data[low : low + _AT_A_TIME]
            self.sums.add(part)
            self.stream.write(part)
        return len(data)


def _write_array(path: Path, array: Array | PiecewiseArray) -> Checksums:
    shape = (array.size,) if isinstance(array, PiecewiseArray) else array.shape
    head = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": shape}
    writer = _SummingWriter(path)
    with writer.stream as stream:
        np.lib.format.write_array_header_1_0(writer, head)
        for piece in array if isinstance(array, PiecewiseArray) else (np.ascontiguousarray(array),):
            writer.write(piece.view(np.uint8).data if piece.size else b"")
        stream.flush()
        os.fsync(stream.fileno())
    return writer.sums.finish()


def write_durably(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a file aside, flush it to the disk and rename it into place: readers see the old content or the new.
    ``mode``: its permissions, less those that the umask takes away."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
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
