"""A version stored as a change: a folder with its base (hard links) and the statements added and removed.

manifest.json      as a snapshot's, with ``delta``: the metadata of both sides
added.npz          the arrays of the small graph of statements added; ``removed.npz`` likewise
base/              the base's snapshot, its files linked, not copied
whole/             the changed graph's own snapshot, once it has been built (``clew.kg.store.catalogue``)
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.arrays import Meta
from clew.kg.graph.graph import Graph
from clew.kg.store.delta import Delta
from clew.kg.store.manifest import sealed
from clew.kg.store.mapped_file import Checksums, MappedFile, checked_file
from clew.kg.store.numpy_files import unpacked
from clew.kg.store.patch import spliced
from clew.kg.store.snapshot import (
    FORMAT_VERSION,
    MANIFEST,
    checksums_of,
    open_snapshot,
    read_manifest,
    storing,
    sync_directory,
    write_durably,
    write_pieces,
    write_snapshot,
)

BASE, WHOLE = "base", "whole"
_SIDES = ("added", "removed")


def is_delta(directory: Path) -> bool:
    """Whether a version's folder holds a change; ``CorruptSnapshot`` where it holds nothing readable."""
    return "delta" in read_manifest(directory)


def write_delta(delta: Delta, base: Path, directory: Path) -> None:
    """Write ``delta``, whose base is the snapshot in ``base``, into ``directory``. May raise ``StorageFailed``."""
    with storing(directory):
        (directory / BASE).mkdir(parents=True)
        manifest = read_manifest(base)
        files = {f"{BASE}/{file}": facts for file, facts in manifest["files"].items()}
        for file in (*manifest["files"], MANIFEST):
            link_file(base / file, directory / BASE / file)
        sync_directory(directory / BASE)
        for side in _SIDES:
            files[f"{side}.npz"] = _write_graph(getattr(delta, side), directory / f"{side}.npz")
        write_durably(directory / MANIFEST, sealed(_manifest(delta, files)))
        sync_directory(directory)


def read_delta(directory: Path, name: str) -> Delta:
    """The change in ``directory``, its base named ``name``. ``CorruptSnapshot`` where anything is amiss."""
    manifest = read_manifest(directory)
    sums = checksums_of(directory, manifest)
    try:
        sides = [
            _read_graph(checked_file(directory / f"{side}.npz", sums[f"{side}.npz"]), manifest["delta"][side])
            for side in _SIDES
        ]
    except KeyError as error:
        raise CorruptSnapshot(f"{directory / MANIFEST}: {error} missing") from error
    return Delta(open_snapshot(directory / BASE, name), *sides)


def built(directory: Path, name: str) -> Graph:
    """The changed graph of the change in ``directory``, in memory; ``CorruptSnapshot`` if it is not what was said."""
    delta = _proven(directory, name)
    patched = spliced(delta)
    return delta.whole() if patched is None else patched.graph()


def write_built(directory: Path, name: str, target: Path) -> None:
    """Write the changed graph of the change in ``directory`` as a snapshot into ``target``.

    ``CorruptSnapshot`` if it is not what was said, ``StorageFailed`` where the disk refuses.
    """
    delta = _proven(directory, name)
    patched = spliced(delta)
    if patched is None:
        write_snapshot(delta.whole(), target)
    else:
        write_pieces(patched.name, patched.arrays, patched.meta, target)


def _proven(directory: Path, name: str) -> Delta:
    """The change in ``directory``; ``CorruptSnapshot`` unless it leads to the version that its manifest names."""
    delta = read_delta(directory, name)
    if delta.content_hash != read_manifest(directory)["content_hash"]:
        raise CorruptSnapshot(f"{directory}: the change does not result in the graph of its manifest")
    return delta


def _manifest(delta: Delta, files: dict[str, Any]) -> dict[str, Any]:
    counts = delta.counts
    return {
        "format_version": FORMAT_VERSION,
        "content_hash": delta.content_hash,
        "num_entities": counts.entities,
        "languages": list(delta.base.languages),
        "counts": {
            "nodes": counts.nodes,
            "relations": counts.relations,
            "edges": counts.edges,
            "statements": counts.statements,
        },
        "delta": {side: _facts(getattr(delta, side)) for side in _SIDES},
        "files": files,
    }


def _facts(graph: Graph) -> dict[str, Any]:
    return {
        "num_entities": graph.num_entities,
        "languages": list(graph.languages),
        "content_hash": graph.content_hash,
        "statements": graph.num_statements,
    }


def _write_graph(graph: Graph, path: Path) -> dict[str, Any]:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **graph.arrays)
    data = buffer.getvalue()
    write_durably(path, data)
    return Checksums.of(data).to_json()


def _read_graph(file: MappedFile, facts: dict[str, Any]) -> Graph:
    try:
        arrays = unpacked(io.BytesIO(bytes(file.data)))
        return Graph("change", arrays, Meta(facts["num_entities"], tuple(facts["languages"]), facts["content_hash"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CorruptSnapshot(f"{file.path}: {error}") from error


def link_file(source: Path, target: Path) -> None:
    """Link a file to a second place; copy it where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
